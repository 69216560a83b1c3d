"""The estimate without each unit in turn, sorted."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("leave_one_out",)
LINE_INCHES = 0.112


def draw(picture: Picture) -> Figure:
    """Return a sorted dot plot for every column with units left out (``<id>.left_out.csv``)."""
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    left_out = picture.part("left_out", shown)
    longest = max((len(rows) for rows in left_out.values()), default=0)
    layout = sheet.Layout(width=1.8, height=0.2 + LINE_INCHES * longest, left=0.95)
    unit = shown[0].units[0].capitalize() if shown else "Unit"
    figure, axes = sheet.sheet(
        picture.title,
        sheet.lattice(shown, ("outcome", "treatment", "controls", "sample")),
        layout,
        x_label="Estimate with 95 % interval",
        y_label=f"{unit} left out",
        notes=[
            source.say("leave_one_out", picture.lexicon),
            *points.doubts(map(_whole, shown), picture.lexicon, "with_all_units", "no_bars"),
            *source.foot(found),
        ],
        legend=_legend() if shown else (),
    )
    for column in shown:
        _panel(axes[column.id], column, left_out[column.id])
    sheet.same_limits([list(axes.values())], "x")
    return figure


def _whole(column: Column) -> points.Row:
    """Return the term with all units."""
    return column.terms[column.literal.treatment]


def _panel(axes: Axes, column: Column, left_out: pd.DataFrame) -> None:
    rows = left_out.sort_values("estimate", kind="stable")
    whole = _whole(column)["estimate"]
    place = np.arange(len(rows))
    axes.axvline(0, **marks.ZERO)
    axes.axvline(whole, color=marks.VERMILION, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    if estimates.keeps_interval(_whole(column)):
        axes.hlines(place, rows["ci_low"], rows["ci_high"], color=marks.BLUE, linewidth=0.9)
    kept = (np.sign(rows["estimate"]) == np.sign(whole)).to_numpy()
    for same, fill in ((True, marks.BLUE), (False, "white")):
        axes.plot(
            rows["estimate"][kept == same],
            place[kept == same],
            "o",
            markersize=3.2,
            color=fill,
            markeredgecolor=marks.BLUE,
            markeredgewidth=marks.EDGE,
        )
    axes.set_yticks(
        place, list(map(column.lexicon.unit_name, rows["left_out"])), fontsize=sheet.SMALL_POINTS
    )
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=4)


def _legend() -> list:
    whole = {"color": marks.VERMILION, "linewidth": 1.0, "linestyle": (0, (4, 2))}
    return [
        marks.handle("without the unit", marks.SERIES[0], markersize=3.2),
        marks.handle("with all units", **whole),
    ]
