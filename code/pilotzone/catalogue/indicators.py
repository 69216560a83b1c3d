"""Declared systems of indicators.

A system is data: element, id, formula and sign of each indicator. The project's own system is
``NQP``; a reader's own is a second declaration, written in Python or read from a TOML file
(``reader.system``).
"""

import dataclasses

from pilotzone.catalogue import formula
from pilotzone.errors import UserError

SIGNS = {"+": 1, "-": -1}


@dataclasses.dataclass(frozen=True)
class Indicator:
    """One indicator: ``sign`` '+' if more is better, '-' if less is."""

    element: str
    id: str
    formula: str
    sign: str

    def __post_init__(self) -> None:
        """Refuse an indicator whose direction is not said."""
        if self.sign not in SIGNS:
            raise UserError(f"indicator '{self.id}' has sign '{self.sign}'; write '+' or '-'")

    @property
    def sources(self) -> tuple[str, ...]:
        """Variables that the formula reads."""
        return formula.sources(self.formula)


@dataclasses.dataclass(frozen=True)
class System:
    """A named set of indicators."""

    id: str
    indicators: tuple[Indicator, ...]

    def __post_init__(self) -> None:
        """Refuse an empty system and an indicator that stands twice."""
        ids = self.ids
        if not ids:
            raise UserError(f"system '{self.id}' has no indicator")
        repeated = sorted({i for i in ids if ids.count(i) > 1})
        if repeated:
            raise UserError(f"system '{self.id}': indicator '{repeated[0]}' stands twice")

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the indicators in the order of declaration."""
        return tuple(i.id for i in self.indicators)

    @property
    def signs(self) -> tuple[int, ...]:
        """+1 or -1 for each indicator."""
        return tuple(SIGNS[i.sign] for i in self.indicators)

    def without(self, *ids: str) -> "System":
        """Return the system without some indicators; an id that is not there is an error."""
        unknown = sorted(set(ids) - set(self.ids))
        if unknown:
            raise UserError(f"system '{self.id}' has no indicator '{unknown[0]}'")
        kept = tuple(i for i in self.indicators if i.id not in ids)
        return System(f"{self.id}_without_{'_'.join(ids)}", kept)


def _declare(name: str, **elements: tuple[tuple[str, str, str], ...]) -> System:
    """Return a system from (id, formula, sign) by element."""
    rows = ((element, row) for element, listed in elements.items() for row in listed)
    return System(name, tuple(Indicator(element, *row) for element, row in rows))


NQP = _declare(
    "nqp",
    labourers=(
        ("students_per_10k", "higher_education_students / population_10k", "+"),
        ("rd_personnel_per_10k", "rd_personnel_fte / population_10k", "+"),
        ("gdp_per_capita", "gdp_100m_cny / population_10k * 10000", "+"),
    ),
    objects_of_labour=(
        ("new_product_intensity", "new_product_sales_100m_cny / gdp_100m_cny", "+"),
        (
            "environment_budget_share",
            "fiscal_expenditure_environment_100m_cny / fiscal_expenditure_100m_cny",
            "+",
        ),
        ("so2_intensity", "so2_10kt / gdp_100m_cny", "-"),
        (
            "nonthermal_power_share",
            "1 - power_generation_thermal_100m_kwh / power_generation_100m_kwh",
            "+",
        ),
    ),
    means_of_labour=(
        ("optical_cable_density", "optical_cable_km / land_area_km2", "+"),
        ("broadband_per_capita", "broadband_subscribers_10k / population_10k", "+"),
        ("transport_density", "(highway_km + railway_km) / land_area_km2", "+"),
        ("digital_finance_index", "digital_finance_index", "+"),
        ("rd_intensity", "rd_expenditure_100m_cny / gdp_100m_cny", "+"),
        ("invention_patents_per_10k", "invention_patents_granted / population_10k", "+"),
        (
            "technology_turnover_intensity",
            "technology_market_turnover_100m_cny / gdp_100m_cny",
            "+",
        ),
        ("ecommerce_intensity", "ecommerce_sales_100m_cny / gdp_100m_cny", "+"),
    ),
)

# Six indicators of prefecture-level units; the ratio of value added is of figures as first printed.
NQP_CITY = _declare(
    "nqp_city",
    city=(
        ("green_patents_per_10k", "green_invention_patent_applications / population_10k", "+"),
        ("science_share", "science_share_of_budget_pct", "+"),
        ("gdp_per_capita", "gdp_100m_cny / population_10k * 10000", "+"),
        ("tertiary_share", "va_tertiary_as_published_100m_cny / gdp_as_published_100m_cny", "+"),
        ("road_area_per_capita", "road_area_per_capita_m2", "+"),
        ("co2_intensity", "co2_edgar_t / gdp_100m_cny", "-"),
    ),
)
NQP_CITY_DIGITAL = System(
    "nqp_city_digital",
    (
        *NQP_CITY.indicators,
        Indicator("city", "digital_finance_index", "digital_finance_index", "+"),
    ),
)

# Technology, organisation and institution, of columns of the province panel. There is no open
# index of the business environment by province: institution is the openness of trade, the room
# that public spending leaves, its priorities, and the reach of free-trade zones.
TOI = _declare(
    "technology_organisation_institution",
    technology=(
        ("rd_intensity", "rd_intensity", "+"),
        ("invention_patents_per_10k", "invention_patents_per_10k", "+"),
        ("technology_turnover_intensity", "technology_turnover_intensity", "+"),
    ),
    organisation=(
        ("rd_personnel_per_10k", "rd_personnel_per_10k", "+"),
        ("new_product_intensity", "new_product_intensity", "+"),
        ("ecommerce_turnover_intensity", "ecommerce_turnover_intensity", "+"),
    ),
    institution=(
        ("openness", "openness", "+"),
        ("fiscal_share", "fiscal_share", "-"),
        ("education_budget_share", "education_budget_share", "+"),
        ("policy_free_trade_zones", "policy_free_trade_zones", "+"),
    ),
)

# Labour and tools of listed firms: Song, Zhang and Pan (2024, 当代经济管理 46). Variables are
# the fields of a reader's panel (reader/firm_config.py); ``mean_assets`` is the mean of the year's
# opening and closing total assets, ``operating_costs`` the operating outflow plus depreciation,
# amortisation and impairment.
RD_LINES = (
    "rd_pay_share",
    "rd_staff_share",
    "rd_depreciation_share",
    "rd_leasing_share",
    "rd_direct_share",
)
NQP_FIRM = _declare(
    "nqp_firm",
    labour=(
        ("rd_pay_share", "rd_pay / revenue", "+"),
        ("rd_staff_share", "rd_staff / employees", "+"),
        ("educated_share", "educated_staff / employees", "+"),
        ("fixed_asset_share", "fixed_assets / total_assets", "+"),
        (
            "manufacturing_cost_share",
            "(operating_costs - goods_paid - staff_paid) / operating_costs",
            "+",
        ),
    ),
    tools=(
        ("rd_depreciation_share", "rd_depreciation / revenue", "+"),
        ("rd_leasing_share", "rd_leasing / revenue", "+"),
        ("rd_direct_share", "rd_direct / revenue", "+"),
        ("intangible_share", "intangible_assets / total_assets", "+"),
        ("asset_turnover", "revenue / mean_assets", "+"),
        ("equity_share", "equity / total_assets", "+"),
    ),
)
