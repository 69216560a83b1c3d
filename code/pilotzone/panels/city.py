"""The city panel: indicators, index, zones, controls, and the same figures summed to provinces.

Cells flagged as suspect and units abolished on the way count as missing; a row is complete if all
six indicators are there.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue.indicators import NQP_CITY, NQP_CITY_DIGITAL
from pilotzone.catalogue.spec import (
    MUNICIPALITIES,
    POLICIES,
    SAMPLES,
    SUB_PROVINCIAL,
    TIMINGS,
    treatment_id,
)
from pilotzone.methods.space import network
from pilotzone.methods.space import weights as space
from pilotzone.panels import construct, policies, rollout, samples
from pilotzone.panels.construct import Source, Variant
from pilotzone.panels.province import treatments as province_treatments
from pilotzone.panels.raw import RawTables, unusable, wide

KEYS = ["city_code", "year"]
SAMPLE = SAMPLES["city"]
YEARS = range(SAMPLE.first_year, SAMPLE.last_year + 1)
# The roll-out starts a year earlier, so that a treatment of the year before is known.
ROLLOUT_YEARS = range(YEARS[0] - 1, YEARS[-1] + 1)
NEIGHBOURS = 6
NETWORK_BASE_YEARS = range(2011, 2015)

CONTROL_FORMULAS = {
    "finance": "(deposits_10k_cny + loans_10k_cny) / 10000 / gdp_100m_cny",
    "fiscal_share": "fiscal_expenditure_gdp_pct / 100",
    "fdi_share": "fdi_million_usd * cny_per_usd / 100 / gdp_100m_cny",
    "urbanisation": "urbanisation_pct / 100",
    "ln_population_density": "ln(population_10k * 10000 / land_area_km2)",
}
OUTCOME_FORMULAS = {
    "digital_finance_index": "digital_finance_index",
    "ln_real_gdp_per_capita": "ln(gdp_real_2000_100m_cny / population_10k * 10000)",
    "night_light": "night_light_mean",
    "ln_mass": "ln(population_10k * gdp_100m_cny) / 2",
    "ln_green_patents": "ln(1 + green_invention_patent_applications)",
    "tertiary_secondary_ratio": (
        "va_tertiary_as_published_100m_cny / va_secondary_as_published_100m_cny"
    ),
    "agglomeration": (
        "(va_secondary_as_published_100m_cny + va_tertiary_as_published_100m_cny) / land_area_km2"
    ),
}
CARRIED = ("population_10k", "gdp_100m_cny")
SOURCE = Source(
    file="city_figures.csv",
    unit="city_code",
    formulas={i.id: i.formula for i in NQP_CITY.indicators} | CONTROL_FORMULAS | OUTCOME_FORMULAS,
)
VARIANTS = (
    Variant("nqp_city", NQP_CITY, "entropy", "city"),
    Variant("nqp_city_digital", NQP_CITY_DIGITAL, "entropy", "city"),
)
SUMS_SOURCE = Source(
    file="city_figures.csv",
    unit="province_code",
    formulas={i.id: i.formula for i in NQP_CITY.indicators},
)
SUMS_VARIANT = Variant("nqp_city", NQP_CITY, "entropy", "city_sums")

# Zones that cover part of a unit only.
BELOW_PREFECTURE = ("county-level city", "new area (no GB/T 2260 code)")
# Units whose borders moved between prefectures within 2011-2020: Chaohu split over Hefei, Wuhu and
# Ma'anshan (2011), Zongyang from Anqing to Tongling and Shouxian from Lu'an to Huainan (2015-16),
# Jianyang from Ziyang to Chengdu (2016), Laiwu into Jinan (2019), Gongzhuling from Siping to
# Changchun (2020).
REDRAWN = (
    "220100",
    "220300",
    "340100",
    "340200",
    "340400",
    "340500",
    "340700",
    "340800",
    "341500",
    "370100",
    "510100",
    "512000",
)
# Bounds of urban population (10,000 persons) by which the State Council classes cities (2014).
SIZE_BOUNDS = {"under_1m": 100.0, "1m_to_5m": 500.0, "over_5m": np.inf}


@dataclasses.dataclass(frozen=True)
class CityPanel:
    """The panel with what was counted on the way.

    Attributes
    ----------
    frame : DataFrame
        One row per city and year with all six indicators, sorted.
    rollout : DataFrame
        Every city of the panel in every year and the year before, whether its row is complete
        (``present``) or not, with its treatments.
    index_weights : DataFrame
        ``variant, indicator, weight``; variants of the sums carry ``sums:`` in front.
    flow : DataFrame
        Rows kept and dropped by sample, with the reason.
    distances : DataFrame
        Great-circle distances between cities in km, by code.
    weights : tuple of SpatialWeights
        Matrices on the balanced cities; contiguity without those that border none of them.
    sums : DataFrame
        The figures of the balanced cities summed to provinces, by ``province_code, year``.
    places : DataFrame
        All prefecture-level units with place, batch and first treated year.
    """

    frame: pd.DataFrame
    rollout: pd.DataFrame
    index_weights: pd.DataFrame
    flow: pd.DataFrame
    distances: pd.DataFrame
    weights: tuple[space.SpatialWeights, ...]
    sums: pd.DataFrame
    places: pd.DataFrame


def build(raw: RawTables) -> CityPanel:
    """Build the city panel from validated figures.

    Raises
    ------
    UserError
        If a formula mixes two vintages, divides by a zero, or an indicator is constant.
    """
    figures = variables(raw)
    indicators = list(NQP_CITY.ids)
    figures = figures.assign(
        **{n: construct.value(n, text, figures, SOURCE) for n, text in SOURCE.formulas.items()}
    )
    complete = figures[indicators].notna().all(axis=1) & figures["year"].isin(YEARS)
    places = unit_attributes(raw, figures[complete])
    figures = figures.merge(places, on="city_code", how="left", validate="many_to_one")
    treated = treatments(raw, sorted(figures.loc[complete, "city_code"].unique()))
    cohort = treated.groupby("city_code")["cohort"].first()
    figures["cohort"] = figures["city_code"].map(cohort)
    flow = samples.flow("city", figures, "city_code", {"city": _why_incomplete(raw, figures)})
    base = figures[complete].drop(columns="cohort")
    columns = [*KEYS, *ATTRIBUTES, *CARRIED, *SOURCE.formulas]
    frame = base[columns].merge(treated, on=KEYS, how="left", validate="one_to_one")
    scores, index_weights = construct.index_variants(frame, VARIANTS, SOURCE)
    frame = frame.assign(**scores, ln_nqp_city=np.log(scores["nqp_city"]))
    frame = frame.merge(centralities(raw, frame), on=KEYS, how="left", validate="one_to_one")
    frame = frame.sort_values(KEYS).reset_index(drop=True)
    present = frame[KEYS].assign(present=1)
    grid = treated.merge(present, on=KEYS, how="left", validate="one_to_one")
    grid["present"] = grid["present"].fillna(0).astype(int)
    sums, sums_weights = province_sums(raw, base, frame)
    return CityPanel(
        frame=frame,
        rollout=grid.sort_values(KEYS).reset_index(drop=True),
        index_weights=pd.concat([index_weights, sums_weights], ignore_index=True),
        flow=pd.concat([flow, _sums_flow(flow, sums)], ignore_index=True),
        distances=_distances(raw, sorted(frame["city_code"].unique())),
        weights=spatial_weights(raw, frame),
        sums=sums,
        places=places.assign(first_year=_first_years(raw, places["city_code"])),
    )


def variables(raw: RawTables) -> pd.DataFrame:
    """Return the usable figures wide, one row per unit and year that the figures know.

    Cells flagged ``suspect_*`` or ``abolished_unit`` are missing.
    """
    figures = raw.city_figures
    known = figures[KEYS].drop_duplicates().sort_values(KEYS)
    usable = wide(figures[~unusable(figures["flag"])], unit="city_code").reset_index()
    table = known.merge(usable, on=KEYS, how="left", validate="one_to_one")
    table = table.merge(raw.exchange_rate, on="year", how="left", validate="many_to_one")
    return table.reset_index(drop=True)


def _why_incomplete(raw: RawTables, figures: pd.DataFrame) -> list[samples.Test]:
    """Return for each reason why a row is incomplete the rows without that fault.

    The faults are tried in the order of the indicators; a row counts for its first one.
    """
    flagged = raw.city_figures[unusable(raw.city_figures["flag"])]
    cells = wide(flagged.assign(value=1.0), unit="city_code")
    keys = pd.MultiIndex.from_frame(figures[KEYS])
    tests = [("unit abolished", figures["name_en"].notna().to_numpy())]
    for indicator in NQP_CITY.indicators:
        missing = figures[indicator.id].isna().to_numpy()
        sources = [source for source in indicator.sources if source in cells]
        doubtful = cells[sources].notna().any(axis=1).reindex(keys, fill_value=False).to_numpy()
        tests += [
            (f"{indicator.id}: not printed", ~(missing & ~doubtful)),
            (f"{indicator.id}: flagged as suspect", ~(missing & doubtful)),
        ]
    return tests


ATTRIBUTES = (
    "name_en",
    "name_zh",
    "province_code",
    "region3",
    "region4",
    "coastal",
    "coastal_city",
    "resource_based",
    "municipality",
    "sub_provincial",
    "service_pilot",
    "redrawn",
    "size_class",
    "zone_batch",
    "county_zone",
    "balanced",
    "linked",
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
        "service_pilot": code.isin(raw.policies["service_pilots"]["city_code"]),
        "redrawn": code.isin(REDRAWN),
        "county_zone": code.isin(first.index[first["level"].isin(BELOW_PREFECTURE)]),
        "balanced": code.isin(balanced),
        "linked": code.isin(_linked(raw, balanced)),
    }
    table = table.assign(**{name: flag.astype(int) for name, flag in flags.items()})
    return table.assign(
        zone_batch=code.map(first["batch"]).fillna(0).astype(int),
        size_class=code.map(_size_class(complete)),
    )


def _first_zones(raw: RawTables) -> pd.DataFrame:
    """Return the first zone of each unit: the earliest day counts."""
    zones = rollout.zones_in_force(raw.pilot_zones)
    return zones.drop_duplicates("prefecture_code").set_index("prefecture_code")


def _first_years(raw: RawTables, codes: pd.Series) -> pd.Series:
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


def _pairs(raw: RawTables, codes: Sequence[str]) -> list[tuple[str, str]]:
    pairs = raw.city_contiguity[["city_code", "neighbour_code"]]
    kept = pairs[pairs.isin(list(codes)).all(axis=1)]
    return list(kept.itertuples(index=False, name=None))


def _linked(raw: RawTables, balanced: Sequence[str]) -> list[str]:
    """Return the balanced units that border another balanced unit."""
    return sorted({one for one, _ in _pairs(raw, balanced)})


def treatments(raw: RawTables, codes: Sequence[str]) -> pd.DataFrame:
    """Return zones under each timing rule, other policies and distances, by city and year.

    Returns
    -------
    DataFrame
        ``city_code, year``; ``zone_city`` and ``cohort`` (first year with exposure, 0 if none
        within the years) under each timing rule; ``zone_city_without_county``, which leaves out
        zones of county-level cities and new areas; one 0/1 column per policy;
        ``distance_to_zone_km`` (0 in a unit with a zone) and ``distance_to_other_zone_km``, to the
        nearest unit with a zone in force, inside the panel or not, and
        ``distance_to_approved_zone_km``, which counts a zone from the year of approval; missing
        before the first zone.
    """
    zones = rollout.zones_in_force(raw.pilot_zones)
    wholes = zones[~zones["level"].isin(BELOW_PREFECTURE)].reset_index(drop=True)
    exposed = {
        treatment_id("zone_city", timing): rollout.unit_exposure(zones, ROLLOUT_YEARS, timing)
        for timing in TIMINGS
    }
    tables = {name: table.reindex(codes, fill_value=0.0) for name, table in exposed.items()}
    cohorts = {
        treatment_id("cohort", timing): rollout.first_exposed(
            tables[treatment_id("zone_city", timing)]
        )
        for timing in TIMINGS
    }
    whole = rollout.unit_exposure(wholes, ROLLOUT_YEARS, "half_year")
    tables["zone_city_without_county"] = whole.reindex(codes, fill_value=0.0)
    for policy in POLICIES:
        stem = policy.removeprefix("policy_")
        covered = policies.unit_coverage(raw.policies[stem], stem, raw.cities, ROLLOUT_YEARS)
        tables[policy] = covered.reindex(codes, fill_value=0.0)
    tables |= cohorts | _zone_distances(raw, exposed, codes)
    index = pd.MultiIndex.from_product([codes, ROLLOUT_YEARS], names=KEYS)
    columns = {name: table.to_numpy().ravel() for name, table in tables.items()}
    return pd.DataFrame(columns, index=index).reset_index()


def _zone_distances(
    raw: RawTables, exposed: Mapping[str, pd.DataFrame], codes: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Return the distance to the nearest treated unit by year: in force, elsewhere, approved."""
    everyone = sorted(raw.cities["city_code"])
    km = _distances(raw, everyone).loc[list(codes)].to_numpy()
    own = np.array(everyone)[None, :] == np.array(codes)[:, None]

    def nearest(distance: np.ndarray, timing: str) -> pd.DataFrame:
        treated = exposed[treatment_id("zone_city", timing)].reindex(everyone, fill_value=0.0) > 0
        found = {
            year: np.where(treated[year].to_numpy()[None, :], distance, np.inf).min(axis=1)
            for year in ROLLOUT_YEARS
        }
        return pd.DataFrame(found, index=list(codes)).replace(np.inf, np.nan)

    return {
        "distance_to_zone_km": nearest(km, "half_year"),
        "distance_to_other_zone_km": nearest(np.where(own, np.inf, km), "half_year"),
        "distance_to_approved_zone_km": nearest(km, "same_year"),
    }


