"""A network of cities: density and mean degree by year, the zone's effect on centralities."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.errors import UserError
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("centralities",)
OUTCOMES = ("degree_centrality", "closeness_centrality", "betweenness_centrality")
# Groups of the part: how they look, and their words, in which the last year is put.
GROUPS = {
    "all": (marks.Mark(marks.BLACK, "o"), "all"),
    "zone": (marks.Mark(marks.VERMILION, "s"), "with a zone by {year:g}"),
    "other": (marks.Mark(marks.BLUE, "^", "--"), "other"),
}
# What is drawn by year, from above: a column of the part, its groups, its words.
BY_YEAR = (
    ("density", ("all",), "Density of the network"),
    ("degree", ("zone", "other"), "Mean degree centrality"),
)
# Inches: the height of both stacks of panels with their heads and scales, the left edge
# and the width of each stack.
BODY, HEAD, SCALE = 3.9, 0.26, 0.26
YEARS, EFFECTS = (0.5, 2.35), (4.1, 2.3)


def draw(picture: Picture) -> Figure:
    """Return density and mean degree by year (left), effects on each centrality (right).

    Reads ``<id>.years.csv`` (``group``: all, zone, other), ``<id>.csv`` and ``<id>.models.csv``;
    of the columns, those of the two-way estimator with a centrality as outcome.

    Raises
    ------
    UserError
        If a file, a group, a year's value or every such column is missing, or there are more
        columns of one outcome than markers.
    """
    from pilotzone.plots.page import Page

    years = _years(picture.path("years"))
    found = _columns(picture)
    shown = source.identified(found)
    by_outcome = {name: [c for c in shown if c.literal.outcome == name] for name in OUTCOMES}
    drawn = {name: columns for name, columns in by_outcome.items() if columns}
    doubts = points.doubts(map(_row, shown), picture.lexicon)
    notes = [source.say("network", picture.lexicon), *doubts, *source.foot(found)]
    figure = Page(sheet.FULL, BODY + 2 * sheet.MARGIN, picture.title, notes)
    for axes, panel in zip(_stack(figure, YEARS, len(BY_YEAR)), BY_YEAR, strict=True):
        _lines(axes, years, *panel)
    told = [name for name in estimates.varying(found) if name != "outcome"]
    right = _stack(figure, EFFECTS, len(drawn))
    for axes, columns in zip(right, drawn.values(), strict=True):
        _intervals(axes, columns, told)
    return figure


def _years(path: Path) -> dict[str, pd.DataFrame]:
    """Return the rows of each group in the order of years."""
    blocks = dict(iter(estimates.read(path).sort_values("year").groupby("group")))
    for group in GROUPS:
        if group not in blocks:
            raise UserError(f"{path}: no rows of group '{group}'")
    for name, groups, _ in BY_YEAR:
        for group in groups:
            if blocks[group][name].isna().any():
                raise UserError(f"{path}: group '{group}' has a year without {name}")
    return blocks


def _columns(picture: Picture) -> tuple[Column, ...]:
    found = picture.columns(ESTIMATORS)
    found = tuple(column for column in found if column.literal.outcome in OUTCOMES)
    if not found:
        raise UserError(
            f"{picture.exhibit_id}: no two-way column has an outcome of {', '.join(OUTCOMES)}"
        )
    most = max(sum(column.literal.outcome == name for column in found) for name in OUTCOMES)
    if most > len(marks.SERIES):
        raise UserError(
            f"{picture.exhibit_id}: {most} columns of one outcome for {len(marks.SERIES)} marks"
        )
    return found


def _stack(figure: Figure, across: tuple[float, float], n: int) -> list[Axes]:
    """Return axes one above the other, the highest first, each with room for head and scale."""
    height = figure.get_figheight()
    step = BODY / max(n, 1)
    left, width = across
    made = []
    for number in range(n):
        bottom = sheet.MARGIN + (n - 1 - number) * step + SCALE
        box = (
            left / sheet.FULL,
            bottom / height,
            width / sheet.FULL,
            (step - HEAD - SCALE) / height,
        )
        made.append(figure.add_axes(box))
        sheet.plain(made[-1])
    return made


def _lines(
    axes: Axes,
    years: dict[str, pd.DataFrame],
    name: str,
    groups: Sequence[str],
    head: str,
) -> None:
    """Draw a quantity by year, a line for each group with its words at the head."""
    axes.set_title(head, fontsize=sheet.HEAD_POINTS, loc="left", pad=4)
    for group in groups:
        rows, (mark, text) = years[group], GROUPS[group]
        last = rows.iloc[-1]
        text = f"{text.format(year=last['year'])} ({last['n_units']:g} cities)"
        axes.plot(
            rows["year"],
            rows[name],
            mark.line,
            marker=mark.marker,
            color=mark.colour,
            markersize=3.5,
            linewidth=1.3,
            label=text,
        )
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.locator_params(axis="y", nbins=5)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.19 * len(groups) * (high - low))
    axes.legend(loc="upper left", fontsize=sheet.SMALL_POINTS, frameon=False, borderaxespad=0.1)


def _row(column: Column) -> points.Row:
    return column.terms[column.literal.treatment]


def _intervals(axes: Axes, columns: Sequence[Column], told: Sequence[str]) -> None:
    """Draw the columns of one outcome below one another."""
    head = columns[0].value("outcome")
    axes.set_title(head, fontsize=sheet.HEAD_POINTS, loc="left", pad=4)
    axes.axvline(0, **marks.ZERO)
    places = -np.arange(len(columns))
    for place, column, mark in zip(places, columns, marks.SERIES, strict=False):
        look = {"across": True, "size": 4.2, "elinewidth": 1.4}
        points.draw(axes, [place], [_row(column)], mark, **look)
    texts = [column.described(told) for column in columns]
    axes.set_yticks(places, texts, fontsize=sheet.TICK_POINTS)
    axes.set_ylim(0.6 - len(columns), 0.6)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=5)
