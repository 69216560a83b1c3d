"""What is measured: tasks, and for each the programs that can do it.

A later task is one entry of ``TASKS`` and one decorated function per program. The function gets
the size of the panel and a number of draws, imports its library, makes the data, and returns what
is timed: a function without arguments that gives the coefficients to be compared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from simulated import (
    CONTROLS,
    REGRESSORS,
    CityPanel,
    Size,
    city_panel,
    panel,
    permuted,
    spatial_panel,
)

if TYPE_CHECKING:
    import pandas as pd

SMALL, MIDDLE, LARGE = Size(30, 10), Size(290, 17), Size(4000, 12)
# All cities, and those observed in every year.
CITIES, BALANCED_CITIES = Size(277, 10), Size(229, 10)
FIRMS, LISTED = Size(40_000, 12), Size(4000, 12)
# Prefecture-level units with a listed firm.
MOST_CITIES = 300
# All imports and one-off preparations of a library happen at this size, before the measurement.
TINY = Size(12, 6)
LIMIT_GB = 6.0
# numpy holds the regressors, statsmodels their whitened copy and the pseudo-inverse; its singular
# value decomposition needs two more.
STATSMODELS_COPIES = 5
SEED = 1

Run = Callable[[], np.ndarray]


@dataclass(frozen=True)
class Task:
    """One piece of work.

    Attributes
    ----------
    title : in the printed table.
    sizes : of the panels.
    draws : how many draws are the work, 1 for a single fit.
    bars : seconds by size (as text) that our own core may not exceed.
    """

    title: str
    sizes: tuple[Size, ...]
    draws: int = 1
    bars: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A program that does a task.

    Attributes
    ----------
    task, program : names.
    prepare : function of size and draws, see the module.
    ours : whether the ratios of the task are taken to this program.
    fits : draws that are run; the seconds are scaled to the draws of the task.
    refuse : function of the size that gives the reason why it is not run, or ''.
    note : on what is timed.
    peer : whether it runs in the environment of ``peers.txt``.
    """

    task: str
    program: str
    prepare: Callable[[Size, int], Run] | None
    ours: bool
    fits: int
    refuse: Callable[[Size], str]
    note: str
    peer: bool = False


TASKS = {
    "fit": Task("one two-way fit, 7 regressors, clustered errors", (SMALL, MIDDLE, LARGE)),
    "draws_1000": Task("1,000 such fits, treatment permuted", (SMALL, MIDDLE, LARGE), 1000),
    "randomisation_10000": Task(
        "randomisation test, drawing included",
        (SMALL, MIDDLE),
        10_000,
        {"30x10": 2.0, "290x17": 15.0},
    ),
    "wild_9999": Task(
        "wild cluster bootstrap with interval", (SMALL, MIDDLE), 9_999, {"30x10": 0.2}
    ),
    "fit_gaps": Task("one two-way fit on a panel with gaps, 6 regressors", (CITIES,)),
    "fit_firms": Task(
        "one two-way fit on firms with gaps, 6 regressors, errors by city",
        (LISTED, FIRMS),
        bars={"40000x12": 1.0},
    ),
    "randomisation_gaps": Task(
        "randomisation test on a panel with gaps", (CITIES,), 10_000, {"277x10": 15.0}
    ),
    "wild_gaps": Task("wild cluster bootstrap on a panel with gaps", (CITIES,), 9_999),
    "callaway_1000": Task(
        "effects by cohort and year with simultaneous bands",
        (BALANCED_CITIES,),
        1000,
        {"229x10": 1.0},
    ),
    "cohorts_999": Task(
        "its cohorts permuted, sums over cohorts, studentised and inverted",
        (BALANCED_CITIES,),
        999,
        {"229x10": 2.0},
    ),
    "cohorts_gaps_999": Task(
        "the same with gaps, refitted",
        (CITIES,),
        999,
        {"277x10": 15.0},
    ),
    **{
        f"{name}_600": Task(
            f"{title}: cross-validation and 500 draws of units, beside 600 fits",
            (BALANCED_CITIES,),
            600,
        )
        for name, title in (
            ("interactive", "interactive effects"),
            ("completion", "matrix completion"),
        )
    },
    "synthetic_200": Task(
        "synthetic DID of four cohorts with placebo errors",
        (BALANCED_CITIES,),
        200,
        {"229x10": 20.0},
    ),
    "dyadic": Task(
        "pairs of cities, pair and year effects, dyadic-robust errors",
        (BALANCED_CITIES,),
        bars={"229x10": 60.0},
    ),
    "sdm_two_way": Task(
        "spatial Durbin model, unit and period effects",
        (SMALL, MIDDLE),
        bars={"30x10": 0.002, "290x17": 0.03},
    ),
    "sdm_sparse": Task(
        "spatial Durbin model with effects on a sparse matrix",
        tuple(Size(units, 20) for units in (30, 300, 3000, 10_000)),
        bars={"3000x20": 30.0},
    ),
    "sdm_unit": Task("spatial Durbin model, unit effects", (SMALL, MIDDLE)),
    "effects_1000": Task(
        "its direct, indirect, total effects with errors",
        (SMALL, MIDDLE),
        1000,
        {"30x10": 0.02, "290x17": 0.02},
    ),
    "sdm_wild_999": Task(
        "its wild bootstrap of residual paths, refitted with clustered errors",
        (SMALL, BALANCED_CITIES),
        999,
        {"30x10": 2.5, "229x10": 15.0},
    ),
    "sdm_permuted_999": Task(
        "its treatment paths permuted, refitted with clustered errors",
        (SMALL, BALANCED_CITIES),
        999,
        {"30x10": 2.5, "229x10": 15.0},
    ),
    "curve_64": Task("every subset of six controls, clustered t", (SMALL, BALANCED_CITIES)),
    # Two cores are to deal 100,000 specifications of provinces in two minutes, 20,000 of cities in
    # ten: 0.0024 and 0.06 seconds of one core each.
    "curve_64_1000": Task(
        "the same, each under 1,000 dealt roll-outs",
        (SMALL, BALANCED_CITIES),
        1000,
        {"30x10": 0.154, "229x10": 3.84},
    ),
}
CASES: list[Case] = []


