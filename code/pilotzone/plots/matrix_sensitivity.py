"""Direct and indirect effect against a number in the construction of the matrix."""

from collections.abc import Sequence

from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

LAYOUT = sheet.Layout(width=2.1, height=1.7, left=0.5, below=0.35)
# By the option of the column that holds the number.
HEADS = {
    "cutoff_km": "cut-off of inverse distance, km",
    "neighbours": "nearest neighbours",
    "exponent": "exponent of distance",
    "economic_floor": "floor of income distance",
}
EFFECTS = ("direct", "indirect")


def draw(picture: Picture) -> Figure:
    """Return effects with 95 % intervals: a row per treatment, a panel per kind of matrix."""
    found = picture.columns()
    shown = source.identified(found)
    groups: dict[tuple[str, str], list[Column]] = {}
    for column in shown:
        kind, _ = _number(column)
        groups.setdefault((column.literal.treatment, kind), []).append(column)
    cells = tuple(
        sheet.Cell(f"{treatment}|{kind}", picture.variable(treatment), HEADS[kind])
        for treatment, kind in groups
    )
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Value of the number",
        y_label="Effect on the outcome",
        notes=[
            "Circles: direct; squares: indirect; bars: 95 % intervals by the delta method.",
            *points.doubts([_row(c, part) for c in shown for part in EFFECTS], picture.lexicon),
            *source.foot(found),
        ],
    )
    for (treatment, kind), columns in groups.items():
        _panel(axes[f"{treatment}|{kind}"], columns)
    sheet.same_limits(sheet.by_row(cells, axes))
    return figure


def _number(column: Column) -> tuple[str, float]:
    """Return which number makes the matrix of a column, and the number."""
    return next((name, value) for name, value in column.literal.options if name in HEADS)


def _row(column: Column, part: str) -> points.Row:
    return column.terms[f"{part}:{column.literal.treatment}"]


def _panel(axes: Axes, columns: Sequence[Column]) -> None:
    axes.axhline(0, **marks.ZERO)
    names = [str(_number(column)[1]) for column in columns]
    for shift, part, mark in zip((-0.12, 0.12), EFFECTS, marks.SERIES, strict=False):
        rows = [_row(column, part) for column in columns]
        places = [place + shift for place in range(len(rows))]
        points.draw(axes, places, rows, mark, size=3.5, label=part)
    axes.set_xticks(range(len(names)), names)
