"""Robust intervals on the event study of the cohort of 2016."""

from pilotzone.catalogue import Exhibit, Figure, grid

ZONE = {"treatment": "zone_first", "estimator": "honest_did", "role": "diagnostic"}

EXHIBIT = Exhibit(
    title="Robust intervals for the mean effect on the cohort of 2016, 2016-2018",
    title_zh="2016年队列平均效应的稳健区间（HonestDiD）",
    columns=(
        *grid(**ZONE, outcome=("nqp", "nqp_no_ecommerce"), sample="cohort_2016"),
        *grid(**ZONE, outcome="nqp_long", sample="cohort_2016_long"),
    ),
    figure=Figure(kind="honest_did", title="Robust intervals under bounded violations of trends"),
    notes=(
        "Ten provinces first treated in 2016 against the nineteen later ones. The breakdown value "
        "is the largest violation at which the interval leaves out zero; none exists where it "
        "holds zero without any violation.",
    ),
    notes_zh=(
        "2016年首次处理的十个省份与其后处理的十九个省份相比较。临界值为区间不含零的最大偏离程"
        "度；若无任何偏离时区间已含零，则不存在临界值。",
    ),
)
