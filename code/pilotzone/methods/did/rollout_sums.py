"""What permuted cohorts need of a roll-out, made once for any outcome; see ``permuted``."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.did.terms import Terms
from pilotzone.methods.inference.cluster import Groups, encode
from pilotzone.methods.inference.paths import per_unit

# Outcome (N,) and cohort of each row (N,) to cells and averages.
Estimator = Callable[[np.ndarray, np.ndarray], Terms]
# The same for several outcomes (v, N) at once.
Together = Callable[[np.ndarray, np.ndarray], Sequence[Terms]]


@dataclass(frozen=True, eq=False)
class RolloutSums:
    """What an estimator makes of sums by class: L, A and B of the text for one roll-out.

    Attributes
    ----------
    names : q terms.
    cohort, group : (U,) of each unit, in the order of ``cluster.encode``; no group is one group.
    periods : T.
    code, sizes : the class of each unit (U,), and units of each class (C,).
    level, own, common : L (C, T, q), A (C, T, q) and B (C, C, T, q), whose first axis is the class
        of the unit.
    """

    names: tuple[str, ...]
    cohort: np.ndarray = field(repr=False)
    group: np.ndarray = field(repr=False)
    periods: int
    code: np.ndarray = field(repr=False)
    sizes: np.ndarray
    level: np.ndarray = field(repr=False)
    own: np.ndarray = field(repr=False)
    common: np.ndarray = field(repr=False)


class Rows(NamedTuple):
    """A panel in long form: units and periods as codes, cohort and group of each unit."""

    unit: Groups
    period: Groups
    cohort: np.ndarray
    group: np.ndarray

    @property
    def balanced(self) -> bool:
        """Whether every unit has a row in every period."""
        return len(self.unit.codes) == self.unit.count * self.period.count

    @property
    def cohorts(self) -> np.ndarray:
        """The cohort of each row."""
        return self.cohort[self.unit.codes]


def rollout_sums(
    estimator: Estimator | None,
    unit: ArrayLike,
    period: ArrayLike,
    cohort: ArrayLike,
    *,
    wanted: Iterable[str],
    group: ArrayLike | None = None,
    together: Together | None = None,
) -> RolloutSums:
    """Return what serves any outcome under one roll-out, for ``permuted_terms``.

    Parameters are those of ``permuted_terms``, for an estimator to which units are alike.

    Raises UserError if the panel has gaps: a unit is then known by its missing rows.
    """
    rows = arranged(unit, period, cohort, group)
    if not rows.balanced:
        raise UserError("sums by cohort take a balanced panel; run the estimator in every draw")
    return sums_by_class(together or one_by_one(estimator), rows, tuple(wanted))


def one_by_one(estimator: Estimator) -> Together:
    """An estimator for several outcomes."""
    return lambda outcomes, cohort: [estimator(outcome, cohort) for outcome in outcomes]


def arranged(
    unit: ArrayLike, period: ArrayLike, cohort: ArrayLike, group: ArrayLike | None
) -> Rows:
    """The panel; without groups all units are of one."""
    groups = encode(unit, "unit")
    of_unit = per_unit(cohort, groups.codes, groups.count, "cohort")
    labels = np.zeros(len(groups.codes), dtype=int) if group is None else np.asarray(group)
    of_group = per_unit(labels, groups.codes, groups.count, "group")
    return Rows(groups, encode(period, "period"), of_unit, of_group)


def sums_by_class(run: Together, rows: Rows, names: tuple[str, ...]) -> RolloutSums:
    """Run the estimator on y = 1 in one period of one unit of each class, 0 elsewhere."""
    pairs = np.stack([encode(rows.group).codes, np.unique(rows.cohort, return_inverse=True)[1]])
    classes = np.unique(pairs, axis=1, return_inverse=True, return_counts=True)
    code, sizes = classes[1].ravel(), classes[2]
    count, periods, q = len(sizes), rows.period.count, len(names)
    first = np.array([np.flatnonzero(code == c)[0] for c in range(count)])
    second = np.array([np.flatnonzero(code == c)[min(1, sizes[c] - 1)] for c in range(count)])
    level, own = np.zeros((2, count, periods, q))
    common = np.zeros((count, count, periods, q))
    for c in range(count):
        # Another unit of the class shows what the class's mean does to all its units.
        shown = np.where(np.arange(count) == c, second, first)
        spikes = (rows.unit.codes == first[c]) & (rows.period.codes == np.arange(periods)[:, None])
        for t, terms in enumerate(run(spikes.astype(float), rows.cohorts)):
            columns = [terms.names.index(name) for name in names]
            phi = terms.influence[:, columns]
            level[c, t] = sizes[c] * terms.estimates[columns]
            common[:, c, t] = sizes[c] * phi[shown]
            own[c, t] = phi[first[c]] - phi[second[c]]
    made = {"level": level, "own": own, "common": common}
    return RolloutSums(names, rows.cohort, rows.group, periods, code, sizes, **made)
