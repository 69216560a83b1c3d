r"""Joint inference on event-study coefficients: a Wald test and simultaneous bands."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class WaldTest:
    """F test that coefficients are jointly zero: df1 is q, df2 is G − 1, p from F(q, G − 1)."""

    statistic: float
    df1: int
    df2: int
    p_value: float


def joint_wald(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    n_clusters: int,
    subset: Sequence[int] | None = None,
) -> WaldTest:
    """Test that a subset of coefficients is zero, F = β̂_s' Σ̂_s⁻¹ β̂_s / q ~ F(q, G − 1).

    Cameron and Miller (2015, Journal of Human Resources 50(2)).

    Parameters
    ----------
    coefficients, covariance : (k,) and (k, k); ``n_clusters`` is G.
    subset : positions of the coefficients; default: all.

    Raises
    ------
    NotIdentified : if the covariance of the subset is singular. A clustered one is if q is G or
        more.
    UserError : if shapes differ or a value is missing.
    """
    beta, sigma = moments(coefficients, covariance)
    chosen = np.arange(len(beta)) if subset is None else np.asarray(subset, dtype=int)
    if not len(chosen):
        raise UserError("there is no coefficient to test; name at least one")
    beta, sigma = beta[chosen], sigma[np.ix_(chosen, chosen)]
    q = len(beta)
    statistic = quadratic(beta, sigma) / q
    p = float(special.fdtrc(q, n_clusters - 1, statistic))
    return WaldTest(float(statistic), q, n_clusters - 1, p)


@dataclass(frozen=True, eq=False)
class SimultaneousBands:
    """Intervals that hold all coefficients at once with the stated probability.

    Attributes
    ----------
    low, high : (k,) β̂ ∓ critical · standard error.
    critical : sup-t critical value.
    pointwise_critical : that of a single coefficient.
    level, df, draws : as given.
    """

    low: np.ndarray
    high: np.ndarray
    critical: float
    pointwise_critical: float
    level: float
    df: int | None
    draws: int


def simultaneous_bands(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    df: int | None = None,
    draws: int = 100_000,
) -> SimultaneousBands:
    r"""Sup-t bands: the critical value is the quantile of max_j |z_j|, z ~ N(0, corr Σ̂).

    Montiel Olea and Plagborg-Møller (2019, Journal of Applied Econometrics 34(1)), the plug-in
    sup-t band.

    Parameters
    ----------
    coefficients, covariance : (k,) and (k, k); the covariance may be singular. Leave the reference
        period out.
    rng : source of the draws.
    level : probability that the bands hold all coefficients.
    df : None for the normal distribution of the paper. G − 1 divides each draw z by
        √(χ²(df)/df), the same for all its coefficients, so that one coefficient alone has the
        t(G − 1) interval of the tables; a correction for few clusters, not part of the paper.
    draws : of the simulation; with 100,000 the critical value has an error of about 0.01.

    Raises UserError if shapes differ, a value is missing or a variance is not positive.
    """
    beta, sigma = moments(coefficients, covariance)
    errors = np.sqrt(np.diag(sigma))
    root = root_of(correlation(sigma))
    # Coefficients are few: column by column is faster than row by row.
    largest = np.concatenate(
        [functools.reduce(np.maximum, np.abs(z).T) for z in normal_draws(root, draws, rng)]
    )
    if df is not None:
        largest /= np.sqrt(rng.chisquare(df, draws) / df)
    critical = float(np.quantile(largest, level))
    return SimultaneousBands(
        low=beta - critical * errors,
        high=beta + critical * errors,
        critical=critical,
        pointwise_critical=critical_value(1 - level, df),
        level=level,
        df=df,
        draws=draws,
    )
