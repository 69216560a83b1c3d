"""Estimators for staggered adoption: cells by cohort and year, and their averages."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result, event_window
from pilotzone.engine.regression import fit_fields
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.goodman_bacon import goodman_bacon as decompose
from pilotzone.methods.did.group_time import Aggregate, GroupTime
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import Stacked, stacked
from pilotzone.methods.did.staggered_synthetic import StaggeredSyntheticFit, staggered_synthetic_did
from pilotzone.methods.did.two_way_weights import two_way_weights
from pilotzone.methods.inference.permuted_cohorts import randomise
from pilotzone.panels.store import Store

KINDS = ("simple", "dynamic", "group", "calendar")
WITHOUT = "without_"
# Synthetic weights below this share count as none when the controls in use are counted.
SMALLEST_WEIGHT = 0.001


def _arrays(
    data: Design, *, controls: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, unit, period, cohort; refuse what the estimator would leave out unsaid."""
    spec = data.spec
    if spec.effects != "two_way":
        raise UserError(f"estimator '{spec.estimator}' has two-way effects, not '{spec.effects}'")
    if data.control_names and not controls:
        raise UserError(f"estimator '{spec.estimator}' takes no controls; name 'none'")
    return data.y, data.unit, data.period, data.cohort


def _controls(data: Design) -> np.ndarray | None:
    return data.controls if data.control_names else None


def _within(data: Design) -> np.ndarray:
    """Cohorts, 0 for a unit that is not treated within the sample (the unit of reference)."""
    return np.where(data.cohort > data.period.max(), 0, data.cohort)


def group_time(data: Design, effects: GroupTime, kinds: tuple[str, ...] = KINDS) -> Result:
    """Return cells and averages; a variant ``without_2015`` leaves that cohort out of them.

    A cohort that no unit belongs to has nothing to be left out. With inference ``multiplier`` the
    part ``bands`` holds a simultaneous band of the averages by event: analytic errors times the
    critical value of the multiplier bootstrap.
    """
    above = data.spec.inference.cluster != "unit"
    if above:
        effects = effects.clustered(_cluster_of(data, effects.units))
    without = tuple(g for g in _left_out(data) if g in set(data.cohort))
    averages = [effects.aggregate(kind, without) for kind in kinds]
    terms = [_rows(effects.terms, effects.estimates, effects.std_errors, effects.df)]
    terms += [_average_rows(average) for average in averages]
    table = pd.concat(terms, ignore_index=True).drop_duplicates("term")
    lost, after = len(effects.unidentified), effects.event >= 0
    used = effects.members.any(axis=1) | np.any(effects.influence != 0, axis=1)
    groups = np.unique(effects.cluster.codes[used]) if above else np.flatnonzero(used)
    made = "crv1" if effects.df is not None else "influence_sums" if above else "influence"
    banded = data.spec.inference.kind == "multiplier"
    return Result(
        table,
        {
            "inference": f"{made}:{data.spec.inference.cluster}",
            "nobs": effects.nobs,
            "n_dropped": data.n_dropped + effects.n_dropped,
            "n_clusters": len(groups),
            "n_units": int(used.sum()),
            "n_treated": int(effects.members[:, after].any(axis=1).sum()),
            "reason": f"{lost} cells not identified, see the cells" if lost else "",
            "reference": _compared_with(data, effects),
        },
        {"cells": _cells(effects)} | ({"bands": _bands(data, effects)} if banded else {}),
    )


def _cluster_of(data: Design, units: np.ndarray) -> np.ndarray:
    """Return the declared cluster of each unit, shape (U,)."""
    of_unit = dict(zip(data.unit.tolist(), data.cluster.tolist(), strict=True))
    return np.array([of_unit[unit] for unit in units.tolist()])


def _left_out(data: Design) -> tuple[int, ...]:
    variant = data.spec.variant
    return (int(variant.removeprefix(WITHOUT)),) if variant.startswith(WITHOUT) else ()


