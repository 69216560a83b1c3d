"""How a table is laid out on a printed page: type size, broken labels, parts.

Widths are those of Computer Modern, good to a few per cent, which is enough to choose a size.
They are added exactly (``math.fsum``): ``sum`` rounds in one way up to Python 3.11 and in another
since, and a line must break in the same place everywhere.
"""

import dataclasses
import functools
import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from pilotzone.tables.grid import (
    ERROR,
    Grid,
    HeaderRow,
    Panel,
    Row,
    body_columns,
    columns,
    without_heads,
)

# A4 with margins of 2.5 cm (453 pt of text) in a document of 11 pt, with room to err.
TEXT_WIDTH = 442.0
TEXT_HEIGHT = 640.0
COLUMN_GAP = 6.0
# Name, width of two digits and line skip of the sizes tried, in points: small type runs wide.
SIZES = (("small", 10.0, 12.0), ("footnotesize", 9.25, 11.0), ("scriptsize", 8.5, 9.5))
# A column of labels narrower than this is broken into too many lines to read.
NARROWEST_LABELS = 10.0
# Chinese may break anywhere, but not into a column of single characters.
NARROWEST_HEADING = 3.0
# Wider labels are broken, so that headings have room.
WIDEST_LABELS = 26.0
INDENT = 1.0
NOTE_SIZE = 9.0
NOTE_SKIP = 11.0
CAPTION_LINES = 4
# From this share of an even page on, a new panel starts a new page.
NEARLY_FULL = 0.8

EM = {
    ".": 0.28,
    ",": 0.28,
    " ": 0.33,
    "*": 0.38,
    "−": 0.78,
    "×": 0.78,
    "±": 0.78,
    "—": 1.0,
    "⁻": 0.62,
}
EM |= dict.fromkeys("=<>+", 0.78)
EM |= dict.fromkeys("()", 0.39) | dict.fromkeys("[]", 0.28) | dict.fromkeys("0123456789", 0.5)
EM |= dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹", 0.4)
OPENING, CLOSING = "(（", "),.;:%）、。，；："


# So much of a digit may reach into the gap between columns.
SLIGHT = 0.6
# Of a digit, that sums of widths are rounded by.
ROUNDED = 1e-9
# A number with a point, its brackets and its stars.
POINTED = re.compile(r"([(<]?−?[\d,]+)(\.\d+\)?\*{0,3})", re.ASCII)


class Line(NamedTuple):
    """A line of a broken text: the first, one after a space, or one ``glued`` to that before."""

    text: str
    continued: bool = False
    glued: bool = False


class Sheet(NamedTuple):
    """A page of a word processor: width of text and of two digits in a style, in points."""

    style: str
    landscape: bool
    width: float
    size: float


@dataclasses.dataclass(frozen=True)
class Layout:
    """A table in parts that fit a page.

    Attributes
    ----------
    parts : tuple of Grid
        In the order of printing.
    size : str
        Name of the type size.
    label_ems : float
        Width of the column of labels.
    spare_ems : float
        Width that a column may take beyond its cells, for its heading.
    """

    parts: tuple[Grid, ...]
    size: str
    label_ems: float
    spare_ems: float


@functools.cache
def ems(text: str) -> float:
    """Return the width of a text in units of the type size."""
    return math.fsum(map(_char_ems, text))


@functools.cache
def _char_ems(char: str) -> float:
    if char in EM:
        return EM[char]
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.72 if char.isupper() else 0.46


