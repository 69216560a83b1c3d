r"""Change from the last period before treatment, by group of units, among the same cohorts.

Groups that were treated at other times differ by cohort, not by group. Here every cohort counts
with one weight for all groups, and each cell compares treated units of a group with untreated
units of the same group. What is estimated is linear in the outcome, so that several outcomes go
through the same cells at once: permuted cohorts are estimated on the outcome and on treatment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import StaggeredPanel, staggered_panel, whole
from pilotzone.methods.did.terms import Terms
from pilotzone.methods.inference.cluster import TOLERANCE, encode, first_rows
from pilotzone.methods.inference.columns import as_columns, finite
from pilotzone.methods.inference.t_tests import TTests

# So many treated and untreated units of a group a cell takes: one says nothing of its spread.
FEWEST = 2
DIFFERENCE = "difference"


@dataclass(frozen=True, eq=False)
class LongDifference(TTests):
    """One mean change for each group.

    Attributes
    ----------
    names : groups, sorted.
    coefficients : (q,).
    influence : (U, q), what each unit adds to the error.
    cells : (cohort, period) that are averaged.
    weights : (c,) of these cells.
    lost : (cohort, period) that some group cannot compare.
    rows : (U, T) bool, rows that are used, in the order of units and periods.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    influence: np.ndarray = field(repr=False)
    cells: tuple[tuple[float, float], ...]
    weights: np.ndarray = field(repr=False)
    lost: tuple[tuple[float, float], ...]
    rows: np.ndarray = field(repr=False)

    @property
    def covariance(self) -> np.ndarray:
        """(q, q), Σ_i φ_i φ_i'."""
        return self.influence.T @ self.influence

    @property
    def n_clusters(self) -> int:
        """Units that move an estimate."""
        return int(np.count_nonzero(np.any(self.influence != 0, axis=1)))

    @property
    def df(self) -> int:
        """Of t."""
        return self.n_clusters - 1

    @property
    def contrast(self) -> np.ndarray:
        """(q − 1, q), differences of the other groups from the first."""
        return np.eye(len(self.names))[1:] - np.eye(len(self.names))[0]

    @property
    def terms(self) -> Terms:
        """The groups, then their differences from the first, ``difference:<group>``."""
        turn = np.vstack([np.eye(len(self.names)), self.contrast])
        return Terms(
            names=(*self.names, *(f"{DIFFERENCE}:{name}" for name in self.names[1:])),
            estimates=turn @ self.coefficients,
            influence=self.influence @ turn.T,
            weights=np.repeat(self.weights[:, None], len(turn), axis=1),
            error_reasons=(None,) * len(turn),
            df=self.df,
        )


@dataclass(frozen=True, eq=False)
class _Cell:
    """Effects by group in one cohort and period, (v, q), and what each unit adds, (v, U, q)."""

    cohort: float
    period: float
    effects: np.ndarray
    influence: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, eq=False)
class _Frame:
    """What does not hang on outcome and cohort.

    Attributes
    ----------
    cell : where each row stands in the table of units and periods.
    first : (U,) the first row of each unit.
    names, members, pools : groups, their units and those they are compared with, (U, q) bool.
    x : (U, p) variables that may move the change.
    """

    cell: tuple[np.ndarray, np.ndarray]
    first: np.ndarray
    names: tuple[str, ...]
    members: np.ndarray
    pools: np.ndarray
    x: np.ndarray
    unit_trends: bool
    last: bool


