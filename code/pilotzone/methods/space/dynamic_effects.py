"""Effects of a dynamic spatial panel model: at once, in the long run, and on the way.

With the model of :mod:`pilotzone.methods.space.dynamic` a unit of x_k moves the outcomes by

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
from pilotzone.methods.space.dynamic import DynamicFit, largest_root
from pilotzone.methods.space.effects import EffectsTable
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

    Parameters
    ----------
    fit : DynamicFit
    weights : SpatialWeights
        The matrix of the fit.
    run : {'short', 'long'}
        At once, or in the end.
    draws, seed, method, level, keep_draws
        See ``effects.effects``; draws that are not stationary are left out
        and counted.

    Raises
    ------
    UserError
        If the weights are not those of the fit, an option is unknown, the seed is missing, or
        more than half of the draws are not stationary.
    """
    _check_request(fit, weights, run, method)
    k, spectrum = len(fit.x_names), weights.eigenvalues
    estimates = effects_of_rows(fit.coefficients[None], k, spectrum, run)[0]
    kept, rejected = None, 0
    if method == "delta":
        from scipy import special

        errors = delta_errors(fit.coefficients[None], fit.covariance[None], k, spectrum, run)[0]
        reach = special.ndtri(0.5 + level / 2.0) * errors
        low, high = estimates - reach, estimates + reach
        draws = 0
    else:
        rows, rejected = _stationary_draws(fit, weights, draws, seed, level)
        kept = effects_of_rows(rows, k, spectrum, run)
        errors, low, high = _spread(kept, level)
    return EffectsTable(
        names=fit.x_names,
        estimates=estimates,
        std_errors=errors,
        ci_low=low,
        ci_high=high,
        method=method,
        level=level,
        n_draws=draws,
        n_rejected=rejected,
        draws=kept if keep_draws else None,
    )


def effects_of_rows(rows: np.ndarray, k: int, spectrum: np.ndarray, run: str) -> np.ndarray:
    """Evaluate direct, indirect and total effects at rows of coefficients.

    Parameters
    ----------
    rows : ndarray (draws, K)
        In the order of ``DynamicFit.names``.
    k : int
        Number of regressors, without their spatial lags.
    spectrum : ndarray (n,)
        Eigenvalues of W.
    run : {'short', 'long'}

    Returns
    -------
    ndarray (draws, 3, k)
    """
    tau, eta, beta, theta, rho = _split(rows, k)
    direct, total = (
        _weighted(_FILTERS[run](tau, eta, rho, w)[0], beta, theta, w)
        for w in (spectrum, np.ones(1))
    )
    return np.stack([direct, total - direct, total], axis=1)


def gradient_of_rows(rows: np.ndarray, k: int, spectrum: np.ndarray, run: str) -> np.ndarray:
    """Return the derivatives (draws, 3, k, K) of :func:`effects_of_rows` in the coefficients."""
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
    """Responses over time to a unit of each regressor; arrays are (H + 1, 3, k).

    Attributes
    ----------
    names : tuple of str, length k
    horizons : ndarray (H + 1,)
        Periods since the shock, from 0.
    estimates, std_errors, ci_low, ci_high : ndarray (H + 1, 3, k)
        Direct, indirect, total; errors and percentiles of the draws.
    permanent : bool
        Whether the unit stays or is there in period 0 only.
    level : float
        Of the interval.
    n_draws, n_rejected : int
        Draws asked for, and draws left out because they are not stationary.
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
    moves it by the sum of these lines over 0 ... h, which tends to the long-run effect.

    Parameters
    ----------
    fit : DynamicFit
    weights : SpatialWeights
        The matrix of the fit.
    horizons : int
        H, the last period.
    permanent : bool
        Whether the unit stays.
    draws, seed, level
        As in :func:`dynamic_effects`.

    Raises
    ------
    UserError
        As :func:`dynamic_effects`, or if ``horizons`` is negative.
    """
    _check_request(fit, weights, "short", "simulated")
    if horizons < 0:
        raise UserError(f"horizons {horizons} is negative; give the number of periods ahead")
    rows, rejected = _stationary_draws(fit, weights, draws, seed, level)
    rows = np.vstack([fit.coefficients, rows])
    paths = _paths(rows, len(fit.x_names), weights.eigenvalues, horizons)
    if permanent:
        paths = paths.cumsum(axis=1)
    errors, low, high = _spread(paths[1:], level)
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
        n_rejected=rejected,
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
    fit: DynamicFit, weights: SpatialWeights, draws: int, seed: int | None, level: float
) -> tuple[np.ndarray, int]:
    """Draw coefficients jointly; rows without a stationary reduced form are left out, counted."""
    if seed is None or draws < 2 or not 0 < level < 1:
        raise UserError(
            f"seed {seed}, {draws} draws, level {level}: simulated effects need a seed, at least "
            "2 draws and a level between 0 and 1"
        )
    root = np.linalg.cholesky(fit.covariance)
    normal = np.random.default_rng(seed).standard_normal((draws, len(fit.names)))
    rows = fit.coefficients + normal @ root.T
    low, high = weights.stable_interval
    tau, eta, rho = rows[:, 0], rows[:, 1], rows[:, -1]
    stable = (low < rho) & (rho < high) & (largest_root(tau, eta, rho, weights) < 1.0)
    rejected = int(draws - stable.sum())
    if rejected > draws / 2:
        raise UserError(
            f"{rejected} of {draws} draws are not stationary; use method='delta' for the effects"
        )
    return rows[stable], rejected


def _spread(draws: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, high = np.quantile(draws, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0)
    return draws.std(axis=0, ddof=1), low, high


def _check_request(fit: DynamicFit, weights: SpatialWeights, run: str, method: str) -> None:
    if weights.name != fit.weights or weights.labels != fit.units:
        raise UserError(f"effects need the weights of the fit, '{fit.weights}', with its units")
    if run not in RUNS:
        raise UserError(f"run '{run}' is unknown; choose one of {', '.join(RUNS)}")
    if method not in ("simulated", "delta"):
        raise UserError(f"method '{method}' is unknown; choose simulated or delta")
