"""Spatial weights from neighbours, distances, economic levels and chance."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import (
    ROUNDING,
    SpatialWeights,
    as_labels,
    name_some,
    normalised,
)

EARTH_RADIUS_KM = 6371.0088


def contiguity(
    labels: Sequence[object], pairs: Iterable[tuple[object, object]], *, name: str = "contiguity"
) -> SpatialWeights:
    """Build weights that are equal over the neighbours of a list.

    Parameters
    ----------
    labels, name : (n,) unit codes, and the id of the matrix.
    pairs : neighbours, each pair in both directions.

    Raises UserError if a pair names an unknown unit or one unit twice, stands in one direction
    only, or a unit is in no pair; pair or unit is named.
    """
    labels = as_labels(labels)
    listed = {(str(one), str(other)) for one, other in pairs}
    require_known_pairs(name, labels, listed)
    one_way = sorted(pair for pair in listed if pair[::-1] not in listed)
    if one_way:
        texts = name_some(f"{one}-{other}" for one, other in one_way)
        raise UserError(f"{name}: pair {texts} stands in one direction only; list both or neither")
    where = {label: i for i, label in enumerate(labels)}
    links = np.zeros((len(labels), len(labels)))
    for one, other in listed:
        links[where[one], where[other]] = 1.0
    return normalised(name, labels, links)


def require_known_pairs(
    name: str, labels: tuple[str, ...], pairs: Collection[tuple[str, str]]
) -> None:
    """Raise UserError if pairs name an unknown unit or one unit twice; the units are named."""
    unknown = sorted({code for pair in pairs for code in pair}.difference(labels))
    if unknown:
        raise UserError(f"{name}: unit {name_some(unknown)} of the pairs is not among the labels")
    selfish = sorted({one for one, other in pairs if one == other})
    if selfish:
        raise UserError(f"{name}: unit {name_some(selfish)} is listed as its own neighbour")


def great_circle_km(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return great-circle distances (n, n) in km between places by the haversine formula.

    d = 2 R arcsin sqrt(sin^2(dlat / 2) + cos lat_i cos lat_j sin^2(dlon / 2)), with the mean earth
    radius R = 6371.0088 km; ``lon`` and ``lat`` (n,) are degrees east and north.

    Raises UserError if a coordinate is not finite or off the globe; its position is named.
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
    labels : (n,) unit codes.
    distance : (n, n) symmetric distances; the diagonal is not read.
    exponent : positive decay.
    cutoff : pairs further apart have weight zero, in the unit of ``distance``.
    name : id; ``inverse_distance``, ``inverse_distance_squared`` or with the exponent if left out.

    Raises UserError if two units are at the same place, the cutoff leaves a unit alone, or the
    distances are no symmetric finite matrix; the units are named.
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
    return normalised(name, labels, closeness)


def nearest_neighbours(
    labels: Sequence[object], distance: np.ndarray, k: int, *, name: str | None = None
) -> SpatialWeights:
    """Build weights 1/k on the k nearest units, 1 ... n - 1; labels sorted as text break ties.

    ``name`` is ``nearest_<k>`` if left out; else see ``inverse_distance``.
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
    return normalised(name, labels, links)


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
    labels, name : see ``contiguity``.
    level : (n,) positive economic level, such as mean GDP per head of early years.
    floor_share : smallest difference counted, as a share of the mean level. Without it, two units
        of nearly the same level take each other's whole row.

    Raises UserError if a level is not positive, or two are equal while ``floor_share`` is 0.
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
    return normalised(name, labels, level.mean() / gap)


def nested(
    labels: Sequence[object], distance: np.ndarray, mass: np.ndarray, *, name: str = "nested"
) -> SpatialWeights:
    """Build weights w_ij proportional to mass_j / d_ij; see ``inverse_distance``.

    ``mass`` (n,) is the positive size of the neighbour, such as mean GDP of early years.
    """
    labels = as_labels(labels)
    mass = _check_positive(name, "mass", labels, mass)
    distance = _check_distance(name, labels, distance)
    pull = (mass / mass.mean()) * (_off_diagonal(distance).min() / distance)
    return normalised(name, labels, pull)


def rewired(linked: np.ndarray, rng: np.random.Generator, swaps_per_edge: int = 10) -> np.ndarray:
    """Return a random undirected graph in which every unit keeps its number of neighbours.

    Double edge swaps: edges a-b and c-d become a-d and c-b unless a loop or a double edge would
    arise (Maslov and Sneppen 2002, Science 296); ten tried swaps per edge mix the graph. ``linked``
    (n, n) bool is symmetric, without loops, and not changed.
    """
    # Neighbours as the bits of a number: a swap turns two bits of each of its four units.
    bit = [1 << unit for unit in range(len(linked))]
    packed = np.packbits(linked, axis=1, bitorder="little")
    near = [int.from_bytes(row.tobytes(), "little") for row in packed]
    edges = [tuple(edge) for edge in np.argwhere(np.triu(linked)).tolist()]
    tries = swaps_per_edge * len(edges)
    pairs = rng.integers(len(edges), size=(tries, 2)).tolist()
    turned = (rng.random(tries) < 0.5).tolist()
    for (first, second), turn in zip(pairs, turned, strict=True):
        a, b = edges[first]
        c, d = edges[second][::-1] if turn else edges[second]
        if a in (c, d) or b in (c, d) or near[a] & bit[d] or near[c] & bit[b]:
            continue
        of_a_and_c, of_b_and_d = bit[b] | bit[d], bit[a] | bit[c]
        near[a] ^= of_a_and_c
        near[c] ^= of_a_and_c
        near[b] ^= of_b_and_d
        near[d] ^= of_b_and_d
        edges[first], edges[second] = (a, d), (c, b)
    graph = np.zeros_like(linked)
    one, other = np.array(edges, dtype=int).reshape(-1, 2).T
    graph[one, other] = graph[other, one] = True
    return graph


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
        "have another distance there than back": ~np.isclose(distance, distance.T, rtol=ROUNDING),
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
