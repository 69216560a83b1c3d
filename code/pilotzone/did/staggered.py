r"""Estimators for staggered adoption that compare each cohort with units not treated yet.

``callaway_santanna`` takes differences of means, ``sun_abraham`` and ``extended_twfe`` one
saturated regression, ``stacked`` one regression on cohort-specific samples. With a single cohort
and units never treated they agree where their comparison groups do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.did.cohorts import NEVER, StaggeredPanel, label, staggered_panel
from pilotzone.did.doubly_robust import doubly_robust
from pilotzone.did.group_time import GroupTime, Unidentified, multiplier_bootstrap
from pilotzone.errors import NotIdentified, UserError
from pilotzone.inference.cluster import small_sample_factor
from pilotzone.inference.fwl import FixedEffects, LinearFit, fit

# --------------------------------------------------------------------------------------
# Callaway and Sant'Anna
# --------------------------------------------------------------------------------------


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
    x: ArrayLike | None = None,
    draws: int | None = None,
    rng: np.random.Generator | None = None,
) -> GroupTime:
    r"""Effects by cohort and period from differences in differences of means.

    ATT(g, t) = mean(y_t − y_b | cohort g) − mean(y_t − y_b | controls), with b the last period
    before g. Before treatment b is the preceding period ("varying") or again the last one before
    g ("universal", which leaves out the cell of the base itself).

    Parameters
    ----------
    y : (N,) outcome.
    unit, period : (N,) labels and numbers; a unit that lacks one of the two periods of a cell is
        left out of the cell and counted.
    cohort : (N,) first treated period, 0 if never treated. A cohort after the last period is not
        "never treated": it serves as a control only where ``controls="not_yet"``, and gets no
        cells.
    controls : units untreated in both periods of the cell, or only the never-treated ones.
    base : see above.
    x : (N, k) covariates, taken in the earlier period of the cell: doubly robust, logit and
        least squares (Sant'Anna and Zhao 2020).
    draws, rng : draws and generator of the multiplier bootstrap, if wanted.

    Returns
    -------
    GroupTime, with analytic errors for the normal distribution. The error of a cell with one
    treated or one control unit is NaN.

    Raises
    ------
    NotIdentified
        If ``controls="never"`` and no unit is never treated, or no cell from treatment on has
        both a period before treatment and an untreated unit.
    UserError
        If an argument or the panel is not as described.

    Notes
    -----
    Callaway and Sant'Anna (2021, Journal of Econometrics 225(2), 200-230).
    """
    if controls not in ("not_yet", "never") or base not in ("varying", "universal"):
        raise UserError("controls are 'not_yet' or 'never', base is 'varying' or 'universal'")
    panel = staggered_panel(y, unit, period, cohort, x)
    if controls == "never":
        _require_never_treated(panel)
    cells = _list_cells(panel, base)
    change, treated, control, n_missing = _comparisons(panel, cells, controls)
    lost = [*_always_treated(panel), *_without_comparison(panel, cells, treated, control)]
    kept = treated.any(axis=0) & control.any(axis=0)
    if x is None:
        estimates, influence = _differences_in_means(change, treated, control)
    else:
        estimates, influence, kept = _adjusted(panel, cells, change, treated, control, kept, lost)
    used = treated | control
    result = GroupTime(
        estimator="callaway_santanna",
        units=panel.units,
        cohort=cells.cohort[kept],
        period=panel.periods[cells.now[kept]],
        estimates=estimates[kept],
        influence=influence[:, kept],
        members=treated[:, kept],
        n_controls=control[:, kept].sum(axis=0),
        n_missing=n_missing[kept],
        unidentified=tuple(sorted(lost)),
        shares="estimated",
        **_rows_used(panel, cells.subset(kept), used[:, kept]),
    )
    return _checked(result, draws, rng)


def _require_never_treated(panel: StaggeredPanel) -> None:
    """Refuse a comparison with never-treated units where there are none."""
    if panel.ever.all():
        last = label(panel.cohort.max())
        raise NotIdentified(
            f"no unit is never treated: the last cohort is that of {last}, in the sample of "
            f"{panel.span} it counts as not yet treated"
        )


def _list_cells(panel: StaggeredPanel, base: str) -> _Cells:
    """All cells of cohorts that have a period before treatment and one from it on."""
    rows = []
    for g in panel.cohorts:
        last_before = panel.base_of(g)
        if last_before < 0:
            continue
        for now in range(len(panel.periods)):
            lead = now <= last_before
            start = now - 1 if lead and base == "varying" else last_before
            if start >= 0 and start != now:
                rows.append((g, now, start))
    cohort, now, start = np.array(rows, dtype=float).reshape(-1, 3).T
    return _Cells(cohort, now.astype(int), start.astype(int))


def _comparisons(
    panel: StaggeredPanel, cells: _Cells, controls: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Changes (U, c), treated and control units of each cell (U, c), units with a gap (c,)."""
    later = panel.periods[np.maximum(cells.now, cells.base)]
    first = panel.cohort[:, None]
    of_cohort = first == cells.cohort
    untreated = first == NEVER
    if controls == "not_yet":
        untreated = untreated | ((first > later) & ~of_cohort)
    untreated = np.broadcast_to(untreated, of_cohort.shape)
    present = panel.observed[:, cells.now] & panel.observed[:, cells.base]
    n_missing = ((of_cohort | untreated) & ~present).sum(axis=0)
    change = np.where(present, panel.y[:, cells.now] - panel.y[:, cells.base], 0.0)
    return change, of_cohort & present, untreated & present, n_missing


def _differences_in_means(
    change: np.ndarray, treated: np.ndarray, control: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Estimates (c,) and contributions (U, c): each unit's deviation from its group's mean."""
    estimates, influence = np.zeros(change.shape[1]), np.zeros(change.shape)
    for group, sign in ((treated, 1.0), (control, -1.0)):
        share = group / np.maximum(group.sum(axis=0), 1)
        mean = np.einsum("ic,ic->c", share, change)
        estimates += sign * mean
        influence += sign * share * (change - mean)
    return estimates, influence


def _adjusted(
    panel: StaggeredPanel,
    cells: _Cells,
    change: np.ndarray,
    treated: np.ndarray,
    control: np.ndarray,
    kept: np.ndarray,
    lost: list[Unidentified],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Doubly robust estimates and contributions; a cell that fails moves to ``lost``."""
    estimates, influence = np.zeros(change.shape[1]), np.zeros(change.shape)
    kept = kept.copy()
    for k in np.flatnonzero(kept):
        rows = treated[:, k] | control[:, k]
        covariates = panel.x[rows, min(cells.now[k], cells.base[k])]
        try:
            estimates[k], influence[rows, k] = doubly_robust(
                change[rows, k], treated[rows, k], covariates
            )
        except NotIdentified as error:
            g, t = cells.cohort[k], panel.periods[cells.now[k]]
            reason = f"cohort {label(g)} in {label(t)}: {error}"
            lost.append(Unidentified(g, t, int(treated[:, k].sum()), reason))
            kept[k] = False
    return estimates, influence, kept


def _always_treated(panel: StaggeredPanel) -> list[Unidentified]:
    """Cells of cohorts without a period before treatment."""
    return [
        Unidentified(
            g,
            t,
            int((panel.cohort == g).sum()),
            f"cohort {label(g)} has no period before treatment in {panel.span}",
        )
        for g in np.unique(panel.cohort[panel.always])
        for t in panel.periods[panel.periods >= g]
    ]


def _without_comparison(
    panel: StaggeredPanel, cells: _Cells, treated: np.ndarray, control: np.ndarray
) -> list[Unidentified]:
    """Cells that lack a treated or an untreated unit."""
    lost = []
    for k in np.flatnonzero(~(treated.any(axis=0) & control.any(axis=0))):
        g, t, b = cells.cohort[k], panel.periods[cells.now[k]], panel.periods[cells.base[k]]
        who = "untreated unit" if treated[:, k].any() else f"unit of cohort {label(g)}"
        n_treated = int((panel.cohort == g).sum())
        reason = f"cohort {label(g)} in {label(t)}: no {who} is observed in {label(t)} and {label(b)}"
        lost.append(Unidentified(g, t, n_treated, reason))
    return lost


def _rows_used(panel: StaggeredPanel, cells: _Cells, used: np.ndarray) -> dict[str, int]:
    """Rows that enter some cell, and the others."""
    rows = np.zeros(panel.observed.shape, dtype=bool).T
    np.logical_or.at(rows, cells.now, used.T)
    np.logical_or.at(rows, cells.base, used.T)
    nobs = int(rows.sum())
    return {"nobs": nobs, "n_dropped": int(panel.observed.sum()) - nobs}


def _checked(
    result: GroupTime, draws: int | None = None, rng: np.random.Generator | None = None
) -> GroupTime:
    """The result with its bootstrap, if it holds an effect at all."""
    if not np.any(result.event >= 0):
        raise NotIdentified(result.nothing_left())
    if draws is None:
        return result
    bands = multiplier_bootstrap(result.influence, result.error_identified, draws, rng)
    return replace(result, bands=bands)


# --------------------------------------------------------------------------------------
# Saturated regressions
# --------------------------------------------------------------------------------------


def sun_abraham(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    reference: Literal["never", "last"] = "never",
    controls: ArrayLike | None = None,
) -> GroupTime:
    r"""Interaction-weighted estimator: a regression with a dummy per cohort and period.

    y_it = α_i + λ_t + Σ_g Σ_{t ≠ b(g)} δ_gt 1{i ∈ g, period t} + x_it'β + ε_it, b(g) the last
    period before g. ``aggregate`` weights δ̂ by the cohorts' shares, taken as given.

    Parameters
    ----------
    y, unit, period, cohort : (N,); cohort 0 is never treated.
    reference : cohort without dummies. "never": the never-treated units. "last": the cohort that
        is treated last; the sample must end before its treatment and hold no never-treated unit.
    controls : (N, k) or None.

    Returns
    -------
    GroupTime, errors clustered by unit (CRV1, t(G − 1)). Units treated from the first period on
    are left out and listed as unidentified cells.

    Raises
    ------
    NotIdentified
        If the reference does not exist, is treated within the sample, or is not observed in a
        period, or dummies are collinear.
    UserError
        As ``callaway_santanna``.

    Notes
    -----
    Sun and Abraham (2021, Journal of Econometrics 225(2), 175-199).
    """
    panel = staggered_panel(y, unit, period, cohort, controls)
    is_reference = _reference_units(panel, reference)
    lost = _always_treated(panel)
    rows = panel.observed & ~panel.always[:, None]
    _require_observed(panel, is_reference, np.flatnonzero(rows.any(axis=0)))
    cells = np.zeros(panel.observed.shape, dtype=bool)
    n_missing = np.zeros(panel.observed.shape, dtype=int)
    for g in np.unique(panel.cohort[~panel.always & ~is_reference]):
        base, members = panel.base_of(g), panel.cohort == g
        if not np.any(panel.observed[members, base]):
            raise NotIdentified(
                f"no unit of cohort {label(g)} is observed in {label(panel.periods[base])}, the "
                "last period before its treatment"
            )
        cells[members] = np.arange(len(panel.periods)) != base
        n_missing[members] = (~panel.observed[members]).sum(axis=0)
    untreated = panel.observed & is_reference[:, None]
    return _saturated("sun_abraham", panel, rows, cells & rows, untreated, n_missing, lost)


def extended_twfe(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    controls: ArrayLike | None = None,
) -> GroupTime:
    r"""Extended two-way fixed effects: a dummy per cohort and period from treatment on.

    y_it = α_i + λ_t + Σ_g Σ_{t ≥ g} τ_gt 1{i ∈ g, period t} + x_it'β + ε_it. All untreated rows
    serve as comparison, also those of cohorts treated later. In a balanced panel without controls
    the estimates are those of ``imputation``; ``aggregate("simple")`` averages over treated rows.

    Parameters
    ----------
    y, unit, period, cohort : (N,); cohort 0 is never treated.
    controls : (N, k) or None.

    Returns
    -------
    GroupTime, errors clustered by unit (CRV1, t(G − 1)). Units treated from the first period on,
    and periods without an untreated unit, are left out and listed as unidentified cells.

    Raises
    ------
    NotIdentified
        If no cell is left, or dummies are collinear.
    UserError
        As ``callaway_santanna``.

    Notes
    -----
    Wooldridge (2025, Empirical Economics 69, 2545-2587).
    """
    panel = staggered_panel(y, unit, period, cohort, controls)
    untreated = panel.observed & ~panel.treated
    compared = untreated.any(axis=0)
    lost = [*_always_treated(panel), *_nobody_untreated(panel, compared)]
    rows = panel.observed & ~panel.always[:, None] & compared
    cells = rows & panel.treated
    n_missing = np.zeros(panel.observed.shape, dtype=int)
    for g in panel.cohorts:
        members = panel.cohort == g
        n_missing[members] = (~panel.observed[members]).sum(axis=0)
    return _saturated("extended_twfe", panel, rows, cells, untreated, n_missing, lost)


def _reference_units(panel: StaggeredPanel, reference: str) -> np.ndarray:
    """(U,) bool, the units without dummies."""
    if reference == "never":
        _require_never_treated(panel)
        return ~panel.ever
    if reference != "last":
        raise UserError(f"reference '{reference}' is unknown; use 'never' or 'last'")
    if not panel.ever.all():
        raise UserError(
            f"{(~panel.ever).sum()} units are never treated; use reference='never' or leave them out"
        )
    last = panel.cohort.max()
    if last <= panel.periods[-1]:
        raise NotIdentified(
            f"the last cohort is treated from {label(last)}, the sample is {panel.span}: as the "
            f"reference it needs a sample that ends before {label(last)}"
        )
    return panel.cohort == last


def _require_observed(panel: StaggeredPanel, reference: np.ndarray, columns: np.ndarray) -> None:
    """Refuse a period in which the reference is not observed."""
    for column in columns:
        if not np.any(panel.observed[reference, column]):
            raise NotIdentified(
                f"no unit of the reference is observed in {label(panel.periods[column])}"
            )


def _nobody_untreated(panel: StaggeredPanel, compared: np.ndarray) -> list[Unidentified]:
    """Cells from treatment on in periods without an untreated unit."""
    return [
        Unidentified(
            g,
            t,
            int((panel.cohort == g).sum()),
            f"cohort {label(g)} in {label(t)}: no unit is untreated in {label(t)}",
        )
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
    n_missing: np.ndarray,
    lost: list[Unidentified],
) -> GroupTime:
    """Regress on unit and period effects, controls and a dummy per cohort and period.

    ``rows``, ``cells`` and ``untreated`` are (U, T) masks: the sample, its rows with a dummy, and
    the rows they are compared with.
    """
    i, j = np.nonzero(rows)
    of_row = cells[i, j]
    keys = np.column_stack([panel.cohort[i[of_row]], j[of_row]])
    keys, code = np.unique(keys, axis=0, return_inverse=True)
    cohort, column = keys[:, 0], keys[:, 1].astype(int)
    dummies = np.zeros((len(i), len(keys)))
    dummies[np.flatnonzero(of_row), code.ravel()] = 1.0
    coefficients, scores, df = _regress(panel, i, j, dummies, cohort, column)
    influence = np.zeros((len(panel.units), len(keys)))
    influence[np.unique(i)] = scores
    is_cohort = panel.cohort[:, None] == cohort
    of_cohort = [int(np.argmax(panel.cohort == g)) for g in cohort]
    result = GroupTime(
        estimator=estimator,
        units=panel.units,
        cohort=cohort,
        period=panel.periods[column],
        estimates=coefficients,
        influence=influence,
        members=is_cohort & cells[:, column],
        n_controls=untreated.sum(axis=0)[column],
        n_missing=n_missing[of_cohort, column],
        unidentified=tuple(sorted(lost)),
        shares="fixed",
        nobs=len(i),
        n_dropped=int(panel.observed.sum()) - len(i),
        df=df,
    )
    return _checked(result)


def _regress(
    panel: StaggeredPanel,
    i: np.ndarray,
    j: np.ndarray,
    dummies: np.ndarray,
    cohort: np.ndarray,
    column: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Coefficients of the dummies, contributions of the units in the sample, and G − 1."""
    if not dummies.shape[1]:
        return np.empty(0), np.empty((len(np.unique(i)), 0)), 1
    pairs = zip(cohort, panel.periods[column], strict=True)
    names = [f"cohort {label(g)} in {label(t)}" for g, t in pairs]
    names += [f"control {k + 1}" for k in range(panel.x.shape[2])]
    regressors = np.hstack([dummies, panel.x[i, j]])
    effects = FixedEffects([i, j], names=("unit", "period"))
    result = identified_fit(panel.y[i, j], regressors, names, effects, i)
    scores = unit_contributions(result, effects.residualise(regressors), i)
    k = dummies.shape[1]
    return result.coefficients[:k], scores[:, :k], result.df


def identified_fit(
    y: np.ndarray, x: np.ndarray, names: Sequence[str], effects: FixedEffects, cluster: np.ndarray
) -> LinearFit:
    """Least squares on checked arrays; what it cannot separate is not identified.

    Raises
    ------
    NotIdentified
        If regressors are collinear or without variation within the effects, or too many.
    """
    try:
        return fit(y, x, names, effects, cluster)
    except UserError as error:
        raise NotIdentified(str(error)) from error


def unit_contributions(result: LinearFit, x_tilde: np.ndarray, i: np.ndarray) -> np.ndarray:
    r"""φ_i with Σ_i φ_i φ_i' the CRV1 covariance: √factor · (x̃'x̃)⁻¹ Σ_t x̃_it û_it, by unit.

    Parameters
    ----------
    result : a fit clustered by unit.
    x_tilde : (N, k) its regressors freed of the effects.
    i : (N,) codes of the units.

    Returns
    -------
    (G, k), one row per unit in the order of their codes.
    """
    levels, code = np.unique(i, return_inverse=True)
    scores = np.zeros((len(levels), x_tilde.shape[1]))
    np.add.at(scores, code, x_tilde * result.residuals[:, None])
    factor = small_sample_factor(result.nobs, result.k, result.n_clusters)
    return np.sqrt(factor) * np.linalg.solve(x_tilde.T @ x_tilde, scores.T).T


# --------------------------------------------------------------------------------------
# Stacked regression
# --------------------------------------------------------------------------------------


class Experiment(NamedTuple):
    """One cohort's sample: treated and control units, and rows missing in the window."""

    cohort: float
    n_treated: int
    n_controls: int
    n_missing: int


@dataclass(frozen=True, eq=False)
class Stacked:
    """The stacked regression.

    Attributes
    ----------
    overall : fit of one coefficient, "treated", for all cohorts and periods from treatment on.
    events : fit of one coefficient per event, "event:-3" …, against the period before treatment.
    experiments : the samples that are stacked.
    unidentified : cohorts without a sample; ``period`` is the cohort's own.
    """

    overall: LinearFit
    events: LinearFit
    experiments: tuple[Experiment, ...]
    unidentified: tuple[Unidentified, ...]


def stacked(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    window: tuple[int, int],
    controls: ArrayLike | None = None,
) -> Stacked:
    r"""Stack one sample per cohort, each with the units untreated throughout its window.

    y_ict = α_ic + λ_ct + τ 1{i treated in c, t ≥ g_c} + x_it'β + ε_ict for sample c with the
    periods g_c + window[0] … g_c + window[1]; the second fit has a coefficient per event instead
    of τ, the last period before treatment left out.

    Parameters
    ----------
    y, unit, period, cohort : (N,); cohort 0 is never treated.
    window : first and last event, such as (-3, 2). A cohort whose window leaves the sample is
        listed as unidentified.
    controls : (N, k) or None.

    Returns
    -------
    Stacked, errors clustered by unit over all samples (CRV1, t(G − 1)).

    Raises
    ------
    NotIdentified
        If no cohort has its window in the sample and units untreated throughout it.
    UserError
        If the window does not reach from before treatment to treatment or later.

    Notes
    -----
    Cengiz, Dube, Lindner and Zipperer (2019, Quarterly Journal of Economics 134(3), appendix D).
    """
    if window[0] > -1 or window[1] < 0:
        raise UserError(f"window {window} must reach from event -1 or earlier to 0 or later")
    panel = staggered_panel(y, unit, period, cohort, controls)
    samples, experiments, lost = [], [], []
    for g in np.unique(panel.cohort[panel.ever]):
        reason = _why_no_sample(panel, g, window)
        if reason:
            lost.append(Unidentified(g, g, int((panel.cohort == g).sum()), reason))
            continue
        sample, experiment = _sample(panel, g, window)
        samples.append(np.column_stack([np.full(len(sample), len(samples)), sample]))
        experiments.append(experiment)
    if not samples:
        raise NotIdentified(f"no cohort can be stacked: {'; '.join(u.reason for u in lost)}")
    stack, i, j = np.vstack(samples).T
    g = np.array([e.cohort for e in experiments])[stack]
    return Stacked(*_stacked_fits(panel, stack, i, j, g), tuple(experiments), tuple(lost))


def _why_no_sample(panel: StaggeredPanel, g: float, window: tuple[int, int]) -> str:
    """Why a cohort has no sample; empty if it has one."""
    first, last = g + window[0], g + window[1]
    if first < panel.periods[0] or last > panel.periods[-1]:
        return (
            f"cohort {label(g)}: its window {label(first)}-{label(last)} is not within "
            f"{panel.span}"
        )
    columns = (panel.periods >= first) & (panel.periods <= last)
    controls = (panel.cohort == NEVER) | (panel.cohort > last)
    if not np.any(panel.observed[np.ix_(controls, columns)]):
        return f"cohort {label(g)}: no unit is untreated throughout {label(first)}-{label(last)}"
    return ""


def _sample(
    panel: StaggeredPanel, g: float, window: tuple[int, int]
) -> tuple[np.ndarray, Experiment]:
    """Positions (unit, period) of the rows of one cohort's sample, and its size."""
    columns = (panel.periods >= g + window[0]) & (panel.periods <= g + window[1])
    treated = panel.cohort == g
    controls = (panel.cohort == NEVER) | (panel.cohort > g + window[1])
    wanted = (treated | controls)[:, None] & columns
    found = wanted & panel.observed
    missing = int(wanted.sum() - found.sum())
    experiment = Experiment(float(g), int(treated.sum()), int(controls.sum()), missing)
    return np.argwhere(found), experiment


def _stacked_fits(
    panel: StaggeredPanel, stack: np.ndarray, i: np.ndarray, j: np.ndarray, g: np.ndarray
) -> tuple[LinearFit, LinearFit]:
    """The fit of one coefficient and the fit by event."""
    effects = FixedEffects(
        [stack * len(panel.units) + i, stack * len(panel.periods) + j],
        names=("unit by sample", "period by sample"),
    )
    treated, event = panel.cohort[i] == g, panel.periods[j] - g
    positions = [panel.base_of(c) for c in g]
    is_base = j == np.array(positions)
    x = panel.x[i, j]
    names = [f"control {k + 1}" for k in range(x.shape[1])]
    overall = np.column_stack([treated & (event >= 0), x])
    events = np.unique(event[~is_base])
    dummies = treated[:, None] & (event[:, None] == events) & ~is_base[:, None]
    labels = [f"event:{label(e)}" for e in events]
    y = panel.y[i, j]
    return (
        identified_fit(y, overall, ["treated", *names], effects, i),
        identified_fit(y, np.column_stack([dummies, x]), [*labels, *names], effects, i),
    )
