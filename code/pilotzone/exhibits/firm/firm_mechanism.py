"""Mechanisms on firms: financing constraints, digital transformation, absorption."""

from pilotzone.catalogue import Exhibit, Inference, grid

FIRM = {"treatment": "zone_city", "sample": "firm", "role": "mechanism"}
BY_CITY = {"inference": Inference(cluster="city_code"), "diagnostics": ("treatment_only",)}
BOOTSTRAP = Inference("bootstrap", cluster="city_code", draws=999, seed=20220214)
MEDIATION = {"outcome": "nqp_firm_without_rd", "estimator": "mediation", "inference": BOOTSTRAP}
# The mediators by the controls that don't hold them.
MEDIATORS = {
    "firm_without_financing": ("sa_index", "ww_index", "kz_index"),
    "firm": ("digital_transformation", "digital_real_integration", "rd_to_revenue", "ln_rd_staff"),
}
MEDIATED = {"firm_without_financing": "sa_index", "firm": "digital_transformation"}

EXHIBIT = Exhibit(
    title="Mechanisms on firms: effects on the mediators, and the three-step mediation",
    title_zh="企业层面的机制检验",
    columns=(
        *(
            column
            for controls, outcome in MEDIATORS.items()
            for column in grid(**FIRM, **BY_CITY, outcome=outcome, controls=("none", controls))
        ),
        *(
            column
            for controls, name in MEDIATED.items()
            for column in grid(
                **FIRM,
                **MEDIATION,
                controls=("none", controls),
                variant=name,
                options=(("mediator", name),),
            )
        ),
    ),
    layout="list",
    notes=(
        "Innovation as a mechanism is partly circular: R&D lines are indicators of the index, with "
        "the weights of firm_index. R&D over revenue and R&D staff are outcomes here, never "
        "mediators, and the mediation is of the index without R&D.",
        "SA, WW and KZ: larger is tighter. Their coefficients were estimated on firms of the "
        "United States. SA is size and age alone, so that its controls are those of governance.",
        "The indirect effect is a product of two coefficients. It is causal only if, beside "
        "parallel trends for outcome and mediator, nothing within firms moves both (sequential "
        "ignorability); nothing here makes that so.",
    ),
    notes_zh=(
        "以创新为机制有部分循环：研发各项为指数的指标，权重见firm_index。研发费用占比与研发人员在此仅作被解释变量，"
        "不作中介变量；中介检验使用剔除研发的指数。",
        "SA、WW与KZ指数越大，融资约束越紧。其系数以美国企业估计。SA仅由规模与年龄构成，故控制变量仅含治理变量。",
        "间接效应为两个系数之积。除被解释变量与中介变量均满足平行趋势外，还须企业内没有同时影响二者"
        "的因素（序贯可忽略性），方为因果效应；此处没有任何设计保证这一点。",
    ),
)
