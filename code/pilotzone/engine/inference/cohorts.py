"""Permutation of cohorts over units, for the terms of an estimator for staggered adoption."""

from collections.abc import Callable, Hashable, Iterator

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
    test = _test(data, estimator, tuple(table["term"][tested]))
    made = permuted.terms_tested(test, data.y, deals(data))
    limits = [np.where(np.isfinite(limit), limit, np.nan) for limit in (made.low, made.high)]
    numbers = {"p_value": made.p_values, "ci_low": limits[0], "ci_high": limits[1]}
    words = {"distribution": "permutation", "df": "", "draws": data.resampling.draws}
    out = table.copy()
    for name, values in {**numbers, **words}.items():
        out.loc[tested, name] = values
    return out


def deals(data: Design) -> Iterator[np.ndarray]:
    """Return the permutations of units that a column draws, in chunks; see ``permuted_terms``."""
    within = data.permuted_within
    strata = None if within is None else data.by_unit(within, "within")
    cohort = data.by_unit(data.cohort, "cohort")
    return permuted.cohort_permutations(cohort, **data.resampling.drawn, strata=strata)


# Tests by what decides them, so that many outcomes on one roll-out pay for its sums once.
_prepared: dict[Hashable, CohortTest] = {}
MOST_PREPARED = 32


def _test(data: Design, estimator: Callable[..., Terms], names: tuple[str, ...]) -> CohortTest:
    """Return the test of a roll-out; kept for the next outcome where it does not depend on it."""
    where, spec = (data.unit, data.period, data.cohort), data.spec
    told = spec.estimator, spec.effects, spec.options, names
    key = (*told, *(array.tobytes() for array in where))
    if alike(data) and key in _prepared:
        return _prepared[key]
    made = permuted.cohort_test(estimator, *where, wanted=names, alike=alike(data))
    if alike(data):
        while len(_prepared) >= MOST_PREPARED:
            del _prepared[next(iter(_prepared))]
        _prepared[key] = made
    return made


def alike(data: Design) -> bool:
    """Whether the estimator sees nothing of a unit but its outcomes and its cohort."""
    plain = not data.control_names and ALIKE.issuperset(data.effects)
    return plain and data.spec.inference.cluster == "unit"
