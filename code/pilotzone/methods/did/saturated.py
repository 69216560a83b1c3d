r"""Sun-Abraham and extended two-way fixed effects: a regression with a dummy per cohort and period.

Both are exact two-way regressions on the fast core; what each unit adds to the clustered error is
kept, so that any average of the dummies' coefficients carries its error along.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import (
    StaggeredPanel,
    Unidentified,
    always_treated,
    by_cell,
    label,
    lost_cell,
    require_never_treated,
    staggered_panel,
    whole,
)
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.inference.cluster import encode, small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects, rows_alone
from pilotzone.methods.inference.fwl import LinearFit, identified_fit


def sun_abraham(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    reference: Literal["never", "last"] = "never",
    controls: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> GroupTime:
    r"""Interaction-weighted estimator: a regression with a dummy per cohort and period.

    y_it = α_i + λ_t + Σ_g Σ_{t ≠ b(g)} δ_gt 1{i ∈ g, period t} + x_it'β + ε_it, b(g) the last
    period before g. ``aggregate`` weights δ̂ by the cohorts' shares, taken as given.
    Sun and Abraham (2021, Journal of Econometrics 225(2), 175-199).

    Parameters
    ----------
    y, unit, period, cohort, controls, weights : see ``staggered_panel``. Weights are those of the
        regression and, summed by cohort, of the averages.
    reference : cohort without dummies. "never": the never-treated units. "last": the cohort that
        is treated last; the sample must end before its treatment and hold no never-treated unit.

    Returns
    -------
    GroupTime, errors clustered by unit (CRV1, t(G − 1)). Units treated from the first period on
    are left out and listed as unidentified cells; a unit observed once is left out and counted.

    Raises
    ------
    NotIdentified : if the reference does not exist, is treated within the sample, or is not
        observed in a period, or dummies are collinear.
    UserError : if the panel or the reference is not as described.
    """
    panel = staggered_panel(y, unit, period, cohort, controls, weights)
    is_reference = _reference_units(panel, reference)
    rows = _informative(panel.observed & ~panel.always[:, None])
    _require_observed(panel, rows[is_reference])
    cells = np.zeros(panel.observed.shape, dtype=bool)
    for g in np.unique(panel.cohort[~panel.always & ~is_reference]):
        base, members = panel.base_of(g), panel.cohort == g
        if not np.any(rows[members, base]):
            before = whole(panel.periods[base])
            raise NotIdentified("not_observed_before", cohort=whole(g), period=before)
        cells[members] = np.arange(len(panel.periods)) != base
    untreated = rows & is_reference[:, None]
    lost = [*always_treated(panel), *_observed_once(panel, cells, rows)]
    return _saturated("sun_abraham", panel, rows, cells & rows, untreated, lost)


def extended_twfe(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> GroupTime:
    r"""Extended two-way fixed effects: a dummy per cohort and period from treatment on.

    y_it = α_i + λ_t + Σ_g Σ_{t ≥ g} τ_gt 1{i ∈ g, period t} + x_it'β + ε_it. All untreated rows
    serve as comparison, also those of cohorts treated later. In a balanced panel without controls
    the estimates are those of ``imputation``; ``aggregate("simple")`` averages over treated rows.
    Wooldridge (2025, Empirical Economics 69, 2545-2587).

    Parameters, errors and what is returned are as for ``sun_abraham``, without a reference; periods
    without an untreated unit are left out and listed too. Without a cell left it is NotIdentified.
    """
    panel = staggered_panel(y, unit, period, cohort, controls, weights)
    compared, rows, cells = _extended(panel)
    lost = [
        *always_treated(panel),
        *_nobody_untreated(panel, compared),
        *_observed_once(panel, cells, rows),
    ]
    untreated = rows & ~panel.treated
    return _saturated("extended_twfe", panel, rows, cells & rows, untreated, lost)


def extended_twfe_regression(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> "Saturated":
    """The regression behind ``extended_twfe``, its dummies in the order of the cells."""
    panel = staggered_panel(y, unit, period, cohort, controls, weights)
    _, rows, cells = _extended(panel)
    cohorts, column = panel.cells(cells & rows)
    members = (panel.cohort[:, None] == cohorts) & (cells & rows)[:, column]
    return _with_dummies(panel, rows, members, cohorts, column)


class Saturated(NamedTuple):
    """A regression with a dummy per cell.

    Attributes
    ----------
    y, x : (N,) and (N, c + p), dummies first, then controls.
    names : of the c + p regressors.
    effects : of units and periods.
    unit : (N,) position of each row's unit among those of the panel.
    """

    y: np.ndarray
    x: np.ndarray
    names: list[str]
    effects: FixedEffects
    unit: np.ndarray


def _extended(panel: StaggeredPanel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Periods (T,) with an untreated unit, and masks (U, T) of the rows and of treated cells."""
    compared = np.any(panel.observed & ~panel.treated, axis=0)
    rows = _informative(panel.observed & ~panel.always[:, None] & compared)
    return compared, rows, panel.treated & ~panel.always[:, None] & compared


def _reference_units(panel: StaggeredPanel, reference: str) -> np.ndarray:
    """(U,) bool, the units without dummies."""
    if reference == "never":
        require_never_treated(panel)
        return ~panel.ever
    if reference != "last":
        raise UserError(f"reference '{reference}' is unknown; use 'never' or 'last'")
    if not panel.ever.all():
        raise UserError(
            f"{(~panel.ever).sum()} units are never treated; "
            "use reference='never' or leave them out"
        )
    last = panel.cohort.max()
    if last <= panel.periods[-1]:
        raise NotIdentified("reference_treated", cohort=whole(last), **panel.span)
    return panel.cohort == last


