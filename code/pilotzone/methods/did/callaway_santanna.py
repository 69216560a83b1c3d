r"""Callaway and Sant'Anna: effects by cohort and period as differences of means."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import (
    NEVER,
    StaggeredPanel,
    Unidentified,
    always_treated,
    by_cell,
    lost_cell,
    require_never_treated,
    staggered_panel,
    whole,
)
from pilotzone.methods.did.doubly_robust import doubly_robust
from pilotzone.methods.did.group_time import GroupTime


class _Cells(NamedTuple):
    """Cells to compute: cohort, and positions of the period and of its base, (c,) each."""

    cohort: np.ndarray
    now: np.ndarray
    base: np.ndarray

    def subset(self, kept: np.ndarray) -> "_Cells":
        return _Cells(*(values[kept] for values in self))


def callaway_santanna(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: Literal["not_yet", "never"] = "not_yet",
    base: Literal["varying", "universal"] = "varying",
    anticipation: int = 0,
    x: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    draws: int | None = None,
    rng: np.random.Generator | None = None,
) -> GroupTime:
    r"""Effects by cohort and period from differences in differences of means.

    ATT(g, t) = mean(y_t − y_b | cohort g) − mean(y_t − y_b | controls), with b the last period
    before g − δ, where units anticipate treatment by δ periods. Before g − δ, b is the preceding
    period ("varying") or again the last one before it ("universal", which leaves out the cell of
    the base itself).
    Callaway and Sant'Anna (2021, Journal of Econometrics 225(2), 200-230).

    Parameters
    ----------
    y, unit, period, cohort : see ``staggered_panel``; a unit that lacks one of the two periods of a
        cell is left out of the cell and counted. A cohort after the last period is not "never
        treated": it is a control only where ``controls="not_yet"``, and gets no cells.
    controls : units untreated in both periods of the cell and for δ periods more, or only the
        never-treated ones.
    anticipation : δ, in units of the period; cells from g − δ to g − 1 are no effects from
        treatment on, and stand among the leads.
    x : (N, k) covariates, taken in the earlier period of the cell, see ``doubly_robust``.
    weights : (N,) positive, constant within units: of units in all means, and of cohorts in
        averages, as R's ``did`` takes ``weightsname``.
    draws, rng : draws and generator of the multiplier bootstrap, if wanted.

    Returns
    -------
    GroupTime, with analytic errors for the normal distribution. The error of a cell with one
    treated or one control unit is NaN.

    Raises
    ------
    NotIdentified : if ``controls="never"`` and no unit is never treated, or no cell from treatment
        on has both a period before treatment and an untreated unit.
    UserError : if an argument or the panel is not as described, or weights change within a unit.
    """
    held = {"controls": controls, "base": base, "anticipation": anticipation}
    on = comparer(unit, period, x=x, weights=weights, **held)
    return on(cohort)(y).with_bands(draws, rng)


def comparer(
    unit: ArrayLike,
    period: ArrayLike,
    *,
    controls: Literal["not_yet", "never"] = "not_yet",
    base: Literal["varying", "universal"] = "varying",
    anticipation: int = 0,
    x: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Callable[[ArrayLike], "Comparer"]:
    """Prepare ``callaway_santanna`` for roll-outs, cohorts (N,) of the rows; see there."""
    if controls not in ("not_yet", "never") or base not in ("varying", "universal"):
        raise UserError("controls are 'not_yet' or 'never', base is 'varying' or 'universal'")
    if anticipation < 0:
        raise UserError(f"anticipation is {anticipation}; give a number of periods from 0 on")
    nothing = np.zeros(np.shape(unit))
    panel = staggered_panel(nothing, unit, period, nothing, x, weights)
    return lambda cohort: _on_rollout(panel.with_cohort(cohort), controls, base, anticipation)


class Comparer(NamedTuple):
    """The comparisons of one roll-out, called with any outcome (N,) of its rows.

    Without covariates several outcomes (v, N) may be given at once.

    Attributes
    ----------
    panel : StaggeredPanel
    cells : _Cells
    treated, control, present : (U, c) treated and control units of each cell, and the units that
        have both of its periods.
    n_missing : (c,) units with a gap.
    lost : cells that lack a treated or an untreated unit, or a period before treatment.
    """

    panel: StaggeredPanel
    cells: _Cells
    treated: np.ndarray
    control: np.ndarray
    present: np.ndarray
    n_missing: np.ndarray
    lost: tuple[Unidentified, ...]

    def __call__(self, y: ArrayLike) -> GroupTime:
        """Compare, and keep what each unit adds to the error."""
        panel, cells, treated, control = self[:4]
        table, lost = panel.table(y), list(self.lost)
        change = np.where(self.present, table[..., cells.now] - table[..., cells.base], 0.0)
        kept = treated.any(axis=0) & control.any(axis=0)
        sides = change, treated, control
        if panel.x.shape[2]:
            estimates, influence, kept = _adjusted(panel, cells, sides, kept, lost)
        else:
            estimates, influence = _differences_in_means(*sides, panel.weighed)
        return GroupTime(
            estimator="callaway_santanna",
            units=panel.units,
            cohort=cells.cohort[kept],
            period=panel.periods[cells.now[kept]],
            estimates=estimates[..., kept],
            influence=influence[..., kept],
            members=treated[:, kept],
            n_controls=control[:, kept].sum(axis=0),
            n_missing=self.n_missing[kept],
            unidentified=tuple(sorted(lost, key=by_cell)),
            shares="estimated",
            weights=panel.weights,
            **_rows_used(panel, cells.subset(kept), (treated | control)[:, kept]),
        ).with_bands()


def _on_rollout(panel: StaggeredPanel, controls: str, base: str, anticipation: int) -> Comparer:
    """List the cells of a roll-out and the units that each compares."""
    if controls == "never":
        require_never_treated(panel)
    cells = _list_cells(panel, base, anticipation)
    sides = _comparisons(panel, cells, controls, anticipation)
    lost = always_treated(panel, anticipation)
    lost += _without_comparison(panel, cells, *sides[:2])
    return Comparer(panel, cells, *sides, tuple(lost))


def _list_cells(panel: StaggeredPanel, base: str, anticipation: int) -> _Cells:
    """All cells of cohorts that have a period before treatment and one from it on.

    Cells end with the rows of the cohort.
    """
    rows = []
    for g in panel.cohorts:
        last_before = panel.base_of(g - anticipation)
        if last_before < 0:
            continue
        for now in range(panel.last_of(g) + 1):
            lead = now <= last_before
            start = now - 1 if lead and base == "varying" else last_before
            if start >= 0 and start != now:
                rows.append((g, now, start))
    cohort, now, start = np.array(rows, dtype=float).reshape(-1, 3).T
    return _Cells(cohort, now.astype(int), start.astype(int))


def _comparisons(
    panel: StaggeredPanel, cells: _Cells, controls: str, anticipation: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Treated and control units of each cell, units with both periods (U, c), with a gap (c,)."""
    later = panel.periods[np.maximum(cells.now, cells.base)]
    first = panel.cohort[:, None]
    of_cohort = first == cells.cohort
    untreated = first == NEVER
    if controls == "not_yet":
        untreated = untreated | ((first > later + anticipation) & ~of_cohort)
    untreated = np.broadcast_to(untreated, of_cohort.shape)
    present = panel.observed[:, cells.now] & panel.observed[:, cells.base]
    n_missing = ((of_cohort | untreated) & ~present).sum(axis=0)
    return of_cohort & present, untreated & present, present, n_missing


