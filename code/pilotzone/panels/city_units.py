"""What does not change over time in a city: names, place, class and its first zone."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue.places import MUNICIPALITIES, SUB_PROVINCIAL
from pilotzone.panels import places, rollout
from pilotzone.panels.city_variables import KEYS, YEARS
from pilotzone.panels.raw import RawTables

# Zones that cover part of a unit only.
BELOW_PREFECTURE = ("county-level city", "new area (no GB/T 2260 code)")
# Units whose borders moved between prefectures within 2011-2020: Chaohu split over Hefei, Wuhu and
# Ma'anshan (2011), Zongyang from Anqing to Tongling and Shouxian from Lu'an to Huainan (2015-16),
# Jianyang from Ziyang to Chengdu (2016), Laiwu into Jinan (2019), Gongzhuling from Siping to
# Changchun (2020).
REDRAWN = (
    *("220100", "220300", "340100", "340200", "340400", "340500"),
    *("340700", "340800", "341500", "370100", "510100", "512000"),
)
# Bounds of urban population (10,000 persons) by which the State Council classes cities (2014).
SIZE_BOUNDS = {"under_1m": 100.0, "1m_to_5m": 500.0, "over_5m": np.inf}
ATTRIBUTES = (
    *("name_en", "name_zh", "province_code", "region3", "region4", "coastal", "coastal_city"),
    *("resource_based", "municipality", "sub_provincial", "service_pilot", "redrawn"),
    *("size_class", "zone_batch", "county_zone", "balanced", "linked"),
)


def unit_attributes(raw: RawTables, complete: pd.DataFrame) -> pd.DataFrame:
    """Return what does not change over time, one row per unit of ``cities.csv``.

    Parameters
    ----------
    raw : RawTables
    complete : DataFrame
        The complete rows: they decide which units are balanced and their size class.

    Returns
    -------
    DataFrame
        ``city_code``, the attributes, ``lon`` and ``lat``. ``size_class`` is by urban population
        (resident population times urban share) in the unit's first year with both.
    """
    provinces = raw.provinces[["province_code", "region3", "region4", "coastal"]]
    cities = raw.cities.drop(columns="type").rename(columns={"coastal": "coastal_city"})
    table = cities.merge(provinces, on="province_code", how="left", validate="many_to_one")
    code = table["city_code"]
    years = complete.groupby("city_code").size()
    balanced = sorted(years.index[years == len(YEARS)])
    first = _first_zones(raw)
    flags = {
        "municipality": code.isin(MUNICIPALITIES),
        "sub_provincial": code.isin(SUB_PROVINCIAL),
        "service_pilot": code.isin(raw.policies["service_pilots"]["unit_code"]),
        "redrawn": code.isin(REDRAWN),
        "county_zone": code.isin(first.index[first["level"].isin(BELOW_PREFECTURE)]),
        "balanced": code.isin(balanced),
        "linked": code.isin(_linked(raw, balanced)),
    }
    return table.assign(
        **{name: flag.astype(int) for name, flag in flags.items()},
        zone_batch=code.map(first["batch"]).fillna(0).astype(int),
        size_class=code.map(_size_class(complete)),
    )


def _first_zones(raw: RawTables) -> pd.DataFrame:
    """Return the first zone of each unit: the earliest day counts."""
    zones = rollout.zones_in_force(raw.pilot_zones)
    return zones.drop_duplicates("prefecture_code").set_index("prefecture_code")


def first_years(raw: RawTables, codes: pd.Series) -> pd.Series:
    """Return the first year of each unit under the main timing rule, after the panel too; or 0."""
    zones = rollout.zones_in_force(raw.pilot_zones)
    years = range(YEARS[0], int(zones["approval_date"].dt.year.max()) + 2)
    first = rollout.first_exposed(rollout.unit_exposure(zones, years, "half_year"))
    return codes.map(first.iloc[:, 0]).fillna(0).astype(int)


def _size_class(complete: pd.DataFrame) -> pd.Series:
    known = complete.dropna(subset=["population_10k", "urbanisation"]).sort_values(KEYS)
    first = known.drop_duplicates("city_code").set_index("city_code")
    urban = first["population_10k"] * first["urbanisation"]
    bounds = np.array(list(SIZE_BOUNDS.values()))
    names = np.array(list(SIZE_BOUNDS))
    return pd.Series(names[np.searchsorted(bounds, urban, side="right")], index=first.index)


def _linked(raw: RawTables, balanced: Sequence[str]) -> list[str]:
    """Return the balanced units that border another balanced unit."""
    return sorted({one for one, _ in places.borders(raw.city_contiguity, "city_code", balanced)})
