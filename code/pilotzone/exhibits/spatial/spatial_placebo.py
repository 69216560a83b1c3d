"""Rho and the indirect effect under matrices that mean nothing."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

INDEX = {"outcome": "nqp_no_ecommerce", "weights": "contiguity", "role": "placebo"}
DRAWS = Inference("matrices", draws=1_000, seed=20180724)
MATRICES = {"estimator": ("relabelled_matrices", "random_graphs"), "inference": DRAWS}

EXHIBIT = Exhibit(
    title="Spatial parameter and indirect effect under meaningless matrices",
    title_zh="空间安慰剂检验",
    columns=(
        *grid(**INDEX, **MATRICES, treatment=("zone_share", "zone_first"), controls="baseline"),
        *grid(**INDEX, **MATRICES, treatment="cbec_proxy", controls="without_openness"),
    ),
    layout="list",
    figure=Figure(kind="matrix_placebo", title="The estimate among meaningless matrices"),
    notes=(
        "Relabelled: rows and columns of the matrix permuted together. Random graphs: every "
        "province keeps its number of neighbours.",
    ),
    notes_zh=("重新标号：矩阵的行与列同时置换。随机图：各省保持其邻居数不变。",),
)
