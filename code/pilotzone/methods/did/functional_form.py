r"""Whether parallel trends can hold whatever the form of the outcome.

Parallel trends hold for every strictly monotonic form, level and logarithm alike, if and only if
they hold for the distribution: without treatment that of the treated would have moved as that of
the untreated did. A distribution so implied has no negative part.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import TOLERANCE
from pilotzone.methods.inference.columns import finite
from pilotzone.methods.inference.paths import NEVER

FEWEST_BINS = 2


@dataclass(frozen=True)
class ImpliedDensity:
    """The implied distribution of the treated without treatment, and its test.

    Attributes
    ----------
    edges : (B − 1,) inner edges of the bins; a bin holds its upper edge.
    shares : (B,) implied shares, which sum to one; none is negative if the form does not matter.
    std_errors : (B,) clustered by unit.
    treated, before, after : (B,) the shares whose sum is made: treated in the last period before
        treatment, untreated in that period and later; shares = treated + after − before.
    statistic, p_value : the most negative share over its error, with the sign turned, and its p.
    draws : of the test.
    n_treated, n_controls, n_cells : units treated and untreated that are compared, and the cells.
    n_still : bins without an error: neither side has a share there that could vary.
    """

    edges: np.ndarray = field(repr=False)
    shares: np.ndarray
    std_errors: np.ndarray
    treated: np.ndarray = field(repr=False)
    before: np.ndarray = field(repr=False)
    after: np.ndarray = field(repr=False)
    statistic: float
    p_value: float
    draws: int
    n_treated: int
    n_controls: int
    n_cells: int
    n_still: int


def implied_density(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    bins: int = 5,
    draws: int,
    rng: np.random.Generator,
) -> ImpliedDensity:
    r"""Test that no part of the implied distribution is negative.

    p_b = Σ_gt w_gt [P(y_{g−1} ∈ b | g) + P(y_t ∈ b | C_gt) − P(y_{g−1} ∈ b | C_gt)] over cohorts g
    and periods t ≥ g, C_gt the units not yet treated in t and w_gt the treated units' share. H₀:
    p_b ≥ 0 for all bins b. The statistic is max_b −p̂_b/σ̂_b; its p is that at p = 0, the least
    favourable point, from normal draws with the estimated correlation of the p̂_b.
    Roth and Sant'Anna (2023, Econometrica 91(2), "When is parallel trends sensitive to functional
    form?"), proposition 3 and section 4, with cells as Callaway and Sant'Anna's.

    A share that is not negative does not prove that the form is without importance: a test.

    Parameters
    ----------
    y, unit, period, cohort : (N,); cohort 0 is never treated. A unit enters a cell if it is
        observed in both periods.
    bins : between the quantiles of the outcome that divide all rows into equal parts; equal
        quantiles are one edge.
    draws, rng : of the test.

    Raises
    ------
    UserError : if there are fewer than two bins, or arrays do not fit.
    NotIdentified : if no cell has treated and untreated units, or no share, or a negative one, has
        no error.
    """
    if bins < FEWEST_BINS:
        raise UserError(f"{bins} bins divide nothing; give {FEWEST_BINS} or more")
    table, cohorts, periods = _wide(y, unit, period, cohort)
    edges = np.unique(np.nanquantile(table, np.arange(1, bins) / bins))
    held = np.stack([np.where(np.isnan(table), np.nan, at) for at in _within(table, edges)])
    cells = _cells(table, cohorts, periods)
    if not cells:
        raise NotIdentified("form_no_cell")
    parts, influence = _added(held, cells)
    shares = parts[0] + parts[2] - parts[1]
    covariance = influence.T @ influence
    std_errors = np.sqrt(np.diag(covariance))
    moving = std_errors > TOLERANCE
    if not moving.any() or (shares[~moving] < -TOLERANCE).any():
        raise NotIdentified("form_without_error")
    statistic = float(np.max(-shares[moving] / std_errors[moving]))
    treated = np.logical_or.reduce([cell.treated for cell in cells])
    controls = np.logical_or.reduce([cell.controls for cell in cells])
    return ImpliedDensity(
        edges=edges,
        shares=shares,
        std_errors=std_errors,
        treated=parts[0],
        before=parts[1],
        after=parts[2],
        statistic=statistic,
        p_value=_least_favourable(statistic, covariance[np.ix_(moving, moving)], draws, rng),
        draws=draws,
        n_treated=int(treated.sum()),
        n_controls=int(controls.sum()),
        n_cells=len(cells),
        n_still=int((~moving).sum()),
    )


@dataclass(frozen=True)
class _Cell:
    """Units (n,) of a cohort and those not yet treated in a period, and the two columns."""

    treated: np.ndarray
    controls: np.ndarray
    base: int
    now: int


def _wide(
    y: ArrayLike, unit: ArrayLike, period: ArrayLike, cohort: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The outcome (n, T), NaN where it is not observed, cohorts (n,) and periods (T,)."""
    values = finite(y, ["outcome"])
    units, rows = np.unique(np.asarray(unit), return_inverse=True)
    periods, columns = np.unique(np.asarray(period), return_inverse=True)
    if not len(values) == len(rows) == len(columns) == len(np.asarray(cohort)):
        raise UserError("outcome, unit, period and cohort need one value per row each")
    table = np.full((len(units), len(periods)), np.nan)
    table[rows, columns] = values
    cohorts = np.zeros(len(units))
    cohorts[rows] = np.asarray(cohort, dtype=float)
    return table, cohorts, periods


