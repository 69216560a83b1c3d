"""Imputation from untreated rows, and its two-stage form."""

import dataclasses
from collections.abc import Callable

import numpy as np

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import Estimator, group_time
from pilotzone.errors import Reason
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.imputation import Imputer, imputer
from pilotzone.panels.store import Store

# Untreated rows that fix a unit's intercept and trend.
ROWS_OF_A_TREND = 2
KINDS = ("simple", "dynamic", "group")


def cells(data: Design, estimator: str = "imputation") -> Estimator:
    """Return the estimator on the rows of a design, of one outcome or of several at once.

    What it prepares for a roll-out is kept until the next: a permuted one meets the outcome and
    the treatment.
    """
    held = {"controls": data.controls_or_none, "weights": data.row_weights, **_held(data)}
    prepared = imputer(estimator, data.unit, data.period, **held)
    kept: dict[bytes, Imputer] = {}

    def run(y: np.ndarray, cohort: np.ndarray) -> GroupTime:
        key = cohort.tobytes()
        if key not in kept:
            kept.clear()
            kept[key] = prepared(cohort)
        return kept[key](y)

    return run


def _imputed(estimator: str) -> Callable[[Design, Store], Result]:
    def run(data: Design, store: Store) -> Result:
        result = group_time(data, cells(data, estimator), KINDS, together=True)
        said = (*result.model["reference"], *_without_trend(data))
        return dataclasses.replace(result, model={**result.model, "reference": said})

    return run


def _held(data: Design) -> dict[str, object]:
    """Return what is held constant beside units and periods, as imputation takes it."""
    columns = [*data.by_period, *(dummy for e in data.extra_effects for dummy in _dummies(data, e))]
    return {
        "unit_trends": "unit#trend" in data.effects,
        "by_period": np.column_stack(columns) if columns else None,
    }


def _dummies(data: Design, effect: str) -> list[np.ndarray]:
    """Return a dummy for each group but the first of an effect ``group#period``."""
    labels = data.labels(effect.removesuffix("#period"))
    return [(labels == level).astype(float) for level in np.unique(labels)[1:]]


def _without_trend(data: Design) -> tuple[Reason, ...]:
    """Return how many treated units have too few untreated rows for a trend."""
    if "unit#trend" not in data.effects:
        return ()
    treated = (data.cohort > 0) & (data.period >= data.cohort)
    _, unit = np.unique(data.unit, return_inverse=True)
    rows = np.bincount(unit, ~treated)
    few = (rows > 0) & (rows < ROWS_OF_A_TREND) & (np.bincount(unit, treated) > 0)
    facts = {"units": int(few.sum()), "rows": ROWS_OF_A_TREND}
    return (Reason("units_without_trend", facts),) if few.any() else ()


borusyak = _imputed("imputation")
two_stage = _imputed("gardner")
