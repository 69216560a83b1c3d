"""Linear regressions of a design by the fixed-effects core."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from pilotzone.engine.design import Design
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference import fwl
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit


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
    return twfe(
        data.y,
        np.column_stack(columns).astype(float) if len(columns) else data.treatment[:, None],
        names or (data.spec.treatment,),
        data.controls,
        data.control_names,
        data.unit,
        data.period,
        unit_effects="unit" in data.effects,
        period_effects="period" in data.effects,
        vcov=vcov,
        **data.further,
    )


def identified(data: Design, columns: Sequence[np.ndarray], names: tuple[str, ...]) -> LinearFit:
    """Return the fit; what the effects absorb or the regressors share is not identified.

    Raises
    ------
    NotIdentified
        Wherever :func:`fit` finds its input degenerate.
    """
    with fwl.as_finding():
        return fit(data, columns, names)


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
    effects = FixedEffects(factors, data.slopes, names=names, n=len(data.frame))
    if effects.n_singletons:
        data = data.without(effects.singletons)
    return data, effects.without_singletons
