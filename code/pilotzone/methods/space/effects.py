"""Direct, indirect and total effects of a spatial panel model.

In the reduced form a unit of x_k moves the outcomes by the n x n matrix

    S_k = (I - rho W)^-1 (I beta_k + W theta_k).

The direct effect is its mean diagonal, the total effect its mean row sum, the indirect effect the
difference (LeSage and Pace 2009, section 2.7). The eigenvalues of W give both without an inverse:

    direct = beta_k a + theta_k b,  a = mean 1/(1 - rho l_i),  b = mean l_i/(1 - rho l_i)
    total  = (beta_k + theta_k) / (1 - rho), as the rows of W sum to one.

A model without a lag of the outcome has rho = 0, so that direct = beta and indirect = theta.
"""

from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.panel_ml import MODELS, SpatialFit, normal_p_values
from pilotzone.methods.space.weights import SpatialWeights

KINDS = ("direct", "indirect", "total")


@dataclass(frozen=True, eq=False)
class EffectsTable:
    """Effects of k regressors; every array is (3, k) in the order direct, indirect, total.

    Attributes
    ----------
    names : tuple of str, length k
    estimates : ndarray (3, k)
        At the point estimates, not the mean of the draws.
    std_errors, ci_low, ci_high : ndarray (3, k)
        Standard deviation and percentiles of the draws; with ``method='delta'`` the normal ones.
    method : str
    level : float
        Of the interval.
    n_draws, n_rejected : int
        Draws asked for, and draws left out because rho lay outside the stable interval.
    draws : ndarray (n_draws - n_rejected, 3, k) or None
        The effects of each draw, if they were to be kept.
    """

    names: tuple[str, ...]
    estimates: np.ndarray
    std_errors: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    method: str
    level: float
    n_draws: int
    n_rejected: int
    draws: np.ndarray | None

    @property
    def terms(self) -> tuple[str, ...]:
        """Names ``direct:x``, ... in the order of ``estimates.ravel()``."""
        return tuple(f"{kind}:{name}" for kind in KINDS for name in self.names)

    @property
    def direct(self) -> np.ndarray:
        """Direct effects (k,)."""
        return self.estimates[0]

    @property
    def indirect(self) -> np.ndarray:
        """Indirect effects (k,)."""
        return self.estimates[1]

    @property
    def total(self) -> np.ndarray:
        """Total effects (k,)."""
        return self.estimates[2]

    @property
    def z(self) -> np.ndarray:
        """Estimates over standard errors (3, k)."""
        return self.estimates / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (3, k) from the normal distribution."""
        return normal_p_values(self.z)


def effects(
    fit: SpatialFit,
    weights: SpatialWeights,
    *,
    draws: int = 5000,
    seed: int | None = None,
    method: str = "simulated",
    level: float = 0.95,
    keep_draws: bool = False,
) -> EffectsTable:
    """Compute direct, indirect and total effects with their errors.

    ``simulated`` draws (beta, theta, rho) jointly from the normal distribution at the estimates
    and their covariance; draws with rho outside the stable interval of W have no reduced form,
    are left out and counted. ``delta`` uses the analytic gradient.

    Parameters
    ----------
    fit : SpatialFit
        Any model with a lag of y or of x.
    weights : SpatialWeights
        The matrix of the fit.
    draws : int
        Number of draws; not read by ``delta``.
    seed : int
        Seed of the draws; needed for ``simulated``.
    method : {'simulated', 'delta'}
    level : float
        Coverage of the interval.
    keep_draws : bool
        Whether the draws are part of the result.

    Raises
    ------
    UserError
        If the model has neither lag, the weights are not those of the fit, an option is unknown,
        the seed is missing, or more than half of the draws are unstable.
    """
    _check_request(fit, weights, method, draws, seed, level)
    estimates = effects_at(fit, weights, fit.coefficients[None])[0]
    kept = None
    n_draws = n_rejected = 0
    if method == "delta":
        std_errors = _delta_errors(fit, weights)
        from scipy import special

        reach = special.ndtri(0.5 + level / 2.0) * std_errors
        low, high = estimates - reach, estimates + reach
    else:
        kept, n_rejected = _simulate(fit, weights, draws, np.random.default_rng(seed))
        n_draws = draws
        std_errors = kept.std(axis=0, ddof=1)
        low, high = np.quantile(kept, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0)
    return EffectsTable(
        names=fit.x_names,
        estimates=estimates,
        std_errors=std_errors,
        ci_low=low,
        ci_high=high,
        method=method,
        level=level,
        n_draws=n_draws,
        n_rejected=n_rejected,
        draws=kept if keep_draws else None,
    )


def effects_at(fit: SpatialFit, weights: SpatialWeights, coefficients: np.ndarray) -> np.ndarray:
    """Evaluate the effects at rows of coefficients.

    Parameters
    ----------
    fit : SpatialFit
        Says what the coefficients are.
    weights : SpatialWeights
    coefficients : ndarray (draws, K)
        In the order of ``fit.names``.

    Returns
    -------
    ndarray (draws, 3, k)
        Direct, indirect, total.
    """
    beta, theta, rho = _split(fit, coefficients)
    a, b = (moment[:, None] for moment in _moments(rho, weights.eigenvalues))
    direct = beta * a + theta * b
    total = (beta + theta) / (1.0 - rho[:, None])
    return np.stack([direct, total - direct, total], axis=1)


def gradient(fit: SpatialFit, weights: SpatialWeights) -> np.ndarray:
    """Return the derivative (3, k, K) of the effects in the coefficients at the estimates."""
    structure, k = MODELS[fit.model], len(fit.x_names)
    beta, theta, rho = (part[0] for part in _split(fit, fit.coefficients[None]))
    a, b = (moment[0] for moment in _moments(np.array([rho]), weights.eigenvalues))
    direct = np.zeros((k, len(fit.names)))
    total = np.zeros_like(direct)
    own = np.arange(k)
    direct[own, own], total[own, own] = a, 1.0 / (1.0 - rho)
    if structure.lag_x:
        direct[own, k + own], total[own, k + own] = b, 1.0 / (1.0 - rho)
    if structure.lag_y:
        spectrum = weights.eigenvalues
        slope = spectrum / (1.0 - rho * spectrum) ** 2
        direct[:, -1] = beta * slope.mean().real + theta * (spectrum * slope).mean().real
        total[:, -1] = (beta + theta) / (1.0 - rho) ** 2
    return np.stack([direct, total - direct, total])


def _delta_errors(fit: SpatialFit, weights: SpatialWeights) -> np.ndarray:
    slopes = gradient(fit, weights)
    return np.sqrt(np.einsum("eki,ij,ekj->ek", slopes, fit.covariance, slopes))


def _simulate(
    fit: SpatialFit, weights: SpatialWeights, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    root = np.linalg.cholesky(fit.covariance)
    drawn = fit.coefficients + rng.standard_normal((draws, len(fit.names))) @ root.T
    low, high = weights.stable_interval
    rho = _split(fit, drawn)[2]
    stable = (low < rho) & (rho < high)
    n_rejected = int(draws - stable.sum())
    if n_rejected > draws / 2:
        raise UserError(
            f"{n_rejected} of {draws} draws of rho are outside ({low:.4g}, {high:.4g}); "
            "use method='delta'"
        )
    return effects_at(fit, weights, drawn[stable]), n_rejected


def _split(fit: SpatialFit, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return beta (draws, k), theta (draws, k) and rho (draws,), zero where the model has none."""
    structure, k = MODELS[fit.model], len(fit.x_names)
    beta = rows[:, :k]
    theta = rows[:, k : 2 * k] if structure.lag_x else np.zeros_like(beta)
    rho = rows[:, -1] if structure.lag_y else np.zeros(len(rows))
    return beta, theta, rho


def _moments(rho: np.ndarray, spectrum: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean 1/(1 - rho l) and l/(1 - rho l) over the eigenvalues, for rho (draws,)."""
    inverse = 1.0 / (1.0 - np.multiply.outer(rho, spectrum))
    return inverse.mean(axis=1).real, (inverse @ spectrum).real / len(spectrum)


def _check_request(
    fit: SpatialFit,
    weights: SpatialWeights,
    method: str,
    draws: int,
    seed: int | None,
    level: float,
) -> None:
    structure = MODELS[fit.model]
    if not structure.lag_y and not structure.lag_x:
        raise UserError(f"model '{fit.model}' lags neither y nor x, so it has no indirect effect")
    if weights.name != fit.weights or weights.labels != fit.units:
        raise UserError(f"effects need the weights of the fit, '{fit.weights}', with its units")
    if method not in ("simulated", "delta"):
        raise UserError(f"method '{method}' is unknown; choose simulated or delta")
    if method == "simulated" and (seed is None or draws < 2):
        raise UserError("simulated effects need a seed and at least 2 draws")
    if not 0 < level < 1:
        raise UserError(f"level {level} does not lie between 0 and 1")
