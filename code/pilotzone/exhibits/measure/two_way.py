"""New quality productive forces and e-commerce both ways: projections, causality, two equations."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

INDEX, PROXY = "nqp_no_ecommerce", "cbec_proxy"
PAIRS = ({"outcome": INDEX, "treatment": PROXY}, {"outcome": PROXY, "treatment": INDEX})
DRAWN = {"draws": 1000, "seed": 20250307}
BY_HORIZON = "driscoll_kraay_by_horizon"
PROJECTIONS = (
    ("local_projection", "", Inference("crv1", **DRAWN), "baseline"),
    ("local_projection", BY_HORIZON, Inference(BY_HORIZON, **DRAWN), "robustness"),
    ("local_projection_jackknife", "", Inference("split_panel", **DRAWN), "robustness"),
)
# One lag of both; the last horizon.
HORIZONS = {"controls": ("none", "without_openness"), "options": (("lags", 1), ("horizons", 4))}
NON_CAUSALITY = {
    "effects": ("unit", "two_way"),
    "estimator": "non_causality",
    "inference": Inference("non_causality", draws=999, seed=20250307),
    "role": "diagnostic",
}
# Exogenous variables that are assumed to stand in one equation alone.
OWN = {INDEX: "secondary_share fiscal_share", PROXY: "finance ln_population_density"}
WITH_ZONES = {**OWN, PROXY: "finance ln_population_density zone_share"}
EQUATIONS = (("own_controls", OWN), ("own_controls_and_zones", WITH_ZONES))

EXHIBIT = Exhibit(
    title="New quality productive forces and cross-border e-commerce, both ways",
    title_zh="新质生产力与跨境电商的双向关系",
    columns=(
        *(
            column
            for pair in PAIRS
            for estimator, variant, kind, role in PROJECTIONS
            for column in grid(
                **pair, **HORIZONS, estimator=estimator, variant=variant, inference=kind, role=role
            )
        ),
        *(
            column
            for pair in PAIRS
            for variant, lags in (("one_lag", 1), ("two_lags", 2))
            for column in grid(**pair, **NON_CAUSALITY, variant=variant, options=(("lags", lags),))
        ),
        *(
            column
            for pair in PAIRS
            for variant, own in EQUATIONS
            for column in grid(
                **pair,
                controls="without_openness",
                estimator="three_stage",
                variant=variant,
                options=(("own", own[pair["outcome"]]), ("excluded", own[pair["treatment"]])),
                role="robustness",
            )
        ),
    ),
    layout="list",
    figure=Figure(kind="projections", title="Responses of each to a unit of the other"),
    notes=(
        "Projections: the outcome of h years later on the other variable, one lag of both, effects "
        "of provinces and years, controls of the same year. Horizon 0 is a partial correlation "
        "within a year, the same both ways: it says nothing about direction.",
        "Lags of the outcome with effects of provinces and few years bias the projections "
        "(Nickell); the jackknife over halves of the years takes out the part of order 1/T. How "
        "much is left stands under simulated panels with the slopes of this panel, biased "
        "themselves, and a largest root of at most 0.98.",
        "Non-causality: the correction for few periods needs T > 5 + 3K years for K lags, "
        "provinces independent of each other and stationary series. Lines with effects of "
        "provinces and years are freed of the means of the years first.",
        "Three-stage least squares rests on the exclusion restrictions listed below, which are "
        "assumptions: industrial structure and public spending act on e-commerce through the index "
        "alone; finance and density, and zones where named, act on the index through e-commerce "
        "alone. J confirms no restriction. The Anderson-Rubin test and its set hold whatever the "
        "first stage, if the restrictions do.",
        "The proxy is an outcome of firms, not a policy; it holds trade over GDP, which the "
        "controls leave out.",
    ),
    notes_zh=(
        "局部投影：h年后的被解释变量对另一变量回归，含二者的一期滞后、省份与年份固定效应及同年控制变量。"
        "第0期为同年内的偏相关，两个方向相同，不说明方向。",
        "年数较少时，被解释变量滞后项与省份固定效应并用使局部投影有偏（Nickell偏误）；"
        "按年份分半的刀切法消除1/T阶的部分。"
        "剩余偏误见模拟面板，其系数取自本面板（本身有偏），最大特征根至多0.98。",
        "非因果检验：小T校正要求年数T > 5 + 3K（K为滞后期数）、省份相互独立、序列平稳。"
        "省份与年份固定效应的各行先剔除年份均值。",
        "三阶段最小二乘依赖下列排除性约束，均为假定：产业结构与财政支出仅通过指数影响电商；"
        "金融与人口密度（以及所列综试区）仅通过电商影响指数。J检验不能证实任何约束。"
        "若约束成立，Anderson-Rubin检验及其置信集不受第一阶段强弱影响。",
        "代理变量是企业活动的结果而非政策；其中含进出口占GDP比重，故控制变量不含该项。",
    ),
)
