r"""Interactive effects of many tables at once, by least squares on untreated cells.

With N the untreated cells of a table y (U, T), the fit minimises

Σ_N (y_it − α_i − γ_t − λ_i'f_t)² over α, γ, λ and the factors f (Bai 2009, Econometrica 77(4)).

Given f and γ, each unit's intercept and loadings are a regression of its own cells on B_i = [1, f];
they are put in (variable projection; Golub and Pereyra 1973, SIAM Journal on Numerical Analysis
10(2)), and what is left is searched by steps of Gauss and Newton on T(r + 1) numbers,

(Σ_i ℓ_iℓ_i' ⊗ M_i + μI) δ = Σ_i ℓ_i ⊗ M_i(y_i − γ), ℓ_i = (λ_i, 1), M_i = I − B_i(B_i'B_i)⁻¹B_i',

μ by Levenberg and Marquardt. Filling the other cells and fitting again, which needs hundreds of
steps where a fit extrapolates, ends at the same minimum. Tables are stacked, (R, U, T): draws and
folds share every step.
"""

from typing import NamedTuple

import numpy as np

from pilotzone.methods.factors.completion import (
    SMALLEST,
    TOLERANCE,
    Completed,
    apart,
    squares,
    stacks,
    two_way,
)

MOST_STEPS = 500
# Steps of filling and fitting again before the search: they lead to the nearest minimum.
FIRST_STEPS = 20
# Numbers of the products of M that a stack of tables holds.
NUMBERS_AT_ONCE = 1_000_000
HATS_AT_ONCE = 150_000
# A cell of a unit that its own factors leave undetermined keeps a finite fit.
RIDGE = 1e-13
# The sum of the variances of a unit's coefficients, the noise's being one, above which its cells
# say nothing of them: a prediction is off by hundreds of standard deviations of the noise, and
# rounding moves it.
MOST_VARIANCE = 1e5
# μ, as a share of the mean of the diagonal: at first, at least, and what a step changes it by.
DAMPING, LEAST_DAMPING, CHANGE = 1e-3, 1e-9, 10.0
# The share of the sum of squares that rounding hides.
FLAT = 1e-14
# Squares of lengths of steps that still lead on.
SHORTER = 0.8


class _State(NamedTuple):
    """Where the search of R tables stands, k = r + 1.

    Attributes
    ----------
    basis : (R, T, k), a constant and the factors, orthonormal.
    period : (R, T), γ.
    inverse : (R, U, k, k), (B_i'B_i)⁻¹.
    scores : (R, U, k), coefficients on the basis.
    fitted, left : (R, U, T), the fit of every cell, the residual of each of the rows.
    loss : (R,) sum of squares.
    """

    basis: np.ndarray
    period: np.ndarray
    inverse: np.ndarray
    scores: np.ndarray
    fitted: np.ndarray
    left: np.ndarray
    loss: np.ndarray

    @property
    def determined(self) -> np.ndarray:
        """(R,) bool, tables in which the cells of every unit tell its coefficients."""
        return np.einsum("ruaa->ru", self.inverse).max(axis=1) <= MOST_VARIANCE

    def of(self, places: np.ndarray) -> "_State":
        """Return some tables."""
        return _State(*(one[places] for one in self))

    def replaced(self, places: np.ndarray, other: "_State") -> "_State":
        """Return the state with the tables of a mask (R,) taken from another."""
        if places.all():
            return other
        shaped = (places.reshape(-1, *(1,) * (one.ndim - 1)) for one in self)
        return _State(*(np.where(s, b, a) for s, a, b in zip(shaped, self, other, strict=True)))


