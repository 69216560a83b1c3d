"""The exhibits of a reader's own panel: the same columns as the project's, for his treatments."""

import dataclasses

from pilotzone.catalogue import Description, Exhibit, Figure, Inference, Specification, beside, grid
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.names import known
from pilotzone.errors import UserError
from pilotzone.reader import counterfactuals, doses, forms, mechanisms, neighbours, staggered
from pilotzone.reader.plan import Plan

# How long before the true treatment the placebo in time starts.
PERIODS_EARLY = 2
# Draws of the bands of an event study.
BAND_DRAWS = 100_000
# Draws that simulate a panel's small sample.
PROJECTION_DRAWS = 200


def battery(plan: Plan) -> dict[str, Exhibit]:
    """Return the exhibits by id, in the order of the argument.

    Raises UserError if the reader names an estimator that there is not, or leaves none.
    """
    found = {name: make(plan) for name, make in _makers(plan).items()}
    found |= neighbours.exhibits(plan) if plan.weights else {}
    return _selected(plan, found)


def _makers(plan: Plan) -> dict[str, object]:
    made = {"did": _two_way}
    if plan.triple:
        made |= {"event_study": _event_study}
    elif not plan.dose:
        made |= STAGGERED
    if plan.dose or plan.doses:
        made |= {"dose": _dose, "dose_dynamic": doses.dynamic}
    if plan.units <= counterfactuals.MOST_UNITS and not (plan.dose or plan.triple):
        made |= {"factor_models": counterfactuals.models}
    if plan.exhausted:
        made |= {"bounds": doses.bounds}
    if not plan.triple:
        made |= {"functional_form": forms.forms}
    if plan.alone_each and not (plan.dose or plan.triple):
        made |= {"synthetic_control": forms.controls}
    if plan.dose or plan.triple:
        made = {name: make for name, make in made.items() if name not in NEED_COHORTS}
    if not plan.cohorts:
        made.pop("honest_did", None)
    if plan.controls and plan.before and not (plan.dose or plan.triple):
        made["matched"] = _matched
    if plan.groups:
        made["heterogeneity"] = _heterogeneity
    made |= mechanisms.makers(plan)
    if plan.horizons and not plan.triple:
        made["projections"] = _projections
    made |= {"inference": _inference, "placebo": _placebo}
    return made | ({"multiverse": _multiverse} if plan.lattice else {})


def _selected(plan: Plan, found: dict[str, Exhibit]) -> dict[str, Exhibit]:
    """Return the exhibits with the columns of the estimators that the reader chooses."""
    chosen = plan.selection
    for name in (*chosen.only, *chosen.without):
        known("estimator", name, ESTIMATORS, "[estimators] ")
    kept = {}
    for exhibit_id, exhibit in found.items():
        columns = tuple(c for c in exhibit.columns if chosen.takes(c.estimator))
        if exhibit.describe or columns == exhibit.columns:
            kept[exhibit_id] = exhibit
        elif columns:
            ids = dict(zip(exhibit.columns, exhibit.column_ids(), strict=True))
            named = tuple(dataclasses.replace(c, id=ids[c]) for c in columns)
            kept[exhibit_id] = dataclasses.replace(exhibit, columns=named)
    if not any(exhibit.columns for exhibit in kept.values()):
        there = dict.fromkeys(c.estimator for exhibit in found.values() for c in exhibit.columns)
        raise UserError(f"[estimators] leaves none; for this panel there are: {', '.join(there)}")
    return kept


def _effects(plan: Plan) -> dict[str, str]:
    """Return what is held constant: of a triple difference all pairs of its three dimensions."""
    return {"effects": "triple"} if plan.triple else {}


def _two_way(plan: Plan) -> Exhibit:
    shared = {**plan.both, **plan.weighted, **_effects(plan), "inference": plan.inference()}
    third = ("Triple difference", "三重差分")
    title = third if plan.triple else ("Two-way fixed effects", "双向固定效应")
    parts = " × ".join(plan.triple)
    return Exhibit(
        title=title[0],
        title_zh=title[1],
        columns=grid(**{**shared, "treatment": plan.every}),
        notes=(f"A unit here is one {parts}.",) if parts else (),
        notes_zh=(f"此处一个个体为{parts}。",) if parts else (),
    )


