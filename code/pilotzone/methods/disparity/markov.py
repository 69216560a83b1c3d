"""Markov chains of classes: how units move through a distribution, alone and among neighbours.

Classes are 0 … k − 1 here. Transitions of one unit in different periods count as independent, as
everywhere in this literature; with 30 units they are not, and tests reject too often for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import NotIdentified, UserError

# Below this expected count a cell strains the chi-squared approximation (Cochran 1954).
SPARSE = 5.0


@dataclass(frozen=True, eq=False)
class Chain:
    """Transitions between classes: ``counts`` (k, k) from the class in the row to the column's."""

    counts: np.ndarray

    @property
    def departures(self) -> np.ndarray:
        """Transitions out of each class (k,), staying included."""
        return self.counts.sum(axis=1)

    @property
    def probabilities(self) -> np.ndarray:
        """Rows that sum to one (k, k); missing for a class that no unit was in."""
        n = self.departures[:, None]
        return np.divide(self.counts, n, where=n > 0, out=np.full(self.counts.shape, np.nan))


@dataclass(frozen=True)
class HomogeneityTest:
    """Whether groups of transitions share their probabilities.

    Attributes
    ----------
    likelihood_ratio, pearson : LR and Q.
    p_likelihood_ratio, p_pearson : from the chi-squared distribution with ``df``; missing with no
        degree of freedom.
    p_permutation_likelihood_ratio, p_permutation_pearson : share of rearrangements with a statistic
        at least as large, (1 + #)/(1 + R).
    n_cells, n_sparse : cells with a positive expected count, and those with one below 5.
    draws : R.
    """

    likelihood_ratio: float
    pearson: float
    df: int
    p_likelihood_ratio: float
    p_pearson: float
    p_permutation_likelihood_ratio: float
    p_permutation_pearson: float
    n_cells: int
    n_sparse: int
    draws: int


def quantile_bounds(y: ArrayLike, k: int) -> np.ndarray:
    """Return the k − 1 upper bounds of classes of equal size, pooled over all values.

    Raises UserError if a value is missing, or so many are equal that a class would have no width.
    """
    y = np.asarray(y, dtype=float)
    if not np.isfinite(y).all():
        raise UserError("classes need a value in every cell; leave out rows that lack one")
    bounds = np.quantile(y, np.arange(1, k) / k)
    if (np.diff(bounds) <= 0).any() or bounds[0] < y.min() or bounds[-1] >= y.max():
        raise UserError(f"too many equal values for {k} classes; ask for fewer")
    return bounds


def classify(y: ArrayLike, bounds: np.ndarray) -> np.ndarray:
    """Return the class 0 … k − 1 of each value; a bound belongs to the class below it."""
    return np.searchsorted(bounds, np.asarray(y, dtype=float), side="left")


def transition_counts(
    classes: np.ndarray, k: int, group: np.ndarray | None = None, n_groups: int = 1
) -> np.ndarray:
    """Count transitions from one period to the next, (n_groups, k, k), apart by group.

    Parameters
    ----------
    classes : (T, n) classes 0 … k − 1 by period and unit.
    group : (T − 1, n) group 0 … n_groups − 1 of each transition, by the period in which it
        starts; one group if left out.
    """
    origin, destination = classes[:-1], classes[1:]
    group = np.zeros_like(origin) if group is None else group
    code = (group * k + origin) * k + destination
    return np.bincount(code.ravel(), minlength=n_groups * k * k).reshape(n_groups, k, k)


def ergodic_distribution(chain: Chain) -> np.ndarray:
    r"""Distribution (k,) that the chain keeps, π = π P with Σ π = 1; zero for classes left for
    good.

    Raises NotIdentified if a class was never left nor kept, or the chain has more than one closed
    set of classes: the distribution then depends on where units start.
    """
    p = chain.probabilities
    k = len(p)
    unseen = np.flatnonzero(chain.departures == 0)
    if unseen.size:
        raise NotIdentified("no_transition_from_class", number=unseen[0] + 1)
    closed = closed_sets(p)
    if len(closed) > 1:
        raise NotIdentified("several_closed_sets", sets=len(closed))
    members = np.array(closed[0])
    inside = p[np.ix_(members, members)]
    equations = np.vstack([inside.T - np.eye(len(members)), np.ones(len(members))])
    right = np.append(np.zeros(len(members)), 1.0)
    pi = np.zeros(k)
    pi[members] = np.linalg.lstsq(equations, right, rcond=None)[0]
    return pi


