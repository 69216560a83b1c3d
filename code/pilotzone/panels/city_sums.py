"""The figures of the balanced cities summed to provinces, and the index of the sums."""

import pandas as pd

from pilotzone.catalogue.indicators import NQP_CITY
from pilotzone.errors import Reason, encode
from pilotzone.panels import construct
from pilotzone.panels.city_variables import KEYS, YEARS
from pilotzone.panels.construct import Source, Variant
from pilotzone.panels.province import treatments
from pilotzone.panels.raw import RawTables

SOURCE = Source(
    file="city_figures.csv",
    unit="province_code",
    formulas={i.id: i.formula for i in NQP_CITY.indicators},
)
VARIANT = Variant("nqp_city", NQP_CITY, "entropy", "city_sums")
SUMMED = (
    *("green_invention_patent_applications", "population_10k", "gdp_100m_cny", "co2_edgar_t"),
    *("va_tertiary_as_published_100m_cny", "gdp_as_published_100m_cny"),
    *("budget", "science", "road_area", "cities", "weighted_index"),
)


def province_sums(
    raw: RawTables, base: pd.DataFrame, frame: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the figures of the balanced cities summed to provinces, and the index weights.

    Levels are summed and the six indicators formed from the sums; the science share is weighted by
    budget expenditure, road area by population. ``nqp_city_mean`` is the mean of the city index,
    weighted by population.
    """
    cities = base[base["balanced"] == 1].reset_index(drop=True)
    budget = cities["fiscal_share"] * cities["gdp_100m_cny"]
    cities = cities.assign(
        budget=budget,
        science=cities["science_share_of_budget_pct"] * budget,
        road_area=cities["road_area_per_capita_m2"] * cities["population_10k"],
        cities=1,
    )
    index = frame[[*KEYS, "nqp_city"]]
    cities = cities.merge(index, on=KEYS, how="left", validate="one_to_one")
    cities["weighted_index"] = cities["nqp_city"] * cities["population_10k"]
    keys = ["province_code", "year"]
    by_province = cities[list(SUMMED)].groupby([cities[key] for key in keys])
    # A sum that lacks a city is no sum of the same cities: it is missing.
    whole = cities[list(SUMMED)].notna().groupby([cities[key] for key in keys]).all()
    sums = by_province.sum().where(whole).reset_index()
    sums = sums.assign(
        science_share_of_budget_pct=sums["science"] / sums["budget"],
        road_area_per_capita_m2=sums["road_area"] / sums["population_10k"],
        nqp_city_mean=sums["weighted_index"] / sums["population_10k"],
    )
    table = sums[[*keys, "cities", "nqp_city_mean"]].assign(**construct.values(sums, SOURCE))
    names = raw.provinces[["province_code", "name_en", "name_zh", "region3"]]
    table = table.merge(names, on="province_code", how="left", validate="many_to_one")
    zones = treatments(raw, YEARS)[[*keys, "zone_first", "zone_share", "cohort"]]
    table = table.merge(zones, on=keys, how="left", validate="one_to_one")
    score, weights = construct.score_variant(table, VARIANT, SOURCE)
    weights = weights.assign(variant="sums:" + weights["variant"])
    return table.assign(nqp_city=score).sort_values(keys).reset_index(drop=True), weights


def flow(of_cities: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """Return the way from the balanced cities to their sums."""
    cities = of_cities[of_cities["sample"] == "balanced"].iloc[-1]
    start, summed = Reason("rows_of_sample", {"sample": "balanced"}), Reason("summed_to_provinces")
    steps = [
        (0, encode([start]), 0, cities["rows"], cities["units"]),
        (1, encode([summed]), 0, len(sums), sums["province_code"].nunique()),
    ]
    table = pd.DataFrame(steps, columns=["step", "reason", "dropped", "rows", "units"])
    return table.assign(panel="city_sums", sample="city_sums")
