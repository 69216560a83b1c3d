"""Direct, indirect and total effects of every regressor under all five matrices."""

from pilotzone.catalogue.spec import WEIGHTS, Exhibit, Inference, grid

SIMULATED = Inference(kind="information", cluster="", draws=5000, seed=20250307)
DELTA = Inference(kind="information", cluster="")

EXHIBIT = Exhibit(
    title="Effects of the spatial Durbin model by matrix, simulated and by the delta method",
    title_zh="空间杜宾模型效应分解（按权重矩阵）",
    columns=(
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=("zone_share", "zone_first"),
            controls="baseline",
            weights=WEIGHTS,
            estimator="sdm",
            variant="simulated",
            inference=SIMULATED,
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=("zone_share", "zone_first"),
            controls="baseline",
            weights=WEIGHTS,
            estimator="sdm",
            variant="delta",
            inference=DELTA,
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment="cbec_proxy",
            controls="without_openness",
            weights=WEIGHTS,
            estimator="sdm",
            variant="simulated",
            inference=SIMULATED,
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment="cbec_proxy",
            controls="without_openness",
            weights=WEIGHTS,
            estimator="sdm",
            variant="delta",
            inference=DELTA,
        ),
    ),
    layout="list",
)
