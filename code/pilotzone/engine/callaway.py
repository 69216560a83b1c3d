"""Callaway and Sant'Anna."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import Estimator, group_time
from pilotzone.methods.did.callaway_santanna import comparer
from pilotzone.panels.store import Store


def cells(data: Design, controls: str = "not_yet") -> Estimator:
    """Return the estimator on the rows of a design; with controls it is doubly robust.

    Without controls it takes several outcomes at once.
    """
    choices = {
        "base": str(data.spec.option("base")),
        "anticipation": int(data.spec.option("anticipation")),
        "x": data.controls_or_none,
        "weights": data.row_weights,
    }
    prepared = comparer(data.unit, data.period, controls=controls, **choices)
    return lambda y, cohort: prepared(cohort)(y)


def _against(controls: str) -> Callable[[Design, Store], Result]:
    return lambda data, store: group_time(
        data, cells(data, controls), together=data.controls_or_none is None
    )


callaway = _against("not_yet")
callaway_never = _against("never")