def _never(size: Size) -> str:
    return ""


def case(
    task: str,
    program: str,
    *,
    ours: bool = False,
    fits: int | None = None,
    refuse: Callable[[Size], str] = _never,
    note: str = "",
    peer: bool = False,
) -> Callable:
    """Enter a function among the cases; the parameters are those of ``Case``."""

    def enter(prepare: Callable[[Size, int], Run]) -> Callable[[Size, int], Run]:
        n_fits = TASKS[task].draws if fits is None else fits
        CASES.append(Case(task, program, prepare, ours, n_fits, refuse, note, peer))
        return prepare

    return enter


def find(task: str, program: str) -> Case:
    """The case of a task and a program."""
    return next(c for c in CASES if (c.task, c.program) == (task, program))


# --------------------------------------------------------------------------------------
# Two-way fixed effects
# --------------------------------------------------------------------------------------


@case("fit", "pilotzone twfe", ours=True, note="from labels to errors")
def twfe_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.did.twfe import twfe

    p = panel(size)
    return lambda: twfe(p.y, p.d, ["d"], p.x, CONTROLS, p.unit, p.period).coefficients


@case("fit", "pilotzone fwl.fit", note="effects factorised before; as in a loop")
def fit_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.effects import FixedEffects
    from pilotzone.methods.inference.fwl import fit

    p = panel(size)
    x = np.column_stack([p.d, p.x])
    effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
    return lambda: fit(p.y, x, REGRESSORS, effects, p.unit).coefficients


@case("draws_1000", "pilotzone fwl.batch", ours=True)
def batch_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.batch import batch
    from pilotzone.methods.inference.effects import FixedEffects

    p = panel(size)
    drawn = permuted(p.paths, draws)

    def run() -> np.ndarray:
        effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
        return batch(p.y, drawn, p.x, effects, p.unit).coefficients

    return run


def _linearmodels(size: Size) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, np.ndarray]:
    """A function that fits one treatment, the treatment of the panel, and the paths."""
    import pandas as pd
    from linearmodels.panel import PanelOLS

    p = panel(size)
    index = pd.MultiIndex.from_arrays([p.unit, p.period], names=["unit", "period"])
    y = pd.Series(p.y, index, name="y")
    x = pd.DataFrame(np.column_stack([p.d, p.x]), index, list(REGRESSORS))

    def fit(d: np.ndarray) -> np.ndarray:
        model = PanelOLS(y, x.assign(d=d), entity_effects=True, time_effects=True)
        return model.fit(cov_type="clustered", cluster_entity=True).params.to_numpy()

    return fit, p.d, p.paths


@case("fit", "linearmodels PanelOLS")
def fit_linearmodels(size: Size, draws: int) -> Run:
    fit, d, _ = _linearmodels(size)
    return lambda: fit(d)


