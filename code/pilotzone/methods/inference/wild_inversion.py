r"""Statistics of the wild cluster bootstrap under any null, from sums by cluster.

See ``wild`` for the symbols.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.cluster import Groups, indicator, small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.methods.inference.permutations import TIES, p_value

# A squared bootstrap error below this share of what it is the sum of is rounding.
ZERO = 1e-13
# Test inversion: points between the estimate and a rejected null, and halvings of the step in
# which the last crossing lies.
GRID = 100
HALVINGS = 40
# A null this many standard errors away that is still not rejected makes the interval unbounded.
FARTHEST = 2.0**20


class Sums(NamedTuple):
    """What the draws need of the data, for residuals û and x̃ (the two parts of u(b)).

    ``a`` (2, H) and ``big_a`` (2, G, H) as in the text of ``wild``, ``factor`` of the CRV1 error.
    """

    a: np.ndarray
    big_a: np.ndarray
    factor: float


def cluster_sums(
    result: LinearFit, x: np.ndarray, j: int, effects: FixedEffects, groups: Groups, boot: Groups
) -> Sums:
    """Sums by cluster of the products of x̃, û and the columns c."""
    root_w = effects.root_weights
    q, x_tilde = _basis_last(effects.residualise(x) * root_w[:, None], j)
    parts = np.stack([result.residuals * root_w, x_tilde])
    spread = x_tilde[:, None] * (groups.codes[:, None] == np.arange(groups.count))
    c = effects.residualise(spread / root_w[:, None]) * root_w[:, None]
    c -= q @ (q.T @ c)
    summing = indicator(boot)
    return Sums(
        a=np.stack([summing @ (x_tilde * u) for u in parts]),
        big_a=np.stack([(summing @ (c * u[:, None])).T for u in parts]),
        factor=small_sample_factor(result.nobs, result.k, groups.count),
    )


def _basis_last(x_tilde: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray]:
    """Orthonormal basis of the regressors, and column j freed of the others."""
    scaled = x_tilde / np.linalg.norm(x_tilde, axis=0)
    order = [*(i for i in range(x_tilde.shape[1]) if i != j), j]
    q, _ = np.linalg.qr(scaled[:, order])
    return q, q[:, -1] * (q[:, -1] @ x_tilde[:, j])


@dataclass(frozen=True, eq=False)
class Inversion:
    """Statistics of the data and of the draws as functions of the null.

    ``numerators`` (2, R) are v'a for û and x̃; ``squares`` (3, R) the sums over clusters of
    (Av)² for û, twice the product, and x̃.
    """

    coefficient: float
    std_error: float
    factor: float
    numerators: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, result: LinearFit, j: int, sums: Sums, drawn: Iterator[np.ndarray]) -> "Inversion":
        """Multiply the weights with the sums by cluster, chunk by chunk."""
        if result.std_errors[j] == 0 or result.r2_within > 1 - ZERO:
            raise NotIdentified("exact_fit")
        numerators, squares = [], []
        for v in drawn:
            of_u, of_x = v @ sums.big_a[0].T, v @ sums.big_a[1].T
            products = ((of_u, of_u), (2 * of_u, of_x), (of_x, of_x))
            numerators.append(sums.a @ v.T)
            squares.append(np.stack([np.einsum("rg,rg->r", p, q) for p, q in products]))
        return cls(
            float(result.coefficients[j]),
            float(result.std_errors[j]),
            sums.factor,
            np.hstack(numerators),
            np.hstack(squares),
        )

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
