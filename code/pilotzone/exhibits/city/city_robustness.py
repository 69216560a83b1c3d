"""The city estimate under other samples, policies, timings, variables and outcomes."""

from pilotzone.catalogue import Exhibit, Figure, grid
from pilotzone.catalogue.indicators import NQP_CITY

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
SHARED = {**CITY, "diagnostics": ("treatment_only",), "role": "robustness"}
SAMPLES = (
    "city_no_batch_5",
    "city_no_later_zones",
    "city_no_service_pilots",
    "city_no_north_east",
    "city_no_redrawn",
    "city_pre_covid",
    "balanced",
)
POLICIES = (
    *("broadband_china", "big_data_zones", "free_trade_zones"),
    *("all_policies", "low_carbon"),
)
TIMINGS = ("zone_city__same_year", "zone_city__next_year", "zone_city__exposure")
PARTS = (*NQP_CITY.ids, "ln_real_gdp_per_capita", "night_light")
TRENDS = {"effects": ("two_way", "unit_trends")}

EXHIBIT = Exhibit(
    title="Robustness of the two-way estimate on cities",
    title_zh="城市层面的稳健性检验",
    columns=tuple(
        column
        for change in (
            {"sample": SAMPLES},
            {"effects": ("unit_trends", "province_year")},
            {"controls": tuple(f"city_with_{policy}" for policy in POLICIES)},
            {"variant": "lagged_treatment", "options": (("transform", "lag"),)},
            {"variant": "winsorised_variables", "options": (("transform", "winsorise"),)},
            {"outcome": ("nqp_city_digital", "ln_nqp_city"), **TRENDS},
            {"treatment": ("zone_city_without_county", *TIMINGS)},
            {"outcome": PARTS, **TRENDS, "role": "diagnostic"},
        )
        for column in grid(**SHARED | change)
    ),
    layout="list",
    figure=Figure(
        kind="specification_curve",
        title="The city estimate over robustness columns",
        choices=(("outcome", "nqp_city nqp_city_digital ln_nqp_city"),),
    ),
    notes=(
        "The index is skewed: parallel paths of its level are not parallel paths of its log.",
        "City product of Liaoning, Jilin and Heilongjiang changes its vintage in 2014-2018 and "
        "falls by 40 % there without a cause; hence the column without the north-east.",
        "Zones of batches 6 and 7 came in 2022: such cities are untreated here; one column leaves "
        "them out.",
    ),
    notes_zh=(
        "指数分布偏斜：其水平值满足平行趋势，不等于其对数满足平行趋势。",
        "辽宁、吉林、黑龙江的城市生产总值在2014-2018年更换核算口径，无缘由地下降40%；故列出剔除东"
        "北的一列。",
        "第六、七批综试区于2022年设立：此类城市在此为未处理；其中一列将其剔除。",
    ),
)
