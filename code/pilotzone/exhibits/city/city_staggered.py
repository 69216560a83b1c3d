"""Estimators for staggered adoption on cities: balanced, and all rows beside."""

from pilotzone.catalogue import Exhibit, Inference, grid

CALLAWAY = ("callaway_santanna", "callaway_santanna_never")
PERMUTED = Inference("permutation", draws=999, seed=20210403)
PLACEBO = Inference("placebo_jackknife", draws=200, seed=20211115)
BALANCED = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}
BY_PATHS = {**BALANCED, "inference": PERMUTED}
ALL = {**BALANCED, "sample": "city"}
LEFT_OUT, UNIVERSAL = ("without_cohort", 2015), ("base", "universal")
WITHOUT = {**ALL, "variant": "without_2015"}
WINDOW = (("window", "-3 1"),)

EXHIBIT = Exhibit(
    title="Effects on cities by cohort and year: estimators for staggered adoption",
    title_zh="城市层面：多期双重差分的稳健估计量",
    columns=(
        *grid(**BY_PATHS, estimator=CALLAWAY, options=(UNIVERSAL,)),
        *grid(**BY_PATHS, estimator=("sun_abraham", "imputation", "extended_twfe")),
        *grid(**BY_PATHS, controls="city", estimator="imputation"),
        *grid(**BALANCED, estimator="stacked", options=WINDOW),
        *grid(**BALANCED, estimator="synthetic_did", inference=PLACEBO),
        *grid(
            **WITHOUT,
            inference=PERMUTED,
            estimator="callaway_santanna",
            options=(LEFT_OUT, UNIVERSAL),
        ),
        *grid(
            **WITHOUT,
            inference=PERMUTED,
            controls=("none", "city"),
            estimator="imputation",
            options=(LEFT_OUT,),
        ),
        # Draws would take a minute here; its cohorts have 12 cities and more.
        *grid(**WITHOUT, estimator="sun_abraham", options=(LEFT_OUT,)),
        *grid(**ALL, estimator="stacked", options=WINDOW),
    ),
    layout="list",
    notes=(
        "The cohort of 2015 is one city, Hangzhou, which lacks a year: it is not in the balanced "
        "sample and is left out of the averages over all rows.",
        "Overall and event rows of these estimators: p and intervals by permuting cohorts over "
        "cities; those of Sun-Abraham over all rows by clusters.",
    ),
    notes_zh=(
        "2015年队列仅杭州一市，且缺一年：不在平衡样本中，也不计入全部观测的平均效应。",
        "上述估计量总体与各相对时间的行：p值与区间来自队列在城市间的置换；全部观测的Sun-Abraham按聚类。",
    ),
)
