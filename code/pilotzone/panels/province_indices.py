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


def _part(name: str, method: str, *parts: str | Indicator, sample: str = "main") -> Variant:
    """Return the score of some indicators of the index, by id, and of others."""
    own = {one.id: one for one in NQP.indicators}
    indicators = (own[part] if isinstance(part, str) else part for part in parts)
    renamed = tuple(dataclasses.replace(one, element=name) for one in indicators)
    return Variant(name, System(name, renamed), method, sample)


def _concept(name: str, *parts: str | Indicator, sample: str = "main") -> Variant:
    """Return a development concept, whose indicators weigh alike."""
    return _part(f"concept_{name}", "equal", *parts, sample=sample)


def _element(name: str, element: str, *without: str) -> Variant:
    """Return the score of an element of the index, without some of its indicators."""
    ids = (one.id for one in NQP.indicators if one.element == element and one.id not in without)
    return _part(name, "entropy", *ids)


def _plus(name: str, formula: str) -> Indicator:
    return Indicator("", name, formula, "+")


# Elements of the index, and groups of its indicators, as treatments of e-commerce; none holds
# e-commerce. The groups cut across the elements:
PARTS = (
    _element("nqp_labourers", "labourers"),
    _element("nqp_objects_of_labour", "objects_of_labour"),
    _element("nqp_means_no_ecommerce", "means_of_labour", "ecommerce_intensity"),
    # Who is trained and who does research; GDP per head is what they make.
    _part("nqp_skills", "entropy", "students_per_10k", "rd_personnel_per_10k"),
    # Lines and who is connected; the index of digital finance counts payments, of which many are
    # made in e-commerce.
    _part("nqp_digital_infrastructure", "entropy", "optical_cable_density", "broadband_per_capita"),
    # What is spent on research, what it gives and what is sold of it; as in the coupled systems.
    _part(
        "nqp_technology",
        "entropy",
        *("rd_intensity", "invention_patents_per_10k", "technology_turnover_intensity"),
    ),
    # As in the concept of green development, whose weights are equal.
    _part(
        "nqp_green",
        "entropy",
        *("environment_budget_share", "so2_intensity", "nonthermal_power_share"),
    ),
)
# For particular columns: an index rebuilt without what the same column uses elsewhere, the index
# of winsorised indicators, the five development concepts (equal weights), and the parts above.
REBUILT = (
    Variant("nqp_no_digital_finance", NQP.without("digital_finance_index"), "entropy"),
    _without("digital_finance", "digital_finance_index"),
    _without("technology_turnover", "technology_turnover_intensity"),
    _without("rd_intensity", "rd_intensity"),
    Variant("nqp_winsorised", NQP, "winsorised"),
    Variant("nqp_no_ecommerce_winsorised", NQP.without("ecommerce_intensity"), "winsorised"),
    Variant("nqp_no_ecommerce_equal", NQP.without("ecommerce_intensity"), "equal"),
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
    *PARTS,
)
