r"""Least squares with many fixed effects: one exact core for single fits and for 10,000 of them.

The model is y = Xβ + Dα + ε with D the dummies of the fixed effects, and trends if asked. By
Frisch and Waugh (1933), Lovell (1963), β̂ is the regression of (I − P)y on (I − P)X, where P
projects on D. P is factorised once (``FixedEffects``) and used for any number of columns: for one
regression (``fit``) or for one per column of treatments or outcomes (``batch``).

P is exact, not iterated. A = [Q, D₂], where Q is a sparse orthonormal basis of the effects with
most levels (and of the trends by the same labels) and D₂ the dummies of all others. With
E = Q'D₂, the matrix M = D₂'D₂ − E'E is as small as D₂ has columns; its eigenvalues give the rank
and its pseudo-inverse the projection, so that redundant levels, disconnected groups and collinear
trends are counted for what they are. A balanced one-way or two-way panel needs means only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, sparse, special

from pilotzone.errors import UserError
from pilotzone.inference.cluster import (
    TOLERANCE,
    Groups,
    at_least_two,
    crv1,
    crv3,
    encode,
    indicator,
    is_nested,
    small_sample_factor,
)

# Columns and numbers held at a time: a block stays in the processor's cache for small panels and
# below 32 MB for large ones.
BLOCK_COLUMNS = 500
BLOCK_NUMBERS = 4_000_000
# M is dense and square in the levels of the smaller effects: 5,000 take 200 MB.
LARGEST_M = 5_000

Vcov = Literal["crv1", "crv3", "iid", "hc1"]


# --------------------------------------------------------------------------------------
# Projections
# --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Means:
    """Projection of a balanced panel: rows reshape to ``shape``, one mean per axis removed."""

    shape: tuple[int, int]
    order: np.ndarray | None
    two_way: bool
    rank: int

    def remove(self, z: np.ndarray) -> np.ndarray:
        """Columns of z (N, k) freed of the effects; z may be overwritten."""
        sorted_z = z if self.order is None else z[self.order]
        cube = sorted_z.reshape(*self.shape, -1)
        cube = cube - cube.mean(axis=1, keepdims=True)
        if self.two_way:
            cube -= cube.mean(axis=0)
        flat = cube.reshape(z.shape)
        if self.order is None:
            return flat
        z[self.order] = flat
        return z


@dataclass(frozen=True)
class _Sparse:
    """Projection on A = [Q, D₂] through the root of the pseudo-inverse of M, M⁺ = root root'."""

    a: sparse.csr_array
    a_transposed: sparse.csr_array
    e: sparse.csr_array
    root: np.ndarray
    rank: int

    def remove(self, z: np.ndarray) -> np.ndarray:
        """Columns of z (N, k) freed of the effects."""
        moments = self.a_transposed @ z
        n_q = self.e.shape[0]
        if self.e.shape[1]:
            c = self.root @ (self.root.T @ (moments[n_q:] - self.e.T @ moments[:n_q]))
            moments[:n_q] -= self.e @ c
            moments[n_q:] = c
        return z - self.a @ moments


