"""Distances and borders between the units of a panel."""

from collections.abc import Collection, Sequence

import pandas as pd

from pilotzone.methods.space.builders import great_circle_km
from pilotzone.panels.raw import RawTables


def distances(places: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Return great-circle distances in km, in the order of the codes.

    Parameters
    ----------
    places : DataFrame
        ``lon`` and ``lat`` by code.
    codes : sequence of str
    """
    at = places.loc[list(codes)]
    km = great_circle_km(at["lon"].to_numpy(), at["lat"].to_numpy())
    return pd.DataFrame(km, index=list(codes), columns=list(codes))


def between_cities(raw: RawTables, codes: Sequence[str]) -> pd.DataFrame:
    """Return the distances between cities."""
    return distances(raw.cities.set_index("city_code"), codes)


def between_capitals(raw: RawTables, codes: Sequence[str]) -> pd.DataFrame:
    """Return the distances between the capitals of provinces."""
    places = raw.provinces.set_index("province_code")
    named = {"capital_lon": "lon", "capital_lat": "lat"}
    return distances(places.rename(columns=named), codes)


def borders(contiguity: pd.DataFrame, unit: str, codes: Collection[str]) -> list[tuple[str, str]]:
    """Return the pairs of a table of borders that lie within some units."""
    pairs = contiguity[[unit, "neighbour_code"]]
    kept = pairs[pairs.isin(list(codes)).all(axis=1)]
    return list(kept.itertuples(index=False, name=None))
