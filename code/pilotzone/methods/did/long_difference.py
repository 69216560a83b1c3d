r"""Change from the last period before treatment, by group of units, among the same cohorts.

Groups that were treated at other times differ by cohort, not by group. Here every cohort counts
with one weight for all groups, and each cell compares treated units of a group with untreated
units of the same group.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import StaggeredPanel, staggered_panel, whole
from pilotzone.methods.inference.cluster import TOLERANCE, encode, first_rows
from pilotzone.methods.inference.columns import as_columns, finite
from pilotzone.methods.inference.t_tests import TTests

# So many treated and untreated units of a group a cell takes: one says nothing of its spread.
FEWEST = 2


@dataclass(frozen=True, eq=False)
class LongDifference(TTests):
    """One mean change for each group.

    Attributes
    ----------
    names : groups, sorted.
    coefficients, covariance : (q,) and (q, q).
    df : units behind the estimates minus one.
    cells : (cohort, period) that are averaged.
    lost : (cohort, period) that some group cannot compare.
    rows : (U, T) bool, rows that are used, in the order of units and periods.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    df: int
    cells: tuple[tuple[float, float], ...]
    lost: tuple[tuple[float, float], ...]
    rows: np.ndarray = field(repr=False)

    @property
    def n_clusters(self) -> int:
        """Units that move an estimate."""
        return self.df + 1


@dataclass(frozen=True, eq=False)
class _Cell:
    """Effects by group in one cohort and period, (q,), and what each unit adds, (U, q)."""

    cohort: float
    period: float
    effects: np.ndarray
    influence: np.ndarray
    rows: np.ndarray


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
    groups = encode(unit, "unit")
    first = first_rows(groups)
    labels = np.asarray(group)
    if np.any(labels != labels[first][groups.codes]):
        raise UserError("a unit has two groups; give the one of its first period")
    n = len(groups.codes)
    x = np.empty((n, 0)) if by_period is None else as_columns(by_period, n, "by_period")
    x = finite(x, [f"by_period {j + 1}" for j in range(x.shape[1])])[first]
    names, member_of = np.unique(labels[first], return_inverse=True)
    members = member_of[:, None] == np.arange(len(names))
    pools = members if within_groups else np.ones_like(members)
    found, lost = [], []
    for g in panel.cohorts:
        start = panel.base_of(g)
        for j in range(start + 1, panel.last_of(g) + 1) if start >= 0 else ():
            cell = _cell(panel, g, j, members, pools, x, unit_trends)
            if cell is None:
                lost.append((float(g), float(panel.periods[j])))
            else:
                found.append(cell)
    if not found:
        raise NotIdentified("no_comparable_cell", units=FEWEST, groups=list(map(str, names)))
    return _averaged(panel, tuple(map(str, names)), found, tuple(lost), last=last)


def _cell(
    panel: StaggeredPanel,
    g: float,
    j: int,
    members: np.ndarray,
    pools: np.ndarray,
    x: np.ndarray,
    unit_trends: bool,
) -> _Cell | None:
    """Return the effects of the groups in cohort g and column j; None where one has none."""
    base = panel.base_of(g)
    change, known, rows = _changes(panel, base, j, unit_trends)
    treated = known & (panel.cohort == g)
    untreated = known & ~panel.treated[:, j]
    effects, influence = [], []
    for member, pool in zip(members.T, pools.T, strict=True):
        one, other = treated & member, untreated & pool
        if min(one.sum(), other.sum()) < max(FEWEST, x.shape[1] + 2):
            return None
        used = one | other
        design = np.column_stack([one, np.ones(len(one)), x])[used].astype(float)
        fitted = np.linalg.pinv(design)
        if abs(fitted[0] @ design[:, 0] - 1) > np.sqrt(TOLERANCE):
            return None
        beta = fitted @ change[used]
        phi = np.zeros(len(one))
        phi[used] = fitted[0] * (change[used] - design @ beta)
        effects.append(beta[0])
        influence.append(phi)
    involved = (treated & members.any(axis=1)) | (untreated & pools.any(axis=1))
    return _Cell(
        float(g),
        float(panel.periods[j]),
        np.array(effects),
        np.column_stack(influence),
        rows & involved[:, None],
    )


def _changes(
    panel: StaggeredPanel, base: int, j: int, unit_trends: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each unit's change from the base, whether it is known, and the rows behind it."""
    rows = np.zeros_like(panel.observed)
    rows[:, [base, j]] = panel.observed[:, [base, j]]
    known = panel.observed[:, base] & panel.observed[:, j]
    change = panel.y[:, j] - panel.y[:, base]
    if unit_trends:
        before = panel.observed[:, : base + 1]
        count = np.maximum(before.sum(axis=1), 1)[:, None]
        years = panel.periods[: base + 1] * before
        centred = (years - years.sum(axis=1, keepdims=True) / count) * before
        square = np.sum(centred**2, axis=1)
        known &= square > 0
        slope = np.sum(centred * panel.y[:, : base + 1], axis=1) / np.where(known, square, 1.0)
        change = change - slope * (panel.periods[j] - panel.periods[base])
        rows[:, : base + 1] = before
    return change, known, rows & known[:, None]


def _averaged(
    panel: StaggeredPanel,
    names: tuple[str, ...],
    cells: Sequence[_Cell],
    lost: tuple[tuple[float, float], ...],
    *,
    last: bool,
) -> LongDifference:
    """Average cells within cohorts, and cohorts by their treated units."""
    cohorts = sorted({cell.cohort for cell in cells})
    sizes = np.array([np.count_nonzero(panel.cohort == g) for g in cohorts], dtype=float)
    chosen, weights = [], []
    for g, size in zip(cohorts, sizes / sizes.sum(), strict=True):
        own = [cell for cell in cells if cell.cohort == g][-1 if last else 0 :]
        chosen += own
        weights += [size / len(own)] * len(own)
    influence = np.tensordot(weights, [cell.influence for cell in chosen], axes=1)
    return LongDifference(
        names=names,
        coefficients=np.tensordot(weights, [cell.effects for cell in chosen], axes=1),
        covariance=influence.T @ influence,
        df=int(np.count_nonzero(np.any(influence != 0, axis=1))) - 1,
        cells=tuple((whole(cell.cohort), whole(cell.period)) for cell in chosen),
        lost=lost,
        rows=np.any([cell.rows for cell in chosen], axis=0),
    )
