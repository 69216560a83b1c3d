"""Cells by cohort and year, and their averages: what estimators for staggered adoption share."""

import collections
from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import covariance_of
from pilotzone.engine.inference.cohorts import by_permutation
from pilotzone.engine.inference.wild import combined_rows, is_wild
from pilotzone.errors import Reason, UserError, encode
from pilotzone.methods.did.event_bands import event_bands
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.did.saturated import Saturated
from pilotzone.methods.did.terms import Terms, smallest_cohorts, terms_of, terms_of_each

KINDS = ("simple", "dynamic", "group", "calendar")
# The word of the option ``without_cohort`` for every cohort of one unit, and that for none.
SINGLE, NONE = "single", "none"
# Outcome and cohort, a value per row, to effects by cohort and year.
Estimator = Callable[[np.ndarray, np.ndarray], GroupTime]


def arrays(data: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, unit, period, cohort."""
    return data.y, data.unit, data.period, data.cohort


def group_time(
    data: Design,
    estimator: Estimator,
    kinds: tuple[str, ...] = KINDS,
    regression: Callable[[np.ndarray, np.ndarray], Saturated] | None = None,
    *,
    together: bool = False,
) -> Result:
    """Return cells and averages; the option ``without_cohort`` leaves cohorts out of these.

    A cohort that no unit belongs to has nothing to be left out. The part ``cautions`` says why a
    term lacks an error, and where a small cohort belies the normal or t distribution. With
    inference ``permutation`` p and interval of overall and event rows, and of all rows without an
    error of their own, are those of permuted cohorts; with a wild bootstrap p and interval of all
    rows with an error come from the ``regression`` behind the estimator. An estimator that takes
    several outcomes (v, N) ``together`` meets outcome and treatment of a draw at once. With
    ``multiplier`` the part ``bands`` holds a simultaneous band of the averages by event.
    """
    above, without = data.spec.inference.cluster != "unit", cohorts_left_out(data)
    effects = _clustered(data, estimator(data.y, data.cohort))
    terms = terms_of(effects, kinds, without)
    lost, after = len(effects.unidentified), effects.event >= 0
    used = effects.members.any(axis=1) | np.any(effects.influence != 0, axis=1)
    groups = np.unique(effects.cluster.codes[used]) if above else np.flatnonzero(used)
    kind, parts = data.spec.inference.name, {"cells": _cells(effects)}
    made, table = _made(data, effects), _rows(terms)
    if kind == "permutation":
        made = f"{kind}:{data.spec.inference.cluster}"
        each = averaged_each(data, estimator, kinds) if together else None
        table = by_permutation(data, averaged(data, estimator, kinds), table, each)
    elif is_wild(data):
        table, made = _by_wild_bootstrap(data, effects, terms, regression(data.y, data.cohort))
    said = [Reason("cells_lost", {"cells": lost})] if lost else []
    if kind == "multiplier":
        bands = event_bands(effects, without, **data.resampling.drawn)
        numbers = {"ci_low": bands.low, "ci_high": bands.high, "critical": bands.critical}
        parts["bands"] = pd.DataFrame({"term": bands.names, **numbers})
        if bands.n_withheld:
            said.append(Reason("bands_withheld", {"events": bands.n_withheld}))
    cautions = _cautions(effects, terms, table)
    if len(cautions):
        parts["cautions"] = cautions
    return Result(
        table,
        {
            "inference": made,
            "nobs": effects.nobs,
            "n_dropped": data.n_dropped + effects.n_dropped,
            "n_clusters": len(groups),
            "n_units": int(used.sum()),
            "n_treated": int(effects.members[:, after].any(axis=1).sum()),
            "reason": tuple(said),
            "reference": _compared_with(data, effects),
        },
        parts,
        _covariance(terms) if kind in ("crv1", "influence", "multiplier") else None,
    )


def averaged(
    data: Design, estimator: Estimator, kinds: tuple[str, ...]
) -> Callable[[np.ndarray, np.ndarray], Terms]:
    """Return what makes cells and averages of an outcome and cohorts, as a column declares them."""
    without = cohorts_left_out(data)
    return lambda y, cohort: terms_of(_clustered(data, estimator(y, cohort)), kinds, without)


def averaged_each(
    data: Design, estimator: Estimator, kinds: tuple[str, ...]
) -> Callable[[np.ndarray, np.ndarray], list[Terms]] | None:
    """Return ``averaged`` for several outcomes at once; None where errors are by larger clusters.

    The clusters that a cell rests on are those with a contribution to it, which hang on the
    outcome.
    """
    if data.spec.inference.cluster != "unit":
        return None
    without = cohorts_left_out(data)
    return lambda outcomes, cohort: terms_of_each(estimator(outcomes, cohort), kinds, without)


def _clustered(data: Design, effects: GroupTime) -> GroupTime:
    """Return effects with errors by the declared clusters."""
    if data.spec.inference.cluster == "unit":
        return effects
    return effects.clustered(_cluster_of(data, effects.units))


def _made(data: Design, effects: GroupTime) -> str:
    """Return the name of the analytic errors."""
    cluster = data.spec.inference.cluster
    if effects.df is not None:
        return f"crv1:{cluster}"
    return f"influence:{cluster}" if cluster == "unit" else f"influence_sums:{cluster}"


def _covariance(terms: Terms) -> pd.DataFrame:
    """Return the covariance of the terms that have an error."""
    names = np.array(terms.names, dtype=object)[terms.has_error]
    influence = terms.influence[:, terms.has_error]
    return covariance_of(names, influence.T @ influence)


def _by_wild_bootstrap(
    data: Design, effects: GroupTime, terms: Terms, what: Saturated
) -> tuple[pd.DataFrame, str]:
    """Return all rows, those with an error by the wild bootstrap, and the name of the inference."""
    padding = np.zeros(what.x.shape[1] - len(terms.weights))
    weights = {
        name: np.append(column, padding)
        for name, column, known in zip(terms.names, terms.weights.T, terms.has_error, strict=True)
        if known
    }
    cluster = _cluster_of(data, effects.units)[what.unit]
    drawn, made = combined_rows(data, what.y, what.x, what.effects, cluster, weights)
    rows = _rows(terms)
    return pd.concat([drawn, rows[rows["std_error"].isna()]], ignore_index=True), made


def _cluster_of(data: Design, units: np.ndarray) -> np.ndarray:
    """Return the declared cluster of each unit, shape (U,)."""
    of_unit = dict(zip(data.unit.tolist(), data.cluster.tolist(), strict=True))
    return np.array([of_unit[unit] for unit in units.tolist()])


def cohorts_left_out(data: Design) -> tuple[int, ...]:
    """Return the cohorts of the option ``without_cohort`` that some unit belongs to.

    Raises
    ------
    UserError
        If the option is neither years nor one of its words.
    """
    said = str(data.spec.option("without_cohort"))
    sizes = collections.Counter(cohort for unit in data.units if (cohort := data.cohorts[unit]))
    if said == SINGLE:
        inside = (g for g, size in sizes.items() if size == 1 and g <= data.period.max())
        return tuple(sorted(inside))
    try:
        named = [] if said == NONE else [int(word) for word in said.split()]
    except ValueError:
        raise UserError(
            f"option 'without_cohort' is '{said}'; give first treated years, such as '2015 2017', "
            f"'{SINGLE}' for all cohorts of one unit, or '{NONE}'"
        ) from None
    return tuple(g for g in named if g in sizes)


def _cautions(effects: GroupTime, terms: Terms, table: pd.DataFrame) -> pd.DataFrame:
    """Return the terms without an error, and those that rest on a cohort below ten."""
    resampled = set(table["term"][table["distribution"].isin(("permutation", "bootstrap"))])
    small = smallest_cohorts(effects, terms)
    said = [
        (name, reason or (None if name in resampled else few))
        for name, reason, few in zip(terms.names, terms.error_reasons, small, strict=True)
    ]
    rows = [{"term": name, "reason": encode([reason])} for name, reason in said if reason]
    return pd.DataFrame(rows, columns=["term", "reason"])


def _rows(terms: Terms) -> pd.DataFrame:
    """Return rows with errors, and rows of values alone where the error is not identified."""
    known, df = terms.has_error, terms.df
    distribution = {"distribution": "normal"} if df is None else {"distribution": "t", "df": df}
    names, errors = np.array(terms.names, dtype=object), terms.std_errors
    made = (names[known], terms.estimates[known], errors[known])
    rows = estimates.rows(*made, **distribution)
    alone = estimates.value_rows(names[~known], terms.estimates[~known])
    return pd.concat([rows, alone], ignore_index=True)


def _compared_with(data: Design, effects: GroupTime) -> tuple[Reason, ...]:
    """Return the cohorts, years and controls behind the averages."""
    after = effects.event >= 0
    cohorts = sorted({int(g) for g in effects.cohort[after]} - set(cohorts_left_out(data)))
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
