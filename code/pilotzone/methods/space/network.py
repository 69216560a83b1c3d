r"""A gravity network of units: strength of links, links above a threshold, centralities by year.

    F_ij,t = √(P_it G_it) · √(P_jt G_jt) / D_ij²
    c_i = mean over j ≠ i and over the base years of F_ij,t
    link_ij,t = 1 if F_ij,t > c_i or F_ij,t > c_j

with P population, G gross regional product, D distance. The thresholds are fixed over time. The
network is undirected and simple; F is symmetric, the two directions differ by the threshold only.
F moves with the masses of the two units alone, as distances are fixed: a network that becomes
denser says that products (in current prices, if G is) have grown past those of the base years.

Sources: the gravity measure and the cut at the row mean are those of the literature on networks of
cities; Freeman (1978, Social Networks 1(3)) for the centralities, Wasserman and Faust (1994, Social
Network Analysis, chapter 5) for closeness in a network with several components, Brandes (2001,
Journal of Mathematical Sociology 25(2)) for the algorithm of betweenness.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import as_labels

# An excess over the threshold below this share of it is rounding: a tie, and a tie is no link.
TIE = 1e-12
# Distances of a pair may differ in their last digits by direction.
SYMMETRIC = 1e-9
# Betweenness is a share of the pairs of other units.
LEAST_UNITS = 3


@dataclass(frozen=True, eq=False)
class Centralities:
    """Centralities of the units of an undirected network, by year.

    Attributes
    ----------
    names : the n units, in the order of the columns.
    degree : (T, n), links over n − 1.
    closeness : (T, n), as networkx with ``wf_improved``: (r − 1)/(n − 1) · (r − 1)/Σ distance, r
        units in reach, itself included; distances in steps. Zero for a unit without links, and
        (n − 1)/Σ distance in a connected network.
    betweenness : (T, n), share of the shortest paths between two other units that pass the unit,
        over (n − 1)(n − 2)/2; the ends of a path do not count.
    density : (T,), links over n (n − 1)/2.
    """

    names: tuple[str, ...]
    degree: np.ndarray
    closeness: np.ndarray
    betweenness: np.ndarray
    density: np.ndarray


def gravity(
    population: ArrayLike,
    grp: ArrayLike,
    distance: ArrayLike,
    *,
    units: Iterable[object] | None = None,
    years: Iterable[object] | None = None,
) -> np.ndarray:
    r"""Strength of links, F_ij,t = √(P_it G_it) · √(P_jt G_jt) / D_ij², (T, n, n), zero on the
    diagonal.

    Parameters
    ----------
    population, grp : (T, n), positive, in any units.
    distance : (n, n), symmetric, km; the diagonal is not read.
    units, years : n and T labels, for messages; default: positions from 1.

    Raises UserError if shapes do not fit, a mass is missing, infinite or not positive (unit and
    year are named), or two units have no positive finite distance or two different ones.
    """
    population, grp = np.asarray(population, dtype=float), np.asarray(grp, dtype=float)
    if population.ndim != 2 or population.shape != grp.shape:
        raise UserError(
            f"population has shape {population.shape} and GRP {grp.shape}; give both by years and "
            "units"
        )
    n_years, n = population.shape
    units, years = as_labels(_labels(units, n, "units")), _labels(years, n_years, "years")
    _check_mass("population", population, units, years)
    _check_mass("GRP", grp, units, years)
    mass = np.sqrt(population) * np.sqrt(grp)
    return mass[:, :, None] * mass[:, None, :] / _squared(distance, units)


def thresholds(strength: ArrayLike, base_rows: ArrayLike) -> np.ndarray:
    r"""Row means of the base years, c_i = Σ_{t ∈ B} Σ_{j ≠ i} F_ij,t / (|B| (n − 1)), (n,).

    ``strength`` is that of ``gravity``, its diagonal is not read; ``base_rows`` are positions of
    the base years, or (T,) bool.

    Raises UserError if there is no base year, one is not among the T years, or shapes do not fit.
    """
    strength = _by_year(strength)
    n_years, n, _ = strength.shape
    rows = np.asarray(base_rows)
    if rows.dtype == bool and rows.shape == (n_years,):
        rows = np.flatnonzero(rows)
    if rows.dtype.kind not in "iu" or rows.ndim != 1 or not len(rows):
        raise UserError("base_rows names no base year; give positions or one truth value per year")
    if rows.min() < 0 or rows.max() >= n_years:
        raise UserError(f"base_rows goes from {rows.min()} to {rows.max()} for {n_years} years")
    others = strength[rows] * ~np.eye(n, dtype=bool)
    return others.sum(axis=2).mean(axis=0) / (n - 1)


def links(strength: ArrayLike, threshold: ArrayLike) -> np.ndarray:
    r"""Undirected links, link_ij,t = 1{F_ij,t > c_i or F_ji,t > c_j}, none of a unit with itself.

    The excess over ``thresholds`` is strict; one at the level of rounding (10⁻¹² of the threshold)
    is none, so that equal strengths give the same network on every machine. The result is (T, n, n)
    bool.
    """
    strength, threshold = _by_year(strength), np.asarray(threshold, dtype=float)
    n = strength.shape[1]
    if threshold.shape != (n,):
        raise UserError(f"{n} units, but thresholds of shape {threshold.shape}; give one per unit")
    exceeds = strength > (threshold * (1 + TIE))[:, None]
    return (exceeds | exceeds.swapaxes(1, 2)) & ~np.eye(n, dtype=bool)


def centralities(linked: ArrayLike, names: Iterable[object]) -> Centralities:
    """Degree, closeness and betweenness of every unit, and density, by year.

    ``linked`` are symmetric ``links``, ``names`` the n unit codes, kept as text.

    Raises UserError if there are fewer than three units, shapes do not fit, a name occurs twice, or
    a network is not undirected and simple.
    """
    linked = _by_year(linked)
    names = as_labels(_labels(names, linked.shape[1], "units"))
    if len(names) < LEAST_UNITS:
        raise UserError(f"{len(names)} units; betweenness needs {LEAST_UNITS} or more")
    if linked.dtype != bool:
        raise UserError(f"links are of type {linked.dtype}; give true and false, see links()")
    if np.any(linked != linked.swapaxes(1, 2)) or np.any(linked & np.eye(len(names), dtype=bool)):
        raise UserError("links must be the same in both directions, and none of a unit with itself")
    years = [_of_one_year(adjacency) for adjacency in linked]
    degree, closeness, betweenness, density = (np.array(part) for part in zip(*years, strict=True))
    return Centralities(names, degree, closeness, betweenness, density)


def _of_one_year(adjacency: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Degree, closeness, betweenness and density of one network (n, n)."""
    n = len(adjacency)
    linked = adjacency.astype(float)
    paths = _paths(linked)
    # Units in reach by steps, and the sum of their distances.
    others = np.array([(longer > 0).sum(axis=1) for longer in paths[1:]]).reshape(-1, n)
    reached, distance = others.sum(axis=0), np.arange(1, len(paths)) @ others
    closeness = np.divide(reached, distance, out=np.zeros(n), where=reached > 0)
    links = adjacency.sum(axis=1)
    # In the order in which networkx rounds.
    degree, density = links * (1 / (n - 1)), links.sum() / 2 / (n * (n - 1)) * 2
    return degree, closeness * (reached / (n - 1)), _betweenness(paths, linked), density


