r"""The projection on the dummies and trends of fixed effects, exact and not iterated.

A = [Q, D₂], where Q is a sparse orthonormal basis of the effects with most levels (and of the
trends by the same labels) and D₂ the dummies of all others. With E = Q'D₂, the matrix
M = D₂'D₂ − E'E is as small as D₂ has columns; its eigenvalues give the rank and its
pseudo-inverse the projection, so that redundant levels, disconnected groups and collinear trends
are counted for what they are. A balanced one-way or two-way panel needs means only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import TOLERANCE, Groups, is_nested

# M is dense and square in the levels of the smaller effects: 5,000 take 200 MB.
LARGEST_M = 5_000
# The jackknife holds the effects that are not nested in clusters in full: 400 MB at most.
LARGEST_DENSE = 50_000_000


@dataclass(frozen=True)
class Means:
    """Projection of a balanced panel: rows reshape to ``shape``, one mean per axis removed."""

    shape: tuple[int, int]
    order: np.ndarray | None
    two_way: bool
    rank: int

    def remove(self, z: np.ndarray) -> np.ndarray:
        """Columns of z (N, k) freed of the effects; z may be overwritten."""
        sorted_z = z if self.order is None else z[self.order]
        cube = sorted_z.reshape(*self.shape, -1)
        cube -= cube.mean(axis=1, keepdims=True)
        if self.two_way:
            cube -= cube.mean(axis=0)
        flat = cube.reshape(z.shape)
        if self.order is None:
            return flat
        z[self.order] = flat
        return z


@dataclass(frozen=True)
class Sparse:
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


def balanced(groups: Sequence[Groups]) -> Means | None:
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
    return Means((rows, n // rows), order, len(groups) == 2, rank)


def _dummies(groups: Groups, values: np.ndarray) -> sparse.csr_array:
    """(N, count): in each row, its value in the column of its group."""
    n = len(groups.codes)
    return sparse.csr_array((values, groups.codes, np.arange(n + 1)), shape=(n, groups.count))


def _group_norms(groups: Groups, values: np.ndarray) -> np.ndarray:
    """Euclidean length of the values in each group."""
    return np.sqrt(np.bincount(groups.codes, values**2, minlength=groups.count))


def _scaled(groups: Groups, values: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """Values divided by the length of their group; zero in a group no longer than the floor."""
    norms = _group_norms(groups, values)
    inverse = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > floor)
    return values * inverse[groups.codes]


def _orthonormal_by_group(groups: Groups, columns: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Gram-Schmidt, twice, in all groups at once; a column with nothing left is zero."""
    basis: list[np.ndarray] = []
    for column in columns:
        z, floor = column, TOLERANCE * _group_norms(groups, column)
        for _ in range(2):
            for q in basis:
                z = z - q * np.bincount(groups.codes, q * z, minlength=groups.count)[groups.codes]
        basis.append(_scaled(groups, z, floor))
    return basis


def _bundled(slopes: Sequence[tuple[Groups, np.ndarray]]) -> list[tuple[Groups, list[np.ndarray]]]:
    """Slope variables collected by their labels."""
    bundles: list[tuple[Groups, list[np.ndarray]]] = []
    for groups, slope in slopes:
        home = next((zs for g, zs in bundles if _same(g, groups)), None)
        if home is None:
            bundles.append((groups, [slope]))
        else:
            home.append(slope)
    return bundles


def _rest(
    factors: Sequence[Groups],
    bundles: Sequence[tuple[Groups, list[np.ndarray]]],
    root_w: np.ndarray,
) -> sparse.csr_array:
    """D₂, columns of length one: dummies of all factors but the first, and slopes by group."""
    blocks = [_dummies(g, q) for g in factors[1:] for q in _orthonormal_by_group(g, [root_w])]
    for groups, slopes in bundles:
        # Orthogonal to the dummies of their labels where the factors span these: the span stays,
        # and a trend in calendar years loses its large mean.
        spanned = [root_w] if any(is_nested(factor, groups) for factor in factors) else []
        columns = _orthonormal_by_group(groups, [*spanned, *(z * root_w for z in slopes)])
        blocks += [_dummies(groups, q) for q in columns[len(spanned) :]]
    return _beside(blocks) if blocks else sparse.csr_array((len(root_w), 0))


def _beside(blocks: Sequence[sparse.csr_array]) -> sparse.csr_array:
    """Return blocks of columns side by side."""
    return blocks[0] if len(blocks) == 1 else sparse.csr_array(sparse.hstack(blocks, format="csr"))


def columns_of(
    factors: Sequence[Groups], slopes: Sequence[tuple[Groups, np.ndarray]], root_w: np.ndarray
) -> np.ndarray:
    """D₂ in full, if it fits in memory: all factors but the first, and all slopes."""
    columns = _rest(factors, _bundled(slopes), root_w)
    if columns.shape[0] * columns.shape[1] > LARGEST_DENSE:
        raise UserError(
            f"the jackknife needs {columns.shape[1]} effects that are not nested in the clusters "
            f"for {columns.shape[0]} rows, more than memory holds; use the crv1 error"
        )
    return columns.toarray()


def _root_of_inverse(m: np.ndarray) -> np.ndarray:
    """(q, rank) with root root' the pseudo-inverse of the symmetric matrix m."""
    if not m.size:
        return m
    values, vectors = np.linalg.eigh(m)
    kept = values > TOLERANCE * max(values[-1], 1.0)
    return vectors[:, kept] / np.sqrt(values[kept])


def factorise(
    factors: Sequence[Groups], slopes: Sequence[tuple[Groups, np.ndarray]], root_w: np.ndarray
) -> Sparse:
    """The projection for any effects; ``factors`` start with the one that is swept out."""
    swept = factors[0]
    bundles = _bundled(slopes)
    own = [z * root_w for groups, zs in bundles if _same(groups, swept) for z in zs]
    others = [bundle for bundle in bundles if not _same(bundle[0], swept)]
    columns = _orthonormal_by_group(swept, [root_w, *own])
    q = _beside([_dummies(swept, c) for c in columns])
    rank = sum(int(np.count_nonzero(_group_norms(swept, c) > 0.5)) for c in columns)
    d = _rest(factors, others, root_w)
    if d.shape[1] > LARGEST_M:
        raise UserError(
            f"the effects besides the largest have {d.shape[1]} levels and trends, more than "
            f"{LARGEST_M}; use coarser ones"
        )
    e = sparse.csr_array(q.T @ d)
    root = _root_of_inverse((d.T @ d - e.T @ e).toarray())
    a = _beside([q, d])
    return Sparse(a, sparse.csr_array(a.T), e, root, rank + root.shape[1])


def _same(one: Groups, other: Groups) -> bool:
    """Whether two groupings part the rows alike."""
    return one.count == other.count and is_nested(one, other)
