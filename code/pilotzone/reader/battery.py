"""The exhibits of a reader's own panel: the same columns as the project's, for one treatment."""

import dataclasses

from pilotzone.catalogue import (
    Description,
    Exhibit,
    Figure,
    Inference,
    Lattice,
    Sample,
    Specification,
    beside,
    grid,
)
from pilotzone.catalogue.samples import OWN

# How long before the true treatment the placebo in time starts.
PERIODS_EARLY = 2
EFFECT_DRAWS = 5_000
# Draws of the bands of an event study, and of the permutations of Moran's I.
BAND_DRAWS = 100_000
MORAN_DRAWS, LOCAL_DRAWS = 999, 9_999


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """What a reader's panel asks for.

    Attributes
    ----------
    dose : a dose has no cohorts: it gets the two-way columns, bins, inference and permuted paths.
    lone : whether a cohort has one unit, so that what it enters has no error.
    weights : whether there is a matrix.
    seed, draws : of every test by resampling.
    window : first and last event of the event study with binned ends.
    lattice : all combinations, if the reader asks for them.
    """

    outcome: str
    treatment: str
    sample: Sample
    controls: tuple[str, ...] = ()
    dose: bool = False
    lone: bool = False
    weights: bool = False
    cluster: str = "unit"
    seed: int
    draws: int
    window: str = "-4 4"
    lattice: Lattice | None = None

    @property
    def alone(self) -> dict[str, object]:
        """Dimensions of the columns without controls."""
        return {"outcome": self.outcome, "treatment": self.treatment, "sample": self.sample}

    @property
    def both(self) -> dict[str, object]:
        """Dimensions of the columns without and with controls."""
        return {**self.alone, "controls": ("none", self.controls) if self.controls else "none"}

    @property
    def fullest(self) -> dict[str, object]:
        """Dimensions of the column with all controls."""
        return {**self.alone, "controls": (self.controls,) if self.controls else "none"}

    def inference(self, name: str = "", *, draws: int | None = None) -> Inference:
        """Return a kind of inference by the reader's clusters."""
        seed = None if draws is None else self.seed
        return Inference(name, self.cluster, draws, seed)


def battery(plan: Plan) -> dict[str, Exhibit]:
    """Return the exhibits by id, in the order of the argument."""
    made = {"did": _two_way, "dose": _dose} if plan.dose else {"did": _two_way, **STAGGERED}
    made |= {"inference": _inference, "placebo": _placebo}
    made |= {"multiverse": _multiverse} if plan.lattice else {}
    found = {name: make(plan) for name, make in made.items()}
    return found | (_spatial(plan) if plan.weights else {})


def _two_way(plan: Plan) -> Exhibit:
    return Exhibit(
        title="Two-way fixed effects",
        title_zh="双向固定效应",
        columns=grid(**plan.both, inference=plan.inference()),
    )