def _differences_in_means(
    change: np.ndarray, treated: np.ndarray, control: np.ndarray, weighed: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates (…, c) and contributions (…, U, c): each unit's deviation from its group's mean."""
    estimates, influence = np.zeros((*change.shape[:-2], change.shape[-1])), np.zeros(change.shape)
    for group, sign in ((treated, 1.0), (control, -1.0)):
        sizes = group * weighed[:, None]
        share = sizes / np.where(group.any(axis=0), sizes.sum(axis=0), 1)
        mean = np.einsum("ic,...ic->...c", share, change)
        estimates += sign * mean
        influence += sign * share * (change - mean[..., None, :])
    return estimates, influence


def _adjusted(
    panel: StaggeredPanel,
    cells: _Cells,
    sides: tuple[np.ndarray, np.ndarray, np.ndarray],
    kept: np.ndarray,
    lost: list[Unidentified],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Doubly robust estimates and contributions; a cell that fails moves to ``lost``."""
    change, treated, control = sides
    estimates, influence = np.zeros(change.shape[1]), np.zeros(change.shape)
    kept = kept.copy()
    for k in np.flatnonzero(kept):
        rows = treated[:, k] | control[:, k]
        covariates = panel.x[rows, min(cells.now[k], cells.base[k])]
        try:
            estimates[k], influence[rows, k] = doubly_robust(
                change[rows, k], treated[rows, k], covariates, panel.weighed[rows]
            )
        except NotIdentified as error:
            g, t = cells.cohort[k], panel.periods[cells.now[k]]
            lost.append(lost_cell("in_cell", g, t, treated[:, k].sum(), why=error.reason))
            kept[k] = False
    return estimates, influence, kept


def _without_comparison(
    panel: StaggeredPanel, cells: _Cells, treated: np.ndarray, control: np.ndarray
) -> list[Unidentified]:
    """Cells that lack a treated or an untreated unit."""
    lost = []
    for k in np.flatnonzero(~(treated.any(axis=0) & control.any(axis=0))):
        g, t, b = cells.cohort[k], panel.periods[cells.now[k]], panel.periods[cells.base[k]]
        code = "no_untreated_in_both" if treated[:, k].any() else "no_treated_in_both"
        lost.append(lost_cell(code, g, t, (panel.cohort == g).sum(), base=whole(b)))
    return lost


def _rows_used(panel: StaggeredPanel, cells: _Cells, used: np.ndarray) -> dict[str, int]:
    """Rows that enter some cell, and the others."""
    column = np.arange(len(panel.periods))
    of_cells = (cells.now[:, None] == column) | (cells.base[:, None] == column)
    nobs = int(np.count_nonzero(used.astype(float) @ of_cells))
    return {"nobs": nobs, "n_dropped": int(panel.observed.sum()) - nobs}
