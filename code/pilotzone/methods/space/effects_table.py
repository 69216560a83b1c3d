"""Tables of direct, indirect and total effects: errors by draws or by the delta method."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.results import (
    SpatialResult,
    check_level,
    critical_value,
    two_sided_p,
)
from pilotzone.methods.space.weights import Labelled

KINDS = ("direct", "indirect", "total")


@dataclass(frozen=True, eq=False)
class EffectsTable:
    """Effects of k regressors; every array is (3, k) in the order direct, indirect, total.

    Attributes
    ----------
    names : (k,)
    estimates : (3, k) at the point estimates, not the mean of the draws.
    std_errors : (3, k) standard deviation of the draws, or by the delta method.
    ci_low, ci_high : (3, k) percentiles of the draws; with ``method='delta'``, or with ``df``, so
        many errors to either side of the estimate.
    level : of the interval.
    n_draws, n_rejected : draws asked for, and draws left out because they have no stable reduced
        form.
    draws : (n_draws - n_rejected, 3, k) or None; the effects of each draw, if they were to be kept.
    df : degrees of freedom of t for p values and intervals; None for the normal distribution.
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
    df: int | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """Names ``direct:x``, ... in the order of ``estimates.ravel()``."""
        return tuple(f"{kind}:{name}" for kind in KINDS for name in self.names)

    @property
    def z(self) -> np.ndarray:
        """Estimates over standard errors (3, k)."""
        return self.estimates / self.std_errors

    @property
    def p_values(self) -> np.ndarray:
        """Two-sided p-values (3, k) from t(df), without ``df`` from the normal distribution."""
        return two_sided_p(self.z, self.df)


def check_request(
    fit: SpatialResult, weights: Labelled, method: str, draws: int, seed: int | None, level: float
) -> None:
    """Raise UserError unless the weights are those of the fit and the options make sense."""
    if weights.name != fit.weights or weights.labels != fit.units:
        raise UserError(f"effects need the weights of the fit, '{fit.weights}', with its units")
    if method not in ("simulated", "delta"):
        raise UserError(f"method '{method}' is unknown; choose simulated or delta")
    if method == "simulated" and (seed is None or draws < 2):
        raise UserError("simulated effects need a seed and at least 2 draws")
    check_level(level)


def stable_draws(
    fit: SpatialResult,
    draws: int,
    seed: int,
    is_stable: Callable[[np.ndarray], np.ndarray],
    fault: str,
) -> np.ndarray:
    """Draw coefficients jointly and return those with a stable reduced form.

    ``is_stable`` says of rows (draws, K) whether they are kept, ``fault`` what is wrong with the
    others. Raises UserError if more than half of the draws are left out.
    """
    root = np.linalg.cholesky(fit.covariance)
    normal = np.random.default_rng(seed).standard_normal((draws, len(fit.names)))
    rows = fit.coefficients + normal @ root.T
    stable = is_stable(rows)
    rejected = int(draws - stable.sum())
    if rejected > draws / 2:
        raise UserError(f"{rejected} of {draws} draws {fault}; use method='delta'")
    return rows[stable]


def spread(drawn: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return standard deviation and the ends of the interval over the first axis."""
    low, high = np.quantile(drawn, [0.5 - level / 2.0, 0.5 + level / 2.0], axis=0)
    return drawn.std(axis=0, ddof=1), low, high


def by_draws(
    names: tuple[str, ...],
    estimates: np.ndarray,
    drawn: np.ndarray,
    draws: int,
    level: float,
    keep: bool,
    df: int | None = None,
) -> EffectsTable:
    """Return the table of effects (3, k) with those (d, 3, k) of the d draws that were kept."""
    errors, low, high = spread(drawn, level)
    if df is not None:
        low, high = _around(estimates, errors, level, df)
    rejected = draws - len(drawn)
    shown = drawn if keep else None
    return EffectsTable(
        names, estimates, errors, low, high, "simulated", level, draws, rejected, shown, df
    )


def by_delta(
    names: tuple[str, ...],
    estimates: np.ndarray,
    errors: np.ndarray,
    level: float,
    df: int | None = None,
) -> EffectsTable:
    """Return the table of effects (3, k) with errors (3, k) by the delta method."""
    low, high = _around(estimates, errors, level, df)
    return EffectsTable(names, estimates, errors, low, high, "delta", level, 0, 0, None, df)


def _around(
    estimates: np.ndarray, errors: np.ndarray, level: float, df: int | None
) -> tuple[np.ndarray, np.ndarray]:
    reach = critical_value(level, df) * errors
    return estimates - reach, estimates + reach
