"""Matching before the DID: first zone by 2016 against the rest, 2013-2018."""

from pilotzone.spec import Exhibit, Figure, grid

EXHIBIT = Exhibit(
    title="DID on matched and balanced samples: first zone by 2016 against later, 2013-2018",
    title_zh="PSM-DID:2016年前设区与其后设区省份",
    columns=grid(
        outcome=("nqp", "nqp_no_ecommerce"),
        treatment="zone_first",
        controls=("none", "baseline"),
        sample="to_2018",
        estimator=("psm_nearest", "psm_kernel", "entropy_balancing"),
        role="robustness",
    ),
    layout="list",
    figure=Figure(kind="balance", title="Balance before and after matching"),
    notes=(
        "Score: Firth logit of treatment by 2016 on means of 2013-2014 of ln GDP per head, trade "
        "over GDP and the urban share. Nearest neighbour with replacement, caliper 0.25 standard "
        "deviations of the logit, ties by code. Kernel: Epanechnikov, bandwidth 0.06.",
    ),
)
