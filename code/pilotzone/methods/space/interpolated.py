r"""The multiplier of many parameters, between a few at which it is solved for.

G(r) = W (I - r W)^-1 is analytic in r off the reciprocals of the eigenvalues of W. With x in
(-1, 1) for r in an interval, T_j the polynomials of Chebyshev and x_1 ... x_m the roots of T_m,

    G(r) = sum_{j<m} T_j(x) C_j,    C_j = (2 - [j = 0]) / m sum_i T_j(x_i) G(r_i)

is off by the order of s^-m, s the sum of the half-axes of the largest ellipse around the interval
without a pole (Trefethen 2013, Approximation Theory and Approximation Practice, chapter 8): one
product of matrices for all draws instead of a solve for each.
"""

import numpy as np
from numpy.polynomial.chebyshev import chebpts1, chebvander

from pilotzone.methods.space.algebra import DenseAlgebra, DenseMultiplier

NODES = 36
# Of the largest element of G, in the two outermost gaps between nodes, where it is largest.
LARGEST_ERROR = 1e-12
# What the interval reaches beyond the draws on a side, as a share of their range, which is taken
# for so much of the stable interval more.
MARGIN, LEAST = 0.5, 0.05


class Interpolated:
    """Multipliers of draws, by interpolation over an interval that grows with them.

    Where the error is found too large, as next to a pole, each is solved for.
    """

    def __init__(self, algebra: DenseAlgebra) -> None:
        self._algebra = algebra
        self._interval = (np.inf, -np.inf)
        self._parts: np.ndarray | None = None

    def __call__(self, r: np.ndarray) -> DenseMultiplier:
        """G at r (R,)."""
        if not r.size:
            return self._algebra.multiplier(r)
        low, high = self._interval
        bounds = self._algebra.weights.stable_interval
        reach = max(high, r.max()) - min(low, r.min()) + LEAST * (bounds[1] - bounds[0])
        reach *= MARGIN
        if r.min() < low or r.max() > high:
            # Not more than half of the way to a bound, where G has a pole.
            if r.min() < low:
                low = max(r.min() - reach, (r.min() + bounds[0]) / 2.0)
            if r.max() > high:
                high = min(r.max() + reach, (r.max() + bounds[1]) / 2.0)
            self._prepare(low, high)
        if self._parts is None:
            return self._algebra.multiplier(r)
        return DenseMultiplier(self._at(r))

    def _at(self, r: np.ndarray) -> np.ndarray:
        n = len(self._algebra.weights.matrix)
        low, high = self._interval
        x = (2.0 * r - low - high) / (high - low)
        return (chebvander(x, NODES - 1) @ self._parts).reshape(len(r), n, n)

    def _prepare(self, low: float, high: float) -> None:
        """Solve at the nodes of an interval, and keep what is made of them if it is exact."""
        self._interval = (low, high)
        x = chebpts1(NODES)
        solved = self._algebra.multiplier((low + high + (high - low) * x) / 2.0).matrix
        to_parts = 2.0 / NODES * chebvander(x, NODES - 1).T
        to_parts[0] /= 2.0
        self._parts = to_parts @ solved.reshape(NODES, -1)
        between = (low + high + (high - low) * (x[[0, -2]] + x[[1, -1]]) / 2.0) / 2.0
        exact = self._algebra.multiplier(between).matrix
        if not np.abs(self._at(between) - exact).max() <= LARGEST_ERROR * np.abs(exact).max():
            self._parts = None
