r"""Bounded relative magnitudes, Δ^RM(M̄): conditional least-favourable hybrid confidence sets.

    Δ^RM(M̄) = {δ : |δ_{t+1} − δ_t| ≤ M̄ max_{s<0} |δ_{s+1} − δ_s| for t ≥ 0}
            = ∪_{s<0} (Δ_{s,+} ∪ Δ_{s,−}),

where Δ_{s,±} takes v = ±(δ_{s+1} − δ_s) as the largest step before the reference period. In
Δ_{s,±} the differences D_t = δ_t − δ_{t−1}, t = 1 … T, satisfy 2T inequalities

    ±D_t − M̄ v ≤ 0.

For a value θ of l'τ_post, δ_post = β_post − τ_post is known up to T − 1 nuisance parameters. The
test of Andrews, Roth and Pakes (2023) has the statistic η = min_{η,τ} {η : moments ≤ η · their
standard errors}, which is a maximum over the vertices of the dual: weights on the moments that
are not negative, cancel the nuisance parameters and have weighted standard errors of sum 1. With
c_t = Σ_{s≥t} l_s, so that l'δ_post = Σ c_t D_t, and σ_t± the standard error of ±D_t − M̄ v at the
estimates, they are

    upper    (l'β_post − θ − M̄ v Σ|c_t|) / Σ(c_t^+ σ_t+ + c_t^− σ_t−)
    lower   −(l'β_post − θ + M̄ v Σ|c_t|) / Σ(c_t^+ σ_t− + c_t^− σ_t+)
    steps    −2 M̄ v / (σ_t+ + σ_t−),                                     t = 1 … T,

so η needs no linear programme. The last group matters through its largest and smallest
denominator only, all its members being multiples of v. Every vertex is linear in the pair
(l'β_post, v), hence the test works on two normal variables.

The hybrid test of size α rejects θ if η exceeds the 1 − κ quantile c_LF of its least favourable
distribution (all moments zero), κ = α/10, or if η is positive and, given the maximising vertex and
the part of the moments independent of it, the truncated normal probability of more than η on
[v_lo, min(v_up, c_LF)] is below (α − κ)/(1 − κ). The confidence set collects the θ that are not
rejected for at least one s and sign.

As in HonestDiD the inequalities that involve no period after the reference one are left out;
unlike there, so are they when there is a single such period.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from pilotzone.errors import UserError
from pilotzone.methods.did.sensitivity.path import (
    EventPath,
    RobustInterval,
    check_alpha,
    check_bound,
)

# Share of alpha spent on the first, least favourable, stage.
FIRST_STAGE_SHARE = 0.1
# Directions on the circle in the average that gives the least favourable quantile: its error is
# below 1e-6 in units of standard errors, while a simulation with 1,000 draws has one of about 0.1.
DIRECTIONS = 2_048
# In place of a reach of 0, so that its square can be divided by.
SMALLEST_REACH = 1e-100
# A vertex whose value moves one for one with the statistic sets no limit to it.
PARALLEL = 1e-9
# Points in each refinement of an end of the confidence set, and refinements.
ZOOM_POINTS = 65
ZOOMS = 5


@dataclass(frozen=True, eq=False)
class _HybridTest:
    """Vertices (upper, lower, steps twice) of each of J = 2K (s, sign), as functions of θ."""

    values: np.ndarray
    slopes: np.ndarray
    covariances: np.ndarray
    least_favourable: np.ndarray
    size: float

    @property
    def bounds(self) -> tuple[float, float]:
        """The first stage rejects every θ outside for every s and sign."""
        limit = self.least_favourable[:, None]
        edges = (limit - self.values[:, :2]) / self.slopes[:, :2]
        return float(edges[:, 0].min()), float(edges[:, 1].max())

    def accepts(self, theta: np.ndarray) -> np.ndarray:
        """Whether each θ is accepted for at least one s and sign: (N,) bool."""
        values = self.values[:, :, None] + self.slopes[:, :, None] * theta
        eta = values.max(axis=1)
        choice = values.argmax(axis=1)
        rows = np.arange(len(values))[:, None]
        variance = self.covariances[rows, choice, choice]
        # A vertex without variance (M̄ = 0) has the value 0 and is never rejected.
        variance = np.where(variance > 0, variance, 1.0)
        loadings = self.covariances[rows, choice].transpose(0, 2, 1) / variance[:, None, :]
        low, high = _truncation(values, eta, loadings)
        limit = self.least_favourable[:, None]
        scale = np.sqrt(variance)
        tail = _truncated_tail(eta / scale, low / scale, np.minimum(high, limit) / scale)
        return ((eta <= 0) | ((eta <= limit) & (tail >= self.size))).any(axis=0)


def relative_magnitudes_interval(
    path: EventPath, mbar: float, alpha: float = 0.05, n_grid: int = 1_001
) -> RobustInterval:
    r"""Hull of the confidence set for θ over Δ^RM(M̄), by inverting the hybrid test.

    The first stage bounds the set in closed form, and the estimate under parallel trends is always
    in it: ``n_grid`` points are spread over each side, between estimate and bound, and the
    outermost accepted points are then refined to a precision of the range times 1e-11. No random
    draws are used.

    Parameters
    ----------
    path : see ``event_path``. One period before the reference period is enough to compute: the
        step to the reference period is then the only one that measures the violations.
    mbar : M̄ ≥ 0. At 0 the interval is the conventional one.
    alpha : one minus the level.
    n_grid : points a side, at least 2; stretches of the set shorter than their distance may be
        missed.

    Raises UserError if mbar is negative or not finite, alpha lies outside (0, 0.5) or n_grid is
    below 2.
    """
    check_bound(mbar, "M̄")
    check_alpha(alpha)
    if n_grid < 2:
        raise UserError(f"n_grid must be at least 2, not {n_grid}")
    test = _hybrid_test(path, mbar, alpha)
    lowest, highest = test.bounds
    below = np.linspace(path.estimate, lowest, n_grid)
    above = np.linspace(path.estimate, highest, n_grid)
    inside_below, inside_above = test.accepts(below), test.accepts(above)
    low, high = _outermost(test, below, inside_below), _outermost(test, above, inside_above)
    gaps = _n_gaps(inside_below) + _n_gaps(inside_above)
    return RobustInterval("relative_magnitudes", float(mbar), alpha, low, high, gaps)


def _hybrid_test(path: EventPath, mbar: float, alpha: float) -> _HybridTest:
    """Vertices and critical values of every s and sign."""
    steps, target = _steps_before(path), np.concatenate([np.zeros(path.n_pre), path.target])
    norms = _denominators(path, steps, mbar)
    reach = mbar * np.abs(_tail_sums(path.target)).sum()
    # (J, 4, 2): weights of each vertex on (l'β_post − θ, v).
    weights = np.zeros((len(steps), 4, 2))
    weights[:, 0, 0], weights[:, 1, 0] = 1, -1
    weights[:, :2, 1] = -reach
    weights[:, 2:, 1] = -2 * mbar
    weights /= norms[:, :, None]
    pair = np.stack([np.broadcast_to(target, steps.shape), steps], axis=1)
    covariance = pair @ path.covariance @ pair.transpose(0, 2, 1)
    kappa = FIRST_STAGE_SHARE * alpha
    return _HybridTest(
        values=np.einsum("jkp,jp->jk", weights, pair @ path.coefficients),
        slopes=-weights[:, :, 0],
        covariances=weights @ covariance @ weights.transpose(0, 2, 1),
        least_favourable=_least_favourable(weights, covariance, kappa),
        size=(alpha - kappa) / (1 - kappa),
    )


def _steps_before(path: EventPath) -> np.ndarray:
    """Rows that take each step before the reference period, + and −, out of β: (2K, K + T)."""
    n = path.n_pre
    steps = np.zeros((n, n + path.n_post))
    steps[:, :n] = np.eye(n, k=1) - np.eye(n)
    return np.concatenate([steps, -steps])


def _tail_sums(target: np.ndarray) -> np.ndarray:
    """c_t = Σ_{s≥t} l_s, the weight of D_t in l'δ_post."""
    return np.cumsum(target[::-1])[::-1]


