"""Coefficients β̂ ~ N(β, Σ) by relative time: checks, draws and critical values."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.permutations import positive_draws

# An eigenvalue of a correlation matrix below this is zero.
SINGULAR = 1e-10
# Draws held at a time: 8 MB for ten coefficients.
CHUNK_DRAWS = 100_000


def moments(coefficients: ArrayLike | None, covariance: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (zero if not needed) and a covariance that fits them, checked."""
    sigma = np.asarray(covariance, dtype=float)
    sigma = sigma.reshape(1, 1) if sigma.ndim == 0 else sigma
    beta = np.zeros(len(sigma)) if coefficients is None else np.atleast_1d(coefficients)
    beta = np.asarray(beta, dtype=float)
    if sigma.shape != (len(beta), len(beta)):
        raise UserError(f"{len(beta)} coefficients with a covariance of shape {sigma.shape}")
    if not (np.isfinite(beta).all() and np.isfinite(sigma).all()):
        raise UserError("coefficients and covariance have missing values")
    if not np.all(np.diag(sigma) > 0):
        raise UserError(
            "a variance is not positive; leave out the reference period, whose coefficient is fixed"
        )
    return beta, sigma


def trend_since(relative_times: ArrayLike, reference: float, count: int) -> np.ndarray:
    """Periods since the reference, one per coefficient."""
    trend = np.atleast_1d(np.asarray(relative_times, dtype=float)) - reference
    if len(trend) != count:
        raise UserError(f"{len(trend)} relative times for {count} coefficients")
    if np.any(trend == 0):
        raise UserError(f"relative time {reference:g} is the reference; leave it out")
    return trend


def sides(relative_times: ArrayLike, reference: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions before and after the start of treatment at zero."""
    times = np.atleast_1d(np.asarray(relative_times, dtype=float))
    pre, post = np.flatnonzero(times < 0), np.flatnonzero(times >= 0)
    if not len(pre) or not len(post) or reference >= 0:
        raise UserError(
            f"{len(pre)} coefficients before treatment, {len(post)} after it, reference "
            f"{reference:g}; both are needed, and a reference before treatment"
        )
    return pre, post


def correlation(sigma: np.ndarray) -> np.ndarray:
    """The correlation matrix of a covariance."""
    errors = np.sqrt(np.diag(sigma))
    return sigma / np.outer(errors, errors)


def regular(sigma: np.ndarray) -> np.ndarray:
    """The covariance, if it has full rank."""
    values = np.linalg.eigvalsh(correlation(sigma))
    rank = int(np.count_nonzero(values > SINGULAR))
    if rank < len(sigma):
        raise NotIdentified("singular_covariance", coefficients=len(sigma), rank=rank)
    return sigma


def quadratic(beta: np.ndarray, sigma: np.ndarray) -> float:
    """β'Σ⁻¹β."""
    return float(beta @ np.linalg.solve(regular(sigma), beta))


def root_of(sigma: np.ndarray) -> np.ndarray:
    """A matrix with root root' = Σ, also where Σ is singular."""
    values, vectors = np.linalg.eigh(sigma)
    return vectors * np.sqrt(values.clip(min=0))


def normal_draws(root: np.ndarray, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Chunks (c, k) of draws from N(0, root root')."""
    positive_draws(draws)
    for first in range(0, draws, CHUNK_DRAWS):
        yield rng.standard_normal((min(CHUNK_DRAWS, draws - first), len(root))) @ root.T


def critical_value(alpha: float, df: int | None) -> float:
    """Two-sided critical value of the normal or t distribution."""
    if df is None:
        return float(special.ndtri(1 - alpha / 2))
    return float(special.stdtrit(df, 1 - alpha / 2))
