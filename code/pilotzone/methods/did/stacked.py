r"""Stacked difference in differences: one sample per cohort, stacked into one regression."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.cohorts import (
    NEVER,
    StaggeredPanel,
    Unidentified,
    label,
    staggered_panel,
    whole,
)
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, identified_fit


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
    n_units, n_treated : units with a row in the regression, and those with one in the sample of
        their own cohort.
    n_dropped : rows of the panel that are in no sample, or singletons in all.
    """

    overall: LinearFit
    events: LinearFit
    experiments: tuple[Experiment, ...]
    unidentified: tuple[Unidentified, ...]
    n_units: int
    n_treated: int
    n_dropped: int


def stacked(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    window: tuple[int, int],
    controls: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> Stacked:
    r"""Stack one sample per cohort, each with the units untreated throughout its window.

    y_ict = α_ic + λ_ct + τ 1{i treated in c, t ≥ g_c} + x_it'β + ε_ict for sample c with the
    periods g_c + window[0] … g_c + window[1]; the second fit has a coefficient per event instead of
    τ, the last period before treatment left out. Errors are clustered by unit or cluster over all
    samples (CRV1, t(G − 1)).
    Cengiz, Dube, Lindner and Zipperer (2019, Quarterly Journal of Economics 134(3), 1405-1454).

    Parameters
    ----------
    y, unit, period, cohort, controls, weights : see ``staggered_panel``.
    window : first and last event, such as (-3, 2). A cohort whose window leaves the sample is
        listed as unidentified.
    cluster : (N,) labels, one for all rows of a unit; default: unit.

    Raises
    ------
    NotIdentified : if no cohort has its window in the sample and units untreated throughout it.
    UserError : if the window does not reach from before treatment to treatment or later.
    """
    if window[0] > -1 or window[1] < 0:
        raise UserError(f"window {window} must reach from event -1 or earlier to 0 or later")
    panel = staggered_panel(y, unit, period, cohort, controls, weights)
    samples, experiments, lost = [], [], []
    for g in np.unique(panel.cohort[panel.ever]):
        reason = _why_no_sample(panel, g, window)
        if reason:
            n_treated = int((panel.cohort == g).sum())
            lost.append(Unidentified(float(g), float(g), n_treated, reason))
            continue
        sample, experiment = _sample(panel, g, window)
        samples.append(np.column_stack([np.full(len(sample), len(samples)), sample]))
        experiments.append(experiment)
    if not samples:
        raise NotIdentified("no_stack", whys=[u.reason for u in lost])
    stack, i, j = np.vstack(samples).T
    g = np.array([e.cohort for e in experiments])[stack]
    overall, events = _stacked_fits(panel, stack, i, j, g, _cluster_of(panel, unit, cluster))
    kept = ~overall.singletons
    used = np.unique(np.column_stack([i, j])[kept], axis=0)
    own = panel.cohort[i] == g
    return Stacked(
        overall,
        events,
        tuple(experiments),
        tuple(lost),
        n_units=len(np.unique(used[:, 0])),
        n_treated=len(np.unique(i[kept & own])),
        n_dropped=int(panel.observed.sum()) - len(used),
    )


def _cluster_of(panel: StaggeredPanel, unit: ArrayLike, cluster: ArrayLike | None) -> np.ndarray:
    """Cluster of each of the panel's units, (U,); the unit itself without one."""
    if cluster is None:
        return np.arange(len(panel.units))
    of_unit = dict(zip(np.asarray(unit).tolist(), np.asarray(cluster).tolist(), strict=True))
    return np.array([of_unit[label] for label in panel.units.tolist()])


def _window(
    panel: StaggeredPanel, g: float, window: tuple[int, int]
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """First and last period of a cohort's window, its columns (T,) and its controls (U,)."""
    first, last = g + window[0], g + window[1]
    columns = (panel.periods >= first) & (panel.periods <= last)
    return first, last, columns, (panel.cohort == NEVER) | (panel.cohort > last)


def _why_no_sample(panel: StaggeredPanel, g: float, window: tuple[int, int]) -> Reason | None:
    """Why a cohort has no sample; None if it has one."""
    first, last, columns, controls = _window(panel, g, window)
    facts = {"cohort": whole(g), "start": whole(first), "end": whole(last)}
    if first < panel.periods[0] or last > panel.periods[-1]:
        return Reason("window_outside", {**facts, **panel.span})
    if not np.any(panel.observed[np.ix_(controls, columns)]):
        return Reason("no_untreated_throughout", facts)
    return None


def _sample(
    panel: StaggeredPanel, g: float, window: tuple[int, int]
) -> tuple[np.ndarray, Experiment]:
    """Positions (unit, period) of the rows of one cohort's sample, and its size."""
    _, _, columns, controls = _window(panel, g, window)
    treated = panel.cohort == g
    wanted = (treated | controls)[:, None] & columns
    found = wanted & panel.observed
    missing = int(wanted.sum() - found.sum())
    experiment = Experiment(float(g), int(treated.sum()), int(controls.sum()), missing)
    return np.argwhere(found), experiment


def _stacked_fits(
    panel: StaggeredPanel,
    stack: np.ndarray,
    i: np.ndarray,
    j: np.ndarray,
    g: np.ndarray,
    cluster: np.ndarray,
) -> tuple[LinearFit, LinearFit]:
    """The fit of one coefficient and the fit by event, clustered by the units' ``cluster``."""
    effects = FixedEffects(
        [stack * len(panel.units) + i, stack * len(panel.periods) + j],
        weights=None if panel.weights is None else panel.weights[i],
        names=("unit by sample", "period by sample"),
    )
    treated, event = panel.cohort[i] == g, panel.periods[j] - g
    is_base = j == np.searchsorted(panel.periods, g) - 1
    x = panel.x[i, j]
    names = [f"control {k + 1}" for k in range(x.shape[1])]
    overall = np.column_stack([treated & (event >= 0), x])
    events = np.unique(event[~is_base])
    dummies = treated[:, None] & (event[:, None] == events) & ~is_base[:, None]
    labels = [f"event:{label(e)}" for e in events]
    y = panel.y[i, j]
    return (
        identified_fit(y, overall, ["treated", *names], effects, cluster[i]),
        identified_fit(y, np.column_stack([dummies, x]), [*labels, *names], effects, cluster[i]),
    )
