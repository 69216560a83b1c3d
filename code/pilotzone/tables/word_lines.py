"""A table as lines of cells for a word processor: widths, rules, what stays together."""

import dataclasses
import math
from collections.abc import Iterator, Sequence

from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Panel, Row, body_columns
from pilotzone.tables.layout import (
    COLUMN_GAP,
    NARROWEST_LABELS,
    Sheet,
    column_ems,
    digits_around,
    ems,
    pointed,
    widest_label,
)

# A4 with margins of 2.5 cm; lengths in points, of which the file counts twentieths.
SHORT_EDGE, LONG_EDGE, MARGIN = 595.3, 841.9, 70.85
TWENTIETHS = 20
# A table stays upright if it can, keeps its type size if it can, and is split last.
NORMAL, SMALL = 9.0, 7.5
# Stars are as wide as digits here, and a number must not break where another font steps in.
WIDER = 1.1
SHEETS = (
    Sheet("TableText", False, SHORT_EDGE - 2 * MARGIN, WIDER * NORMAL),
    Sheet("TableText", True, LONG_EDGE - 2 * MARGIN, WIDER * NORMAL),
    Sheet("TableTextSmall", True, LONG_EDGE - 2 * MARGIN, WIDER * SMALL),
)
# Rules in eighths of a point: 1.5 pt above and below the table, 0.75 pt within, 0.5 pt partial.
OUTER, INNER, PARTIAL = 12, 6, 4
PANEL_SKIP = 4


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell: its text and how it stands; ``rule`` is a partial rule under a heading."""

    text: str
    span: int = 1
    align: str = "left"
    indent: float = 0.0
    hanging: bool = False
    rule: bool = False
    mark: str = ""
    merge: str = ""


@dataclasses.dataclass(frozen=True)
class Line:
    """A row of cells with the rules above and below it; ``keep`` holds it to the next one."""

    cells: tuple[Cell, ...]
    heading: bool = False
    above: int = 0
    below: int = 0
    skip: int = 0
    keep: bool = False


def column_points(grid: Grid, sheet: Sheet) -> list[float]:
    """Return the widths of the labels and of each column, which together fill the text.

    What the labels leave is shared out evenly over the columns.
    """
    needed = [width * sheet.size + COLUMN_GAP for width in column_ems(grid)]
    widest = min(widest_label(grid) * sheet.size + COLUMN_GAP, sheet.width / 2)
    room = max(sheet.width - math.fsum(needed), NARROWEST_LABELS * sheet.size)
    label = min(room, widest)
    spare = (sheet.width - label - math.fsum(needed)) / len(needed)
    return [label, *(width + spare for width in needed)]


@dataclasses.dataclass(frozen=True)
class Stand:
    """How the cells of a column stand, and how far in, in points.

    ``decimal``: with the points of its numbers there, any other cell centred; ``right``: flush
    right, so far from the edge that the widest is centred; ``center``.
    """

    align: str
    inset: float = 0.0


def stands(grid: Grid, widths: Sequence[float], sheet: Sheet) -> list[Stand]:
    """Return how each column stands."""
    return [
        _stand(cells, width - COLUMN_GAP, sheet.size)
        for cells, width in zip(body_columns(grid), widths[1:], strict=True)
    ]


def _stand(cells: Sequence[str], width: float, size: float) -> Stand:
    around = digits_around(cells)
    if around:
        before, after = (side * size for side in around.sides)
        return Stand("decimal", (width - before - ems(".") * size - after) / 2 + before)
    if any(cell and not cell.isalpha() for cell in cells):
        return Stand("right", max((width - max(map(ems, cells)) * size) / 2, 0.0))
    return Stand("center")


def lines(grid: Grid, stands: Sequence[Stand]) -> list[Line]:
    """Return all rows of a table whose columns stand so, with a rule above and below."""
    made = list(_inner(grid, stands))
    made[0] = dataclasses.replace(made[0], above=OUTER)
    made[-1] = dataclasses.replace(made[-1], below=OUTER, keep=True)
    return made


def _inner(grid: Grid, stands: Sequence[Stand]) -> Iterator[Line]:
    yield from _headings(grid.header, INNER, repeated=True)
    for number, panel in enumerate(grid.panels):
        lines = _panel(panel, grid, stands, first=number == 0)
        if len(grid.panels) == 1 and panel.title and not panel.header:
            # What all lines are about stands on every page too.
            yield dataclasses.replace(next(lines), heading=True)
        yield from lines
    for number, line in enumerate(_body(grid.footer, stands)):
        yield dataclasses.replace(line, above=0 if number else INNER)


def _panel(panel: Panel, grid: Grid, stands: Sequence[Stand], *, first: bool) -> Iterator[Line]:
    above = INNER if panel.header and not first else 0
    if panel.title:
        # No slanted Chinese type: such a title is bold.
        mark = "i" if grid.lexicon.english else "b"
        cell = Cell(panel.title, span=grid.n_columns + 1, mark=mark)
        skip = 0 if first or panel.header else PANEL_SKIP
        yield Line((cell,), above=above, skip=skip, keep=True)
        above = 0
    for number, line in enumerate(_headings(panel.header, INNER)):
        yield dataclasses.replace(line, above=0 if number else above, keep=True)
    yield from _body(panel.rows, stands)


def _headings(rows: Sequence[HeaderRow], below: int, *, repeated: bool = False) -> Iterator[Line]:
    last = len(rows) - 1
    for number, row in enumerate(rows):
        cells = [
            Cell(h.text, h.span, "center", rule=number < last and h.span > 1 and bool(h.text))
            for h in row.headings
        ]
        yield Line(
            (Cell(row.label), *cells), heading=repeated, below=below if number == last else 0
        )


def _body(rows: Sequence[Row], stands: Sequence[Stand]) -> Iterator[Line]:
    """Yield the rows; a label runs on beside the brackets under its estimate."""
    for number, row in enumerate(rows):
        followed = number + 1 < len(rows) and rows[number + 1].kind == ERROR
        merge = "continue" if row.kind == ERROR else "restart" if followed else ""
        cells = [_standing(text, stand) for text, stand in zip(row.cells, stands, strict=True)]
        yield Line((Cell(row.label, hanging=True, merge=merge), *cells), keep=followed)


def _standing(text: str, stand: Stand) -> Cell:
    if stand.align == "decimal" and not pointed(text):
        return Cell(text, align="center")
    return Cell(text, align=stand.align, indent=stand.inset)
