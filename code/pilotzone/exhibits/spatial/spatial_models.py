"""SAR to GNS, three sets of effects, uncorrected and transformed, three treatments."""

from pilotzone.catalogue.spec import Exhibit, grid

MODELS = ("sar", "sem", "slx", "sdm", "sdem", "gns")
EFFECTS = ("unit", "period", "two_way")

EXHIBIT = Exhibit(
    title="Spatial models by contiguity: models, effects, transformation, treatments",
    title_zh="空间面板模型比较",
    columns=(
        *grid(
            outcome=("nqp", "nqp_no_ecommerce"),
            treatment=("zone_share", "zone_first"),
            controls="baseline",
            weights="contiguity",
            effects=EFFECTS,
            estimator=MODELS,
            variant=("", "lee_yu"),
            diagnostics=("treatment_only",),
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment="cbec_proxy",
            controls="without_openness",
            weights="contiguity",
            effects=EFFECTS,
            estimator=MODELS,
            variant=("", "lee_yu"),
            diagnostics=("treatment_only",),
        ),
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