def _bands(data: Design, effects: GroupTime) -> pd.DataFrame:
    """Return the simultaneous band of the averages by event that have an error."""
    inference = data.spec.inference
    if inference.draws is None or inference.seed is None:
        raise UserError("inference 'multiplier' needs draws and a seed; name both")
    rng = np.random.default_rng(inference.seed)
    average = effects.aggregate("dynamic", _left_out(data), draws=inference.draws, rng=rng)
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
    gaps = effects.n_missing[after].max()
    return (
        f"cohorts {', '.join(cohorts)}; {data.period.min()}-{data.period.max()}; "
        f"untreated units per cell {low} to {high}"
        + (f"; up to {gaps} units lack a year of a cell" if gaps else "")
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
    """Return ATT(g, t) under each assignment of cohorts, shape (r,).

    Units that lack one of the two years are left out; NaN if no unit of a group is left.
    """
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
    return group_time(data, callaway_santanna(*_arrays(data), controls="never"))


def sun(data: Design, store: Store) -> Result:
    """Sun and Abraham; units not treated within the sample are the reference."""
    y, unit, period, _ = _arrays(data, controls=True)
    effects = sun_abraham(
        y, unit, period, _within(data), reference="never", controls=_controls(data)
    )
    return group_time(data, effects, ("simple", "dynamic"))


def _imputed(
    estimator: Callable[..., GroupTime],
) -> Callable[[Design, Store], Result]:
    def run(data: Design, store: Store) -> Result:
        effects = estimator(*_arrays(data, controls=True), controls=_controls(data))
        return group_time(data, effects, ("simple", "dynamic"))

    return run


borusyak = _imputed(imputation)
two_stage = _imputed(gardner)


def wooldridge(data: Design, store: Store) -> Result:
    """Extended two-way fixed effects, units not treated within the sample as reference."""
    y, unit, period, _ = _arrays(data, controls=True)
    effects = extended_twfe(y, unit, period, _within(data), controls=_controls(data))
    return group_time(data, effects, ("simple", "dynamic"))


def stack(data: Design, store: Store) -> Result:
    """Stacked regression: the sample of each cohort is its window and the units untreated in it.

    The option ``window`` ("-3 1") names the first and last event. Without it the sample must hold
    one cohort, whose window is all its years. Cohorts whose window leaves the sample are named.
    """
    y, unit, period, _ = _arrays(data, controls=True)
    cohort, controls = _within(data), _controls(data)
    made = stacked(
        y, unit, period, cohort, window=_window(data), controls=controls, cluster=data.cluster
    )
    overall = estimates.rows(
        ["overall:simple"],
        made.overall.coefficients[:1],
        made.overall.std_errors[:1],
        distribution="t",
        df=made.overall.df,
    )
    k = len(made.events.names) - len(data.control_names)
    events = estimates.rows(
        made.events.names[:k],
        made.events.coefficients[:k],
        made.events.std_errors[:k],
        distribution="t",
        df=made.events.df,
    )
    return Result(
        pd.concat([overall, events], ignore_index=True),
        {
            **fit_fields(made.overall, data),
            "nobs": made.overall.nobs,
            "n_units": made.n_units,
            "n_treated": made.n_treated,
            "n_dropped": data.n_dropped + made.n_dropped,
            "reason": "; ".join(u.reason for u in made.unidentified),
            "reference": _samples(made),
        },
    )


def _window(data: Design) -> tuple[int, int]:
    """Return the first and last event of the stacked samples."""
    declared = str(data.spec.option("window", "none"))
    if declared == "none":
        g = _only_cohort(data)
        return int(data.period.min() - g), int(data.period.max() - g)
    return event_window(declared)


def _samples(made: Stacked) -> str:
    """Return the cohorts that are stacked, each with its clean controls."""
    if len(made.experiments) == 1:
        one = made.experiments[0]
        return f"cohort {one.cohort:g}; {one.n_controls} units untreated throughout the window"
    sizes = ", ".join(f"{e.cohort:g} ({e.n_treated}, {e.n_controls})" for e in made.experiments)
    return f"cohorts with treated units and units untreated throughout the window: {sizes}"


def _only_cohort(data: Design) -> int:
    cohorts = sorted(set(_within(data)) - {0})
    if len(cohorts) != 1:
        raise NotIdentified(
            f"sample '{data.spec.sample}' holds cohorts {', '.join(map(str, cohorts))}: without "
            "the option 'window' this estimator takes one"
        )
    return int(cohorts[0])


def synthetic(data: Design, store: Store) -> Result:
    """Synthetic difference in differences by cohort, averaged over treated cells.

    The controls of every cohort are the units not treated within the sample; placebo errors.
    """
    _arrays(data)
    table = _complete(data)
    first = np.array([data.cohorts[unit] for unit in table.index])
    inference = data.spec.inference
    made = staggered_synthetic_did(
        table.to_numpy(),
        first,
        table.columns.to_numpy(),
        draws=inference.draws,
        rng=np.random.default_rng(inference.seed),
    )
    names = ["overall:simple", *(f"cohort:{g:g}" for g in made.cohorts)]
    found = [made, *made.fits]
    kept = len(found) if len(made.fits) > 1 else 1
    terms = estimates.rows(
        names[:kept],
        [one.estimate for one in found[:kept]],
        [one.std_error for one in found[:kept]],
        distribution="normal",
        draws=inference.draws,
    )
    path = estimates.value_rows([f"event:{event:g}" for event in made.events], made.path)
    return Result(
        pd.concat([terms, path], ignore_index=True),
        {"inference": "placebo:unit", "reference": _weighted(made)},
    )


def _complete(data: Design) -> pd.DataFrame:
    """Return the outcome by unit and year, refused if a unit lacks a year."""
    table = data.frame.pivot(
        index=data.panel.unit, columns=data.panel.period, values=data.spec.outcome
    )
    gaps = int(table.isna().any(axis=1).sum())
    if gaps:
        raise UserError(
            f"sample '{data.spec.sample}' is unbalanced: {gaps} of {len(table)} units lack a year; "
            "synthetic DID needs a balanced sample"
        )
    return table


def _weighted(made: StaggeredSyntheticFit) -> str:
    """Return the cohorts and how many of the controls have weight."""
    used = [int((fit.unit_weights > SMALLEST_WEIGHT).sum()) for fit in made.fits]
    if len(used) == 1:
        return f"cohort {made.cohorts[0]:g}; weights on {used[0]} of {made.n_controls} controls"
    parts = ", ".join(
        f"{g:g} ({fit.n_treated}, {n})"
        for g, fit, n in zip(made.cohorts, made.fits, used, strict=True)
    )
    return f"cohorts with treated units and controls with weight of {made.n_controls}: {parts}"


def goodman_bacon(data: Design, store: Store) -> Result:
    """Comparisons behind the two-way coefficient, and their sums by kind."""
    made = decompose(*_arrays(data))
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
    _arrays(data)
    made = two_way_weights(data.treatment, data.unit, data.period)
    names = [f"weight:{g:g}:{t:g}" for g, t in zip(made.cohort, made.period, strict=True)]
    terms = estimates.value_rows(
        [*names, "share_negative", "sum_negative"],
        [*made.total, made.share_negative, made.sum_negative],
    )
    return Result(terms, {"inference": "none"})
