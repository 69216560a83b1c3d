"""Estimates on resampled units: tables of all draws are fitted as one stack."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from pilotzone.methods.factors.completion import Completed, stacks

# Numbers in one array of a stack of draws.
NUMBERS_AT_ONCE = 2_000_000
# Draws start from the fit, and their spread needs fewer digits than it.
TOLERANCE = 1e-7


class Solver(Protocol):
    """Fits stacked tables with a rank or a penalty of its own."""

    def __call__(
        self,
        y: np.ndarray,
        rows: np.ndarray,
        *,
        start: np.ndarray | None = ...,
        tolerance: float = ...,
        steps: int = ...,
    ) -> Completed: ...


class Fitted(NamedTuple):
    """A fit whose units are resampled.

    Attributes
    ----------
    y : (U, T) outcome.
    rows : (U, T) bool, cells that it rests on.
    fitted : (U, T), its fit, from which draws start.
    means : (m, U, T) bool, the cells that each estimate averages.
    fewest : untreated units that a period needs.
    solve : how draws are fitted.
    """

    y: np.ndarray
    rows: np.ndarray
    fitted: np.ndarray
    means: np.ndarray
    fewest: int
    solve: Solver

    @property
    def estimates(self) -> np.ndarray:
        """(m,) means of the outcome minus its fit."""
        return averages((self.y - self.fitted)[None], self.means[:, None])[0]


def averages(left: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the means (R, m) of tables (R, U, T) over cells (m, R, U, T); NaN over none."""
    sums = np.stack([np.einsum("rit,rit->r", left, one) for one in cells], axis=1)
    counts = cells.sum(axis=(2, 3)).T
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def bootstrap_picks(units: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the units (R, U) of each draw, with replacement."""
    return rng.integers(0, units, size=(draws, units))


def jackknife_picks(units: int) -> np.ndarray:
    """Return the units (U, U − 1) that are left without each."""
    every = np.arange(units)
    return np.array([np.delete(every, one) for one in every])


def resampled(what: Fitted, picks: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the estimates (R, m) on resampled units; NaN where the draw identifies none.

    A draw needs a treated cell and, in every period, ``fewest`` different untreated units: a copy
    of a unit says nothing new of a factor.
    """
    found = np.full((len(picks), len(what.means)), np.nan)
    usable = np.flatnonzero(_identified(what, picks))
    for part in stacks(len(usable), picks.shape[1] * what.y.shape[1], NUMBERS_AT_ONCE):
        places = usable[part]
        units = picks[places]
        y = what.y[units]
        done = what.solve(y, what.rows[units], start=what.fitted[units], tolerance=tolerance)
        estimates = averages(y - done.fitted, what.means[:, units])
        found[places] = np.where(done.converged[:, None], estimates, np.nan)
    return found


def _identified(what: Fitted, picks: np.ndarray) -> np.ndarray:
    """(R,) bool, draws that identify the first estimate."""
    drawn = np.zeros((len(picks), len(what.y)))
    drawn[np.arange(len(picks))[:, None], picks] = 1.0
    untreated = drawn @ what.rows
    return (untreated.min(axis=1) >= what.fewest) & (drawn @ what.means[0].any(axis=1) > 0)


def bootstrap_errors(draws: np.ndarray) -> np.ndarray:
    """Return the standard deviation (m,) of the draws (R, m) that have an estimate."""
    return _spread(draws, lambda known: known.std(ddof=1))


def jackknife_errors(draws: np.ndarray) -> np.ndarray:
    r"""Return √((n − 1)/n · Σ (θ̂₍ᵢ₎ − θ̄)²), (m,), over the units whose estimate exists."""
    return _spread(draws, lambda known: np.sqrt((len(known) - 1) * known.var()))


def _spread(draws: np.ndarray, of: Callable[[np.ndarray], float]) -> np.ndarray:
    known = [column[np.isfinite(column)] for column in draws.T]
    return np.array([of(one) if len(one) > 1 else np.nan for one in known])
