"""The claim with city figures summed to provinces."""

from pilotzone.spec import Exhibit, grid

EXHIBIT = Exhibit(
    title="City figures summed to provinces: does the unit decide?",
    title_zh="城市数据加总到省:可变单元检验",
    columns=grid(
        outcome="nqp_no_ecommerce",
        treatment="zone_share",
        estimator="aggregation",
        role="robustness",
    ),
)
