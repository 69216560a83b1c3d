"""Several estimators of one effect by years since treatment, side by side."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

REFERENCE = -1
LAYOUT = sheet.Layout(width=9.0, height=4.3, legend_columns=3)
SPREAD, BESIDE = 0.82, 0.06
# What leads are measured against where that is not the year before treatment.
VARYING = "each lead against the year before it"
SYNTHETIC = "against weighted years before treatment"
# The option of a column that leaves no cohort out, and that for every cohort of one unit.
NONE, SINGLE = "none", "single"


def draw(picture: Picture) -> Figure:
    """Return all estimators of one outcome in event time, dodged; hollow points have no error.

    An interval by permutation stands at hollow points too, none where a caution stands.

    Choices of the figure: ``outcome`` and any other dimension. Where an estimator has a variant
    ``without_<cohort>``, the points of its main variant are drawn only where they differ from that
    one's.

    Raises
    ------
    UserError
        If the choice is missing, no column has the outcome, or there are more estimators than
        markers.
    """
    (outcome,), found = picture.choices("outcome"), picture.chosen()
    groups: dict[str, list[Column]] = {}
    for column in found:
        if column.identified and source.events(column):
            groups.setdefault(column.literal.estimator, []).append(column)
    if len(groups) > len(marks.SERIES):
        raise UserError(
            f"{picture.exhibit_id}: {len(groups)} estimators for {len(marks.SERIES)} markers"
        )
    figure, axes = sheet.sheet(
        picture.title,
        [sheet.Cell("all", "", picture.variable(outcome))] if groups else [],
        LAYOUT,
        x_label="Years since treatment",
        y_label="Effect on the outcome",
        notes=[*_notes(groups, picture.lexicon), *source.foot(found)],
        legend=_legend(groups) if groups else (),
    )
    if groups:
        _panel(axes["all"], groups)
    return figure


def _panel(axes: Axes, groups: Mapping[str, list[Column]]) -> None:
    times = sorted({time for group in groups.values() for c in group for time in source.events(c)})
    axes.axhline(0, **marks.ZERO)
    axes.axvline(REFERENCE + 0.5, **marks.GUIDE)
    for time in times[::2]:
        axes.axvspan(time - 0.5, time + 0.5, color="0.95", zorder=0, linewidth=0)
    places = np.linspace(-SPREAD / 2, SPREAD / 2, len(groups)) if len(groups) > 1 else [0.0]
    for (_, group), mark, place in zip(groups.items(), marks.SERIES, places, strict=False):
        for time, row, beside in _drawn(group):
            _point(axes, time + place + (BESIDE if beside else 0), row, mark)
    axes.set_xticks(times, [str(time).replace("-", "−") for time in times])
    axes.set_xlim(times[0] - 0.5, times[-1] + 0.5)


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
        return SYNTHETIC
    return VARYING if column.literal.chosen("base") == "varying" else ""


def _same(row: Mapping[str, object], other: Mapping[str, object] | None) -> bool:
    return other is not None and bool(np.isclose(row["estimate"], other["estimate"], atol=1e-12))


def _point(axes: Axes, place: float, row: points.Row, mark: marks.Mark) -> None:
    ((low, high),) = points.limits([row])
    if np.isfinite(low):
        axes.vlines(place, low, high, color=mark.colour, linewidth=1.2)
    filled = np.isfinite(row["std_error"]) and not points.doubtful(row)
    look = {"linestyle": "", "marker": mark.marker, "markersize": 4.2}
    axes.plot(place, row["estimate"], **look, **points.fill(mark, filled))


def _notes(groups: Mapping[str, list[Column]], lexicon: Lexicon) -> list[str]:
    columns = [column for group in groups.values() for column in group]
    notes = ["Bars: 95 % intervals. Hollow: no standard error."]
    for cohorts in dict.fromkeys(filter(None, map(_left_out, columns))):
        named = "every cohort of one unit" if cohorts == SINGLE else f"cohort {cohorts}"
        notes[0] += (
            f" Filled points leave out {named} where it would enter; hollow points of the same "
            "estimators include it."
        )
    rows = [row for group in groups.values() for _, row, _ in _drawn(group)]
    notes += points.doubts(rows, lexicon)
    leads = [
        f"{group[0].value('estimator')} ({_leads(group[0])})"
        for group in groups.values()
        if _leads(group[0])
    ]
    if leads:
        notes.append(f"Leads: against the year before treatment; not so {', '.join(leads)}.")
    else:
        notes.append("Leads: against the year before treatment.")
    return notes


def _legend(groups: Mapping[str, list[Column]]) -> list:
    samples = {column.literal.sample for group in groups.values() for column in group}
    handles = []
    for group, mark in zip(groups.values(), marks.SERIES, strict=False):
        first = group[0]
        text = first.value("estimator")
        if len(samples) > 1:
            text += f" [{source.named(first.lexicon.sample, first.literal.sample)}]"
        handles.append(marks.handle(text, mark, markersize=4.5))
    return handles
