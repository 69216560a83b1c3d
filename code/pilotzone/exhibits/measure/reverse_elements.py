"""From each element of the index, and groups of its indicators, back to e-commerce."""

from pilotzone.catalogue import Exhibit, Family, Inference, cut, grid

ELEMENTS = ("nqp_labourers", "nqp_objects_of_labour", "nqp_means_no_ecommerce")
GROUPS = ("nqp_skills", "nqp_digital_infrastructure", "nqp_technology", "nqp_green")
# The first year in which the share of firms is printed; parcels follow in 2016.
FROM_2015 = cut("main", id="from_2015", first_year=2015, words=("From 2015", "2015年起"))
# Outcome, rows and role. The largest cell of parcels per head is 188 times the smallest.
OUTCOMES = (
    ("ecommerce_intensity", "main", "baseline"),
    ("ecommerce_firm_share", FROM_2015, "baseline"),
    ("express_per_capita", "from_2016", "baseline"),
    ("ln_express_per_capita", "from_2016", "robustness"),
)

EXHIBIT = Exhibit(
    title="From the elements of new quality productive forces back to e-commerce",
    title_zh="新质生产力各要素对电子商务的反向关系",
    columns=tuple(
        column
        for outcome, sample, role in OUTCOMES
        for column in grid(
            outcome=outcome,
            sample=sample,
            role=role,
            treatment=(*ELEMENTS, *GROUPS),
            controls=("none", "baseline"),
            estimator="local_projection",
            inference=Inference("crv1", draws=1000, seed=20250307),
            options=(("lags", 1), ("horizons", 3)),
        )
    ),
    layout="list",
    family=Family(kind="romano_wolf", draws=9_999, seed=20250307),
    notes=(
        "Projections: e-commerce of h years later on a score of this year, one lag of both, "
        "effects of provinces and years, controls of the same year. Horizon 0 is a partial "
        "correlation within a year and says nothing about direction. N is that of horizon 0.",
        "Outcomes are e-commerce sales of surveyed firms, the share of firms that trade online "
        "(from 2015) and express parcels (from 2016): e-commerce at large, of which the part that "
        "crosses a border is published for no province. A few provinces send most parcels per "
        "head, so that the logarithm stands beside.",
        "Scores: entropy weights over the indicators of an element or a group alone, from 0 to 1; "
        "a unit is the way from the worst to the best cell, far more than a province moves. None "
        "holds e-commerce. Skills: students, R&D personnel. Digital infrastructure: optical cable, "
        "broadband. Technology: R&D, invention patents, technology market. Green: environment "
        "budget, SO2, non-thermal power. Digital finance, an index of one platform that counts "
        "payments, is in the means of labour alone.",
        "Outcome and score share denominators: GDP (sales; GDP per head, new products, SO2, R&D, "
        "technology market) or population (parcels; students, R&D personnel, GDP per head, "
        "patents, broadband). What moves a denominator moves both within the year.",
        "Lags of the outcome with effects of provinces and few years bias the responses (Nickell), "
        "the more the longer the horizon; how much stands under simulated panels, whose errors are "
        "normal and alike. Where a score moves in few provinces, errors by province are too small.",
        "Family p-values: Romano and Wolf, step-down, over all responses with the same controls, "
        "by the restricted wild cluster bootstrap with the same weights in every column; a line "
        "has the smallest of its horizons. The bootstrap holds the regressors and does not see the "
        "bias of few years.",
        "Shown, not judged. Not testable here: the ways back through payments, brands, compliance "
        "and the organisation of firms. Payments cannot be told from purchases in the one index "
        "that counts them; no series by province and year measures brands or compliance with the "
        "rules of markets abroad; organisation is inside firms, which province figures add up.",
    ),
    notes_zh=(
        "局部投影：h年后的电子商务对当年得分回归，含二者的一期滞后、省份与年份固定效应及同年控制变量。"
        "第0期为同年内的偏相关，不说明方向。各行观测数为第0期的观测数。",
        "被解释变量为调查企业的电子商务销售额、有电子商务交易活动的企业占比（2015年起）与快递量（2016年起）："
        "均为全部电子商务，其中跨境部分无分省公布数字。人均快递量集中于少数省份，故并列其对数。",
        "得分：仅以该要素或指标组的指标用熵权法计算，取值0至1；一个单位为最差至最优观测的全部距离，远大于一省的变动。"
        "各得分均不含电子商务。人力技能：在校学生、R&D人员。数字基础设施：光缆、宽带。科技创新：R&D经费、发明专利、技术市场。"
        "绿色：节能环保支出、二氧化硫、非火电。数字金融指数出自单一平台且计入支付，只在劳动资料中。",
        "被解释变量与得分有共同的分母：GDP（销售额；人均GDP、新产品、二氧化硫、R&D经费、技术市场）或人口"
        "（快递量；学生、R&D人员、人均GDP、专利、宽带）。分母的变动在同年内使两边同时变动。",
        "年数较少时，被解释变量滞后项与省份固定效应并用使响应有偏（Nickell偏误），期限越长偏误越大；偏误大小见模拟面板，"
        "其误差为同方差正态。若得分仅在少数省份变动，按省份聚类的标准误偏小。",
        "多重检验p值：Romano-Wolf逐步法，覆盖控制变量相同的全部响应，采用约束野聚类自助，各列权重相同；"
        "每列取各期中最小者。自助法固定解释变量，不反映年数较少的偏误。",
        "仅作展示，不作判定。此处无法检验：经由支付、品牌、合规与企业组织的反向路径。唯一计入支付的指数无法区分支付与购买；"
        "品牌与境外市场合规没有分省逐年的数列；组织在企业内部，分省数字只是其加总。",
    ),
)
