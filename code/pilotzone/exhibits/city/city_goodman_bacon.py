"""Comparisons that make up the two-way coefficient of cities."""

from pilotzone.catalogue import Exhibit, Figure, grid

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}

EXHIBIT = Exhibit(
    title="Goodman-Bacon decomposition of the two-way estimate on cities",
    title_zh="城市层面：双向固定效应估计的Goodman-Bacon分解",
    columns=grid(**CITY, estimator="goodman_bacon", role="diagnostic"),
    figure=Figure(kind="bacon", title="Weights and estimates of the comparisons of cohorts"),
)
