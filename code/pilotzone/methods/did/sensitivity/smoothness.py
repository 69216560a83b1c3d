r"""Bounded changes of slope, Δ^SD(M): the optimal fixed-length confidence interval.

Time runs −K … −1 before and 1 … T after the reference period 0, and

    Δ^SD(M) = {δ : |(δ_{t+1} − δ_t) − (δ_t − δ_{t−1})| ≤ M for all t}, δ_0 = 0.

An estimator a'β_pre + l'β_post has bias a'δ_pre + l'δ_post. In terms of the changes of slope Δ_t,

    bias = slope · (Σ_s s l_s − Σ_k k a_{−k}) + Σ_{j=1}^{K−1} q_j Δ_{−j} + Σ_{t=0}^{T−1} p_t Δ_t,
    q_j = Σ_k (k − j)^+ a_{−k},  p_t = Σ_s (s − t)^+ l_s.

It is bounded iff the first bracket is 0, so q_0 = Σ_s s l_s; then its maximum is
b = M (Σ|q_j| + Σ|p_t|). As a_{−k} = q_{k−1} − 2 q_k + q_{k+1}, the free choice is q_1 … q_{K−1},
and the shortest interval solves

    min_q s · cv_α(b / s),  s² = Var(a'β_pre + l'β_post),

cv_α(t) the 1 − α quantile of |N(t, 1)| (Armstrong and Kolesár 2018). The objective
is convex and grows in b and s, so for some λ ≥ 0 the solution also solves min_q s²/2 + λ Σ|q_j|:
one root in λ over a small quadratic programme.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import ndtr, ndtri

from pilotzone.methods.did.sensitivity.path import (
    EventPath,
    RobustInterval,
    check_alpha,
    check_bound,
)

# Precision of the penalty relative to its largest value.
PENALTY_TOLERANCE = 1e-13


@dataclass(frozen=True, eq=False)
class AffineEstimator:
    """The estimator a'β_pre + l'β_post whose fixed-length interval is shortest.

    Attributes
    ----------
    weights : (n_pre + n_post,) a and l, in the order of the coefficients.
    worst_bias : largest |bias| over Δ^SD(M).
    half_length : of the interval: std_error · cv_α(worst_bias / std_error).
    """

    weights: np.ndarray
    estimate: float
    std_error: float
    worst_bias: float
    half_length: float


@dataclass(frozen=True, eq=False)
class _Programme:
    """s² = q'Pq + 2r'q + v and b/M = Σ|q| + ``fixed_bias``, in units of a mean variance of 1."""

    quadratic: np.ndarray
    linear: np.ndarray
    constant: float
    fixed_bias: float
    to_weights: np.ndarray
    base_weights: np.ndarray
    unit: float

    def std_error(self, q: np.ndarray) -> float:
        return float(np.sqrt(q @ self.quadratic @ q + 2 * self.linear @ q + self.constant))

    def bias(self, q: np.ndarray) -> float:
        return float(np.abs(q).sum() + self.fixed_bias)


def folded_normal_quantile(t: float, alpha: float) -> float:
    r"""cv_α(t), t ≥ 0, the 1 − α quantile of |N(t, 1)|: Φ(c − t) − Φ(−c − t) = 1 − α."""
    from scipy.optimize import brentq

    def excess(c: float) -> float:
        return ndtr(c - t) - ndtr(-c - t) - (1 - alpha)

    return float(brentq(excess, t, t + ndtri(1 - alpha / 2) + 1, xtol=1e-13, rtol=1e-14))


def optimal_estimator(path: EventPath, m: float, alpha: float = 0.05) -> AffineEstimator:
    r"""The affine estimator with the shortest fixed-length interval over Δ^SD(M).

    At M = 0 it is generalised least squares with a linear trend and free effects; as M grows it
    becomes l'β_post + β_{−1} Σ_s s l_s, which extrapolates the last step alone.

    Parameters
    ----------
    path : see ``event_path``. One period before the reference period is enough.
    m : M ≥ 0, in units of the outcome a period.
    alpha : one minus the level.

    Raises UserError if m is negative or not finite, or alpha lies outside (0, 0.5).
    """
    check_bound(m, "M")
    check_alpha(alpha)
    programme = _programme(path)
    q = _shortest(programme, m / programme.unit, alpha)
    weights = np.concatenate([programme.base_weights + programme.to_weights @ q, path.target])
    std_error = programme.unit * programme.std_error(q)
    bias = m * programme.bias(q)
    half = std_error * folded_normal_quantile(bias / std_error, alpha)
    return AffineEstimator(weights, float(weights @ path.coefficients), std_error, bias, half)


def smoothness_interval(path: EventPath, m: float, alpha: float = 0.05) -> RobustInterval:
    """Fixed-length confidence interval for θ over Δ^SD(M); see ``optimal_estimator``.

    Its length depends on the covariance alone, not on the coefficients.
    """
    best = optimal_estimator(path, m, alpha)
    low, high = best.estimate - best.half_length, best.estimate + best.half_length
    return RobustInterval("smoothness", float(m), alpha, low, high)


def _programme(path: EventPath) -> _Programme:
    """Variance and bias of an estimator as functions of q."""
    n_pre, n_post, target = path.n_pre, path.n_post, path.target
    unit = float(np.sqrt(np.diag(path.covariance).mean()))
    sigma = path.covariance / unit**2
    # Column j holds the second differences of q_j, rows in order of time: a_{−K} … a_{−1}.
    steps = np.arange(n_pre, 0, -1)[:, None] - np.arange(1, n_pre)
    to_weights = np.where(steps == 0, -2.0, np.where(np.abs(steps) == 1, 1.0, 0.0))
    time = np.arange(1, n_post + 1)
    base_weights = np.zeros(n_pre)
    base_weights[-1] = time @ target
    fixed_bias = np.abs(np.maximum(time - np.arange(n_post)[:, None], 0) @ target).sum()
    base = np.concatenate([base_weights, target])
    covariances = sigma[:n_pre] @ base
    return _Programme(
        quadratic=to_weights.T @ sigma[:n_pre, :n_pre] @ to_weights,
        linear=to_weights.T @ covariances,
        constant=float(base @ sigma @ base),
        fixed_bias=float(fixed_bias),
        to_weights=to_weights,
        base_weights=base_weights,
        unit=unit,
    )


def _shortest(programme: _Programme, m: float, alpha: float) -> np.ndarray:
    """The q of the shortest interval, through the λ at which λ (cv − t cv') = M s cv', t = b/s."""
    from scipy.optimize import brentq

    largest = np.abs(programme.linear).max(initial=0.0)
    if largest == 0:
        return np.zeros(len(programme.linear))

    def condition(penalty: float) -> float:
        q = _penalised(programme, penalty)
        s = programme.std_error(q)
        t = m * programme.bias(q) / s
        cv = folded_normal_quantile(t, alpha)
        slope = np.tanh(t * cv)
        return penalty * (cv - t * slope) - m * s * slope

    if m == 0:
        return _penalised(programme, 0.0)
    if condition(largest) <= 0:
        return np.zeros(len(programme.linear))
    penalty = brentq(condition, 0.0, largest, xtol=PENALTY_TOLERANCE * largest)
    return _penalised(programme, penalty)


def _penalised(programme: _Programme, penalty: float) -> np.ndarray:
    """argmin_q q'Pq/2 + r'q + λ Σ|q|, from its dual: min (g − r)'P⁻¹(g − r) over |g| ≤ λ."""
    from scipy.optimize import lsq_linear

    # Least squares in a box, by an active-set method without a tolerance; q = P⁻¹(g − r).
    factor = np.linalg.cholesky(programme.quadratic)
    gradient = np.zeros(len(programme.linear))
    if penalty > 0:
        inverse = solve_triangular(factor, np.eye(len(factor)), lower=True)
        box = lsq_linear(
            inverse, inverse @ programme.linear, (-penalty, penalty), method="bvls", tol=1e-15
        )
        gradient = box.x
    residual = solve_triangular(factor, gradient - programme.linear, lower=True)
    return solve_triangular(factor, residual, lower=True, trans="T")