def _within(table: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(B, n, T) of 0 and 1: the bin of each outcome."""
    codes = np.searchsorted(edges, table, side="left")
    return (codes == np.arange(len(edges) + 1)[:, None, None]).astype(float)


def _cells(table: np.ndarray, cohorts: np.ndarray, periods: np.ndarray) -> list[_Cell]:
    """Every cohort from its first period on that has a period before and untreated units."""
    there, found = ~np.isnan(table), []
    for g in np.unique(cohorts[cohorts != NEVER]):
        base = int(np.searchsorted(periods, g)) - 1
        for now in range(base + 1, len(periods)) if base >= 0 else ():
            both = there[:, base] & there[:, now]
            untreated = (cohorts == NEVER) | (cohorts > periods[now])
            cell = _Cell(both & (cohorts == g), both & untreated, base, now)
            if cell.treated.any() and cell.controls.sum() > 1:
                found.append(cell)
    return found


def _added(held: np.ndarray, cells: Sequence[_Cell]) -> tuple[np.ndarray, np.ndarray]:
    """The three shares (3, B) over the cells, and what each unit adds to their sum (n, B)."""
    weights = np.array([cell.treated.sum() for cell in cells], dtype=float)
    weights /= weights.sum()
    parts, influence = np.zeros((3, len(held))), np.zeros((held.shape[1], len(held)))
    for weight, cell in zip(weights, cells, strict=True):
        own = held[:, cell.treated, cell.base]
        before, after = (held[:, cell.controls, at] for at in (cell.base, cell.now))
        parts += weight * np.stack([one.mean(axis=1) for one in (own, before, after)])
        for units, moved in ((cell.treated, own), (cell.controls, after - before)):
            centred = moved - moved.mean(axis=1, keepdims=True)
            influence[units] += weight * centred.T / units.sum()
    return parts, influence


def _least_favourable(
    statistic: float, covariance: np.ndarray, draws: int, rng: np.random.Generator
) -> float:
    """Share of normal draws at zero whose largest t is no smaller."""
    errors = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(errors, errors))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    largest = (rng.standard_normal((draws, len(errors))) @ root.T).max(axis=1)
    return float((1 + np.count_nonzero(largest >= statistic)) / (draws + 1))
