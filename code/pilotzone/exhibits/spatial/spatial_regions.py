"""Spatial Durbin model with an effect for each region."""

from pilotzone.catalogue import Exhibit, grid

INDEX = {"outcome": "nqp_no_ecommerce", "weights": "contiguity", "role": "heterogeneity"}
REGIONS = {"estimator": "sdm_groups", "options": (("by", "region3"),)}

EXHIBIT = Exhibit(
    title="Spatial Durbin model: effects by region",
    title_zh="空间杜宾模型：分地区效应",
    columns=(
        *grid(**INDEX, **REGIONS, treatment=("zone_share", "zone_first"), controls="baseline"),
        *grid(**INDEX, **REGIONS, treatment="cbec_proxy", controls="without_openness"),
    ),
    layout="list",
)
