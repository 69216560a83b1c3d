"""Moran scatter of one year, and its local clusters on the tile-grid map."""

import pandas as pd

from pilotzone.catalogue import codebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet
from pilotzone.plots.source import Axes, Figure, Picture

LEVEL = 0.05
WIDTH, HEIGHT, NOTE_HEIGHT = 9.2, 4.6, 0.7
QUADRANTS = {
    "HH": ("high among high", marks.VERMILION, "HH"),
    "LL": ("low among low", marks.BLUE, "LL"),
    "HL": ("high among low", marks.ORANGE, "HL"),
    "LH": ("low among high", marks.SKY, "LH"),
}
# A point farther out than this is named.
NAMED_FROM = 1.0


def draw(picture: Picture) -> Figure:
    """Return the picture of ``<id>.local.csv`` for the outcome, matrix and year of the literal.

    Raises
    ------
    UserError
        If the file has no such cross-section.
    """
    from matplotlib.figure import Figure

    outcome, weights, year = picture.choices("outcome", "weights", "year")
    table = picture.read("local")
    rows = table[
        (table["outcome"] == outcome) & (table["weights"] == weights) & (table["year"] == int(year))
    ]
    if rows.empty:
        raise UserError(f"{picture.path('local')}: no rows for {outcome}, {weights}, {year}")
    figure = Figure(figsize=(WIDTH, HEIGHT))
    bottom = NOTE_HEIGHT / HEIGHT
    scatter = figure.add_axes((0.07, bottom + 0.09, 0.36, 0.80 - bottom))
    tiles = figure.add_axes((0.47, bottom, 0.52, 0.92 - bottom))
    label = picture.lexicon.term(outcome)
    _scatter(scatter, rows, label, picture.lexicon)
    _tiles(tiles, rows)
    heading = f"{picture.title}: {label}, {year}"
    figure.text(0.5, 0.96, heading, ha="center", va="center", fontsize=11)
    note = (
        f"Weights: {picture.lexicon.matrix(weights).lower()}. Slope of the line: Moran's I = "
        f"{_slope(rows):.3f}. Coloured: local Moran with a false-discovery rate of {LEVEL:.0%} "
        "(conditional permutations, Benjamini-Hochberg); white: not significant; grey: no value. "
        f"N = {len(rows)}."
    )
    sheet.write_notes(figure, sheet.note_lines([note], WIDTH))
    return figure


def _slope(rows: pd.DataFrame) -> float:
    z, lag = rows["standardised"], rows["lag"]
    return float((z * lag).sum() / (z * z).sum())


def _scatter(axes: Axes, rows: pd.DataFrame, outcome: str, lexicon: Lexicon) -> None:
    axes.axhline(0, **marks.ZERO)
    axes.axvline(0, **marks.ZERO)
    axes.plot(
        rows["standardised"], rows["lag"], linestyle="", marker="o", color=marks.BLUE, label="units"
    )
    ends = [rows["standardised"].min(), rows["standardised"].max()]
    axes.plot(ends, [_slope(rows) * end for end in ends], **marks.GUIDE)
    for row in rows[rows["standardised"].abs() > NAMED_FROM].itertuples():
        axes.annotate(
            lexicon.unit_name(row.unit),
            (row.standardised, row.lag),
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=6.5,
        )
    axes.set_xlabel(f"{outcome}, standardised")
    axes.set_ylabel("Mean of the neighbours")
    sheet.plain(axes)


def _tiles(axes: Axes, rows: pd.DataFrame) -> None:
    from matplotlib.patches import Rectangle

    found = rows.set_index("unit")
    places = codebook.provinces()
    for code, place in places.items():
        column, line = int(place["tile_col"]), int(place["tile_row"])
        colour, mark = "0.9", ""
        if code in found.index:
            row = found.loc[code]
            significant = row["p_adjusted"] <= LEVEL
            colour = QUADRANTS[row["quadrant"]][1] if significant else "white"
            mark = row["quadrant"] if significant else ""
        axes.add_patch(
            Rectangle((column + 0.03, -line - 0.97), 0.94, 0.94, facecolor=colour, edgecolor="0.5")
        )
        name = place["name_en"].replace(" ", "\n")
        axes.text(column + 0.5, -line - 0.36, name, ha="center", va="center", fontsize=5)
        axes.text(column + 0.5, -line - 0.68, mark, ha="center", va="center", fontsize=7)
    axes.set_xlim(0, 1 + max(int(p["tile_col"]) for p in places.values()))
    axes.set_ylim(-1 - max(int(p["tile_row"]) for p in places.values()), 0)
    axes.set_aspect("equal")
    axes.axis("off")
