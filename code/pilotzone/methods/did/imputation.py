r"""Imputation: what treated units would have had, from the untreated rows alone.

Effects and slopes of controls are estimated on untreated rows, ŷ_it(0) = fitted effects + x_it'β̂,
and the effect of a treated row is τ̂_it = y_it − ŷ_it(0). The effects stand in ``untreated``: of
units and periods, and if asked a linear trend of each unit, or effects of the periods along
variables that are constant within units. All is done in units × periods tables.
"""

import functools
from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import (
    StaggeredPanel,
    Unidentified,
    lost_cell,
    no_period_before,
    staggered_panel,
    summary,
)
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.untreated import Untreated, untreated
from pilotzone.methods.inference.cluster import TOLERANCE, Groups, first_rows
from pilotzone.methods.inference.columns import as_columns, finite


def imputation(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    **held: object,
) -> GroupTime:
    r"""Effects by cohort and period, each the mean of τ̂_it = y_it − ŷ_it(0).

    ``aggregate("simple")`` is the mean over treated rows, ``aggregate("dynamic")`` the mean by
    horizon. The error of a mean Σ w_it τ̂_it = Σ v_it y_it is Σ_i (Σ_t v_it ε̃_it)², with ε̃ the
    residual of an untreated row and τ̂_it minus the mean of its cohort and period of a treated
    one; no small-sample factor.
    Borusyak, Jaravel and Spiess (2024, Review of Economic Studies 91(6), 3253-3285).

    Parameters
    ----------
    y, unit, period, cohort, controls
        See ``staggered_panel``.
    weights : (N,), optional
        Positive and constant within units: of the fit on untreated rows and of all means.
    unit_trends : bool, optional
        A linear trend for each unit, α_i + δ_i t, fitted on its untreated rows: a regression with
        treated rows would let the trend absorb an effect that grows. It takes two untreated rows,
        and three for the unit's residuals to say anything.
    by_period : (N, p) or (N,), optional
        Variables constant within units that have an effect of their own in each period (dummies
        of a group: group × period).

    Returns
    -------
    GroupTime for the normal distribution. Treated rows whose fitted value is not determined are
    counted in ``n_missing`` or, if no row of the cell is left, listed in ``unidentified``.

    Raises
    ------
    NotIdentified : if no treated row has an estimate, or controls do not vary within untreated
        rows.
    UserError : if the panel is not as described, or a variable of ``by_period`` changes within a
        unit.
    """
    return imputer("imputation", unit, period, controls=controls, **held)(cohort)(y)


def gardner(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    **held: object,
) -> GroupTime:
    r"""Two-stage difference in differences: the estimates of ``imputation``, errors by GMM.

    The second stage regresses y_it − ŷ_it(0) on dummies of the average that is asked for. Its
    moments keep the deviation of τ̂_it from that average, not from the mean of the cell, so that
    the error of an average also holds the differences between its cells; clustered by unit, no
    small-sample factor.

    Parameters, returns and errors raised: see ``imputation``.
    Gardner (2022, arXiv 2207.05943); Butts and Gardner (2022, The R Journal 14(3)).
    """
    return imputer("gardner", unit, period, controls=controls, **held)(cohort)(y)


def imputer(
    estimator: Literal["imputation", "gardner"],
    unit: ArrayLike,
    period: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    unit_trends: bool = False,
    by_period: ArrayLike | None = None,
) -> Callable[[ArrayLike], "Imputer"]:
    """Prepare ``imputation`` or ``gardner`` for roll-outs, cohorts (N,) of the rows; see there."""
    nothing = np.zeros(np.shape(unit))
    panel = staggered_panel(nothing, unit, period, nothing, controls, weights)
    each = _of_units(panel, by_period)

    def on(cohort: ArrayLike) -> Imputer:
        dealt = panel.with_cohort(cohort)
        held = {"unit_trends": unit_trends, "by_period": each}
        rows = dealt.observed & ~dealt.treated
        return _on_rollout(dealt, untreated(rows, dealt.periods, dealt.weighed, **held), estimator)

    return on


def _of_units(panel: StaggeredPanel, by_period: ArrayLike | None) -> np.ndarray:
    """Return the variables (U, p) with an effect by period; refuse one that changes in a unit."""
    groups = Groups(panel.where[0], len(panel.units))
    n = len(groups.codes)
    each = np.empty((n, 0)) if by_period is None else as_columns(by_period, n, "by_period")
    each = finite(each, [f"by_period {j + 1}" for j in range(each.shape[1])])
    of_unit = each[first_rows(groups)]
    changes = np.any(each != of_unit[groups.codes], axis=1)
    if changes.any():
        where = panel.units[groups.codes[np.argmax(changes)]]
        raise UserError(
            f"a variable with an effect by period changes within unit {where}; give one value per "
            "unit, such as that of its first year"
        )
    return of_unit


class _Controls(NamedTuple):
    """Controls freed of the effects: in all cells, weighted on untreated rows, and inverse gram.

    The first two are (p, U, T); ``of_cells`` (p, c) are their means by cell.
    """

    left_x: np.ndarray
    within: np.ndarray
    inverse: np.ndarray
    of_cells: np.ndarray

    def removed(self, left: np.ndarray) -> np.ndarray:
        """The outcomes (…, U, T) freed of the effects, minus the controls with their slopes β̂."""
        flat = self.within.reshape(len(self.within), -1)
        slopes = (left.reshape(*left.shape[:-2], -1) @ flat.T) @ self.inverse
        return left - (slopes @ self.left_x.reshape(flat.shape)).reshape(left.shape)

    def influence(self, residual: np.ndarray) -> np.ndarray:
        """(…, U, c), what each unit adds by the error of β̂ to the fitted values of the cells."""
        of_slopes = np.einsum("pit,...it->...ip", self.within, residual) @ self.inverse
        return of_slopes @ self.of_cells


