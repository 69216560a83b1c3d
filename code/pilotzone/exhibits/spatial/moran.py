"""Moran's I and Geary's C by year and matrix; local Moran by contiguity."""

from pilotzone.spec import Exhibit, Figure

EXHIBIT = Exhibit(
    title="Spatial autocorrelation by year and matrix",
    title_zh="空间自相关检验",
    describe="moran",
    figure=Figure(
        kind="moran",
        title="Moran scatter and local clusters",
        choices=(("outcome", "nqp_no_ecommerce"), ("weights", "contiguity"), ("year", "2022")),
    ),
    notes=(
        "Residuals: baseline regression of the index without e-commerce on the share of units with "
        "a zone, controls and two-way effects. A year in which a variable is the same in all "
        "provinces has no statistic.",
    ),
)
