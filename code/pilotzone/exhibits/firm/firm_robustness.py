"""The estimate on firms under other samples, effects, variables, timings and tests."""

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.treatments import TIMINGS, treatment_id

BOTH = ("none", "firm")
FIRM = {"outcome": "nqp_firm", "treatment": "zone_city", "controls": BOTH, "sample": "firm"}
BY_CITY = {"inference": Inference(cluster="city_code"), "diagnostics": ("treatment_only",)}
SHARED = {**FIRM, **BY_CITY, "role": "robustness"}
SAMPLES = ("firm_balanced", "firm_stayers", "firm_no_municipalities", "firm_pre_covid")
OTHER_TIMINGS = tuple(treatment_id("zone_city", timing) for timing in tuple(TIMINGS)[1:])
DIFFERENCED = {"variant": "first_difference", "options": (("transform", "first_difference"),)}
WILD = Inference("wild_rademacher", cluster="city_code", draws=9_999, seed=20181119)

EXHIBIT = Exhibit(
    title="Robustness of the two-way estimate on firms",
    title_zh="企业层面的稳健性检验",
    columns=tuple(
        column
        for change in (
            {"sample": SAMPLES},
            {"effects": ("industry_year", "province_year", "unit_trends")},
            {"treatment": OTHER_TIMINGS},
            {"outcome": ("nqp_firm_by_year", "nqp_firm_without_rd")},
            {"variant": "lagged_treatment", "options": (("transform", "lag"),)},
            {"effects": "period", **DIFFERENCED},
            {"inference": WILD, "diagnostics": (), "role": "diagnostic"},
        )
        for column in grid(**SHARED | change)
    ),
    layout="list",
)
