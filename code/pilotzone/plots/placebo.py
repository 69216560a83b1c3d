"""Placebo draws: histograms with the estimate among them."""

import numpy as np
import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("fake_rollout", "permuted_paths")
BINS = 30
LAYOUT = sheet.Layout(width=1.3, height=1.3, left=0.15)


def draw(picture: Picture) -> Figure:
    """Return a histogram of the drawn coefficients for every column with draws.

    Reads ``<id>.draws.csv``; the p-value is that of ``test:on_t``.
    """
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    draws = picture.part("draws", shown)
    cells = sheet.lattice(shown, ("outcome", "controls"))
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Coefficient",
        y_label="Density of the draws",
        notes=[
            source.say("placebo", picture.lexicon),
            *source.foot(found),
        ],
        legend=_legend() if shown else (),
    )
    for column in shown:
        _panel(axes[column.id], column, draws[column.id])
    sheet.same_limits(sheet.by_row(cells, axes), "x")
    sheet.same_limits(sheet.by_row(cells, axes))
    return figure


def _panel(axes: Axes, column: Column, draws: pd.DataFrame) -> None:
    drawn = draws["coefficient"].dropna().to_numpy()
    estimate = column.terms[column.literal.treatment]["estimate"]
    p = column.terms["test:on_t"]["p_value"]
    axes.hist(drawn, BINS, density=True, color=marks.SKY, edgecolor="white", linewidth=0.3)
    reach = np.abs([*drawn, estimate]).max()
    grid = np.linspace(-1.1 * reach, 1.1 * reach, 201)
    axes.plot(grid, kernel_density(drawn, grid), color=marks.BLUE, linewidth=1.0)
    axes.axvline(estimate, ymax=0.72, color=marks.VERMILION, linewidth=1.6)
    axes.margins(x=0)
    axes.set_ylim(0, 1.45 * axes.get_ylim()[1])
    undefined = len(draws) - len(drawn)
    count = f"{len(drawn):,} draws" + (f", {undefined} undefined" if undefined else "")
    words = {"transform": axes.transAxes, "va": "top", "fontsize": sheet.SMALL_POINTS}
    axes.text(0.02, 0.99, f"{source.p_text(p)} (t)\n{count}", ha="left", **words)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)


def kernel_density(drawn: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Return the Gaussian kernel density of draws (n,) on a grid (g,), Silverman's bandwidth."""
    quartiles = np.percentile(drawn, [25, 75])
    spread = min(drawn.std(ddof=1), np.diff(quartiles)[0] / 1.34)
    bandwidth = 0.9 * spread * len(drawn) ** -0.2
    z = (grid[:, None] - drawn) / bandwidth
    return np.exp(-(z**2) / 2).mean(axis=1) / (bandwidth * np.sqrt(2 * np.pi))


def _legend() -> list:
    from matplotlib.patches import Patch

    return [
        Patch(color=marks.SKY, label="draws"),
        marks.handle("kernel density of the draws", color=marks.BLUE, linewidth=1.0),
        marks.handle("estimate", color=marks.VERMILION, linewidth=1.6),
    ]
