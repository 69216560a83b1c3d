"""Each treated unit and its synthetic controls, a small panel for each unit."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("synthetic_control",)
LAYOUT = sheet.Layout(width=1.5, height=1.0, left=0.42, below=0.26)
# A column each, in the order of the literal; the city itself alone is a solid line.
STYLES = ((0, (1.2, 1.0)), (0, (4, 1.5)), (0, (4, 1.2, 1, 1.2)))


def draw(picture: Picture) -> Figure:
    """Return a panel per unit with its path and that of its control under each column."""
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    gaps, units = picture.part("gaps", shown), picture.part("units", shown)
    every = pd.concat(units.values()) if shown else pd.DataFrame({"unit": [], "identified": []})
    drawn = every[every["identified"] == "yes"].sort_values(["cohort", "unit"], kind="stable")
    names = list(dict.fromkeys(drawn["unit"]))
    told = {unit: _head(unit, shown, units) for unit in names}
    figure, axes = sheet.sheet(
        picture.title,
        [sheet.Cell(unit, "", told[unit]) for unit in names],
        LAYOUT,
        y_label=picture.variable(shown[0].literal.outcome) if shown else "",
        notes=[
            source.say("synthetic", picture.lexicon),
            *source.foot(found),
        ],
        legend=_legend(shown),
    )
    for unit in names:
        paths = [(column, gaps[column.id], units[column.id]) for column in shown]
        _panel(axes[unit], unit, paths)
    return figure


def _head(unit: str, shown: Sequence[Column], units: Mapping[str, pd.DataFrame]) -> str:
    """Return the name of a unit with its p under each column."""
    rows = [one[one["unit"] == unit] for one in (units[column.id] for column in shown)]
    told = [source.number(one["p_value"].iloc[0], 2) for one in rows if len(one)]
    return f"{shown[0].lexicon.unit_name(unit)}\np = {', '.join(told)}"


def _panel(
    axes: Axes, unit: str, paths: Sequence[tuple[Column, pd.DataFrame, pd.DataFrame]]
) -> None:
    observed = None
    for number, (_, gaps, units) in enumerate(paths):
        rows = gaps[gaps["unit"] == unit].sort_values("year")
        if rows.empty:
            continue
        mark = marks.SERIES[number]
        look = {"color": mark.colour, "linestyle": STYLES[number % len(STYLES)], "linewidth": 1.2}
        axes.plot(rows["year"], rows["synthetic"], **look)
        one = units[units["unit"] == unit].iloc[0]
        observed, cohort = rows, int(one["cohort"])
    axes.plot(observed["year"], observed["observed"], color=marks.BLACK, linewidth=1.2)
    axes.axvline(cohort - 1, color=marks.GREY, linewidth=0.6, zorder=1)
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
