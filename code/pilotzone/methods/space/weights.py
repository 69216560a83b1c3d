"""Spatial weights matrices that carry the codes of their units.

A matrix without labels joins a panel by position and gives a number for the wrong neighbours. So
every matrix here is a :class:`SpatialWeights`: rows sum to one, the diagonal is zero, and whoever
wants the matrix asks for it by code.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pilotzone.errors import UserError

EARTH_RADIUS_KM = 6371.0088

# Matrices are read from text of 12 significant digits: row sums and the symmetry of what was
# normalised hold to about 1e-11 there, and a matrix that was not normalised misses by far more.
_ROUNDING = 1e-8

# An eigenvalue that is real and repeated can come back as a pair with an imaginary part of the
# order of the square root of the machine precision.
_IMAGINARY = 1e-6

_SHOWN = 5


def name_some(items: Iterable[object]) -> str:
    """Return the first five items as text, and how many more there are."""
    texts = [str(item) for item in items]
    rest = len(texts) - _SHOWN
    return ", ".join(texts[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def as_labels(codes: Iterable[object]) -> tuple[str, ...]:
    """Return unit codes as a tuple of text.

    Raises
    ------
    UserError
        If a code occurs twice; the code is named.
    """
    labels = tuple(str(code) for code in codes)
    if len(set(labels)) < len(labels):
        seen: set[str] = set()
        twice = [label for label in labels if label in seen or seen.add(label)]
        raise UserError(f"unit {name_some(twice)} is listed twice; list each unit once")
    return labels


@dataclass(frozen=True, eq=False)
class SpatialWeights:
    """A row-normalised weights matrix with the codes of its units.

    Parameters
    ----------
    name : str
        Id of the matrix, for tables and notes.
    labels : sequence of str, length n
        Unit codes, in the order of the rows; kept as text.
    matrix : ndarray (n, n)
        Weights w_ij >= 0 with w_ii = 0; every row sums to one. A read-only copy is kept.

    Raises
    ------
    UserError
        If the shape, a value, the diagonal or a row sum is wrong; the unit is named.
    """

    name: str
    labels: tuple[str, ...]
    matrix: np.ndarray

    def __post_init__(self) -> None:
        """Check the matrix and keep a read-only copy."""
        labels = as_labels(self.labels)
        matrix = np.array(self.matrix, dtype=float)
        _check_normalised(self.name, labels, matrix)
        matrix.setflags(write=False)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "matrix", matrix)

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """Eigenvalues (n,), sorted; real wherever W is similar to a symmetric matrix."""
        symmetric = _symmetric_form(self.matrix)
        if symmetric is not None:
            values = np.linalg.eigvalsh(symmetric)
        else:
            values = np.sort_complex(np.linalg.eigvals(self.matrix))
            values = values if np.any(values.imag) else values.real
        values.setflags(write=False)
        return values

    @cached_property
    def stable_interval(self) -> tuple[float, float]:
        """Open interval (1/lowest real eigenvalue, 1) on which I - rho W is never singular.

        Complex eigenvalues set no bound (LeSage and Pace 2009, section 4.3.2). A matrix without a
        negative real eigenvalue has the bound -1, as no eigenvalue lies outside the unit circle.
        """
        values = self.eigenvalues
        real = values.real[np.abs(values.imag) < _IMAGINARY]
        lowest = real.min()
        return (1.0 / lowest if lowest < -_IMAGINARY else -1.0), 1.0

    @property
    def largest_row_weight(self) -> float:
        """Largest single weight: 1 if some unit has only one neighbour."""
        return float(self.matrix.max())

    def align(self, codes: Iterable[object]) -> np.ndarray:
        """Return the matrix with rows and columns in the order of ``codes``.

        Raises
        ------
        UserError
            If ``codes`` and the labels are not the same set; the units are named.
        """
        codes = as_labels(codes)
        self.require_same_units(codes)
        order = self._positions(codes)
        return self.matrix[np.ix_(order, order)]

    def require_same_units(self, codes: Iterable[str]) -> None:
        """Raise UserError, naming the units, unless ``codes`` are the units of the matrix."""
        codes = set(codes)
        unknown = sorted(codes.difference(self.labels))
        absent = sorted(set(self.labels).difference(codes))
        if not unknown and not absent:
            return
        parts = []
        if unknown:
            parts.append(f"has no unit {name_some(unknown)}")
        if absent:
            parts.append(f"holds unit {name_some(absent)} that the data lack")
        raise UserError(
            f"weights '{self.name}' {' and '.join(parts)}; "
            "choose the units with weights.subset(codes) or complete the data"
        )

    def subset(self, codes: Iterable[object]) -> "SpatialWeights":
        """Keep the units ``codes``, in this order, and normalise the rows anew.

        Raises
        ------
        UserError
            If a code is unknown or a unit loses all its neighbours; the units are named.
        """
        codes = as_labels(codes)
        unknown = sorted(set(codes).difference(self.labels))
        if unknown:
            raise UserError(f"weights '{self.name}' has no unit {name_some(unknown)} to keep")
        order = self._positions(codes)
        return _normalised(self.name, codes, self.matrix[np.ix_(order, order)])

    def relabelled(self, order: Sequence[int]) -> "SpatialWeights":
        """Give unit i the neighbours of unit ``order[i]``, for placebo matrices.

        The result is similar to the original by a permutation, so that the eigenvalues are
        carried over and not computed again.

        Raises
        ------
        UserError
            If ``order`` is not a permutation of 0 ... n - 1.
        """
        order = np.asarray(order)
        if not np.array_equal(np.sort(order), np.arange(len(self.labels))):
            raise UserError(f"order for weights '{self.name}' is no permutation of its units")
        moved = SpatialWeights(self.name, self.labels, self.matrix[np.ix_(order, order)])
        moved.__dict__["eigenvalues"] = self.eigenvalues
        return moved

    def _positions(self, codes: Iterable[str]) -> list[int]:
        where = {label: i for i, label in enumerate(self.labels)}
        return [where[code] for code in codes]


def row_normalise(matrix: np.ndarray, labels: Sequence[object]) -> np.ndarray:
    """Divide each row by its sum.

    Parameters
    ----------
    matrix : ndarray (n, n)
        Non-negative weights.
    labels : sequence, length n
        Unit codes, for the message.

    Raises
    ------
    UserError
        If a row is all zero (an island); the units are named.
    """
    matrix = np.asarray(matrix, dtype=float)
    sums = matrix.sum(axis=1)
    islands = [label for label, total in zip(labels, sums, strict=True) if not total > 0]
    if islands:
        raise UserError(
            f"unit {name_some(islands)} has no neighbour (island); give it one in the list of "
            "pairs, raise the cutoff, or leave it out of the units"
        )
    return matrix / sums[:, None]


def contiguity(
    labels: Sequence[object],
    pairs: Iterable[tuple[object, object]],
    *,
    name: str = "contiguity",
) -> SpatialWeights:
    """Build weights that are equal over the neighbours of a list.

    Parameters
    ----------
    labels : sequence, length n
        Unit codes.
    pairs : iterable of (code, code)
        Neighbours, each pair in both directions.
    name : str
        Id of the matrix.

    Raises
    ------
    UserError
        If a pair names an unknown unit or one unit twice, stands in one direction only, or a unit
        is in no pair; pair or unit is named.
    """
    labels = as_labels(labels)
    listed = {(str(one), str(other)) for one, other in pairs}
    unknown = sorted({code for pair in listed for code in pair}.difference(labels))
    if unknown:
        raise UserError(f"{name}: unit {name_some(unknown)} of the pairs is not among the labels")
    selfish = sorted(one for one, other in listed if one == other)
    if selfish:
        raise UserError(f"{name}: unit {name_some(selfish)} is listed as its own neighbour")
    one_way = sorted(pair for pair in listed if pair[::-1] not in listed)
    if one_way:
        texts = name_some(f"{one}-{other}" for one, other in one_way)
        raise UserError(f"{name}: pair {texts} stands in one direction only; list both or neither")
    where = {label: i for i, label in enumerate(labels)}
    links = np.zeros((len(labels), len(labels)))
    for one, other in listed:
        links[where[one], where[other]] = 1.0
    return _normalised(name, labels, links)


def great_circle_km(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return great-circle distances between places by the haversine formula.

    d = 2 R arcsin sqrt(sin^2(dlat / 2) + cos lat_i cos lat_j sin^2(dlon / 2)), with the mean earth
    radius R = 6371.0088 km.

    Parameters
    ----------
    lon, lat : ndarray (n,)
        Degrees east and north.

    Returns
    -------
    ndarray (n, n)
        Kilometres; zero diagonal.

    Raises
    ------
    UserError
        If a coordinate is not finite or off the globe; its position is named.
    """
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    off = np.flatnonzero(~((np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    if off.size:
        raise UserError(f"lon or lat in row {name_some(off)} is missing or off the globe")
    lon, lat = np.radians(lon), np.radians(lat)
    half_lat = np.sin((lat[:, None] - lat) / 2.0)
    half_lon = np.sin((lon[:, None] - lon) / 2.0)
    chord = half_lat**2 + np.cos(lat)[:, None] * np.cos(lat) * half_lon**2
    return 2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))


def inverse_distance(
    labels: Sequence[object],
    distance: np.ndarray,
    exponent: float = 1.0,
    cutoff: float | None = None,
    *,
    name: str | None = None,
) -> SpatialWeights:
    """Build weights w_ij proportional to d_ij ** -exponent.

    Parameters
    ----------
    labels : sequence, length n
        Unit codes.
    distance : ndarray (n, n)
        Symmetric distances; the diagonal is not read.
    exponent : float
        Positive decay.
    cutoff : float, optional
        Pairs further apart have weight zero, in the unit of ``distance``.
    name : str, optional
        Id; ``inverse_distance``, ``inverse_distance_squared`` or with the exponent if left out.

    Raises
    ------
    UserError
        If two units are at the same place, the cutoff leaves a unit alone, or the distances are
        no symmetric finite matrix; the units are named.
    """
    labels = as_labels(labels)
    name = name or _distance_name(exponent)
    if not exponent > 0:
        raise UserError(f"{name}: exponent {exponent} is not positive")
    distance = _check_distance(name, labels, distance)
    # Powers of the ratio to the smallest distance stay in range for any unit of length.
    closeness = (_off_diagonal(distance).min() / distance) ** exponent
    if cutoff is not None:
        closeness[distance > cutoff] = 0.0
    return _normalised(name, labels, closeness)


def nearest_neighbours(
    labels: Sequence[object], distance: np.ndarray, k: int, *, name: str | None = None
) -> SpatialWeights:
    """Build weights 1/k on the k nearest units; ties are broken by the order of the labels.

    Parameters
    ----------
    labels : sequence, length n
        Unit codes; sorted as text, they break ties.
    distance : ndarray (n, n)
        Symmetric distances; the diagonal is not read.
    k : int
        Number of neighbours, 1 ... n - 1.
    name : str, optional
        Id; ``nearest_<k>`` if left out.

    Raises
    ------
    UserError
        If ``k`` is out of range, two units are at the same place, or the distances are no
        symmetric finite matrix.
    """
    labels = as_labels(labels)
    name = name or f"nearest_{k}"
    if not 1 <= k < len(labels):
        raise UserError(f"{name}: k must lie between 1 and {len(labels) - 1}")
    distance = _check_distance(name, labels, distance)
    # Written by label first, so that a stable sort keeps that order among equal distances.
    by_label = np.argsort(np.asarray(labels), kind="stable")
    nearest = by_label[np.argsort(distance[:, by_label], axis=1, kind="stable")[:, :k]]
    links = np.zeros_like(distance)
    np.put_along_axis(links, nearest, 1.0, axis=1)
    return _normalised(name, labels, links)


def economic(
    labels: Sequence[object],
    level: np.ndarray,
    floor_share: float = 0.01,
    *,
    name: str = "economic",
) -> SpatialWeights:
    """Build weights w_ij proportional to 1 / max(|level_i - level_j|, floor_share * mean(level)).

    Parameters
    ----------
    labels : sequence, length n
        Unit codes.
    level : ndarray (n,)
        Positive economic level, such as mean GDP per head of early years.
    floor_share : float
        Smallest difference counted, as a share of the mean level. Without it, two units of nearly
        the same level take each other's whole row.
    name : str
        Id of the matrix.

    Raises
    ------
    UserError
        If a level is not positive, or two are equal while ``floor_share`` is 0; units are named.
    """
    labels = as_labels(labels)
    level = _check_positive(name, "level", labels, level)
    if not floor_share >= 0:
        raise UserError(f"{name}: floor_share {floor_share} is negative")
    gap = np.maximum(np.abs(level[:, None] - level), floor_share * level.mean())
    np.fill_diagonal(gap, np.inf)
    equal = np.argwhere(gap == 0)
    if equal.size:
        one, other = (labels[i] for i in equal[0])
        raise UserError(
            f"{name}: units {one} and {other} have the same level; give a floor_share above 0"
        )
    return _normalised(name, labels, level.mean() / gap)


def nested(
    labels: Sequence[object], distance: np.ndarray, mass: np.ndarray, *, name: str = "nested"
) -> SpatialWeights:
    """Build weights w_ij proportional to mass_j / d_ij.

    Parameters
    ----------
    labels : sequence, length n
        Unit codes.
    distance : ndarray (n, n)
        Symmetric distances; the diagonal is not read.
    mass : ndarray (n,)
        Positive size of the neighbour, such as mean GDP of early years.
    name : str
        Id of the matrix.

    Raises
    ------
    UserError
        If a mass is not positive, two units are at the same place, or the distances are no
        symmetric finite matrix; units are named.
    """
    labels = as_labels(labels)
    mass = _check_positive(name, "mass", labels, mass)
    distance = _check_distance(name, labels, distance)
    pull = (mass / mass.mean()) * (_off_diagonal(distance).min() / distance)
    return _normalised(name, labels, pull)


def _normalised(name: str, labels: tuple[str, ...], matrix: np.ndarray) -> SpatialWeights:
    try:
        return SpatialWeights(name, labels, row_normalise(matrix, labels))
    except UserError as error:
        raise UserError(f"{name}: {error}") from None


def _check_normalised(name: str, labels: tuple[str, ...], matrix: np.ndarray) -> None:
    n = len(labels)
    if n < 2 or matrix.shape != (n, n):
        raise UserError(f"weights '{name}': {n} labels for a matrix of shape {matrix.shape}")
    faults = {
        "has a negative or missing weight": ~np.all(matrix >= 0, axis=1),
        "is its own neighbour": np.diag(matrix) != 0,
        "has a row that does not sum to one (use row_normalise)": ~(
            np.abs(matrix.sum(axis=1) - 1.0) < _ROUNDING
        ),
    }
    for fault, rows in faults.items():
        if rows.any():
            units = name_some(np.asarray(labels)[rows])
            raise UserError(f"weights '{name}': unit {units} {fault}")


def _check_distance(name: str, labels: tuple[str, ...], distance: np.ndarray) -> np.ndarray:
    """Return a copy with an infinite diagonal, so that a unit is never its own neighbour."""
    distance = np.array(distance, dtype=float)
    n = len(labels)
    if distance.shape != (n, n):
        raise UserError(f"{name}: {n} labels for distances of shape {distance.shape}")
    np.fill_diagonal(distance, np.inf)
    faults = {
        "are at the same place; merge them or correct the coordinates": distance == 0,
        "have a negative or missing distance": ~(distance >= 0)
        | (np.isinf(distance) & ~np.eye(n, dtype=bool)),
        "have another distance there than back": ~np.isclose(distance, distance.T, rtol=_ROUNDING),
    }
    for fault, cells in faults.items():
        if cells.any():
            one, other = (labels[i] for i in np.argwhere(cells)[0])
            raise UserError(f"{name}: units {one} and {other} {fault}")
    return distance


def _check_positive(
    name: str, what: str, labels: tuple[str, ...], values: np.ndarray
) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.shape != (len(labels),):
        raise UserError(f"{name}: {len(labels)} labels for {what} of shape {values.shape}")
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        units = name_some(np.asarray(labels)[wrong])
        raise UserError(f"{name}: {what} of unit {units} is not a positive number")
    return values


def _distance_name(exponent: float) -> str:
    known = {1.0: "inverse_distance", 2.0: "inverse_distance_squared"}
    return known.get(float(exponent), f"inverse_distance_{exponent:g}")


def _off_diagonal(matrix: np.ndarray) -> np.ndarray:
    return matrix[~np.eye(len(matrix), dtype=bool)]


def _symmetric_form(matrix: np.ndarray) -> np.ndarray | None:
    """Return D^1/2 W D^-1/2 if some diagonal D makes it symmetric, else None.

    Such a D satisfies d_i w_ij = d_j w_ji, so one neighbour fixes the next along any path; whether
    all pairs agree is checked at the end. Row-normalised symmetric matrices pass, and those with
    masses on the neighbours; nearest neighbours do not.
    """
    if not np.array_equal(matrix > 0, matrix.T > 0):
        return None
    scale = np.zeros(len(matrix))
    for start in range(len(matrix)):
        if scale[start] > 0:
            continue
        scale[start] = 1.0
        reached = [start]
        while reached:
            unit = reached.pop()
            new = np.flatnonzero((matrix[unit] > 0) & (scale == 0))
            scale[new] = scale[unit] * matrix[unit, new] / matrix[new, unit]
            reached.extend(new)
    balanced = scale[:, None] * matrix
    if not np.allclose(balanced, balanced.T, rtol=_ROUNDING, atol=0.0):
        return None
    root = np.sqrt(scale)
    symmetric = root[:, None] * matrix / root
    return (symmetric + symmetric.T) / 2.0


def rewired(linked: np.ndarray, rng: np.random.Generator, swaps_per_edge: int = 10) -> np.ndarray:
    """Return a random undirected graph in which every unit keeps its number of neighbours.

    Double edge swaps: edges a-b and c-d become a-d and c-b unless a loop or a double edge would
    arise (Maslov and Sneppen 2002, Science 296); ten tried swaps per edge mix the graph.

    Parameters
    ----------
    linked : ndarray of bool (n, n)
        Symmetric, without loops; not changed.
    rng : numpy.random.Generator
    swaps_per_edge : int

    Returns
    -------
    ndarray of bool (n, n)
    """
    graph = linked.copy()
    edges = np.argwhere(np.triu(graph))
    tries = swaps_per_edge * len(edges)
    pairs = rng.integers(len(edges), size=(tries, 2)).tolist()
    turned = (rng.random(tries) < 0.5).tolist()
    for (first, second), turn in zip(pairs, turned, strict=True):
        a, b = edges[first]
        c, d = edges[second][::-1] if turn else edges[second]
        if len({a, b, c, d}) < 4 or graph[a, d] or graph[c, b]:
            continue
        graph[[a, b, c, d], [b, a, d, c]] = False
        graph[[a, d, c, b], [d, a, b, c]] = True
        edges[first], edges[second] = (a, d), (c, b)
    return graph
