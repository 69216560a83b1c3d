"""Spillovers by distance, against clean controls, and between pairs of cities."""

import itertools
from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.least_squares import regression, told, without_lone_rows
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design, kilometres, neighbours
from pilotzone.panels.store import Store

Terms = Iterator[Found]
# A year needs so many untreated rows beyond the last ring.
REFERENCES = 20
BASE_YEARS = (2011, 2014)


def clean_controls(data: Design, store: Store) -> Terms:
    """y on the treatment and on exposure of the untreated, against who has neither."""
    name, chosen = data.spec.treatment, str(data.spec.option("rings_km"))
    if chosen == "none":
        linked = {"exposed": neighbours(data, store)[1] > 0}
    else:
        km = kilometres(data, store)
        pairs = itertools.pairwise([0.0, *map(float, chosen.split())])
        linked = {f"ring:{a:g}-{b:g}": (km > a) & (km <= b) for a, b in pairs}
    taken = data.treatment > 0
    columns = {name: data.treatment}
    for term, table in linked.items():
        near = np.array([_near(data, table, row) for row in range(len(data.y))]) & ~taken
        columns[term] = near
        taken = taken | near
    fit = regression(data, [*columns.values()])
    for term, value in zip(columns, fit.coefficients, strict=False):
        yield Found(term, value)


def _near(data: Design, table: np.ndarray, row: int) -> bool:
    """Say whether a treated unit of the same year is linked with the unit of a row."""
    now = (data.period == data.period[row]) & (data.treatment > 0)
    own = table[data.units.index(data.unit[row])]
    return any(own[data.units.index(unit)] for unit in data.unit[now])


def rings(data: Design, store: Store) -> Terms:
    """y on the own zone and, for untreated rows, on the ring in which the nearest zone lies."""
    edges = [0.0, *map(float, str(data.spec.option("rings_km")).split())]
    data = _compared(data, edges[-1])
    km, untreated = _km(data, "distance_to_zone_km"), data.treatment == 0
    columns = {data.spec.treatment: data.treatment}
    for low, high in itertools.pairwise(edges):
        columns[f"ring:{low:g}-{high:g}"] = untreated & (km > low) & (km <= high)
    yield from told([*columns], regression(data, [*columns.values()]), data)


def exposure_net(data: Design, store: Store) -> Terms:
    """y on the own zone, and on another zone nearby for rows with and without an own one."""
    within = float(data.spec.option("near_km"))
    data = _compared(data, within)
    name, d = data.spec.treatment, data.treatment
    near = (_km(data, "distance_to_other_zone_km") <= within).astype(float)
    yield from told([name], regression(data, [d]), data)
    fit = regression(data, [d, d * near, (1 - d) * near])
    yield from told([f"direct:{name}", "near:treated", "near:untreated"], fit, data)
    share = near[d > 0].mean()
    mix = np.array([1.0, share, 0.0])
    error = np.sqrt(mix @ fit.covariance[:3, :3] @ mix)
    yield Found(f"total:{name}", mix @ fit.coefficients[:3], float(error))
    yield Found("near:share_of_treated", share)


def _km(data: Design, column: str) -> np.ndarray:
    """Return a distance, without bound where there is no zone yet."""
    km = data.frame[column].to_numpy(dtype=float)
    return np.where(np.isnan(km), np.inf, km)


def _compared(data: Design, far: float) -> Design:
    """Return the rows that rings compare.

    An untreated row beyond the last ring of the zones in force says nothing if an approved one is
    within it, nor does a year with few rows beyond all of them.
    """
    data = without_lone_rows(data)
    approved = _km(data, "distance_to_approved_zone_km")
    untreated = data.treatment == 0
    touched = untreated & (_km(data, "distance_to_zone_km") > far) & (approved <= far)
    beyond = untreated & (approved > far)
    known = [t for t in np.unique(data.period) if (beyond & (data.period == t)).sum() >= REFERENCES]
    return without_lone_rows(data.where(np.isin(data.period, known) & ~touched))


def pairs(data: Design, store: Store) -> Terms:
    """Links of pairs on one or both having a zone, freed of the means of pairs and of years.

    Each pair's score meets those of all pairs with which it shares a city.
    """
    years, n = np.unique(data.period), len(data.units)
    mass = np.array([data.y[data.unit == unit] for unit in data.units])
    zone = np.array([data.treatment[data.unit == unit] for unit in data.units])
    i, j = np.triu_indices(n, 1)
    base = (years >= BASE_YEARS[0]) & (years <= BASE_YEARS[1])
    y = _links(str(data.spec.option("of")), mass, kilometres(data, store), base)[i, j]
    start = int(data.spec.option("in_time"))
    if start:
        later = (zone.max(axis=1) > 0)[:, None] & (years >= start)
        zone, y, years = later[:, base].astype(float), y[:, base], years[base]
    count = zone[i] + zone[j]
    free = [_free(column) for column in (y, count == 1, count == 2)]
    x = np.stack(free[1:], axis=-1)
    flat = x.reshape(-1, 2)
    bread = np.linalg.inv(flat.T @ flat)
    beta = bread @ flat.T @ free[0].ravel()
    scores = (x * (free[0] - x @ beta)[..., None]).sum(axis=1)
    of_city = np.zeros((n, 2))
    np.add.at(of_city, i, scores)
    np.add.at(of_city, j, scores)
    meat = scores.T @ (of_city[i] + of_city[j] - scores)
    rows, counted = flat.shape[0], 2 + len(years)
    factor = n / (n - 1) * (rows - 1) / (rows - counted)
    errors = np.sqrt(factor * np.diag(bread @ meat @ bread))
    for name, value, error in zip(("one", "both"), beta, errors, strict=True):
        yield Found(f"pair:{name}", value, float(error))


def _links(kind: str, mass: np.ndarray, km: np.ndarray, base: np.ndarray) -> np.ndarray:
    """Return the outcome of pairs (n, n, T) from the logs of the masses (n, T)."""
    both = mass[:, None] + mass[None]
    if kind == "mass_sum":
        return both
    apart = np.log(np.where(km > 0, km, 1.0))[..., None]
    strength = both - 2 * apart
    if kind == "gravity":
        return strength
    force = np.exp(strength)
    force[np.arange(len(km)), np.arange(len(km))] = 0.0
    usual = force[..., base].sum(axis=1).mean(axis=1) / (len(km) - 1)
    above = force > usual[:, None, None] * (1 + 1e-12)
    return (above | above.swapaxes(0, 1)).astype(float)


def _free(values: np.ndarray) -> np.ndarray:
    """Return values (pairs, T) less the means of pairs and of years."""
    rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0)
    return values - rows - columns + values.mean()
