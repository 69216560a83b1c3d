"""Columns for staggered adoption on a reader's panel: every estimator that the project has."""

from pilotzone.catalogue import Exhibit, Figure, Inference, Specification, grid
from pilotzone.reader.plan import Plan

CALLAWAY = ("callaway_santanna", "callaway_santanna_never")
MODELS = ("sun_abraham", "imputation", "two_stage", "extended_twfe")
# Estimators in the figure, which has so many markers.
DRAWN = ("callaway_santanna", *MODELS, "stacked", "synthetic_did")
# Draws of the placebo units of synthetic difference in differences, each a fit by cohort.
SYNTHETIC_DRAWS = 199
UNWEIGHTED = {
    "en": "The rows' weights do not enter here: the estimator takes none.",
    "zh": "此处不使用观测权重：该估计量不支持加权。",
}


def unweighted(plan: Plan, language: str) -> tuple[str, ...]:
    """Return that what stands here takes no weights of the rows, where the reader has some."""
    return (UNWEIGHTED[language],) if plan.row_weights else ()


def no_weights(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return the notes of an exhibit that takes no weights of the rows, where there are some."""
    kinds = {"notes": "en", "notes_zh": "zh"}
    return {name: unweighted(plan, language) for name, language in kinds.items()}


def estimators(plan: Plan) -> Exhibit:
    """Return effects by cohort and period, without and with controls or covariates."""
    blocks = [("", ())]
    if plan.lone:
        blocks.append(("without_single", (("without_cohort", "single"),)))
    columns = [column for block in blocks for column in _cells(plan, *block)]
    return Exhibit(
        title="Effects by cohort and period: estimators for staggered adoption",
        title_zh="多期双重差分的稳健估计量",
        columns=(*columns, *_stacked(plan), *_synthetic(plan)),
        layout="list",
        figure=Figure(
            kind="event_overlay",
            title="Effects by years since treatment, by estimator",
            choices=(
                ("outcome", plan.outcomes[0]),
                ("controls", "none"),
                ("estimator", " ".join(DRAWN)),
                *_of_main(plan),
            ),
        ),
        notes=_notes(plan, "en"),
        notes_zh=_notes(plan, "zh"),
    )


def _of_main(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Return the choice of the main treatment where there are several."""
    return (("treatment", plan.treatment),) if len(plan.treatments) > 1 else ()


def _cells(plan: Plan, variant: str, options: tuple) -> list[Specification]:
    """Return the estimators of cells by cohort and period."""
    shared = {**plan.weighted, "variant": variant, "inference": plan.by_one()}
    base = (*options, ("base", plan.base), ("anticipation", plan.anticipation))
    sets = ("none", plan.covariates) if plan.covariates else "none"
    callaway = {**plan.alone, "controls": sets, "estimator": CALLAWAY, "options": base}
    return [
        *grid(**callaway, **shared),
        *grid(**plan.both, **shared, estimator=MODELS, options=options),
    ]


def _stacked(plan: Plan) -> tuple[Specification, ...]:
    shared = {**plan.both, **plan.weighted, "inference": plan.by_one()}
    return grid(**shared, estimator="stacked", options=(("window", plan.stack),))


def _synthetic(plan: Plan) -> tuple[Specification, ...]:
    """Return synthetic difference in differences, whose errors are by unit."""
    by_draws = Inference("placebo_jackknife", "", min(plan.draws, SYNTHETIC_DRAWS), plan.seed)
    errors = by_draws if plan.placebos else Inference("jackknife")
    return grid(**plan.alone, estimator="synthetic_did", inference=errors)


def _notes(plan: Plan, language: str) -> tuple[str, ...]:
    said = []
    if plan.crossed:
        said.append(
            {
                "en": "Errors here are by one cluster, the first: these estimators take no two.",
                "zh": "此处标准误按首个聚类变量计算：这些估计量不支持双向聚类。",
            }[language]
        )
    if plan.row_weights:
        said.append(
            {
                "en": "Synthetic DID takes no weights of the rows.",
                "zh": "合成双重差分不使用观测权重。",
            }[language]
        )
    return tuple(said)


def honest(plan: Plan) -> Exhibit:
    """Return robust intervals for the event study of each of the larger cohorts."""
    shared = {**plan.main, **plan.weighted, "inference": plan.by_one(), "role": "diagnostic"}
    return Exhibit(
        title="Robust intervals for the mean effect on a cohort (HonestDiD)",
        title_zh="队列平均效应的稳健区间（HonestDiD）",
        columns=grid(**{**shared, "sample": plan.cohorts}, estimator="honest_did"),
        figure=Figure(
            kind="honest_did", title="Robust intervals under bounded violations of trends"
        ),
        notes=(
            "The breakdown value is the largest violation at which the interval leaves out zero; "
            "none exists where it holds zero without any violation.",
        ),
        notes_zh=("临界值为区间不含零的最大偏离程度；若无任何偏离时区间已含零，则不存在临界值。",),
    )
