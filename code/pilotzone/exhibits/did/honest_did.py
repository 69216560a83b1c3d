"""Robust intervals on the event study of the cohort of 2016."""

from pilotzone.spec import Exhibit, Figure, grid

EXHIBIT = Exhibit(
    title="Robust intervals for the mean effect on the cohort of 2016, 2016-2018",
    title_zh="2016年队列平均效应的稳健区间(HonestDiD)",
    columns=(
        *grid(
            outcome=("nqp", "nqp_no_ecommerce"),
            treatment="zone_first",
            sample="cohort_2016",
            estimator="honest_did",
            role="diagnostic",
        ),
        *grid(
            outcome="nqp_long",
            treatment="zone_first",
            sample="cohort_2016_long",
            estimator="honest_did",
            role="diagnostic",
        ),
    ),
    figure=Figure(kind="honest_did", title="Robust intervals under bounded violations of trends"),
    notes=(
        "Ten provinces first treated in 2016 against the nineteen later ones. The breakdown value "
        "is the largest violation at which the interval leaves out zero; none exists where it "
        "holds zero without any violation.",
    ),
)
