"""The exhibits of a reader's own panel: the same columns as the project's, for one treatment."""

from collections.abc import Iterator

from pilotzone.catalogue import Exhibit, Figure, Inference, grid
from pilotzone.catalogue.samples import OWN

# How long before the true treatment the placebo in time starts.
PERIODS_EARLY = 2
EFFECT_DRAWS = 5_000


def battery(
    outcome: str,
    treatment: str,
    *,
    dose: bool,
    controls: bool,
    weights: bool,
    cluster: str,
    seed: int,
    draws: int,
    window: str = "-4 4",
) -> dict[str, Exhibit]:
    """Return the exhibits by id, in the order of the argument.

    Parameters
    ----------
    outcome, treatment : str
    dose : bool
        A dose has no cohorts: it gets the two-way columns, bins, inference and permuted paths.
    controls, weights : bool
        Whether the panel has a set of controls, and a matrix.
    cluster : str
    seed, draws : int
        Of every test by resampling.
    window : str
        First and last event of the event study with binned ends.
    """
    both = {
        "outcome": outcome,
        "treatment": treatment,
        "sample": OWN,
        "controls": ("none", OWN) if controls else "none",
    }
    alone = {**both, "controls": "none"}
    drawn = Inference(cluster=cluster, seed=seed)
    resampled = Inference(kind="permutation", cluster=cluster, draws=draws, seed=seed)
    found = {"did": _two_way(both, cluster)}
    if dose:
        found |= {"dose": _dose(both, cluster)}
    else:
        found |= {
            "event_study": _event_study(both, drawn, window),
            "staggered": _staggered(both, alone),
            "goodman_bacon": _bacon(alone),
            "negative_weights": _negative_weights(alone),
        }
    found |= {
        "inference": _inference(both, cluster, seed, draws),
        "placebo": _placebo(both, resampled, dose),
    }
    if weights:
        found |= dict(_spatial({**both, "controls": OWN if controls else "none"}, seed))
    return found


def _two_way(both: dict[str, object], cluster: str) -> Exhibit:
    return Exhibit(
        title="Two-way fixed effects",
        title_zh="双向固定效应",
        columns=grid(**both, inference=Inference(cluster=cluster)),
    )


def _dose(both: dict[str, object], cluster: str) -> Exhibit:
    return Exhibit(
        title="Bins of the dose",
        title_zh="剂量分组",
        columns=grid(**both, estimator="dose_bins", inference=Inference(cluster=cluster)),
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


def _event_study(both: dict[str, object], drawn: Inference, window: str) -> Exhibit:
    binned = grid(**both, estimator="event_study", inference=drawn, options=(("window", window),))
    return Exhibit(
        title="Event study",
        title_zh="事件研究",
        columns=(*binned, *grid(**both, estimator="event_study_unbinned", inference=drawn)),
        figure=Figure(kind="event_study", title="Event study"),
    )


def _staggered(both: dict[str, object], alone: dict[str, object]) -> Exhibit:
    influence = Inference(kind="influence")
    return Exhibit(
        title="Effects by cohort and period: estimators for staggered adoption",
        title_zh="多期双重差分的稳健估计量",
        columns=(
            *grid(
                **alone,
                estimator=("callaway_santanna", "callaway_santanna_never"),
                inference=influence,
            ),
            *grid(**both, estimator=("sun_abraham", "imputation"), inference=influence),
        ),
        layout="list",
        figure=Figure(
            kind="event_overlay",
            title="Effects by years since treatment, by estimator",
            choices=(("outcome", str(alone["outcome"])), ("controls", "none")),
        ),
    )


def _bacon(alone: dict[str, object]) -> Exhibit:
    return Exhibit(
        title="Goodman-Bacon decomposition of the two-way estimate",
        title_zh="双向固定效应估计的Goodman-Bacon分解",
        columns=grid(**alone, estimator="goodman_bacon", role="diagnostic"),
        figure=Figure(kind="bacon", title="Weights and estimates of the comparisons of cohorts"),
    )


def _negative_weights(alone: dict[str, object]) -> Exhibit:
    return Exhibit(
        title="Negative weights in the two-way estimate",
        title_zh="双向固定效应估计中的负权重",
        columns=grid(**alone, estimator="negative_weights", role="diagnostic"),
        layout="list",
    )


def _inference(both: dict[str, object], cluster: str, seed: int, draws: int) -> Exhibit:
    kinds = {
        "own_crv1": Inference(cluster=cluster),
        "own_crv3": Inference(kind="crv3", cluster=cluster),
        "wild_rademacher": Inference(kind="wild", cluster=cluster, draws=draws, seed=seed),
        "randomisation": Inference(kind="randomisation", cluster=cluster, draws=draws, seed=seed),
    }
    columns = [
        grid(
            **both,
            estimator="twfe_inference",
            variant=variant,
            inference=inference,
            role="diagnostic",
        )
        for variant, inference in kinds.items()
    ]
    return Exhibit(
        title="The two-way coefficient under other errors and tests",
        title_zh="统计推断",
        columns=tuple(column for group in columns for column in group),
        layout="list",
    )


def _placebo(both: dict[str, object], resampled: Inference, dose: bool) -> Exhibit:
    columns = grid(**both, estimator="permuted_paths", inference=resampled, role="placebo")
    if not dose:
        in_time = grid(
            **both,
            estimator="in_time_placebo",
            inference=Inference(cluster=resampled.cluster),
            options=(("years_early", PERIODS_EARLY),),
            role="placebo",
        )
        fake = grid(**both, estimator="fake_rollout", inference=resampled, role="placebo")
        columns = (*fake, *columns, *in_time)
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


def _spatial(one: dict[str, object], seed: int) -> Iterator[tuple[str, Exhibit]]:
    """Yield what needs a matrix: autocorrelation, tests, models."""
    yield (
        "moran",
        Exhibit(
            title="Spatial autocorrelation by period",
            title_zh="空间自相关检验",
            describe="moran",
            notes=("Residuals: those of the two-way regression with all controls.",),
            notes_zh=("残差：含全部控制变量的双向固定效应回归的残差。",),
        ),
    )
    yield (
        "spatial_tests",
        Exhibit(
            title="Tests of the spatial specification",
            title_zh="空间计量模型设定检验",
            columns=grid(**one, weights=OWN, estimator="spatial_tests", role="diagnostic"),
        ),
    )
    yield (
        "spatial_models",
        Exhibit(
            title="Spatial lag, spatial error and spatial Durbin model",
            title_zh="空间滞后、空间误差与空间杜宾模型",
            columns=grid(
                **one,
                weights=OWN,
                estimator=("sar", "sem", "sdm"),
                inference=Inference(kind="information", cluster="", draws=EFFECT_DRAWS, seed=seed),
            ),
        ),
    )
