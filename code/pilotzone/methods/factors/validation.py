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
# A candidate is chosen if it lowers the error by this share, as in R fect: where errors are flat,
# a smaller difference hangs on rounding. After so many in a row that do not, no more are tried.
IMPROVEMENT, PATIENCE = 0.01, 3


class Validation(NamedTuple):
    """Errors of prediction of held-out untreated cells.

    Attributes
    ----------
    candidates : (C,) ranks, or penalties λ = θ / (U·T), the simplest first, as far as tried.
    errors : (C,) mean squared error of prediction.
    n_cells : cells that were held out once.
    """

    candidates: np.ndarray
    errors: np.ndarray
    n_cells: int

    @property
    def place(self) -> int:
        """Where the candidate stands that is chosen."""
        return chosen(self.errors)


def chosen(errors: Sequence[float]) -> int:
    """Return the place of the last candidate that lowered the error by enough."""
    best = 0
    for place, error in enumerate(errors):
        if error < (1 - IMPROVEMENT) * errors[best]:
            best = place
    return best


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
    """Return the mean squared error of the candidates tried on held-out cells (K, U, T).

    The folds of a candidate are one stack; it starts from the fits of the one before.
    """
    train = rows & ~held
    table, start, errors = np.broadcast_to(y, train.shape), None, []
    for solve in solvers:
        start = solve(table, train, start=start, tolerance=TOLERANCE, steps=steps).fitted
        errors.append(np.where(held, (y - start) ** 2, 0.0).sum() / held.sum())
        if len(errors) - 1 - chosen(errors) >= PATIENCE:
            break
    return np.array(errors)
