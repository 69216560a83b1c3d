"""The variants of the index of provinces, and the indices rebuilt for particular columns."""

import dataclasses

from pilotzone.catalogue.indicators import NQP, Indicator, System
from pilotzone.panels.construct import Variant

VARIANTS = (
    Variant("nqp", NQP, "entropy"),
    Variant("nqp_no_ecommerce", NQP.without("ecommerce_intensity"), "entropy"),
    *(
        Variant(f"nqp_{method}", NQP, method)
        for method in ("by_year", "equal", "frozen", "critic", "topsis", "pca", "shifted")
    ),
    Variant(
        "nqp_long", NQP.without("new_product_intensity", "ecommerce_intensity"), "entropy", "long"
    ),
)


def _without(name: str, used: str) -> Variant:
    """Return the variant without e-commerce and without what the column uses elsewhere."""
    return Variant(
        f"nqp_no_ecommerce_no_{name}", NQP.without("ecommerce_intensity", used), "entropy"
    )


def _concept(name: str, *parts: str | Indicator, sample: str = "main") -> Variant:
    """Return a development concept of indicators of the index, by id, and of others."""
    own = {one.id: one for one in NQP.indicators}
    indicators = (own[part] if isinstance(part, str) else part for part in parts)
    renamed = tuple(dataclasses.replace(one, element=name) for one in indicators)
    return Variant(f"concept_{name}", System(f"concept_{name}", renamed), "equal", sample)


def _plus(name: str, formula: str) -> Indicator:
    return Indicator("", name, formula, "+")


# Outcomes of particular columns: an index rebuilt without what the same column uses elsewhere,
# the index of winsorised indicators, and the five development concepts (equal weights).
REBUILT = (
    Variant("nqp_no_digital_finance", NQP.without("digital_finance_index"), "entropy"),
    _without("digital_finance", "digital_finance_index"),
    _without("technology_turnover", "technology_turnover_intensity"),
    _without("rd_intensity", "rd_intensity"),
    Variant("nqp_winsorised", NQP, "winsorised"),
    Variant("nqp_no_ecommerce_winsorised", NQP.without("ecommerce_intensity"), "winsorised"),
    _concept(
        "innovation",
        *("rd_intensity", "invention_patents_per_10k"),
        *("technology_turnover_intensity", "new_product_intensity"),
    ),
    _concept(
        "coordination",
        _plus("urbanisation", "urban_population_10k / population_10k"),
        _plus("tertiary_share_as_published", "tertiary_share_as_published_pct / 100"),
        sample="from_2014",
    ),
    _concept("green", "so2_intensity", "environment_budget_share", "nonthermal_power_share"),
    _concept("openness", _plus("openness", "trade_total_100m_usd * cny_per_usd / gdp_100m_cny")),
    _concept(
        "sharing",
        _plus("ln_disposable_income", "ln(disposable_income_per_capita_cny)"),
        *("students_per_10k", "broadband_per_capita"),
    ),
)
