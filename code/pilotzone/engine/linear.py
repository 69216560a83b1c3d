"""Linear regressions of a design by the fixed-effects core."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from pilotzone.engine.design import Design
from pilotzone.errors import UserError
from pilotzone.methods.did.terms import FEWEST_UNITS, Terms
from pilotzone.methods.did.twfe import panel_effects, slope_term
from pilotzone.methods.inference import fwl
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.methods.inference.paths import is_treated


def fit(
    data: Design,
    columns: Sequence[np.ndarray] = (),
    names: tuple[str, ...] = (),
    *,
    vcov: str | None = None,
) -> LinearFit:
    """Return the fit of a design under its declared effects and clusters.

    Parameters
    ----------
    data : Design
    columns : sequence of arrays (N,), optional
        What stands in the place of the treatment, with its ``names``.
    vcov : {"crv1", "crv3"}, optional
    """
    own = np.column_stack(columns).astype(float) if len(columns) else data.treatment[:, None]
    x = np.hstack([own, data.controls])
    named = (*(names or (data.spec.treatment,)), *data.control_names)
    return fwl.fit(data.y, x, named, data.absorbed, data.clusters, vcov=vcov)


def identified(data: Design, columns: Sequence[np.ndarray], names: tuple[str, ...]) -> LinearFit:
    """Return the fit; what the effects absorb or the regressors share is not identified.

    Raises
    ------
    NotIdentified
        Wherever :func:`fit` finds its input degenerate.
    """
    with fwl.as_finding():
        return fit(data, columns, names)


def slope(data: Design) -> Callable[[np.ndarray, np.ndarray], Terms]:
    """Return what makes the treatment's slope of an outcome and cohorts, both (N,).

    Raises
    ------
    UserError
        If the treatment is not 0 before the cohort's year and 1 from it on.
    """
    if not np.array_equal(is_treated(data.cohort, data.period), data.treatment):
        raise UserError(
            f"'{data.spec.treatment}' is no path from 0 to 1 for good: cohorts can't be dealt; "
            "choose a 0/1 treatment or a kind of inference with errors"
        )
    names, controls = (data.spec.treatment, *data.control_names), data.controls
    effects, period, cluster = data.absorbed, data.period, data.cluster

    def made(y: np.ndarray, cohort: np.ndarray) -> Terms:
        x = np.column_stack([is_treated(cohort, period), controls]).astype(float)
        return slope_term(y, x, names, effects, cluster)

    return made


def left_of(data: Design, outcomes: np.ndarray) -> np.ndarray:
    """Return what a design's effects, treatment and controls leave of outcomes (N, R)."""
    effects = data.absorbed
    x = effects.residualise(np.column_stack([data.treatment, data.controls]))
    left = effects.residualise(outcomes)
    return left - x @ np.linalg.lstsq(x, left, rcond=None)[0]


def untreated_deviation(data: Design) -> float:
    """Return the standard deviation of the outcome net of unit and period effects, untreated rows.

    The unit in which effects on outcomes of several scales are compared. The effects are fitted to
    the same rows; one that they fit exactly tells nothing and does not count. A level is zero in
    fewer than ten units or in none: all its rows count.
    """
    untreated = data.treatment == 0
    level = len(np.unique(data.unit[untreated])) < FEWEST_UNITS
    rest = data if level else data.where(untreated)
    effects = panel_effects(rest.unit, rest.period)
    kept = ~effects.singletons
    return float(np.std(effects.without_singletons.residualise(rest.y[kept])))


@dataclasses.dataclass(frozen=True)
class Regression:
    """The arrays of a column without singletons, treatment first."""

    data: Design
    effects: FixedEffects
    x: np.ndarray
    names: tuple[str, ...]

    @property
    def term(self) -> str:
        """The treatment."""
        return self.names[0]

    def fit(self, cluster: np.ndarray, **choices: str) -> LinearFit:
        """Return the fit under some clusters."""
        return fwl.fit(self.data.y, self.x, self.names, self.effects, cluster, **choices)


def regression(data: Design) -> Regression:
    """Return the arrays of a design without singletons."""
    data, effects = _without_singletons(data)
    x = np.column_stack([data.treatment, data.controls])
    return Regression(data, effects, x, (data.spec.treatment, *data.control_names))


def without_singletons(data: Design) -> Design:
    """Return the rows that the declared effects do not fit exactly, the others counted as dropped.

    See ``fwl``: such a row moves no slope, and as a row or a cluster it would only make the errors
    smaller.
    """
    return _without_singletons(data)[0]


def _without_singletons(data: Design) -> tuple[Design, FixedEffects]:
    own, groups = [e for e in data.effects if e in ("unit", "period")], data.extra_factors
    factors, names = (*map(data.labels, own), *groups), (*own, *("group",) * len(groups))
    effects = FixedEffects(factors, data.slopes, data.row_weights, names=names, n=len(data.frame))
    if effects.n_singletons:
        data = data.without(effects.singletons)
    return data, effects.without_singletons
