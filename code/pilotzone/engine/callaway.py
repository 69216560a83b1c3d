"""Callaway and Sant'Anna."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import Estimator, group_time
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.panels.store import Store


def cells(data: Design, controls: str = "not_yet") -> Estimator:
    """Return the estimator on the rows of a design; with controls it is doubly robust."""
    unit, period = data.unit, data.period
    choices = {
        "base": str(data.spec.option("base")),
        "anticipation": int(data.spec.option("anticipation")),
        "x": data.controls_or_none,
        "weights": data.row_weights,
    }
    return lambda y, cohort: callaway_santanna(
        y, unit, period, cohort, controls=controls, **choices
    )


def _against(controls: str) -> Callable[[Design, Store], Result]:
    return lambda data, store: group_time(data, cells(data, controls))


callaway = _against("not_yet")
callaway_never = _against("never")