def _denominators(path: EventPath, steps: np.ndarray, mbar: float) -> np.ndarray:
    """Weighted standard errors of each vertex: (J, 4)."""
    n, n_post = path.n_pre, path.n_post
    after = np.zeros((n_post, n + n_post))
    after[:, n:] = np.eye(n_post) - np.eye(n_post, k=-1)
    plus = _std_errors(after - mbar * steps[:, None, :], path.covariance)
    minus = _std_errors(after + mbar * steps[:, None, :], path.covariance)
    c = _tail_sums(path.target)
    up, down = np.maximum(c, 0), np.maximum(-c, 0)
    both = plus + minus
    return np.stack(
        [plus @ up + minus @ down, minus @ up + plus @ down, both.min(axis=1), both.max(axis=1)],
        axis=1,
    )


def _std_errors(rows: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Standard errors of linear combinations, (…, K + T) to (…)."""
    return np.sqrt(np.einsum("...i,ij,...j->...", rows, covariance, rows))


def _least_favourable(weights: np.ndarray, covariance: np.ndarray, kappa: float) -> np.ndarray:
    r"""1 − κ quantiles of the largest vertex when every moment is zero: (J,)."""
    from scipy.optimize import brentq

    # The vertices are γ_k'Cz, z a standard normal pair. In polar coordinates z = r u(φ), P(r > x) =
    # exp(−x²/2), so with m(φ) = max_k (γ_k'C u(φ))^+ and c > 0
    #     P(max > c) = (1/2π) ∫ exp(−c² / (2 m(φ)²)) dφ,
    # an average over equally spaced directions. The two signs of a step share their value.
    half = len(weights) // 2
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    circle = np.linalg.cholesky(covariance[:half]) @ np.stack([np.cos(angles), np.sin(angles)])
    reach = np.maximum((weights[:half] @ circle).max(axis=1), SMALLEST_REACH)
    # m(φ) ≤ 1, so the quantile is no larger than that of r.
    largest = np.sqrt(-2 * np.log(kappa))
    quantiles = [
        brentq(lambda c, m=m: np.exp(-0.5 * (c / m) ** 2).mean() - kappa, 0.0, largest)
        for m in reach
    ]
    return np.tile(quantiles, 2)


def _truncation(
    values: np.ndarray, eta: np.ndarray, loadings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """v_lo and v_up: the range of η over which the same vertex stays the largest, (J, N) each."""
    # Vertex k has the value a_k + b_k η when the independent part is held fixed.
    room = 1 - loadings
    free = np.abs(room) <= PARALLEL
    crossing = (values - loadings * eta[:, None, :]) / np.where(free, 1.0, room)
    low = np.where(~free & (room > 0), crossing, -np.inf).max(axis=1)
    high = np.where(~free & (room < 0), crossing, np.inf).min(axis=1)
    # Rounding may put a tied vertex on the wrong side.
    return np.minimum(low, eta), np.maximum(high, eta)


def _truncated_tail(z: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """P(Z > z | low ≤ Z ≤ high) of a standard normal Z, by logarithms so that far tails count."""
    high = np.maximum(high, z)
    at_low = log_ndtr(-low)
    beyond = np.exp(log_ndtr(-high) - at_low)
    within = 1 - beyond
    share = np.exp(log_ndtr(-z) - at_low) - beyond
    return np.where(within > 0, share / np.where(within > 0, within, 1.0), 0.0)


def _outermost(test: _HybridTest, grid: np.ndarray, inside: np.ndarray) -> float:
    """The accepted value farthest from the estimate; ``grid`` starts there and ends rejected."""
    last = int(np.flatnonzero(inside)[-1])
    for _ in range(ZOOMS):
        if last == len(grid) - 1:
            break
        grid = np.linspace(grid[last], grid[last + 1], ZOOM_POINTS)
        last = int(np.flatnonzero(test.accepts(grid))[-1])
    return float(grid[last])


def _n_gaps(inside: np.ndarray) -> int:
    """Rejected stretches before the last accepted point."""
    last = int(np.flatnonzero(inside)[-1])
    return int(np.count_nonzero(np.diff(inside[: last + 1].astype(int)) == -1))