@functools.lru_cache(maxsize=100_000)
def wrap(text: str, limit: float, width: Callable[[str], float] = ems) -> tuple[Line, ...]:
    """Break a text into lines no wider than ``limit``, at spaces and between Chinese characters."""
    if width(text) <= limit:
        return (Line(text),)
    lines: list[Line] = []
    for word, spaced in _words(text):
        longer = f"{lines[-1].text}{' ' if spaced else ''}{word}" if lines else word
        if lines and width(longer) <= limit:
            lines[-1] = lines[-1]._replace(text=longer)
        else:
            lines.append(Line(word, continued=bool(lines), glued=bool(lines) and not spaced))
    return tuple(lines) or (Line(""),)


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield unbreakable pieces, each with whether a space stands before it."""
    for word in text.split(" "):
        if word.isascii():
            yield from [(word, True)] if word else []
            continue
        start, spaced = 0, True
        for i in range(1, len(word) + 1):
            if i == len(word) or _may_break(word[i - 1], word[i]):
                yield word[start:i], spaced
                start, spaced = i, False


@functools.cache
def _may_break(before: str, after: str) -> bool:
    """Say whether a line may end between two characters: beside a Chinese one, not at a bracket."""
    chinese = "W" in (unicodedata.east_asian_width(before), unicodedata.east_asian_width(after))
    return chinese and before not in OPENING and after not in CLOSING


def heading_limits(row: HeaderRow, widths: list[float]) -> list[float]:
    """Return the width above which each heading of a row is broken."""
    limits, start = [], 0
    for heading in row.headings:
        limits.append(math.fsum(widths[start : start + heading.span]))
        start += heading.span
    return limits


class Around(NamedTuple):
    """Room on both sides of the points of a column: a sign and digits before, digits behind."""

    before: int
    after: int
    sign: bool = False

    @property
    def sides(self) -> tuple[float, float]:
        """Widths before and behind the point."""
        sign = EM["−"] if self.sign else 0.0
        return sign + self.before * EM["0"], self.after * EM["0"]


@functools.cache
def pointed(text: str) -> tuple[str, str] | None:
    """Return what stands before and from the point of a number on; None for any other cell."""
    match = POINTED.fullmatch(text)
    return match and (match[1], match[2])


def _widest(cells: Iterable[str]) -> tuple[float, float] | None:
    """Return how wide the widest number is before and behind its point."""
    split = [parts for parts in map(pointed, cells) if parts]
    if not split:
        return None
    return max(ems(one) for one, _ in split), max(ems(one) for _, one in split) - EM["."]


def digits_around(cells: Iterable[str]) -> Around | None:
    """Return the room before and behind the points of a column, in digits."""
    widest = _widest(cells)
    return widest and Around(*(math.ceil(one / EM["0"] - SLIGHT) for one in widest))


def signed_around(cells: Iterable[str]) -> Around | None:
    """Return the room where what is wider than it covers the point, so that none may be.

    The narrower of digits alone and of digits behind a sign is taken.
    """
    widest = _widest(cells)
    if widest is None:
        return None
    after = math.ceil(widest[1] / EM["0"] - SLIGHT)
    plain = Around(math.ceil(widest[0] / EM["0"] - ROUNDED), after)
    room = widest[0] - EM["−"]
    signed = Around(max(1, math.ceil(room / EM["0"] - ROUNDED)), after, sign=True)
    return min(plain, signed, key=lambda one: one.sides)


def _cells_ems(cells: Collection[str], around: Callable[[Iterable[str]], Around | None]) -> float:
    found = around(cells)
    numbers = math.fsum((*found.sides, EM["."])) if found else 0.0
    return max(numbers, *map(ems, cells), 0.0)


def column_ems(
    grid: Grid, around: Callable[[Iterable[str]], Around | None] = digits_around
) -> list[float]:
    """Return the width of each column: its widest cell, or what its own heading needs.

    Numbers stand with their points below each other, so that they may need more than the widest;
    ``around`` gives the room that a column sets aside on both sides of them.
    """
    widths = [_cells_ems(set(cells), around) for cells in body_columns(grid)]
    for row in _headers(grid):
        start = 0
        for heading in row.headings:
            longest = max((ems(word) for word, _ in _words(heading.text)), default=0.0)
            longest = max(longest, min(ems(heading.text), NARROWEST_HEADING))
            for i in range(start, start + heading.span):
                widths[i] = max(widths[i], longest / heading.span)
            start += heading.span
    return widths


def _headers(grid: Grid) -> tuple[HeaderRow, ...]:
    return (*grid.header, *(row for panel in grid.panels for row in panel.header))


def _all_labels(grid: Grid) -> list[str]:
    rows = [row for panel in grid.panels for row in panel.rows]
    return [row.label for row in (*rows, *grid.footer, *_headers(grid))]


def label_room(columns: Sequence[float], size: float, width: float = TEXT_WIDTH) -> float:
    """Return the width left for the labels beside columns at a size, in units of the size."""
    # None behind the last.
    taken = math.fsum(columns) * size + COLUMN_GAP * (len(columns) - 0.5)
    return (width - taken) / size


def widest_label(grid: Grid) -> float:
    """Return the width of the widest label."""
    return max(ems(label) for label in _all_labels(grid)) + INDENT


def fit_sheet(grid: Grid, sheets: Sequence[Sheet]) -> tuple[list[Grid], Sheet]:
    """Return the parts and the first sheet on which a table of any length fits.

    The columns are split, evenly, only if they fit no sheet; rows are the word processor's to
    break.
    """
    enough = min(NARROWEST_LABELS, widest_label(grid))
    for pieces in range(1, grid.n_columns + 1):
        cuts = _split_columns(grid, pieces)
        widths = list(map(column_ems, cuts))
        for sheet in sheets:
            if min(label_room(each, sheet.size, sheet.width) for each in widths) >= enough:
                return cuts, sheet
    return cuts, sheet


def fit(grid: Grid) -> Layout:
    """Return the parts and the size in which a table fits the page.

    The columns are split evenly into as few parts as there must be, a part longer than a page
    between rows, before a panel where possible. Among the sizes that fit, the largest of those
    with the fewest parts is taken.
    """
    widest = widest_label(grid)
    for pieces in range(1, grid.n_columns + 1):
        cuts = _split_columns(grid, pieces)
        widths = [column_ems(cut, signed_around) for cut in cuts]
        layouts = []
        for name, size, skip in SIZES:
            room = min(label_room(each, size) for each in widths)
            if room >= min(NARROWEST_LABELS, widest) or pieces == grid.n_columns:
                label_ems = min(room, widest, WIDEST_LABELS)
                spare = (room - label_ems) / max(cut.n_columns for cut in cuts)
                parts = [page for cut in cuts for page in _split_rows(cut, label_ems, skip)]
                layouts.append(Layout(tuple(parts), name, label_ems, spare))
                # In no smaller size they are fewer.
                if len(parts) == len(cuts):
                    break
        if layouts:
            return min(layouts, key=lambda layout: len(layout.parts))
    raise ValueError(f"{grid.exhibit}: a table without columns")


def _split_columns(grid: Grid, pieces: int) -> list[Grid]:
    size = -(-grid.n_columns // pieces)
    starts = range(0, grid.n_columns, size)
    if len(starts) == 1:
        return [grid]
    return [columns(grid, range(i, min(i + size, grid.n_columns))) for i in starts]


def body_lines(
    rows: tuple[Row, ...], limit: float, width: Callable[[str], float] = ems
) -> list[tuple[Line, tuple[str, ...]]]:
    """Return printed lines of rows: a broken label runs on in the row under its estimate.

    It is indented from its second line on, which costs :data:`INDENT` of the limit.
    """
    lines: list[tuple[Line, tuple[str, ...]]] = []
    waiting: list[Line] = []
    for row in rows:
        empty = ("",) * len(row.cells)
        if row.kind == ERROR:
            lines.append((waiting.pop(0) if waiting else Line(""), row.cells))
            lines += [(line, empty) for line in waiting]
            waiting = []
            continue
        lines += [(line, empty) for line in waiting]
        first, *waiting = wrap(row.label, limit - INDENT, width)
        lines.append((first, row.cells))
    return lines + [(line, empty) for line in waiting]


def _groups(panel: Panel) -> list[tuple[Row, ...]]:
    """Return the rows of a panel with each estimate and what stands under it together."""
    groups: list[list[Row]] = []
    for row in panel.rows:
        if row.kind == ERROR:
            groups[-1].append(row)
        else:
            groups.append([row])
    return [tuple(group) for group in groups]


def _split_rows(grid: Grid, label_ems: float, skip: float) -> list[Grid]:
    """Return the table in parts that fit a page, the last one together with the notes."""
    capacity = TEXT_HEIGHT / skip - CAPTION_LINES - 2 * len(grid.header)
    tail = _tail_lines(grid, label_ems, skip)
    heights = [
        [len(body_lines(group, label_ems)) for group in _groups(panel)] for panel in grid.panels
    ]
    total = sum(map(sum, heights)) + sum(map(_panel_lines, grid.panels)) + tail
    if total <= capacity:
        return [grid]
    fewest = -int(-total // capacity)
    evener = (total / count for count in range(fewest, fewest + sum(map(len, heights))))
    for limit in (capacity, *evener):
        pages, used = _fill(grid, heights, tail, limit, NEARLY_FULL * total / fewest)
        if used + tail <= capacity:
            break
    return _as_parts(grid, pages)


def _fill(
    grid: Grid, heights: list[list[int]], tail: float, limit: float, nearly_full: float
) -> tuple[list[list[Panel]], float]:
    """Fill pages with no more lines than ``limit``; return them and the lines of the last one."""
    pages: list[list[tuple[Panel, list[Row]]]] = [[]]
    used = 0.0
    for panel, sizes in zip(grid.panels, heights, strict=True):
        needed = _panel_lines(panel) + sum(sizes) + (tail if panel is grid.panels[-1] else 0)
        fresh = bool(pages[-1]) and (used >= nearly_full or used + needed > limit)
        for group, height in zip(_groups(panel), sizes, strict=True):
            if fresh or (pages[-1] and used + height > limit):
                pages.append([])
                used, fresh = 0.0, False
            used += height + _append(pages[-1], panel, group)
    filled = [[dataclasses.replace(one, rows=tuple(rows)) for one, rows in page] for page in pages]
    return filled, used


def _append(page: list[tuple[Panel, list[Row]]], panel: Panel, group: tuple[Row, ...]) -> int:
    """Put rows on a page, with the panel's title if it starts there; return the lines it took."""
    last = page[-1][0] if page else None
    if last and last.title == panel.title and last.header == panel.header:
        page[-1][1].extend(group)
        return 0
    page.append((panel, [*group]))
    return _panel_lines(panel)


def _panel_lines(panel: Panel) -> int:
    """Return the lines above the rows of a panel: space or rules, title, heads."""
    return 2 + len(panel.header)


def _tail_lines(grid: Grid, label_ems: float, skip: float) -> float:
    footer = len(body_lines(grid.footer, label_ems)) if grid.footer else 0
    notes = round(ems(" ".join(grid.notes)) * NOTE_SIZE / TEXT_WIDTH) + 1
    return footer + notes * NOTE_SKIP / skip + 1


def _as_parts(grid: Grid, pages: list[list[Panel]]) -> list[Grid]:
    last = len(pages) - 1
    return [
        dataclasses.replace(without_heads(grid, page), footer=grid.footer if number == last else ())
        for number, page in enumerate(pages)
    ]
