r"""Joint inference on event-study coefficients, and what their pre-test can and cannot see.

Coefficients β̂ ~ N(β, Σ) by relative time. ``joint_wald`` and ``simultaneous_bands`` look at several
at once. The rest is about a linear violation of parallel trends, δ_e = slope · (e − reference): how
often the pre-test would notice it, what it does to the coefficients after treatment, and what slope
would explain them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified, UserError

# An eigenvalue of a correlation matrix below this is zero.
SINGULAR = 1e-10
# Draws held at a time: 8 MB for ten coefficients.
CHUNK_DRAWS = 100_000
# Halvings of a bracket of slopes.
HALVINGS = 50


# --------------------------------------------------------------------------------------
# Several coefficients at once
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WaldTest:
    """F test that coefficients are jointly zero.

    Attributes
    ----------
    statistic : F.
    df1, df2 : q and G − 1.
    p_value : from F(q, G − 1).
    """

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

    Parameters
    ----------
    coefficients, covariance : (k,) and (k, k).
    n_clusters : G.
    subset : positions of the coefficients; default: all.

    Raises
    ------
    NotIdentified
        If the covariance of the subset is singular. A clustered one is if q is G or more.
    UserError
        If shapes differ or a value is missing.

    Notes
    -----
    Cameron and Miller (2015, Journal of Human Resources 50(2)).
    """
    beta, sigma = _moments(coefficients, covariance)
    chosen = np.arange(len(beta)) if subset is None else np.asarray(subset, dtype=int)
    if not len(chosen):
        raise UserError("there is no coefficient to test; name at least one")
    beta, sigma = beta[chosen], sigma[np.ix_(chosen, chosen)]
    q = len(beta)
    statistic = _quadratic(beta, sigma) / q
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

    Raises
    ------
    UserError
        If shapes differ, a value is missing or a variance is not positive.

    Notes
    -----
    Montiel Olea and Plagborg-Møller (2019, Journal of Applied Econometrics 34(1)), the plug-in
    sup-t band.
    """
    beta, sigma = _moments(coefficients, covariance)
    errors = np.sqrt(np.diag(sigma))
    root = _root(sigma / np.outer(errors, errors))
    largest = np.concatenate([np.abs(z).max(axis=1) for z in _normal_draws(root, draws, rng)])
    if df is not None:
        largest /= np.sqrt(rng.chisquare(df, draws) / df)
    critical = float(np.quantile(largest, level))
    return SimultaneousBands(
        low=beta - critical * errors,
        high=beta + critical * errors,
        critical=critical,
        pointwise_critical=_critical(1 - level, df),
        level=level,
        df=df,
        draws=draws,
    )


# --------------------------------------------------------------------------------------
# Power of the pre-test
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PretestPower:
    """How often the pre-test rejects under a linear violation of parallel trends.

    ``individual``: some pre-treatment coefficient is significant; ``joint``: the Wald test
    rejects.

    Attributes
    ----------
    slope : of the violation, in units of the outcome per period.
    individual, joint : power against the slope.
    size_individual, size_joint : power against no violation.
    slope_50, slope_80 : positive slope at which ``individual`` is 0.5 and 0.8; zero where its size
        is as large already.
    joint_slope_50, joint_slope_80 : the same for ``joint``.
    bayes_factor : probability to pass ``individual`` under the violation over that without one.
    likelihood_ratio : density of the estimated coefficients under the violation over that without
        one.
    alpha, df, draws : level of the tests, degrees of freedom, draws of the simulation.
    """

    slope: float
    individual: float
    joint: float
    size_individual: float
    size_joint: float
    slope_50: float
    slope_80: float
    joint_slope_50: float
    joint_slope_80: float
    bayes_factor: float
    likelihood_ratio: float
    alpha: float
    df: int | None
    draws: int


def roth_power(
    coefs_pre: ArrayLike,
    cov_pre: ArrayLike,
    slope: float,
    relative_times: ArrayLike,
    rng: np.random.Generator,
    *,
    reference: float = -1,
    alpha: float = 0.05,
    df: int | None = None,
    draws: int = 100_000,
) -> PretestPower:
    r"""Power of the test for pre-trends against δ_e = slope · (e − reference).

    Individual: P(some |β̂_e| > c σ_e) for β̂ ~ N(δ, Σ), by simulation; the same draws serve every
    slope, so that the power is a smooth function of it. Joint: P(β̂'Σ⁻¹β̂ > critical value), a
    non-central χ² with non-centrality δ'Σ⁻¹δ, exact. Σ counts as known. Only the likelihood ratio
    depends on the estimated coefficients.

    Parameters
    ----------
    coefs_pre, cov_pre : (q,) coefficients before treatment and their covariance Σ.
    slope : in units of the outcome per period.
    relative_times : (q,) e, without the reference period.
    rng : source of the draws.
    reference : relative time of the coefficient that is set to zero.
    alpha : level of the pre-test.
    df : None for normal and χ² critical values, as in the paper; G − 1 for those of t(G − 1) and
        q F(q, G − 1), which make a test with few clusters less powerful.
    draws : of the simulation; the error of a power is at most 0.5/√draws.

    Raises
    ------
    NotIdentified
        If the covariance is singular.
    UserError
        If shapes differ, a variance is not positive, or the reference is among the times.

    Notes
    -----
    Roth (2022, American Economic Review: Insights 4(3)).
    """
    beta, sigma = _moments(coefs_pre, cov_pre)
    trend = _trend(relative_times, reference, len(beta))
    low, high = _passing_slopes(sigma, trend, _critical(alpha, df), draws, rng)
    distance, threshold = _quadratic(trend, sigma), _joint_threshold(len(trend), alpha, df)

    def individual(s: float) -> float:
        return 1 - float(np.mean((low <= s) & (s <= high)))

    def joint(s: float) -> float:
        return 1 - float(special.chndtr(threshold, len(trend), s**2 * distance))

    return PretestPower(
        slope=float(slope),
        individual=individual(slope),
        joint=joint(slope),
        size_individual=individual(0.0),
        size_joint=joint(0.0),
        slope_50=_slope_for(0.5, individual, distance),
        slope_80=_slope_for(0.8, individual, distance),
        joint_slope_50=_slope_for(0.5, joint, distance),
        joint_slope_80=_slope_for(0.8, joint, distance),
        bayes_factor=(1 - individual(slope)) / (1 - individual(0.0)),
        likelihood_ratio=float(
            np.exp(slope * trend @ np.linalg.solve(sigma, beta) - slope**2 * distance / 2)
        ),
        alpha=alpha,
        df=df,
        draws=draws,
    )


def _passing_slopes(
    sigma: np.ndarray, trend: np.ndarray, critical: float, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """For each draw the lowest and the highest slope at which no coefficient is significant."""
    errors = np.sqrt(np.diag(sigma))
    per_error = trend / errors
    low, high = [], []
    for z in _normal_draws(_root(sigma / np.outer(errors, errors)), draws, rng):
        middle, half = -z / per_error, critical / np.abs(per_error)
        low.append((middle - half).max(axis=1))
        high.append((middle + half).min(axis=1))
    return np.concatenate(low), np.concatenate(high)


def _joint_threshold(q: int, alpha: float, df: int | None) -> float:
    """Critical value of the quadratic form: χ²(q), or q F(q, df)."""
    if df is None:
        return float(special.chdtri(q, alpha))
    return float(q * special.fdtri(q, df, 1 - alpha))


def _slope_for(target: float, power: Callable[[float], float], distance: float) -> float:
    """The positive slope at which a power function that rises with the slope has a value."""
    if power(0.0) >= target:
        return 0.0
    low, high = 0.0, 1 / np.sqrt(distance)
    while power(high) < target:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle) < target else (low, middle)
    return float(high)


# --------------------------------------------------------------------------------------
# What a linear trend does
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class TrendBias:
    """Bias of the coefficients after treatment under a linear violation of parallel trends.

    Attributes
    ----------
    relative_times : (m,) after the reference.
    bias : (m,) slope · (e − reference).
    bias_after_pretest : (m,) bias among the samples in which no coefficient before treatment is
        significant.
    passing : share of such samples.
    """

    relative_times: np.ndarray
    bias: np.ndarray
    bias_after_pretest: np.ndarray
    passing: float


def trend_bias(
    covariance: ArrayLike,
    slope: float,
    relative_times: ArrayLike,
    rng: np.random.Generator,
    *,
    reference: float = -1,
    alpha: float = 0.05,
    df: int | None = None,
    draws: int = 100_000,
) -> TrendBias:
    r"""Bias under δ_e = slope · (e − reference), in all samples and in those passing the pre-test.

    E(β̂_post − β_post | pass) = δ_post + Σ₂₁ Σ₁₁⁻¹ (E(β̂_pre | pass) − δ_pre), with the mean of the
    truncated normal by simulation.

    Parameters
    ----------
    covariance : (k, k) of all coefficients, before and after treatment.
    slope : in units of the outcome per period.
    relative_times : (k,) e, without the reference; treatment starts at zero.
    rng, reference, alpha, df, draws : as in ``roth_power``.

    Raises
    ------
    NotIdentified
        If the covariance before treatment is singular or no draw passes.
    UserError
        As ``roth_power``; if there is no coefficient before or after treatment, or the reference is
        after it.

    Notes
    -----
    Roth (2022, American Economic Review: Insights 4(3)).
    """
    sigma = _moments(None, covariance)[1]
    trend = _trend(relative_times, reference, len(sigma))
    pre, post = _sides(relative_times, reference)
    errors = np.sqrt(np.diag(sigma))[pre]
    before = sigma[np.ix_(pre, pre)]
    loading = np.linalg.solve(_regular(before), sigma[np.ix_(pre, post)])
    total, count = np.zeros(len(pre)), 0
    for z in _normal_draws(_root(before), draws, rng):
        inside = (np.abs(z + slope * trend[pre]) <= _critical(alpha, df) * errors).all(axis=1)
        total, count = total + z[inside].sum(axis=0), count + int(inside.sum())
    if not count:
        raise NotIdentified("no_draw_passes", draws=draws)
    bias = slope * trend[post]
    times = np.asarray(relative_times, dtype=float)[post]
    return TrendBias(times, bias, bias + total / count @ loading, count / draws)


@dataclass(frozen=True)
class LinearTrend:
    """Straight lines through the reference period that would explain the coefficients.

    Attributes
    ----------
    slope_pre, se_pre, p_pre : line fitted to the coefficients before treatment by generalised
        least squares.
    slope_post, se_post : line that gives the mean of the coefficients after treatment.
    slope_insignificant : the line of smallest slope, in the direction of the effect, that leaves
        of that mean no more than an insignificant rest; zero if it is insignificant as it is.
    difference, se_difference, p_difference : slope_post − slope_pre; if it is not significant, one
        line explains both sides.
    """

    slope_pre: float
    se_pre: float
    p_pre: float
    slope_post: float
    se_post: float
    slope_insignificant: float
    difference: float
    se_difference: float
    p_difference: float


def linear_trend_that_explains(
    coefficients: ArrayLike,
    covariance: ArrayLike,
    relative_times: ArrayLike,
    *,
    reference: float = -1,
    alpha: float = 0.05,
    df: int | None = None,
) -> LinearTrend:
    r"""Slopes that explain an event study before and after treatment without any effect.

    With a_e = e − reference: before treatment slope = a'Σ⁻¹β̂ / a'Σ⁻¹a over e < 0; after it
    slope = Σ β̂_e / Σ a_e over e ≥ 0. Both are linear in β̂, and so is their difference.

    Parameters
    ----------
    coefficients, covariance : (k,) and (k, k), without the reference.
    relative_times : (k,) e; treatment starts at zero.
    reference : relative time of the coefficient that is set to zero.
    alpha, df : level of the tests, normal or t(df).

    Raises
    ------
    NotIdentified
        If the covariance before treatment is singular.
    UserError
        As ``trend_bias``.
    """
    beta, sigma = _moments(coefficients, covariance)
    trend = _trend(relative_times, reference, len(beta))
    pre, post = _sides(relative_times, reference)
    weights = np.zeros((2, len(beta)))
    solved = np.linalg.solve(_regular(sigma[np.ix_(pre, pre)]), trend[pre])
    weights[0, pre] = solved / (solved @ trend[pre])
    weights[1, post] = 1 / trend[post].sum()
    rows = np.vstack([weights, weights[1] - weights[0]])
    values = rows @ beta
    errors = np.sqrt(np.einsum("ij,jk,ik->i", rows, sigma, rows))
    p_values = _two_sided(values / errors, df)
    rest = max(0.0, abs(values[1]) - _critical(alpha, df) * errors[1])
    return LinearTrend(
        slope_pre=float(values[0]),
        se_pre=float(errors[0]),
        p_pre=float(p_values[0]),
        slope_post=float(values[1]),
        se_post=float(errors[1]),
        slope_insignificant=float(np.copysign(rest, values[1])),
        difference=float(values[2]),
        se_difference=float(errors[2]),
        p_difference=float(p_values[2]),
    )


# --------------------------------------------------------------------------------------
# Parts
# --------------------------------------------------------------------------------------


def _moments(
    coefficients: ArrayLike | None, covariance: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
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


def _trend(relative_times: ArrayLike, reference: float, count: int) -> np.ndarray:
    """Periods since the reference, one per coefficient."""
    trend = np.atleast_1d(np.asarray(relative_times, dtype=float)) - reference
    if len(trend) != count:
        raise UserError(f"{len(trend)} relative times for {count} coefficients")
    if np.any(trend == 0):
        raise UserError(f"relative time {reference:g} is the reference; leave it out")
    return trend


def _sides(relative_times: ArrayLike, reference: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions before and after the start of treatment at zero."""
    times = np.atleast_1d(np.asarray(relative_times, dtype=float))
    pre, post = np.flatnonzero(times < 0), np.flatnonzero(times >= 0)
    if not len(pre) or not len(post) or reference >= 0:
        raise UserError(
            f"{len(pre)} coefficients before treatment, {len(post)} after it, reference "
            f"{reference:g}; both are needed, and a reference before treatment"
        )
    return pre, post


def _regular(sigma: np.ndarray) -> np.ndarray:
    """The covariance, if it has full rank."""
    errors = np.sqrt(np.diag(sigma))
    values = np.linalg.eigvalsh(sigma / np.outer(errors, errors))
    rank = int(np.count_nonzero(values > SINGULAR))
    if rank < len(sigma):
        raise NotIdentified("singular_covariance", coefficients=len(sigma), rank=rank)
    return sigma


def _quadratic(beta: np.ndarray, sigma: np.ndarray) -> float:
    """β'Σ⁻¹β."""
    return float(beta @ np.linalg.solve(_regular(sigma), beta))


def _root(sigma: np.ndarray) -> np.ndarray:
    """A matrix with root root' = Σ, also where Σ is singular."""
    values, vectors = np.linalg.eigh(sigma)
    return vectors * np.sqrt(values.clip(min=0))


def _normal_draws(root: np.ndarray, draws: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Chunks (c, k) of draws from N(0, root root')."""
    if draws < 1:
        raise UserError(f"{draws} draws; at least 1 is needed")
    for first in range(0, draws, CHUNK_DRAWS):
        yield rng.standard_normal((min(CHUNK_DRAWS, draws - first), len(root))) @ root.T


def _critical(alpha: float, df: int | None) -> float:
    """Two-sided critical value of the normal or t distribution."""
    if df is None:
        return float(special.ndtri(1 - alpha / 2))
    return float(special.stdtrit(df, 1 - alpha / 2))


def _two_sided(t: np.ndarray, df: int | None) -> np.ndarray:
    """Two-sided p values from the normal or t distribution."""
    return 2 * (special.ndtr(-np.abs(t)) if df is None else special.stdtr(df, -np.abs(t)))
