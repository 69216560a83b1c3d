"""Direct, indirect and total effects of every regressor under all five matrices."""

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.matrices import built_for

SIMULATED = Inference("simulated", draws=5000, seed=20250307)

EXHIBIT = Exhibit(
    title="Effects of the spatial Durbin model by matrix, simulated and by the delta method",
    title_zh="空间杜宾模型效应分解（按权重矩阵）",
    columns=(
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=("zone_share", "zone_first"),
            controls="baseline",
            weights=built_for("province"),
            estimator="sdm",
            inference=SIMULATED,
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=("zone_share", "zone_first"),
            controls="baseline",
            weights=built_for("province"),
            estimator="sdm",
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment="cbec_proxy",
            controls="without_openness",
            weights=built_for("province"),
            estimator="sdm",
            inference=SIMULATED,
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment="cbec_proxy",
            controls="without_openness",
            weights=built_for("province"),
            estimator="sdm",
        ),
    ),
    layout="list",
)