def _informative(rows: np.ndarray) -> np.ndarray:
    """The (U, T) mask without rows that unit and period effects fit exactly."""
    kept = rows.copy()
    if rows.any():
        kept[rows] = ~rows_alone([encode(codes) for codes in np.nonzero(rows)], rows.sum())
    return kept


def _require_observed(panel: StaggeredPanel, reference: np.ndarray) -> None:
    """Refuse a period without a row of the reference, a mask (units, T)."""
    gaps = panel.periods[~reference.any(axis=0)]
    if len(gaps):
        raise NotIdentified("reference_not_observed", period=whole(gaps[0]))


def _observed_once(
    panel: StaggeredPanel, cells: np.ndarray, rows: np.ndarray
) -> list[Unidentified]:
    """Cells whose units are all observed in no other period."""
    lost = []
    for g in np.unique(panel.cohort[cells.any(axis=1)]):
        here = (panel.cohort == g)[:, None] & cells
        gone = np.any(here & panel.observed, axis=0) & ~np.any(here & rows, axis=0)
        for column in np.flatnonzero(gone):
            n_treated = (here & panel.observed)[:, column].sum()
            lost.append(lost_cell("observed_once", g, panel.periods[column], n_treated))
    return lost


def _nobody_untreated(panel: StaggeredPanel, compared: np.ndarray) -> list[Unidentified]:
    """Cells from treatment on in periods without an untreated unit."""
    return [
        lost_cell("no_untreated_unit", g, t, (panel.cohort == g).sum())
        for g in panel.cohorts
        if panel.base_of(g) >= 0
        for t in panel.periods[~compared & (panel.periods >= g)]
    ]


def _saturated(
    estimator: str,
    panel: StaggeredPanel,
    rows: np.ndarray,
    cells: np.ndarray,
    untreated: np.ndarray,
    lost: list[Unidentified],
) -> GroupTime:
    """Regress with dummies; masks (U, T) of the sample, its rows with a dummy and the others."""
    cohort, column = panel.cells(cells)
    is_cohort = panel.cohort[:, None] == cohort
    members = is_cohort & cells[:, column]
    coefficients, influence, df = _regress(panel, rows, members, cohort, column)
    nobs = int(rows.sum())
    return GroupTime(
        estimator=estimator,
        units=panel.units,
        cohort=cohort,
        period=panel.periods[column],
        estimates=coefficients,
        influence=influence,
        members=members,
        n_controls=untreated.sum(axis=0)[column],
        n_missing=(is_cohort & ~panel.observed[:, column]).sum(axis=0),
        unidentified=tuple(sorted(lost, key=by_cell)),
        shares="fixed",
        weights=panel.weights,
        nobs=nobs,
        n_dropped=int(panel.observed.sum()) - nobs,
        df=df,
    ).with_bands()


def _regress(
    panel: StaggeredPanel,
    rows: np.ndarray,
    members: np.ndarray,
    cohort: np.ndarray,
    column: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Coefficients of the dummies, contributions (U, c) of the units, and G − 1."""
    influence = np.zeros(members.shape)
    k = len(cohort)
    if not k:
        return np.empty(0), influence, None
    made = _with_dummies(panel, rows, members, cohort, column)
    result = identified_fit(made.y, made.x, made.names, made.effects, made.unit)
    contributions = unit_contributions(result, made.x, made.effects, made.unit)
    influence[np.unique(made.unit)] = contributions[:, :k]
    return result.coefficients[:k], influence, result.df


def _with_dummies(
    panel: StaggeredPanel,
    rows: np.ndarray,
    members: np.ndarray,
    cohort: np.ndarray,
    column: np.ndarray,
) -> Saturated:
    """The rows of a mask (U, T) with a dummy for each cell, (c,) cohorts and columns."""
    i, j = np.nonzero(rows)
    dummies = members[i] & (j[:, None] == column)
    pairs = zip(cohort, panel.periods[column], strict=True)
    names = [f"cohort {label(g)} in {label(t)}" for g, t in pairs]
    names += [f"control {p + 1}" for p in range(panel.x.shape[2])]
    weights = None if panel.weights is None else panel.weights[i]
    effects = FixedEffects([i, j], weights=weights, names=("unit", "period"))
    return Saturated(panel.y[i, j], np.hstack([dummies, panel.x[i, j]]), names, effects, i)


def unit_contributions(
    result: LinearFit, x: np.ndarray, effects: FixedEffects, i: np.ndarray
) -> np.ndarray:
    r"""φ_i with Σ_i φ_i φ_i' the CRV1 covariance, (G, k) by unit.

    φ_i = √factor · (x̃'Wx̃)⁻¹ Σ_t w_it x̃_it û_it; ``result`` is clustered by the units ``i`` (N,),
    x̃ are its regressors ``x`` (N, k) freed of the effects, W the weights of these.
    """
    levels, code = np.unique(i, return_inverse=True)
    root_w = effects.root_weights[:, None]
    x_tilde = effects.residualise(x) * root_w
    scores = np.zeros((len(levels), x_tilde.shape[1]))
    np.add.at(scores, code, x_tilde * root_w * result.residuals[:, None])
    factor = small_sample_factor(result.nobs, result.k, result.n_clusters)
    return np.sqrt(factor) * np.linalg.solve(x_tilde.T @ x_tilde, scores.T).T
