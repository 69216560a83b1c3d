"""The variants of the index of provinces, and the indices rebuilt for particular columns."""

from pilotzone.catalogue.indicators import NQP, Indicator, System
from pilotzone.panels.construct import Variant

VARIANTS = (
    Variant("nqp", NQP, "entropy"),
    Variant("nqp_no_ecommerce", NQP.without("ecommerce_intensity"), "entropy"),
    Variant("nqp_by_year", NQP, "by_year"),
    Variant("nqp_equal", NQP, "equal"),
    Variant("nqp_frozen", NQP, "frozen"),
    Variant("nqp_critic", NQP, "critic"),
    Variant("nqp_topsis", NQP, "topsis"),
    Variant("nqp_pca", NQP, "pca"),
    Variant("nqp_shifted", NQP, "shifted"),
    Variant(
        "nqp_long", NQP.without("new_product_intensity", "ecommerce_intensity"), "entropy", "long"
    ),
)


def _concept(name: str, *indicators: tuple[str, str, str]) -> System:
    return System(f"concept_{name}", tuple(Indicator(name, *parts) for parts in indicators))


_BY_ID = {i.id: (i.id, i.formula, i.sign) for i in NQP.indicators}
# Outcomes of particular columns: an index rebuilt without what the same column uses elsewhere,
# the index of winsorised indicators, and the five development concepts (equal weights).
REBUILT = (
    Variant("nqp_no_digital_finance", NQP.without("digital_finance_index"), "entropy"),
    Variant(
        "nqp_no_ecommerce_no_digital_finance",
        NQP.without("ecommerce_intensity", "digital_finance_index"),
        "entropy",
    ),
    Variant(
        "nqp_no_ecommerce_no_technology_turnover",
        NQP.without("ecommerce_intensity", "technology_turnover_intensity"),
        "entropy",
    ),
    Variant(
        "nqp_no_ecommerce_no_rd_intensity",
        NQP.without("ecommerce_intensity", "rd_intensity"),
        "entropy",
    ),
    Variant("nqp_winsorised", NQP, "winsorised"),
    Variant("nqp_no_ecommerce_winsorised", NQP.without("ecommerce_intensity"), "winsorised"),
    Variant(
        "concept_innovation",
        _concept(
            "innovation",
            _BY_ID["rd_intensity"],
            _BY_ID["invention_patents_per_10k"],
            _BY_ID["technology_turnover_intensity"],
            _BY_ID["new_product_intensity"],
        ),
        "equal",
    ),
    Variant(
        "concept_coordination",
        _concept(
            "coordination",
            ("urbanisation", "urban_population_10k / population_10k", "+"),
            ("tertiary_share_as_published", "tertiary_share_as_published_pct / 100", "+"),
        ),
        "equal",
        "from_2014",
    ),
    Variant(
        "concept_green",
        _concept(
            "green",
            _BY_ID["so2_intensity"],
            _BY_ID["environment_budget_share"],
            _BY_ID["nonthermal_power_share"],
        ),
        "equal",
    ),
    Variant(
        "concept_openness",
        _concept(
            "openness", ("openness", "trade_total_100m_usd * cny_per_usd / gdp_100m_cny", "+")
        ),
        "equal",
    ),
    Variant(
        "concept_sharing",
        _concept(
            "sharing",
            ("ln_disposable_income", "ln(disposable_income_per_capita_cny)", "+"),
            _BY_ID["students_per_10k"],
            _BY_ID["broadband_per_capita"],
        ),
        "equal",
    ),
)
