"""Coupling coordination degrees on the tile-grid map, by system and year."""

from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, labels
from pilotzone.errors import UserError
from pilotzone.plots.tile_map import tile_map

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw(exhibit_id: str, exhibit: Exhibit, folder: Path) -> "Figure":
    """Return maps of ``<id>.csv``: a row for each system, a column for each year of the literal.

    Choices of the figure: ``systems`` and ``years``, with spaces between.

    Raises
    ------
    UserError
        If a choice is missing or the file has no degree for it.
    """
    choices = dict(exhibit.figure.choices)
    missing = sorted({"systems", "years"} - set(choices))
    if missing:
        raise UserError(f"{exhibit_id}: the figure lacks the choice {' and '.join(missing)}")
    path = folder / f"{exhibit_id}.csv"
    table = estimates.read(path)
    systems, years = choices["systems"].split(), choices["years"].split()
    maps = {}
    for system in systems:
        for year in years:
            block = table[(table["system"] == system) & (table["year"] == int(year))]
            if block.empty:
                raise UserError(f"{path}: no degree of '{system}' in {year}")
            heading = f"{labels.word(system, 'en', labels.COUPLED)}, {year}"
            maps[heading] = dict(zip(block["province_code"], block["degree"], strict=True))
    scale = labels.word("degree", "en", labels.COUPLED)
    return tile_map(maps, title=exhibit.figure.title, scale=scale, across=len(years))
