"""Weights of the treated cells in the two-way coefficient."""

from pilotzone.catalogue import Exhibit, grid

ZONE = {"outcome": "nqp", "treatment": "zone_first", "sample": ("main", "pre_covid")}

EXHIBIT = Exhibit(
    title="Weights of the two-way estimate by cohort and year",
    title_zh="双向固定效应估计的权重（按队列与年份）",
    columns=grid(**ZONE, estimator="negative_weights", role="diagnostic"),
)
