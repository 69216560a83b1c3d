"""The baseline under other samples, effects, variables and policies."""

from pilotzone.catalogue import Exhibit, Figure, grid

BOTH = ("none", "baseline")
ZONE = {"outcome": ("nqp", "nqp_no_ecommerce"), "treatment": "zone_first", "controls": BOTH}
SHARED = {**ZONE, "diagnostics": ("treatment_only",), "role": "robustness"}
DIFFERENCED = {"variant": "first_difference", "options": (("transform", "first_difference"),)}
POLICIES = (
    "with_big_data_zones",
    "with_broadband_china",
    "with_digital_economy_zones",
    "with_free_trade_zones",
    "with_all_policies",
    "with_low_carbon",
)
INDICES = ("by_year", "equal", "frozen", "critic", "topsis", "pca", "shifted", "long")

EXHIBIT = Exhibit(
    title="Robustness of the two-way estimate",
    title_zh="稳健性检验",
    columns=tuple(
        column
        for change in (
            {"sample": ("pre_covid", "no_municipalities", "no_service_pilots")},
            {"effects": ("unit_trends", "region_year")},
            {"variant": "lagged_treatment", "options": (("transform", "lag"),)},
            {"effects": "period", **DIFFERENCED},
            {"variant": "winsorised_variables", "options": (("transform", "winsorise"),)},
            {"outcome": ("nqp_winsorised", "nqp_no_ecommerce_winsorised")},
            {"controls": POLICIES},
            {"outcome": tuple(f"nqp_{index}" for index in INDICES)},
            {"estimator": "leave_one_out", "diagnostics": ()},
        )
        for column in grid(**SHARED | change)
    ),
    layout="list",
    figure=Figure(kind="leave_one_out", title="The estimate without each province in turn"),
    notes=(
        "Service pilots of cross-border e-commerce ran before the zones (2012-2015) in Shanghai, "
        "Chongqing, Zhejiang, Henan, Guangdong and Tianjin; only the first five cities of 2012 "
        "were checked.",
    ),
    notes_zh=(
        "跨境贸易电子商务服务试点先于综试区（2012-2015年），涉及上海、重庆、浙江、河南、广东、"
        "天津；仅核对了2012年的首批五个城市。",
    ),
)