@case("draws_1000", "linearmodels PanelOLS", fits=20)
def draws_linearmodels(size: Size, draws: int) -> Run:
    fit, _, paths = _linearmodels(size)
    drawn = permuted(paths, draws).astype(float)
    return lambda: np.array([fit(d)[0] for d in drawn.T])


def _pyfixest(size: Size) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, np.ndarray]:
    """As ``_linearmodels``."""
    import pandas as pd
    import pyfixest

    p = panel(size)
    labels = {"unit": p.unit, "period": p.period, "y": p.y}
    data = pd.DataFrame(p.x, columns=list(CONTROLS)).assign(**labels)
    formula = f"y ~ {' + '.join(REGRESSORS)} | unit + period"

    def fit(d: np.ndarray) -> np.ndarray:
        model = pyfixest.feols(formula, data.assign(d=d), vcov={"CRV1": "unit"})
        return model.coef().loc[list(REGRESSORS)].to_numpy()

    return fit, p.d, p.paths


@case("fit", "pyfixest feols")
def fit_pyfixest(size: Size, draws: int) -> Run:
    fit, d, _ = _pyfixest(size)
    return lambda: fit(d)


@case("draws_1000", "pyfixest feols", fits=20)
def draws_pyfixest(size: Size, draws: int) -> Run:
    fit, _, paths = _pyfixest(size)
    drawn = permuted(paths, draws).astype(float)
    return lambda: np.array([fit(d)[0] for d in drawn.T])


def too_many_dummies(size: Size) -> str:
    """Why least squares with a dummy per unit and period is not run, or ''."""
    columns = len(REGRESSORS) + size.units + size.periods - 1
    gigabytes = STATSMODELS_COPIES * 8 * size.rows * columns / 1e9
    if gigabytes <= LIMIT_GB:
        return ""
    return (
        f"not run: needs a {size.rows:,} x {columns:,} matrix, "
        f"about {gigabytes:.0f} GB with its copies"
    )


