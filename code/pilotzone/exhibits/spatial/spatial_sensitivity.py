"""The indirect effect against cut-off, number of neighbours, exponent and income floor."""

from pilotzone.catalogue import Exhibit, Figure, grid

SDM = {"outcome": "nqp_no_ecommerce", "controls": "baseline", "estimator": "sdm"}
SHARED = {**SDM, "diagnostics": ("treatment_only",), "role": "robustness"}
CHOICES = (
    ("inverse_distance", "cutoff", "cutoff_km", (1500, 1750, 2000, 2500, 3000, 4000)),
    ("nearest", "neighbours", "neighbours", (2, 3, 4, 5, 6, 8, 10)),
    ("inverse_distance", "exponent", "exponent", (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)),
    ("economic", "floor", "economic_floor", (0.0, 0.01)),
)

EXHIBIT = Exhibit(
    title="Spatial Durbin effects against the construction of the matrix",
    title_zh="空间权重构造的敏感性",
    columns=tuple(
        column
        for weights, name, option, values in CHOICES
        for value in values
        for column in grid(
            **SHARED,
            treatment=("zone_share", "zone_first"),
            weights=weights,
            variant=f"{name}:{value}",
            options=((option, value),),
        )
    ),
    layout="list",
    figure=Figure(
        kind="matrix_sensitivity", title="Effects against the construction of the matrix"
    ),
)
