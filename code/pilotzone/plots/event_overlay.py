"""Several estimators of one effect by years since treatment, a panel each on common axes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pilotzone.catalogue.words import Lexicon
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Artist, Axes, Column, Figure, Picture

REFERENCE = -1
LAYOUT = sheet.Layout(width=1.5, height=1.25, left=0.4)
# From the variant that leaves a cohort out to the main one, in years.
BESIDE = 0.24
# From so many times on every third is named.
MANY_TIMES = 7
WITH, WITHOUT = marks.SERIES[0], marks.SERIES[1]
# Words for what leads are measured against where that is not the year before treatment.
VARYING, SYNTHETIC, RESIDUALS = "leads_varying", "leads_synthetic", "leads_residuals"
FACTORS = ("interactive_effects", "matrix_completion")
# The option of a column that leaves no cohort out, and that for every cohort of one unit.
NONE, SINGLE = "none", "single"


def draw(picture: Picture) -> Figure:
    """Return a panel for each estimator of one outcome and its effects; hollow: no error.

    An interval by permutation stands at hollow points too, none where a caution stands. A diamond
    is the year before treatment, zero by construction.

    Choices of the figure: ``outcome`` and any other dimension. Where an estimator has a variant
    ``without_<cohort>``, the points of its main variant are drawn only where they differ from that
    one's.

    Raises
    ------
    UserError
        If the choice is missing or no column has the outcome.
    """
    (outcome,), found = picture.choices("outcome"), picture.chosen()
    groups: dict[str, list[Column]] = {}
    for column in found:
        if column.identified and source.events(column):
            literal = column.literal
            groups.setdefault(f"{literal.estimator}:{literal.effects}", []).append(column)
    figure, axes = sheet.sheet(
        picture.title,
        [sheet.Cell(name, "", _head(group, groups)) for name, group in groups.items()],
        LAYOUT,
        x_label="Years since treatment",
        y_label=f"Effect on {picture.variable(outcome)}",
        notes=[*_notes(groups, picture.lexicon), *source.foot(found)],
        legend=_legend(groups),
    )
    times = [time for group in groups.values() for c in group for time in source.events(c)]
    for name, group in groups.items():
        _panel(axes[name], group, (min(times), max(times)))
    if groups:
        sheet.same_limits([list(axes.values())])
        sheet.label_first([list(axes.values())])
    return figure


def _head(group: Sequence[Column], groups: Mapping[str, Sequence[Column]]) -> str:
    """Return the name of an estimator, with its effects and sample where those differ."""
    first, text = group[0], group[0].value("estimator")
    estimator = first.literal.estimator
    if sum(others[0].literal.estimator == estimator for others in groups.values()) > 1:
        text += f"\n{first.value('effects')}"
    if len({column.literal.sample for others in groups.values() for column in others}) > 1:
        text += f"\n[{source.named(first.lexicon.sample, first.literal.sample)}]"
    return text


def _panel(axes: Axes, group: Sequence[Column], span: tuple[int, int]) -> None:
    axes.axhline(0, **marks.ZERO)
    axes.axvline(REFERENCE + 0.5, **marks.GUIDE)
    drawn = list(_drawn(group))
    for time, row, beside in drawn:
        mark, shift = (WITH, BESIDE) if beside else (_mark(group), 0.0)
        _point(axes, time + shift, row, mark)
    known = {time for time, _, _ in drawn}
    if REFERENCE not in known and min(known) < REFERENCE:
        look = {"color": "white", "markeredgecolor": marks.BLACK}
        axes.plot(REFERENCE, 0, "D", markersize=3.5, **look)
    low, high = min(span[0], REFERENCE), span[1]
    step = 1 if high - low < MANY_TIMES else 3
    times = [t for t in range(low, high + 1) if t % step == 0]
    axes.set_xticks(times, [str(time).replace("-", "−") for time in times])
    axes.set_xticks(range(low, high + 1), minor=True)
    axes.tick_params(which="minor", length=1.5, width=0.4)
    axes.set_xlim(low - 0.6, high + 0.6)


def _mark(group: Sequence[Column]) -> marks.Mark:
    """Return how the points of a group look that do not stand beside others."""
    return WITHOUT if any(map(_left_out, group)) else WITH


def _drawn(group: Sequence[Column]) -> Iterator[tuple[int, points.Row, bool]]:
    """Return year and row of each point, and whether it stands beside that of the variant.

    The variant that leaves a cohort out stands beside the main one alone.
    """
    restricted = [column for column in group if _left_out(column)]
    for column in group:
        other = restricted[0] if restricted and column not in restricted else None
        for time, row in source.events(column).items():
            if not (other and _same(row, source.events(other).get(time))):
                yield time, row, bool(other)


def _left_out(column: Column) -> str:
    """Return the cohorts that a column leaves out; empty if none."""
    said = str(column.literal.chosen("without_cohort") or NONE)
    return "" if said == NONE else said


def _leads(column: Column) -> str:
    """Return what the leads of a column are measured against; empty for the year before."""
    if column.literal.estimator == "synthetic_did":
        return source.say(SYNTHETIC, column.lexicon)
    if column.literal.estimator in FACTORS:
        return source.say(RESIDUALS, column.lexicon)
    varying = column.literal.chosen("base") == "varying"
    return source.say(VARYING, column.lexicon) if varying else ""


def _same(row: Mapping[str, object], other: Mapping[str, object] | None) -> bool:
    return other is not None and bool(np.isclose(row["estimate"], other["estimate"], atol=1e-12))


def _point(axes: Axes, place: float, row: points.Row, mark: marks.Mark) -> None:
    ((low, high),) = points.limits([row])
    if np.isfinite(low):
        axes.vlines(place, low, high, color=mark.colour, linewidth=1.1)
    filled = np.isfinite(row["std_error"]) and not points.doubtful(row)
    look = {"linestyle": "", "marker": mark.marker, "markersize": 3.8}
    axes.plot(place, row["estimate"], **look, **points.fill(mark, filled))


def _notes(groups: Mapping[str, list[Column]], lexicon: Lexicon) -> list[str]:
    notes = [source.say("overlay", lexicon)]
    rows = [row for group in groups.values() for _, row, _ in _drawn(group)]
    notes += points.doubts(rows, lexicon)
    leads = [
        source.say(
            "lead_of", lexicon, estimator=group[0].value("estimator"), against=_leads(group[0])
        )
        for group in groups.values()
        if _leads(group[0])
    ]
    between = lexicon.mark("list")
    name = "leads_but" if leads else "leads"
    notes.append(source.say(name, lexicon, others=between.join(leads)))
    without = [
        group[0].value("estimator")
        for group in groups.values()
        if min(time for column in group for time in source.events(column)) >= 0
    ]
    if without:
        notes.append(source.say("no_leads", lexicon, which=between.join(without)))
    return notes


def _legend(groups: Mapping[str, list[Column]]) -> list[Artist]:
    """Return the marks of the main variant and of that without a cohort, where there are both."""
    left_out = dict.fromkeys(
        filter(None, (_left_out(column) for group in groups.values() for column in group))
    )
    if not left_out:
        return []
    cohorts = ", ".join("every cohort of one unit" if c == SINGLE else c for c in left_out)
    look = {"linestyle": "", "markersize": 4}
    words = "without " if SINGLE in left_out else "without cohort "
    return [
        marks.handle("all cohorts", WITH, **look),
        marks.handle(f"{words}{cohorts}, where it would enter", WITHOUT, **look),
    ]
