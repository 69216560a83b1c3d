"""Callaway and Sant'Anna."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import Estimator, group_time
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.panels.store import Store


def cells(data: Design, controls: str = "not_yet") -> Estimator:
    """Return the estimator on the rows of a design."""
    unit, period, base = data.unit, data.period, str(data.spec.option("base"))
    return lambda y, cohort: callaway_santanna(
        y, unit, period, cohort, controls=controls, base=base
    )


def _against(controls: str) -> Callable[[Design, Store], Result]:
    return lambda data, store: group_time(data, cells(data, controls))


callaway = _against("not_yet")
callaway_never = _against("never")
