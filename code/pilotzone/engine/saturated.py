"""Saturated regressions: Sun-Abraham and the extended two-way regression."""

from collections.abc import Callable

import numpy as np

from pilotzone.engine.design import Design, Result, within
from pilotzone.engine.group_time import group_time
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.saturated import (
    Saturated,
    extended_twfe,
    extended_twfe_regression,
    sun_abraham,
)
from pilotzone.panels.store import Store


def _saturated(
    estimator: Callable[..., GroupTime], regression: Callable[..., Saturated] | None = None
) -> Callable[[Design, Store], Result]:
    """Return the columns of a regression whose reference are units not treated in the sample."""

    def run(data: Design, store: Store) -> Result:
        unit, period = data.unit, data.period
        held = {"controls": data.controls_or_none, "weights": data.row_weights}

        def on(made: Callable[..., object]) -> Callable[[np.ndarray, np.ndarray], object]:
            def of(y: np.ndarray, cohort: np.ndarray) -> object:
                return made(y, unit, period, within(cohort, period), **held)

            return of

        behind = regression and on(regression)
        return group_time(data, on(estimator), ("simple", "dynamic"), behind)

    return run


sun = _saturated(sun_abraham)
wooldridge = _saturated(extended_twfe, extended_twfe_regression)
