"""Where a reader's firms are, and the zones in force there."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue.places import MUNICIPALITIES
from pilotzone.catalogue.treatments import TIMINGS, treatment_id
from pilotzone.errors import UserError
from pilotzone.panels import rollout
from pilotzone.panels.raw import RawTables
from pilotzone.reader.firm_config import Config
from pilotzone.reader.firm_fields import KEYS


def with_zones(
    file: str, frame: pd.DataFrame, config: Config, figures: RawTables
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add place, what belongs to it and the zones in force; return the roll-out too.

    The roll-out holds every firm in every year, from the year before the panel to the last zone,
    which keeps a firm treated later apart from one never treated. A firm that leaves a treated
    place (place "current") stays treated there; its rows from then on are marked ``left``.
    """
    zones = rollout.zones_in_force(figures.pilot_zones)
    last = max(int(frame["year"].max()), int(zones["approval_date"].dt.year.max()) + 1)
    years = np.arange(int(frame["year"].min()) - 1, last + 1)
    firms, at_firm = np.unique(frame["firm"].to_numpy(dtype=str), return_inverse=True)
    at_year = frame["year"].to_numpy() - years[0]
    places = frame.pivot(index="firm", columns="year", values="city_code")
    # Missing where a firm has no row in a year.
    places = places.reindex(index=firms, columns=years)
    first = places.bfill(axis=1).iloc[:, 0].to_numpy(dtype=str)
    where = places.ffill(axis=1).bfill(axis=1).to_numpy(dtype=str)
    if config.place == "first":
        where = np.repeat(first[:, None], len(years), axis=1)
    cities, code = np.unique(where, return_inverse=True)
    code = code.reshape(where.shape)
    tables, left = {}, np.zeros(where.shape, dtype=bool)
    for timing in TIMINGS:
        exposed = rollout.unit_exposure(zones, years, timing).reindex(cities, fill_value=0.0)
        now = exposed.to_numpy()[code, np.arange(len(years))]
        ever = np.maximum.accumulate(now, axis=1)
        tables[treatment_id("zone_city", timing)], left = ever, left | (now < ever)
    _require_treated(file, tables[treatment_id("zone_city")], at_firm, at_year)
    grid = _grid(firms, years, first, tables)
    columns = {name: table[at_firm, at_year] for name, table in tables.items()}
    frame = frame.assign(
        place_code=frame["city_code"],
        city_code=first[at_firm],
        moved=(frame.groupby("firm")["city_code"].transform("nunique") > 1).astype(int),
        left=left[at_firm, at_year].astype(int),
        **columns,
    )
    return _with_attributes_of_city(frame, figures), grid


def _grid(
    firms: np.ndarray, years: np.ndarray, first: np.ndarray, tables: Mapping[str, np.ndarray]
) -> pd.DataFrame:
    """Return the roll-out in long form, with the first place of each firm."""
    index = pd.MultiIndex.from_product([firms, years], names=KEYS)
    columns = {name: table.ravel() for name, table in tables.items()}
    columns["city_code"] = np.repeat(first, len(years))
    return pd.DataFrame(columns, index=index).reset_index()


def _require_treated(file: str, treated: np.ndarray, firm: np.ndarray, year: np.ndarray) -> None:
    """Refuse a panel of which no row, or every row, is treated."""
    found = treated[firm, year] > 0
    if not found.any():
        raise UserError(f"{file}: none of its firms is in a city with a zone in force in its years")
    if found.all():
        raise UserError(f"{file}: every row is of a city with a zone in force; nothing to compare")


def _with_attributes_of_city(frame: pd.DataFrame, figures: RawTables) -> pd.DataFrame:
    """Join province, region and coast of the first place by code."""
    provinces = figures.provinces[["province_code", "region3", "coastal"]]
    cities = figures.cities[["city_code", "province_code"]]
    table = cities.merge(provinces, on="province_code", how="left", validate="many_to_one")
    table["municipality"] = table["city_code"].isin(MUNICIPALITIES).astype(int)
    return frame.merge(table, on="city_code", how="left", validate="many_to_one")
