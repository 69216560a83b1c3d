"""One table as text cells, before any markup: what every rendering prints.

Cells hold plain text with a minus sign proper, stars as asterisks and powers as superscripts; a
rendering only translates these marks. A cell is empty where a column has no such term.
"""

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from itertools import groupby

import pandas as pd

from pilotzone.catalogue.words import Lexicon

VALUE, ERROR, HEAD = "value", "error", "head"
# Lines of a printed page and of a screen: heads that stand further above are out of sight.
PAGE = 40
# The estimates files of an exhibit, by the last piece of their names.
Parts = Mapping[str, pd.DataFrame]


@dataclasses.dataclass(frozen=True)
class Heading:
    """A text above one or several neighbouring columns."""

    text: str
    span: int = 1


@dataclasses.dataclass(frozen=True)
class HeaderRow:
    """A row of headings; ``label`` stands above the first column."""

    label: str
    headings: tuple[Heading, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The heading of each column."""
        return tuple(h.text for h in self.headings for _ in range(h.span))


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of the body.

    Attributes
    ----------
    label : str
        Empty for the row under an estimate.
    cells : tuple of str
    kind : {'value', 'error', 'head'}
        ``error``: the bracketed row that belongs to the row above; ``head``: names the rows below,
        and stays above them where columns are taken.
    term : str
        The term, variable or field that the row prints, as in the estimates files.
    """

    label: str
    cells: tuple[str, ...]
    kind: str = VALUE
    term: str = ""


@dataclasses.dataclass(frozen=True)
class Panel:
    """Rows under a common title.

    ``header`` if the columns mean something else than above, or if the heads of the table, which
    are far above, stand here again (:func:`headed`).
    """

    rows: tuple[Row, ...]
    title: str = ""
    header: tuple[HeaderRow, ...] = ()


@dataclasses.dataclass(frozen=True)
class Body:
    """What a builder makes of a table: all but its title, and of the notes only its own."""

    header: tuple[HeaderRow, ...]
    panels: tuple[Panel, ...]
    footer: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table: header, panels, footer, notes.

    Attributes
    ----------
    exhibit, title, language : str
    header : tuple of HeaderRow
    panels : tuple of Panel
    footer : tuple of Row
        Rows below the last rule of the body: controls, effects, counts.
    notes : tuple of str
        Sentences.
    warnings : tuple of str
        Sentences that stand on top of the table.
    """

    exhibit: str
    title: str
    language: str
    header: tuple[HeaderRow, ...]
    panels: tuple[Panel, ...]
    footer: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def lexicon(self) -> Lexicon:
        """The words around the table."""
        return Lexicon(self.language)

    @property
    def notes_text(self) -> str:
        """All notes in one."""
        return self.lexicon.space.join(self.notes)

    @property
    def warnings_text(self) -> str:
        """All warnings in one."""
        return self.lexicon.space.join(self.warnings)

    @property
    def n_columns(self) -> int:
        """Columns beside the labels."""
        return len(self.header[0].texts)

    def lines(self) -> list[list[str]]:
        """Return all rows as printed, each with its label first and spans written out.

        The title of a panel is a row of its own with empty cells.
        """
        lines = [_header_line(row) for row in self.header]
        for panel in self.panels:
            if panel.title:
                lines.append([panel.title, *[""] * self.n_columns])
            lines += [_header_line(row) for row in panel.header]
            lines += [[row.label, *row.cells] for row in panel.rows]
        return lines + [[row.label, *row.cells] for row in self.footer]


def _header_line(row: HeaderRow) -> list[str]:
    return [row.label, *row.texts]


def spanned(label: str, texts: Sequence[str]) -> HeaderRow:
    """Return a row of headings in which equal neighbours share one."""
    runs = [(text, len(list(run))) for text, run in groupby(texts)]
    return HeaderRow(label, tuple(Heading(text, span) for text, span in runs))


def single(label: str, texts: Sequence[str]) -> HeaderRow:
    """Return a row of headings with one for each column."""
    return HeaderRow(label, tuple(Heading(text) for text in texts))


def headed(header: tuple[HeaderRow, ...], panels: Sequence[Panel]) -> tuple[Panel, ...]:
    """Return the panels of a long table in blocks, the heads again above each but the first.

    A block begins with the first panel behind a page of lines. Where a panel has heads of its own
    the table stays as it is.
    """
    if any(panel.header for panel in panels):
        return tuple(panels)
    made, below = [], 0
    for panel in panels:
        if below >= PAGE and panel.title:
            panel, below = dataclasses.replace(panel, header=header), 0
        made.append(panel)
        below += len(panel.rows)
    return tuple(made)


def blocks(grid: Grid) -> list[Grid]:
    """Return the blocks of a table, each a table of its own; the footer stands below the last.

    A table whose heads are not repeated, or that has no line, is one block.
    """
    if not grid.panels:
        return [grid]
    starts = [n for n, panel in enumerate(grid.panels) if n == 0 or panel.header == grid.header]
    ends = [*starts[1:], len(grid.panels)]
    made = [without_heads(grid, grid.panels[i:j]) for i, j in zip(starts, ends, strict=True)]
    return [*(dataclasses.replace(block, footer=()) for block in made[:-1]), *made[-1:]]


def without_heads(grid: Grid, panels: Sequence[Panel]) -> Grid:
    """Return a table with these panels, in which no head stands directly below the same one."""
    first, *others = panels
    if first.header == grid.header:
        first = dataclasses.replace(first, header=())
    return dataclasses.replace(grid, panels=(first, *others))


def body_columns(grid: Grid) -> list[tuple[str, ...]]:
    """Return the cells of each column below its headings."""
    rows = [*(row for panel in grid.panels for row in panel.rows), *grid.footer]
    return list(zip(*(row.cells for row in rows), strict=True)) or [()] * grid.n_columns


def columns(grid: Grid, chosen: Sequence[int]) -> Grid:
    """Return the table with some of its columns; a row that is empty in all of them goes.

    A head stays: what is below it would have no name.
    """

    def cut_header(rows: tuple[HeaderRow, ...]) -> tuple[HeaderRow, ...]:
        return tuple(_cut(row, chosen) for row in rows)

    def cut_rows(rows: tuple[Row, ...]) -> tuple[Row, ...]:
        cut = [dataclasses.replace(r, cells=tuple(r.cells[i] for i in chosen)) for r in rows]
        return tuple(row for row in cut if any(row.cells) or row.kind == HEAD)

    panels = [
        dataclasses.replace(p, rows=cut_rows(p.rows), header=cut_header(p.header))
        for p in grid.panels
    ]
    return dataclasses.replace(
        grid,
        header=cut_header(grid.header),
        panels=tuple(panel for panel in panels if panel.rows),
        footer=cut_rows(grid.footer),
    )


def _cut(row: HeaderRow, chosen: Sequence[int]) -> HeaderRow:
    owner = [h for h, heading in enumerate(row.headings) for _ in range(heading.span)]
    runs = [(h, len(list(run))) for h, run in groupby(owner[i] for i in chosen)]
    return HeaderRow(row.label, tuple(Heading(row.headings[h].text, span) for h, span in runs))


@functools.cache
def natural(text: str) -> tuple:
    """Return a sort key in which -4, 0.01, 2 and 10 stand in the order of numbers."""
    parts = re.split(r"(-?\d+(?:\.\d+)?)", text)
    return tuple(
        (1, float(p), "") if re.fullmatch(r"-?\d+(\.\d+)?", p) else (0, 0.0, p) for p in parts
    )
