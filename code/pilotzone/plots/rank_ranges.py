"""Ranges of ranks for each province: one bar for each way of changing the index."""

import numpy as np
import pandas as pd

from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet
from pilotzone.plots.source import Artist, Axes, Figure, Picture, say

LINE_INCHES = 0.185
# Distance in lines between the bars of a province.
STEP = 0.26
KINDS = {
    "variants": "all variants",
    "indicators": "without one indicator",
    "provinces": "without one other province",
}
HEADS = {"mean": "Mean over years"}


def draw(picture: Picture) -> Figure:
    """Return the ranges of ``<id>.csv`` for the base that the figure chooses, a panel for a year.

    Choice of the figure: ``base``, an index.

    Raises
    ------
    UserError
        If the choice is missing or the file has no rows of it.
    """
    (base,) = picture.choices("base")
    table = picture.read()
    rows = table[table["base"] == base]
    if rows.empty:
        raise UserError(
            f"{picture.path()}: no ranks of base '{base}'; name one in the figure's choices"
        )
    years = sorted(rows["year"].unique())
    n_units, lexicon = rows["province_code"].nunique(), picture.lexicon
    layout = sheet.Layout(width=1.9, height=LINE_INCHES * n_units, left=0.95)
    cells = [sheet.Cell(year, row="", column=HEADS.get(year, year)) for year in years]
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        layout,
        x_label="Rank",
        notes=[
            say("ranks", lexicon, base=lexicon.variable(base)),
            say("ranks_without", lexicon),
            say("sample", lexicon, samples=lexicon.sample_label(picture.exhibit.describe.rows)),
        ],
        legend=_legend([kind for kind in KINDS if kind in set(rows["perturbation"])]),
    )
    for year in years:
        _panel(axes[year], rows[rows["year"] == year], picture.lexicon)
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, lexicon: Lexicon) -> None:
    own = rows.drop_duplicates("province_code").sort_values(["rank", "province_code"])
    n_units = len(own)
    place = {code: number for number, code in enumerate(own["province_code"])}
    axes.plot(
        own["rank"],
        np.arange(n_units),
        "|",
        color=marks.BLACK,
        markersize=11,
        markeredgewidth=1.3,
        zorder=1,
    )
    shown = [kind for kind in KINDS if kind in set(rows["perturbation"])]
    for number, (kind, mark) in enumerate(zip(shown, marks.SERIES, strict=False)):
        block = rows[rows["perturbation"] == kind]
        y = np.array([place[code] for code in block["province_code"]])
        y = y + (number - (len(shown) - 1) / 2) * STEP
        axes.hlines(y, block["lowest"], block["highest"], color=mark.colour, linewidth=1.2)
        axes.plot(block["median"], y, mark.marker, color=mark.colour, markersize=2.8)
    names = list(map(lexicon.unit_name, own["province_code"]))
    axes.set_yticks(np.arange(n_units), names, fontsize=sheet.SMALL_POINTS)
    axes.set_ylim(n_units - 0.4, -0.6)
    axes.set_xlim(0.2, n_units + 0.8)
    axes.set_xticks([1, *range(5, n_units + 1, 5)])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=marks.LIGHT, linewidth=0.4)
    axes.set_axisbelow(True)


def _legend(shown: list[str]) -> list[Artist]:
    look = {"markersize": 9, "markeredgewidth": 1.3, "linestyle": ""}
    return [marks.handle("index itself", marks.Mark(marks.BLACK, "|"), **look)] + [
        marks.handle(KINDS[kind], mark, markersize=3.4, linewidth=1.2)
        for kind, mark in zip(shown, marks.SERIES, strict=False)
    ]
