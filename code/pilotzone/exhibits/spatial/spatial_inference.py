"""The spatial Durbin model's effects under every kind of inference."""

from pilotzone.catalogue import Exhibit, Inference, grid

SDM = {"outcome": "nqp_no_ecommerce", "weights": "contiguity", "estimator": "sdm"}
LEE_YU = {"options": (("correction", "lee_yu"),), "diagnostics": ("treatment_only",)}
ZONES = {**SDM, **LEE_YU, "treatment": ("zone_share", "zone_first"), "controls": "baseline"}
PROXY = {**SDM, **LEE_YU, "treatment": "cbec_proxy", "controls": "without_openness"}
DRAWN = {"draws": 999, "seed": 20261129}
WILD = Inference("wild_paths", **DRAWN)
ERRORS = ("information", "cluster_pairs", WILD)
PATHS = Inference("permutation", **DRAWN)
MATRICES = Inference("matrices", draws=1_000, seed=20180724)
PLACEBO = {"estimator": "relabelled_matrices", "inference": MATRICES, "role": "placebo"}
PLAIN = {"outcome": "nqp_no_ecommerce", "weights": "contiguity"}

EXHIBIT = Exhibit(
    title="Effects of the spatial Durbin model (Lee-Yu) under other errors and tests",
    title_zh="空间杜宾模型(Lee-Yu)效应的统计推断",
    columns=(
        *grid(**ZONES, inference=(*ERRORS, PATHS), role="diagnostic"),
        *grid(**PROXY, inference=ERRORS, role="diagnostic"),
        *grid(**PLAIN, **PLACEBO, treatment=("zone_share", "zone_first"), controls="baseline"),
        *grid(**PLAIN, **PLACEBO, treatment="cbec_proxy", controls="without_openness"),
    ),
    layout="list",
    notes=(
        "The likelihood's errors take the years of a province as independent given the effects. "
        "Paths: whole treatment paths dealt to other provinces, outcome and matrix held; a level "
        "has no path to deal, so that the wild bootstrap stands for it. Relabelled matrices, on "
        "the uncorrected model, test the matrix and not the zones: relabelling also destroys the "
        "outcome's own correlation over space.",
    ),
    notes_zh=(
        "似然标准误视同一省份各年在给定固定效应后相互独立。路径：处理路径整体分给其他省份，被解释"
        "变量与矩阵不变；水平变量没有可分配的路径，以野自助代之。重新标号的矩阵（未校正模型）检验"
        "的是矩阵而非综试区：重新标号同时破坏了被解释变量自身的空间相关。",
    ),
)
