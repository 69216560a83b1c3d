"""The indirect effect against cut-off, number of neighbours, exponent and income floor."""

from pilotzone.catalogue import Exhibit, Figure, grid

ONE = ("treatment_only",)

EXHIBIT = Exhibit(
    title="Spatial Durbin effects against the construction of the matrix",
    title_zh="空间权重构造的敏感性",
    columns=(
        *(
            column
            for km in (1500, 1750, 2000, 2500, 3000, 4000)
            for column in grid(
                outcome="nqp_no_ecommerce",
                treatment=("zone_share", "zone_first"),
                controls="baseline",
                weights="inverse_distance",
                estimator="sdm",
                variant=f"cutoff:{km}",
                options=(("cutoff_km", km),),
                diagnostics=ONE,
                role="robustness",
            )
        ),
        *(
            column
            for k in (2, 3, 4, 5, 6, 8, 10)
            for column in grid(
                outcome="nqp_no_ecommerce",
                treatment=("zone_share", "zone_first"),
                controls="baseline",
                weights="nearest",
                estimator="sdm",
                variant=f"neighbours:{k}",
                options=(("neighbours", k),),
                diagnostics=ONE,
                role="robustness",
            )
        ),
        *(
            column
            for power in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
            for column in grid(
                outcome="nqp_no_ecommerce",
                treatment=("zone_share", "zone_first"),
                controls="baseline",
                weights="inverse_distance",
                estimator="sdm",
                variant=f"exponent:{power}",
                options=(("exponent", power),),
                diagnostics=ONE,
                role="robustness",
            )
        ),
        *(
            column
            for floor in (0.0, 0.01)
            for column in grid(
                outcome="nqp_no_ecommerce",
                treatment=("zone_share", "zone_first"),
                controls="baseline",
                weights="economic",
                estimator="sdm",
                variant=f"floor:{floor}",
                options=(("economic_floor", floor),),
                diagnostics=ONE,
                role="robustness",
            )
        ),
    ),
    layout="list",
    figure=Figure(
        kind="matrix_sensitivity", title="Effects against the construction of the matrix"
    ),
)
