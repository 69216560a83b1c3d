"""Spatial Durbin model with an effect for each region."""

from pilotzone.catalogue import Exhibit, grid

BY_REGION = {
    "outcome": "nqp_no_ecommerce",
    "weights": "contiguity",
    "estimator": "sdm_groups",
    "options": (("by", "region3"),),
    "role": "heterogeneity",
}

EXHIBIT = Exhibit(
    title="Spatial Durbin model: effects by region",
    title_zh="空间杜宾模型：分地区效应",
    columns=(
        *grid(**BY_REGION, treatment=("zone_share", "zone_first"), controls="baseline"),
        *grid(**BY_REGION, treatment="cbec_proxy", controls="without_openness"),
    ),
    layout="list",
)
