"""Direct and indirect effect against a number in the construction of the matrix."""

from collections.abc import Sequence

from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Artist, Axes, Column, Figure, Picture

LAYOUT = sheet.Layout(width=2.3, height=1.2, left=0.55, below=0.42)
# By the option of the column that holds the number.
HEADS = {
    "cutoff_km": ("Inverse distance", "Cut-off, km"),
    "neighbours": ("Nearest neighbours", "Number of neighbours"),
    "exponent": ("Power of distance", "Exponent"),
    "economic_floor": ("Income distance", "Floor, share of its mean"),
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
    numbers = {
        kind: sorted({number for k, number in map(_number, found) if k == kind}) for kind in HEADS
    }
    cells = tuple(
        sheet.Cell(f"{treatment}|{kind}", picture.variable(treatment), HEADS[kind][0])
        for treatment, kind in groups
    )
    outcomes = dict.fromkeys(column.value("outcome") for column in shown)
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        y_label=f"Effect on {' and '.join(outcomes)}",
        legend=_legend() if shown else (),
        notes=[
            source.say("matrix_sensitivity", picture.lexicon),
            *points.doubts([_row(c, part) for c in shown for part in EFFECTS], picture.lexicon),
            *source.foot(found),
        ],
    )
    for (treatment, kind), columns in groups.items():
        panel = axes[f"{treatment}|{kind}"]
        _panel(panel, columns, numbers[kind])
        panel.set_xlabel(HEADS[kind][1], labelpad=2)
    groups = sheet.by_row(cells, axes)
    sheet.same_limits(groups)
    sheet.label_first(groups)
    return figure


def _number(column: Column) -> tuple[str, float]:
    """Return which number makes the matrix of a column, and the number."""
    return next((name, value) for name, value in column.literal.options if name in HEADS)


def _row(column: Column, part: str) -> points.Row:
    return column.terms[f"{part}:{column.literal.treatment}"]


def _panel(axes: Axes, columns: Sequence[Column], numbers: Sequence[float]) -> None:
    axes.axhline(0, **marks.ZERO)
    at = [numbers.index(_number(column)[1]) for column in columns]
    for shift, part, mark in zip((-0.12, 0.12), EFFECTS, marks.SERIES, strict=False):
        rows = [_row(column, part) for column in columns]
        places = [place + shift for place in at]
        points.draw(axes, places, rows, mark, size=3.5, label=part)
    axes.set_xticks(range(len(numbers)), [f"{number:g}" for number in numbers])
    axes.set_xlim(-0.5, len(numbers) - 0.5)
    axes.margins(y=0.1)


def _legend() -> list[Artist]:
    return [
        marks.handle(f"{part} effect", mark, linestyle="", markersize=4)
        for part, mark in zip(EFFECTS, marks.SERIES, strict=False)
    ]
