"""Callaway and Sant'Anna."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import group_time
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.panels.store import Store


def _against(controls: str) -> Callable[[Design, Store], Result]:
    def run(data: Design, store: Store) -> Result:
        unit, period, base = data.unit, data.period, str(data.spec.option("base"))
        return group_time(
            data,
            lambda y, cohort: callaway_santanna(
                y, unit, period, cohort, controls=controls, base=base
            ),
        )

    return run


callaway = _against("not_yet")
callaway_never = _against("never")
