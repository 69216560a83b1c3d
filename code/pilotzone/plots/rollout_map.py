"""Where and when zones were opened: cities as points in degrees, a map for each year."""

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet
from pilotzone.plots.source import Artist, Axes, Figure, Picture, say

ACROSS = 3
LEFT, RIGHT, BETWEEN, HEAD, BELOW = 0.5, 0.1, 0.1, 0.42, 0.26
# A degree of longitude is drawn as long as it is at this latitude, in the middle of the country.
LATITUDE = 35.0
# So long is a degree of latitude where one of longitude has length one.
ASPECT = 1 / math.cos(math.radians(LATITUDE))
# Degrees of white beyond the outermost points, and between two ticks.
FRAME, LONGITUDES, LATITUDES = 2.0, 20, 10
# The batches that are new in a year, in their order; in grey, shape and size tell them apart.
NEW = (marks.Mark(marks.BLUE, "o"), marks.Mark(marks.VERMILION, "^"))
NEW_SIZES = (3.4, 4.0)
NEW_TEXTS = ("first treated in the year", "the same, second batch of the year")
EARLIER = {"marker": "o", "color": "0.6", "markersize": 2.2, "markeredgewidth": 0}
NOT_YET = {"marker": "o", "color": "0.75", "markersize": 1.1, "markeredgewidth": 0}


def draw(picture: Picture) -> Figure:
    """Return small maps of ``<id>.places.csv``, one for each year in which a zone is new.

    One map with a mark for each batch was tried: seven shapes hide the order of the years.

    Raises
    ------
    UserError
        If the file is missing, no city has a zone, a zone has no year, or a year has more batches
        than there are marks.
    """
    from pilotzone.plots.page import Page

    places = _read(picture.path("places"))
    years = {year: _batches(places, year) for year in sorted(set(places["first_year"]) - {0})}
    notes = [say("rollout", picture.lexicon, latitude=f"{LATITUDE:g}")]
    notes += [say("rollout_hollow", picture.lexicon)] if places["county_zone"].any() else []
    size = _map_size(places)
    n_rows = math.ceil(len(years) / ACROSS)
    foot = sheet.MARGIN + BELOW
    legend = _legend(max(len(batches) for batches in years.values()))
    top = foot + n_rows * (HEAD + size[1])
    height = top + sheet.legend_inches(legend, sheet.FULL) + sheet.MARGIN
    figure = Page(sheet.FULL, height, picture.title, notes)
    sheet.write_legend(figure, legend)
    for number, (year, batches) in enumerate(years.items()):
        row, column = divmod(number, ACROSS)
        corner = LEFT + column * (size[0] + BETWEEN), top - (row + 1) * (HEAD + size[1])
        box = (corner[0] / sheet.FULL, corner[1] / height, size[0] / sheet.FULL, size[1] / height)
        axes = figure.add_axes(box)
        _map(axes, places, int(year), batches)
        _frame(axes, places, left=column == 0, lowest=number + ACROSS >= len(years))
    return figure


def _read(path: Path) -> pd.DataFrame:
    places = estimates.read(path)
    treated = places["batch"] > 0
    if not treated.any():
        raise UserError(f"{path}: no city has a zone, there is nothing to draw")
    odd = places[treated != (places["first_year"] > 0)]
    if len(odd):
        row = odd.iloc[0]
        raise UserError(
            f"{path}: city {row['city_code']} has batch {row['batch']:g} and first year "
            f"{row['first_year']:g}; both are 0 or none is"
        )
    n_batches = places[treated].groupby("first_year")["batch"].nunique()
    if n_batches.max() > len(NEW):
        raise UserError(
            f"{path}: {n_batches.idxmax():g} has {n_batches.max()} batches for {len(NEW)} marks"
        )
    return places


def _batches(places: pd.DataFrame, year: float) -> dict[int, pd.DataFrame]:
    """Return the cities that are new in a year by batch."""
    new = places[places["first_year"] == year]
    return {int(batch): block for batch, block in new.groupby("batch")}


def _map_size(places: pd.DataFrame) -> tuple[float, float]:
    """Return width and height of a map in inches."""
    west, east, south, north = _limits(places)
    width = (sheet.FULL - LEFT - RIGHT - (ACROSS - 1) * BETWEEN) / ACROSS
    return width, width * ASPECT * (north - south) / (east - west)


def _limits(places: pd.DataFrame) -> tuple[float, float, float, float]:
    """Return the western, eastern, southern and northern edge in degrees."""
    lon, lat = places["lon"], places["lat"]
    return lon.min() - FRAME, lon.max() + FRAME, lat.min() - FRAME, lat.max() + FRAME


def _map(axes: Axes, places: pd.DataFrame, year: int, batches: Mapping[int, pd.DataFrame]) -> None:
    first = places["first_year"]
    in_force = (first > 0) & (first <= year)
    earlier = in_force & (first < year)
    for rows, look in ((places[~in_force], NOT_YET), (places[earlier], EARLIER)):
        axes.plot(rows["lon"], rows["lat"], linestyle="", **look)
    for position, block in enumerate(batches.values()):
        for hollow in (False, True):
            rows = block[(block["county_zone"] == 1) == hollow]
            axes.plot(rows["lon"], rows["lat"], linestyle="", **_new(position, hollow=hollow))
    counts = [f"batch {batch}: {len(block)}" for batch, block in batches.items()]
    text = f"{', '.join(counts)}; in all: {in_force.sum()}"
    middle = {"transform": axes.transAxes, "ha": "center", "va": "bottom"}
    axes.text(0.5, 1.115, str(year), fontsize=sheet.HEAD_POINTS, weight="bold", **middle)
    axes.text(0.5, 1.01, text, fontsize=sheet.TICK_POINTS, **middle)


def _new(position: int, *, hollow: bool) -> dict[str, object]:
    """Return the look of a batch that is new in a year."""
    mark = NEW[position]
    return {
        "marker": mark.marker,
        "markersize": NEW_SIZES[position],
        "color": "white" if hollow else mark.colour,
        "markeredgecolor": mark.colour if hollow else "white",
        "markeredgewidth": marks.EDGE if hollow else 0.3,
        # The fewer points of the first batch lie above.
        "zorder": 4 - position,
    }


def _frame(axes: Axes, places: pd.DataFrame, *, left: bool, lowest: bool) -> None:
    """Set limits and degrees; numbers stand at the outer maps only."""
    from matplotlib.ticker import MultipleLocator

    west, east, south, north = _limits(places)
    axes.set(xlim=(west, east), ylim=(south, north), aspect=ASPECT)
    sheet.plain(axes)
    axes.xaxis.set_major_locator(MultipleLocator(LONGITUDES))
    axes.yaxis.set_major_locator(MultipleLocator(LATITUDES))
    axes.xaxis.set_major_formatter("{x:g}° E")
    axes.yaxis.set_major_formatter("{x:g}° N")
    axes.tick_params(labelleft=left, labelbottom=lowest)


def _legend(n_new: int) -> list[Artist]:
    looks = [(_new(position, hollow=False), NEW_TEXTS[position]) for position in range(n_new)]
    looks += [(EARLIER, "treated earlier"), (NOT_YET, "not treated yet, or never")]
    return [marks.handle(text, linestyle="", **look) for look, text in looks]
