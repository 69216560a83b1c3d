"""Effects of a dynamic spatial panel model: at once, in the long run, and on the way.

With the model of ``dynamic`` a unit of x_k moves the outcomes by

    at once        (I - rho W)^-1 (beta_k I + theta_k W)
    after h years  A^h (I - rho W)^-1 (beta_k I + theta_k W),  A = (I - rho W)^-1 (tau I + eta W)
    in the end     ((1 - tau) I - (rho + eta) W)^-1 (beta_k I + theta_k W), if the unit stays.

The direct effect is the mean diagonal, the total effect the mean row sum, the indirect effect the
difference. Each matrix is f(W) (beta_k I + theta_k W) for a function f of one number, so that with
the eigenvalues w of W, whose rows sum to one,

    direct = mean of f(w) (beta_k + theta_k w),    total = f(1) (beta_k + theta_k).

Sources: Debarsy, Ertur and LeSage (2012, Statistical Methodology 9, 158-171); Elhorst (2014,
Spatial Econometrics, section 4.6).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.dynamic import DynamicFit
from pilotzone.methods.space.dynamic_points import largest_root
from pilotzone.methods.space.effects_table import (
    EffectsTable,
    by_delta,
    by_draws,
    check_request,
    spread,
    stable_draws,
)
from pilotzone.methods.space.weights import SpatialWeights

RUNS = ("short", "long")

# f and its derivatives in tau, eta and rho, at columns of these and a row of w.
Filter = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, tuple]]


def _short_run(tau: np.ndarray, eta: np.ndarray, rho: np.ndarray, w: np.ndarray) -> tuple:
    f = 1.0 / (1.0 - rho * w)
    return f, (0.0 * f, 0.0 * f, w * f**2)


def _long_run(tau: np.ndarray, eta: np.ndarray, rho: np.ndarray, w: np.ndarray) -> tuple:
    f = 1.0 / ((1.0 - tau) - (rho + eta) * w)
    return f, (f**2, w * f**2, w * f**2)


_FILTERS: dict[str, Filter] = {"short": _short_run, "long": _long_run}


def dynamic_effects(
    fit: DynamicFit,
    weights: SpatialWeights,
    *,
    run: str = "short",
    draws: int = 5000,
    seed: int | None = None,
    method: str = "simulated",
    level: float = 0.95,
    keep_draws: bool = False,
) -> EffectsTable:
    """Compute direct, indirect and total effects of a dynamic model with their errors.

    ``run`` is 'short', at once, or 'long', in the end; else see ``effects.effects``. Draws that are
    not stationary are left out and counted.
    """
    if run not in RUNS:
        raise UserError(f"run '{run}' is unknown; choose one of {', '.join(RUNS)}")
    check_request(fit, weights, method, draws, seed, level)
    k, spectrum = len(fit.x_names), weights.eigenvalues
    estimates = effects_of_rows(fit.coefficients[None], k, spectrum, run)[0]
    if method == "delta":
        errors = delta_errors(fit.coefficients[None], fit.covariance[None], k, spectrum, run)[0]
        return by_delta(fit.x_names, estimates, errors, level)
    drawn = effects_of_rows(_stationary_draws(fit, weights, draws, seed), k, spectrum, run)
    return by_draws(fit.x_names, estimates, drawn, draws, level, keep_draws)


def effects_of_rows(rows: np.ndarray, k: int, spectrum: np.ndarray, run: str) -> np.ndarray:
    """Evaluate direct, indirect and total effects (draws, 3, k) at rows of coefficients.

    Parameters
    ----------
    rows : (draws, K) in the order of ``DynamicFit.names``.
    k : number of regressors, without their spatial lags.
    spectrum : (n,) eigenvalues of W.
    run : {'short', 'long'}
    """
    tau, eta, beta, theta, rho = _split(rows, k)
    direct, total = (
        _weighted(_FILTERS[run](tau, eta, rho, w)[0], beta, theta, w)
        for w in (spectrum, np.ones(1))
    )
    return np.stack([direct, total - direct, total], axis=1)


def gradient_of_rows(rows: np.ndarray, k: int, spectrum: np.ndarray, run: str) -> np.ndarray:
    """Return the derivatives (draws, 3, k, K) of ``effects_of_rows`` in the coefficients."""
    tau, eta, beta, theta, rho = _split(rows, k)
    own = np.arange(k)
    sides = []
    for w in (spectrum, np.ones(1)):
        f, slopes = _FILTERS[run](tau, eta, rho, w)
        side = np.zeros((len(rows), k, rows.shape[1]))
        side[:, own, 2 + own] = f.mean(axis=1).real[:, None]
        if _has_lagged_x(rows, k):
            side[:, own, 2 + k + own] = (f * w).mean(axis=1).real[:, None]
        for column, slope in zip((0, 1, -1), slopes, strict=True):
            side[:, :, column] = _weighted(slope, beta, theta, w)
        sides.append(side)
    direct, total = sides
    return np.stack([direct, total - direct, total], axis=1)


def delta_errors(
    rows: np.ndarray, covariances: np.ndarray, k: int, spectrum: np.ndarray, run: str
) -> np.ndarray:
    """Return delta-method errors (draws, 3, k) of the effects, covariances (draws, K, K)."""
    slopes = gradient_of_rows(rows, k, spectrum, run)
    return np.sqrt(np.einsum("deki,dij,dekj->dek", slopes, covariances, slopes))


@dataclass(frozen=True, eq=False)
class ImpulseResponse:
    """Responses over time to a unit of each of k regressors.

    Attributes
    ----------
    horizons : (H + 1,) periods since the shock, from 0.
    estimates, std_errors, ci_low, ci_high : (H + 1, 3, k) direct, indirect, total; errors and
        percentiles of the draws.
    permanent : whether the unit stays or is there in period 0 only.
    level, n_draws, n_rejected : see ``EffectsTable``.
    """

    names: tuple[str, ...]
    horizons: np.ndarray
    estimates: np.ndarray
    std_errors: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    permanent: bool
    level: float
    n_draws: int
    n_rejected: int


def impulse_response(
    fit: DynamicFit,
    weights: SpatialWeights,
    *,
    horizons: int = 10,
    permanent: bool = False,
    draws: int = 2000,
    seed: int | None = None,
    level: float = 0.95,
) -> ImpulseResponse:
    """Trace the effects of a unit of x over time.

    A unit in period 0 only moves period h by the second line of the module's head; one that stays
    (``permanent``) moves it by the sum of these lines over 0 ... h, which tends to the long-run
    effect.
    ``horizons`` is H, the last period; else see ``dynamic_effects``.
    """
    if horizons < 0:
        raise UserError(f"horizons {horizons} is negative; give the number of periods ahead")
    check_request(fit, weights, "simulated", draws, seed, level)
    kept = _stationary_draws(fit, weights, draws, seed)
    rows = np.vstack([fit.coefficients, kept])
    paths = _paths(rows, len(fit.x_names), weights.eigenvalues, horizons)
    if permanent:
        paths = paths.cumsum(axis=1)
    errors, low, high = spread(paths[1:], level)
    return ImpulseResponse(
        names=fit.x_names,
        horizons=np.arange(horizons + 1),
        estimates=paths[0],
        std_errors=errors,
        ci_low=low,
        ci_high=high,
        permanent=permanent,
        level=level,
        n_draws=draws,
        n_rejected=draws - len(kept),
    )


def _paths(rows: np.ndarray, k: int, spectrum: np.ndarray, horizons: int) -> np.ndarray:
    """Return direct, indirect and total effects (draws, H + 1, 3, k) period by period."""
    tau, eta, beta, theta, rho = _split(rows, k)
    sides = []
    for w in (spectrum, np.ones(1)):
        f = 1.0 / (1.0 - rho * w)
        root = (tau + eta * w) * f
        steps = []
        for _ in range(horizons + 1):
            steps.append(_weighted(f, beta, theta, w))
            f = f * root
        sides.append(np.stack(steps, axis=1))
    direct, total = sides
    return np.stack([direct, total - direct, total], axis=2)


def _has_lagged_x(rows: np.ndarray, k: int) -> bool:
    return rows.shape[1] == 2 * k + 3


def _split(rows: np.ndarray, k: int) -> tuple[np.ndarray, ...]:
    """Return tau, eta (draws, 1), beta, theta (draws, k) and rho (draws, 1)."""
    beta = rows[:, 2 : 2 + k]
    theta = rows[:, 2 + k : 2 + 2 * k] if _has_lagged_x(rows, k) else np.zeros_like(beta)
    return rows[:, :1], rows[:, 1:2], beta, theta, rows[:, -1:]


def _weighted(f: np.ndarray, beta: np.ndarray, theta: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Mean over w of f(w) (beta + theta w), (draws, k)."""
    own, lagged = f.mean(axis=1).real, (f * w).mean(axis=1).real
    return beta * own[:, None] + theta * lagged[:, None]


def _stationary_draws(
    fit: DynamicFit, weights: SpatialWeights, draws: int, seed: int
) -> np.ndarray:
    """Draw coefficients jointly; rows without a stationary reduced form are left out."""
    low, high = weights.stable_interval

    def is_stable(rows: np.ndarray) -> np.ndarray:
        tau, eta, rho = rows[:, 0], rows[:, 1], rows[:, -1]
        return (low < rho) & (rho < high) & (largest_root(tau, eta, rho, weights) < 1.0)

    return stable_draws(fit, draws, seed, is_stable, "are not stationary")
