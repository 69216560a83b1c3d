"""Contributions to the Gini coefficient by year: stacked bars, a panel for each variant."""

from collections.abc import Callable

import pandas as pd

from pilotzone.catalogue import codebook
from pilotzone.catalogue.phrasebook import INEQUALITY
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

LAYOUT = sheet.Layout(width=1.4, height=1.8, left=0.42, below=0.3)
# From below; hatches keep the parts apart in grey.
PARTS = {
    "between": (marks.BLUE, ""),
    "within": (marks.ORANGE, "///"),
    "transvariation": (marks.LIGHT, "..."),
}
EDGE = {"edgecolor": "0.25", "linewidth": 0.4}


def draw(picture: Picture) -> Figure:
    """Return the parts of Dagum's decomposition in ``<id>.csv``.

    Raises
    ------
    UserError
        If the file has no such parts.
    """
    table = picture.read()
    table = table[(table["measure"] == "dagum") & table["part"].isin(PARTS)]
    if table.empty:
        raise UserError(f"{picture.path()}: no parts of Dagum's decomposition")
    there = set(table["variant"])
    variants = [name for name in codebook.codebook() if name in there]
    word = picture.lexicon.of(INEQUALITY)
    cells = tuple(sheet.Cell(v, "", picture.lexicon.variable(v)) for v in variants)
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        y_label="Gini coefficient",
        notes=[
            source.say("dagum", picture.lexicon),
            source.say("sample", picture.lexicon, samples=picture.lexicon.sample_label("main")),
        ],
        legend=_handles(word),
    )
    for variant in variants:
        _panel(axes[variant], table[table["variant"] == variant], word)
    sheet.same_limits([list(axes.values())])
    sheet.label_first([list(axes.values())])
    return figure


def _handles(word: Callable[[str], str]) -> list[object]:
    from matplotlib.patches import Patch

    return [
        Patch(facecolor=colour, hatch=hatch, label=word(part), **EDGE)
        for part, (colour, hatch) in PARTS.items()
    ]


def _panel(axes: Axes, rows: pd.DataFrame, word: Callable[[str], str]) -> None:
    table = rows.pivot(index="year", columns="part", values="value")
    below = table[list(PARTS)].cumsum(axis=1).shift(axis=1, fill_value=0.0)
    for part, (colour, hatch) in PARTS.items():
        look = {"facecolor": colour, "hatch": hatch, "label": word(part), **EDGE}
        axes.bar(table.index, table[part], 0.8, below[part], **look)
    axes.set_xticks([table.index.min(), table.index.max()])
