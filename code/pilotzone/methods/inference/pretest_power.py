r"""A linear violation of parallel trends, δ_e = slope · (e − reference), in an event study.

How often the pre-test would notice it, and the slopes that would explain the coefficients.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.methods.inference.bands import (
    correlation,
    critical_value,
    moments,
    normal_draws,
    quadratic,
    regular,
    root_of,
    sides,
    trend_since,
)
from pilotzone.methods.inference.t_tests import two_sided

# Halvings of a bracket of slopes.
HALVINGS = 50


@dataclass(frozen=True)
class PretestPower:
    """How often the pre-test rejects under a linear violation of parallel trends.

    ``individual``: some pre-treatment coefficient is significant; ``joint``: the Wald test rejects.

    Attributes
    ----------
    slope : of the violation, in units of the outcome per period.
    individual, joint : power against the slope; ``size_…`` against no violation.
    joint_slope_50, joint_slope_80 : positive slope at which ``joint`` is 0.5 and 0.8; zero where
        its size is as large already.
    power, bracket : ``individual`` as a function of the slope, and the first that is tried for it.
    bayes_factor : probability to pass ``individual`` under the violation over that without one.
    likelihood_ratio : density of the estimated coefficients, likewise.
    alpha, df, draws : level of the tests, degrees of freedom, draws of the simulation.
    """

    slope: float
    individual: float
    joint: float
    size_individual: float
    size_joint: float
    joint_slope_50: float
    joint_slope_80: float
    power: Callable[[float], float]
    bracket: float
    bayes_factor: float
    likelihood_ratio: float
    alpha: float
    df: int | None
    draws: int

    @property
    def slope_50(self) -> float:
        """Positive slope at which ``individual`` is 0.5; zero where its size is as large."""
        return _slope_for(0.5, self.power, self.bracket)

    @property
    def slope_80(self) -> float:
        """As ``slope_50``, of a power of 0.8."""
        return _slope_for(0.8, self.power, self.bracket)


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
    Roth (2022, American Economic Review: Insights 4(3)).

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
    NotIdentified : if the covariance is singular.
    UserError : if shapes differ, a variance is not positive, or the reference is among the times.
    """
    beta, sigma = moments(coefs_pre, cov_pre)
    trend = trend_since(relative_times, reference, len(beta))
    low, high = _passing_slopes(sigma, trend, critical_value(alpha, df), draws, rng)
    distance, threshold = quadratic(trend, sigma), _joint_threshold(len(trend), alpha, df)

    def individual(s: float) -> float:
        return 1 - float(np.mean((low <= s) & (s <= high)))

    def joint(s: float) -> float:
        return 1 - float(special.chndtr(threshold, len(trend), s**2 * distance))

    bracket, found, size = float(1 / np.sqrt(distance)), individual(slope), individual(0.0)
    return PretestPower(
        slope=float(slope),
        individual=found,
        joint=joint(slope),
        size_individual=size,
        size_joint=joint(0.0),
        joint_slope_50=_slope_for(0.5, joint, bracket),
        joint_slope_80=_slope_for(0.8, joint, bracket),
        power=individual,
        bracket=bracket,
        bayes_factor=(1 - found) / (1 - size),
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
    for z in normal_draws(root_of(correlation(sigma)), draws, rng):
        middle, half = -z / per_error, critical / np.abs(per_error)
        # Coefficients are few: column by column is faster than row by row.
        low.append(functools.reduce(np.maximum, (middle - half).T))
        high.append(functools.reduce(np.minimum, (middle + half).T))
    return np.concatenate(low), np.concatenate(high)


def _joint_threshold(q: int, alpha: float, df: int | None) -> float:
    """Critical value of the quadratic form: χ²(q), or q F(q, df)."""
    if df is None:
        return float(special.chdtri(q, alpha))
    return float(q * special.fdtri(q, df, 1 - alpha))


def _slope_for(target: float, power: Callable[[float], float], bracket: float) -> float:
    """The positive slope at which a power function that rises with the slope has a value."""
    if power(0.0) >= target:
        return 0.0
    low, high = 0.0, bracket
    while power(high) < target:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if power(middle) < target else (low, middle)
    return float(high)


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
    reference, alpha, df : as in ``roth_power``.

    Raises
    ------
    NotIdentified : if the covariance before treatment is singular.
    UserError : as ``roth_power``; if there is no coefficient before or after treatment, or the
        reference is after it.
    """
    beta, sigma = moments(coefficients, covariance)
    trend = trend_since(relative_times, reference, len(beta))
    pre, post = sides(relative_times, reference)
    weights = np.zeros((2, len(beta)))
    solved = np.linalg.solve(regular(sigma[np.ix_(pre, pre)]), trend[pre])
    weights[0, pre] = solved / (solved @ trend[pre])
    weights[1, post] = 1 / trend[post].sum()
    rows = np.vstack([weights, weights[1] - weights[0]])
    values = rows @ beta
    errors = np.sqrt(np.einsum("ij,jk,ik->i", rows, sigma, rows))
    before, after, gap = np.column_stack([values, errors, two_sided(values / errors, df)]).tolist()
    rest = max(0.0, abs(after[0]) - critical_value(alpha, df) * errors[1])
    return LinearTrend(*before, *after[:2], float(np.copysign(rest, after[0])), *gap)
