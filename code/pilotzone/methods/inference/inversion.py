r"""Inversion of a test by resampling whose statistic is known under any null.

The numerator of a draw is linear in the null and its squared error quadratic, so that five numbers
per draw give t* under any null: the wild bootstrap (``wild``) and permuted cohorts
(``did.permuted``) find their intervals so, without a further draw.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.methods.inference.permutations import TIES, p_value

# A squared error of a draw below this share of what it is the sum of is rounding.
ZERO = 1e-13
# Test inversion: points between the estimate and a rejected null, and halvings of the step in
# which the last crossing lies.
GRID = 100
HALVINGS = 40
# Points that are looked at together, from the rejected null inwards.
TOGETHER = 10
# A null this many standard errors away that is still not rejected makes the interval unbounded.
FARTHEST = 2.0**20


@dataclass(frozen=True, eq=False)
class Inversion:
    """Statistics of the data and of the draws as functions of the null.

    With δ = coefficient − null, a draw has the numerator n₀ + δ n₁ and the squared error
    factor · (s₀ + δ s₁ + δ² s₂).

    Attributes
    ----------
    coefficient, std_error : of the data.
    factor : of the squared errors of the draws.
    numerators, squares : (2, R) n and (3, R) s; NaN where a draw has none.
    """

    coefficient: float
    std_error: float
    factor: float
    numerators: np.ndarray
    squares: np.ndarray

    def observed(self, null: ArrayLike) -> np.ndarray:
        """The t statistic of the data, of the shape of the null; NaN where nothing varies."""
        if not self.std_error > 0:
            return np.full(np.shape(null), np.nan)
        return (self.coefficient - np.asarray(null)) / self.std_error

    def drawn(self, null: ArrayLike) -> np.ndarray:
        """The statistics t*, (R,) or for nulls (m,) (R, m); NaN where the error is zero."""
        delta = self.coefficient - np.asarray(null)
        n, s = self.numerators, self.squares
        if delta.ndim:
            # A draw is a row.
            n, s = n[..., None], s[..., None]
        squares = s[0] + delta * (s[1] + delta * s[2])
        exists = squares > ZERO * (s[0] + delta**2 * s[2])
        error = np.sqrt(np.where(exists, self.factor * squares, np.nan))
        return (n[0] + delta * n[1]) / error

    def p(self, null: ArrayLike) -> np.ndarray:
        """The p value of a null, of its shape."""
        return p_value(self.observed(null), self.drawn(null))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Limits of the nulls whose p value is above alpha."""
        return self.limit(-1, alpha), self.limit(1, alpha)

    def limit(self, side: int, alpha: float) -> float:
        """The limit on one side: the outermost crossing, in steps of errors from the estimate."""

        def kept(steps: ArrayLike) -> np.ndarray:
            # 1 − 0.9 is less than 0.1: a p value of alpha must not pass for a larger one.
            nulls = self.coefficient + side * np.asarray(steps) * self.std_error
            return self.p(nulls) > alpha * (1 + TIES)

        return float(self.coefficient + side * outermost(kept) * self.std_error)


@dataclass(frozen=True, eq=False)
class Inversions:
    """Terms with their tests by resampling, q of them; what is not asked for is not computed.

    Attributes
    ----------
    names : the terms.
    tests : of each its test under every effect.
    level : of the intervals.
    t, p_values, low, high : (q,) of the data; a limit is infinite where no effect on that side is
        rejected.
    t_draws : (R, q) under no effect; NaN where a draw has none, which counts as large.
    """

    names: tuple[str, ...]
    tests: tuple[Inversion, ...] = field(repr=False)
    level: float

    @functools.cached_property
    def t(self) -> np.ndarray:
        return np.array([test.observed(0.0) for test in self.tests])

    @functools.cached_property
    def p_values(self) -> np.ndarray:
        return np.array([test.p(0.0) for test in self.tests])

    @functools.cached_property
    def t_draws(self) -> np.ndarray:
        return np.column_stack([test.drawn(0.0) for test in self.tests])

    @property
    def low(self) -> np.ndarray:
        return self.limits[0]

    @property
    def high(self) -> np.ndarray:
        return self.limits[1]

    @functools.cached_property
    def limits(self) -> np.ndarray:
        """(2, q), low and high."""
        return np.array([test.interval(1 - self.level) for test in self.tests]).T


def outermost(kept: Callable[[ArrayLike], np.ndarray]) -> float:
    """Return the steps from an estimate to the outermost null that a test keeps; inf without one.

    ``kept`` says of steps (m,) or of one step which are not rejected.
    """
    reach = 1.0
    while kept(reach):
        reach *= 2
        if reach > FARTHEST:
            return np.inf
    grid = np.linspace(0, reach, GRID + 1)
    last = _last(kept, grid[:-1])
    inside, outside = grid[last], grid[last + 1]
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(middle) else (inside, middle)
    return float(inside)


def _last(kept: Callable[[np.ndarray], np.ndarray], grid: np.ndarray) -> int:
    """Return where the last point of a grid that is kept stands; 0 where none is."""
    for first in range(len(grid) - TOGETHER, -1, -TOGETHER):
        there = np.flatnonzero(kept(grid[first : first + TOGETHER]))
        if len(there):
            return first + int(there[-1])
    return 0