def _distances(raw: RawTables, codes: Sequence[str]) -> pd.DataFrame:
    place = raw.cities.set_index("city_code").loc[list(codes)]
    km = space.great_circle_km(place["lon"].to_numpy(), place["lat"].to_numpy())
    return pd.DataFrame(km, index=list(codes), columns=list(codes))


def spatial_weights(raw: RawTables, frame: pd.DataFrame) -> tuple[space.SpatialWeights, ...]:
    """Return nearest neighbours, inverse distance and contiguity on the balanced cities."""
    units = frame.drop_duplicates("city_code").set_index("city_code")
    balanced = tuple(sorted(units.index[units["balanced"] == 1]))
    linked = tuple(sorted(units.index[units["linked"] == 1]))
    distance = _distances(raw, balanced).to_numpy()
    nearest = space.nearest_neighbours(balanced, distance, NEIGHBOURS)
    return (
        dataclasses.replace(nearest, name=f"nearest_{NEIGHBOURS}"),
        space.inverse_distance(balanced, distance),
        space.contiguity(linked, _pairs(raw, linked)),
    )


def centralities(raw: RawTables, frame: pd.DataFrame) -> pd.DataFrame:
    """Return degree, closeness and betweenness of the balanced cities in the gravity network.

    Strength F = √(P G)_i √(P G)_j / d²; two cities are linked in a year if F is above either
    city's mean over the other cities and the base years.
    """
    cities = frame[frame["balanced"] == 1]
    population, grp = (
        cities.pivot(index="year", columns="city_code", values=name) for name in CARRIED
    )
    codes, years = list(population.columns), list(population.index)
    km = _distances(raw, codes).to_numpy()
    force = network.gravity(population.to_numpy(), grp.to_numpy(), km, units=codes, years=years)
    base = np.isin(years, NETWORK_BASE_YEARS)
    linked = network.links(force, network.thresholds(force, base))
    found = network.centralities(linked, codes)
    index = pd.MultiIndex.from_product([years, codes], names=["year", "city_code"])
    columns = {
        f"{name}_centrality": getattr(found, name).ravel()
        for name in ("degree", "closeness", "betweenness")
    }
    return pd.DataFrame(columns, index=index).reset_index()


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
    values = {n: construct.value(n, t, sums, SUMS_SOURCE) for n, t in SUMS_SOURCE.formulas.items()}
    table = sums[[*keys, "cities", "nqp_city_mean"]].assign(**values)
    names = raw.provinces[["province_code", "name_en", "name_zh", "region3"]]
    table = table.merge(names, on="province_code", how="left", validate="many_to_one")
    zones = province_treatments(raw, YEARS)[[*keys, "zone_first", "zone_share", "cohort"]]
    table = table.merge(zones, on=keys, how="left", validate="one_to_one")
    score, weights = construct.score_variant(table, SUMS_VARIANT, SUMS_SOURCE)
    weights = weights.assign(variant="sums:" + weights["variant"])
    return table.assign(nqp_city=score).sort_values(keys).reset_index(drop=True), weights


def _sums_flow(flow: pd.DataFrame, sums: pd.DataFrame) -> pd.DataFrame:
    """Return the way from the balanced cities to their sums."""
    cities = flow[flow["sample"] == "balanced"].iloc[-1]
    first = {"step": 0, "reason": "rows of sample balanced", "dropped": 0}
    first |= {"rows": cities["rows"], "units": cities["units"]}
    second = {"step": 1, "reason": "summed to provinces", "dropped": 0}
    second |= {"rows": len(sums), "units": sums["province_code"].nunique()}
    return pd.DataFrame([first, second]).assign(panel="city_sums", sample="city_sums")


SUMMED = (
    "green_invention_patent_applications",
    "population_10k",
    "gdp_100m_cny",
    "va_tertiary_as_published_100m_cny",
    "gdp_as_published_100m_cny",
    "co2_edgar_t",
    "budget",
    "science",
    "road_area",
    "cities",
    "weighted_index",
)
