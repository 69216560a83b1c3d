"""All that is said of a staggered design, cells and averages, under one list of names."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pilotzone.errors import Reason
from pilotzone.methods.did.averages import Kind
from pilotzone.methods.did.cohorts import whole
from pilotzone.methods.did.group_time import GroupTime
from pilotzone.methods.inference.columns import column_lengths

# A cohort of fewer units is too small for the normal distribution of its mean.
FEWEST_UNITS = 10


class Terms(NamedTuple):
    """Cells, ``att:2016:2018``, and averages, ``event:2``, q of them.

    Attributes
    ----------
    names : q terms.
    estimates : (q,).
    influence : (G, q) contributions of units, or of clusters, to the error.
    weights : (c, q) of the cells in each term.
    error_reasons : why a term has no error of its own, q of them; None where it has one.
    df : degrees of freedom of t, or None for the normal distribution.
    """

    names: tuple[str, ...]
    estimates: np.ndarray
    influence: np.ndarray
    weights: np.ndarray
    error_reasons: tuple[Reason | None, ...]
    df: int | None

    @property
    def has_error(self) -> np.ndarray:
        """(q,) bool."""
        return np.array([reason is None for reason in self.error_reasons], dtype=bool)

    @property
    def lengths(self) -> np.ndarray:
        """(q,) errors throughout; a lower bound where a term has none of its own."""
        return column_lengths(self.influence)

    @property
    def std_errors(self) -> np.ndarray:
        """(q,), NaN where a term has none."""
        return np.where(self.has_error, self.lengths, np.nan)


def terms_of(effects: GroupTime, kinds: Sequence[Kind], without: Sequence[float] = ()) -> Terms:
    """Return the cells and their averages of some kinds, cohorts ``without`` left out of these.

    One without a cell has nothing to be left out: in a panel with gaps a permuted cohort of one
    unit may have none. Raises NotIdentified as ``GroupTime.aggregate``.
    """
    there = {*effects.cohort.tolist(), *(u.cohort for u in effects.unidentified)}
    out = [g for g in without if g in there]
    averages = [effects.averages(kind, out) for kind in kinds]
    named = [made.names(kind) for made, kind in zip(averages, kinds, strict=True)]
    cells = effects.error_reasons
    reasons = [made.error_reasons(cells) for made in averages]
    influence = np.concatenate([one.influence for one in (effects, *averages)], axis=-1)
    return Terms(
        names=tuple(itertools.chain(effects.terms, *named)),
        estimates=np.concatenate([one.estimates for one in (effects, *averages)], axis=-1),
        influence=effects.summed(influence),
        weights=np.hstack([np.eye(len(cells)), *(a.weights for a in averages)]),
        error_reasons=tuple(itertools.chain(cells, *reasons)),
        df=effects.df,
    )


def terms_of_each(
    effects: GroupTime, kinds: Sequence[Kind], without: Sequence[float] = ()
) -> list[Terms]:
    """Return the terms of each of several outcomes under one roll-out, of units that stand alone.

    Cells, their weights and names, and what has an error, are the same and made once.
    """
    terms = terms_of(effects, kinds, without)
    pairs = zip(terms.estimates, terms.influence, strict=True)
    return [terms._replace(estimates=values, influence=phi) for values, phi in pairs]


def smallest_cohorts(effects: GroupTime, terms: Terms) -> tuple[Reason | None, ...]:
    """Which terms rest on a cohort below ``FEWEST_UNITS``, with that cohort and its size.

    The size is that of the smallest cell of the term: treated units, or the clusters that hold
    them. Normal p values of such terms reject too often: 6-15 % at 5 % on the real roll-outs.
    """
    sizes = effects.n_independent[0]
    found = []
    for column in terms.weights.T:
        cells = np.flatnonzero(column)
        least = cells[np.argmin(sizes[cells])]
        facts = {"cohort": whole(effects.cohort[least]), "units": int(sizes[least])}
        few = sizes[least] < FEWEST_UNITS
        found.append(Reason("cohort_below_ten", facts) if few else None)
    return tuple(found)
