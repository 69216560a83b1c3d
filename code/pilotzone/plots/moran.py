"""Moran scatter of one year, and its local clusters, if any, on the tile-grid map."""

import pandas as pd

from pilotzone.catalogue import codebook, letters
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, names, sheet
from pilotzone.plots.source import Axes, Figure, Picture, number, say

LEVEL = 0.05
# Inches: the scatter, what stands left of it and below it.
SIDE, LEFT, BELOW = 2.5, 0.62, 0.6
MARK_POINTS = 4.0
QUADRANTS = {
    "HH": ("high_among_high", marks.VERMILION),
    "LL": ("low_among_low", marks.BLUE),
    "HL": ("high_among_low", marks.ORANGE),
    "LH": ("low_among_high", marks.SKY),
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
    notes = _notes(rows, weights, picture.lexicon, clusters=clusters)
    figure = Page(width, height, f"{picture.title}: {label}, {year}", notes)
    box = (LEFT / width, BELOW / height, SIDE / width, SIDE / height)
    _scatter(figure.add_axes(box), rows, label)
    if clusters:
        left = (LEFT + SIDE + sheet.MARGIN) / width
        _tiles(figure.add_axes((left, 0, 1 - left, 1)), rows)
    return figure


def _notes(rows: pd.DataFrame, weights: str, lexicon: Lexicon, *, clusters: bool) -> list[str]:
    rate = say("moran_rate", lexicon, level=f"{100 * LEVEL:g}")
    words = {key: say(name, lexicon) for key, (name, _) in QUADRANTS.items()}
    quadrants = [say("quadrant", lexicon, key="-".join(key), words=words[key]) for key in words]
    told = lexicon.mark("semicolon").join(quadrants)
    found = (
        say("moran_map", lexicon, rate=rate, quadrants=told)
        if clusters
        else say("moran_no_map", lexicon, rate=rate)
    )
    named = {"far": f"{NAMED_FROM:g}", "letters": say("letters", lexicon), "n": len(rows)}
    matrix = lexicon.matrix(weights).lower()
    return [
        say("moran", lexicon, weights=matrix, slope=number(_slope(rows))),
        say("moran_named", lexicon, found=found, **named),
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
