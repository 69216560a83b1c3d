"""The weight matrix of a column: a declared one, or one built by its options."""

from collections.abc import Callable

import numpy as np

from pilotzone.engine.design import Design
from pilotzone.methods.space import builders
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

INCOME_YEARS = (2013, 2014)


def matrix(data: Design, store: Store) -> SpatialWeights:
    """Return the matrix of a column: a declared one, or one built by its options.

    ``cutoff_km`` (inverse distance below it), ``neighbours`` (k nearest), ``exponent`` (of inverse
    distance), ``economic_floor`` (share of the mean below which incomes count as equal).
    """
    build = _built(data)
    if build:
        return build(*store.distances(data.panel.id))
    return store.weights(data.spec.weights, data.panel.id)


def distances(data: Design, store: Store) -> np.ndarray:
    """Return the kilometres between the units of a design, (n, n) in the order of their codes."""
    codes, km = store.distances(data.panel.id)
    at = [codes.index(unit) for unit in data.units]
    return km[np.ix_(at, at)]


def placed(data: Design, store: Store) -> tuple[Design, SpatialWeights]:
    """Return a column's design and matrix on the units that the matrix can place.

    Where a sample leaves out whole units, nearest neighbours and distances are taken anew among
    the units that are left; by contiguity those without a neighbour left are dropped as well.
    """
    units = data.units
    if data.spec.rows.incomplete != "drop_units":
        return data, matrix(data, store)
    build = _built(data) or AMONG_UNITS.get(data.spec.weights)
    if build:
        return data, build(units, distances(data, store))
    weights = store.weights(data.spec.weights, data.panel.id)
    at = [weights.labels.index(unit) for unit in units if unit in weights.labels]
    linked = np.flatnonzero(weights.matrix[np.ix_(at, at)].sum(axis=1) > 0)
    kept = tuple(weights.labels[at[k]] for k in linked)
    return data.without(~np.isin(data.unit, kept)), weights.subset(kept)


Build = Callable[[tuple[str, ...], np.ndarray], SpatialWeights]
AMONG_UNITS: dict[str, Build] = {
    "nearest_6": lambda units, km: builders.nearest_neighbours(units, km, 6),
    "inverse_distance": builders.inverse_distance,
}


def _built(data: Design) -> Build | None:
    """Return what builds the matrix that an option names; None without such an option."""
    for name, value in data.spec.options:
        if name in BUILT:
            return lambda codes, km: BUILT[name](data, codes, km, value)
    return None


def _income(data: Design, codes: tuple[str, ...], km: np.ndarray, value: float) -> SpatialWeights:
    early = data.whole.frame[data.whole.frame[data.panel.period].isin(INCOME_YEARS)]
    level = early.groupby(data.panel.unit)["gdp_per_capita"].mean().loc[list(codes)]
    return builders.economic(codes, level.to_numpy(), floor_share=float(value))


BUILT = {
    "cutoff_km": lambda _, codes, km, v: builders.inverse_distance(codes, km, cutoff=float(v)),
    "neighbours": lambda _, codes, km, v: builders.nearest_neighbours(codes, km, int(v)),
    "exponent": lambda _, codes, km, v: builders.inverse_distance(codes, km, exponent=float(v)),
    "economic_floor": _income,
}
