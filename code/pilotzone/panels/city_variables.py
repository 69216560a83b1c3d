"""Keys, formulas and index variants of the city panel, and the usable figures wide."""

import pandas as pd

from pilotzone.catalogue.indicators import NQP_CITY, NQP_CITY_DIGITAL
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.panels.construct import Source, Variant
from pilotzone.panels.raw import RawTables, unusable, wide

KEYS = ["city_code", "year"]
SAMPLE = SAMPLES["city"]
YEARS = range(SAMPLE.first_year, SAMPLE.last_year + 1)
# The roll-out starts a year earlier, so that a treatment of the year before is known.
ROLLOUT_YEARS = range(YEARS[0] - 1, YEARS[-1] + 1)

CONTROL_FORMULAS = {
    "finance": "(deposits_10k_cny + loans_10k_cny) / 10000 / gdp_100m_cny",
    "fiscal_share": "fiscal_expenditure_gdp_pct / 100",
    "fdi_share": "fdi_million_usd * cny_per_usd / 100 / gdp_100m_cny",
    "urbanisation": "urbanisation_pct / 100",
    "ln_population_density": "ln(population_10k * 10000 / land_area_km2)",
}
_AGGLOMERATION = (
    "(va_secondary_as_published_100m_cny + va_tertiary_as_published_100m_cny) / land_area_km2"
)
OUTCOME_FORMULAS = {
    "digital_finance_index": "digital_finance_index",
    "ln_real_gdp_per_capita": "ln(gdp_real_2000_100m_cny / population_10k * 10000)",
    "night_light": "night_light_mean",
    "ln_mass": "ln(population_10k * gdp_100m_cny) / 2",
    "green_patents": "green_invention_patent_applications",
    "ln_green_patents": "ln(1 + green_invention_patent_applications)",
    "tertiary_secondary_ratio": (
        "va_tertiary_as_published_100m_cny / va_secondary_as_published_100m_cny"
    ),
    "agglomeration": _AGGLOMERATION,
    "ln_agglomeration": f"ln({_AGGLOMERATION})",
    "ln_primary_value_added": "ln(va_primary_as_published_100m_cny)",
    "ln_land_area": "ln(land_area_km2)",
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
    Variant("nqp_city_equal", NQP_CITY, "equal", "city"),
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
