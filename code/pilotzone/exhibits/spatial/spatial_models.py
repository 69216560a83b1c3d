"""SAR to GNS, three sets of effects, uncorrected and transformed, three treatments."""

from pilotzone.catalogue import Exhibit, Specification

# Outcome, treatment, controls.
REGRESSIONS = (
    ("nqp", "zone_share", "baseline"),
    ("nqp", "zone_first", "baseline"),
    ("nqp_no_ecommerce", "zone_share", "baseline"),
    ("nqp_no_ecommerce", "zone_first", "baseline"),
    ("nqp_no_ecommerce", "cbec_proxy", "without_openness"),
)
CORRECTIONS = {"": (), "lee_yu": (("correction", "lee_yu"),)}

EXHIBIT = Exhibit(
    title="Spatial models by contiguity: models, effects, transformation, treatments",
    title_zh="空间面板模型比较",
    columns=tuple(
        Specification(
            outcome=outcome,
            treatment=treatment,
            controls=controls,
            weights="contiguity",
            effects=effects,
            estimator=model,
            variant=variant,
            options=options,
            diagnostics=("treatment_only",),
        )
        for outcome, treatment, controls in REGRESSIONS
        for effects in ("unit", "period", "two_way")
        for model in ("sar", "sem", "slx", "sdm", "sdem", "gns")
        for variant, options in CORRECTIONS.items()
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