def _dose(plan: Plan) -> Exhibit:
    return Exhibit(
        title="Bins of the dose",
        title_zh="剂量分组",
        columns=grid(**plan.both, estimator="dose_bins", inference=plan.inference()),
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
    drawn = {"inference": plan.inference(draws=BAND_DRAWS)}
    window = (("window", plan.window),)
    binned = grid(**plan.both, **drawn, estimator="event_study", options=window)
    return Exhibit(
        title="Event study",
        title_zh="事件研究",
        columns=(*binned, *grid(**plan.both, **drawn, estimator="event_study_unbinned")),
        figure=Figure(kind="event_study", title="Event study"),
    )


def _staggered(plan: Plan) -> Exhibit:
    universal, single = ("base", "universal"), ("without_cohort", "single")
    blocks = [("", ())] + ([("without_single", (single,))] if plan.lone else [])
    callaway = ("callaway_santanna", "callaway_santanna_never")
    return Exhibit(
        title="Effects by cohort and period: estimators for staggered adoption",
        title_zh="多期双重差分的稳健估计量",
        columns=tuple(
            column
            for variant, options in blocks
            for rows, estimators, chosen in (
                (plan.alone, callaway, (*options, universal)),
                (plan.both, ("sun_abraham", "imputation"), options),
            )
            for column in grid(**rows, estimator=estimators, variant=variant, options=chosen)
        ),
        layout="list",
        figure=Figure(
            kind="event_overlay",
            title="Effects by years since treatment, by estimator",
            choices=(("outcome", plan.outcome), ("controls", "none")),
        ),
    )


def _bacon(plan: Plan) -> Exhibit:
    return Exhibit(
        title="Goodman-Bacon decomposition of the two-way estimate",
        title_zh="双向固定效应估计的Goodman-Bacon分解",
        columns=grid(**plan.alone, estimator="goodman_bacon", role="diagnostic"),
        figure=Figure(kind="bacon", title="Weights and estimates of the comparisons of cohorts"),
    )


def _negative_weights(plan: Plan) -> Exhibit:
    return Exhibit(
        title="Negative weights in the two-way estimate",
        title_zh="双向固定效应估计中的负权重",
        columns=grid(**plan.alone, estimator="negative_weights", role="diagnostic"),
        layout="list",
    )


# What a treatment of 0 and 1 gets and a dose does not.
STAGGERED = {
    "event_study": _event_study,
    "staggered": _staggered,
    "goodman_bacon": _bacon,
    "negative_weights": _negative_weights,
}


def _inference(plan: Plan) -> Exhibit:
    shared = {**plan.both, "role": "diagnostic"}
    clustered = ("treatment_only", "effective_clusters")
    computed = (plan.inference(name) for name in ("crv1", "crv3"))
    drawn = (plan.inference(name, draws=plan.draws) for name in ("wild_rademacher", "permutation"))
    columns = (
        *(c for kind in computed for c in grid(**shared, inference=kind, diagnostics=clustered)),
        *(c for kind in drawn for c in grid(**shared, inference=kind)),
    )
    return Exhibit(
        title="The two-way coefficient under other errors and tests",
        title_zh="统计推断",
        columns=columns,
        layout="list",
    )


def _placebo(plan: Plan) -> Exhibit:
    shared = {**plan.both, "role": "placebo"}
    drawn = {**shared, "inference": plan.inference(draws=plan.draws)}
    columns = grid(**drawn, estimator="permuted_paths")
    if not plan.dose:
        alone = {"inference": plan.inference(), "diagnostics": ("treatment_only",)}
        plain = grid(**shared, **alone)
        columns = (*grid(**drawn, estimator="fake_rollout"), *columns, *_early(plain))
    return Exhibit(
        title="Placebo tests",
        title_zh="安慰剂检验",
        columns=columns,
        layout="list",
        figure=Figure(kind="placebo", title="The estimate among placebo draws"),
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
    )


def _spatial(plan: Plan) -> dict[str, Exhibit]:
    """Return what needs a matrix: autocorrelation, tests, models."""
    moran = Description(
        kind="moran",
        baseline=grid(**plan.fullest)[0],
        variables=(plan.outcome, plan.treatment),
        matrices=(OWN,),
        draws=MORAN_DRAWS,
        seed=plan.seed,
        options=(("local", OWN), ("local_draws", LOCAL_DRAWS)),
    )
    tests = {**plan.fullest, "weights": OWN, "estimator": "spatial_tests", "role": "diagnostic"}
    return {
        "moran": Exhibit(
            title="Spatial autocorrelation by period",
            title_zh="空间自相关检验",
            describe=moran,
            notes=("Residuals: those of the two-way regression with all controls.",),
            notes_zh=("残差：含全部控制变量的双向固定效应回归的残差。",),
        ),
        "spatial_tests": Exhibit(
            title="Tests of the spatial specification",
            title_zh="空间计量模型设定检验",
            columns=(
                *grid(**tests, effects="two_way", options=(("correction", "lee_yu"),)),
                *grid(**tests, effects="unit"),
            ),
        ),
        "spatial_models": Exhibit(
            title="Spatial lag, spatial error and spatial Durbin model",
            title_zh="空间滞后、空间误差与空间杜宾模型",
            columns=tuple(
                column
                for model in ("sar", "sem", "sdm")
                for column in grid(
                    **plan.fullest,
                    weights=OWN,
                    estimator=model,
                    inference=_of_effects(model, plan.seed),
                )
            ),
        ),
    }


def _of_effects(model: str, seed: int) -> Inference:
    """Return the errors of a model; one without spillovers has no effects to draw."""
    draws = {} if model == "sem" else {"draws": EFFECT_DRAWS, "seed": seed}
    return Inference("cluster_pairs", **draws)
