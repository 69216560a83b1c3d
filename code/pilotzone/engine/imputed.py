"""Imputation from untreated rows, and its two-stage form."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import arrays, group_time
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.panels.store import Store


def _imputed(estimator: Callable[..., GroupTime]) -> Callable[[Design, Store], Result]:
    def run(data: Design, store: Store) -> Result:
        effects = estimator(*arrays(data), controls=data.controls_or_none)
        return group_time(data, effects, ("simple", "dynamic"))

    return run


borusyak = _imputed(imputation)
two_stage = _imputed(gardner)
