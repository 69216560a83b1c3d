"""A table as GitHub's Markdown, with columns padded so that the file reads as text too."""

import functools
import re
import unicodedata

from pilotzone.tables.grid import Grid, Row
from pilotzone.tables.layout import body_lines, wrap

# An angle bracket before a space or a digit begins no tag.
ESCAPED = re.compile(r"[\\|]|<(?=[A-Za-z/!?])")
# Links, images, emphasis, code, tags, entities, strikes; a heading or a list where a line begins.
MARKUP = re.compile(r"[\\`*\[\]<|~&]|(?<![^\W_])_|_(?![^\W_])|^[#+>-]")
# A cell wider than this does not widen its column in the text of the file.
WIDEST = 12
WIDEST_LABEL = 40


def render(grid: Grid) -> str:
    """Return title, table and notes."""
    return _page(grid, grid.lines())


def terminal(grid: Grid) -> str:
    """Return the same page with long headings and labels broken over several rows."""
    lines = [row for header in grid.header for row in _broken([header.label, *header.texts])]
    for panel in grid.panels:
        if panel.title:
            lines.append([panel.title, *[""] * grid.n_columns])
        lines += [row for header in panel.header for row in _broken([header.label, *header.texts])]
        lines += _body(panel.rows)
    return _page(grid, lines + _body(grid.footer))


def _body(rows: tuple[Row, ...]) -> list[list[str]]:
    return [[line.text, *cells] for line, cells in body_lines(rows, WIDEST_LABEL, display_width)]


def _page(grid: Grid, lines: list[list[str]]) -> str:
    heading, notes = grid.lexicon.word("table"), grid.lexicon.word("notes")
    titles = {panel.title for panel in grid.panels if panel.title}
    lines = [_emphasised(line, titles) for line in lines]
    parts = [
        f"**{heading} {escape(grid.exhibit)}.** {escape(grid.title)}",
        *([f"**{escape(grid.warnings_text)}**"] if grid.warnings else []),
        "\n".join(_table(lines)),
        f"*{notes}* {escape(grid.notes_text)}",
    ]
    return "\n\n".join(parts) + "\n"


def _emphasised(line: list[str], titles: set[str]) -> list[str]:
    """Set the title of a panel, a row with nothing else in it, in italics."""
    cells = [escape(text) for text in line]
    return [f"*{cells[0]}*", *cells[1:]] if line[0] in titles and not any(line[1:]) else cells


def _table(lines: list[list[str]]) -> list[str]:
    widths = [max(display_width(line[0]) for line in lines)]
    for column in range(1, len(lines[0])):
        sizes = [display_width(line[column]) for line in lines]
        widths.append(max([s for s in sizes if s <= WIDEST], default=WIDEST))
    rows = [_row(line, widths) for line in lines]
    rule = [
        ":" + "-" * max(widths[0] - 1, 2),
        *(":" + "-" * max(w - 2, 1) + ":" for w in widths[1:]),
    ]
    return [rows[0], _row(rule, widths), *rows[1:]]


def _row(cells: list[str], widths: list[int]) -> str:
    first = cells[0] + " " * (widths[0] - display_width(cells[0]))
    rest = [
        " " * (width - display_width(cell)) + cell
        for cell, width in zip(cells[1:], widths[1:], strict=True)
    ]
    return "| " + " | ".join([first, *rest]) + " |"


def _broken(line: list[str]) -> list[list[str]]:
    """Return a line of headings as several if one of them is too wide for its column."""
    wrapped = [[line.text for line in wrap(cell, WIDEST, display_width)] for cell in line[1:]]
    pieces = [[line[0]], *wrapped]
    return [
        [piece[i] if i < len(piece) else "" for piece in pieces]
        for i in range(max(map(len, pieces)))
    ]


@functools.cache
def display_width(text: str) -> int:
    """Return the columns that a text takes on a terminal: two for a Chinese character."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def escape(text: str) -> str:
    """Return text with what Markdown would read as markup escaped.

    Stars stay: behind a digit or between spaces they mark nothing.
    """
    return ESCAPED.sub(lambda match: "\\" + match.group(), text)


def plain(text: str) -> str:
    """Return a text that somebody else wrote so that nothing in it is markup.

    A line between letters or digits marks nothing and stays, as names of columns have it.
    """
    return MARKUP.sub(lambda match: "\\" + match.group(), " ".join(text.split()))


def unescape(text: str) -> str:
    """Return the text that :func:`escape` made this of."""
    return re.sub(r"\\([\\|<])", r"\1", text)


def parse(text: str) -> list[list[str]]:
    """Return the printed lines of a rendering, as :meth:`Grid.lines` gives them."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    del cells[1]
    return [
        [unescape(re.sub(r"^\*(.+[^*])\*$", r"\1", line[0])), *map(unescape, line[1:])]
        for line in cells
    ]
