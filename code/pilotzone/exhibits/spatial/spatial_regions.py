"""Spatial Durbin model with an effect for each region."""

from pilotzone.catalogue import Exhibit, grid

BY = (("by", "region3"),)

EXHIBIT = Exhibit(
    title="Spatial Durbin model: effects by region",
    title_zh="空间杜宾模型：分地区效应",
    columns=(
        *grid(
            outcome="nqp_no_ecommerce",
            treatment=("zone_share", "zone_first"),
            controls="baseline",
            weights="contiguity",
            estimator="sdm_groups",
            options=BY,
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_no_ecommerce",
            treatment="cbec_proxy",
            controls="without_openness",
            weights="contiguity",
            estimator="sdm_groups",
            options=BY,
            role="heterogeneity",
        ),
    ),
    layout="list",
)
