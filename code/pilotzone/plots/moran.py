"""Moran scatter of one year, and its local clusters, if any, on the tile-grid map."""

import pandas as pd

from pilotzone.catalogue import codebook, letters
from pilotzone.errors import UserError
from pilotzone.plots import marks, names, sheet
from pilotzone.plots.source import Axes, Figure, Picture, number

LEVEL = 0.05
# Inches: the scatter, what stands left of it and below it.
SIDE, LEFT, BELOW = 2.5, 0.62, 0.6
MARK_POINTS = 4.0
QUADRANTS = {
    "HH": ("high among high", marks.VERMILION),
    "LL": ("low among low", marks.BLUE),
    "HL": ("high among low", marks.ORANGE),
    "LH": ("low among high", marks.SKY),
}
# A point farther out than this is named.
NAMED_FROM = 1.0


def draw(picture: Picture) -> Figure:
    """Return the picture of ``<id>.local.csv`` for the outcome, matrix and year of the literal.

    Where no local statistic is significant the scatter stands alone, half a page wide.

    Raises
    ------
    UserError
        If the file has no such cross-section.
    """
    from pilotzone.plots.page import Page

    outcome, weights, year = picture.choices("outcome", "weights", "year")
    table = picture.read("local")
    rows = table[
        (table["outcome"] == outcome) & (table["weights"] == weights) & (table["year"] == int(year))
    ]
    if rows.empty:
        raise UserError(f"{picture.path('local')}: no rows for {outcome}, {weights}, {year}")
    label, clusters = picture.lexicon.term(outcome), (rows["p_adjusted"] <= LEVEL).any()
    width, height = sheet.FULL if clusters else sheet.HALF, SIDE + BELOW + sheet.MARGIN
    figure = Page(width, height, f"{picture.title}: {label}, {year}", [])
    box = (LEFT / width, BELOW / height, SIDE / width, SIDE / height)
    _scatter(figure.add_axes(box), rows, label)
    if clusters:
        left = (LEFT + SIDE + sheet.MARGIN) / width
        _tiles(figure.add_axes((left, 0, 1 - left, 1)), rows)
    figure.notes = tuple(_notes(rows, picture.lexicon.matrix(weights).lower(), clusters=clusters))
    return figure


def _notes(rows: pd.DataFrame, weights: str, *, clusters: bool) -> list[str]:
    rate = f"a false-discovery rate of {LEVEL:.0%} (conditional permutations, Benjamini-Hochberg)"
    quadrants = [f"{'-'.join(key)}: {words}" for key, (words, _) in QUADRANTS.items()]
    found = (
        f"Map: local Moran significant at {rate}; white: not significant; grey: no value; "
        f"{'; '.join(quadrants)}."
        if clusters
        else f"No map: no local Moran is significant at {rate}."
    )
    return [
        f"Weights: {weights}. Slope of the dashed line: Moran's I = {number(_slope(rows))}.",
        f"{found} Named: more than {NAMED_FROM:g} standard deviation from the mean. "
        f"{letters.NOTE}. N = {len(rows)}.",
    ]


def _slope(rows: pd.DataFrame) -> float:
    z, lag = rows["standardised"], rows["lag"]
    return float((z * lag).sum() / (z * z).sum())


def _scatter(axes: Axes, rows: pd.DataFrame, outcome: str) -> None:
    axes.axhline(0, **marks.ZERO)
    axes.axvline(0, **marks.ZERO)
    spots = rows[["standardised", "lag"]].to_numpy()
    look = {"linestyle": "", "marker": "o", "color": marks.BLUE, "markersize": MARK_POINTS}
    axes.plot(*spots.T, label="units", **look)
    ends = [rows["standardised"].min(), rows["standardised"].max()]
    axes.plot(ends, [_slope(rows) * end for end in ends], **marks.GUIDE)
    axes.margins(0.12)
    outside = rows["standardised"].abs() > NAMED_FROM
    texts = [
        letters.LETTERS[unit] if far else ""
        for unit, far in zip(rows["unit"], outside, strict=True)
    ]
    lines = [
        [(x, 0) for x in axes.get_xlim()],
        [(0, y) for y in axes.get_ylim()],
        [(end, _slope(rows) * end) for end in ends],
    ]
    names.beside(axes, (SIDE, SIDE), spots, texts, MARK_POINTS, lines)
    axes.set_xlabel(f"{outcome},\nstandardised")
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
            mark = "-".join(row["quadrant"]) if significant else ""
        axes.add_patch(
            Rectangle((column + 0.03, -line - 0.97), 0.94, 0.94, facecolor=colour, edgecolor="0.5")
        )
        centre = {"ha": "center", "va": "center", "fontsize": sheet.SMALL_POINTS}
        axes.text(column + 0.5, -line - (0.3 if mark else 0.5), letters.LETTERS[code], **centre)
        axes.text(column + 0.5, -line - 0.72, mark, **centre)
    axes.set_xlim(0, 1 + max(int(p["tile_col"]) for p in places.values()))
    axes.set_ylim(-1 - max(int(p["tile_row"]) for p in places.values()), 0)
    axes.set_aspect("equal")
    axes.axis("off")
