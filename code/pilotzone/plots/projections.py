"""Responses by horizon with intervals of each kind, a panel for each direction and set of controls.

A point is hollow and has no interval where a caution stands, for one that simulated panels of the
same size say that the interval does not hold what it promises.
"""

from collections.abc import Sequence

from pilotzone.catalogue.words import Lexicon
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Artist, Axes, Column, Figure, Picture

ESTIMATORS = ("local_projection", "local_projection_jackknife")
LAYOUT = sheet.Layout(width=2.3, height=1.7, left=0.5, below=0.35)
TERM = "horizon:"
# Distance in horizons between points that stand at one horizon.
STEP = 0.16
Kind = tuple[str, str]


def draw(picture: Picture) -> Figure:
    """Return the responses of ``<id>.csv``.

    Raises
    ------
    UserError
        If a file is missing.
    """
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
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
            source.say("projections", picture.lexicon),
            *points.doubts([row for c in shown for row in c.terms.values()], picture.lexicon),
            *source.foot(found),
        ],
        legend=_legend(kinds, picture.lexicon),
    )
    for column in shown:
        place = kinds.index(_kind(column))
        middle = place - (len(kinds) - 1) / 2
        _points(axes[_cell(column).key], column, marks.SERIES[place], middle * STEP)
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


def _points(axes: Axes, column: Column, mark: marks.Mark, shift: float) -> None:
    horizons = [int(term.removeprefix(TERM)) for term in column.terms]
    places = [horizon + shift for horizon in horizons]
    points.draw(axes, places, [*column.terms.values()], mark, size=4.0, elinewidth=1.0)
    axes.set_xticks(sorted(horizons))


def _legend(kinds: Sequence[Kind], lexicon: Lexicon) -> list[Artist]:
    handles = []
    for (estimator, variant), mark in zip(kinds, marks.SERIES, strict=False):
        words = [source.named(lexicon.estimator, estimator)]
        words += [source.named(lexicon.variant_name, variant)] if variant else []
        handles.append(marks.handle(", ".join(words), mark, markersize=4.0, linewidth=1.0))
    return handles