def closed_sets(p: np.ndarray) -> list[tuple[int, ...]]:
    """Return the sets of classes of P (k, k) that units never leave, each connected within."""
    k = len(p)
    reach = np.linalg.matrix_power(np.eye(k) + (p > 0), k) > 0
    mutual = reach & reach.T
    sets = {tuple(np.flatnonzero(row).tolist()) for row in mutual}
    return sorted(s for s in sets if not np.delete(reach[s[0]], s).any())


def homogeneity(
    classes: np.ndarray, k: int, group: np.ndarray, n_groups: int, *, seed: int, draws: int = 999
) -> HomogeneityTest:
    r"""Test whether groups of transitions share one matrix of probabilities.

    With n_gij transitions from i to j in group g, p_gij = n_gij/n_gi· and p_ij of all groups:

        LR = 2 Σ_g Σ_i Σ_j n_gij ln(p_gij/p_ij),
        Q = Σ_g Σ_i Σ_j n_gi· (p_gij − p_ij)² / p_ij,
        df = Σ_i (a_i − 1)(b_i − 1),

    over cells with p_ij > 0; a_i is the number of groups with a transition from i, b_i that of
    destinations from i. Many cells are sparse, so that beside the chi-squared p-value stands one by
    permutation (``seed``, ``draws``): the labels of the groups change places among the transitions
    from one class, which keeps the margins of every row. See ``transition_counts``.
    Anderson and Goodman (1957), Annals of Mathematical Statistics 28(1), 89-110; Bickenbach and
    Bode (2003), International Regional Science Review 26(3), 363-392.
    """
    counts = transition_counts(classes, k, group, n_groups)
    statistics = _statistics(counts[None])[:, 0]
    pooled, departures = counts.sum(axis=0), counts.sum(axis=2)
    # A class that no unit was in has neither groups nor destinations.
    more_groups = ((departures > 0).sum(axis=0) - 1).clip(0)
    df = int(more_groups @ ((pooled > 0).sum(axis=1) - 1).clip(0))
    expected = _expected(counts[None])[0]
    drawn = _statistics(_rearranged(classes, k, group, n_groups, seed, draws))
    # A rearrangement that gives the same table must count in spite of rounding.
    as_large = drawn >= statistics[:, None] * (1.0 - 1e-10)
    p_permutation = (1 + as_large.sum(axis=1)) / (1 + draws)
    tails = [float(special.chdtrc(df, s)) if df else np.nan for s in statistics]
    return HomogeneityTest(
        *map(float, statistics),
        df,
        *tails,
        *map(float, p_permutation),
        n_cells=int((expected > 0).sum()),
        n_sparse=int(((expected > 0) & (expected < SPARSE)).sum()),
        draws=draws,
    )


def _expected(counts: np.ndarray) -> np.ndarray:
    """Return the expected counts (R, g, k, k) if all groups share one matrix."""
    pooled, departures = counts.sum(axis=1), counts.sum(axis=3)
    every = pooled.sum(axis=2)[:, :, None]
    p = np.divide(pooled, every, where=every > 0, out=np.zeros(pooled.shape))
    return departures[..., None] * p[:, None]


def _statistics(counts: np.ndarray) -> np.ndarray:
    """Return LR and Q (2, R) of tables (R, g, k, k)."""
    expected = _expected(counts)
    inside = expected > 0
    ratio = np.divide(counts, expected, where=inside, out=np.ones(counts.shape))
    excess = np.divide((counts - expected) ** 2, expected, where=inside, out=np.zeros(counts.shape))
    lr = 2.0 * special.xlogy(counts, ratio).sum(axis=(1, 2, 3))
    return np.array([lr, excess.sum(axis=(1, 2, 3))])


def _rearranged(
    classes: np.ndarray, k: int, group: np.ndarray, n_groups: int, seed: int, draws: int
) -> np.ndarray:
    """Return tables (R, g, k, k) with the groups dealt anew among the transitions of each class."""
    origin, destination = classes[:-1].ravel(), classes[1:].ravel()
    order = np.argsort(origin, kind="stable")
    origin, destination, group = origin[order], destination[order], group.ravel()[order]
    # Random numbers below one behind the class: a sort moves labels within their class alone.
    keys = origin + np.random.default_rng(seed).random((draws, len(origin)))
    dealt = group[np.argsort(keys, axis=1)]
    code = (dealt * k + origin) * k + destination + n_groups * k * k * np.arange(draws)[:, None]
    size = draws * n_groups * k * k
    return np.bincount(code.ravel(), minlength=size).reshape(draws, n_groups, k, k)
