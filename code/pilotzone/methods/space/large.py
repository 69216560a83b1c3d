"""Spatial panel likelihoods for thousands of units, by sparse factors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.effects import effects
from pilotzone.methods.space.effects_table import EffectsTable
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.sparse_algebra import SparseAlgebra, trace_bound
from pilotzone.methods.space.sparse_weights import SparseWeights

LARGE_MODELS = ("sar", "sdm")
# Above so many units tr(G'G) rests on random signs, unless said otherwise: a solve for each unit
# costs more than all the rest, and standard errors alone need it.
MOST_SOLVES, PROBES = 5_000, 256


@dataclass(frozen=True, eq=False)
class LargeFit:
    """A spatial panel fit by sparse factors.

    Attributes
    ----------
    algebra : what was factored on the way.
    trace_bound : bounds of the errors of tr(G) and tr(GG) at the estimate.
    norm_error : Monte-Carlo standard error of tr(G'G) relative to it; 0 without random signs. Of
        the results, standard errors alone rest on it.
    """

    fit: SpatialFit
    algebra: SparseAlgebra
    trace_bound: tuple[float, float]
    norm_error: float


def fit_large(
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    unit: np.ndarray,
    period: np.ndarray,
    weights: SparseWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    lee_yu: bool = False,
    probes: int | None = None,
    rng: np.random.Generator | None = None,
) -> LargeFit:
    """Fit a spatial panel model with a lag of the outcome by exact maximum likelihood.

    The model and its errors are those of ``fit_stacked``, the log-determinant and traces those of
    ``sparse_algebra``; for the data see ``fit_spatial``. rho is sought in (-1, 1).

    Parameters
    ----------
    model : {'sar', 'sdm'}
    probes : number of random sign vectors for tr(G'G); 0 for a solve per unit and no error. If left
        out, 0 to 5,000 units and 256 above.
    rng : generator of the signs; one with seed 0 if left out.

    Raises UserError if an option is unknown, there is one probe, or as ``fit_spatial``.
    """
    if model not in LARGE_MODELS:
        raise UserError(f"model '{model}' is unknown here; choose one of {', '.join(LARGE_MODELS)}")
    n, signs = len(weights.labels), None
    probes = PROBES * (n > MOST_SOLVES) if probes is None else probes
    if probes:
        if probes < 2:
            raise UserError(f"{probes} probes have no error; give 2 or more, or 0 for exact solves")
        rng = np.random.default_rng(0) if rng is None else rng
        signs = rng.choice([-1.0, 1.0], size=(n, probes))
    panel = stack_panel(y, x, names, unit, period, weights)
    algebra = SparseAlgebra(weights, signs)
    fit = fit_stacked(panel, weights, model=model, effects=effects, lee_yu=lee_yu, algebra=algebra)
    norm, error = algebra.multiplier(fit.rho).square_norm
    bound = trace_bound(n, fit.rho)
    return LargeFit(fit, algebra, bound, error / norm)


def large_effects(
    large: LargeFit,
    *,
    draws: int = 5000,
    seed: int | None = None,
    method: str = "simulated",
    level: float = 0.95,
) -> EffectsTable:
    """Compute direct, indirect and total effects of a large fit with their errors.

    direct = beta (1 + rho g) + theta g with g = tr(G)/n, total = (beta + theta)/(1 - rho). The
    trace is that of the interpolant, without Monte-Carlo error at any draw of rho. See
    ``effects.effects``; the stable interval is (-1, 1).
    """
    options = {"draws": draws, "seed": seed, "method": method, "level": level}
    return effects(large.fit, large.algebra.weights, determinant=large.algebra.whole, **options)
