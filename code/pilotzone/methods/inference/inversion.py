r"""Inversion of a test by resampling whose statistic is known under any null.

The numerator of a draw is linear in the null and its squared error quadratic, so that five numbers
per draw give t* under any null: the wild bootstrap (``wild``) and permuted cohorts
(``did.permuted``) find their intervals so, without a further draw.
"""

from dataclasses import dataclass

import numpy as np

from pilotzone.methods.inference.permutations import TIES, p_value

# A squared error of a draw below this share of what it is the sum of is rounding.
ZERO = 1e-13
# Test inversion: points between the estimate and a rejected null, and halvings of the step in
# which the last crossing lies.
GRID = 100
HALVINGS = 40
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

    def observed(self, null: float) -> float:
        """The t statistic of the data."""
        return (self.coefficient - null) / self.std_error

    def drawn(self, null: float) -> np.ndarray:
        """The statistics t* (R,), NaN where the bootstrap error is zero."""
        delta = self.coefficient - null
        squares = self.squares[0] + delta * (self.squares[1] + delta * self.squares[2])
        exists = squares > ZERO * (self.squares[0] + delta**2 * self.squares[2])
        error = np.sqrt(self.factor * squares, where=exists, out=np.full(len(squares), np.nan))
        return (self.numerators[0] + delta * self.numerators[1]) / error

    def p(self, null: float) -> float:
        """The p value of a null."""
        return float(p_value(self.observed(null), self.drawn(null)))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Limits of the nulls whose p value is above alpha."""
        return self._limit(-1, alpha), self._limit(1, alpha)

    def _limit(self, side: int, alpha: float) -> float:
        """The outermost crossing on one side, in steps of standard errors from the estimate."""

        def kept(steps: float) -> bool:
            # 1 − 0.9 is less than 0.1: a p value of alpha must not pass for a larger one.
            return self.p(self.coefficient + side * steps * self.std_error) > alpha * (1 + TIES)

        reach = 1.0
        while kept(reach):
            reach *= 2
            if reach > FARTHEST:
                return side * np.inf
        grid = np.linspace(0, reach, GRID + 1)
        last = max(i for i in range(GRID) if i == 0 or kept(grid[i]))
        inside, outside = grid[last], grid[last + 1]
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if kept(middle) else (inside, middle)
        return float(self.coefficient + side * inside * self.std_error)
