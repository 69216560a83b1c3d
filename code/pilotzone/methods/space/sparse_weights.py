"""Sparse spatial weights of thousands of units."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pilotzone.errors import UserError
from pilotzone.methods.space.builders import require_known_pairs
from pilotzone.methods.space.weights import Labelled, as_labels, name_some


@dataclass(frozen=True, eq=False)
class SparseWeights(Labelled):
    """Weights as a sparse array (n, n) by rows; see ``weights.Labelled``."""

    matrix: sparse.csr_array

    def _copied(self) -> sparse.csr_array:
        matrix = sparse.csr_array(self.matrix, dtype=float, copy=True)
        matrix.sum_duplicates()
        matrix.data.setflags(write=False)
        return matrix

    def _wrong_rows(self, matrix: sparse.csr_array) -> np.ndarray:
        wrong = np.zeros(matrix.shape[0], dtype=bool)
        wrong[np.repeat(np.arange(len(wrong)), np.diff(matrix.indptr))[~(matrix.data >= 0)]] = True
        return wrong

    @property
    def stable_interval(self) -> tuple[float, float]:
        """Open interval (-1, 1), on which I - rho W is regular for every row-normalised W."""
        return -1.0, 1.0


def sparse_contiguity(
    labels: Sequence[object], pairs: Iterable[tuple[object, object]], *, name: str = "contiguity"
) -> SparseWeights:
    """Build sparse weights that are equal over the neighbours of a list.

    See ``contiguity``, but that a pair may stand in one direction or in both.
    """
    labels = as_labels(labels)
    listed = [(str(one), str(other)) for one, other in pairs]
    require_known_pairs(name, labels, listed)
    where = {label: i for i, label in enumerate(labels)}
    ends = np.array([[where[one], where[other]] for one, other in listed], int).reshape(-1, 2)
    rows, columns = ends.ravel(), ends[:, ::-1].ravel()
    shape = (len(labels), len(labels))
    links = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    links.sum_duplicates()
    links.data[:] = 1.0
    return _row_normalised(name, labels, links)


def sparse_nearest(
    labels: Sequence[object], lon: np.ndarray, lat: np.ndarray, k: int, *, name: str | None = None
) -> SparseWeights:
    """Build sparse weights 1/k on the k units nearest by great circle, 1 ... n - 1.

    Neighbours are found by a search tree on the sphere, as chords rank like arcs; of units equally
    far away any may be taken. For coordinates see ``great_circle_km``; the id is ``nearest_<k>`` if
    left out. Raises UserError if ``k`` is out of range, a coordinate is missing, or two units are
    at the same place.
    """
    from scipy.spatial import cKDTree

    labels = as_labels(labels)
    name, n = name or f"nearest_{k}", len(labels)
    lon, lat = np.radians(np.asarray(lon, float)), np.radians(np.asarray(lat, float))
    if not 1 <= k < n:
        raise UserError(f"{name}: k must lie between 1 and {n - 1}")
    if lon.shape != (n,) or lat.shape != (n,) or not np.isfinite(lon + lat).all():
        raise UserError(f"{name}: {n} labels need as many finite coordinates")
    places = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], 1)
    distance, nearest = cKDTree(places).query(places, k + 1)
    same = np.flatnonzero(distance[:, 1] == 0.0)
    if same.size:
        units = name_some(labels[i] for i in same)
        raise UserError(f"{name}: unit {units} shares its place with another; merge or correct")
    rows = np.repeat(np.arange(n), k)
    links = sparse.csr_array((np.ones(n * k), (rows, nearest[:, 1:].ravel())), shape=(n, n))
    return _row_normalised(name, labels, links)


def _row_normalised(name: str, labels: tuple[str, ...], links: sparse.csr_array) -> SparseWeights:
    sums = links.sum(axis=1)
    islands = np.flatnonzero(sums == 0)
    if islands.size:
        units = name_some(labels[i] for i in islands)
        raise UserError(f"{name}: unit {units} has no neighbour (island); give it one")
    return SparseWeights(name, labels, sparse.csr_array(sparse.diags_array(1.0 / sums) @ links))
