"""Saturated regressions: Sun-Abraham and the extended two-way regression."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result, within
from pilotzone.engine.group_time import group_time
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.panels.store import Store


def _saturated(estimator: Callable[..., GroupTime]) -> Callable[[Design, Store], Result]:
    """Return the columns of a regression whose reference are units not treated in the sample."""

    def run(data: Design, store: Store) -> Result:
        unit, period, controls = data.unit, data.period, data.controls_or_none
        return group_time(
            data,
            lambda y, cohort: estimator(y, unit, period, within(cohort, period), controls=controls),
            ("simple", "dynamic"),
        )

    return run


sun = _saturated(sun_abraham)
wooldridge = _saturated(extended_twfe)
