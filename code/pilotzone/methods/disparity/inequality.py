"""Inequality between units and how much of it lies within and between groups.

Every unit counts once, whatever its size. Both measures divide by the mean: they keep their value
when all values are multiplied by a number, and fall when a constant is added to all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import encode


@dataclass(frozen=True, eq=False)
class Decomposition:
    """A measure of inequality and the contributions of k groups, which sum to it.

    Attributes
    ----------
    groups : (k,) sorted.
    total : of all units.
    within : (k,) contribution of each group.
    between : contributions of the differences between groups.
    """

    groups: tuple[str, ...]
    total: float
    within: np.ndarray
    between: np.ndarray

    @property
    def parts(self) -> dict[str, float]:
        """Sums of the kinds of contributions."""
        kinds = ("within", "between", "transvariation")
        return {kind: float(getattr(self, kind).sum()) for kind in kinds if hasattr(self, kind)}


@dataclass(frozen=True, eq=False)
class DagumDecomposition(Decomposition):
    """Dagum's decomposition of the Gini coefficient.

    Attributes
    ----------
    transvariation : (k, k) as ``between``: contribution of each pair of groups, above the diagonal;
        zero elsewhere.
    pairs : (k, k) Gini coefficient within each group (diagonal) and between two groups.
    """

    transvariation: np.ndarray
    pairs: np.ndarray


@dataclass(frozen=True, eq=False)
class TheilDecomposition(Decomposition):
    """Theil's T; ``between`` (k,) is negative for a low mean, ``of_groups`` (k,) is T within."""

    of_groups: np.ndarray


def gini(y: ArrayLike) -> float:
    r"""Gini coefficient, G = Σ_i Σ_r |y_i − y_r| / (2 n² ȳ), of values (n,).

    Raises UserError if a value is negative or not finite, or all are zero.
    """
    y = _values(y)
    return float(np.abs(y[:, None] - y).mean() / (2.0 * y.mean()))


def dagum(y: ArrayLike, group: Sequence) -> DagumDecomposition:
    r"""Decompose the Gini coefficient by groups: within, net between, transvariation.

    With n_j units and mean ȳ_j in group j, p_j = n_j/n, s_j = p_j ȳ_j/ȳ and Δ_jh the mean of
    |y_i − y_r| over i in j and r in h:

        G_jh = Δ_jh / (ȳ_j + ȳ_h),           G_w = Σ_j G_jj p_j s_j,
        D_jh = |ȳ_j − ȳ_h| / Δ_jh,           G_nb = Σ_{h<j} G_jh (p_j s_h + p_h s_j) D_jh,
                                             G_t = Σ_{h<j} G_jh (p_j s_h + p_h s_j) (1 − D_jh).

    D_jh is Dagum's (d − p)/(d + p), d the mean excess of the richer group's units over the poorer
    one's and p that of the poorer over the richer: their difference is the difference of means and
    their sum Δ_jh. G_nb is therefore the Gini coefficient that remains if every unit has the mean
    of its group, and G_t what groups that overlap add.
    Dagum (1997), A new approach to the decomposition of the Gini income inequality ratio,
    Empirical Economics 22(4), 515-531.

    Parameters
    ----------
    y : (n,) values, none negative.
    group : (n,) labels, compared as text.

    Raises UserError if a value is negative or not finite, all are zero, a label is missing, or the
    lengths differ.
    """
    y, labels, members, size, means = _grouped(y, group)
    apart = members.T @ np.abs(y[:, None] - y) @ members / np.outer(size, size)
    # A group of zeros alone has no Gini coefficient and nothing to contribute.
    sums = means[:, None] + means
    pairs = np.divide(apart, sums, where=sums > 0, out=np.zeros_like(apart))
    scale = np.outer(size, size) / (len(y) ** 2 * y.mean())
    gross = np.triu(apart * scale, 1)
    between = np.triu(np.abs(means[:, None] - means) * scale, 1)
    return DagumDecomposition(
        groups=labels,
        total=gini(y),
        pairs=pairs,
        within=np.diag(apart * scale) / 2.0,
        between=between,
        # The two terms are equal where groups do not overlap, to rounding.
        transvariation=np.maximum(gross - between, 0.0),
    )


def theil(y: ArrayLike, group: Sequence) -> TheilDecomposition:
    r"""Decompose Theil's T = (1/n) Σ_i (y_i/ȳ) ln(y_i/ȳ), with 0·ln 0 = 0, by groups.

    With s_j = n_j ȳ_j/(n ȳ): T = Σ_j s_j T_j + Σ_j s_j ln(ȳ_j/ȳ). Parameters and errors are those
    of ``dagum``. Theil (1967), Economics and Information Theory, chapter 4.
    """
    y, labels, members, size, means = _grouped(y, group)
    share = size * means / y.sum()
    relative = y / y.mean()
    terms = members.T @ special.xlogy(relative, relative) / len(y)
    between = special.xlogy(share, means / y.mean())
    within = terms - between
    of_groups = np.divide(within, share, where=share > 0, out=np.zeros_like(within))
    return TheilDecomposition(labels, float(terms.sum()), within, between, of_groups)


def _values(y: ArrayLike) -> np.ndarray:
    y = np.asarray(y, dtype=float)
    if y.ndim != 1 or not len(y) or not np.isfinite(y).all():
        raise UserError("inequality needs a vector of finite values; leave missing ones out")
    if y.min() < 0 or y.max() == 0:
        raise UserError(
            f"inequality needs values from zero up, some above it; the lowest is {y.min():.6g}, "
            f"the highest {y.max():.6g}"
        )
    return y


def _grouped(y: ArrayLike, group: Sequence) -> tuple[np.ndarray, tuple, *tuple[np.ndarray, ...]]:
    """Return values, sorted labels, indicators (n, k), sizes and means of the groups."""
    y = _values(y)
    if len(group) != len(y):
        raise UserError(f"{len(y)} values and {len(group)} labels of groups; give one for each")
    encode(group, "group")  # refuses a missing label
    labels, code = np.unique(np.asarray(group).astype(str), return_inverse=True)
    members = np.eye(len(labels))[code]
    size = members.sum(axis=0)
    return y, tuple(labels.tolist()), members, size, members.T @ y / size