def _balanced(groups: Sequence[Groups]) -> _Means | None:
    """The projection by means if the panel is balanced in one or two factors, else None."""
    n = len(groups[0].codes)
    rows = groups[0].count
    if len(groups) > 2 or n % rows:
        return None
    if len(groups) == 1:
        if np.any(np.bincount(groups[0].codes) != n // rows):
            return None
        position, rank = groups[0].codes, rows
    else:
        columns = groups[1].count
        if rows * columns != n:
            return None
        position, rank = groups[0].codes * columns + groups[1].codes, rows + columns - 1
        if np.any(np.bincount(position, minlength=n) != 1):
            return None
    order = None if np.all(np.diff(position) >= 0) else np.argsort(position, kind="stable")
    return _Means((rows, n // rows), order, len(groups) == 2, rank)


def _dummies(groups: Groups, values: np.ndarray) -> sparse.csr_array:
    """(N, count): in each row, its value in the column of its group."""
    n = len(groups.codes)
    return sparse.csr_array((values, groups.codes, np.arange(n + 1)), shape=(n, groups.count))


def _group_norms(groups: Groups, values: np.ndarray) -> np.ndarray:
    """Euclidean length of the values in each group."""
    return np.sqrt(np.bincount(groups.codes, values**2, minlength=groups.count))


def _scaled(groups: Groups, values: np.ndarray, floor: np.ndarray | float = 0.0) -> np.ndarray:
    """Values divided by the length of their group; zero in a group no longer than the floor."""
    norms = _group_norms(groups, values)
    inverse = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > floor)
    return values * inverse[groups.codes]


def _swept_columns(groups: Groups, root_w: np.ndarray, slopes: list[np.ndarray]) -> list[np.ndarray]:
    """Orthonormal columns by group, dummy first: Gram-Schmidt, twice, in all groups at once."""
    columns = [_scaled(groups, root_w)]
    for slope in slopes:
        z = slope * root_w
        floor = TOLERANCE * _group_norms(groups, z)
        for _ in range(2):
            for q in columns:
                z = z - q * np.bincount(groups.codes, q * z, minlength=groups.count)[groups.codes]
        columns.append(_scaled(groups, z, floor))
    return columns


def _rest(
    factors: Sequence[Groups], slopes: Sequence[tuple[Groups, np.ndarray]], root_w: np.ndarray
) -> sparse.csr_array:
    """D₂, columns of length one. A trend is centred by group where the dummies allow it."""
    blocks = [_dummies(g, _scaled(g, root_w)) for g in factors[1:]]
    for groups, slope in slopes:
        z = slope
        if any(is_nested(factor, groups) for factor in factors):
            z = slope - (np.bincount(groups.codes, slope) / np.bincount(groups.codes))[groups.codes]
        floor = TOLERANCE * _group_norms(groups, slope * root_w)
        blocks.append(_dummies(groups, _scaled(groups, z * root_w, floor)))
    if not blocks:
        return sparse.csr_array((len(root_w), 0))
    return sparse.csr_array(sparse.hstack(blocks, format="csr"))


def _root_of_inverse(m: np.ndarray) -> np.ndarray:
    """(q, rank) with root root' the pseudo-inverse of the symmetric matrix m."""
    if not m.size:
        return m
    values, vectors = np.linalg.eigh(m)
    kept = values > TOLERANCE * max(values[-1], 1.0)
    return vectors[:, kept] / np.sqrt(values[kept])


def _factorise(
    factors: Sequence[Groups], slopes: Sequence[tuple[Groups, np.ndarray]], root_w: np.ndarray
) -> _Sparse:
    """The projection for any effects; ``factors`` start with the one that is swept out."""
    swept = factors[0]
    same = [np.array_equal(g.codes, swept.codes) or _same(g, swept) for g, _ in slopes]
    own = [z for (_, z), is_own in zip(slopes, same, strict=True) if is_own]
    others = [slope for slope, is_own in zip(slopes, same, strict=True) if not is_own]
    columns = _swept_columns(swept, root_w, own)
    q = sparse.csr_array(sparse.hstack([_dummies(swept, c) for c in columns], format="csr"))
    rank = sum(int(np.count_nonzero(_group_norms(swept, c) > 0.5)) for c in columns)
    d = _rest(factors, others, root_w)
    if d.shape[1] > LARGEST_M:
        raise UserError(
            f"the effects besides the largest have {d.shape[1]} levels and trends, more than "
            f"{LARGEST_M}; use coarser ones"
        )
    e = sparse.csr_array(q.T @ d)
    root = _root_of_inverse((d.T @ d - e.T @ e).toarray())
    a = sparse.csr_array(sparse.hstack([q, d], format="csr"))
    return _Sparse(a, sparse.csr_array(a.T), e, root, rank + root.shape[1])


def _same(one: Groups, other: Groups) -> bool:
    """Whether two groupings part the rows alike."""
    return one.count == other.count and is_nested(one, other)


@dataclass(frozen=True, eq=False)
class FixedEffects:
    """Fixed effects, factorised once and used for any number of columns.

    Parameters
    ----------
    factors : label arrays (N,) of any type. Empty: an intercept is absorbed.
    slopes : pairs of a label array (N,) and a variable (N,): one slope of the variable for each
        label, such as unit trends. The labels' own intercepts are not implied.
    weights : (N,) positive weights, or None. All that uses the object is weighted by them.
    names : names of the factors for messages, such as ("unit", "period").
    n : number of rows, needed only if no array is given.

    Attributes
    ----------
    n : rows.
    rank : exact rank of the dummies and trends together, the intercept included.
    singletons : rows whose level occurs once in some factor. They are kept: they move no slope,
        but count among the observations.

    Raises
    ------
    UserError
        If lengths differ, labels are missing, a weight is not positive, a slope variable is not
        finite, or the smaller effects have too many levels.
    """

    factors: Sequence[ArrayLike] = field(repr=False)
    slopes: Sequence[tuple[ArrayLike, ArrayLike]] = field(default=(), repr=False)
    weights: np.ndarray | None = field(default=None, repr=False)
    names: Sequence[str] = ()
    n: int | None = None
    rank: int = field(init=False)
    singletons: int = field(init=False)
    _projection: _Means | _Sparse = field(init=False, repr=False)

    def __post_init__(self) -> None:
        n = _common_length(self)
        names = [*self.names, *(f"factor {j + 1}" for j in range(len(self.names), len(self.factors)))]
        groups = [encode(f, name) for f, name in zip(self.factors, names, strict=False)]
        slopes = [(encode(g, "slope labels"), _finite(z, "slope")) for g, z in self.slopes]
        weights = None if self.weights is None else _positive(self.weights)
        swept_first = sorted(groups, key=lambda g: -g.count) or [Groups(np.zeros(n, int), 1)]
        projection = _balanced(swept_first) if not slopes and weights is None else None
        if projection is None:
            root_w = np.ones(n) if weights is None else np.sqrt(weights)
            projection = _factorise(swept_first, slopes, root_w)
        fields = {
            "factors": tuple(groups),
            "slopes": tuple(slopes),
            "weights": weights,
            "names": tuple(names),
            "n": n,
            "rank": projection.rank,
            "singletons": _count_singletons(groups, n),
            "_projection": projection,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @property
    def description(self) -> str:
        """The effects in words, for messages."""
        words = " and ".join(self.names) + " effects" if self.names else "the intercept"
        return f"{words} and slopes" if self.slopes else words

    def nested_rank(self, cluster: ArrayLike | Groups | None) -> int:
        """Degrees of freedom of the effects when errors are clustered.

        Factors nested in the clusters count as one together, all else in full, slopes included:
        rank − rank of the nested factors + 1. Unit and period effects with clusters by unit give
        the number of periods. With ``cluster=None`` it is the rank.
        """
        if cluster is None:
            return self.rank
        groups = encode(cluster, "cluster")
        nested = [f for f in self.factors if is_nested(f, groups)]
        if not nested:
            return self.rank
        inner = nested[0].count if len(nested) == 1 else FixedEffects(nested).rank
        return self.rank - inner + 1

    def residualise(self, x: ArrayLike) -> np.ndarray:
        """Residuals of the (weighted) projection of each column on the effects.

        Parameters
        ----------
        x : (N,) or (N, k), any numeric type; not changed. Columns are taken in blocks.

        Returns
        -------
        Array of the same shape, in the units of x, not multiplied by the weights.
        """
        x = np.asarray(x)
        if x.ndim not in (1, 2) or len(x) != self.n:
            raise UserError(f"the effects have {self.n} rows, the array has shape {x.shape}")
        columns = x[:, None] if x.ndim == 1 else x
        out = np.empty(columns.shape)
        root_w = None if self.weights is None else np.sqrt(self.weights)[:, None]
        for block in _blocks(self.n, columns.shape[1]):
            z, _ = _centred(columns[:, block])
            if root_w is None:
                out[:, block] = self._projection.remove(z)
            else:
                out[:, block] = self._projection.remove(z * root_w) / root_w
        return out[:, 0] if x.ndim == 1 else out

    def outside(self, cluster: ArrayLike | Groups) -> np.ndarray:
        """Orthonormal basis of the effects that are not nested in the clusters, for ``crv3``.

        The nested effects are removed from it first. It is in the metric of the weights: multiplied
        by their square roots. Shape (N, r).
        """
        groups = encode(cluster, "cluster")
        root_w = np.ones(self.n) if self.weights is None else np.sqrt(self.weights)
        nested = [f for f in self.factors if is_nested(f, groups)]
        if nested:
            rest = [f for f in self.factors if not is_nested(f, groups)]
            inner = [s for s in self.slopes if is_nested(s[0], groups)]
            slopes = [s for s in self.slopes if not is_nested(s[0], groups)]
            columns = _rest([nested[0], *rest], slopes, root_w).toarray() / root_w[:, None]
            within = FixedEffects(nested, inner, self.weights)
            columns = within.residualise(columns) * root_w[:, None]
        else:
            everything = Groups(np.zeros(self.n, int), 1)
            columns = _rest([everything, everything, *self.factors], self.slopes, root_w).toarray()
        return columns @ _root_of_inverse(columns.T @ columns)
