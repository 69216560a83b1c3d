"""Two-way difference in differences: two outcomes, two codings, without and with controls."""

from pilotzone.catalogue import Exhibit, grid

EXHIBIT = Exhibit(
    title="Pilot zones and new quality productive forces: two-way fixed effects",
    title_zh="跨境电商综试区与新质生产力：双向固定效应",
    columns=grid(
        outcome=("nqp", "nqp_no_ecommerce"),
        treatment=("zone_first", "zone_share"),
        controls=("none", "baseline"),
        diagnostics=("municipalities",),
    ),
)
