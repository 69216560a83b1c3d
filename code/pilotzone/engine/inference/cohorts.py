"""Permutation of cohorts over units, for the terms of an estimator for staggered adoption."""

from collections.abc import Callable, Hashable

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design
from pilotzone.methods.did import permuted
from pilotzone.methods.did.permuted import CohortTest
from pilotzone.methods.did.terms import Terms

# Rows that are tested by permutation, by the first piece of their name.
TESTED = ("overall", "event")
# Effects under which units of a cohort are alike; any other depends on more than the cohort.
ALIKE = frozenset(("unit", "period", "unit#trend"))


def by_permutation(
    data: Design, estimator: Callable[[np.ndarray, np.ndarray], Terms], table: pd.DataFrame
) -> pd.DataFrame:
    """Return estimate rows with p and interval by permuting cohorts over units.

    Those of overall and event rows, and of all rows without an error of their own. Errors stay the
    analytic ones. With the option ``within``, a column,
    cohorts move within its groups.
    """
    first = table["term"].str.partition(":")[0]
    tested = first.isin(TESTED) | table["std_error"].isna()
    within = data.permuted_within
    strata = None if within is None else data.by_unit(within, "within")
    cohort = data.by_unit(data.cohort, "cohort")
    orders = permuted.cohort_permutations(cohort, **data.resampling.drawn, strata=strata)
    made = permuted.terms_tested(
        _test(data, estimator, tuple(table["term"][tested])), data.y, orders
    )
    limits = [np.where(np.isfinite(limit), limit, np.nan) for limit in (made.low, made.high)]
    numbers = {"p_value": made.p_values, "ci_low": limits[0], "ci_high": limits[1]}
    words = {"distribution": "permutation", "df": "", "draws": data.resampling.draws}
    out = table.copy()
    for name, values in {**numbers, **words}.items():
        out.loc[tested, name] = values
    return out


# Tests by what decides them, so that many outcomes on one roll-out pay for its sums once.
_prepared: dict[Hashable, CohortTest] = {}
MOST_PREPARED = 32


def _test(data: Design, estimator: Callable[..., Terms], names: tuple[str, ...]) -> CohortTest:
    """Return the test of a roll-out; kept for the next outcome where it does not depend on it."""
    alike = _alike(data)
    where = data.unit, data.period, data.cohort
    spec = data.spec
    key = (
        *(spec.estimator, spec.effects, spec.options, names),
        *(array.tobytes() for array in where),
    )
    if alike and key in _prepared:
        return _prepared[key]
    made = permuted.cohort_test(estimator, *where, wanted=names, alike=alike)
    if alike:
        while len(_prepared) >= MOST_PREPARED:
            del _prepared[next(iter(_prepared))]
        _prepared[key] = made
    return made


def _alike(data: Design) -> bool:
    """Whether the estimator sees nothing of a unit but its outcomes and its cohort."""
    plain = not data.control_names and ALIKE.issuperset(data.effects)
    return plain and data.spec.inference.cluster == "unit"
