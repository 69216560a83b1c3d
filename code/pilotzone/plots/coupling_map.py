"""Coupling coordination degrees on the tile-grid map, by system and year."""

from pilotzone.catalogue.phrasebook import COUPLED
from pilotzone.errors import UserError
from pilotzone.plots.source import Figure, Picture
from pilotzone.plots.tile_map import tile_map


def draw(picture: Picture) -> Figure:
    """Return maps of ``<id>.csv``: a row for each system, a column for each year of the literal.

    Choices of the figure: ``systems`` and ``years``, with spaces between.

    Raises
    ------
    UserError
        If a choice is missing or the file has no degree for it.
    """
    systems, years = (text.split() for text in picture.choices("systems", "years"))
    table, word = picture.read(), picture.lexicon.of(COUPLED)
    maps = {}
    for system in systems:
        for year in years:
            block = table[(table["system"] == system) & (table["year"] == int(year))]
            if block.empty:
                raise UserError(f"{picture.path()}: no degree of '{system}' in {year}")
            heading = f"{word(system)}, {year}"
            maps[heading] = dict(zip(block["province_code"], block["degree"], strict=True))
    return tile_map(maps, picture, word("degree"), across=len(years))