def _dose(plan: Plan) -> Exhibit:
    treatments = plan.treatments if plan.dose else plan.doses
    shared = {**plan.both, **plan.weighted, "treatment": treatments, "inference": plan.inference()}
    return Exhibit(
        title="Bins of the dose",
        title_zh="剂量分组",
        columns=grid(**shared, estimator="dose_bins"),
        layout="list",
        notes=(
            "For a dose, parallel trends must hold between units of different doses: those with a "
            "larger one would have moved like those with a smaller one at that smaller dose.",
        ),
        notes_zh=(
            "对于剂量型处理，平行趋势须在不同剂量的个体之间成立：剂量较大者若处于较小剂量，"
            "其变化应与剂量较小者相同。",
        ),
    )


def _event_study(plan: Plan) -> Exhibit:
    shared = {**plan.both, **plan.weighted, **_effects(plan)}
    shared["inference"] = plan.inference(draws=BAND_DRAWS)
    binned = grid(**shared, estimator="event_study", options=(("window", plan.window),))
    return Exhibit(
        title="Event study",
        title_zh="事件研究",
        columns=(*binned, *grid(**shared, estimator="event_study_unbinned")),
        figure=Figure(kind="event_study", title="Event study"),
    )


def _bacon(plan: Plan) -> Exhibit:
    return Exhibit(
        title="Goodman-Bacon decomposition of the two-way estimate",
        title_zh="双向固定效应估计的Goodman-Bacon分解",
        columns=grid(**plan.main, estimator="goodman_bacon", role="diagnostic"),
        figure=Figure(kind="bacon", title="Weights and estimates of the comparisons of cohorts"),
        **staggered.no_weights(plan),
    )


def _negative_weights(plan: Plan) -> Exhibit:
    return Exhibit(
        title="Negative weights in the two-way estimate",
        title_zh="双向固定效应估计中的负权重",
        columns=grid(**plan.main, estimator="negative_weights", role="diagnostic"),
        layout="list",
        **staggered.no_weights(plan),
    )


# What a treatment of 0 and 1 gets and a dose does not.
STAGGERED = {
    "event_study": _event_study,
    "staggered": staggered.estimators,
    "honest_did": staggered.honest,
    "goodman_bacon": _bacon,
    "negative_weights": _negative_weights,
}
NEED_COHORTS = ("bounds", "staggered", "honest_did", "goodman_bacon", "negative_weights")


def _matched(plan: Plan) -> Exhibit:
    options = (("covariates", " ".join(plan.controls)), ("covariate_years", plan.before))
    shared = {**plan.main, "inference": plan.by_one(), "role": "robustness", "options": options}
    return Exhibit(
        title="Two-way estimates on matched and balanced samples",
        title_zh="匹配与加权样本的双重差分",
        columns=grid(**shared, estimator=("psm_nearest", "psm_kernel", "entropy_balancing")),
        layout="list",
        figure=Figure(kind="balance", title="Balance before and after matching"),
        notes=(
            "Covariates: the controls, means of the periods before any treatment.",
            *staggered.unweighted(plan, "en"),
        ),
        notes_zh=(
            "协变量为控制变量在任何处理之前各期的均值。",
            *staggered.unweighted(plan, "zh"),
        ),
    )


def _heterogeneity(plan: Plan) -> Exhibit:
    shared = {**plan.main, **plan.weighted, "estimator": "heterogeneity", "role": "heterogeneity"}
    shared["inference"] = plan.inference()
    columns: list[Specification] = []
    for by in plan.groups:
        given = {**shared, "options": (("by", by),)}
        for effects in ("two_way", "group_year"):
            columns += plan.named(grid(**given, effects=effects), by, effects)
        if not (plan.dose or plan.triple):
            change = {"estimator": "long_difference", "effects": "group_year"}
            change |= {"inference": plan.by_one(), "row_weights": ""}
            columns += plan.named(grid(**given | change), by, "long_difference")
    return Exhibit(
        title="Effects by group",
        title_zh="分组效应",
        columns=tuple(columns),
        layout="list",
        notes=(
            "Without group × year effects the groups share the years' path, so that what one "
            "group does anyway counts as its effect. Groups that were treated at other times "
            "differ by cohort: the change from the last period before treatment takes cohorts with "
            "ten units of each group, and no weights of the rows.",
        ),
        notes_zh=(
            "若不含组别×年份效应，各组共用同一时间走势，某组原有的变化会计为其效应。处理时间不同的"
            "组别差异可能只是队列差异：处理前一期起的变化仅用每组均有十个处理个体的队列，且不使用观测"
            "权重。",
        ),
    )