def interactive(
    y: np.ndarray,
    rows: np.ndarray,
    rank: int,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
    steps: int = MOST_STEPS,
) -> Completed:
    """Return the fits of stacked tables with a number of factors.

    Parameters
    ----------
    y : (R, U, T) outcome; what stands outside ``rows`` does not count.
    rows : (R, U, T) bool, untreated cells; rank + 1 at least in each row and column.
    rank : int
        r, below T.
    start : (R, U, T), optional
        Fits to start from; without one, the two-way fit of each table and a few steps of filling.
    tolerance : float
        Of the change of a fit in one step, relative to the outcome freed of the effects.
    steps : int
        After so many a fit stands as it is, not converged.
    """
    converged, determined = np.ones((2, len(y)), dtype=bool)
    first = two_way(y, rows) if start is None else start
    if rank == 0:
        fitted = first if start is None else two_way(y, rows)
        return Completed(fitted, converged, determined)
    early, fitted = FIRST_STEPS if start is None else 0, np.empty(y.shape)
    for part in stacks(len(y), y.shape[1] * y.shape[2] ** 2, NUMBERS_AT_ONCE):
        given = np.where(rows[part], y[part], 0.0), rows[part]
        filled = _filled(*given, first[part], rank, early)
        made = _search(*given, filled, rank, tolerance, steps)
        fitted[part], converged[part], determined[part] = made
    made = Completed(fitted, converged, determined)
    if start is None or determined.all():
        return made
    return _again(made, y, rows, rank, tolerance, steps)


def _again(
    made: Completed, y: np.ndarray, rows: np.ndarray, rank: int, tolerance: float, steps: int
) -> Completed:
    """Return fits of which those that ended at no minimum are searched from a start of their own.

    The way from another fit may have passed by a minimum; the lower end of the two is taken.
    """
    places = np.flatnonzero(~made.determined)
    y, rows = y[places], rows[places]
    other = interactive(y, rows, rank, None, tolerance, steps)
    first, second = (
        squares(np.where(rows, y - one, 0.0)) for one in (made.fitted[places], other.fitted)
    )
    lower = second < first
    for whole, part in zip(made, other, strict=True):
        whole[places[lower]] = part[lower]
    return made


def _filled(
    y: np.ndarray, rows: np.ndarray, start: np.ndarray, rank: int, steps: int
) -> np.ndarray:
    """Return tables whose other cells hold a fit, after some steps of filling and fitting again."""
    filled = np.where(rows, y, start)
    for _ in range(steps):
        left = apart(filled)
        factors = _leading(left, rank)
        filled = np.where(rows, y, filled - left + left @ factors @ factors.transpose(0, 2, 1))
    return filled


def _leading(left: np.ndarray, rank: int) -> np.ndarray:
    """Return the first right singular vectors (R, T, r) of tables."""
    _, vectors = np.linalg.eigh(left.transpose(0, 2, 1) @ left)
    return vectors[:, :, left.shape[2] - rank :]


def _search(
    y: np.ndarray, rows: np.ndarray, filled: np.ndarray, rank: int, tolerance: float, steps: int
) -> Completed:
    """Return the fits of a stack of tables; those that have converged leave it."""
    fitted, (converged, determined) = np.empty(y.shape), np.zeros((2, len(y)), dtype=bool)
    active, mask, damping = np.arange(len(y)), rows.astype(float), np.full(len(y), DAMPING)
    pairs = (mask[:, :, :, None] * mask[:, :, None, :]).reshape(*mask.shape[:2], -1)
    left = apart(filled)
    least = tolerance**2 * np.maximum(squares(left), SMALLEST)
    now = _at(y, mask, _basis(_leading(left, rank)), filled.mean(axis=1))
    shortest = np.full(len(y), np.inf)
    for _ in range(steps):
        ahead, gain = _ahead(y, mask, pairs, now, damping)
        # Where rounding hides what a step gains it is taken if it is shorter than those before.
        flat = gain <= FLAT * now.loss
        moved = squares(ahead.fitted - now.fitted)
        better = np.where(flat, moved < SHORTER * shortest, ahead.loss <= now.loss)
        done = np.where(better, moved <= least, flat)
        shortest[flat] = np.minimum(shortest, moved)[flat]
        damping = np.where(better, np.maximum(damping / CHANGE, LEAST_DAMPING), damping * CHANGE)
        now = now.replaced(better, ahead)
        if done.any():
            fitted[active[done]], converged[active[done]] = now.fitted[done], True
            determined[active[done]] = now.determined[done]
            active, y, mask, now = active[~done], y[~done], mask[~done], now.of(~done)
            damping, least, pairs = damping[~done], least[~done], pairs[~done]
            shortest = shortest[~done]
        if not len(active):
            break
    fitted[active], determined[active] = now.fitted, now.determined
    return Completed(fitted, converged, determined)


