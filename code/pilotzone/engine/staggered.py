"""Estimators for staggered adoption: cells by cohort and year, and their averages."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.did import decomposition
from pilotzone.did.group_time import Aggregate, GroupTime
from pilotzone.did.imputation import gardner, imputation
from pilotzone.did.staggered import callaway_santanna, extended_twfe, stacked, sun_abraham
from pilotzone.did.synthetic import synthetic_did
from pilotzone.engine.design import Design, Result
from pilotzone.engine.regression import model_fields
from pilotzone.errors import NotIdentified
from pilotzone.inference.randomisation import randomise
from pilotzone.panels.store import Store

KINDS = ("simple", "dynamic", "group", "calendar")
WITHOUT = "without_"
# Synthetic weights below this share count as none when the controls in use are counted.
SMALLEST_WEIGHT = 0.001


def _arrays(data: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return data.y, data.unit, data.period, data.cohort


def _within(data: Design) -> np.ndarray:
    """Cohorts, 0 for a unit that is not treated within the sample (the unit of reference)."""
    return np.where(data.cohort > data.period.max(), 0, data.cohort)


def group_time(data: Design, effects: GroupTime, kinds: tuple[str, ...] = KINDS) -> Result:
    """Return cells and averages; a variant ``without_2015`` leaves that cohort out of them."""
    variant = data.spec.variant
    without = (int(variant.removeprefix(WITHOUT)),) if variant.startswith(WITHOUT) else ()
    averages = [effects.aggregate(kind, without) for kind in kinds]
    terms = [_rows(effects.terms, effects.estimates, effects.std_errors, effects.df)]
    terms += [_average_rows(average) for average in averages]
    table = pd.concat(terms, ignore_index=True).drop_duplicates("term")
    lost = len(effects.unidentified)
    return Result(
        table,
        {
            "inference": "influence:unit" if effects.df is None else "crv1:unit",
            "nobs": effects.nobs,
            "n_dropped": data.n_dropped + effects.n_dropped,
            "n_clusters": len(effects.units),
            "reason": f"{lost} cells not identified, see the cells" if lost else "",
            "reference": _compared_with(data, effects),
        },
        {"cells": _cells(effects)},
    )


def _rows(
    terms: tuple[str, ...], values: np.ndarray, errors: np.ndarray, df: int | None
) -> pd.DataFrame:
    """Return rows with errors, and rows of values alone where the error is not identified."""
    known = np.isfinite(errors)
    distribution = {"distribution": "normal"} if df is None else {"distribution": "t", "df": df}
    names = np.array(terms, dtype=object)
    return pd.concat(
        [
            estimates.rows(names[known], values[known], errors[known], **distribution),
            estimates.value_rows(names[~known], values[~known]),
        ],
        ignore_index=True,
    )


def _average_rows(average: Aggregate) -> pd.DataFrame:
    return _rows(average.terms, average.estimates, average.std_errors, average.df)


def _compared_with(data: Design, effects: GroupTime) -> str:
    """Return the cohorts, years and controls behind the averages."""
    after = effects.event >= 0
    without = data.spec.variant.removeprefix(WITHOUT)
    cohorts = sorted({f"{g:g}" for g in effects.cohort[after]} - {without})
    low, high = effects.n_controls[after].min(), effects.n_controls[after].max()
    return (
        f"cohorts {', '.join(cohorts)}; {data.period.min()}-{data.period.max()}; "
        f"untreated units per cell {low} to {high}"
    )


def _cells(effects: GroupTime) -> pd.DataFrame:
    found = pd.DataFrame(
        {
            "term": effects.terms,
            "cohort": effects.cohort,
            "year": effects.period,
            "n_treated": effects.n_treated,
            "n_controls": effects.n_controls,
            "identified": "yes",
            "reason": effects.error_reasons,
        }
    )
    lost = pd.DataFrame(
        [
            {
                "term": f"att:{u.cohort:g}:{u.period:g}",
                "cohort": u.cohort,
                "year": u.period,
                "n_treated": u.n_treated,
                "identified": "no",
                "reason": u.reason,
            }
            for u in effects.unidentified
        ]
    )
    return pd.concat([found, lost], ignore_index=True)


def callaway(data: Design, store: Store) -> Result:
    """Callaway and Sant'Anna with not-yet-treated controls; one-unit cohorts by randomisation."""
    effects = callaway_santanna(*_arrays(data), controls="not_yet")
    result = group_time(data, effects)
    alone = effects.n_treated == 1
    if not alone.any() or not data.spec.inference.draws:
        return result
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

    inference = data.spec.inference
    test = randomise(statistic, cohort, inference.draws, np.random.default_rng(inference.seed))
    return pd.DataFrame(
        {
            "term": [effects.terms[c] for c in cells],
            "estimate": effects.estimates[cells],
            "distribution": "permutation",
            "df": "",
            "p_value": test.p_value,
            "draws": inference.draws,
        }
    )


def _difference(
    y: np.ndarray, years: np.ndarray, cohorts: np.ndarray, g: int, t: int
) -> np.ndarray:
    """Return ATT(g, t) under each assignment of cohorts, shape (r,)."""
    before = g - 1 if t >= g else t - 1
    change = y[:, np.flatnonzero(years == t)[0]] - y[:, np.flatnonzero(years == before)[0]]
    treated = cohorts == g
    control = ((cohorts == 0) | (cohorts > max(t, before))) & ~treated
    return treated @ change / treated.sum(axis=1) - control @ change / control.sum(axis=1)


