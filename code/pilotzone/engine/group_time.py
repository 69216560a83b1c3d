"""Cells by cohort and year, and their averages: what estimators for staggered adoption share."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason, encode
from pilotzone.methods.did.group_time import GroupTime

KINDS = ("simple", "dynamic", "group", "calendar")


def arrays(data: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, unit, period, cohort."""
    return data.y, data.unit, data.period, data.cohort


def group_time(data: Design, effects: GroupTime, kinds: tuple[str, ...] = KINDS) -> Result:
    """Return cells and averages; the option ``without_cohort`` leaves one out of them.

    A cohort that no unit belongs to has nothing to be left out. With inference ``multiplier`` the
    part ``bands`` holds a simultaneous band of the averages by event: analytic errors times the
    critical value of the multiplier bootstrap.
    """
    above = data.spec.inference.cluster != "unit"
    if above:
        effects = effects.clustered(_cluster_of(data, effects.units))
    without = tuple(g for g in _left_out(data) if g in set(data.cohort))
    averages = [effects.aggregate(kind, without) for kind in kinds]
    terms = [
        _rows(one.terms, one.estimates, one.std_errors, one.df) for one in (effects, *averages)
    ]
    table = pd.concat(terms, ignore_index=True).drop_duplicates("term")
    lost, after = len(effects.unidentified), effects.event >= 0
    used = effects.members.any(axis=1) | np.any(effects.influence != 0, axis=1)
    groups = np.unique(effects.cluster.codes[used]) if above else np.flatnonzero(used)
    made = "crv1" if effects.df is not None else "influence_sums" if above else "influence"
    banded = data.spec.inference.name == "multiplier"
    return Result(
        table,
        {
            "inference": f"{made}:{data.spec.inference.cluster}",
            "nobs": effects.nobs,
            "n_dropped": data.n_dropped + effects.n_dropped,
            "n_clusters": len(groups),
            "n_units": int(used.sum()),
            "n_treated": int(effects.members[:, after].any(axis=1).sum()),
            "reason": Reason("cells_lost", {"cells": lost}) if lost else None,
            "reference": _compared_with(data, effects),
        },
        {"cells": _cells(effects)} | ({"bands": _bands(data, effects)} if banded else {}),
    )


def _cluster_of(data: Design, units: np.ndarray) -> np.ndarray:
    """Return the declared cluster of each unit, shape (U,)."""
    of_unit = dict(zip(data.unit.tolist(), data.cluster.tolist(), strict=True))
    return np.array([of_unit[unit] for unit in units.tolist()])


def _left_out(data: Design) -> tuple[int, ...]:
    without = int(data.spec.option("without_cohort"))
    return (without,) if without else ()


def _bands(data: Design, effects: GroupTime) -> pd.DataFrame:
    """Return the simultaneous band of the averages by event that have an error."""
    average = effects.aggregate("dynamic", _left_out(data), **data.resampling.drawn)
    reach = average.bands.critical_value * average.std_errors[1:]
    known = np.isfinite(reach)
    return pd.DataFrame(
        {
            "term": np.array(average.terms[1:], dtype=object)[known],
            "ci_low": (average.estimates[1:] - reach)[known],
            "ci_high": (average.estimates[1:] + reach)[known],
            "critical": average.bands.critical_value,
        }
    )


def _rows(
    terms: tuple[str, ...], values: np.ndarray, errors: np.ndarray, df: int | None
) -> pd.DataFrame:
    """Return rows with errors, and rows of values alone where the error is not identified."""
    known = np.isfinite(errors)
    distribution = {"distribution": "normal"} if df is None else {"distribution": "t", "df": df}
    names = np.array(terms, dtype=object)
    rows = estimates.rows(names[known], values[known], errors[known], **distribution)
    alone = estimates.value_rows(names[~known], values[~known])
    return pd.concat([rows, alone], ignore_index=True)


def _compared_with(data: Design, effects: GroupTime) -> tuple[Reason, ...]:
    """Return the cohorts, years and controls behind the averages."""
    after = effects.event >= 0
    cohorts = sorted({int(g) for g in effects.cohort[after]} - set(_left_out(data)))
    low, high = effects.n_controls[after].min(), effects.n_controls[after].max()
    gaps = int(effects.n_missing[after].max())
    said = (
        Reason("cohorts", {"cohorts": cohorts}),
        Reason("years", {"first": data.period.min(), "last": data.period.max()}),
        Reason("untreated_per_cell", {"low": low, "high": high}),
    )
    return (*said, Reason("units_lack_a_year", {"units": gaps})) if gaps else said


def _cells(effects: GroupTime) -> pd.DataFrame:
    found = pd.DataFrame(
        {
            "term": effects.terms,
            "cohort": effects.cohort,
            "year": effects.period,
            "n_treated": effects.n_treated,
            "n_controls": effects.n_controls,
            "identified": "yes",
            "reason": [encode([r]) for r in effects.error_reasons],
        }
    )
    lost = []
    for u in effects.unidentified:
        cell = {"term": f"att:{u.cohort:g}:{u.period:g}", "cohort": u.cohort, "year": u.period}
        said = {"identified": "no", "reason": encode([u.reason])}
        lost.append({**cell, "n_treated": u.n_treated, **said})
    return pd.concat([found, pd.DataFrame(lost)], ignore_index=True)
