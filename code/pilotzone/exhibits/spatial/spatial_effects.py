"""Direct, indirect and total effects of every regressor under all five matrices."""

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.matrices import built_for

SDM = {"outcome": "nqp_no_ecommerce", "weights": built_for("province"), "estimator": "sdm"}
ZONES = {**SDM, "treatment": ("zone_share", "zone_first"), "controls": "baseline"}
PROXY = {**SDM, "treatment": "cbec_proxy", "controls": "without_openness"}
DRAWN = {"draws": 5000, "seed": 20250307}
KINDS = (Inference("cluster_pairs", **DRAWN), Inference("information", **DRAWN))

EXHIBIT = Exhibit(
    title="Effects of the spatial Durbin model by matrix, errors by clusters and by the likelihood",
    title_zh="空间杜宾模型效应分解（按权重矩阵）",
    columns=(*grid(**ZONES, inference=KINDS), *grid(**PROXY, inference=KINDS)),
    layout="list",
)
