"""Permutation of cohorts over units: estimators for staggered adoption, changes by group."""

from collections.abc import Callable, Hashable, Iterator

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design
from pilotzone.engine.inference.resampled import with_permuted
from pilotzone.methods.did.long_difference import DIFFERENCE, long_difference_terms
from pilotzone.methods.did.permuted import cohort_permutations, permuted_terms
from pilotzone.methods.did.rollout_sums import RolloutSums, Together, rollout_sums
from pilotzone.methods.did.terms import Terms

# Rows that are tested by permutation, by the first piece of their name.
TESTED = ("overall", "event")
# Effects under which units of a cohort are alike; any other depends on more than the cohort.
ALIKE = frozenset(("unit", "period", "unit#trend"))


def by_permutation(
    data: Design,
    estimator: Callable[[np.ndarray, np.ndarray], Terms],
    table: pd.DataFrame,
    together: Together | None = None,
) -> pd.DataFrame:
    """Return estimate rows with p and interval by permuting cohorts over units.

    Those of overall and event rows, and of all rows without an error of their own. Errors stay the
    analytic ones. With the option ``within``, a column, cohorts move within its groups.
    ``together`` is the same estimator for several outcomes at once.
    """
    first = table["term"].str.partition(":")[0]
    tested = first.isin(TESTED) | table["std_error"].isna()
    names = tuple(table["term"][tested])
    how = {"alike": alike(data), "together": together}
    where = data.unit, data.period, data.cohort
    given = {"estimator": estimator, "together": together}
    sums = kept_sums(data, where, names, **given) if alike(data) else None
    made = permuted_terms(estimator, data.y, *where, deals(data), wanted=names, sums=sums, **how)
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
    terms, where = (*names, *gaps), (data.unit, data.period, cohort)
    plain = alike(data, ALIKE | {"by#period"})
    sums = kept_sums(data, where, terms, group=group, together=together) if plain else None
    made = permuted_terms(
        None,
        *(data.y, *where, orders),
        wanted=terms,
        alike=plain,
        group=group,
        among=dict(zip(terms, (*own, *own[1:]), strict=True)),
        together=together,
        sums=sums,
    )
    tested = ~table["term"].str.startswith("test:").to_numpy()
    limits = made.low, made.high
    return with_permuted(table, tested, made.p_values, limits, data.resampling.draws)


def _finer(group: np.ndarray, within: np.ndarray | None) -> np.ndarray:
    """Return the labels of a group, and of what else paths are dealt within."""
    if within is None:
        return group
    return np.array([f"{a}#{b}" for a, b in zip(group, within, strict=True)])


def deals(data: Design) -> Iterator[np.ndarray]:
    """Return the permutations of units that a column draws, in chunks; see ``permuted_terms``."""
    within = data.permuted_within
    strata = None if within is None else data.by_unit(within, "within")
    cohort = data.by_unit(data.cohort, "cohort")
    return cohort_permutations(cohort, **data.resampling.drawn, strata=strata)


# Sums by what decides them, so that many outcomes on one roll-out pay for them once.
_kept: dict[Hashable, RolloutSums] = {}
MOST_KEPT = 32


def kept_sums(
    data: Design,
    where: tuple[np.ndarray, np.ndarray, np.ndarray],
    names: tuple[str, ...],
    *,
    estimator: Callable[..., Terms] | None = None,
    **given: object,
) -> RolloutSums | None:
    """Return the sums of a roll-out, kept for the next outcome; None for a panel with gaps.

    Parameters
    ----------
    data : Design
        A column to which units of a cohort (and group) are alike.
    where : unit, period and cohort, (N,) each
    names : the terms that are tested
    estimator, given
        What :func:`rollout_sums` takes.
    """
    unit, period, _ = where
    if len(unit) != len(np.unique(unit)) * len(np.unique(period)):
        return None
    spec = data.spec
    key = (spec.estimator, spec.effects, spec.options, names, *(one.tobytes() for one in where))
    if key not in _kept:
        while len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[key] = rollout_sums(estimator, *where, wanted=names, **given)
    return _kept[key]


def alike(data: Design, effects: frozenset[str] = ALIKE) -> bool:
    """Whether the estimator sees nothing of a unit but its outcomes, its cohort and its group."""
    plain = not (data.control_names or data.spec.row_weights) and effects.issuperset(data.effects)
    return plain and data.spec.inference.cluster == "unit"