class Imputer(NamedTuple):
    """An imputation estimator on one roll-out, called with any outcome (N,) of its rows, or (v, N).

    Attributes
    ----------
    panel : StaggeredPanel
    effects : Untreated
    controls : what the controls are beside the effects; None without controls.
    column, per_member : period (c,) of each cell and the weights (U, c) of its units.
    made : makes the GroupTime of estimates and influence.
    """

    panel: StaggeredPanel
    effects: Untreated
    controls: _Controls | None
    column: np.ndarray
    per_member: np.ndarray
    made: Callable[..., GroupTime]

    def __call__(self, y: ArrayLike) -> GroupTime:
        """Impute, average by cohort and period, and keep what each unit adds to the error."""
        left = self.effects.left(self.panel.table(y))
        if self.controls:
            left = self.controls.removed(left)
        tau, residual = left[..., self.column], left * self.effects.rows
        estimates = np.einsum("ik,...ik->...k", self.per_member, tau)
        influence = self.per_member * (tau - estimates[..., None, :])
        influence -= self.effects.influence(self.per_member, self.column, residual)
        if self.controls:
            influence -= self.controls.influence(residual)
        return self.made(estimates=estimates, influence=influence)


def _on_rollout(panel: StaggeredPanel, effects: Untreated, estimator: str) -> Imputer:
    """Prepare the cells of a roll-out, and what decides their errors beside the outcome."""
    treated = panel.observed & panel.treated
    found = treated & effects.reaches()
    if not found.any():
        raise _nothing_found(panel, treated, effects)
    cohort, column = panel.cells(found)
    is_cohort = panel.cohort[:, None] == cohort
    members = is_cohort & found[:, column]
    sizes = members * panel.weighed[:, None]
    per_member = sizes / sizes.sum(axis=0)
    # Rows that only fix their unit's own effects are idle without a treated row to predict.
    fixed = effects.n == np.any(effects.basis != 0, axis=1).sum(axis=1)
    idle = int(effects.n[fixed & ~found.any(axis=1)].sum())
    made = functools.partial(
        GroupTime,
        estimator=estimator,
        units=panel.units,
        cohort=cohort,
        period=panel.periods[column],
        members=members,
        n_controls=effects.rows.sum(axis=0)[column],
        n_missing=is_cohort.sum(axis=0) - members.sum(axis=0),
        unidentified=_not_found(panel, treated, found, effects),
        shares="fixed" if estimator == "imputation" else "estimated",
        weights=panel.weights,
        nobs=int(effects.rows.sum() + found.sum()) - idle,
        n_dropped=int(treated.sum() - found.sum()) + idle,
    )
    return Imputer(
        panel, effects, _controls(panel, effects, per_member, column), column, per_member, made
    )


def _controls(
    panel: StaggeredPanel, effects: Untreated, per_member: np.ndarray, column: np.ndarray
) -> _Controls | None:
    """Free the controls of the effects; NotIdentified if they do not vary within untreated rows."""
    p = panel.x.shape[2]
    if not p:
        return None
    rows, x = effects.rows, np.ascontiguousarray(np.moveaxis(panel.x, 2, 0))
    left_x = effects.left(x)
    left_rows = left_x * rows
    within = left_rows * effects.weights[:, None]
    flat = left_rows.reshape(p, -1)
    means = (x * rows).sum(axis=(1, 2), keepdims=True) / rows.sum()
    spread = np.sqrt(((x - means) ** 2 * rows).sum(axis=(1, 2)))
    scaled = flat / np.where(spread > 0, spread, 1.0)[:, None]
    if np.linalg.svd(scaled, compute_uv=False)[-1] < TOLERANCE:
        raise NotIdentified("collinear_controls")
    of_cells = np.einsum("ik,pik->pk", per_member, left_x[..., column])
    gram = flat @ within.reshape(p, -1).T
    return _Controls(left_x, within, np.linalg.inv(gram), of_cells)


def _not_found(
    panel: StaggeredPanel, treated: np.ndarray, found: np.ndarray, effects: Untreated
) -> tuple[Unidentified, ...]:
    """Cells from treatment on of which no row has an estimate, with the reason."""
    rows, needed = effects.rows, effects.needed
    lost = []
    for g in panel.cohorts:
        members = panel.cohort == g
        columns = treated[members].any(axis=0) & ~found[members].any(axis=0)
        for column in np.flatnonzero(columns):
            t, n_treated = panel.periods[column], int(treated[members, column].sum())
            if not rows[members].any():
                lost.append(no_period_before(panel, g, t, n_treated))
            elif effects.n[members].max() < needed:
                lost.append(lost_cell("few_untreated_rows", g, t, n_treated, rows=needed))
            else:
                code = "not_linked" if rows[:, column].any() else "no_untreated_unit"
                lost.append(lost_cell(code, g, t, n_treated))
    return tuple(lost)


def _nothing_found(panel: StaggeredPanel, treated: np.ndarray, effects: Untreated) -> NotIdentified:
    """Why there is no effect at all."""
    lost = _not_found(panel, treated, np.zeros_like(treated), effects)
    if not lost:
        return NotIdentified("nobody_treated", **panel.span)
    return NotIdentified("no_effect", why=summary(lost))
