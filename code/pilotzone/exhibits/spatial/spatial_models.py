"""SAR to GNS, three sets of effects, uncorrected and transformed, three treatments."""

from pilotzone.catalogue import Exhibit, grid

OUTCOMES = ("nqp", "nqp_no_ecommerce")
MODELS = ("sar", "sem", "slx", "sdm", "sdem", "gns")
CORRECTIONS = (("", ()), ("lee_yu", (("correction", "lee_yu"),)))


SETS = (
    *((y, d, "baseline") for y in OUTCOMES for d in ("zone_share", "zone_first")),
    ("nqp_no_ecommerce", "cbec_proxy", "without_openness"),
)

EXHIBIT = Exhibit(
    title="Spatial models by contiguity: models, effects, transformation, treatments",
    title_zh="空间面板模型比较",
    columns=tuple(
        column
        for outcome, treatment, controls in SETS
        for effects in ("unit", "period", "two_way")
        for model in MODELS
        for variant, correction in CORRECTIONS
        for column in grid(
            outcome=outcome,
            treatment=treatment,
            controls=controls,
            weights="contiguity",
            effects=effects,
            estimator=model,
            variant=variant,
            options=correction,
            diagnostics=("treatment_only",),
        )
    ),
    layout="list",
    notes=(
        "With 30 units and 10 years the uncorrected two-way likelihood biases the spatial "
        "parameter downwards; the Lee-Yu columns transform the effects away.",
    ),
    notes_zh=(
        "30个个体、10年的样本中，未校正的双向固定效应似然使空间参数向下偏误；Lee-Yu变换的各列"
        "以变换消去固定效应。",
    ),
)
