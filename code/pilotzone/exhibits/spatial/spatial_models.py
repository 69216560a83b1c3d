"""SAR to GNS, three sets of effects, uncorrected and transformed, three treatments."""

from pilotzone.spec import Exhibit, grid

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
)
