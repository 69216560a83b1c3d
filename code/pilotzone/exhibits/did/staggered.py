"""Estimators for staggered adoption on the years in which untreated provinces remain."""

from pilotzone.catalogue import Exhibit, Inference, grid

PERMUTED = Inference("permutation", draws=999, seed=20180724)
PLACEBO = Inference("placebo_jackknife", draws=1_000, seed=20191215)
MODELS = ("sun_abraham", "imputation", "two_stage", "extended_twfe")
ALL = {"treatment": "zone_first", "sample": "pre_covid", "inference": PERMUTED}
LEFT_OUT, UNIVERSAL = ("without_cohort", 2015), ("base", "universal")
# The two estimators that take one cohort, by the cohort's rows.
COHORT = {"nqp": "cohort_2016", "nqp_no_ecommerce": "cohort_2016", "nqp_long": "cohort_2016_long"}

EXHIBIT = Exhibit(
    title="Effects by cohort and year: estimators for staggered adoption",
    title_zh="多期双重差分的稳健估计量",
    columns=(
        *(
            column
            for variant, options, callaway in (
                ("", (), ("callaway_santanna", "callaway_santanna_never")),
                ("without_2015", (LEFT_OUT,), ("callaway_santanna",)),
            )
            for outcome in ("nqp", "nqp_no_ecommerce")
            for estimators, chosen in ((callaway, (*options, UNIVERSAL)), (MODELS, options))
            for column in grid(
                **ALL, outcome=outcome, estimator=estimators, variant=variant, options=chosen
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
        "Overall and event rows: p and intervals by permuting the cohorts of provinces. That of "
        "2015 is one province: what it enters is a point without an error of its own; p and "
        "interval of such rows come from the same permutations.",
        "Effects of 2019 rest on four provinces not yet treated in that year.",
    ),
    notes_zh=(
        "总体与各相对时间的行：p值与区间来自各省队列的置换。2015年队列仅一个省份：含该省的各行为点估计，"
        "没有自身的标准误，其p值与区间亦来自该置换。",
        "2019年的效应依赖当年尚未处理的四个省份。",
    ),
)
