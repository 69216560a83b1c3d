"""Callaway and Sant'Anna."""

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import arrays, group_time
from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.errors import UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.inference.permutations import randomise
from pilotzone.panels.store import Store


def callaway(data: Design, store: Store) -> Result:
    """Callaway and Sant'Anna with not-yet-treated controls; one-unit cohorts by randomisation."""
    effects = callaway_santanna(*arrays(data), controls="not_yet")
    result = group_time(data, effects)
    if data.spec.inference.name != "influence_permuted":
        return result
    alone = effects.n_treated == 1
    if not alone.any():
        raise UserError(
            f"inference 'influence_permuted' draws for cohorts of one unit, and sample "
            f"'{data.spec.rows.id}' has none; name 'influence'"
        )
    rows = _randomised(data, effects, np.flatnonzero(alone))
    kept = result.terms[~result.terms["term"].isin(rows["term"])]
    terms = pd.concat([kept, rows], ignore_index=True)
    return Result(terms, result.model, result.parts)


def _randomised(data: Design, effects: GroupTime, cells: np.ndarray) -> pd.DataFrame:
    """Return cells of a one-unit cohort with p by permuting cohorts over units."""
    table = data.frame.pivot(
        index=data.panel.unit, columns=data.panel.period, values=data.spec.outcome
    )
    years = table.columns.to_numpy()
    cohort = np.array([data.cohorts[unit] for unit in table.index])
    y = table.to_numpy()
    wanted = [(int(effects.cohort[c]), int(effects.period[c])) for c in cells]

    def statistic(cohorts: np.ndarray) -> np.ndarray:
        return np.column_stack([_difference(y, years, cohorts, g, t) for g, t in wanted])

    test = randomise(statistic, cohort, data.resampling.draws, data.resampling.rng())
    drawn = "permutation", test.p_value, data.resampling.draws
    terms = [effects.terms[c] for c in cells]
    return resampled_rows(terms, *drawn, estimate=effects.estimates[cells])


def _difference(
    y: np.ndarray, years: np.ndarray, cohorts: np.ndarray, g: int, t: int
) -> np.ndarray:
    """Return ATT(g, t) of units with both years by assignment, (r,); NaN if a group has none."""
    before = g - 1 if t >= g else t - 1
    change = y[:, np.flatnonzero(years == t)[0]] - y[:, np.flatnonzero(years == before)[0]]
    present = np.isfinite(change)
    change = np.where(present, change, 0.0)
    treated = (cohorts == g) & present
    control = ((cohorts == 0) | (cohorts > max(t, before))) & (cohorts != g) & present
    with np.errstate(divide="ignore", invalid="ignore"):
        return treated @ change / treated.sum(axis=1) - control @ change / control.sum(axis=1)


def callaway_never(data: Design, store: Store) -> Result:
    """Callaway and Sant'Anna with never-treated controls."""
    return group_time(data, callaway_santanna(*arrays(data), controls="never"))
