"""The page of a figure: title, legend, panels in rows and columns, lines of notes.

All distances are inches, so that a figure with more panels is larger and not smaller printed.
"""

import dataclasses
import textwrap
from collections.abc import Iterable, Sequence

from pilotzone import estimates
from pilotzone.plots.source import Artist, Axes, Column, Figure

TITLE, LEGEND_ROW, ROW_HEAD, LINE = 0.36, 0.18, 0.24, 0.14
# What a further line of a title takes.
TITLE_LINE = 0.2
MARGIN, NARROWEST, X_LABEL, NO_HEAD = 0.12, 6.0, 0.14, 0.08
HEAD_POINTS, NOTE_POINTS, TICK_POINTS = 8.0, 7.0, 7.0
# Mean width of a letter over the font size, generous for DejaVu Sans.
LETTER = 0.54


@dataclasses.dataclass(frozen=True)
class Cell:
    """The place of a panel: the heads of its row and column."""

    key: str
    row: str
    column: str


@dataclasses.dataclass(frozen=True)
class Layout:
    """Sizes in inches: a panel, what stands left of it and below it, the last line's label."""

    width: float
    height: float
    left: float = 0.45
    below: float = 0.24
    outer: float = 0.2
    legend_columns: int = 4


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
class _Plan:
    """Where things stand on a page, in inches from its lower left corner."""

    rows: list[str]
    heads: list[str]
    layout: Layout
    foot: float
    legend: float
    title: float

    @classmethod
    def of(
        cls, title: str, cells: Sequence[Cell], layout: Layout, n_lines: int, n_handles: int
    ) -> "_Plan":
        return cls(
            list(dict.fromkeys(cell.row for cell in cells)),
            list(dict.fromkeys(cell.column for cell in cells)),
            layout,
            LINE * n_lines + 2 * MARGIN + (X_LABEL if cells else 0),
            LEGEND_ROW * -(-n_handles // layout.legend_columns),
            title_height(title),
        )

    @property
    def size(self) -> tuple[float, float]:
        return page_width(len(self.heads), self.layout), self.top + self.legend + self.title

    @property
    def top(self) -> float:
        """Upper edge of the heads."""
        heads = max((text.count("\n") + 1 for text in self.head_texts()), default=0)
        return self.foot + len(self.rows) * self.row_height + LINE * heads

    @property
    def row_height(self) -> float:
        head = ROW_HEAD if any(self.rows) else NO_HEAD
        return head + self.layout.height + self.layout.below

    def head_texts(self) -> list[str]:
        room = self.layout.width + min(self.layout.left, 2 * MARGIN)
        return [_wrapped(head, room, HEAD_POINTS) for head in self.heads]

    @property
    def left(self) -> float:
        """Left edge of all that belongs to the panels, which stand in the middle of a page."""
        return (self.size[0] - panels_width(len(self.heads), self.layout)) / 2

    def x(self, number: int) -> float:
        """Left edge of a panel."""
        step = self.layout.left + self.layout.width
        return self.left + self.layout.outer + self.layout.left + number * step

    def y(self, number: int) -> float:
        """Lower edge of a row's panels."""
        below = len(self.rows) - 1 - number
        return self.foot + below * self.row_height + self.layout.below


def page_width(n_columns: int, layout: Layout) -> float:
    """Return the width of a page with so many panels in a row."""
    return max(NARROWEST, 2 * MARGIN + panels_width(n_columns, layout))


def panels_width(n_columns: int, layout: Layout) -> float:
    """Return the width of so many panels in a row with what stands left of them."""
    return layout.outer + n_columns * (layout.left + layout.width)


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
    """Return a figure with one set of axes per cell, by the cell's key.

    Parameters
    ----------
    title : str
    cells : sequence of Cell
    layout : Layout
    x_label, y_label : str
        Once for all panels.
    notes : sequence of str
        Lines below the panels, wrapped to the width.
    legend : sequence of artists
        Handles of a legend above the panels.
    """
    from matplotlib.figure import Figure

    lines = note_lines(notes, page_width(len({cell.column for cell in cells}), layout))
    plan = _Plan.of(title, cells, layout, len(lines), len(legend))
    figure = Figure(figsize=plan.size)
    write_title(figure, title, legend, layout.legend_columns)
    _heads(figure, plan)
    width, height = plan.size
    axes = {}
    for cell in cells:
        x, y = plan.x(plan.heads.index(cell.column)), plan.y(plan.rows.index(cell.row))
        box = (x / width, y / height, layout.width / width, layout.height / height)
        axes[cell.key] = figure.add_axes(box)
        plain(axes[cell.key])
    if cells:
        middle = (plan.foot + len(plan.rows) * plan.row_height / 2) / height
        figure.text(plan.left / width, middle, y_label, rotation=90, ha="left", va="center")
        figure.text(0.5, (plan.foot - 0.05) / height, x_label, ha="center", va="center")
    write_notes(figure, lines)
    return figure, axes


def _heads(figure: Figure, plan: _Plan) -> None:
    """Write the heads of columns and rows."""
    width, height = plan.size
    texts = plan.head_texts()
    upper = plan.foot + len(plan.rows) * plan.row_height
    for number, text in enumerate(texts):
        at = (plan.x(number) + plan.layout.width / 2) / width, (plan.top + upper) / 2 / height
        figure.text(*at, text, ha="center", va="center", fontsize=HEAD_POINTS)
    for number, row in enumerate(plan.rows):
        y = plan.y(number) + plan.layout.height + ROW_HEAD / 2
        at = plan.x(0) / width, y / height
        figure.text(*at, row, ha="left", va="center", fontsize=HEAD_POINTS, weight="bold")


def title_height(title: str) -> float:
    """Return what a title takes, in inches: one line or several."""
    return TITLE + TITLE_LINE * title.count("\n")


def write_title(
    figure: Figure, title: str, legend: Sequence[Artist] = (), columns: int = 4
) -> None:
    """Write the title of a page, and its legend below it."""
    height, room = figure.get_figheight(), title_height(title)
    figure.text(0.5, 1 - room / 2 / height, title, ha="center", va="center", fontsize=11)
    if legend:
        figure.legend(
            handles=list(legend),
            ncols=columns,
            loc="upper center",
            bbox_to_anchor=(0.5, 1 - (room - 0.03) / height),
            borderaxespad=0,
            borderpad=0,
            frameon=False,
            fontsize=NOTE_POINTS,
            columnspacing=1.4,
            handletextpad=0.5,
            labelspacing=0.45,
        )


def _wrapped(text: str, width: float, points: float) -> str:
    letters = max(12, int(width * 72 / (LETTER * points)))
    return "\n".join(
        part
        for line in text.split("\n")
        for part in textwrap.wrap(line, letters, break_on_hyphens=False) or [""]
    )


def note_lines(notes: Sequence[str], width: float) -> list[str]:
    """Return notes broken into lines of a page of this width."""
    return [
        line
        for note in notes
        for line in _wrapped(note, width - 2 * MARGIN, NOTE_POINTS).split("\n")
    ]


def write_notes(figure: Figure, lines: Sequence[str]) -> None:
    """Write lines at the foot of a page."""
    width, height = figure.get_size_inches()
    for number, line in enumerate(reversed(lines)):
        at = (MARGIN / width, (MARGIN + number * LINE) / height)
        figure.text(*at, line, ha="left", va="bottom", fontsize=NOTE_POINTS)


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
    """Write the numbers of a shared vertical scale at the first axes of each group only."""
    for group in groups:
        for axes in group[1:]:
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
