"""Effects beside factors of the untreated cells of a reader's panel."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid
from pilotzone.reader.doses import BY_UNIT
from pilotzone.reader.plan import Plan
from pilotzone.reader.staggered import unweighted

# Panels that are simulated, with the choice of rank or penalty in each: so many at most, and up to
# so many units.
SIMULATIONS, MOST_UNITS = 200, 1_000
MODELS = ("interactive_effects", "matrix_completion")
SAID = {
    "en": "Rank and penalty by cross-validation on untreated cells. A model whose 95 % interval "
    "covers less than 90 % of panels simulated on this roll-out shows no number.",
    "zh": "因子数与惩罚参数由未处理单元的交叉验证选定。若按本处理进程模拟时95%区间的覆盖率低于90%，"
    "则不报告数值。",
}


def models(plan: Plan) -> Exhibit:
    """Return interactive effects and matrix completion, each simulated first."""
    drawn = Inference("bootstrap_normal", "", plan.draws, plan.seed)
    options = (("audit_draws", min(plan.draws, SIMULATIONS)), ("audit_seed", plan.seed))
    return Exhibit(
        title="Effects beside interactive effects and by matrix completion",
        title_zh="交互固定效应与矩阵补全估计的效应",
        columns=grid(**plan.alone, estimator=MODELS, inference=drawn, options=options),
        layout="list",
        figure=Figure(
            kind="event_overlay",
            title="Effects by years since treatment, beside factors",
            choices=(("outcome", plan.outcomes[0]), ("treatment", plan.treatment)),
        ),
        notes=(SAID["en"], *_notes(plan, "en")),
        notes_zh=(SAID["zh"], *_notes(plan, "zh")),
    )


def _notes(plan: Plan, language: str) -> tuple[str, ...]:
    by_unit = (BY_UNIT[language],) if plan.cluster != "unit" else ()
    return (*by_unit, *unweighted(plan, language))
