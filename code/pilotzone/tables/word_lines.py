"""A table as lines of cells for a word processor: widths, rules, what stays together."""

import dataclasses
import math
from collections.abc import Iterator, Sequence

from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Panel, Row
from pilotzone.tables.layout import (
    COLUMN_GAP,
    NARROWEST_LABELS,
    Sheet,
    bracketed,
    column_ems,
    ems,
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


def _indents(grid: Grid, widths: Sequence[float], sheet: Sheet) -> list[float]:
    """Return how far numbers flush right stand from the edge: the widest is centred."""
    if bracketed(grid):
        return []
    rows = [*(row for panel in grid.panels for row in panel.rows), *grid.footer]
    widest = [max((ems(row.cells[i]) for row in rows), default=0) for i in range(grid.n_columns)]
    return [
        max((width - COLUMN_GAP - ems_of * sheet.size) / 2, 0.0)
        for width, ems_of in zip(widths[1:], widest, strict=True)
    ]


def lines(grid: Grid, widths: Sequence[float], sheet: Sheet) -> list[Line]:
    """Return all rows of a table in columns of these widths, with a rule above and below."""
    made = list(_inner(grid, _indents(grid, widths, sheet)))
    made[0] = dataclasses.replace(made[0], above=OUTER)
    made[-1] = dataclasses.replace(made[-1], below=OUTER, keep=True)
    return made


def _inner(grid: Grid, indents: Sequence[float]) -> Iterator[Line]:
    yield from _headings(grid.header, INNER, repeated=True)
    for number, panel in enumerate(grid.panels):
        yield from _panel(panel, grid, indents, first=number == 0)
    for number, line in enumerate(_body(grid.footer, indents)):
        yield dataclasses.replace(line, above=0 if number else INNER)


def _panel(panel: Panel, grid: Grid, indents: Sequence[float], *, first: bool) -> Iterator[Line]:
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
    yield from _body(panel.rows, indents)


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


def _body(rows: Sequence[Row], indents: Sequence[float]) -> Iterator[Line]:
    """Yield the rows; a label runs on beside the brackets under its estimate."""
    align = "right" if indents else "center"
    shifts = indents or [0.0] * (len(rows[0].cells) if rows else 0)
    for number, row in enumerate(rows):
        followed = number + 1 < len(rows) and rows[number + 1].kind == ERROR
        merge = "continue" if row.kind == ERROR else "restart" if followed else ""
        cells = [
            Cell(text, align=align, indent=indent)
            for text, indent in zip(row.cells, shifts, strict=True)
        ]
        yield Line((Cell(row.label, hanging=True, merge=merge), *cells), keep=followed)
