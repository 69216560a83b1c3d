"""The province panel: indicators, index variants, treatments, controls, levels, weights."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import controls
from pilotzone.catalogue.indicators import NQP, System
from pilotzone.catalogue.places import MUNICIPALITIES
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.methods.space import builders as space
from pilotzone.panels import construct, places, policies, province_2024, rollout, samples
from pilotzone.panels.construct import Source, Variant
from pilotzone.panels.province_indices import REBUILT, VARIANTS
from pilotzone.panels.raw import RawTables, wide

KEYS = ["province_code", "year"]
ATTRIBUTES = ("name_en", "name_zh", "region3", "region4", "coastal")
INCOME_YEARS = (2013, 2014)

CONTROL_FORMULAS = {
    "secondary_share": "va_secondary_100m_cny / gdp_100m_cny",
    "openness": "trade_total_100m_usd * cny_per_usd / gdp_100m_cny",
    "fiscal_share": "fiscal_expenditure_100m_cny / gdp_100m_cny",
    "urbanisation": "urban_population_10k / population_10k",
    "finance": "deposits_100m_cny / gdp_100m_cny",
    "ln_population_density": "ln(population_10k * 10000 / land_area_km2)",
}

# Outcomes of mechanisms, placebos and the way back to e-commerce; empty where a source is not
# printed for the year.
LEVEL_FORMULAS = {
    "ecommerce_turnover_intensity": (
        "(ecommerce_sales_100m_cny + ecommerce_purchases_100m_cny) / gdp_100m_cny"
    ),
    "ecommerce_firm_share": "ecommerce_firm_share_pct / 100",
    "express_per_capita": "express_delivery_10k_pieces / population_10k",
    "ln_express_per_capita": "ln(express_delivery_10k_pieces / population_10k)",
    "ln_gdp_per_capita": "ln(gdp_100m_cny / population_10k * 10000)",
    "ln_technology_turnover": "ln(technology_market_turnover_100m_cny)",
    "tertiary_share_as_published": "tertiary_share_as_published_pct / 100",
    "tertiary_secondary_ratio": "va_tertiary_100m_cny / va_secondary_100m_cny",
    "ln_disposable_income": "ln(disposable_income_per_capita_cny)",
    "education_budget_share": (
        "fiscal_expenditure_education_100m_cny / fiscal_expenditure_100m_cny"
    ),
    "cpi_prev_year_100": "cpi_prev_year_100",
}
# Published figures carried into the panel as they are: what the formulas above start from.
CARRIED = ("population_10k", "gdp_100m_cny")
SOURCE = Source(
    file="province_figures.csv",
    unit="province_code",
    formulas={i.id: i.formula for i in NQP.indicators} | CONTROL_FORMULAS | LEVEL_FORMULAS,
)


@dataclasses.dataclass(frozen=True)
class ProvincePanel:
    """The panel with what was counted on the way.

    Attributes
    ----------
    frame : DataFrame
        One row per province and year of the long sample, sorted.
    index_weights, rebuilt_weights : DataFrame
        ``variant, indicator, weight``; a variant weighted within years carries ``:year``. The
        second holds the indices rebuilt for particular columns.
    flow : DataFrame
        Rows kept and dropped by sample.
    distances : DataFrame
        Great-circle distances between capitals in km, by code.
    weights : tuple of SpatialWeights
        The five matrices on the units of the panel.
    to_2024 : Panel2024
        The panel to 2024, which no column of this one reads.
    """

    frame: pd.DataFrame
    index_weights: pd.DataFrame
    rebuilt_weights: pd.DataFrame
    flow: pd.DataFrame
    distances: pd.DataFrame
    weights: tuple[space.SpatialWeights, ...]
    to_2024: province_2024.Panel2024


def build(raw: RawTables) -> ProvincePanel:
    """Build the province panel from validated figures.

    Raises
    ------
    UserError
        If a required cell is missing, a formula mixes two vintages, or an indicator is constant.
    """
    figures = variables(raw)
    flow = samples.flow("province", figures, "province_code")
    base = figures[construct.rows("long", figures, SOURCE)].reset_index(drop=True)
    frame = with_attributes(base[KEYS], raw)
    frame = frame.assign(**{name: base[name].to_numpy() for name in CARRIED})
    frame = frame.assign(**construct.values(base, SOURCE))
    construct.require(frame, "main", (*NQP.ids, *controls.variables("baseline")), SOURCE, base)
    years = SAMPLES["long"].years
    frame = frame.merge(treatments(raw, years), on=KEYS, how="left", validate="one_to_one")
    scores, index_weights = construct.index_variants(frame, VARIANTS, SOURCE)
    rebuilt, rebuilt_weights = construct.index_variants(frame, REBUILT, SOURCE)
    logs = {"ln_nqp_no_ecommerce": np.log(scores["nqp_no_ecommerce"])}
    made = pd.DataFrame({**scores, **rebuilt, **logs, "cbec_proxy": cbec_proxy(frame)})
    frame = pd.concat([frame, made], axis=1)
    frame = frame.sort_values(KEYS).reset_index(drop=True)
    distances = places.between_capitals(raw, sorted(frame["province_code"].unique()))
    weights = spatial_weights(raw, frame, distances)
    told = with_attributes(treatments(raw, SAMPLES[province_2024.SAMPLE].years), raw)
    to_2024 = province_2024.build(raw, figures, told, SOURCE)
    flow = pd.concat([flow, to_2024.flow], ignore_index=True)
    return ProvincePanel(frame, index_weights, rebuilt_weights, flow, distances, weights, to_2024)


def with_attributes(frame: pd.DataFrame, raw: RawTables) -> pd.DataFrame:
    """Return rows by ``province_code`` with names, regions and rank of the province."""
    named = raw.provinces[["province_code", *ATTRIBUTES]]
    frame = frame.merge(named, on="province_code", how="left", validate="many_to_one")
    return frame.assign(municipality=frame["province_code"].isin(MUNICIPALITIES).astype(int))


def variables(raw: RawTables) -> pd.DataFrame:
    """Return the figures wide, with the exchange rate and the land area joined by key.

    Returns
    -------
    DataFrame
        ``province_code, year`` and one column per published variable; a gap is a missing cell.
    """
    table = wide(raw.province_figures).reset_index()
    table = table.merge(raw.exchange_rate, on="year", how="left", validate="many_to_one")
    land = raw.provinces[["province_code", "land_area_km2"]]
    table = table.merge(land, on="province_code", how="left", validate="many_to_one")
    return table.sort_values(KEYS).reset_index(drop=True)


def treatments(raw: RawTables, years: Sequence[int]) -> pd.DataFrame:
    """Return pilot zones in every coding and the other policies, by province and year."""
    figures = raw.city_figures[raw.city_figures["year"] == 2014]
    figures = figures[figures["variable"] == "gdp_as_published_100m_cny"]
    grp = figures[figures["flag"].fillna("") == ""].set_index("city_code")["value"]
    zones = rollout.zones_in_force(raw.pilot_zones)
    codings = rollout.province_treatments(zones, raw.cities, raw.provinces, grp, years)
    others = policies.policy_shares(raw.policies, raw.cities, years)
    return codings.merge(others, on=KEYS, how="left", validate="one_to_one")


def cbec_proxy(frame: pd.DataFrame) -> pd.Series:
    """Return the proxy of the level of cross-border e-commerce on the main sample.

    Geometric mean of e-commerce turnover over GDP and trade over GDP, each by its range.
    """
    parts = ["ecommerce_turnover_intensity", "openness"]
    construct.require(frame, "main", parts, SOURCE)
    home = frame.loc[construct.rows("main", frame, SOURCE), parts]
    by_range = (home - home.min()) / (home.max() - home.min())
    return np.sqrt(by_range.prod(axis=1)).reindex(frame.index)


def spatial_weights(
    raw: RawTables, frame: pd.DataFrame, distances: pd.DataFrame
) -> tuple[space.SpatialWeights, ...]:
    """Return the five declared matrices on the units of the panel, in the order of their codes."""
    codes, distance = tuple(distances.index), distances.to_numpy()
    pairs = places.borders(raw.province_contiguity, "province_code", codes)
    income_rows = frame[frame["year"].isin(INCOME_YEARS)]
    levels = income_rows.groupby("province_code")[["gdp_100m_cny", "gdp_per_capita"]].mean()
    gdp, income = levels.loc[list(codes)].to_numpy().T
    return (
        space.contiguity(codes, pairs),
        space.inverse_distance(codes, distance),
        space.inverse_distance(codes, distance, exponent=2.0),
        space.economic(codes, income),
        space.nested(codes, distance, gdp),
    )


def own_index(raw: RawTables, system: System) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the entropy index of a reader's own system on the main sample, and its weights."""
    figures = variables(raw)
    base = figures[construct.rows("main", figures, SOURCE)].reset_index(drop=True)
    own = dataclasses.replace(SOURCE, formulas={i.id: i.formula for i in system.indicators})
    frame = base[KEYS].assign(**construct.values(base, own))
    variant = Variant(system.id, system, "entropy")
    score, weights = construct.score_variant(frame, variant, own)
    return frame.assign(**{system.id: score}), weights
