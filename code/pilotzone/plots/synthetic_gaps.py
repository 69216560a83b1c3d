"""Each treated unit and its synthetic controls, a small panel for each unit."""

from collections.abc import Sequence

import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("synthetic_control",)
IN_A_ROW = 4
LAYOUT = sheet.Layout(width=1.35, height=1.0, left=0.42, below=0.26)
# A column each, in the order of the literal.
STYLES = ("-", (0, (4, 1.5)), (0, (1.5, 1.2)))
TITLE_POINTS = 7.0


def draw(picture: Picture) -> Figure:
    """Return a panel per unit with its path and that of its control under each column."""
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    gaps, units = picture.part("gaps", shown), picture.part("units", shown)
    every = pd.concat(units.values()) if shown else pd.DataFrame({"unit": [], "identified": []})
    drawn = every[every["identified"] == "yes"].sort_values(["cohort", "unit"], kind="stable")
    names = list(dict.fromkeys(drawn["unit"]))
    figure, axes = sheet.sheet(
        picture.title,
        [_cell(number, unit) for number, unit in enumerate(names)],
        LAYOUT,
        y_label=picture.variable(shown[0].literal.outcome) if shown else "",
        notes=[
            "Grey line: the last year before treatment. p: conformal, in the order of the legend.",
            *source.foot(found),
        ],
        legend=_legend(shown),
    )
    for unit in names:
        paths = [(column, gaps[column.id], units[column.id]) for column in shown]
        _panel(axes[unit], unit, paths)
    return figure


def _cell(number: int, unit: str) -> sheet.Cell:
    """Return the place of a panel; its head is its own, so that rows and columns have blanks."""
    row, column = divmod(number, IN_A_ROW)
    return sheet.Cell(unit, " " * (row + 1), " " * (column + 1))


def _panel(
    axes: Axes, unit: str, paths: Sequence[tuple[Column, pd.DataFrame, pd.DataFrame]]
) -> None:
    told, observed = [], None
    for number, (column, gaps, units) in enumerate(paths):
        rows = gaps[gaps["unit"] == unit].sort_values("year")
        if rows.empty:
            continue
        mark = marks.SERIES[number]
        look = {"color": mark.colour, "linestyle": STYLES[number % len(STYLES)], "linewidth": 1.2}
        axes.plot(rows["year"], rows["synthetic"], **look)
        one = units[units["unit"] == unit].iloc[0]
        told.append(source.number(one["p_value"], 2))
        observed, cohort, lexicon = rows, int(one["cohort"]), column.lexicon
    axes.plot(observed["year"], observed["observed"], color=marks.BLACK, linewidth=1.2)
    axes.axvline(cohort - 1, color=marks.GREY, linewidth=0.6, zorder=1)
    title = f"{lexicon.unit_name(unit)}: p = {', '.join(told)}"
    axes.set_title(title, fontsize=TITLE_POINTS, pad=3)
    axes.locator_params(axis="x", nbins=4, integer=True)
    axes.locator_params(axis="y", nbins=4)


def _legend(shown: Sequence[Column]) -> list:
    """Return the city itself and a line for each column."""
    own = [marks.handle("city", color=marks.BLACK, linewidth=1.2)] if shown else []
    return own + [
        marks.handle(
            f"synthetic control, {column.value('variant')}",
            color=marks.SERIES[number].colour,
            linestyle=STYLES[number % len(STYLES)],
            linewidth=1.2,
        )
        for number, column in enumerate(shown)
    ]
