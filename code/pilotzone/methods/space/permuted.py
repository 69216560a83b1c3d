r"""Permutation test of an exposure in a spatial model: whole treatment paths dealt to other units.

Outcomes, matrix and the other regressors stay; the path that a unit has over the periods goes as a
whole to another one, and the treatment of neighbours, W D, is made anew from the paths as dealt.
Unlike a relabelled matrix this keeps the spatial and the serial correlation of the outcome. Every
draw is fitted and studentised by ``cluster_pairs``: with t of the data and t* of the draws

    p = (1 + #{|t*| >= |t|}) / (1 + R),

exact under the sharp null of no effect on any unit if chance dealt the paths.

Intervals. Without a lag of y the fit is linear in y: the null D = tau is that of no effect on
y - tau D, that of W D of none on y - tau W D, and both statistics of a draw are known functions of
tau, so that the test is inverted. With a lag of y, and for the total effect, the interval reaches
so many errors as the quantile of |t*| says.

Sources: Fisher (1935), The Design of Experiments; Phipson and Smyth (2010), p values; MacKinnon
and Webb (2020, Journal of Econometrics 218(2)), studentised statistics.
"""

import functools

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.inference.permutations import permutations, require_deals
from pilotzone.methods.space.algebra import lag
from pilotzone.methods.space.effects_table import KINDS
from pilotzone.methods.space.linear_draws import dealt_paths, is_linear
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.refit import Refit, build_refit, studentised
from pilotzone.methods.space.resampled import Resampled, around
from pilotzone.methods.space.results import check_level
from pilotzone.methods.space.weights import SpatialWeights


def permute_exposure(
    panel: StackedPanel,
    weights: SpatialWeights,
    treatment: str,
    *,
    draws: int,
    rng: np.random.Generator,
    model: str = "slx",
    effects: str = "two_way",
    lee_yu: bool = False,
    strata: ArrayLike | None = None,
    level: float = 0.95,
    interval: bool = True,
) -> Resampled:
    """Test treatment, W:treatment and its effects, as the model has them.

    Parameters
    ----------
    panel, weights, model, effects, lee_yu : see ``fit_stacked``.
    treatment : one of the regressors of the panel.
    draws : R.
    rng : source of the permutations, drawn all at once.
    strata : (n,) labels of the units; paths move within a stratum only.
    level, interval : coverage of the intervals, and whether to compute them.

    A draw that cannot be fitted counts as large and is counted.

    Raises
    ------
    NotIdentified : if all units of a stratum have one path, or the paths can be dealt in fewer than
        20 ways.
    UserError : as ``fit_stacked``; if the treatment or the level is unknown, or strata do not fit.
    """
    check_level(level)
    if treatment not in panel.names:
        raise UserError(f"'{treatment}' is not among the regressors: {', '.join(panel.names)}")
    paths = panel.x[panel.names.index(treatment)]
    strata = np.zeros(len(panel.units), dtype=int) if strata is None else np.asarray(strata)
    _require_deals(paths, strata)
    refit = build_refit(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    names = (treatment, f"W:{treatment}", *(f"{kind}:{treatment}" for kind in KINDS))
    keep = np.array([refit.terms.index(name) for name in names if name in refit.terms])
    estimates, errors = (part[keep] for part in refit.statistics(refit.maximum()))
    order = permutations(len(panel.units), draws, rng, strata)
    places = _places(refit, treatment)
    intervals = np.full((len(keep), 2), np.nan)
    if is_linear(refit):
        t_draws, tests = dealt_paths(refit, places, paths, order, estimates[: len(places)])
        # With a lag of x the terms are both coefficients, then the effects, in the order of KINDS.
        t_draws = t_draws[:, [0, 1, 0, 1, 2][: len(keep)]]
    else:
        dealt, tests = functools.partial(_dealt, refit, places, paths), []
        t_draws = studentised(refit, places, order, dealt, keep, 0.0)
    if interval:
        intervals = around(estimates, errors, t_draws, level)
        for i, test in enumerate(tests):
            found = [i, len(places) + i] if len(places) == 2 else [i]
            intervals[found] = test.interval(1 - level)
    terms = tuple(refit.terms[i] for i in keep)
    return Resampled(
        model=model,
        effects=effects,
        lee_yu=lee_yu,
        weights=weights.name,
        terms=terms,
        estimates=estimates,
        std_errors=errors,
        level=level,
        intervals=intervals,
        t_draws=t_draws,
    )


def _require_deals(paths: np.ndarray, strata: np.ndarray) -> None:
    """Refuse strata of one path, and paths (T, n) that can be dealt in few ways only."""
    n = paths.shape[1]
    if strata.shape != (n,):
        raise UserError(f"strata of shape {strata.shape} for {n} units; give one label for each")
    require_deals(np.unique(paths, axis=1, return_inverse=True)[1].ravel(), strata)


def _places(refit: Refit, treatment: str) -> list[int]:
    """Where the treatment and its lag stand among the regressors."""
    names = refit.design.names[: refit.design.k]
    return [names.index(name) for name in (treatment, f"W:{treatment}") if name in names]


def _dealt(refit: Refit, places: list[int], paths: np.ndarray, decks: np.ndarray) -> np.ndarray:
    """The treatment and its lag (a, R, T, n) of paths (T, n) dealt as each of the decks says."""
    dealt = np.moveaxis(paths[:, decks], 1, 0)
    return np.stack([dealt, lag(dealt, refit.weights.matrix)][: len(places)])
