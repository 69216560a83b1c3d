r"""What a linear violation of parallel trends does to the coefficients after treatment.

The violation is δ_e = slope · (e − reference): its bias, with and without a pre-test, and the
slopes that would explain the coefficients.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.event_moments import (
    critical_value,
    moments,
    normal_draws,
    regular,
    root_of,
    sides,
    trend_since,
)
from pilotzone.methods.inference.t_tests import two_sided


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
    Roth (2022, American Economic Review: Insights 4(3)).

    Parameters
    ----------
    covariance : (k, k) of all coefficients, before and after treatment.
    slope : in units of the outcome per period.
    relative_times : (k,) e, without the reference; treatment starts at zero.
    rng, reference, alpha, df, draws : as in ``roth_power``.

    Raises
    ------
    NotIdentified : if the covariance before treatment is singular or no draw passes.
    UserError : as ``roth_power``; if there is no coefficient before or after treatment, or the
        reference is after it.
    """
    sigma = moments(None, covariance)[1]
    trend = trend_since(relative_times, reference, len(sigma))
    pre, post = sides(relative_times, reference)
    errors = np.sqrt(np.diag(sigma))[pre]
    before = sigma[np.ix_(pre, pre)]
    loading = np.linalg.solve(regular(before), sigma[np.ix_(pre, post)])
    total, count = np.zeros(len(pre)), 0
    for z in normal_draws(root_of(before), draws, rng):
        inside = (np.abs(z + slope * trend[pre]) <= critical_value(alpha, df) * errors).all(axis=1)
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
    NotIdentified : if the covariance before treatment is singular.
    UserError : as ``trend_bias``.
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
    p_values = two_sided(values / errors, df)
    rest = max(0.0, abs(values[1]) - critical_value(alpha, df) * errors[1])
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
