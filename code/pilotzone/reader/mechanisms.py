"""Exhibits of a reader's panel on which units an effect rests, what moderates and mediates it."""

from collections.abc import Callable

from pilotzone.catalogue import Exhibit, Figure, grid
from pilotzone.reader import staggered
from pilotzone.reader.plan import Plan

# A unit among more than so many moves an estimate by little, and each asks for a fit.
MOST_UNITS = 1_000


def makers(plan: Plan) -> dict[str, Callable[[Plan], Exhibit]]:
    """Return what a panel gets of this; nothing that a triple difference has no units for."""
    if plan.triple:
        return {}
    asked = {
        "moderation": (_moderation, plan.moderators),
        "mediation": (_mediation, plan.mediators),
        "influence": (_influence, 2 < plan.units <= MOST_UNITS),
    }
    return {name: make for name, (make, given) in asked.items() if given}


def _influence(plan: Plan) -> Exhibit:
    shared = {**plan.fullest, "inference": plan.by_one("crv1"), "role": "robustness"}
    return Exhibit(
        title="The two-way estimate without each unit in turn",
        title_zh="逐一剔除个体的双向固定效应估计",
        columns=grid(**shared, estimator="leave_one_out"),
        layout="list",
        figure=Figure(kind="leave_one_out", title="The estimate without each unit in turn"),
        **staggered.no_weights(plan),
    )


def _moderation(plan: Plan) -> Exhibit:
    shared = {**plan.fullest, "inference": plan.by_one("crv1"), "role": "heterogeneity"}
    return Exhibit(
        title="Moderators of the effect",
        title_zh="调节效应",
        columns=tuple(
            column
            for name in plan.moderators
            for timing in ("initial", "contemporaneous")
            for effects in ("two_way", "moderator_year")
            for column in plan.named(
                grid(
                    **shared,
                    estimator="moderation",
                    variant=timing,
                    effects=effects,
                    options=(("moderator", name), ("timing", timing)),
                ),
                *(name, timing, effects),
            )
        ),
        layout="list",
        notes=(
            "A moderator has mean 0 and standard deviation 1 over the sample. That of the first "
            "period cannot answer to the treatment; that of the period can.",
            "Without moderator × period effects the product also holds the path that units with a "
            "high moderator were on anyway. The forms with these effects are those to read.",
            *staggered.unweighted(plan, "en"),
        ),
        notes_zh=(
            "调节变量在样本内标准化为均值0、标准差1。首期的值不会受处理影响；当期的值则可能。",
            "若不含调节变量×时期效应，交互项还包含调节变量较高个体原有的走势。应以含该效应的形式为准。",
            *staggered.unweighted(plan, "zh"),
        ),
    )


def _mediation(plan: Plan) -> Exhibit:
    drawn = plan.by_one("bootstrap", draws=plan.draws)
    return Exhibit(
        title="Three-step mediation",
        title_zh="三步中介法",
        columns=tuple(
            column
            for name in plan.mediators
            for column in plan.named(
                grid(
                    **plan.fullest,
                    estimator="mediation",
                    inference=drawn,
                    options=(("mediator", name),),
                    role="mechanism",
                ),
                name,
            )
        ),
        layout="list",
        notes=(
            "The indirect effect is a product of two coefficients. It is causal only if, beside "
            "parallel trends for outcome and mediator, nothing within units moves both (sequential "
            "ignorability); nothing here makes that so.",
            *staggered.unweighted(plan, "en"),
        ),
        notes_zh=(
            "间接效应为两个系数之积。除结果与中介的平行趋势外，须个体内没有同时影响二者的因素（序贯可"
            "忽略性），方为因果；此处并无保证。",
            *staggered.unweighted(plan, "zh"),
        ),
    )
