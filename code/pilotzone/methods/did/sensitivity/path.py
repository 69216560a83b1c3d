"""The input of a sensitivity analysis, checked once, and the interval under parallel trends."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from pilotzone.errors import NotIdentified, UserError

# An eigenvalue below this share of the largest one is rounding: the covariance has lost its rank.
RANK_TOLERANCE = 1e-10
# Relative asymmetry of a covariance that rounding explains.
SYMMETRY_TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False)
class EventPath:
    """Event-study coefficients around a reference period; see ``event_path``, which makes it."""

    coefficients: np.ndarray
    covariance: np.ndarray
    n_pre: int
    n_post: int
    target: np.ndarray

    @property
    def estimate(self) -> float:
        """l'β_post, the estimate of θ under parallel trends."""
        return float(self.target @ self.coefficients[self.n_pre :])

    @property
    def std_error(self) -> float:
        """Standard error of ``estimate``."""
        block = self.covariance[self.n_pre :, self.n_pre :]
        return float(np.sqrt(self.target @ block @ self.target))


@dataclass(frozen=True)
class RobustInterval:
    """A confidence interval for θ = l'τ_post under one restriction.

    Attributes
    ----------
    restriction : ``parallel_trends``, ``smoothness`` or ``relative_magnitudes``.
    m : M or M̄; 0 under parallel trends.
    alpha : one minus the level.
    gaps : rejected stretches between ``low`` and ``high``: a set found by inverting a test need not
        be an interval, and its hull is given.
    """

    restriction: str
    m: float
    alpha: float
    low: float
    high: float
    gaps: int = 0

    @property
    def excludes_zero(self) -> bool:
        """Whether θ = 0 lies outside."""
        return not self.low <= 0.0 <= self.high


def event_path(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    n_pre: int,
    n_post: int,
    target: ArrayLike | None = None,
) -> EventPath:
    """Check event-study coefficients and their covariance.

    Parameters
    ----------
    coefficients : (n_pre + n_post,) in order of time. The periods follow each other without a
        hole; the reference period is the last one before treatment, all others are measured
        against it (a universal base period), and it is left out.
    covariance : (n_pre + n_post, n_pre + n_post) of the coefficients.
    n_pre, n_post : number of coefficients before and after the reference period.
    target : (n_post,) weights l of θ = l'τ_post; default: the first period of treatment.

    Raises
    ------
    UserError : if shapes do not fit, a value is not finite, the covariance is not symmetric, a
        coefficient has no variance or the target is zero.
    NotIdentified : if there is no period before or after the reference period, or the covariance is
        not positive definite.
    """
    beta = np.array(coefficients, dtype=float)
    sigma = np.array(covariance, dtype=float)
    _check_counts(beta, sigma, n_pre, n_post)
    weights = np.eye(n_post)[0] if target is None else np.array(target, dtype=float)
    if weights.shape != (n_post,) or not np.isfinite(weights).all() or not weights.any():
        raise UserError(f"the target needs {n_post} finite weights, one a post-period, not all 0")
    _check_values(beta, sigma)
    return EventPath(beta, (sigma + sigma.T) / 2, n_pre, n_post, weights)


def _check_counts(beta: np.ndarray, sigma: np.ndarray, n_pre: int, n_post: int) -> None:
    """Shapes, and at least one period on either side."""
    n = n_pre + n_post
    if beta.shape != (n,) or sigma.shape != (n, n):
        raise UserError(
            f"{n_pre} pre- and {n_post} post-periods need {n} coefficients and a {n} x {n} "
            f"covariance, not shapes {beta.shape} and {sigma.shape}; leave out the reference period"
        )
    if n_pre < 1:
        raise NotIdentified("no_coefficient_before")
    if n_post < 1:
        raise NotIdentified("no_coefficient_after")


def _check_values(beta: np.ndarray, sigma: np.ndarray) -> None:
    """Finite coefficients, and a symmetric positive definite covariance."""
    if not np.isfinite(beta).all():
        position = int(np.flatnonzero(~np.isfinite(beta))[0]) + 1
        raise UserError(
            f"coefficient {position} is not finite; leave out the periods not estimated"
        )
    if not np.isfinite(sigma).all():
        raise UserError("the covariance holds values that are not finite")
    if np.abs(sigma - sigma.T).max() > SYMMETRY_TOLERANCE * np.abs(sigma).max():
        raise UserError("the covariance is not symmetric; check the order of the coefficients")
    if (np.diag(sigma) == 0).any():
        position = int(np.flatnonzero(np.diag(sigma) == 0)[0]) + 1
        raise UserError(f"coefficient {position} has variance 0; leave out the reference period")
    eigenvalues = np.linalg.eigvalsh((sigma + sigma.T) / 2)
    if eigenvalues[0] <= RANK_TOLERANCE * eigenvalues[-1]:
        facts = {"coefficients": len(beta), "smallest": eigenvalues[0]}
        raise NotIdentified("path_covariance", **facts)


def conventional_interval(path: EventPath, alpha: float = 0.05) -> RobustInterval:
    """Interval under parallel trends, l'β_post ± z_{1−α/2} se (the ``original`` of HonestDiD).

    Raises UserError if alpha lies outside (0, 0.5).
    """
    check_alpha(alpha)
    half = ndtri(1 - alpha / 2) * path.std_error
    low, high = path.estimate - half, path.estimate + half
    return RobustInterval("parallel_trends", 0.0, alpha, float(low), float(high))


def check_alpha(alpha: float) -> None:
    """Refuse a size for which the critical values have no meaning."""
    if not 0 < alpha < 0.5:
        raise UserError(f"alpha must lie between 0 and 0.5, not {alpha}")


def check_bound(m: float, name: str) -> None:
    """Refuse a bound that is no number or negative."""
    if not (np.isfinite(m) and m >= 0):
        raise UserError(f"{name} must be a finite number of at least 0, not {m}")
