"""Which spatial model: tests in the order in which the field decides, for each matrix."""

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.matrices import built_for

INDEX = {"outcome": ("nqp", "nqp_no_ecommerce"), "weights": built_for("province")}
ZONES = {"treatment": "zone_share", "controls": "baseline"}
TESTS = {**INDEX, **ZONES, "estimator": "spatial_tests", "role": "diagnostic"}
LEE_YU = (("correction", "lee_yu"),)
DRAWS = Inference("chi2", draws=199, seed=20261129)

EXHIBIT = Exhibit(
    title="Tests of the spatial specification, by matrix",
    title_zh="空间计量模型设定检验",
    columns=(
        *grid(**TESTS, effects="two_way", options=LEE_YU, inference=DRAWS),
        *grid(**TESTS, effects="unit"),
    ),
    layout="list",
    notes=(
        "Two-way lines: data after the transformation of Lee and Yu, but for the tests of the "
        "effects, which are those of the uncorrected likelihood. Lines with unit effects alone "
        "are the literature's practice: what years share counts there as dependence over space.",
    ),
    notes_zh=(
        "双向固定效应各列：数据经Lee-Yu变换，固定效应检验则基于未校正的似然。仅含个体效应的各列"
        "为文献通行做法：各年的共同变动在其中被当作空间依赖。",
    ),
)
