"""SAR to GNS, three sets of effects, uncorrected and transformed, three treatments."""

from pilotzone.catalogue import Exhibit, grid

REGRESSIONS = (
    {"outcome": "nqp", "treatment": "zone_share", "controls": "baseline"},
    {"outcome": "nqp", "treatment": "zone_first", "controls": "baseline"},
    {"outcome": "nqp_no_ecommerce", "treatment": "zone_share", "controls": "baseline"},
    {"outcome": "nqp_no_ecommerce", "treatment": "zone_first", "controls": "baseline"},
    {"outcome": "nqp_no_ecommerce", "treatment": "cbec_proxy", "controls": "without_openness"},
)
MODELS = ("sar", "sem", "slx", "sdm", "sdem", "gns")
SHARED = {"weights": "contiguity", "diagnostics": ("treatment_only",)}

EXHIBIT = Exhibit(
    title="Spatial models by contiguity: models, effects, transformation, treatments",
    title_zh="空间面板模型比较",
    columns=tuple(
        column
        for regression in REGRESSIONS
        for effects in ("unit", "period", "two_way")
        for model in MODELS
        for transformed in ({}, {"variant": "lee_yu", "options": (("correction", "lee_yu"),)})
        for column in grid(**SHARED | regression | transformed, effects=effects, estimator=model)
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
