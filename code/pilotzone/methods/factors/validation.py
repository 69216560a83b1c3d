"""Rank and penalty by cross-validation on untreated cells."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pilotzone.methods.factors.completion import two_way
from pilotzone.methods.factors.resampled import Solver

# Penalties that are tried: from the one that leaves no factor down to a thousandth of it.
PENALTIES, SMALLEST_SHARE = 10, 1e-3
# A rank that is too high converges slowly; its errors of prediction show long before.
TOLERANCE = 1e-5


class Validation(NamedTuple):
    """Errors of prediction of held-out untreated cells.

    Attributes
    ----------
    candidates : (C,) ranks, or penalties λ = θ / (U·T).
    errors : (C,) mean squared error of prediction.
    n_cells : cells that were held out once.
    """

    candidates: np.ndarray
    errors: np.ndarray
    n_cells: int

    @property
    def chosen(self) -> float:
        """The candidate of the smallest error, the simpler of equal ones."""
        return float(self.candidates[np.argmin(self.errors)])


def penalties(y: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the penalties λ to try, descending; at the first L is zero."""
    left = np.where(rows, y - two_way(y[None], rows[None])[0], 0.0)
    largest = np.linalg.svd(left, compute_uv=False)[0] / y.size
    return largest * np.geomspace(1.0, SMALLEST_SHARE, PENALTIES)


def folds_of(rows: np.ndarray, folds: int, fewest: int, rng: np.random.Generator) -> np.ndarray:
    """Return which untreated cells each fold holds out, (K, U, T) bool.

    A cell stays where its unit or its period would be left with fewer than ``fewest`` cells.
    """
    n = int(rows.sum())
    label = np.full(rows.shape, -1)
    label[rows] = rng.permutation(np.arange(n) % folds)
    held = label == np.arange(folds)[:, None, None]
    held &= (rows & ~held).sum(axis=2, keepdims=True) >= fewest
    return held & ((rows & ~held).sum(axis=1, keepdims=True) >= fewest)


def validate(
    y: np.ndarray, rows: np.ndarray, held: np.ndarray, solvers: Sequence[Solver], steps: int
) -> np.ndarray:
    """Return the mean squared error (C,) of each candidate on held-out cells (K, U, T).

    The folds of a candidate are one stack; it starts from the fits of the one before.
    """
    train = rows & ~held
    table, start, errors = np.broadcast_to(y, train.shape), None, []
    for solve in solvers:
        start = solve(table, train, start=start, tolerance=TOLERANCE, steps=steps).fitted
        errors.append(np.where(held, (y - start) ** 2, 0.0).sum() / held.sum())
    return np.array(errors)
