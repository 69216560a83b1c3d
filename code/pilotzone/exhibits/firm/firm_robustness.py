"""The estimate on firms under other samples, effects, variables, timings and tests."""

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.treatments import TIMINGS, treatment_id

BOTH = ("none", "firm")
ONE = ("treatment_only",)
BY_CITY = Inference(cluster="city_code")

EXHIBIT = Exhibit(
    title="Robustness of the two-way estimate on firms",
    title_zh="企业层面的稳健性检验",
    columns=(
        *grid(
            outcome="nqp_firm",
            treatment="zone_city",
            controls=BOTH,
            sample=("firm_balanced", "firm_stayers", "firm_no_municipalities", "firm_pre_covid"),
            diagnostics=ONE,
            inference=BY_CITY,
            role="robustness",
        ),
        *grid(
            outcome="nqp_firm",
            treatment="zone_city",
            controls=BOTH,
            sample="firm",
            effects=("industry_year", "province_year", "unit_trends"),
            diagnostics=ONE,
            inference=BY_CITY,
            role="robustness",
        ),
        *grid(
            outcome="nqp_firm",
            treatment=tuple(treatment_id("zone_city", timing) for timing in tuple(TIMINGS)[1:]),
            controls=BOTH,
            sample="firm",
            diagnostics=ONE,
            inference=BY_CITY,
            role="robustness",
        ),
        *grid(
            outcome=("nqp_firm_by_year", "nqp_firm_without_rd"),
            treatment="zone_city",
            controls=BOTH,
            sample="firm",
            diagnostics=ONE,
            inference=BY_CITY,
            role="robustness",
        ),
        *grid(
            outcome="nqp_firm",
            treatment="zone_city",
            controls=BOTH,
            sample="firm",
            variant="lagged_treatment",
            options=(("transform", "lag"),),
            diagnostics=ONE,
            inference=BY_CITY,
            role="robustness",
        ),
        *grid(
            outcome="nqp_firm",
            treatment="zone_city",
            controls=BOTH,
            sample="firm",
            effects="period",
            variant="first_difference",
            options=(("transform", "first_difference"),),
            diagnostics=ONE,
            inference=BY_CITY,
            role="robustness",
        ),
        *grid(
            outcome="nqp_firm",
            treatment="zone_city",
            controls=BOTH,
            sample="firm",
            inference=Inference("wild_rademacher", cluster="city_code", draws=9_999, seed=20181119),
            role="diagnostic",
        ),
    ),
    layout="list",
)
