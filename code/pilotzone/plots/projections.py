"""Responses by horizon with intervals of each kind, a panel for each direction and set of controls.

A point is hollow where simulated panels of the same size say that its interval does not hold what
it promises.
"""

from collections.abc import Sequence

import pandas as pd

from pilotzone.catalogue.words import Lexicon
from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Artist, Axes, Column, Figure, Picture

ESTIMATORS = ("local_projection", "local_projection_jackknife")
LAYOUT = sheet.Layout(width=2.7, height=1.7, left=0.55, below=0.35, legend_columns=3)
TERM = "horizon:"
# Distance in horizons between points that stand at one horizon.
STEP = 0.16
LEAST_COVERAGE = 0.9
Kind = tuple[str, str]


def draw(picture: Picture) -> Figure:
    """Return the responses of ``<id>.csv``, hollow by ``<id>.small_sample.csv``.

    Raises
    ------
    UserError
        If a file is missing or has no rows of a column.
    """
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    simulated = picture.part("small_sample", shown)
    kinds = list(dict.fromkeys(_kind(column) for column in shown))
    firsts = [column for column in shown if _kind(column) == kinds[0]]
    cells = [_cell(column) for column in firsts]
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Years after",
        y_label="Response",
        notes=[
            f"Bars: 95 %. Hollow: in simulated panels of this size the interval holds the truth in "
            f"less than {100 * LEAST_COVERAGE:g} %. N is that of horizon 0.",
            *source.foot(found),
        ],
        legend=_legend(kinds, picture.lexicon),
    )
    for column in shown:
        place = kinds.index(_kind(column))
        middle = place - (len(kinds) - 1) / 2
        _points(axes[_cell(column).key], column, simulated[column.id], place, middle * STEP)
    for panel in axes.values():
        panel.axhline(0, **marks.ZERO)
    for outcome in dict.fromkeys(column.literal.outcome for column in firsts):
        own = [axes[_cell(c).key] for c in firsts if c.literal.outcome == outcome]
        sheet.same_limits([own])
    return figure


def _kind(column: Column) -> Kind:
    return column.literal.estimator, column.literal.variant


def _cell(column: Column) -> sheet.Cell:
    """Return the place of a column: its direction beside, its controls below."""
    literal = column.literal
    of, on = column.value("outcome"), column.value("treatment")
    row = column.value("controls")
    return sheet.Cell(f"{literal.outcome}:{literal.controls}", row=row, column=f"{of}\nto {on}")


def _points(axes: Axes, column: Column, simulated: pd.DataFrame, place: int, shift: float) -> None:
    coverage = dict(zip(simulated["horizon"], simulated["coverage"], strict=True))
    mark = marks.SERIES[place]
    for term, row in column.terms.items():
        horizon = int(term.removeprefix(TERM))
        x = horizon + shift
        axes.plot([x, x], [row["ci_low"], row["ci_high"]], color=mark.colour, linewidth=1.0)
        axes.plot(
            x,
            row["estimate"],
            mark.marker,
            markersize=4.0,
            color=mark.colour if coverage[horizon] >= LEAST_COVERAGE else "white",
            markeredgecolor=mark.colour,
            markeredgewidth=marks.EDGE,
        )
    axes.set_xticks(sorted(coverage))


def _legend(kinds: Sequence[Kind], lexicon: Lexicon) -> list[Artist]:
    handles = []
    for (estimator, variant), mark in zip(kinds, marks.SERIES, strict=False):
        words = [source.named(lexicon.estimator, estimator)]
        words += [source.named(lexicon.variant_name, variant)] if variant else []
        handles.append(marks.handle(", ".join(words), mark, markersize=4.0, linewidth=1.0))
    return handles
