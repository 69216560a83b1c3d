"""Estimators for staggered adoption on cities: balanced, and all rows beside."""

from pilotzone.catalogue import Exhibit, Inference, grid

CALLAWAY = ("callaway_santanna", "callaway_santanna_never")
BANDS = Inference("multiplier", draws=1_000, seed=20210403)
PLACEBO = Inference("placebo", draws=200, seed=20211115)
BALANCED = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}
ALL = {**BALANCED, "sample": "city"}
WITHOUT = {"variant": "without_2015", "options": (("without_cohort", 2015),)}
WINDOW = (("window", "-3 1"),)

EXHIBIT = Exhibit(
    title="Effects on cities by cohort and year: estimators for staggered adoption",
    title_zh="城市层面：多期双重差分的稳健估计量",
    columns=(
        *grid(**BALANCED, estimator=CALLAWAY, inference=BANDS),
        *grid(**BALANCED, estimator=("sun_abraham", "imputation", "extended_twfe")),
        *grid(**BALANCED, controls="city", estimator="imputation"),
        *grid(**BALANCED, estimator="stacked", options=WINDOW),
        *grid(**BALANCED, estimator="synthetic_did", inference=PLACEBO),
        *grid(**ALL, **WITHOUT, estimator=("callaway_santanna", "sun_abraham", "imputation")),
        *grid(**ALL, **WITHOUT, controls="city", estimator="imputation"),
        *grid(**ALL, estimator="stacked", options=WINDOW),
    ),
    layout="list",
    notes=(
        "The cohort of 2015 is one city, Hangzhou, which lacks a year: it is not in the balanced "
        "sample and is left out of the averages over all rows.",
    ),
    notes_zh=("2015年队列仅杭州一市，且缺一年：不在平衡样本中，也不计入全部观测的平均效应。",),
)
