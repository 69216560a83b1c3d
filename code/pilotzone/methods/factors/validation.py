"""Rank and penalty by cross-validation on untreated cells."""

from typing import NamedTuple

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.cohorts import StaggeredPanel
from pilotzone.methods.factors.completion import two_way
from pilotzone.methods.factors.identified import largest_rank, require_rank
from pilotzone.methods.factors.resampled import Kind, fits

# Penalties that are tried: from the one that leaves no factor down to a thousandth of it.
PENALTIES, SMALLEST_SHARE = 10, 1e-3
# A rank that is too high converges slowly; its errors of prediction show long before. Steps are few
# of a search and many of filling.
TOLERANCE, STEPS = 1e-5, {"interactive": 15, "completion": 1_000}
# A candidate is chosen if it lowers the error by this share, as in R fect: where errors are flat,
# a smaller difference hangs on rounding. After so many in a row that do not, no more are tried.
IMPROVEMENT, PATIENCE = 0.01, 3


class Rule(NamedTuple):
    """How rank or penalty is found.

    Attributes
    ----------
    kind : "interactive" or "completion".
    given : the rank or the penalty, or None for cross-validation.
    max_rank : the largest rank that is tried.
    folds, seed : of the cells.
    """

    kind: Kind
    given: float | None
    max_rank: int
    folds: int
    seed: int


class Validation(NamedTuple):
    """Errors of prediction of held-out untreated cells.

    Attributes
    ----------
    candidates : (C,) ranks, or penalties λ = θ / (U·T), the simplest first, as far as tried.
    errors : (C,) mean squared error of prediction; NaN if rounding would decide it.
    n_cells : cells that were held out once.
    """

    candidates: np.ndarray
    errors: np.ndarray
    n_cells: int

    @property
    def place(self) -> int:
        """Where the candidate stands that is chosen."""
        return int(places(self.errors[:, None])[0])


def choose(
    panel: StaggeredPanel, rows: np.ndarray, tables: np.ndarray, rule: Rule
) -> tuple[np.ndarray, Validation | None]:
    """Return rank or penalty (S,) of outcomes (S, U, T), and how the first one was chosen.

    Raises
    ------
    NotIdentified
        As :func:`require_rank`; ``nothing_to_hold_out`` if every cell is needed.
    """
    if rule.kind == "interactive" and rule.given is not None:
        require_rank(panel, rows, int(rule.given))
    if rule.given is not None:
        return np.full(len(tables), rule.given), None
    if rule.kind == "interactive":
        ranks = np.arange(min(rule.max_rank, largest_rank(panel, rows)) + 1)
        candidates, fewest = np.repeat(ranks[:, None], len(tables), axis=1), int(ranks[-1]) + 1
    else:
        candidates, fewest = penalties(tables, rows), 1
    held = folds_of(rows, rule.folds, fewest, np.random.default_rng(rule.seed))
    if not held.any():
        raise NotIdentified("nothing_to_hold_out", cells=int(rows.sum()), needed=fewest)
    errors = validate(rule.kind, tables, rows, held, candidates)
    best = places(errors)
    first = Validation(candidates[: len(errors), 0], errors[:, 0], int(held.sum()))
    return candidates[best, np.arange(len(tables))], first


def places(errors: np.ndarray) -> np.ndarray:
    """Return the place (S,) of the last candidate that lowered the errors (C, S) by enough."""
    best, lowest = np.zeros(errors.shape[1], dtype=int), errors[0].copy()
    for place, one in enumerate(errors):
        better = one < (1 - IMPROVEMENT) * lowest
        best[better], lowest[better] = place, one[better]
    return best


def penalties(tables: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the penalties λ (C, S) to try, descending; at the first L is zero."""
    cells = np.broadcast_to(rows, tables.shape)
    left = np.where(rows, tables - two_way(tables, cells), 0.0)
    largest = np.linalg.svd(left, compute_uv=False)[:, 0] / rows.size
    return largest * np.geomspace(1.0, SMALLEST_SHARE, PENALTIES)[:, None]


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
    kind: Kind, tables: np.ndarray, rows: np.ndarray, held: np.ndarray, candidates: np.ndarray
) -> np.ndarray:
    """Return the mean squared errors of the candidates tried (C, S) on held-out cells (K, U, T).

    The folds of all outcomes (S, U, T) are one stack; a candidate starts from the fits of the one
    before. NaN, which is never chosen, where the cells that a fold leaves do not tell the
    loadings of some unit: rounding would decide the error.
    """
    s, k = len(tables), len(held)
    y, train = np.repeat(tables, k, axis=0), np.tile(rows & ~held, (s, 1, 1))
    out, start, errors = np.tile(held, (s, 1, 1)), None, []
    for one in candidates:
        of_tables = np.repeat(one, k)
        limits = {"tolerance": TOLERANCE, "steps": STEPS[kind]}
        made = fits(kind, y, train, of_tables, start, **limits)
        start = made.fitted
        off = np.where(out, (y - start) ** 2, 0.0).sum(axis=(1, 2))
        off[~made.determined] = np.nan
        errors.append(off.reshape(s, k).sum(axis=1) / held.sum())
        if (len(errors) - 1 - places(np.array(errors)) >= PATIENCE).all():
            break
    return np.array(errors)
