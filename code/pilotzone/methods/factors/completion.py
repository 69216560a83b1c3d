r"""Low-rank completion of many tables at once, beside effects of units and periods.

With N the untreated cells of a table y (U, T), interactive effects minimise

Σ_N (y_it − α_i − γ_t − L_it)² over L of rank r,

and matrix completion ½ Σ_N (y_it − α_i − γ_t − L_it)² + θ‖L‖_*, ‖L‖_* the sum of singular values.
Both are solved by filling the other cells with the fit and fitting again (Bai 2009, Econometrica
77(4); Mazumder, Hastie and Tibshirani 2010, JMLR 11): the effects are means of the filled table, L
is what its singular values keep, cut behind r or pulled towards zero by θ. Steps carry the momentum
of Nesterov, which is dropped whenever it points uphill (O'Donoghue and Candès 2015, Foundations of
Computational Mathematics 15(3)). Tables are stacked, (R, U, T): draws, folds and candidates share
every step, and singular vectors come from one call on the R products (T, T).
"""

from typing import NamedTuple

import numpy as np

TOLERANCE = 1e-8
MOST_STEPS = 10_000
# Tables that are worked on together: their cells should fit into the cache of a processor.
CELLS_AT_ONCE = 60_000
# A table is taken out of the stack when this share of it has converged.
DONE_SHARE = 0.2
_SMALLEST = np.finfo(float).tiny


class Completed(NamedTuple):
    """Fits of R tables.

    Attributes
    ----------
    fitted : (R, U, T), α_i + γ_t + L_it in every cell.
    converged : (R,) bool.
    """

    fitted: np.ndarray
    converged: np.ndarray


class Cut(NamedTuple):
    """What is kept of the singular values of each table.

    Attributes
    ----------
    rank : (R,) how many singular values stay.
    threshold : (R,) by how much those that stay are pulled towards zero; 0 for interactive effects.
    """

    rank: np.ndarray
    threshold: np.ndarray

    def of(self, places: np.ndarray | slice) -> "Cut":
        """Return the rows of some tables."""
        return Cut(self.rank[places], self.threshold[places])

    def kept(self, products: np.ndarray) -> np.ndarray:
        """Return the maps (R, T, T) that take tables to their L, from the products E'E."""
        values, vectors = np.linalg.eigh(products)
        size = np.sqrt(np.maximum(values, 0.0))
        stays = np.arange(values.shape[1]) >= values.shape[1] - self.rank[:, None]
        above = np.maximum(size - self.threshold[:, None], 0.0) * stays
        share = np.divide(above, size, out=np.zeros_like(size), where=above > 0)
        return (vectors * share[:, None, :]) @ vectors.transpose(0, 2, 1)


def hard(rank: int, tables: int, periods: int) -> Cut:
    """Return the cut of ``tables`` tables with ``rank`` factors."""
    return Cut(np.full(tables, min(rank, periods)), np.zeros(tables))


def soft(threshold: float, tables: int, periods: int) -> Cut:
    """Return the cut of ``tables`` tables with penalty θ."""
    return Cut(np.full(tables, periods), np.full(tables, float(threshold)))


def complete(
    y: np.ndarray,
    rows: np.ndarray,
    cut: Cut,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
    steps: int = MOST_STEPS,
) -> Completed:
    """Return the fits of stacked tables.

    Parameters
    ----------
    y : (R, U, T) outcome; what stands outside ``rows`` does not count.
    rows : (R, U, T) bool, untreated cells; one at least in each row and column.
    cut : Cut
    start : (R, U, T), optional
        Fits to start from; the two-way fit of each table without one.
    tolerance : float
        Of the change of a fit in one step, relative to the outcome freed of the effects.
    steps : int
        After so many a fit stands as it is, not converged.
    """
    first = two_way(y, rows) if start is None else start
    fitted, converged = np.empty(y.shape), np.zeros(len(y), dtype=bool)
    many = max(1, CELLS_AT_ONCE // max(1, y[0].size)) if len(y) else 1
    for low in range(0, len(y), many):
        part = slice(low, low + many)
        fitted[part], converged[part] = _stack(
            y[part], rows[part], cut.of(part), first[part], tolerance, steps
        )
    return Completed(fitted, converged)


def two_way(y: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return α_i + γ_t of stacked tables (R, U, T), least squares on their rows."""
    mask = rows.astype(float)
    n = np.maximum(mask.sum(axis=2, keepdims=True), 1.0)
    centred = np.where(rows, y, 0.0)
    centred = mask * (centred - centred.sum(axis=2, keepdims=True) / n)
    gram = -(mask / n).transpose(0, 2, 1) @ mask
    each = np.arange(y.shape[2])
    gram[:, each, each] += mask.sum(axis=1)
    inverse = np.linalg.pinv(gram, rcond=1e-10, hermitian=True)
    period = (inverse @ centred.sum(axis=1)[:, :, None]).transpose(0, 2, 1)
    unit = (mask * (np.where(rows, y, 0.0) - period)).sum(axis=2, keepdims=True) / n
    return unit + period


def _stack(
    y: np.ndarray, rows: np.ndarray, cut: Cut, start: np.ndarray, tolerance: float, steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fit the tables of one stack; those that have converged leave it."""
    fitted, converged = start.copy(), np.zeros(len(y), dtype=bool)
    active = np.arange(len(y))
    now, before, age = start, start, np.zeros(len(y))
    filled, mask, kept = y, rows, cut
    apart = _apart(np.where(rows, y, start))
    least = tolerance**2 * np.maximum(np.einsum("rit,rit->r", apart, apart), _SMALLEST)
    for _ in range(steps):
        ahead = now + (age / (age + 3))[:, None, None] * (now - before)
        after = _step(np.where(mask, filled, ahead), kept)
        change = after - now
        uphill = np.einsum("rit,rit->r", ahead - after, change) > 0
        moved = np.einsum("rit,rit->r", change, change)
        done = moved <= least
        age = np.where(uphill, 0.0, age + 1)
        before, now = now, after
        fitted[active[done]], converged[active[done]] = after[done], True
        open_ = ~converged[active]
        if not open_.any():
            break
        if open_.mean() <= 1 - DONE_SHARE:
            active, now, before, age = active[open_], now[open_], before[open_], age[open_]
            filled, mask, kept = filled[open_], mask[open_], kept.of(open_)
            least = least[open_]
    left = ~converged[active]
    fitted[active[left]] = now[left]
    return fitted, converged


def _step(filled: np.ndarray, cut: Cut) -> np.ndarray:
    """Return the fits of filled tables."""
    apart = _apart(filled)
    return filled - apart + apart @ cut.kept(apart.transpose(0, 2, 1) @ apart)


def _apart(filled: np.ndarray) -> np.ndarray:
    """Return filled tables without effects of units and periods."""
    unit = filled.mean(axis=2, keepdims=True)
    return filled - unit - (filled.mean(axis=1, keepdims=True) - unit.mean(axis=1, keepdims=True))
