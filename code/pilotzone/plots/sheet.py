"""The page of a figure: legend, panels in rows and columns, names of axes.

All distances are inches and all type is at least 8 points, as printed: a figure with more panels
is taller and never smaller printed. Title and notes are its caption (:class:`Page`).
"""

import dataclasses
import textwrap
from collections.abc import Iterable, Sequence

from pilotzone import estimates
from pilotzone.plots.source import Artist, Axes, Column, Figure

# The text of a journal's page, and one of two columns.
FULL, HALF = 6.5, 3.25
LEGEND_ROW, ROW_HEAD, HEAD_LINE = 0.18, 0.22, 0.16
MARGIN, X_LABEL, NO_HEAD, BETWEEN = 0.08, 0.2, 0.08, 0.08
POINTS, HEAD_POINTS, SMALL_POINTS, TICK_POINTS = 9.0, 9.0, 8.0, 8.0
# Mean width of a letter over the font size, generous for DejaVu Sans.
LETTER = 0.57
# What an entry of a legend takes beside its letters, in letters: its mark and the space after it.
MARK_LETTERS = 8


@dataclasses.dataclass(frozen=True)
class Cell:
    """The place of a panel: the heads of its row and column."""

    key: str
    row: str
    column: str


@dataclasses.dataclass(frozen=True)
class Layout:
    """Sizes in inches: the narrowest panel, its height, what stands left of it and below it.

    Panels are as wide as the page allows; those that do not fit side by side go below one another.
    ``outer`` is what stands left of all, as the name of the vertical axis.
    """

    width: float
    height: float
    left: float = 0.45
    below: float = 0.24
    outer: float = 0.2
    page: float = FULL

    def across(self, n_columns: int) -> int:
        """Return how many of so many columns stand side by side, as even as they can be."""
        most = max(1, int((self.room + 1e-9) / (self.left + self.width)))
        bands = -(-n_columns // most)
        return -(-n_columns // bands)

    @property
    def room(self) -> float:
        """What panels and all that stands left of each may take."""
        return self.page - 2 * MARGIN - self.outer

    def stretched(self, n_across: int) -> float:
        """Return the width of a panel where so many fill the page."""
        return self.room / n_across - self.left


def lattice(columns: Sequence[Column], across: Sequence[str]) -> tuple[Cell, ...]:
    """Return a cell for every column: dimensions ``across`` in its column, all others in its row.

    The outcome is always named; other dimensions only where the columns differ in them.
    """
    told = estimates.varying(columns)
    heads = ["outcome", *(d for d in across if d in told and d != "outcome")]
    rows = [d for d in told if d not in heads]
    return tuple(
        Cell(
            column.id,
            row=column.described(rows),
            column="\n".join(column.value(d) for d in heads),
        )
        for column in columns
    )


@dataclasses.dataclass(frozen=True)
class _Line:
    """Panels side by side: their heads, if any stand above them, and lower edge of the panels."""

    row: str
    heads: tuple[str, ...]
    headed: bool
    bottom: float


@dataclasses.dataclass(frozen=True)
class _Plan:
    """Where things stand on a page, in inches from its lower left corner."""

    layout: Layout
    width: float
    lines: tuple[_Line, ...]
    texts: dict[str, str]
    top: float
    foot: float

    @classmethod
    def of(cls, cells: Sequence[Cell], layout: Layout, *, x_label: bool) -> "_Plan":
        heads = list(dict.fromkeys(cell.column for cell in cells))
        rows = list(dict.fromkeys(cell.row for cell in cells))
        across = layout.across(len(heads)) if heads else 1
        width = layout.stretched(across)
        texts = {head: _wrapped(head, _head_inches(width, layout), HEAD_POINTS) for head in heads}
        head_lines = max((t.count("\n") + 1 for t in texts.values() if t), default=0)
        there = {(cell.row, cell.column) for cell in cells}
        blocks = [tuple(heads[at : at + across]) for at in range(0, len(heads), across)]
        wanted = [
            (row, block, row == next(r for r in rows if _any(there, r, block)))
            for block in blocks
            for row in rows
            if _any(there, row, block)
        ]
        foot = MARGIN + (X_LABEL if x_label else 0)
        y, lines = foot, []
        row_head = ROW_HEAD if any(rows) else NO_HEAD
        for row, block, headed in reversed(wanted):
            lines.append(_Line(row, block, headed, y + layout.below))
            y += layout.below + layout.height + row_head
            y += HEAD_LINE * head_lines if headed else 0
        return cls(layout, width, tuple(reversed(lines)), texts, y, foot)

    def x(self, number: int) -> float:
        """Left edge of a panel."""
        step = self.layout.left + self.width
        return MARGIN + self.layout.outer + self.layout.left + number * step


def _head_inches(width: float, layout: Layout) -> float:
    """Return the room of a head over the middle of its panel, which the last one has as well."""
    return width + min(layout.left - BETWEEN, 1.5 * MARGIN)


def _any(there: set[tuple[str, str]], row: str, heads: Iterable[str]) -> bool:
    return any((row, head) in there for head in heads)


def sheet(
    title: str,
    cells: Sequence[Cell],
    layout: Layout,
    *,
    notes: Sequence[str],
    x_label: str = "",
    y_label: str = "",
    legend: Sequence[Artist] = (),
) -> tuple[Figure, dict[str, Axes]]:
    """Return a page with one set of axes per cell, by the cell's key.

    Parameters
    ----------
    title : str
        First words of the caption. Lines after the first are a stamp, which the picture bears too.
    cells : sequence of Cell
    layout : Layout
    x_label, y_label : str
        Once for all panels.
    notes : sequence of str
        The rest of the caption.
    legend : sequence of artists
        Handles of a legend above the panels.
    """
    from pilotzone.plots.page import Page

    plan = _Plan.of(cells, layout, x_label=bool(x_label))
    _, _, stamp = title.partition("\n")
    stamped = X_LABEL * len(stamp.splitlines())
    width = layout.page
    height = plan.top + legend_inches(legend, width) + MARGIN + stamped
    figure = Page(width, height, title, notes)
    if stamp:
        figure.text(0.5, 1 - MARGIN / height, stamp, ha="center", va="top", weight="bold")
    write_legend(figure, legend, stamped)
    _heads(figure, plan)
    axes = {}
    lines = {(line.row, head): line for line in plan.lines for head in line.heads}
    for cell in cells:
        line = lines[cell.row, cell.column]
        x, y = plan.x(line.heads.index(cell.column)), line.bottom
        box = (x / width, y / height, plan.width / width, layout.height / height)
        axes[cell.key] = figure.add_axes(box)
        plain(axes[cell.key])
    if cells:
        middle = (plan.foot + plan.top) / 2 / height
        figure.text(MARGIN / width, middle, y_label, rotation=90, ha="left", va="center")
        half = LETTER * POINTS / 72 * len(x_label) / 2
        across = min((plan.x(0) + width - MARGIN) / 2, max(width / 2, width - MARGIN - half))
        figure.text(across / width, MARGIN / height, x_label, ha="center", va="bottom")
    return figure, axes


def _heads(figure: Figure, plan: _Plan) -> None:
    """Write the heads of columns and rows."""
    width, height = figure.get_size_inches()
    for line in plan.lines:
        upper = line.bottom + plan.layout.height
        if line.row:
            at = plan.x(0) / width, (upper + ROW_HEAD / 2) / height
            figure.text(*at, line.row, ha="left", va="center", fontsize=HEAD_POINTS, weight="bold")
        if not line.headed:
            continue
        upper += ROW_HEAD if line.row else NO_HEAD
        for number, head in enumerate(line.heads):
            at = (plan.x(number) + plan.width / 2) / width, (upper) / height
            look = {"ha": "center", "va": "bottom", "fontsize": HEAD_POINTS, "linespacing": 1.1}
            figure.text(*at, plan.texts[head], **look)


def _legend_columns(legend: Sequence[Artist], width: float) -> int:
    """Return how many entries of a legend fit side by side."""
    longest = max(len(str(handle.get_label())) for handle in legend) + MARK_LETTERS
    most = int((width - 2 * MARGIN) * 72 / (LETTER * SMALL_POINTS * longest))
    most = min(max(1, most), len(legend))
    return -(-len(legend) // -(-len(legend) // most))


def legend_inches(legend: Sequence[Artist], width: float) -> float:
    """Return the height of a legend."""
    rows = -(-len(legend) // _legend_columns(legend, width)) if legend else 0
    return LEGEND_ROW * rows + (MARGIN if rows else 0)


def write_legend(figure: Figure, legend: Sequence[Artist], below: float = 0.0) -> None:
    """Write the legend at the top of a page, or so many inches below it."""
    width, height = figure.get_size_inches()
    if legend:
        figure.legend(
            handles=list(legend),
            ncols=_legend_columns(legend, width),
            loc="upper center",
            bbox_to_anchor=(0.5, 1 - (MARGIN + below) / height),
            borderaxespad=0,
            borderpad=0,
            frameon=False,
            fontsize=SMALL_POINTS,
            columnspacing=1.4,
            handletextpad=0.5,
            labelspacing=0.45,
        )


def _wrapped(text: str, width: float, points: float) -> str:
    letters = max(8, int(width * 72 / (LETTER * points)))
    return "\n".join(
        part
        for line in text.split("\n")
        for part in textwrap.wrap(line, letters, break_on_hyphens=False, break_long_words=False)
        or [""]
    )


def plain(axes: Axes) -> None:
    """Take the frame off and set small ticks."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_linewidth(0.6)
    axes.tick_params(labelsize=TICK_POINTS, length=2.5, width=0.6)


def same_limits(groups: Iterable[Sequence[Axes]], direction: str = "y") -> None:
    """Give the axes of each group the widest limits among them."""
    for group in groups:
        limits = [getattr(axes, f"get_{direction}lim")() for axes in group]
        low, high = min(low for low, _ in limits), max(high for _, high in limits)
        for axes in group:
            getattr(axes, f"set_{direction}lim")(low, high)


def label_first(groups: Iterable[Sequence[Axes]]) -> None:
    """Write the numbers of a shared vertical scale at the first axes of each line only."""
    for group in groups:
        lines: dict[float, list[Axes]] = {}
        for axes in group:
            lines.setdefault(round(axes.get_position().y0, 6), []).append(axes)
        for line in lines.values():
            for axes in sorted(line, key=lambda axes: axes.get_position().x0)[1:]:
                axes.tick_params(axis="y", labelleft=False)


def by_row_and_outcome(
    cells: Sequence[Cell], columns: Sequence[Column], axes: dict[str, Axes]
) -> list[list[Axes]]:
    """Return the axes that can share a scale: one row, one outcome."""
    groups: dict[tuple[str, str], list[Axes]] = {}
    for cell, column in zip(cells, columns, strict=True):
        groups.setdefault((cell.row, column.literal.outcome), []).append(axes[cell.key])
    return list(groups.values())


def by_row(cells: Sequence[Cell], axes: dict[str, Axes]) -> list[list[Axes]]:
    """Return the axes of each row."""
    groups: dict[str, list[Axes]] = {}
    for cell in cells:
        groups.setdefault(cell.row, []).append(axes[cell.key])
    return list(groups.values())
