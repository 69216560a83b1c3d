"""Spatial lag and spatial Durbin model of the share of units with a zone, by contiguity."""

from pilotzone.catalogue import Exhibit, Inference, Specification, grid

ZONE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_share", "controls": "baseline"}
DRAWS = Inference("cluster_pairs", draws=5000, seed=20250307)
MODEL = {**ZONE, "weights": "contiguity", "inference": DRAWS}
LEE_YU = {"options": (("correction", "lee_yu"),)}
TRENDS = {"effects": "unit_trends"}

EXHIBIT = Exhibit(
    title="Pilot zones and new quality productive forces: spatial lag and spatial Durbin model",
    title_zh="跨境电商综试区与新质生产力：空间滞后模型与空间杜宾模型",
    columns=(
        *grid(**MODEL, estimator=("sar", "sdm"), diagnostics=("municipalities",)),
        Specification(**MODEL, **LEE_YU, estimator="sar", id="sar_lee_yu"),
        Specification(**MODEL, **LEE_YU, estimator="sdm", id="sdm_lee_yu"),
        Specification(**MODEL, **TRENDS, estimator="sdm", id="sdm_trends"),
        Specification(**MODEL, **TRENDS, **LEE_YU, estimator="sdm", id="sdm_lee_yu_trends"),
    ),
    notes=(
        "Uncorrected columns are the literature's practice; the Lee-Yu columns transform the "
        "effects away, and are the ones to read. Unit trends are removed after the lag is taken.",
    ),
    notes_zh=(
        "未校正的各列为文献通行做法；Lee-Yu各列以变换消去固定效应，应以其为准。个体趋势在取空"
        "间滞后之后消去。",
    ),
)
