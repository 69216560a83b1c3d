"""Estimators for staggered adoption on the years in which untreated provinces remain."""

from pilotzone.catalogue import Exhibit, Inference, grid

BOTH = ("nqp", "nqp_no_ecommerce")
PERMUTED = Inference("influence_permuted", draws=10_000, seed=20180724)
PLACEBO = Inference("placebo", draws=1_000, seed=20191215)

MODELS = ("sun_abraham", "imputation", "two_stage", "extended_twfe")
WITHOUT = {"variant": "without_2015", "options": (("without_cohort", 2015),)}


EARLY = {"treatment": "zone_first", "sample": "pre_covid"}
# The two estimators that take one cohort.
ONE_COHORT = (
    *((outcome, "cohort_2016") for outcome in BOTH),
    ("nqp_long", "cohort_2016_long"),
)

EXHIBIT = Exhibit(
    title="Effects by cohort and year: estimators for staggered adoption",
    title_zh="多期双重差分的稳健估计量",
    columns=(
        *(
            column
            for outcome in BOTH
            for column in (
                *grid(outcome=outcome, **EARLY, estimator="callaway_santanna", inference=PERMUTED),
                *grid(outcome=outcome, **EARLY, estimator=("callaway_santanna_never", *MODELS)),
            )
        ),
        *(
            column
            for outcome in BOTH
            for column in (
                *grid(
                    outcome=outcome,
                    **EARLY,
                    **WITHOUT,
                    estimator="callaway_santanna",
                    inference=PERMUTED,
                ),
                *grid(outcome=outcome, **EARLY, **WITHOUT, estimator=MODELS),
            )
        ),
        *(
            column
            for outcome, sample in ONE_COHORT
            for model, errors in (("stacked", ""), ("synthetic_did", PLACEBO))
            for column in grid(
                outcome=outcome,
                treatment="zone_first",
                sample=sample,
                estimator=model,
                inference=errors,
            )
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
