"""Kernel densities by year: a panel for each variant, lines from light to dark with the years."""

import pandas as pd

from pilotzone.catalogue import codebook
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

LAYOUT = sheet.Layout(width=1.4, height=1.7, left=0.42, below=0.3)
# One hue whose lightness falls with the year, so that the order also shows in grey.
COLOURS = "viridis_r"
PALEST, DARKEST = 0.12, 1.0
STYLES = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))


def draw(picture: Picture) -> Figure:
    """Return the curves of ``<id>.csv`` for the years that the literal chooses (``years``).

    Raises
    ------
    UserError
        If the choice is missing, names more years than line styles, or the file lacks a year.
    """
    years = [int(year) for year in picture.choices("years")[0].split()]
    if len(years) > len(STYLES):
        raise UserError(
            f"{picture.exhibit_id}: {len(years)} years, but {len(STYLES)} kinds of lines"
        )
    table = picture.read()
    absent = sorted(set(years) - set(table["year"]))
    if absent:
        raise UserError(f"{picture.path()}: no density of {absent[0]}")
    there = set(table["variant"])
    variants = [name for name in codebook.codebook() if name in there]
    cells = tuple(sheet.Cell(v, "", picture.lexicon.variable(v)) for v in variants)
    shape = picture.read("shape")
    chosen = shape[shape["year"].isin(years)]
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Index",
        y_label="Density",
        notes=[
            source.say(
                "density",
                picture.lexicon,
                low=f"{chosen['bandwidth'].min():.3f}",
                high=f"{chosen['bandwidth'].max():.3f}",
            ),
            source.say(
                "sample_years",
                picture.lexicon,
                sample=picture.lexicon.sample_label("main"),
                n=int(shape["nobs"].iloc[0]),
            ),
        ],
        legend=[marks.handle(str(year), **look) for year, look in _looks(years).items()],
    )
    for variant in variants:
        _panel(axes[variant], table[table["variant"] == variant], years)
    return figure


def _looks(years: list[int]) -> dict[int, dict[str, object]]:
    import matplotlib

    step = (DARKEST - PALEST) / max(len(years) - 1, 1)
    colours = [matplotlib.colormaps[COLOURS](PALEST + k * step) for k in range(len(years))]
    return {
        year: {"color": colour, "linestyle": style, "linewidth": 1.4}
        for year, colour, style in zip(years, colours, STYLES, strict=False)
    }


def _panel(axes: Axes, rows: pd.DataFrame, years: list[int]) -> None:
    for year, look in _looks(years).items():
        curve = rows[rows["year"] == year].sort_values("point")
        axes.plot(curve["x"], curve["density"], label=str(year), **look)
    axes.set_ylim(bottom=0)
