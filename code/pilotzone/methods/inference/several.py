r"""Regressions on several drawn columns at a time: R of them on one projection.

In each draw y is regressed on q columns of its own, beside controls and effects that stay. With x̃
the columns freed of what stays, β̂ = (x̃'x̃)⁻¹x̃'ỹ, q × q systems solved together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from pilotzone.methods.inference.cluster import TOLERANCE
from pilotzone.methods.inference.columns import centred, column_lengths
from pilotzone.methods.inference.effects import FixedEffects


@dataclass(frozen=True)
class Free:
    """Frees columns (N, c) of effects and controls, in the metric of the weights.

    Attributes
    ----------
    effects : FixedEffects
    basis : (N, k), as ``batch.control_basis`` gives it.
    """

    effects: FixedEffects
    basis: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        left = self.effects.residualise(x) * self.effects.root_weights[:, None]
        return left - self.basis @ (self.basis.T @ left)


@dataclass(frozen=True, eq=False)
class Several:
    """The regressions of c draws.

    Attributes
    ----------
    columns : q arrays (N, c), freed.
    inverse : (c, q, q) inverses of their moments.
    known : (c,) whether each column of a draw has variation of its own.
    beta : (c, q, m) coefficients for each of m outcomes; without meaning where not known.
    """

    columns: list[np.ndarray] = field(repr=False)
    inverse: np.ndarray = field(repr=False)
    known: np.ndarray = field(repr=False)
    beta: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, made: Sequence[np.ndarray], outcomes: np.ndarray, free: Free) -> "Several":
        """Return the regressions of outcomes (N, m), which are freed, on q arrays (N, c)."""
        # One table (N, c) for each: large arrays are passed through row by row, in order.
        x = [free(columns) for columns in made]
        gram = np.array([[np.einsum("nc,nc->c", a, b) for b in x] for a in x])
        spreads = np.column_stack([column_lengths(centred(columns)) for columns in made])
        inverse, known = _inverses(gram.transpose(2, 0, 1), spreads)
        moments = np.stack([(outcomes.T @ one).T for one in x], axis=1)
        return cls(x, inverse, known, inverse @ moments)


def weighted_scores(
    made: Several, outcomes: np.ndarray, summing: sparse.csr_array
) -> list[np.ndarray]:
    """Return for each of q columns its scores (G, c) by cluster: their squares sum to its error."""
    left = outcomes[:, [0]] - sum(x * made.beta[:, k, 0] for k, x in enumerate(made.columns))
    return [
        summing @ (sum(x * made.inverse[:, k, j] for k, x in enumerate(made.columns)) * left)
        for j in range(len(made.columns))
    ]


def inverted(
    made: Several, outcomes: np.ndarray, theta: np.ndarray, summing: sparse.csr_array
) -> np.ndarray:
    """Return what the draws contribute to the tests of y − τx (``inversion``), (5, c, q).

    With y − τx = (y − θ̂x) + (θ̂ − τ)x: coefficient and sums of scores by cluster for both. A draw
    in which a column has no variation of its own is NaN.

    Parameters
    ----------
    outcomes : (N, 1 + q), y and the columns x of the data, freed.
    theta : (q,) coefficients of the data.
    summing : (G, N) sums by cluster.
    """
    x, inverse, beta = made.columns, made.inverse, made.beta
    found = np.full((5, len(made.known), len(x)), np.nan)
    left_y = outcomes[:, [0]] - sum(one * beta[:, k, 0] for k, one in enumerate(x))
    for j in range(len(x)):
        weights = sum(one * inverse[:, k, j] for k, one in enumerate(x))
        left_x = outcomes[:, [1 + j]] - sum(one * beta[:, k, 1 + j] for k, one in enumerate(x))
        of_x = summing @ (weights * left_x)
        rest = summing @ (weights * left_y) - theta[j] * of_x
        numerators = beta[:, j, 0] - theta[j] * beta[:, j, 1 + j], beta[:, j, 1 + j]
        squares = ((a * b).sum(axis=0) for a, b in ((rest, rest), (rest, 2 * of_x), (of_x, of_x)))
        found[:, made.known, j] = np.stack([*numerators, *squares])[:, made.known]
    return found


def _inverses(gram: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses (c, q, q) of the columns' moments, and which draws (c,) have one.

    A column that effects and controls explain up to rounding, or that the others do, has none;
    ``before`` (c, q) are its lengths around the mean.
    """
    lengths = np.sqrt(np.einsum("cjj->cj", gram))
    known = (lengths > TOLERANCE * before).all(axis=1)
    scale = np.where(known[:, None], lengths, 1.0)
    scaled = gram / scale[:, :, None] / scale[:, None, :]
    scaled[~known] = np.eye(gram.shape[1])
    # The smallest eigenvalue of a correlation matrix is a squared length.
    known &= np.linalg.eigvalsh(scaled)[:, 0] > TOLERANCE
    scaled[~known] = np.eye(gram.shape[1])
    return np.linalg.inv(scaled) / scale[:, :, None] / scale[:, None, :], known
