"""Imputation from untreated rows, and its two-stage form."""

from collections.abc import Callable

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import group_time
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.panels.store import Store


def _imputed(estimator: Callable[..., GroupTime]) -> Callable[[Design, Store], Result]:
    def run(data: Design, store: Store) -> Result:
        unit, period, controls = data.unit, data.period, data.controls_or_none
        return group_time(
            data,
            lambda y, cohort: estimator(y, unit, period, cohort, controls=controls),
            ("simple", "dynamic"),
        )

    return run


borusyak = _imputed(imputation)
two_stage = _imputed(gardner)
