"""Which spatial model: tests in the order in which the field decides, for each matrix."""

from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.matrices import built_for

EXHIBIT = Exhibit(
    title="Tests of the spatial specification, by matrix",
    title_zh="空间计量模型设定检验",
    columns=grid(
        outcome=("nqp", "nqp_no_ecommerce"),
        treatment="zone_share",
        controls="baseline",
        weights=built_for("province"),
        estimator="spatial_tests",
        role="diagnostic",
    ),
)
