r"""Imputation: what treated units would have had, from the untreated rows alone.

Unit and period effects are estimated on untreated rows, ŷ_it(0) = α̂_i + λ̂_t + x_it'β̂, and the
effect of a treated row is τ̂_it = y_it − ŷ_it(0). All is done in units × periods tables: with the
untreated rows N (U, T) and n_i of them per unit, the period effects solve a T × T system,

M λ = Σ_i N_i (y_i − ȳ_i),   M = diag(Σ_i N_i) − Σ_i N_i N_i' / n_i.

Directions in the null space of M are differences between periods that no chain of units links;
a treated row that needs one of them has no estimate.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.cohorts import (
    StaggeredPanel,
    Unidentified,
    lost_cell,
    no_period_before,
    staggered_panel,
    summary,
)
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.inference.cluster import TOLERANCE


def imputation(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
) -> GroupTime:
    r"""Effects by cohort and period, each the mean of τ̂_it = y_it − α̂_i − λ̂_t − x_it'β̂.

    ``aggregate("simple")`` is the mean over treated rows, ``aggregate("dynamic")`` the mean by
    horizon. The error of a mean Σ w_it τ̂_it = Σ v_it y_it is Σ_i (Σ_t v_it ε̃_it)², with ε̃ the
    residual of an untreated row and τ̂_it minus the mean of its cohort and period of a treated
    one; no small-sample factor. Parameters are those of ``staggered_panel``.
    Borusyak, Jaravel and Spiess (2024, Review of Economic Studies 91(6), 3253-3285).

    Returns
    -------
    GroupTime for the normal distribution. Treated rows whose unit or period effect does not exist
    are counted in ``n_missing`` or, if no row of the cell is left, listed in ``unidentified``.

    Raises
    ------
    NotIdentified : if no treated row has an estimate, or controls do not vary within untreated
        rows.
    UserError : if the panel is not as described.
    """
    return _effects("imputation", "fixed", staggered_panel(y, unit, period, cohort, controls))


def gardner(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
) -> GroupTime:
    r"""Two-stage difference in differences: the estimates of ``imputation``, errors by GMM.

    The second stage regresses y_it − ŷ_it(0) on dummies of the average that is asked for. Its
    moments keep the deviation of τ̂_it from that average, not from the mean of the cell, so that
    the error of an average also holds the differences between its cells; clustered by unit, no
    small-sample factor.

    Parameters, returns and errors raised: see ``imputation``.
    Gardner (2022, arXiv 2207.05943); Butts and Gardner (2022, The R Journal 14(3)).
    """
    return _effects("gardner", "estimated", staggered_panel(y, unit, period, cohort, controls))


class _TwoWay(NamedTuple):
    """Unit and period effects on ``rows`` (U, T), ``n`` by unit; M⁺ and the null space of M."""

    rows: np.ndarray
    n: np.ndarray
    inverse: np.ndarray
    null: np.ndarray

    def unit_means(self, table: np.ndarray) -> np.ndarray:
        """(U, 1) means over the rows; 0 for a unit without any."""
        return (np.sum(table * self.rows, axis=1) / np.maximum(self.n, 1))[:, None]

    def left(self, table: np.ndarray) -> np.ndarray:
        """The table (U, T) minus the effects fitted to the rows, in every cell."""
        centred = table - self.unit_means(table)
        periods = self.inverse @ np.sum(centred * self.rows, axis=0)
        return centred - (periods - self.unit_means(np.broadcast_to(periods, table.shape)))

    def reaches(self) -> np.ndarray:
        """(U, T) bool, cells whose unit and period effect are known from the rows."""
        loading = self.null - (self.rows @ self.null / np.maximum(self.n, 1)[:, None])[:, None, :]
        return (self.n > 0)[:, None] & np.all(np.abs(loading) < np.sqrt(TOLERANCE), axis=2)


def _two_way(rows: np.ndarray) -> _TwoWay:
    """Prepare the effects for the rows of a mask."""
    n = rows.sum(axis=1)
    share = rows / np.maximum(n, 1)[:, None]
    values, vectors = np.linalg.eigh(np.diag(rows.sum(axis=0)) - rows.T.astype(float) @ share)
    kept = values > TOLERANCE * max(values[-1], 1.0)
    inverse = vectors[:, kept] / values[kept] @ vectors[:, kept].T
    return _TwoWay(rows, n, inverse, vectors[:, ~kept])


def _effects(estimator: str, shares: str, panel: StaggeredPanel) -> GroupTime:
    """Impute, average by cohort and period, and keep what each unit adds to the error."""
    effects = _two_way(panel.observed & ~panel.treated)
    treated = panel.observed & panel.treated
    found = treated & effects.reaches()
    if not found.any():
        raise _nothing_found(panel, treated)
    cohort, column = panel.cells(found)
    is_cohort = panel.cohort[:, None] == cohort
    members = is_cohort & found[:, column]
    per_member = members / members.sum(axis=0)
    left, of_controls, residual = _without_controls(panel, effects)
    tau = left[:, column]
    estimates = np.einsum("ik,ik->k", per_member, tau)
    weights = _period_weights(effects, per_member, column)
    influence = per_member * (tau - estimates) - residual @ weights.T
    if of_controls is not None:
        cell_x = np.einsum("ik,ikp->pk", per_member, of_controls.left_x[:, column])
        influence -= of_controls.slopes_influence(residual) @ cell_x
    # A unit's only untreated row fixes its effect; without a treated row to predict it is idle.
    idle = int(np.count_nonzero((effects.n == 1) & ~found.any(axis=1)))
    return GroupTime(
        estimator=estimator,
        units=panel.units,
        cohort=cohort,
        period=panel.periods[column],
        estimates=estimates,
        influence=influence,
        members=members,
        n_controls=effects.rows.sum(axis=0)[column],
        n_missing=is_cohort.sum(axis=0) - members.sum(axis=0),
        unidentified=_not_found(panel, treated, found),
        shares=shares,
        nobs=int(effects.rows.sum() + found.sum()) - idle,
        n_dropped=int(treated.sum() - found.sum()) + idle,
    )


def _period_weights(effects: _TwoWay, per_member: np.ndarray, column: np.ndarray) -> np.ndarray:
    r"""(c, T), M⁺ (e_t − Σ_i w_i N_i / n_i): what a cell's mean takes from each period's effect."""
    taken = np.zeros((len(column), effects.rows.shape[1]))
    taken[np.arange(len(column)), column] = 1.0
    taken -= (per_member / np.maximum(effects.n, 1)[:, None]).T @ effects.rows
    return taken @ effects.inverse


class _Controls(NamedTuple):
    """Controls freed of the effects: in all cells, on untreated rows, and their inverse gram."""

    left_x: np.ndarray
    within: np.ndarray
    inverse: np.ndarray

    def slopes_influence(self, residual: np.ndarray) -> np.ndarray:
        """(U, p), what each unit adds to the error of β̂."""
        return np.einsum("itp,it->ip", self.within, residual) @ self.inverse


def _without_controls(
    panel: StaggeredPanel, effects: _TwoWay
) -> tuple[np.ndarray, _Controls | None, np.ndarray]:
    """y minus its imputed value (U, T), the controls, and residuals of untreated rows (U, T)."""
    left = effects.left(panel.y)
    p = panel.x.shape[2]
    if not p:
        return left, None, left * effects.rows
    left_x = np.stack([effects.left(panel.x[:, :, k]) for k in range(p)], axis=2)
    within = left_x * effects.rows[:, :, None]
    flat = within.reshape(-1, p)
    spread = np.linalg.norm(panel.x[effects.rows] - panel.x[effects.rows].mean(axis=0), axis=0)
    scaled = flat / np.where(spread > 0, spread, 1.0)
    if np.linalg.svd(scaled, compute_uv=False)[-1] < TOLERANCE:
        raise NotIdentified("collinear_controls")
    inverse = np.linalg.inv(flat.T @ flat)
    left = left - left_x @ (inverse @ (flat.T @ left.ravel()))
    return left, _Controls(left_x, within, inverse), left * effects.rows


def _not_found(
    panel: StaggeredPanel, treated: np.ndarray, found: np.ndarray
) -> tuple[Unidentified, ...]:
    """Cells from treatment on of which no row has an estimate, with the reason."""
    untreated = panel.observed & ~panel.treated
    lost = []
    for g in panel.cohorts:
        members = panel.cohort == g
        columns = treated[members].any(axis=0) & ~found[members].any(axis=0)
        for column in np.flatnonzero(columns):
            t, n_treated = panel.periods[column], int(treated[members, column].sum())
            if untreated[members].any():
                code = "not_linked" if untreated[:, column].any() else "no_untreated_unit"
                lost.append(lost_cell(code, g, t, n_treated))
            else:
                lost.append(no_period_before(panel, g, t, n_treated))
    return tuple(lost)


def _nothing_found(panel: StaggeredPanel, treated: np.ndarray) -> NotIdentified:
    """Why there is no effect at all."""
    lost = _not_found(panel, treated, np.zeros_like(treated))
    if not lost:
        return NotIdentified("nobody_treated", **panel.span)
    return NotIdentified("no_effect", why=summary(lost))