def _projections(plan: Plan) -> Exhibit:
    options = (("lags", 1), ("horizons", plan.horizons))
    drawn = {"draws": PROJECTION_DRAWS, "seed": plan.seed}
    shared = {**plan.fullest, "options": options}
    return Exhibit(
        title="Responses over the years after treatment: local projections",
        title_zh="处理后各年的响应：局部投影",
        columns=(
            *grid(**shared, inference=Inference("crv1", **drawn), estimator="local_projection"),
            *grid(
                **shared,
                inference=Inference("split_panel", **drawn),
                estimator="local_projection_jackknife",
                role="robustness",
            ),
            *(_non_causality(plan) if plan.dose else ()),
        ),
        layout="list",
        **staggered.no_weights(plan),
    )


def _non_causality(plan: Plan) -> tuple[Specification, ...]:
    """Return the test that a dose causes the outcome in no unit; one of 0 and 1 hardly varies."""
    drawn = Inference("non_causality", draws=plan.draws, seed=plan.seed)
    return grid(
        **plan.main,
        effects=("unit", "two_way"),
        estimator="non_causality",
        inference=drawn,
        options=(("lags", 1),),
        role="diagnostic",
    )


def _inference(plan: Plan) -> Exhibit:
    shared = {**plan.both, **plan.weighted, **_effects(plan), "role": "diagnostic"}
    clustered = ("treatment_only", "effective_clusters", "scale")
    crossed = (plan.inference("crv1"),) if plan.crossed else ()
    computed = (*crossed, *(plan.by_one(name) for name in ("crv1", "crv3")))
    drawn = [plan.by_one("wild_rademacher", draws=plan.draws)]
    if not plan.triple:
        drawn.append(plan.by_one("permutation", draws=plan.draws))
    columns = (
        *(
            c
            for kind in computed
            for c in grid(
                **shared,
                inference=kind,
                diagnostics=clustered[:1] if kind in crossed else clustered,
            )
        ),
        *(c for kind in drawn for c in grid(**shared, inference=kind)),
    )
    return Exhibit(
        title="The two-way coefficient under other errors and tests",
        title_zh="统计推断",
        columns=columns,
        layout="list",
    )


def _placebo(plan: Plan) -> Exhibit:
    shared = {**plan.both, **plan.weighted, **_effects(plan), "role": "placebo"}
    drawn = {**shared, "inference": plan.by_one(draws=plan.draws)}
    columns = () if plan.triple else grid(**drawn, estimator="permuted_paths")
    if not plan.dose:
        alone = {"inference": plan.inference(), "diagnostics": ("treatment_only",)}
        fake = () if plan.triple else grid(**drawn, estimator="fake_rollout")
        columns = (*fake, *columns, *_early(grid(**shared, **alone)))
    dealt = Figure(kind="placebo", title="The estimate among placebo draws")
    return Exhibit(
        title="Placebo tests",
        title_zh="安慰剂检验",
        columns=columns,
        layout="list",
        figure=None if plan.triple else dealt,
        notes=(
            "A place among random roll-outs says that the treatment was not dealt at random; it "
            "does not tell an effect from a trend that the treated units had before.",
        ),
        notes_zh=(
            "在随机推行中的位置说明处理并非随机分配；它不能区分效应与处理组此前已有的趋势。",
        ),
    )


def _early(columns: tuple[Specification, ...]) -> tuple[Specification, ...]:
    """Return the placebo in time of some columns."""
    options = (("years_early", PERIODS_EARLY),)
    return beside(columns, "two_years_early", variant="two_years_early", options=options)


def _multiverse(plan: Plan) -> Exhibit:
    return Exhibit(
        title="All combinations together, under dealt treatment paths",
        title_zh="全部设定的联合检验（置换处理路径）",
        describe=Description(
            kind="multiverse", lattice=plan.lattice, draws=plan.draws, seed=plan.seed
        ),
        figure=Figure(kind="multiverse", title="All combinations"),
        **staggered.no_weights(plan),
    )
