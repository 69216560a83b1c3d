"""Spatial parameter and indirect effect among meaningless matrices."""

import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

LAYOUT = sheet.Layout(width=1.1, height=1.1, left=0.33, below=0.35)
BINS = 40
QUANTITIES = (("rho", "ρ", "test:rho"), ("indirect", "indirect effect", "test:indirect"))


def draw(picture: Picture) -> Figure:
    """Return histograms of ``<id>.matrices.csv``: a row per column, ρ and the indirect effect."""
    found = picture.columns()
    shown = source.identified(found)
    parts = picture.part("matrices", shown)
    cells = tuple(
        sheet.Cell(
            f"{column.id}|{name}",
            column.value("treatment"),
            f"{column.value('estimator')}\n{word}",
        )
        for column in shown
        for name, word, _ in QUANTITIES
    )
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Value under a drawn matrix",
        y_label="Draws",
        notes=[
            source.say("matrix_placebo", picture.lexicon),
            *source.foot(found),
        ],
    )
    for column in shown:
        for name, _, test in QUANTITIES:
            _panel(axes[f"{column.id}|{name}"], parts[column.id][name], column, name, test)
    return figure


def _panel(axes: Axes, values: pd.Series, column: Column, name: str, test: str) -> None:
    own = column.terms["rho" if name == "rho" else f"indirect:{column.literal.treatment}"]
    axes.hist(values, bins=BINS, color=marks.SKY)
    axes.axvline(own["estimate"], ymax=0.8, color=marks.VERMILION, linewidth=1.6)
    p = source.p_text(column.terms[test]["p_value"])
    axes.text(
        0.02, 0.97, p, transform=axes.transAxes, ha="left", va="top", fontsize=sheet.SMALL_POINTS
    )
    axes.margins(y=0.3)
    axes.locator_params(axis="y", nbins=4, prune="upper")
