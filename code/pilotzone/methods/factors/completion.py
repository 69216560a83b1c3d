r"""Matrix completion of many tables at once, beside effects of units and periods.

With N the untreated cells of a table y (U, T), it minimises

½ Σ_N (y_it − α_i − γ_t − L_it)² + θ‖L‖_*, ‖L‖_* the sum of singular values,

by filling the other cells with the fit and fitting again (Mazumder, Hastie and Tibshirani 2010,
JMLR 11): the effects are means of the filled table, L is what is left of its singular values when
each is pulled towards zero by θ. Steps carry the momentum of Nesterov, which is dropped whenever it
points uphill (O'Donoghue and Candès 2015, Foundations of Computational Mathematics 15(3)). Tables
are stacked, (R, U, T): draws and folds share every step, and singular vectors come from one call on
the R products (T, T).
"""

import functools
from typing import NamedTuple

import numpy as np

TOLERANCE = 1e-9
MOST_STEPS = 50_000
# Tables that are worked on together: their cells should fit into the cache of a processor.
CELLS_AT_ONCE = 60_000
# A table is taken out of the stack when this share of it has converged.
DONE_SHARE = 0.05
SMALLEST = np.finfo(float).tiny


class Completed(NamedTuple):
    """Fits of R tables.

    Attributes
    ----------
    fitted : (R, U, T), α_i + γ_t + L_it in every cell.
    converged : (R,) bool.
    determined : (R,) bool, whether the cells of every unit tell its loadings. Where they do not,
        the sum of squares falls for ever as loadings grow, and rounding says where it ends.
    """

    fitted: np.ndarray
    converged: np.ndarray
    determined: np.ndarray

    @property
    def exists(self) -> np.ndarray:
        """(R,) bool, fits that ended at a minimum."""
        return self.converged & self.determined


def completed(
    y: np.ndarray,
    rows: np.ndarray,
    penalty: float | np.ndarray,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
    steps: int = MOST_STEPS,
) -> Completed:
    """Return the fits of stacked tables with a penalty on singular values.

    Parameters
    ----------
    y : (R, U, T) outcome; what stands outside ``rows`` does not count.
    rows : (R, U, T) bool, untreated cells; one at least in each row and column.
    penalty : float or (R,)
        λ = θ / (U·T), above zero.
    start : (R, U, T), optional
        Fits to start from; the two-way fit of each table without one.
    tolerance : float
        Of the change of a fit in one step, relative to the outcome freed of the effects.
    steps : int
        After so many a fit stands as it is, not converged.
    """
    effects = two_way(y, rows)
    first = np.zeros(y.shape) if start is None else start - effects
    fitted, converged = np.empty(y.shape), np.zeros(len(y), dtype=bool)
    theta = np.broadcast_to(penalty, len(y)) * (y.shape[1] * y.shape[2])
    for part in stacks(len(y), y.shape[1] * y.shape[2], CELLS_AT_ONCE):
        # Without the effects of the rows, products of columns keep their digits.
        left = np.where(rows[part], y[part] - effects[part], 0.0)
        low_rank, converged[part] = _stack(
            left, rows[part], theta[part], first[part], tolerance, steps
        )
        fitted[part] = effects[part] + low_rank
    # The penalty ties down what the cells of a unit leave open.
    return Completed(fitted, converged, np.ones(len(y), dtype=bool))


def stacks(tables: int, numbers: int, at_once: int) -> list[slice]:
    """Return the parts of a stack of tables, of which each takes so many numbers."""
    many = max(1, at_once // max(1, numbers))
    return [slice(low, low + many) for low in range(0, tables, many)]


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


def apart(filled: np.ndarray) -> np.ndarray:
    """Return filled tables without effects of units and periods."""
    unit = filled.mean(axis=2, keepdims=True)
    return filled - unit - (filled.mean(axis=1, keepdims=True) - unit.mean(axis=1, keepdims=True))


def squares(tables: np.ndarray) -> np.ndarray:
    """Return the sum of squares (R,) of each table."""
    return np.einsum("rit,rit->r", tables, tables)


def _stack(
    y: np.ndarray,
    rows: np.ndarray,
    theta: np.ndarray,
    start: np.ndarray,
    tolerance: float,
    steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return L (R, U, T) of one stack and whether it has converged; those that have leave it."""
    fitted, converged = start.copy(), np.zeros(len(y), dtype=bool)
    active = np.arange(len(y))
    now, before, age = start, start, np.zeros(len(y))
    least = tolerance**2 * np.maximum(squares(apart(np.where(rows, y, start))), SMALLEST)
    for _ in range(steps):
        # In place: these are the large arrays of a step.
        ahead = now - before
        ahead *= (age / (age + 3))[:, None, None]
        ahead += now
        after = _step(np.where(rows, y, ahead), theta)
        change = after - now
        ahead -= after
        uphill = np.einsum("rit,rit->r", ahead, change) > 0
        # One that stays in the stack keeps the fit at which it converged, whatever is beside it.
        done = (squares(change) <= least) & ~converged[active]
        age = np.where(uphill, 0.0, age + 1)
        before, now = now, after
        fitted[active[done]], converged[active[done]] = after[done], True
        open_ = ~converged[active]
        if not open_.any():
            break
        if open_.mean() <= 1 - DONE_SHARE:
            active, now, before, age = active[open_], now[open_], before[open_], age[open_]
            y, rows, least, theta = y[open_], rows[open_], least[open_], theta[open_]
    left = ~converged[active]
    fitted[active[left]] = now[left]
    return fitted, converged


def _step(filled: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Return the fits of filled tables."""
    units, periods = filled.shape[1:]
    mean = (np.full(units, 1 / units) @ filled)[:, None]
    products = filled.transpose(0, 2, 1) @ filled - units * mean.transpose(0, 2, 1) * mean
    # Contrasts of periods are those of tables without means of rows.
    contrasts = _contrasts(periods)
    values, vectors = np.linalg.eigh(contrasts.T @ products @ contrasts)
    size = np.sqrt(np.maximum(values, 0.0))
    above = np.maximum(size - theta[:, None], 0.0)
    share = np.divide(above, size, out=np.zeros_like(size), where=above > 0)
    vectors = contrasts @ vectors
    kept = (vectors * share[:, None, :]) @ vectors.transpose(0, 2, 1)
    period = mean - mean.mean(axis=2, keepdims=True) - mean @ kept
    kept += 1 / periods
    fits = filled @ kept
    fits += period
    return fits


@functools.lru_cache
def _contrasts(periods: int) -> np.ndarray:
    """Return an orthonormal basis (T, T − 1) of what is orthogonal to a constant."""
    steps = np.eye(periods, periods - 1) - np.eye(periods, periods - 1, k=-1)
    return np.linalg.qr(steps)[0]
