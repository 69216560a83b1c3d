"""A map with one square of the same size for each province."""

import math
from collections.abc import Mapping

from pilotzone.catalogue import codebook, letters
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import sheet
from pilotzone.plots.source import Axes, Figure, Picture, ScalarMappable, say

# One hue from light to dark: the same order for every kind of colour vision and in grey.
COLOURS = "Blues"
NO_VALUE = {"facecolor": "0.92", "edgecolor": "0.6", "hatch": "////", "linewidth": 0.0}
GAP = 0.06
FOOT_INCHES = 0.52
# Above each map, for a heading.
GAP_INCHES = 0.26
# So tall is a page at most.
TALLEST = 8.8
# Luminance (ITU-R BT.709) below which white text is easier to read than black.
DARK = 0.5
LUMINANCE = (0.2126, 0.7152, 0.0722)


def draw(picture: Picture) -> Figure:
    """Return maps of an index variant, one for each year that the exhibit chooses.

    Reads ``<id>.ranks.csv`` (``variant, year, province_code, value, rank``). Choices of the figure:
    ``variant``, and ``years`` as years with spaces between.

    Raises
    ------
    UserError
        If a choice is missing or the file has no value for it.
    """
    variant, years = picture.choices("variant", "years")
    ranks = picture.read("ranks")
    chosen = ranks[ranks["variant"] == variant]
    maps = {}
    for year in years.split():
        block = chosen[chosen["year"] == int(year)]
        if block.empty:
            raise UserError(f"{picture.path('ranks')}: no value of '{variant}' in {year}")
        maps[year] = dict(zip(block["province_code"], block["value"], strict=True))
    return tile_map(maps, picture, picture.lexicon.variable(variant))


def tile_map(
    maps: Mapping[str, Mapping[str, float]], picture: Picture, scale: str, across: int | None = None
) -> Figure:
    """Return maps on one common scale, side by side or in rows.

    Parameters
    ----------
    maps : mapping from heading to (mapping from province code to value)
        A province without a value is hatched and named in the caption.
    picture : Picture
        Its title, and the names of provinces without a value.
    scale : str
        What the values are, beside the colour bar.
    across : int, optional
        Maps in a row; all of them if left out.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    from pilotzone.plots.page import Page

    provinces = codebook.provinces()
    places = {code: (int(p["tile_row"]), int(p["tile_col"])) for code, p in provinces.items()}
    n_rows = 1 + max(row for row, _ in places.values())
    n_columns = 1 + max(column for _, column in places.values())
    values = [value for one_map in maps.values() for value in one_map.values()]
    colours = ScalarMappable(Normalize(min(values), max(values)), COLOURS)
    across = across or len(maps)
    down = -(-len(maps) // across)
    lacking = [code for code in places if any(code not in one_map for one_map in maps.values())]
    width, tile = sheet.FULL, _tile_inches(n_rows, n_columns, across, down)
    step = tile * n_rows + GAP_INCHES
    height = down * step + FOOT_INCHES
    figure = Page(
        width,
        height,
        picture.title,
        _notes(list(map(picture.lexicon.unit_name, lacking)), picture.lexicon),
    )
    for number, (heading, one_map) in enumerate(maps.items()):
        row, column = divmod(number, across)
        bottom = (FOOT_INCHES + (down - 1 - row) * step) / height
        box = (column / across, bottom, 1 / across, tile * n_rows / height)
        # As many tiles wide as the place of the map, so that a tile is square.
        free = (width / across / tile - n_columns) / 2
        limits = (-0.5 - free, n_columns - 0.5 + free)
        axes = figure.add_axes(box, xlim=limits, ylim=(n_rows - 0.5, -0.5))
        axes.set_axis_off()
        axes.set_title(heading, fontsize=sheet.HEAD_POINTS, pad=2)
        for code, place in places.items():
            _tile(axes, letters.LETTERS[code], place, one_map.get(code), colours)
    _foot(figure, colours, scale)
    return figure


def _tile_inches(n_rows: int, n_columns: int, across: int, down: int) -> float:
    """Return the side of a tile: what the page is wide enough for, and tall enough."""
    tall = ((TALLEST - FOOT_INCHES) / down - GAP_INCHES) / n_rows
    return min(sheet.FULL / across / (n_columns + 0.5), tall)


def _notes(lacking: list[str], lexicon: Lexicon) -> list[str]:
    stop, note = lexicon.mark("stop"), say("letters", lexicon)
    units = lexicon.mark("list").join(lacking)
    return [f"{note}{stop}{say('hatched', lexicon, units=units) if lacking else ''}"]


def _tile(
    axes: Axes, name: str, place: tuple[int, int], value: float | None, colours: ScalarMappable
) -> None:
    from matplotlib.patches import Rectangle

    row, column = place
    # The limits are set: a tile that asked for room would cost twice as much.
    corner = (column - 0.5 + GAP / 2, row - 0.5 + GAP / 2)
    side = 1 - GAP
    if value is None:
        axes.add_artist(Rectangle(corner, side, side, **NO_VALUE))
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        axes.text(
            column, row, name, ha="center", va="center", fontsize=sheet.SMALL_POINTS, bbox=paper
        )
        return
    fill = colours.to_rgba(value)
    axes.add_artist(Rectangle(corner, side, side, facecolor=fill, edgecolor="0.6", linewidth=0.3))
    luminance = math.fsum(share * part for share, part in zip(LUMINANCE, fill[:3], strict=True))
    ink = "white" if luminance < DARK else "black"
    axes.text(
        column, row - 0.2, name, ha="center", va="center", fontsize=sheet.SMALL_POINTS, color=ink
    )
    axes.text(
        column,
        row + 0.24,
        f"{value:.2f}",
        ha="center",
        va="center",
        fontsize=sheet.SMALL_POINTS,
        color=ink,
    )


def _foot(figure: Figure, colours: ScalarMappable, scale: str) -> None:
    """Draw the colour bar."""
    _, height = figure.get_size_inches()
    axes = figure.add_axes((0.08, 0.3 / height, 0.38, 0.12 / height))
    bar = figure.colorbar(colours, cax=axes, orientation="horizontal")
    bar.outline.set_linewidth(0.3)
    axes.tick_params(labelsize=sheet.TICK_POINTS, length=2, width=0.3)
    figure.text(0.48, 0.36 / height, scale, ha="left", va="center", fontsize=sheet.POINTS)