def callaway_never(data: Design, store: Store) -> Result:
    """Callaway and Sant'Anna with never-treated controls."""
    return group_time(data, callaway_santanna(*_arrays(data), controls="never"))


def sun(data: Design, store: Store) -> Result:
    """Sun and Abraham; units not treated within the sample are the reference."""
    y, unit, period, _ = _arrays(data)
    effects = sun_abraham(y, unit, period, _within(data), reference="never")
    return group_time(data, effects, ("simple", "dynamic"))


def _imputed(
    estimator: Callable[..., GroupTime],
) -> Callable[[Design, Store], Result]:
    def run(data: Design, store: Store) -> Result:
        controls = data.controls if data.control_names else None
        effects = estimator(*_arrays(data), controls=controls)
        return group_time(data, effects, ("simple", "dynamic"))

    return run


borusyak = _imputed(imputation)
two_stage = _imputed(gardner)


def wooldridge(data: Design, store: Store) -> Result:
    """Extended two-way fixed effects, units not treated within the sample as reference."""
    y, unit, period, _ = _arrays(data)
    effects = extended_twfe(y, unit, period, _within(data))
    return group_time(data, effects, ("simple", "dynamic"))


def stack(data: Design, store: Store) -> Result:
    """Stacked regression on the window that the sample's first and last year give one cohort."""
    y, unit, period, _ = _arrays(data)
    cohort = _within(data)
    g = _only_cohort(data)
    window = (int(period.min() - g), int(period.max() - g))
    made = stacked(y, unit, period, cohort, window=window)
    overall = estimates.rows(
        ["overall:simple"],
        made.overall.coefficients[:1],
        made.overall.std_errors[:1],
        distribution="t",
        df=made.overall.df,
    )
    events = estimates.rows(
        made.events.names,
        made.events.coefficients,
        made.events.std_errors,
        distribution="t",
        df=made.events.df,
    )
    terms = pd.concat([overall, events], ignore_index=True)
    one = made.experiments[0]
    reference = f"cohort {g}; {one.n_controls} units untreated throughout the window"
    return Result(terms, {**model_fields(made.overall, data), "reference": reference})


def _only_cohort(data: Design) -> int:
    cohorts = sorted(set(_within(data)) - {0})
    if len(cohorts) != 1:
        raise NotIdentified(
            f"sample '{data.spec.sample}' holds cohorts {', '.join(map(str, cohorts))}: this "
            "estimator takes one"
        )
    return int(cohorts[0])


def synthetic(data: Design, store: Store) -> Result:
    """Synthetic difference in differences for the sample's cohort, placebo errors."""
    g = _only_cohort(data)
    table = data.frame.pivot(
        index=data.panel.unit, columns=data.panel.period, values=data.spec.outcome
    )
    treated = np.array([data.cohorts[unit] == g for unit in table.index])
    inference = data.spec.inference
    made = synthetic_did(
        table.to_numpy(),
        treated,
        table.columns.to_numpy() >= g,
        errors="placebo",
        draws=inference.draws,
        rng=np.random.default_rng(inference.seed),
    )
    terms = estimates.rows(
        ["overall:simple"],
        [made.estimate],
        [made.std_error],
        distribution="normal",
        draws=inference.draws,
    )
    path = estimates.value_rows([f"event:{year - g}" for year in table.columns], made.path)
    weighted = int((made.unit_weights > SMALLEST_WEIGHT).sum())
    reference = f"cohort {g}; weights on {weighted} of {int((~treated).sum())} controls"
    return Result(
        pd.concat([terms, path], ignore_index=True),
        {"inference": "placebo:unit", "reference": reference},
    )


def goodman_bacon(data: Design, store: Store) -> Result:
    """Comparisons behind the two-way coefficient, and their sums by kind."""
    made = decomposition.goodman_bacon(*_arrays(data))
    pairs = pd.DataFrame(
        {
            "comparison": made.kind,
            "treated": [f"{g:g}" for g in made.treated],
            "control": [f"{g:g}" for g in made.control],
            "weight": made.weights,
            "estimate": made.estimates,
        }
    )
    sums = pd.DataFrame(
        [
            {"comparison": kind, "treated": "all", "control": "all", "weight": w, "estimate": e}
            for kind, (w, e) in made.by_kind().items()
        ]
    )
    table = pd.concat([pairs, sums], ignore_index=True).assign(outcome=data.spec.outcome)
    return Result(pd.DataFrame(), {"inference": "none"}, {"": table})


def negative_weights(data: Design, store: Store) -> Result:
    """Weights that the two-way coefficient gives to the treated cells, by cohort and year."""
    made = decomposition.two_way_weights(data.treatment, data.unit, data.period)
    names = [f"weight:{g:g}:{t:g}" for g, t in zip(made.cohort, made.period, strict=True)]
    terms = estimates.value_rows(
        [*names, "share_negative", "sum_negative"],
        [*made.total, made.share_negative, made.sum_negative],
    )
    return Result(terms, {"inference": "none"})
