"""The spatial Durbin model's effects on cities under every kind of inference."""

from pilotzone.catalogue import Exhibit, Inference, grid

PLAIN = {"outcome": "nqp_city", "treatment": "zone_city", "controls": ("none", "city")}
CITY = {**PLAIN, "sample": "balanced", "weights": "nearest_6"}
LEE_YU = {"options": (("correction", "lee_yu"),), "diagnostics": ("treatment_only",)}
DRAWN = {"draws": 999, "seed": 20261129}
KINDS = (
    *("information", "cluster_pairs"),
    Inference("wild_paths", **DRAWN),
    Inference("permutation", **DRAWN),
)
MATRICES = Inference("matrices", draws=1_000, seed=20190117)

EXHIBIT = Exhibit(
    title="Effects of the city spatial Durbin model (Lee-Yu) under other errors and tests",
    title_zh="城市空间杜宾模型(Lee-Yu)效应的统计推断",
    columns=(
        *grid(**CITY, **LEE_YU, estimator="sdm", inference=KINDS, role="diagnostic"),
        *grid(**CITY, estimator="relabelled_matrices", inference=MATRICES, role="placebo"),
    ),
    layout="list",
    notes=(
        "The likelihood's errors take the years of a city as independent given the effects. "
        "Paths: whole treatment paths dealt to other cities, outcome and matrix held. Relabelled "
        "matrices, on the uncorrected model, test the matrix and not the zones.",
    ),
    notes_zh=(
        "似然标准误视同一城市各年在给定固定效应后相互独立。路径：处理路径整体分给其他城市，被解释"
        "变量与矩阵不变。重新标号的矩阵（未校正模型）检验的是矩阵而非综试区。",
    ),
)
