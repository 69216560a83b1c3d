"""Estimators for staggered adoption on the years in which untreated provinces remain."""

from pilotzone.catalogue import Exhibit, Inference, Specification, grid

BOTH = ("nqp", "nqp_no_ecommerce")
PERMUTED = Inference("influence_permuted", draws=10_000, seed=20180724)
PLACEBO = Inference("placebo", draws=1_000, seed=20191215)

MODELS = ("sun_abraham", "imputation", "two_stage", "extended_twfe")
WITHOUT = {"variant": "without_2015", "options": (("without_cohort", 2015),)}


def one(outcome: str) -> dict[str, str]:
    """Return what all columns of an outcome share."""
    return {"outcome": outcome, "treatment": "zone_first", "sample": "pre_covid"}


def stacked_and_synthetic(outcome: str, sample: str) -> tuple[Specification, ...]:
    """Return the two estimators that take one cohort."""
    rows = {"outcome": outcome, "treatment": "zone_first", "sample": sample}
    return (
        *grid(**rows, estimator="stacked"),
        *grid(**rows, estimator="synthetic_did", inference=PLACEBO),
    )


EXHIBIT = Exhibit(
    title="Effects by cohort and year: estimators for staggered adoption",
    title_zh="多期双重差分的稳健估计量",
    columns=(
        *(
            column
            for outcome in BOTH
            for column in (
                *grid(**one(outcome), estimator="callaway_santanna", inference=PERMUTED),
                *grid(**one(outcome), estimator=("callaway_santanna_never", *MODELS)),
            )
        ),
        *(
            column
            for outcome in BOTH
            for column in (
                *grid(
                    **one(outcome),
                    **WITHOUT,
                    estimator="callaway_santanna",
                    inference=PERMUTED,
                ),
                *grid(**one(outcome), **WITHOUT, estimator=MODELS),
            )
        ),
        *(column for outcome in BOTH for column in stacked_and_synthetic(outcome, "cohort_2016")),
        *stacked_and_synthetic("nqp_long", "cohort_2016_long"),
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
