"""Comparisons that make up the two-way coefficient."""

from pilotzone.catalogue import Exhibit, Figure, grid

ZONE = {"outcome": ("nqp", "nqp_no_ecommerce"), "treatment": "zone_first"}

EXHIBIT = Exhibit(
    title="Goodman-Bacon decomposition of the two-way estimate",
    title_zh="双向固定效应估计的Goodman-Bacon分解",
    columns=grid(**ZONE, estimator="goodman_bacon", role="diagnostic"),
    figure=Figure(kind="bacon", title="Weights and estimates of the comparisons of cohorts"),
)
