"""Fits whose units are resampled: tables of all draws are fitted as one stack."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from pilotzone.methods.factors.completion import Completed, completed, stacks
from pilotzone.methods.factors.interactive import interactive

Kind = Literal["interactive", "completion"]
# Numbers in one array of a stack of draws.
NUMBERS_AT_ONCE = 2_000_000
# Draws start from the fit, and their spread needs fewer digits than it.
TOLERANCE = 1e-7


class Fitted(NamedTuple):
    """Fits of S outcomes of one panel.

    Attributes
    ----------
    kind : "interactive" or "completion".
    chosen : (S,) rank, or penalty.
    y : (S, U, T) outcomes.
    rows : (U, T) bool, cells that the fits rest on.
    fitted : (S, U, T), the fits, from which draws start.
    converged, determined : (S,) bool, as :class:`Completed`.
    means : (m, U, T) bool, the cells that each estimate averages.
    """

    kind: Kind
    chosen: np.ndarray
    y: np.ndarray
    rows: np.ndarray
    fitted: np.ndarray
    converged: np.ndarray
    determined: np.ndarray
    means: np.ndarray

    @property
    def estimates(self) -> np.ndarray:
        """(S, m) means of the outcomes minus their fits."""
        return averages(self.y - self.fitted, self.means[:, None])

    @property
    def fewest(self) -> np.ndarray:
        """(S,) untreated units that a period needs."""
        return self.chosen + 1 if self.kind == "interactive" else np.ones(len(self.chosen))


def fit(
    kind: Kind,
    chosen: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    means: np.ndarray,
    tolerance: float,
) -> Fitted:
    """Return the fits of outcomes (S, U, T) to the cells ``rows`` (U, T)."""
    done = fits(kind, y, np.broadcast_to(rows, y.shape), chosen, tolerance=tolerance)
    return Fitted(kind, chosen, y, rows, *done, means)


def fits(
    kind: Kind,
    y: np.ndarray,
    rows: np.ndarray,
    chosen: np.ndarray,
    start: np.ndarray | None = None,
    **limits: float,
) -> Completed:
    """Return the fits of stacked tables (R, U, T), each with its rank or penalty (R,).

    ``limits`` are ``tolerance`` and ``steps`` of :func:`interactive` and :func:`completed`.
    """
    if kind == "completion":
        return completed(y, rows, chosen, start, **limits)
    made = Completed(np.empty(y.shape), *np.empty((2, len(y)), dtype=bool))
    for rank in np.unique(chosen):
        of = np.flatnonzero(chosen == rank)
        first = None if start is None else start[of]
        each = interactive(y[of], rows[of], int(rank), first, **limits)
        for whole, part in zip(made, each, strict=True):
            whole[of] = part
    return made


def averages(left: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the means (R, m) of tables (R, U, T) over cells (m, R or 1, U, T); NaN over none."""
    sums = np.stack([np.einsum("rit,rit->r", left, _wide(one, left)) for one in cells], axis=1)
    counts = np.broadcast_to(cells.sum(axis=(2, 3)).T, sums.shape)
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)


def _wide(cells: np.ndarray, left: np.ndarray) -> np.ndarray:
    return np.broadcast_to(cells, left.shape)


def bootstrap_picks(units: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the units (R, U) of each draw, with replacement."""
    return rng.integers(0, units, size=(draws, units))


def jackknife_picks(units: int) -> np.ndarray:
    """Return the units (U, U − 1) that are left without each."""
    every = np.arange(units)
    return np.array([np.delete(every, one) for one in every])


def resampled(what: Fitted, picks: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """Return the estimates (S, R, m) on resampled units (S, R, n); NaN where a draw has none.

    A draw needs a treated cell and, in every period, ``fewest`` different untreated units: a copy
    of a unit says nothing new of a factor.
    """
    found = np.full((*picks.shape[:2], len(what.means)), np.nan)
    outcome, draw = np.nonzero(_identified(what, picks))
    for part in stacks(len(outcome), picks.shape[2] * what.y.shape[2], NUMBERS_AT_ONCE):
        s, units = outcome[part, None], picks[outcome[part], draw[part]]
        y = what.y[s, units]
        start, chosen = what.fitted[s, units], what.chosen[outcome[part]]
        done = fits(what.kind, y, what.rows[units], chosen, start, tolerance=tolerance)
        estimates = averages(y - done.fitted, what.means[:, units])
        found[outcome[part], draw[part]] = np.where(done.exists[:, None], estimates, np.nan)
    return found


def _identified(what: Fitted, picks: np.ndarray) -> np.ndarray:
    """(S, R) bool, draws that identify the first estimate."""
    drawn = np.zeros((*picks.shape[:2], len(what.rows)))
    np.put_along_axis(drawn, picks, 1.0, axis=2)
    untreated = drawn @ what.rows
    treated = drawn @ what.means[0].any(axis=1) > 0
    return (untreated.min(axis=2) >= what.fewest[:, None]) & treated


def bootstrap_errors(draws: np.ndarray) -> np.ndarray:
    """Return the standard deviation (m,) of the draws (R, m) that have an estimate."""
    return _spread(draws, lambda known: known.std(ddof=1))


def jackknife_errors(draws: np.ndarray) -> np.ndarray:
    r"""Return √((n − 1)/n · Σ (θ̂₍ᵢ₎ − θ̄)²), (m,), over the units whose estimate exists."""
    return _spread(draws, lambda known: np.sqrt((len(known) - 1) * known.var()))


def _spread(draws: np.ndarray, of: Callable[[np.ndarray], float]) -> np.ndarray:
    known = [column[np.isfinite(column)] for column in draws.T]
    return np.array([of(one) if len(one) > 1 else np.nan for one in known])