def _basis(factors: np.ndarray) -> np.ndarray:
    """Return a constant and factors (R, T, r) as orthonormal columns (R, T, r + 1)."""
    constant = np.ones((*factors.shape[:2], 1))
    return np.linalg.qr(np.concatenate([constant, factors], axis=2))[0]


def _at(y: np.ndarray, mask: np.ndarray, basis: np.ndarray, period: np.ndarray) -> _State:
    """Return the state with the units' own regressions put in."""
    tables, periods, k = basis.shape
    pairs = (basis[:, :, :, None] * basis[:, :, None, :]).reshape(tables, periods, k * k)
    inverse = _inverse((mask @ pairs).reshape(*mask.shape[:2], k, k) + RIDGE * np.eye(k))
    moments = (mask * (y - period[:, None, :])) @ basis
    scores = np.einsum("ruab,rub->rua", inverse, moments)
    fitted = period[:, None, :] + scores @ basis.transpose(0, 2, 1)
    left = mask * (y - fitted)
    return _State(basis, period, inverse, scores, fitted, left, squares(left))


def _inverse(matrices: np.ndarray) -> np.ndarray:
    """Return the inverses of many small positive matrices (…, k, k), swept at all k at once."""
    # Their axes come first: steps are on long rows.
    swept = np.ascontiguousarray(np.moveaxis(matrices, (-2, -1), (0, 1)))
    for one in range(len(swept)):
        pivot, column = swept[one, one].copy(), swept[:, one].copy()
        share = swept[one] / pivot
        swept -= column[:, None] * share
        swept[:, one], swept[one] = column / pivot, share
        swept[one, one] = -1 / pivot
    return np.ascontiguousarray(np.moveaxis(-swept, (0, 1), (-2, -1)))


def _ahead(
    y: np.ndarray, mask: np.ndarray, pairs: np.ndarray, now: _State, damping: np.ndarray
) -> tuple[_State, np.ndarray]:
    """Return the state one step on, and by how much (R,) the sum of squares should fall."""
    k, periods = now.basis.shape[2], now.basis.shape[1]
    load = np.concatenate([now.scores[:, :, 1:], np.ones((*mask.shape[:2], 1))], axis=2)
    slope = (load.transpose(0, 2, 1) @ now.left).reshape(-1, k * periods)
    curvature = _curvature(mask, pairs, now, load)
    each = np.arange(k * periods)
    diagonal = curvature[:, each, each]
    curvature[:, each, each] += (damping * diagonal.mean(axis=1))[:, None]
    step = np.linalg.solve(curvature, slope[:, :, None])[:, :, 0]
    gain = np.einsum("rk,rk->r", slope, step)
    moved = step.reshape(-1, k, periods)
    factors = now.basis[:, :, 1:] + moved[:, :-1].transpose(0, 2, 1)
    return _at(y, mask, _basis(factors), now.period + moved[:, -1]), gain


def _curvature(mask: np.ndarray, pairs: np.ndarray, now: _State, load: np.ndarray) -> np.ndarray:
    """Return Σ_i ℓ_iℓ_i' ⊗ M_i, (R, kT, kT).

    ``pairs`` (R, U, T · T) are the products of two columns of ``mask``.
    """
    tables, units, periods = mask.shape
    k = load.shape[2]
    loads = (load[..., :, None] * load[..., None, :]).reshape(tables, units, k * k)
    loads = loads.transpose(0, 2, 1)
    basis = now.basis
    sides = basis[:, :, None, :, None] * basis[:, None, :, None, :]
    sides = sides.reshape(tables, periods * periods, k * k).transpose(0, 2, 1)
    inverse, found = (
        now.inverse.reshape(tables, units, k * k),
        np.empty((tables, k * k, periods**2)),
    )
    for part in stacks(tables, units * periods**2, HATS_AT_ONCE):
        hats = inverse[part] @ sides[part]
        hats *= pairs[part]
        np.matmul(loads[part], hats, out=found[part])
    found = -found.reshape(tables, k, k, periods, periods)
    each = np.arange(periods)
    found[..., each, each] += (loads @ mask).reshape(tables, k, k, periods)
    return found.transpose(0, 1, 3, 2, 4).reshape(tables, k * periods, k * periods)
