"""What is declared about the figures: codes, spans, batches, flags, parts and vintages."""

from collections.abc import Mapping

_PREFIXES = ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65))
PROVINCE_CODES = tuple(f"{p}0000" for first, last in _PREFIXES for p in range(first, last + 1))
PROVINCE_YEARS = (2010, 2024)
# The annual average of 2024 is not in the table.
EXCHANGE_RATE_YEARS = (2010, 2023)
CITY_YEARS = (2005, 2023)
LONGITUDES, LATITUDES = (73, 136), (3, 54)
CNY_PER_USD = (5, 10)

# Approvals by batch as the replies of the State Council list them; batch 8 has no verified reply.
BATCH_SIZES = {1: 1, 2: 12, 3: 22, 4: 24, 5: 46, 6: 27, 7: 33, 8: 16}
BATCH_WITHOUT_REPLY = 8
# Declared exceptions to "a zone has a code and lies in a unit of cities.csv".
LEVEL_WITHOUT_CODE = "new area (no GB/T 2260 code)"
LEVEL_OF_PROVINCE = "province-wide"
ZONE_LEVELS = (
    *("municipality", "sub-provincial city", "prefecture-level city", "autonomous prefecture"),
    *("prefecture (地区)", "county-level city", LEVEL_WITHOUT_CODE, LEVEL_OF_PROVINCE),
)
# County-level units directly under a province: in no prefecture-level unit.
UNITS_WITHOUT_PREFECTURE = {
    "419001": "Jiyuan, Henan",
    "469030": "Qiongzhong, Hainan",
    "659002": "Alar, Xinjiang",
}
ABOLISHED_UNITS = {"341400": "Chaohu, abolished 2011", "371200": "Laiwu, abolished 2019"}
ABOLISHED_FLAG = "abolished_unit"
SUSPECT_PREFIX = "suspect_"
SUSPICIONS = (
    *("level_outlier", "province_year_scrambled", "repeat_of_previous_year", "row_shift"),
    *("sources_conflict", "unit_or_typo", "va_sum_gt3pct"),
)
FLAGS = frozenset(
    {
        *(f"{SUSPECT_PREFIX}{what}" for what in SUSPICIONS),
        *(ABOLISHED_FLAG, "at_or_above_100", "derived", "exp_of_log"),
        *("linear_midpoint_maybe_interpolated", "thin_coverage_26_cities"),
    }
)
# What is known of a cell of the provinces; none makes it missing. A vintage other than the one that
# province_variables.csv names is a flag as well.
VINTAGE_PREFIX = "vintage_"
PROVINCE_FLAGS = frozenset({"jump", "level_break", "preliminary", f"{VINTAGE_PREFIX}2025"})
# Terms of one ratio, which must be of one vintage in a province and year.
ONE_VINTAGE = (("power_generation_thermal_100m_kwh", "power_generation_100m_kwh"),)
LAND_BORDER, CONVENTION = "land border", "convention:"
LINKED_BY_CONVENTION = frozenset({"440000", "460000"})
# The four units of Hainan border only counties that no prefecture-level unit holds.
CITIES_WITHOUT_NEIGHBOUR = frozenset({"460100", "460200", "460300", "460400"})

PERCENT, PREVIOUS_YEAR = "%", "previous year = 100"
INDEX_RANGE = (50, 200)
# Profits can be losses, growth negative; a budget can exceed the product of a poor city.
VARIABLES_BELOW_ZERO = frozenset({"high_tech_profits_100m_cny", "fai_funds_in_place_growth_pct"})
PERCENTAGES_ABOVE_100 = frozenset({"fiscal_expenditure_gdp_pct"})
TOTAL_RTOL = 2e-4
CITY_VALUE_ADDED_RTOL = 0.03
# The parts together are at most the whole; parts that are not printed count as nothing.
PARTS_OF = (
    (("power_generation_thermal_100m_kwh",), "power_generation_100m_kwh"),
    (("so2_industrial_10kt",), "so2_10kt"),
    (
        (
            "fiscal_expenditure_scitech_100m_cny",
            "fiscal_expenditure_education_100m_cny",
            "fiscal_expenditure_environment_100m_cny",
        ),
        "fiscal_expenditure_100m_cny",
    ),
    (("urban_population_10k",), "population_10k"),
    (("rd_basic_research_100m_cny",), "rd_expenditure_100m_cny"),
    (("rd_government_funds_100m_cny",), "rd_expenditure_100m_cny"),
    (("industrial_rd_expenditure_100m_cny",), "rd_expenditure_100m_cny"),
    (("invention_patent_applications",), "patent_applications"),
    (("invention_patents_granted",), "patents_granted"),
    (("software_product_revenue_100m_cny",), "software_revenue_100m_cny"),
    (("va_secondary_100m_cny",), "gdp_100m_cny"),
    (("tax_revenue_100m_cny",), "fiscal_revenue_100m_cny"),
    (("ecommerce_firms",), "ict_survey_firms"),
    (("employment_mfg_urban_units_10k",), "employment_urban_units_10k"),
)
VALUE_ADDED = ("va_primary_100m_cny", "va_secondary_100m_cny", "va_tertiary_100m_cny")
INDUSTRIES = tuple(
    f"va_{name}_100m_cny"
    for name in (
        *("agri_services_incl", "industry", "construction", "wholesale_retail", "transport_post"),
        *("hotels_catering", "finance", "real_estate", "other_services"),
    )
)
CITY_VALUE_ADDED = tuple(v.replace("_100m_cny", "_as_published_100m_cny") for v in VALUE_ADDED)

FINAL, FOURTH_CENSUS, AS_PUBLISHED = "final", "fourth census", "as published"
GRP_VINTAGES: Mapping[str, str] = {
    **dict.fromkeys(("gdp_100m_cny", *VALUE_ADDED, *INDUSTRIES), FINAL),
    "gdp_4th_census_100m_cny": FOURTH_CENSUS,
    **dict.fromkeys(
        ("gdp_as_published_100m_cny", *CITY_VALUE_ADDED, "tertiary_share_as_published_pct"),
        AS_PUBLISHED,
    ),
}
# Growth, and a level made of growth alone, may meet any vintage.
GRP_GROWTH = frozenset({"gdp_index_prev_year_100", "gdp_real_2000_100m_cny"})
