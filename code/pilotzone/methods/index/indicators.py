"""Declared systems of indicators.

A system is data: element, id, formula and sign of each indicator. The project's own system is
``NQP``; a reader's own is a second declaration, written in Python or read from a TOML file.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.index import formula

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
    def signs(self) -> np.ndarray:
        """+1 or -1 for each indicator, shape (k,)."""
        return np.array([SIGNS[i.sign] for i in self.indicators])

    def without(self, *ids: str) -> "System":
        """Return the system without some indicators; an id that is not there is an error."""
        unknown = sorted(set(ids) - set(self.ids))
        if unknown:
            raise UserError(f"system '{self.id}' has no indicator '{unknown[0]}'")
        kept = tuple(i for i in self.indicators if i.id not in ids)
        return System(f"{self.id}_without_{'_'.join(ids)}", kept)

    def evaluate(self, variables: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the value of each indicator."""
        return {i.id: formula.evaluate(i.formula, variables) for i in self.indicators}


NQP = System(
    "nqp",
    (
        Indicator(
            "labourers", "students_per_10k", "higher_education_students / population_10k", "+"
        ),
        Indicator("labourers", "rd_personnel_per_10k", "rd_personnel_fte / population_10k", "+"),
        Indicator("labourers", "gdp_per_capita", "gdp_100m_cny / population_10k * 10000", "+"),
        Indicator(
            "objects_of_labour",
            "new_product_intensity",
            "new_product_sales_100m_cny / gdp_100m_cny",
            "+",
        ),
        Indicator(
            "objects_of_labour",
            "environment_budget_share",
            "fiscal_expenditure_environment_100m_cny / fiscal_expenditure_100m_cny",
            "+",
        ),
        Indicator("objects_of_labour", "so2_intensity", "so2_10kt / gdp_100m_cny", "-"),
        Indicator(
            "objects_of_labour",
            "nonthermal_power_share",
            "1 - power_generation_thermal_100m_kwh / power_generation_100m_kwh",
            "+",
        ),
        Indicator(
            "means_of_labour", "optical_cable_density", "optical_cable_km / land_area_km2", "+"
        ),
        Indicator(
            "means_of_labour",
            "broadband_per_capita",
            "broadband_subscribers_10k / population_10k",
            "+",
        ),
        Indicator(
            "means_of_labour", "transport_density", "(highway_km + railway_km) / land_area_km2", "+"
        ),
        Indicator("means_of_labour", "digital_finance_index", "digital_finance_index", "+"),
        Indicator("means_of_labour", "rd_intensity", "rd_expenditure_100m_cny / gdp_100m_cny", "+"),
        Indicator(
            "means_of_labour",
            "invention_patents_per_10k",
            "invention_patents_granted / population_10k",
            "+",
        ),
        Indicator(
            "means_of_labour",
            "technology_turnover_intensity",
            "technology_market_turnover_100m_cny / gdp_100m_cny",
            "+",
        ),
        Indicator(
            "means_of_labour", "ecommerce_intensity", "ecommerce_sales_100m_cny / gdp_100m_cny", "+"
        ),
    ),
)

# Six indicators of prefecture-level units; the ratio of value added is of figures as first printed.
NQP_CITY = System(
    "nqp_city",
    (
        Indicator(
            "city",
            "green_patents_per_10k",
            "green_invention_patent_applications / population_10k",
            "+",
        ),
        Indicator("city", "science_share", "science_share_of_budget_pct", "+"),
        Indicator("city", "gdp_per_capita", "gdp_100m_cny / population_10k * 10000", "+"),
        Indicator(
            "city",
            "tertiary_share",
            "va_tertiary_as_published_100m_cny / gdp_as_published_100m_cny",
            "+",
        ),
        Indicator("city", "road_area_per_capita", "road_area_per_capita_m2", "+"),
        Indicator("city", "co2_intensity", "co2_edgar_t / gdp_100m_cny", "-"),
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
TOI = System(
    "technology_organisation_institution",
    (
        Indicator("technology", "rd_intensity", "rd_intensity", "+"),
        Indicator("technology", "invention_patents_per_10k", "invention_patents_per_10k", "+"),
        Indicator(
            "technology", "technology_turnover_intensity", "technology_turnover_intensity", "+"
        ),
        Indicator("organisation", "rd_personnel_per_10k", "rd_personnel_per_10k", "+"),
        Indicator("organisation", "new_product_intensity", "new_product_intensity", "+"),
        Indicator(
            "organisation", "ecommerce_turnover_intensity", "ecommerce_turnover_intensity", "+"
        ),
        Indicator("institution", "openness", "openness", "+"),
        Indicator("institution", "fiscal_share", "fiscal_share", "-"),
        Indicator("institution", "education_budget_share", "education_budget_share", "+"),
        Indicator("institution", "policy_free_trade_zones", "policy_free_trade_zones", "+"),
    ),
)

# Labour and tools of listed firms: Song, Zhang and Pan (2024, 当代经济管理 46). Variables are
# the fields of a reader's panel (panels/firm_config.py); ``mean_assets`` is the mean of the year's
# opening and closing total assets, ``operating_costs`` the operating outflow plus depreciation,
# amortisation and impairment.
RD_LINES = (
    "rd_pay_share",
    "rd_staff_share",
    "rd_depreciation_share",
    "rd_leasing_share",
    "rd_direct_share",
)
NQP_FIRM = System(
    "nqp_firm",
    (
        Indicator("labour", "rd_pay_share", "rd_pay / revenue", "+"),
        Indicator("labour", "rd_staff_share", "rd_staff / employees", "+"),
        Indicator("labour", "educated_share", "educated_staff / employees", "+"),
        Indicator("labour", "fixed_asset_share", "fixed_assets / total_assets", "+"),
        Indicator(
            "labour",
            "manufacturing_cost_share",
            "(operating_costs - goods_paid - staff_paid) / operating_costs",
            "+",
        ),
        Indicator("tools", "rd_depreciation_share", "rd_depreciation / revenue", "+"),
        Indicator("tools", "rd_leasing_share", "rd_leasing / revenue", "+"),
        Indicator("tools", "rd_direct_share", "rd_direct / revenue", "+"),
        Indicator("tools", "intangible_share", "intangible_assets / total_assets", "+"),
        Indicator("tools", "asset_turnover", "revenue / mean_assets", "+"),
        Indicator("tools", "equity_share", "equity / total_assets", "+"),
    ),
)


def read_system(path: Path) -> System:
    """Read a reader's own system from a TOML file.

    The file holds ``id = "…"`` and one ``[[indicator]]`` table per indicator with the keys
    ``element``, ``id``, ``formula`` and ``sign``.

    Raises
    ------
    UserError
        If the file is missing, is not TOML, or an indicator lacks a key or has an unknown one.
    """
    import tomllib

    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of a system in TOML") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: not TOML: {error}") from None
    wanted = tuple(field.name for field in dataclasses.fields(Indicator))
    indicators = []
    for number, entry in enumerate(content.get("indicator", []), start=1):
        wrong = sorted(set(wanted) ^ set(entry))
        if wrong:
            fault = "lacks" if wrong[0] in wanted else "has unknown key"
            raise UserError(f"{path}: indicator {number} {fault} '{wrong[0]}'")
        indicators.append(Indicator(**entry))
    if not str(content.get("id", "")).isidentifier():
        raise UserError(f"{path}: 'id' must be a name of letters, digits and _")
    return System(content["id"], tuple(indicators))