def _paths(adjacency: np.ndarray) -> list[np.ndarray]:
    """Return of each length, from 0, how many shortest paths lead from a row's unit to a column's.

    From all units at once, where a loop over them takes ten times as long.
    """
    paths = [np.eye(len(adjacency))]
    left = paths[0] == 0
    while (longer := (paths[-1] @ adjacency) * left).any():
        paths.append(longer)
        left &= longer == 0
    return paths


def _betweenness(paths: list[np.ndarray], adjacency: np.ndarray) -> np.ndarray:
    """Share of the shortest paths between two others that pass each unit (Brandes), (n,)."""
    through = np.zeros(adjacency.shape)
    for longer, shorter in itertools.pairwise(reversed(paths)):
        share = np.divide(1 + through, longer, out=np.zeros(longer.shape), where=longer > 0)
        through += shorter * (share @ adjacency)
    np.fill_diagonal(through, 0)
    return through.sum(axis=0) / ((len(adjacency) - 1) * (len(adjacency) - 2))


def _by_year(values: ArrayLike) -> np.ndarray:
    """A square matrix of at least two units for each of at least one year."""
    values = np.asarray(values)
    if values.ndim != 3 or values.shape[1] != values.shape[2] or min(values.shape[:2]) < 1:
        raise UserError(f"a network by year has shape (T, n, n), not {values.shape}")
    if values.shape[1] < 2:
        raise UserError("a network needs at least two units")
    return values


def _labels(labels: Iterable[object] | None, count: int, what: str) -> tuple[str, ...]:
    """Labels as text, one for each, by default positions from 1."""
    texts = tuple(str(label) for label in (range(1, count + 1) if labels is None else labels))
    if len(texts) != count:
        raise UserError(f"{len(texts)} labels for {count} {what}; give one for each")
    return texts


def _check_mass(
    name: str, values: np.ndarray, units: tuple[str, ...], years: tuple[str, ...]
) -> None:
    """Refuse a mass that is missing, infinite, zero or negative."""
    bad = np.argwhere(~(np.isfinite(values) & (values > 0)))
    if len(bad):
        t, i = bad[0]
        raise UserError(
            f"{name} of unit {units[i]} in {years[t]} is {values[t, i]:g}; gravity needs positive "
            "numbers, so complete it or leave the unit out"
        )


def _squared(distance: ArrayLike, units: tuple[str, ...]) -> np.ndarray:
    """Squared distances (n, n) with infinity on the diagonal, so that no unit attracts itself."""
    distance = np.array(distance, dtype=float)
    if distance.shape != (len(units), len(units)):
        raise UserError(f"{len(units)} units, but distances of shape {distance.shape}")
    np.fill_diagonal(distance, 1.0)
    valid = np.isfinite(distance) & (distance > 0)
    valid &= np.isclose(distance, distance.T, rtol=SYMMETRIC, atol=0.0, equal_nan=True)
    bad = np.argwhere(~valid)
    if len(bad):
        i, j = bad[0]
        raise UserError(
            f"the distance between units {units[i]} and {units[j]} is {distance[i, j]:g} km there "
            f"and {distance[j, i]:g} km back; gravity needs one positive distance for each pair"
        )
    np.fill_diagonal(distance, np.inf)
    return distance**2
