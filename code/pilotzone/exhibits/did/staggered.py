"""Estimators for staggered adoption on the years in which untreated provinces remain."""

from pilotzone.catalogue import Exhibit, Inference, grid

PERMUTED = Inference("influence_permuted", draws=10_000, seed=20180724)
PLACEBO = Inference("placebo", draws=1_000, seed=20191215)
MODELS = ("sun_abraham", "imputation", "two_stage", "extended_twfe")
ALL = {"treatment": "zone_first", "sample": "pre_covid"}
WITHOUT = {**ALL, "variant": "without_2015", "options": (("without_cohort", 2015),)}
# The two estimators that take one cohort, by the cohort's rows.
COHORT = {"nqp": "cohort_2016", "nqp_no_ecommerce": "cohort_2016", "nqp_long": "cohort_2016_long"}

EXHIBIT = Exhibit(
    title="Effects by cohort and year: estimators for staggered adoption",
    title_zh="多期双重差分的稳健估计量",
    columns=(
        *(
            column
            for rows, models in ((ALL, ("callaway_santanna_never", *MODELS)), (WITHOUT, MODELS))
            for outcome in ("nqp", "nqp_no_ecommerce")
            for column in (
                *grid(**rows, outcome=outcome, estimator="callaway_santanna", inference=PERMUTED),
                *grid(**rows, outcome=outcome, estimator=models),
            )
        ),
        *(
            column
            for outcome, sample in COHORT.items()
            for method in (
                {"estimator": "stacked"},
                {"estimator": "synthetic_did", "inference": PLACEBO},
            )
            for column in grid(**method, outcome=outcome, treatment="zone_first", sample=sample)
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
