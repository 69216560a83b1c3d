"""Likelihoods of spatial panels in coordinates that the effects leave, by dense matrices.

With Q an orthonormal basis of what is left of the nT rows, ordered by period and unit, every
variable v becomes Q'v and the model

    Q'(I - l W)(y - r W y - Z b) = e,    L = -N/2 (ln 2 pi S/N + 1) + m ln|I - l w| + m ln|I - r w|,

S = e'e at the least squares b. Uncorrected N = nT, m = T and w is the matrix; transformed N is the
number of coordinates, m the periods that are left and w the matrix on what is left of the units.
The maximum is where the slopes of L are zero, found from the best point of a grid.
"""

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np
from scipy import linalg, optimize

# Lags of the outcome, of the regressors and of the error.
MODELS = {
    "slx": (False, True, False),
    "sar": (True, False, False),
    "sdm": (True, True, False),
    "sem": (False, False, True),
    "sdem": (False, True, True),
    "gns": (True, True, True),
}
NODES, NODES_OF_TWO = 60, 24
# Time means and lines that each kind of effects takes of a unit, and whether it takes period means.
HELD = {"unit": (1, False), "period": (0, True), "two_way": (1, True), "unit_trends": (2, True)}


@dataclasses.dataclass(frozen=True)
class Space:
    """What effects leave of T periods of n units.

    Attributes
    ----------
    basis : Q (nT, q).
    matrix : W (n, n).
    inner : w of the log-determinant.
    nobs, repeats : N and m.
    """

    basis: np.ndarray
    matrix: np.ndarray
    inner: np.ndarray
    nobs: int
    repeats: int

    @property
    def n_periods(self) -> int:
        """T."""
        return len(self.basis) // len(self.matrix)

    def lag(self, values: np.ndarray) -> np.ndarray:
        """Return W v of every period, (nT, ...)."""
        tables = values.reshape(self.n_periods, len(self.matrix), -1)
        return (self.matrix @ tables).reshape(values.shape)


def space(matrix: np.ndarray, n_periods: int, effects: str, *, transformed: bool) -> Space:
    """Return what effects leave; ``transformed`` is Lee and Yu's likelihood."""
    n = len(matrix)
    lines, means = HELD[effects]
    time = linalg.null_space(np.vander(np.arange(n_periods) + 0.0, lines, increasing=True).T)
    units = linalg.null_space(np.ones((1, n))) if means else np.eye(n)
    time = time if lines else np.eye(n_periods)
    basis = np.kron(time, units)
    if not transformed:
        return Space(basis, matrix, matrix, n * n_periods, n_periods)
    return Space(basis, matrix, units.T @ matrix @ units, basis.shape[1], time.shape[1])


@dataclasses.dataclass(frozen=True)
class Model:
    """A model on its coordinates.

    Attributes
    ----------
    y, z : (nT,) and (nT, k).
    lags : of the outcome and of the error, as it has them.
    """

    place: Space
    y: np.ndarray
    z: np.ndarray
    lags: tuple[bool, bool]

    def parts(self) -> tuple[np.ndarray, ...]:
        """Return Q'y, Q'Wy, Q'WWy, Q'Z, Q'WZ."""
        lag, q = self.place.lag, self.place.basis.T
        once = lag(self.y)
        return q @ self.y, q @ once, q @ lag(once), q @ self.z, q @ lag(self.z)


@dataclasses.dataclass(frozen=True)
class Top:
    """The highest point.

    Attributes
    ----------
    rho, lam : zero where the model has none.
    slopes : (k,)
    residuals : e (q,).
    loglik : with its constant.
    """

    model: Model
    rho: float
    lam: float
    slopes: np.ndarray
    residuals: np.ndarray
    loglik: float

    @property
    def sigma2(self) -> float:
        """e'e/N."""
        return float(self.residuals @ self.residuals) / self.model.place.nobs


def highest(model: Model) -> Top:
    """Return the maximum of the likelihood."""
    parts, place = model.parts(), model.place
    at, slope = _evaluator(parts, model)
    own = np.linalg.eigvals(place.matrix).real
    ends = 1 / own.min() + 1e-6, 1 - 1e-6
    grid = np.linspace(*ends, NODES)
    if not any(model.lags):
        return at(0.0, 0.0)
    if all(model.lags):
        coarse = np.linspace(*ends, NODES_OF_TWO)
        best = max(itertools.product(coarse, coarse), key=lambda pair: at(*pair).loglik)
        return _refined(at, slope, best)
    which = 0 if model.lags[0] else 1

    def both(r: float) -> tuple[float, float]:
        return (r, 0.0) if which == 0 else (0.0, r)

    best = int(np.argmax([at(*both(r)).loglik for r in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, NODES - 1)]
    root = optimize.brentq(lambda r: slope(*both(r))[which], low, high, xtol=1e-15, rtol=1e-15)
    return at(*both(root))


def _refined(at: Callable, slope: Callable, start: tuple[float, float]) -> Top:
    """Return the point without slope near the best one of a grid, which is not higher."""
    found = optimize.root(lambda pair: slope(*pair), start, tol=1e-13)
    top = at(*found.x)
    if np.abs(found.fun).max() > 1e-5 or top.loglik < at(*start).loglik:
        raise ValueError("no maximum of two parameters")
    return top


def _evaluator(parts: tuple[np.ndarray, ...], model: Model) -> tuple[Callable, Callable]:
    """Return the likelihood at (rho, lambda), and its two slopes there."""
    y, wy, wwy, z, wz = parts
    place, eye = model.place, np.eye(len(model.place.inner))

    def at(rho: float, lam: float) -> Top:
        filtered, goal = z - lam * wz, y - (rho + lam) * wy + rho * lam * wwy
        b = np.linalg.lstsq(filtered, goal, rcond=None)[0]
        e = goal - filtered @ b
        n = place.nobs
        gaussian = -n / 2 * (np.log(2 * np.pi * (e @ e) / n) + 1)
        heights = [np.linalg.slogdet(eye - r * place.inner)[1] for r in (rho, lam)]
        return Top(model, rho, lam, b, e, gaussian + place.repeats * sum(heights))

    def slope(rho: float, lam: float) -> tuple[float, float]:
        top = at(rho, lam)
        of_rho = top.residuals @ (wy - lam * wwy) / top.sigma2
        of_lam = top.residuals @ (wy - rho * wwy - wz @ top.slopes) / top.sigma2
        traces = [np.trace(np.linalg.solve(eye - r * place.inner, place.inner)) for r in (rho, lam)]
        return of_rho - place.repeats * traces[0], of_lam - place.repeats * traces[1]

    return at, slope
