"""Which spatial model: tests in the order in which the field decides, for each matrix."""

from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.matrices import built_for

INDEX = {"outcome": ("nqp", "nqp_no_ecommerce"), "weights": built_for("province")}
ZONES = {"treatment": "zone_share", "controls": "baseline"}

EXHIBIT = Exhibit(
    title="Tests of the spatial specification, by matrix",
    title_zh="空间计量模型设定检验",
    columns=grid(**INDEX, **ZONES, estimator="spatial_tests", role="diagnostic"),
)
