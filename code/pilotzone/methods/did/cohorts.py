"""A panel with staggered adoption as a table: one row per unit, one column per period."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.cluster import Groups, encode, first_rows
from pilotzone.methods.inference.columns import finite

NEVER = 0


@dataclass(frozen=True, eq=False)
class StaggeredPanel:
    """Outcome, controls and first treated period of U units in T periods.

    Attributes
    ----------
    units : (U,) labels.
    periods : (T,) distinct periods in ascending order.
    cohort : (U,) first treated period; 0 if never treated.
    y : (U, T) outcome, 0 where not observed.
    x : (U, T, k) controls, 0 where not observed.
    observed : (U, T) bool.
    where : unit and column of each row, (N,) each.
    weights : (U,) of the units, their mean one; None where each counts alike.
    """

    units: np.ndarray
    periods: np.ndarray
    cohort: np.ndarray
    y: np.ndarray
    x: np.ndarray
    observed: np.ndarray
    where: tuple[np.ndarray, np.ndarray]
    weights: np.ndarray | None = None

    @property
    def weighed(self) -> np.ndarray:
        """(U,) weights of the units, ones without any."""
        return np.ones(len(self.units)) if self.weights is None else self.weights

    @property
    def ever(self) -> np.ndarray:
        """(U,) bool: treated at some time, be it after the last period."""
        return self.cohort != NEVER

    @property
    def treated(self) -> np.ndarray:
        """(U, T) bool: treated in the period."""
        return self.ever[:, None] & (self.periods >= self.cohort[:, None])

    @property
    def always(self) -> np.ndarray:
        """(U,) bool: treated in the first period already, so without a period before."""
        return self.treated[:, 0]

    @property
    def cohorts(self) -> np.ndarray:
        """First treated periods up to the last period, ascending: those with treated cells."""
        return np.unique(self.cohort[self.ever & (self.cohort <= self.periods[-1])])

    @property
    def span(self) -> dict[str, int | str]:
        """First and last period, as facts of a reason."""
        return {"first": whole(self.periods[0]), "last": whole(self.periods[-1])}

    def table(self, y: ArrayLike) -> np.ndarray:
        """Another outcome (N,) of the same rows as ``y``, or v of them (v, N) as (v, U, T)."""
        numbers = _numbers(np.asarray(y).T, "outcome", len(self.where[0])).T
        table = np.zeros((*numbers.shape[:-1], *self.observed.shape))
        table[..., *self.where] = numbers
        return table

    def with_cohort(self, cohort: ArrayLike) -> "StaggeredPanel":
        """The same rows under another roll-out (N,)."""
        groups = Groups(self.where[0], len(self.units))
        first = _numbers(cohort, "cohort", len(groups.codes))
        of_unit = first[first_rows(groups)]
        _check_cohorts(self.units, of_unit, first, groups)
        return replace(self, cohort=of_unit)

    def cells(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cohort and column of each cell with a row of the mask (U, T), (c,) each."""
        levels, codes = np.unique(self.cohort, return_inverse=True)
        there = np.zeros((len(levels), rows.shape[1]), dtype=bool)
        np.logical_or.at(there, codes, rows)
        cohort, column = np.nonzero(there)
        return levels[cohort], column

    def last_of(self, cohort: float) -> int:
        """Position of the last period in which the cohort is observed; −1 if it never is.

        Behind it there is nothing to identify: a cohort whose rows end has no further cells.
        """
        seen = np.flatnonzero(self.observed[self.cohort == cohort].any(axis=0))
        return int(seen[-1]) if len(seen) else -1

    def base_of(self, cohort: float) -> int:
        """Position of the last period before the cohort's treatment; −1 if there is none."""
        return int(np.searchsorted(self.periods, cohort)) - 1


