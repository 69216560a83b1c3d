"""Estimators for staggered adoption on the years in which untreated provinces remain."""

from pilotzone.catalogue.spec import Exhibit, Inference, grid

BOTH = ("nqp", "nqp_no_ecommerce")
PERMUTED = Inference(kind="influence", draws=10_000, seed=20180724)
PLACEBO = Inference(kind="placebo", draws=1_000, seed=20191215)

EXHIBIT = Exhibit(
    title="Effects by cohort and year: estimators for staggered adoption",
    title_zh="多期双重差分的稳健估计量",
    columns=(
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            sample="pre_covid",
            estimator=(
                "callaway_santanna",
                "callaway_santanna_never",
                "sun_abraham",
                "imputation",
                "two_stage",
                "extended_twfe",
            ),
            inference=PERMUTED,
        ),
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            sample="pre_covid",
            estimator=(
                "callaway_santanna",
                "sun_abraham",
                "imputation",
                "two_stage",
                "extended_twfe",
            ),
            variant="without_2015",
            inference=PERMUTED,
        ),
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            sample="cohort_2016",
            estimator=("stacked", "synthetic_did"),
            inference=PLACEBO,
        ),
        *grid(
            outcome="nqp_long",
            treatment="zone_first",
            sample="cohort_2016_long",
            estimator=("stacked", "synthetic_did"),
            inference=PLACEBO,
        ),
    ),
    layout="list",
    notes=(
        "The cohort of 2015 is one province: its cells are points without an error of their own; "
        "their p-values come from permuting cohorts over provinces.",
        "Effects of 2019 rest on four provinces not yet treated in that year.",
    ),
    notes_zh=(
        "2015年队列仅一个省份：其各单元为点估计，没有自身的标准误；p值来自队列在省份间的置换。",
        "2019年的效应依赖当年尚未处理的四个省份。",
    ),
)
