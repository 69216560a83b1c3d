"""Permutation of cohorts over units: estimators for staggered adoption, changes by group."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design
from pilotzone.engine.inference.resampled import with_permuted
from pilotzone.methods.did.long_difference import DIFFERENCE, long_difference_terms
from pilotzone.methods.did.permuted import cohort_permutations, permuted_terms
from pilotzone.methods.did.terms import Terms

# Rows that are tested by permutation, by the first piece of their name.
TESTED = ("overall", "event")
# Effects under which units of a cohort are alike; any other depends on more than the cohort.
ALIKE = frozenset(("unit", "period", "unit#trend"))


def permuted(
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
    orders = cohort_permutations(cohort, **data.resampling.drawn, strata=strata)
    made = permuted_terms(
        estimator,
        data.y,
        data.unit,
        data.period,
        data.cohort,
        orders,
        wanted=table["term"][tested],
        alike=_alike(data, ALIKE),
    )
    limits = made.low, made.high
    return with_permuted(table, tested.to_numpy(), made.p_values, limits, data.resampling.draws)


def permuted_within_groups(
    data: Design, group: np.ndarray, held: dict[str, object], table: pd.DataFrame
) -> pd.DataFrame:
    """Return rows of changes by group with p and interval by permuting cohorts within the groups.

    So each group keeps its numbers of treated units per cohort, and common cohorts stay common. An
    effect, and what it is more than that of the first group, is one of the group's own units.

    Parameters
    ----------
    data : Design
    group : array (N,)
    held : dict
        What :func:`long_difference_terms` holds constant.
    table : DataFrame
        The rows of the groups, then of the differences, in the order of the method; others stay.
    """
    strata = data.by_unit(_finer(group, data.permuted_within), "within")
    cohort = data.cohort_within
    orders = cohort_permutations(
        data.by_unit(cohort, "cohort"), **data.resampling.drawn, strata=strata
    )
    names = sorted(set(group.tolist()))
    gaps = [f"{DIFFERENCE}:{name}" for name in names[1:]]
    together = long_difference_terms(data.unit, data.period, group, **held)
    own = [group == name for name in names]
    made = permuted_terms(
        None,
        data.y,
        data.unit,
        data.period,
        cohort,
        orders,
        wanted=(*names, *gaps),
        alike=_alike(data, ALIKE | {"by#period"}),
        group=group,
        among=dict(zip((*names, *gaps), (*own, *own[1:]), strict=True)),
        together=together,
    )
    tested = ~table["term"].str.startswith("test:").to_numpy()
    limits = made.low, made.high
    return with_permuted(table, tested, made.p_values, limits, data.resampling.draws)


def _finer(group: np.ndarray, within: np.ndarray | None) -> np.ndarray:
    """Return the labels of a group, and of what else paths are dealt within."""
    if within is None:
        return group
    return np.array([f"{a}#{b}" for a, b in zip(group, within, strict=True)])


def _alike(data: Design, effects: frozenset[str]) -> bool:
    """Whether the estimator sees nothing of a unit but its outcomes, its cohort and its group."""
    plain = not data.control_names and effects.issuperset(data.effects)
    return plain and data.spec.inference.cluster == "unit"
