"""Forms of the outcome and synthetic controls on a reader's panel."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid
from pilotzone.reader.plan import Plan
from pilotzone.reader.staggered import unweighted


def forms(plan: Plan) -> Exhibit:
    """Return level, logarithm and Poisson; of cohorts also the test whether the form matters."""
    shared = {**plan.both, "inference": plan.by_one()}
    columns = grid(**shared, estimator="forms")
    if not plan.dose:
        drawn = Inference("least_favourable", "", plan.draws, plan.seed)
        tested = {**plan.alone, "inference": drawn, "role": "diagnostic"}
        columns += grid(**tested, estimator="form_test")
    return Exhibit(
        title="The form of the outcome: level, logarithm and Poisson",
        title_zh="函数形式：水平值、对数与泊松",
        columns=columns,
        layout="list",
        notes=(
            "Logarithm and Poisson are semi-elasticities. A small p of the test says that parallel "
            "trends hang on the form; a large one does not say that it is without importance.",
            *unweighted(plan, "en"),
        ),
        notes_zh=(
            "对数与泊松为半弹性。检验p值小说明平行趋势取决于形式；p值大不说明形式无关紧要。",
            *unweighted(plan, "zh"),
        ),
    )


def controls(plan: Plan) -> Exhibit:
    """Return the synthetic control of each treated unit, of the weights alone and demeaned."""
    return Exhibit(
        title="Synthetic control of each treated unit",
        title_zh="逐个处理个体的合成控制",
        columns=tuple(
            column
            for variant, demeaned in (("plain", "no"), ("demeaned", "yes"))
            for column in grid(
                **plan.main,
                estimator="synthetic_control",
                variant=variant,
                options=(("demeaned", demeaned),),
            )
        ),
        layout="list",
        figure=Figure(kind="synthetic_gaps", title="Treated units and their synthetic controls"),
        notes=unweighted(plan, "en"),
        notes_zh=unweighted(plan, "zh"),
    )
