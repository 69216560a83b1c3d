r"""Draws of spatial models without a spatial parameter (ols, slx), many at a time.

Their fit is linear in y. A coefficient, or an effect as a sum of coefficients, is θ̂ = h'y with h
its influence, and its ``cluster_pairs`` error that of clusters by unit,

    se² = n/(n − 1) Σ_i (Σ_t h_it e_it)²,

so that nothing is projected or triangulated for a draw that was so before: with drawn outcomes h
stays, with dealt treatments the other regressors stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pilotzone.methods.inference.cluster import Groups, indicator
from pilotzone.methods.inference.inversion import Inversion
from pilotzone.methods.inference.paths import in_chunks
from pilotzone.methods.inference.several import Several, inverted, weighted_scores
from pilotzone.methods.space.algebra import lag
from pilotzone.methods.space.design import COLLINEAR
from pilotzone.methods.space.panel import remove_effects
from pilotzone.methods.space.refit import Refit


def is_linear(refit: Refit) -> bool:
    """Say whether the model has no spatial parameter."""
    structure = refit.response.structure
    return not (structure.lag_y or structure.lag_error)


def drawn_outcomes(
    refit: Refit, mean: np.ndarray, residuals: np.ndarray, drawn: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return estimates and errors (R, q) of the terms, for outcomes of weighted residual paths.

    Parameters
    ----------
    mean, residuals : (T, n) of the fit; the outcome of a draw is mean + residuals · v.
    drawn : (R, n) weights v.
    """
    design, n = refit.design, residuals.shape[1]
    x = design.columns[: design.k]
    flat = x.reshape(design.k, -1)
    slopes = np.linalg.solve(flat @ flat.T, flat)
    influence = _combinations(refit) @ slopes
    parts = []
    for v in in_chunks(drawn, residuals.size):
        y = remove_effects(mean + residuals * v[:, None, :], design.effects)
        rows = y.reshape(len(v), -1)
        left = (rows - (rows @ slopes.T) @ flat).reshape(y.shape)
        sums = [np.einsum("tn,ctn->cn", h, left) for h in influence.reshape(-1, *x.shape[1:])]
        errors = np.sqrt(n / (n - 1) * np.array([(s**2).sum(axis=1) for s in sums]))
        exact = (left**2).sum(axis=(1, 2)) <= COLLINEAR**2 * (y**2).sum(axis=(1, 2))
        parts.append((rows @ influence.T, np.where(exact, np.nan, errors).T))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _combinations(refit: Refit) -> np.ndarray:
    """Return the terms as combinations of the coefficients, (q, k)."""
    k = refit.design.k
    own = np.eye(k)
    if len(refit.terms) == k:
        return own
    return np.vstack([own, refit.response.gradient(np.zeros(k)).reshape(-1, k)])


@dataclass(frozen=True)
class _Free:
    """Frees columns (N, c) of the effects and of the regressors that stay, ``basis`` (N, k)."""

    effects: str
    shape: tuple[int, int]
    basis: np.ndarray

    def __call__(self, x: np.ndarray) -> np.ndarray:
        tables = x.T.reshape(-1, *self.shape)
        left = remove_effects(tables, self.effects).reshape(len(tables), -1).T
        return left - self.basis @ (self.basis.T @ left)


def dealt_paths(
    refit: Refit, places: list[int], paths: np.ndarray, order: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, list[Inversion]]:
    """Return t* (R, a + 1) and the tests of a treatment and its lag under dealt paths.

    The last t* is that of the sum of both, the total effect; without a lag it is the first again.

    Parameters
    ----------
    places : where the a columns stand among the regressors.
    paths : (T, n) the treatment.
    order : (R, n); in draw r unit j has the path of unit [r, j].
    theta : (a,) coefficients of the data.
    """
    design, shape = refit.design, paths.shape
    n = shape[1]
    others = np.delete(design.columns[: design.k], places, axis=0).reshape(-1, paths.size).T
    free = _Free(design.effects, shape, np.linalg.qr(others)[0])
    outcomes = free(design.columns[[design.k, *places]].reshape(-1, paths.size).T)
    summing = indicator(Groups(np.tile(np.arange(n), shape[0]), n))
    factor = n / (n - 1)
    t_draws, numbers = [], []
    for columns in _columns(refit, len(places), paths, order):
        made = Several.of(columns, outcomes, free)
        scores = sum(weighted_scores(made, outcomes, summing))
        error = np.sqrt(factor * np.einsum("nc,nc->c", scores, scores))
        total = np.where(made.known, made.beta[:, :, 0].sum(axis=1) / error, np.nan)
        numbers.append(inverted(made, outcomes, theta, summing))
        t_draws.append(total)
    whole = np.concatenate(numbers, axis=1)
    observed = Several.of([outcomes[:, [1 + i]] for i in range(len(places))], outcomes, free)
    tests = []
    for i, scores in enumerate(weighted_scores(observed, outcomes, summing)):
        error = float(np.sqrt(factor * (scores**2).sum()))
        tests.append(Inversion(float(theta[i]), error, factor, whole[:2, :, i], whole[2:, :, i]))
    drawn = [test.drawn(0.0) for test in tests]
    return np.column_stack([*drawn, np.concatenate(t_draws)]), tests


def _columns(
    refit: Refit, count: int, paths: np.ndarray, order: np.ndarray
) -> Iterator[list[np.ndarray]]:
    """Yield the treatment and its lag (N, c) under some deals at a time."""
    for decks in in_chunks(order, count * paths.size):
        dealt = np.moveaxis(paths[:, decks], 1, 0)
        tables = [dealt, lag(dealt, refit.weights.matrix)][:count]
        yield [table.reshape(len(decks), -1).T for table in tables]