def long_difference(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    group: ArrayLike,
    *,
    within_groups: bool = True,
    unit_trends: bool = False,
    by_period: ArrayLike | None = None,
    last: bool = False,
) -> LongDifference:
    r"""Mean change of treated units of a group minus that of untreated ones.

    In the cell of cohort g and period t, with b the last period before g, a group's effect is the
    coefficient of treatment in Δ_i = y_it − y_ib on a constant, treatment and ``by_period``, among
    the units of the group that are first treated in g or still untreated in t: without
    ``by_period`` the difference of two means. Cells of a cohort are averaged over its periods,
    cohorts by their treated units in all groups, so that every group has the same cohorts and
    periods with the same weights. Errors are Σ_i φ_i φ_i' over units, weights held fixed, t(G − 1).

    Parameters
    ----------
    y, unit, period, cohort
        See ``staggered_panel``.
    group : (N,) labels, constant within units.
    within_groups : bool
        Whether the untreated units are those of the group, or those of all groups.
    unit_trends : bool
        Whether each unit's linear trend over the periods before g is removed from its change; it
        takes two of them.
    by_period : (N, p) or (N,), optional
        Variables constant within units that may move the change.
    last : bool
        Whether the last period of each cohort stands for all.

    Raises
    ------
    NotIdentified : "no_comparable_cell" if no cell has two treated and two untreated units in each
        group.
    UserError : if the panel is not as described.
    """
    panel = staggered_panel(y, unit, period, cohort)
    choices = {"within_groups": within_groups, "unit_trends": unit_trends, "last": last}
    frame = _framed(panel, unit, period, group, by_period, **choices)
    return _estimated(frame, panel, panel.y[None])[0]


def long_difference_terms(
    unit: ArrayLike,
    period: ArrayLike,
    group: ArrayLike,
    *,
    within_groups: bool = True,
    unit_trends: bool = False,
    by_period: ArrayLike | None = None,
    last: bool = False,
) -> Callable[[np.ndarray, np.ndarray], list[Terms]]:
    """Return what gives the terms of several outcomes (v, N) under a cohort of each row (N,).

    Parameters and errors are those of ``long_difference``; the rows are arranged once.
    """
    nothing = np.zeros(len(np.asarray(unit)))
    panel = staggered_panel(nothing, unit, period, nothing)
    choices = {"within_groups": within_groups, "unit_trends": unit_trends, "last": last}
    frame = _framed(panel, unit, period, group, by_period, **choices)

    def terms(outcomes: np.ndarray, cohort: np.ndarray) -> list[Terms]:
        tables = np.zeros((len(outcomes), *panel.y.shape))
        tables[:, frame.cell[0], frame.cell[1]] = outcomes
        dealt = replace(panel, cohort=np.asarray(cohort, dtype=float)[frame.first])
        return [made.terms for made in _estimated(frame, dealt, tables)]

    return terms


def _framed(
    panel: StaggeredPanel,
    unit: ArrayLike,
    period: ArrayLike,
    group: ArrayLike,
    by_period: ArrayLike | None,
    *,
    within_groups: bool,
    **choices: bool,
) -> _Frame:
    """Return what does not hang on outcome and cohort; refuse a unit with two groups."""
    groups = encode(unit, "unit")
    first, n = first_rows(groups), len(groups.codes)
    labels = np.asarray(group)
    if np.any(labels != labels[first][groups.codes]):
        raise UserError("a unit has two groups; give the one of its first period")
    x = np.empty((n, 0)) if by_period is None else as_columns(by_period, n, "by_period")
    x = finite(x, [f"by_period {j + 1}" for j in range(x.shape[1])])[first]
    names, member_of = np.unique(labels[first], return_inverse=True)
    members = member_of[:, None] == np.arange(len(names))
    pools = members if within_groups else np.ones_like(members)
    cell = groups.codes, np.searchsorted(panel.periods, np.asarray(period, dtype=float))
    return _Frame(cell, first, tuple(map(str, names)), members, pools, x, **choices)


def _estimated(frame: _Frame, panel: StaggeredPanel, tables: np.ndarray) -> list[LongDifference]:
    """Return the changes of each outcome, a table (U, T), on the rows and cohorts of a panel."""
    found, lost = [], []
    for g in panel.cohorts:
        start = panel.base_of(g)
        for j in range(start + 1, panel.last_of(g) + 1) if start >= 0 else ():
            cell = _cell(frame, panel, tables, g, j)
            if cell is None:
                lost.append((float(g), float(panel.periods[j])))
            else:
                found.append(cell)
    if not found:
        raise NotIdentified("no_comparable_cell", units=FEWEST, groups=list(frame.names))
    return _averaged(frame, panel, found, tuple(lost))