def staggered_panel(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    controls: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> StaggeredPanel:
    """Arrange a panel in long form by unit and period; it may have gaps.

    Parameters
    ----------
    y : (N,) outcome.
    unit : (N,) labels of any type.
    period : (N,) numbers.
    cohort : (N,) first treated period of the row's unit; 0 if it is never treated.
    controls : (N, k), (N,) or None.
    weights : (N,) positive and constant within units, or None.

    Raises UserError if lengths differ, a value is missing, a unit has two cohorts, two weights or
    two rows in a period.
    """
    groups = encode(unit, "unit")
    n = len(groups.codes)
    outcome, when = (_numbers(*one, n) for one in ((y, "outcome"), (period, "period")))
    x = np.empty((n, 0)) if controls is None else _numbers(controls, "controls", n).reshape(n, -1)
    units = np.asarray(unit)[first_rows(groups)]
    periods, columns = np.unique(when, return_inverse=True)
    _check_duplicates(units, periods, groups, columns)
    shape = (groups.count, len(periods))
    table, cube = np.zeros(shape), np.zeros((*shape, x.shape[1]))
    observed = np.zeros(shape, dtype=bool)
    cell = (groups.codes, columns)
    table[cell], cube[cell], observed[cell] = outcome, x, True
    of_units = None if weights is None else _unit_weights(weights, units, groups)
    never = np.full(groups.count, float(NEVER))
    panel = StaggeredPanel(units, periods, never, table, cube, observed, cell, of_units)
    return panel.with_cohort(cohort)


def whole(value: float) -> int | str:
    """A period or cohort as a fact of a reason: 2016, not 2016.0; one with decimals as text."""
    number = float(value)
    return int(number) if number.is_integer() else str(number)


@functools.lru_cache(maxsize=1_000)
def label(value: float) -> str:
    """A period or cohort for messages and terms."""
    return str(whole(value))


def _numbers(values: ArrayLike, name: str, n: int) -> np.ndarray:
    """The values as finite floats with n rows."""
    hint = "0 means never treated" if name == "cohort" else "fill them or drop the rows first"
    columns = np.asarray(values)
    names = [name] if columns.ndim < 2 else [f"{name} {j + 1}" for j in range(columns.shape[1])]
    numbers = finite(columns, names, hint)
    if len(numbers) != n:
        raise UserError(f"'{name}' has {len(numbers)} rows, 'unit' has {n}; give one per row")
    return numbers


def _unit_weights(weights: ArrayLike, units: np.ndarray, groups: Groups) -> np.ndarray:
    """The weight (U,) of each unit from those of its rows (N,), their mean one."""
    rows = _numbers(weights, "weights", len(groups.codes))
    if np.any(rows <= 0):
        raise UserError("'weights' has values that are not positive; drop these rows")
    of_unit = rows[first_rows(groups)]
    other = rows != of_unit[groups.codes]
    if other.any():
        raise UserError(
            f"the weight changes within unit {units[groups.codes[np.argmax(other)]]}; effects by "
            "cohort and period weigh units: give one weight per unit, such as that of its first "
            "period"
        )
    return of_unit / of_unit.mean()


def _check_cohorts(
    units: np.ndarray, of_unit: np.ndarray, first: np.ndarray, groups: Groups
) -> None:
    """Refuse a unit with two cohorts."""
    other = first != of_unit[groups.codes]
    if other.any():
        row = int(np.argmax(other))
        code = groups.codes[row]
        raise UserError(
            f"unit {units[code]} has cohorts {label(of_unit[code])} and {label(first[row])}; "
            "a unit is treated from one period on"
        )


def _check_duplicates(
    units: np.ndarray, periods: np.ndarray, groups: Groups, columns: np.ndarray
) -> None:
    """Refuse a unit with two rows in a period."""
    counts = np.bincount(groups.codes * len(periods) + columns)
    if counts.max() > 1:
        code, column = divmod(int(np.argmax(counts)), len(periods))
        raise UserError(
            f"unit {units[code]} has {counts.max()} rows in {label(periods[column])}; "
            "keep one per unit and period"
        )


class Unidentified(NamedTuple):
    """A cell without an estimate: cohort, period, treated units in it, and why."""

    cohort: float
    period: float
    n_treated: int
    reason: Reason


def lost_cell(code: str, g: float, t: float, n_treated: int, **facts: object) -> Unidentified:
    """A cell without an estimate; cohort and period are facts of its reason."""
    reason = Reason(code, {"cohort": whole(g), "period": whole(t), **facts})
    return Unidentified(float(g), float(t), int(n_treated), reason)


def no_period_before(panel: StaggeredPanel, g: float, t: float, n_treated: int) -> Unidentified:
    """A cell of a cohort treated in all periods; the reason is the same in all its cells."""
    reason = Reason("no_period_before", {"cohort": whole(g), **panel.span})
    return Unidentified(float(g), float(t), n_treated, reason)


def by_cell(lost: Unidentified) -> tuple[float, float]:
    """Cohort and period: the order in which cells are listed."""
    return lost.cohort, lost.period


def summary(lost: Sequence[Unidentified]) -> Reason:
    """The first reason, and for how many cells there is one."""
    count = len({str(u.reason) for u in lost})
    facts = {"why": lost[0].reason, "cells": len(lost)}
    if count == 1:
        return Reason("all_cells", facts)
    return Reason("first_of_cells", {**facts, "reasons": count})


def always_treated(panel: StaggeredPanel, anticipation: int = 0) -> list[Unidentified]:
    """Cells of cohorts without a period before treatment, or before it is anticipated."""
    return [
        no_period_before(panel, g, t, int((panel.cohort == g).sum()))
        for g in np.unique(panel.cohort[panel.ever])
        if panel.base_of(g - anticipation) < 0
        for t in panel.periods[: panel.last_of(g) + 1]
        if t >= g
    ]


def require_never_treated(panel: StaggeredPanel) -> None:
    """Refuse a comparison with never-treated units where there are none."""
    if panel.ever.all():
        raise NotIdentified("no_never_treated", cohort=whole(panel.cohort.max()), **panel.span)
