"""Event studies: a panel per identified column, with pointwise intervals and bands."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.words import Lexicon
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

# The first holds everything at and beyond each end of its window in one coefficient.
BINNED = "event_study"
ESTIMATORS = (BINNED, "event_study_unbinned")
REFERENCE = -1
POINT, END = marks.Mark(marks.BLUE, "o"), marks.Mark(marks.VERMILION, "s")
LAYOUT = sheet.Layout(width=2.0, height=1.4, left=0.46)
FREE_BELOW, FREE_ABOVE = 0.16, 0.14
# Width of a digit over the font size.
DIGIT = 0.64


def draw(picture: Picture) -> Figure:
    """Return the event studies of an exhibit.

    Choices of the figure: any dimension of the columns.

    Reads ``<id>.csv``, ``<id>.bands.csv``, ``<id>.support.csv`` and ``<id>.models.csv``. Columns
    that are not identified are named below the panels with their reason.
    """
    found = tuple(picture.chosen(ESTIMATORS))
    shown = source.identified(found)
    bands = picture.part("bands", shown, gaps=True)
    support = picture.part("support", shown)
    cells = sheet.lattice(shown, ("outcome", "treatment", "controls"))
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Years since treatment",
        y_label="Effect on the outcome",
        notes=[*_notes(shown, picture.lexicon), *source.foot(found)],
        legend=_legend() if shown else (),
    )
    for column in shown:
        _panel(axes[column.id], column, bands[column.id])
    groups = sheet.by_row_and_outcome(cells, shown, axes)
    sheet.same_limits(groups)
    for group in groups:
        _make_room(group)
    sheet.label_first(groups)
    for column in shown:
        _words(axes[column.id], column, support[column.id])
    return figure


# From so many times on, every second one is named below the axis.
MANY_TIMES = 12
# More ticks than so many run into each other; then every n-th time has one.
MOST_TICKS = 60


def _panel(axes: Axes, column: Column, bands: pd.DataFrame) -> None:
    events = source.events(column)
    axes.axhline(0, **marks.ZERO)
    axes.axvline(REFERENCE + 0.5, ymax=1 - FREE_ABOVE, **marks.GUIDE)
    ends = {min(events), max(events)} if column.literal.estimator == BINNED else set()
    inner = [time for time in events if time not in ends]
    for times, mark in ((inner, POINT), (sorted(ends), END)):
        if times:
            _path(axes, [events[time] for time in times], bands, times, mark)
    axes.plot(REFERENCE, 0, "D", markersize=4, color="white", markeredgecolor=marks.BLACK)
    times = range(min(events), max(events) + 1)
    signs = {min(ends): "≤", max(ends): "≥"} if ends else {}
    step = 1 if len(times) <= MANY_TIMES else 2
    stride = -(-len(times) // MOST_TICKS)
    times = [time for time in times if (time - REFERENCE) % stride == 0]
    texts = [
        f"{signs.get(time, '')}{time}".replace("-", "−")
        if (time - REFERENCE) % (step * stride) == 0
        else ""
        for time in times
    ]
    axes.set_xticks(times, texts, fontsize=sheet.SMALL_POINTS)
    axes.set_xlim(min(events) - 0.6, max(events) + 0.6)


def _path(
    axes: Axes,
    rows: list[dict[str, object]],
    bands: pd.DataFrame,
    times: list[int],
    mark: marks.Mark,
) -> None:
    """Draw estimates with their pointwise intervals, thick, and bands, thin."""
    sure = {t: row for t, row in zip(times, rows, strict=True) if estimates.keeps_interval(row)}
    estimate = np.array([row["estimate"] for row in sure.values()])
    band = bands.set_index("term").reindex([row["term"] for row in sure.values()])
    reach = np.abs(band[["ci_low", "ci_high"]].to_numpy().T - estimate)
    thin = {"fmt": "none", "ecolor": mark.colour, "elinewidth": 0.8, "capsize": 2}
    axes.errorbar([*sure], estimate, reach, **thin)
    points.draw(axes, times, rows, mark, size=4, elinewidth=2.2)


def _make_room(group: list[Axes]) -> None:
    """Leave room for the test above and the counts below."""
    low, high = group[0].get_ylim()
    for axes in group:
        axes.set_ylim(low - FREE_BELOW * (high - low), high + FREE_ABOVE * (high - low))


def _words(axes: Axes, column: Column, support: pd.DataFrame) -> None:
    test = column.terms.get("test:leads")
    if test:
        text = f"leads jointly zero: {source.p_text(test['p_value'])}"
        axes.text(
            0.02,
            0.99,
            text,
            transform=axes.transAxes,
            ha="left",
            va="top",
            fontsize=sheet.SMALL_POINTS,
        )
    counts: Mapping[str, float] = dict(zip(support["term"], support["n_units"], strict=True))
    events = list(source.events(column))
    inches = axes.get_position().width * axes.figure.get_figwidth()
    room = 72 * inches / (max(events) - min(events) + 1.2)
    widest = max(len(f"{counts[f'event:{time}']:g}") for time in events)
    stride = int(-(-(widest * DIGIT * sheet.SMALL_POINTS + 1) // room))
    for time in events:
        if (time - REFERENCE - 1) % stride:
            continue
        axes.text(
            time,
            0.01,
            f"{counts[f'event:{time}']:g}",
            transform=axes.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=sheet.SMALL_POINTS,
            color=marks.GREY,
        )


def _notes(shown: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    if not shown:
        return []
    of_reference = dict.fromkeys(
        column.literal.chosen("reference_cohort")
        for column in shown
        if column.literal.estimator != BINNED
    )
    cohorts = [str(cohort) for cohort in of_reference if cohort]
    note = source.say("event_study", lexicon, units=shown[0].units[1])
    if cohorts:
        told = lexicon.mark("list").join(cohorts)
        note += source.say("reference_cohorts", lexicon, cohorts=told)
    rows = [row for column in shown for row in source.events(column).values()]
    return [note, *points.doubts(rows, lexicon)]


def _legend() -> list:
    blue = {"color": marks.BLUE}
    return [
        marks.handle("estimate", marker=POINT.marker, linestyle="", markersize=4, **blue),
        marks.handle("binned end", END, linestyle=""),
        marks.handle(
            "reference (zero)", color="white", marker="D", markeredgecolor=marks.BLACK, linestyle=""
        ),
        marks.handle("pointwise 95 % interval", linewidth=2.2, **blue),
        marks.handle("sup-t 95 % band", linewidth=0.8, **blue),
    ]
