"""Direct, indirect and total effects of a spatial panel model.

In the reduced form a unit of x_k moves the outcomes by the n x n matrix

    S_k = (I - rho W)^-1 (I beta_k + W theta_k).

The direct effect is its mean diagonal, the total effect its mean row sum, the indirect effect the
difference (LeSage and Pace 2009, section 2.7). The traces of G = W (I - rho W)^-1 give both:

    direct = beta_k (1 + rho b) + theta_k b,  b = tr(G)/n,  with the derivative tr(GG)/n in rho
    total  = (beta_k + theta_k) / (1 - rho), as the rows of W sum to one.

A model without a lag of the outcome has rho = 0, so that direct = beta and indirect = theta.
"""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import DenseAlgebra, LogDeterminant
from pilotzone.methods.space.design import MODELS, Structure
from pilotzone.methods.space.effects_table import (
    EffectsTable,
    by_delta,
    by_draws,
    check_request,
    stable_draws,
)
from pilotzone.methods.space.panel_ml import SpatialFit
from pilotzone.methods.space.weights import SpatialWeights


def effects(
    fit: SpatialFit,
    weights: SpatialWeights,
    *,
    draws: int = 5000,
    seed: int | None = None,
    method: str = "simulated",
    level: float = 0.95,
    keep_draws: bool = False,
    determinant: LogDeterminant | None = None,
) -> EffectsTable:
    """Compute direct, indirect and total effects with their errors.

    ``simulated`` draws (beta, theta, rho) jointly from the normal distribution at the estimates
    and the covariance of the fit; draws with rho outside the stable interval of W have no reduced
    form, are left out and counted. ``delta`` uses the analytic gradient. p values, and intervals,
    come from the distribution of the fit; with a normal one the interval of ``simulated`` is that
    of the percentiles, with t(df) it is as many standard deviations of the draws as t(df) says.

    Parameters
    ----------
    fit, weights : any model with a lag of y or of x, and its matrix.
    draws, seed : of ``simulated``, which needs a seed.
    method : {'simulated', 'delta'}
    level : coverage of the interval.
    keep_draws : whether the draws are part of the result.
    determinant : of W, all eigenvalues; by the eigenvalues of the weights if left out.

    Raises UserError if the model has neither lag, the weights are not those of the fit, an option
    is unknown, the seed is missing, or more than half of the draws are unstable.
    """
    structure = MODELS[fit.model]
    if not structure.lag_y and not structure.lag_x:
        raise UserError(f"model '{fit.model}' lags neither y nor x, so it has no indirect effect")
    check_request(fit, weights, method, draws, seed, level)
    estimates = effects_at(fit, weights, fit.coefficients[None], determinant)[0]
    if method == "delta":
        slopes = gradient(fit, weights, determinant)
        errors = np.sqrt(np.einsum("eki,ij,ekj->ek", slopes, fit.covariance, slopes))
        return by_delta(fit.x_names, estimates, errors, level, fit.df)
    low, high = weights.stable_interval

    def is_stable(rows: np.ndarray) -> np.ndarray:
        return (low < rows[:, -1]) & (rows[:, -1] < high) | (not structure.lag_y)

    rows = stable_draws(fit, draws, seed, is_stable, f"of rho are outside ({low:.4g}, {high:.4g})")
    drawn = effects_at(fit, weights, rows, determinant)
    return by_draws(fit.x_names, estimates, drawn, draws, level, keep_draws, fit.df)


@dataclass(frozen=True, eq=False)
class Response:
    """Effects as functions of the coefficients.

    Attributes
    ----------
    structure : the lags of the model.
    k : number of regressors as given, without their lags.
    determinant : of W, all eigenvalues.
    n_units : n.
    """

    structure: Structure
    k: int
    determinant: LogDeterminant
    n_units: int

    def effects(self, rows: np.ndarray) -> np.ndarray:
        """Direct, indirect and total effects (draws, 3, k) at rows (draws, K) of coefficients."""
        beta, theta, rho = self._split(rows)
        b = self._mean_traces(rho)[0]
        direct = beta * (1.0 + rho * b)[:, None] + theta * b[:, None]
        total = (beta + theta) / (1.0 - rho[:, None])
        return np.stack([direct, total - direct, total], axis=1)

    def gradient(self, coefficients: np.ndarray) -> np.ndarray:
        """Return the derivative (..., 3, k, K) of the effects in the coefficients (..., K)."""
        rows = coefficients.reshape(-1, coefficients.shape[-1])
        k, (beta, theta, rho) = self.k, self._split(rows)
        b, slope, rho = (part[:, None] for part in (*self._mean_traces(rho), rho))
        direct = np.zeros((len(rows), k, rows.shape[1]))
        total = np.zeros_like(direct)
        own = np.arange(k)
        direct[:, own, own], total[:, own, own] = 1.0 + rho * b, 1.0 / (1.0 - rho)
        if self.structure.lag_x:
            direct[:, own, k + own], total[:, own, k + own] = b, 1.0 / (1.0 - rho)
        if self.structure.lag_y:
            direct[:, :, -1] = beta * (b + rho * slope) + theta * slope
            total[:, :, -1] = (beta + theta) / (1.0 - rho) ** 2
        slopes = np.stack([direct, total - direct, total], axis=1)
        return slopes.reshape(*coefficients.shape[:-1], *slopes.shape[1:])

    def _split(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return beta (draws, k), theta (draws, k), rho (draws,), zero where there is none."""
        beta = rows[:, : self.k]
        theta = rows[:, self.k : 2 * self.k] if self.structure.lag_x else np.zeros_like(beta)
        rho = rows[:, -1] if self.structure.lag_y else np.zeros(len(rows))
        return beta, theta, rho

    def _mean_traces(self, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return tr(G)/n and tr(GG)/n for rho (draws,)."""
        first, second = self.determinant.traces(rho)
        return first / self.n_units, second / self.n_units


def effects_at(
    fit: SpatialFit,
    weights: SpatialWeights,
    coefficients: np.ndarray,
    determinant: LogDeterminant | None = None,
) -> np.ndarray:
    """Evaluate direct, indirect and total effects (draws, 3, k) at rows (draws, K) of coefficients.

    ``fit`` says what the coefficients are; ``determinant`` as in ``effects``.
    """
    return _response(fit, weights, determinant).effects(coefficients)


def gradient(
    fit: SpatialFit, weights: SpatialWeights, determinant: LogDeterminant | None = None
) -> np.ndarray:
    """Return the derivative (3, k, K) of the effects in the coefficients at the estimates."""
    return _response(fit, weights, determinant).gradient(fit.coefficients)


def _response(
    fit: SpatialFit, weights: SpatialWeights, determinant: LogDeterminant | None
) -> Response:
    determinant = determinant or DenseAlgebra(weights).log_determinant(centred=False)
    return Response(MODELS[fit.model], len(fit.x_names), determinant, len(weights.labels))
