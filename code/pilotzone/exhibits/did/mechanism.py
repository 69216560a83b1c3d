"""Mechanisms: the zones and what they are said to work through; the literature's mediation."""

from pilotzone.catalogue import Exhibit, Inference, grid

SHARED = {"treatment": ("zone_first", "zone_share"), "role": "mechanism"}
EFFECT = {**SHARED, "diagnostics": ("treatment_only",)}
TECHNOLOGY = ("ln_technology_turnover", "technology_turnover_intensity", "rd_intensity")
CENSUS = ("from_2014", "2014_to_2018", "from_2019")
# Mediators, the controls that don't hold them, and rows.
MEDIATORS = (
    (TECHNOLOGY, "baseline", "main"),
    (("openness", "ecommerce_turnover_intensity"), "without_openness", "main"),
    ("tertiary_share_as_published", "without_secondary_share", CENSUS),
    ("tertiary_secondary_ratio", "without_secondary_share", "from_2016"),
)
BOOTSTRAP = Inference("bootstrap", draws=1_999, seed=20221114)
MEDIATION = {**SHARED, "estimator": "mediation", "inference": BOOTSTRAP}
# A mediator, and the index and the controls that don't hold it.
MEDIATED = (
    ("technology_turnover_intensity", "nqp_no_ecommerce_no_technology_turnover", "baseline"),
    ("rd_intensity", "nqp_no_ecommerce_no_rd_intensity", "baseline"),
    ("openness", "nqp_no_ecommerce", "without_openness"),
    ("ecommerce_intensity", "nqp_no_ecommerce", "baseline"),
)

EXHIBIT = Exhibit(
    title="Mechanisms: effects on the mediators, and the three-step mediation",
    title_zh="机制检验",
    columns=(
        *(
            column
            for outcome, controls, sample in MEDIATORS
            for column in grid(
                **EFFECT, outcome=outcome, controls=("none", controls), sample=sample
            )
        ),
        *(
            column
            for mediator, outcome, controls in MEDIATED
            for column in grid(
                **MEDIATION,
                outcome=outcome,
                controls=("none", controls),
                variant=mediator,
                options=(("mediator", mediator),),
            )
        ),
    ),
    layout="list",
    notes=(
        "The indirect effect is a product of two coefficients. It is causal only if, beside "
        "parallel trends for outcome and mediator, nothing within provinces moves both (sequential "
        "ignorability); nothing here makes that so. A mediator is in neither controls nor index.",
        "The tertiary share as first printed breaks in 2018/19 (fourth census): hence the split.",
    ),
    notes_zh=(
        "间接效应为两个系数之积。除被解释变量与中介变量均满足平行趋势外，还须省份内没有同时影"
        "响二者的因素（序贯可忽略性），方为因果效应；此处没有任何设计保证这一点。中介变量既不"
        "在控制变量中，也不在指数中。",
        "初次公布的第三产业占比在2018/19年中断（第四次经济普查）：故分段估计。",
    ),
)