def _cell(
    frame: _Frame, panel: StaggeredPanel, tables: np.ndarray, g: float, j: int
) -> _Cell | None:
    """Return the effects of the groups in cohort g and column j; None where one has none."""
    members, pools, x = frame.members, frame.pools, frame.x
    base = panel.base_of(g)
    change, known, rows = _changes(panel, tables, base, j, frame.unit_trends)
    treated = known & (panel.cohort == g)
    untreated = known & ~panel.treated[:, j]
    influence = np.zeros((*change.shape, len(frame.names)))
    effects = np.empty((len(change), len(frame.names)))
    for k, (member, pool) in enumerate(zip(members.T, pools.T, strict=True)):
        one, other = treated & member, untreated & pool
        if min(one.sum(), other.sum()) < max(FEWEST, x.shape[1] + 2):
            return None
        used = one | other
        design = np.column_stack([one, np.ones(len(one)), x])[used].astype(float)
        fitted = _onto(design) if x.shape[1] else _means(design[:, 0])
        if abs(fitted[0] @ design[:, 0] - 1) > np.sqrt(TOLERANCE):
            return None
        beta = change[:, used] @ fitted.T
        influence[:, used, k] = fitted[0] * (change[:, used] - beta @ design.T)
        effects[:, k] = beta[:, 0]
    involved = (treated & members.any(axis=1)) | (untreated & pools.any(axis=1))
    period = float(panel.periods[j])
    return _Cell(float(g), period, effects, influence, rows & involved[:, None])


def _onto(design: np.ndarray) -> np.ndarray:
    """Return what gives the coefficients on a design (n, k) from an outcome, (k, n).

    Its columns have lengths of their own, and what is rounding is told on equal ones.
    """
    length = np.linalg.norm(design, axis=0)
    length[length == 0] = 1.0
    return np.linalg.pinv(design / length, rcond=TOLERANCE) / length[:, None]


def _means(one: np.ndarray) -> np.ndarray:
    """Least squares (2, n) on a dummy (n,) and a constant: a difference of means, and a mean."""
    other = (1 - one) / (1 - one).sum()
    return np.stack([one / one.sum() - other, other])


def _changes(
    panel: StaggeredPanel, tables: np.ndarray, base: int, j: int, unit_trends: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each unit's changes from the base (v, U), which are known, and the rows behind."""
    rows = np.zeros_like(panel.observed)
    rows[:, [base, j]] = panel.observed[:, [base, j]]
    known = panel.observed[:, base] & panel.observed[:, j]
    change = tables[:, :, j] - tables[:, :, base]
    if unit_trends:
        before = panel.observed[:, : base + 1]
        count = np.maximum(before.sum(axis=1), 1)[:, None]
        years = panel.periods[: base + 1] * before
        centred = (years - years.sum(axis=1, keepdims=True) / count) * before
        square = np.sum(centred**2, axis=1)
        known &= square > 0
        slope = np.sum(centred * tables[:, :, : base + 1], axis=2) / np.where(known, square, 1.0)
        change = change - slope * (panel.periods[j] - panel.periods[base])
        rows[:, : base + 1] = before
    return change, known, rows & known[:, None]


def _averaged(
    frame: _Frame,
    panel: StaggeredPanel,
    cells: Sequence[_Cell],
    lost: tuple[tuple[float, float], ...],
) -> list[LongDifference]:
    """Average cells within cohorts, and cohorts by their treated units; one for each outcome."""
    cohorts = sorted({cell.cohort for cell in cells})
    sizes = np.array([np.count_nonzero(panel.cohort == g) for g in cohorts], dtype=float)
    chosen, shares = [], []
    for g, size in zip(cohorts, sizes / sizes.sum(), strict=True):
        own = [cell for cell in cells if cell.cohort == g][-1 if frame.last else 0 :]
        chosen += own
        shares += [size / len(own)] * len(own)
    weights = np.array(shares)
    influence = np.tensordot(weights, [cell.influence for cell in chosen], axes=1)
    effects = np.tensordot(weights, [cell.effects for cell in chosen], axes=1)
    shared = {
        "names": frame.names,
        "cells": tuple((whole(cell.cohort), whole(cell.period)) for cell in chosen),
        "weights": weights,
        "lost": lost,
        "rows": np.any([cell.rows for cell in chosen], axis=0),
    }
    return [
        LongDifference(coefficients=one, influence=phi, **shared)
        for one, phi in zip(effects, influence, strict=True)
    ]
