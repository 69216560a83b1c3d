"""Mechanisms: the zones and what they are said to work through; the literature's mediation."""

from pilotzone.catalogue import Exhibit, Inference, grid

BOOTSTRAP = Inference("bootstrap", draws=1_999, seed=20221114)
BOTH = ("zone_first", "zone_share")
ONE = ("treatment_only",)

EXHIBIT = Exhibit(
    title="Mechanisms: effects on the mediators, and the three-step mediation",
    title_zh="机制检验",
    columns=(
        *grid(
            outcome=("ln_technology_turnover", "technology_turnover_intensity", "rd_intensity"),
            treatment=BOTH,
            controls=("none", "baseline"),
            diagnostics=ONE,
            role="mechanism",
        ),
        *grid(
            outcome=("openness", "ecommerce_turnover_intensity"),
            treatment=BOTH,
            controls=("none", "without_openness"),
            diagnostics=ONE,
            role="mechanism",
        ),
        *grid(
            outcome="tertiary_share_as_published",
            treatment=BOTH,
            controls=("none", "without_secondary_share"),
            sample=("from_2014", "2014_to_2018", "from_2019"),
            diagnostics=ONE,
            role="mechanism",
        ),
        *grid(
            outcome="tertiary_secondary_ratio",
            treatment=BOTH,
            controls=("none", "without_secondary_share"),
            sample="from_2016",
            diagnostics=ONE,
            role="mechanism",
        ),
        *grid(
            outcome="nqp_no_ecommerce_no_technology_turnover",
            treatment=BOTH,
            controls=("none", "baseline"),
            estimator="mediation",
            variant="technology_turnover_intensity",
            options=(("mediator", "technology_turnover_intensity"),),
            inference=BOOTSTRAP,
            role="mechanism",
        ),
        *grid(
            outcome="nqp_no_ecommerce_no_rd_intensity",
            treatment=BOTH,
            controls=("none", "baseline"),
            estimator="mediation",
            variant="rd_intensity",
            options=(("mediator", "rd_intensity"),),
            inference=BOOTSTRAP,
            role="mechanism",
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=BOTH,
            controls=("none", "without_openness"),
            estimator="mediation",
            variant="openness",
            options=(("mediator", "openness"),),
            inference=BOOTSTRAP,
            role="mechanism",
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=BOTH,
            controls=("none", "baseline"),
            estimator="mediation",
            variant="ecommerce_intensity",
            options=(("mediator", "ecommerce_intensity"),),
            inference=BOOTSTRAP,
            role="mechanism",
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
