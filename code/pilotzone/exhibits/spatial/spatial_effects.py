"""Direct, indirect and total effects of every regressor under all five matrices."""

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.matrices import built_for

SDM = {"outcome": "nqp_no_ecommerce", "weights": built_for("province"), "estimator": "sdm"}
ZONES = {**SDM, "treatment": ("zone_share", "zone_first"), "controls": "baseline"}
PROXY = {**SDM, "treatment": "cbec_proxy", "controls": "without_openness"}
SIMULATED = Inference("simulated", draws=5000, seed=20250307)

EXHIBIT = Exhibit(
    title="Effects of the spatial Durbin model by matrix, simulated and by the delta method",
    title_zh="空间杜宾模型效应分解（按权重矩阵）",
    columns=(
        *grid(**ZONES, inference=SIMULATED),
        *grid(**ZONES, inference="delta"),
        *grid(**PROXY, inference=SIMULATED),
        *grid(**PROXY, inference="delta"),
    ),
    layout="list",
)