def _dummies(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """A dummy for each level of one and for each but the first of the other, codes from 0."""
    return np.hstack([np.eye(one.max() + 1)[one], np.eye(other.max() + 1)[other][:, 1:]])


def _statsmodels(y: np.ndarray, x: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Coefficients of one treatment and its controls, the first columns of x."""
    from statsmodels.regression.linear_model import OLS

    result = OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": unit})
    return result.params[: len(REGRESSORS)]


@case("fit", "statsmodels OLS", refuse=too_many_dummies, note="with dummies")
def fit_statsmodels(size: Size, draws: int) -> Run:
    p = panel(size)

    def run() -> np.ndarray:
        x = np.hstack([p.d[:, None], p.x, _dummies(p.unit, p.period)])
        return _statsmodels(p.y, x, p.unit)

    return run


@case("draws_1000", "statsmodels OLS", fits=10, refuse=too_many_dummies, note="dummies made once")
def draws_statsmodels(size: Size, draws: int) -> Run:
    p = panel(size)
    x = np.hstack([p.d[:, None], p.x, _dummies(p.unit, p.period)])
    drawn = permuted(p.paths, draws)

    def one(d: np.ndarray) -> float:
        x[:, 0] = d
        return _statsmodels(p.y, x, p.unit)[0]

    return lambda: np.array([one(d) for d in drawn.T])


@case("randomisation_10000", "pilotzone randomise_paths", ours=True)
def randomisation_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.effects import FixedEffects
    from pilotzone.methods.inference.paths import path_table
    from pilotzone.methods.inference.randomisation import randomise_paths

    p = panel(size)

    def run() -> np.ndarray:
        effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
        table = path_table(p.unit, p.period, p.d)
        rng = np.random.default_rng(SEED)
        test = randomise_paths(
            p.y, table, p.x, effects, p.unit, p.unit, p.period, draws=draws, rng=rng
        )
        return np.array([test.coefficient])

    return run


@case("wild_9999", "pilotzone wild_cluster_bootstrap", ours=True)
def wild_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.effects import FixedEffects
    from pilotzone.methods.inference.wild import wild_cluster_bootstrap

    p = panel(size)
    x = np.column_stack([p.d, p.x])

    def run() -> np.ndarray:
        effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
        rng = np.random.default_rng(SEED)
        test = wild_cluster_bootstrap(
            p.y, x, REGRESSORS, "d", effects, p.unit, draws=draws, rng=rng
        )
        return np.array([test.coefficient])

    return run


# --------------------------------------------------------------------------------------
# Panels of cities: gaps, never-treated units, four cohorts
# --------------------------------------------------------------------------------------

CITY_REGRESSORS = REGRESSORS[:6]


@case("fit_gaps", "pilotzone twfe", ours=True, note="from labels to errors")
def gaps_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.did.twfe import twfe

    p = city_panel(size)
    return lambda: twfe(p.y, p.d, ["d"], p.x, CONTROLS[:5], p.unit, p.period).coefficients


@case("fit_gaps", "linearmodels PanelOLS")
def gaps_linearmodels(size: Size, draws: int) -> Run:
    import pandas as pd
    from linearmodels.panel import PanelOLS

    p = city_panel(size)
    index = pd.MultiIndex.from_arrays([p.unit, p.period], names=["unit", "period"])
    y = pd.Series(p.y, index, name="y")
    x = pd.DataFrame(np.column_stack([p.d, p.x]), index, list(CITY_REGRESSORS))

    def run() -> np.ndarray:
        model = PanelOLS(y, x, entity_effects=True, time_effects=True)
        return model.fit(cov_type="clustered", cluster_entity=True).params.to_numpy()

    return run


@case("fit_gaps", "pyfixest feols")
def gaps_pyfixest(size: Size, draws: int) -> Run:
    import pandas as pd
    import pyfixest

    p = city_panel(size)
    names = list(CITY_REGRESSORS)
    data = pd.DataFrame(np.column_stack([p.d, p.x]), columns=names)
    data = data.assign(unit=p.unit, period=p.period, y=p.y)
    formula = f"y ~ {' + '.join(names)} | unit + period"

    def run() -> np.ndarray:
        return pyfixest.feols(formula, data, vcov={"CRV1": "unit"}).coef().loc[names].to_numpy()

    return run


def _of_firms(size: Size) -> tuple[CityPanel, np.ndarray]:
    """Firms with gaps, and the city of each row."""
    p = city_panel(size)
    cities = min(MOST_CITIES, max(2, size.units // 3))
    return p, p.unit * cities // size.units


@case("fit_firms", "pilotzone twfe", ours=True, note="from labels to errors")
def firms_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.did.twfe import twfe

    p, city = _of_firms(size)
    names = CONTROLS[:5]
    return lambda: twfe(p.y, p.d, ["d"], p.x, names, p.unit, p.period, cluster=city).coefficients


@case("fit_firms", "pyfixest feols")
def firms_pyfixest(size: Size, draws: int) -> Run:
    import pandas as pd
    import pyfixest

    p, city = _of_firms(size)
    labels = {"unit": p.unit, "period": p.period, "city": city, "y": p.y, "d": p.d}
    data = pd.DataFrame(p.x, columns=list(CONTROLS[:5])).assign(**labels)
    names = ["d", *CONTROLS[:5]]
    formula = f"y ~ {' + '.join(names)} | unit + period"
    return lambda: pyfixest.feols(formula, data, vcov={"CRV1": "city"}).coef().loc[names].to_numpy()


@case("randomisation_gaps", "pilotzone randomise_paths", ours=True)
def randomisation_gaps_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.effects import FixedEffects
    from pilotzone.methods.inference.paths import cohort_paths
    from pilotzone.methods.inference.randomisation import randomise_paths

    p = city_panel(size)

    def run() -> np.ndarray:
        effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
        table = cohort_paths(np.arange(size.units), np.arange(size.periods), p.cohort)
        rng = np.random.default_rng(SEED)
        test = randomise_paths(
            p.y, table, p.x, effects, p.unit, p.unit, p.period, draws=draws, rng=rng
        )
        return np.array([test.coefficient])

    return run


@case("wild_gaps", "pilotzone wild_cluster_bootstrap", ours=True)
def wild_gaps_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.effects import FixedEffects
    from pilotzone.methods.inference.wild import wild_cluster_bootstrap

    p = city_panel(size)
    x = np.column_stack([p.d, p.x])

    def run() -> np.ndarray:
        effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
        rng = np.random.default_rng(SEED)
        test = wild_cluster_bootstrap(
            p.y, x, CITY_REGRESSORS, "d", effects, p.unit, draws=draws, rng=rng
        )
        return np.array([test.coefficient])

    return run


@case("callaway_1000", "pilotzone callaway_santanna", ours=True, note="multiplier bootstrap")
def callaway_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.did.callaway_santanna import callaway_santanna

    p = city_panel(size, gaps=False)

    def run() -> np.ndarray:
        cells = callaway_santanna(p.y, p.unit, p.period, p.cohort[p.unit])
        rng = np.random.default_rng(SEED)
        return cells.aggregate("dynamic", draws=draws, rng=rng).estimates

    return run


def _staggered(size: Size, gaps: bool) -> tuple[CityPanel, Callable]:
    """A panel, and outcome, cohort -> cells and averages by Callaway and Sant'Anna."""
    from pilotzone.methods.did.callaway_santanna import callaway_santanna
    from pilotzone.methods.did.terms import terms_of

    p = city_panel(size, gaps=gaps)

    def estimator(y: np.ndarray, cohort: np.ndarray) -> object:
        kinds = ("simple", "dynamic")
        return terms_of(callaway_santanna(y, p.unit, p.period, cohort, base="universal"), kinds)

    return p, estimator


def _permuted_cohorts(size: Size, draws: int, gaps: bool) -> Run:
    from pilotzone.methods.did.permuted import cohort_permutations, permuted_terms

    p, estimator = _staggered(size, gaps)
    cohort = p.cohort[p.unit]
    names = estimator(p.y, cohort).names
    wanted = [name for name in names if name.startswith(("overall", "event"))]

    def run() -> np.ndarray:
        orders = cohort_permutations(p.cohort, draws, np.random.default_rng(SEED))
        made = permuted_terms(estimator, p.y, p.unit, p.period, cohort, orders, wanted=wanted)
        return made.t[:1]

    return run


def _staggered_fits(size: Size, draws: int, gaps: bool) -> Run:
    """As many fits of the data as draws."""
    p, estimator = _staggered(size, gaps)

    def run() -> np.ndarray:
        for _ in range(draws):
            made = estimator(p.y, p.cohort[p.unit])
        place = made.names.index("overall:simple")
        return made.estimates[[place]] / made.lengths[[place]]

    return run


@case("cohorts_999", "pilotzone permuted_terms", ours=True)
def cohorts_own(size: Size, draws: int) -> Run:
    return _permuted_cohorts(size, draws, gaps=False)


@case("cohorts_999", "pilotzone terms_of", fits=50, note="single fits, as many as draws")
def cohorts_fits(size: Size, draws: int) -> Run:
    return _staggered_fits(size, draws, gaps=False)


def _factors(size: Size, kind: str) -> tuple[tuple[np.ndarray, ...], dict[str, object]]:
    """A panel with one true factor, and what a single fit is told that cross-validation chose."""
    from pilotzone.methods.factors.counterfactual import counterfactual

    p = city_panel(size, gaps=False)
    rng = np.random.default_rng(SEED)
    factor = rng.normal(size=(size.units, 1)) * rng.normal(size=size.periods)
    data = (p.y + 2.0 * factor.ravel(), p.unit, p.period, p.cohort[p.unit])
    made = counterfactual(*data, kind=kind, errors="none", placebo=0)
    chosen = {"rank": made.rank} if kind == "interactive" else {"penalty": made.penalty}
    return data, {"kind": kind, "errors": "none", "placebo": 0, **chosen}


def _factors_own(size: Size, kind: str) -> Run:
    from pilotzone.methods.factors.counterfactual import counterfactual

    data, _ = _factors(size, kind)

    def run() -> np.ndarray:
        rng = np.random.default_rng(SEED)
        return counterfactual(*data, kind=kind, placebo=0, draws=500, rng=rng).estimates[:1]

    return run


def _factors_fits(size: Size, draws: int, kind: str) -> Run:
    from pilotzone.methods.factors.counterfactual import counterfactual

    data, given = _factors(size, kind)

    def run() -> np.ndarray:
        for _ in range(draws):
            made = counterfactual(*data, **given)
        return made.estimates[:1]

    return run


for _kind in ("interactive", "completion"):
    case(f"{_kind}_600", "pilotzone counterfactual", ours=True)(
        lambda size, draws, kind=_kind: _factors_own(size, kind)
    )
    case(f"{_kind}_600", "single fits", fits=50, note="rank or penalty given")(
        lambda size, draws, kind=_kind: _factors_fits(size, draws, kind)
    )


@case("cohorts_gaps_999", "pilotzone permuted_terms", ours=True)
def cohorts_gaps_own(size: Size, draws: int) -> Run:
    return _permuted_cohorts(size, draws, gaps=True)


@case("cohorts_gaps_999", "pilotzone terms_of", fits=50, note="single fits, as many as draws")
def cohorts_gaps_fits(size: Size, draws: int) -> Run:
    return _staggered_fits(size, draws, gaps=True)


@case("dyadic", "pilotzone dyadic_twfe", ours=True)
def dyadic_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.did.dyadic import dyadic_twfe, pair_sum

    p = city_panel(size, gaps=False)
    mass, treated = (v.reshape(size.units, size.periods).T for v in (p.y, p.d))
    return lambda: dyadic_twfe(pair_sum(mass), treated).coefficients


@case("dyadic", "linearmodels PanelOLS", note="on explicit rows, errors by pair only")
def dyadic_linearmodels(size: Size, draws: int) -> Run:
    import pandas as pd
    from linearmodels import PanelOLS

    p = city_panel(size, gaps=False)
    mass, treated = (v.reshape(size.units, size.periods).T for v in (p.y, p.d))
    i, j = np.triu_indices(size.units, 1)
    index = pd.MultiIndex.from_product([range(len(i)), range(size.periods)])
    y = pd.Series((mass[:, i] + mass[:, j]).T.ravel(), index=index)
    number = treated[:, i] + treated[:, j]
    x = pd.DataFrame(
        {"one": (number == 1).T.ravel() * 1.0, "both": (number == 2).T.ravel() * 1.0}, index=index
    )

    def run() -> np.ndarray:
        model = PanelOLS(y, x, entity_effects=True, time_effects=True)
        return model.fit(cov_type="clustered", cluster_entity=True).params.to_numpy()

    return run


@case("synthetic_200", "pilotzone staggered_synthetic_did", ours=True)
def synthetic_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.did.staggered_synthetic import staggered_synthetic_did

    p = city_panel(size, gaps=False)
    y = p.y.reshape(size.units, size.periods)

    def run() -> np.ndarray:
        rng = np.random.default_rng(SEED)
        made = staggered_synthetic_did(y, p.cohort, np.arange(size.periods), draws=draws, rng=rng)
        return np.array([made.estimate])

    return run


# --------------------------------------------------------------------------------------
# Spatial Durbin model
# --------------------------------------------------------------------------------------


def _durbin(size: Size, effects: str, *, new_weights: bool) -> Run:
    """Our maximum likelihood; with new weights the eigenvalues are part of the work."""
    from pilotzone.methods.space.panel_ml import fit_spatial
    from pilotzone.methods.space.weights import SpatialWeights

    p = spatial_panel(size)
    kept = SpatialWeights("nearest", p.labels, p.matrix)

    def run() -> np.ndarray:
        weights = SpatialWeights("nearest", p.labels, p.matrix) if new_weights else kept
        fit = fit_spatial(
            p.y, p.x, REGRESSORS, p.unit, p.period, weights, model="sdm", effects=effects
        )
        return fit.coefficients

    return run


KEPT = "eigenvalues of W kept; as in a loop"
NEW = "eigenvalues of W included"


@case("sdm_two_way", "pilotzone fit_spatial", ours=True, note=KEPT)
def durbin_two_way(size: Size, draws: int) -> Run:
    return _durbin(size, "two_way", new_weights=False)


@case("sdm_two_way", "pilotzone fit_spatial first", note=NEW)
def durbin_two_way_first(size: Size, draws: int) -> Run:
    return _durbin(size, "two_way", new_weights=True)


@case("sdm_unit", "pilotzone fit_spatial", ours=True, note=KEPT)
def durbin_unit(size: Size, draws: int) -> Run:
    return _durbin(size, "unit", new_weights=False)


@case("sdm_unit", "pilotzone fit_spatial first", note=NEW)
def durbin_unit_first(size: Size, draws: int) -> Run:
    return _durbin(size, "unit", new_weights=True)


NEIGHBOURS = 6


@case("sdm_sparse", "pilotzone fit_large", ours=True, fits=1, note="6 nearest, 1,000 draws")
def durbin_sparse(size: Size, draws: int) -> Run:
    from simulated import large_panel

    from pilotzone.methods.space.large import fit_large, large_effects
    from pilotzone.methods.space.sparse_weights import sparse_nearest

    data = large_panel(size, NEIGHBOURS)

    def run() -> np.ndarray:
        weights = sparse_nearest(data.labels, data.lon, data.lat, NEIGHBOURS)
        made = fit_large(data.y, data.x, ("x1", "x2"), data.unit, data.period, weights, model="sdm")
        large_effects(made, draws=1000, seed=1)
        return made.fit.coefficients

    return run


def _pysal(matrix: object) -> object:
    """The matrix as libpysal has it."""
    from libpysal.weights import WSP
    from scipy import sparse

    return WSP(sparse.csr_matrix(matrix)).to_W(silence_warnings=True)


@case(
    "sdm_two_way",
    "spreg ML_Lag",
    note="W in blocks, W X and dummies made before; method ord, above 1,000 rows LU",
)
def durbin_two_way_spreg(size: Size, draws: int) -> Run:
    import spreg
    from scipy import sparse

    p = spatial_panel(size)
    blocks = _pysal(sparse.kron(sparse.identity(size.periods), p.matrix))
    unit = np.tile(np.arange(size.units), size.periods)
    # spreg adds a constant, so one dummy less.
    x = np.hstack([p.x, p.wx, _dummies(unit, p.period)[:, 1:]])
    ours = [*range(1, 2 * len(REGRESSORS) + 1), -1]
    method = "ord" if size.rows <= 1000 else "LU"

    def run() -> np.ndarray:
        fit = spreg.ML_Lag(
            p.y[:, None], x, blocks, method=method, spat_impacts=None, spat_diag=False
        )
        return fit.betas.ravel()[ours]

    return run


@case("sdm_unit", "spreg Panel_FE_Lag", note="W X made before")
def durbin_unit_spreg(size: Size, draws: int) -> Run:
    import spreg

    p = spatial_panel(size)
    w, x = _pysal(p.matrix), np.hstack([p.x, p.wx])
    return lambda: spreg.Panel_FE_Lag(p.y[:, None], x, w).betas.ravel()


@case("sdm_unit", "spreg ML_LagFE", note="W X included; successor of Panel_FE_Lag")
def durbin_unit_spreg_new(size: Size, draws: int) -> Run:
    import spreg

    p = spatial_panel(size)
    w = _pysal(p.matrix)
    return lambda: spreg.ML_LagFE(p.y[:, None], p.x, w, slx_lags=1, spat_impacts=None).betas.ravel()


@case("effects_1000", "pilotzone effects", ours=True, note="after the fit")
def effects_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.space.effects import effects
    from pilotzone.methods.space.panel_ml import fit_spatial
    from pilotzone.methods.space.weights import SpatialWeights

    p = spatial_panel(size)
    weights = SpatialWeights("nearest", p.labels, p.matrix)
    fit = fit_spatial(p.y, p.x, REGRESSORS, p.unit, p.period, weights, model="sdm")
    return lambda: effects(fit, weights, draws=draws, seed=SEED).estimates.ravel()


def _no_errors(size: Size) -> str:
    return "not run: spreg gives average effects without errors"


CASES.append(Case("effects_1000", "spreg", None, False, 1000, _no_errors, ""))


def _stacked(size: Size) -> tuple[object, object]:
    """The spatial panel in the order of its weights, and these."""
    from pilotzone.methods.space.panel import stack_panel
    from pilotzone.methods.space.weights import SpatialWeights

    p = spatial_panel(size)
    weights = SpatialWeights("nearest", p.labels, p.matrix)
    return stack_panel(p.y, p.x, REGRESSORS, p.unit, p.period, weights), weights


def _single_fits(size: Size, draws: int, terms: tuple[str, ...]) -> Run:
    """As many fits of the data as draws: what a resampling is to be compared with."""
    from pilotzone.methods.space.panel_ml import fit_stacked

    stacked, weights = _stacked(size)

    def run() -> np.ndarray:
        for _ in range(draws):
            fit = fit_stacked(stacked, weights, model="sdm", vcov="cluster_pairs")
        return np.array([fit.coefficient(term) for term in terms])

    return run


FITS = "single fits, as many as draws"
EXPOSURE = (REGRESSORS[0], f"W:{REGRESSORS[0]}")


@case("sdm_wild_999", "pilotzone wild_paths", ours=True)
def wild_paths_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.space.wild import wild_paths

    stacked, weights = _stacked(size)

    def run() -> np.ndarray:
        rng = np.random.default_rng(SEED)
        test = wild_paths(stacked, weights, draws=draws, rng=rng, model="sdm")
        return test.estimates[: len(EXPOSURE)]

    return run


@case("sdm_wild_999", "pilotzone fit_stacked", fits=20, note=FITS)
def wild_paths_fits(size: Size, draws: int) -> Run:
    return _single_fits(size, draws, REGRESSORS[: len(EXPOSURE)])


@case("sdm_permuted_999", "pilotzone permute_exposure", ours=True)
def permuted_own(size: Size, draws: int) -> Run:
    from pilotzone.methods.space.permuted import permute_exposure

    stacked, weights = _stacked(size)

    def run() -> np.ndarray:
        options = {"draws": draws, "rng": np.random.default_rng(SEED), "model": "sdm"}
        test = permute_exposure(stacked, weights, REGRESSORS[0], **options)
        return test.estimates[: len(EXPOSURE)]

    return run


@case("sdm_permuted_999", "pilotzone fit_stacked", fits=20, note=FITS)
def permuted_fits(size: Size, draws: int) -> Run:
    return _single_fits(size, draws, EXPOSURE)


# --------------------------------------------------------------------------------------
# Specification curves: all subsets of the controls
# --------------------------------------------------------------------------------------


def _subsets() -> list[list[int]]:
    """Positions of the controls in every subset, smaller ones first."""
    k = range(len(CONTROLS))
    return [list(chosen) for n in range(len(CONTROLS) + 1) for chosen in combinations(k, n)]


def _by_products(size: Size, draws: int) -> Run:
    from pilotzone.methods.multiverse.products import Cells, Held, Treatment

    p = panel(size)
    distinct, code = np.unique(p.paths, axis=0, return_inverse=True)
    rng = np.random.default_rng(SEED)
    order = rng.permuted(np.tile(np.arange(size.units), (draws, 1)), axis=1)
    deals = code.ravel()[np.vstack([np.arange(size.units), order])]

    def run() -> np.ndarray:
        cells, found = Cells.of(p.unit, p.period), []
        for chosen in _subsets():
            held = Held.of(cells, p.x[:, chosen], p.unit)
            treatment = Treatment.of(held, distinct.astype(float))
            estimates, _ = treatment.dealt(deals).regression(held.freed(p.y))
            found.append(estimates[0])
        return np.array(found)

    return run


def _by_batches(size: Size, draws: int) -> Run:
    from pilotzone.methods.inference.batch import batch
    from pilotzone.methods.inference.effects import FixedEffects

    p = panel(size)
    columns = p.d[:, None].astype(float)
    if draws:
        columns = np.column_stack([columns, permuted(p.paths, draws)])

    def run() -> np.ndarray:
        effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
        fits = (batch(p.y, columns, p.x[:, c] if c else None, effects, p.unit) for c in _subsets())
        return np.array([fit.coefficients[0] for fit in fits])

    return run


def _within(size: Size) -> "pd.DataFrame":
    """The panel freed of unit and period effects: a fit of it has the two-way coefficients."""
    import pandas as pd

    p = panel(size)
    tables = np.column_stack([p.y, p.d, p.x]).reshape(size.units, size.periods, -1)
    means = tables.mean(axis=1, keepdims=True) + tables.mean(axis=0) - tables.mean(axis=(0, 1))
    return pd.DataFrame((tables - means).reshape(size.rows, -1), columns=["y", *REGRESSORS])


@case("curve_64", "pilotzone multiverse", ours=True)
def curve_own(size: Size, draws: int) -> Run:
    return _by_products(size, 0)


@case("curve_64", "pilotzone fwl.batch")
def curve_batch(size: Size, draws: int) -> Run:
    return _by_batches(size, 0)


@case("curve_64", "specification_curve", note="freed of the effects before", peer=True)
def curve_specification_curve(size: Size, draws: int) -> Run:
    from specification_curve import SpecificationCurve

    data = _within(size)

    def run() -> np.ndarray:
        made = SpecificationCurve(data, y_endog="y", x_exog="d", controls=list(CONTROLS))
        made.fit()
        names = (set(row) - {"y", "d"} for row in made.df_r["Specification"])
        found = dict(zip(map(frozenset, names), made.df_r["Coefficient"], strict=True))
        return np.array([found[frozenset(CONTROLS[j] for j in c)] for c in _subsets()])

    return run


@case("curve_64_1000", "pilotzone multiverse", ours=True)
def curve_draws_own(size: Size, draws: int) -> Run:
    return _by_products(size, draws)


@case("curve_64_1000", "pilotzone fwl.batch")
def curve_draws_batch(size: Size, draws: int) -> Run:
    return _by_batches(size, draws)


@case(
    "curve_64_1000",
    "RobustiPy",
    fits=10,
    note="its bootstrap draws, freed of the effects before",
    peer=True,
)
def curve_robustipy(size: Size, draws: int) -> Run:
    from robustipy.models import OLSRobust

    data = _within(size)
    chosen = {"kfold": 2, "oos_metric": "rmse", "compute_shap": False, "n_cpu": 1, "seed": SEED}

    def run() -> np.ndarray:
        model = OLSRobust(y=["y"], x=["d"], data=data, model_name="OLS Robust")
        model.fit(controls=list(CONTROLS), draws=draws, **chosen)
        made = model.get_results()
        first = (np.ravel(coefficients)[0] for coefficients in made.all_b)
        found = dict(zip(made.specs_names, first, strict=True))
        return np.array([found[frozenset(CONTROLS[j] for j in c)] for c in _subsets()])

    return run
