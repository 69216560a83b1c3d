"""Synthetic control of each unit: the weights by the conditions of their minimum, p by counting."""

from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.synthetic import noise_of, simplex
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

# The ridge, and below what a residual is none, in standard deviations of the donors' changes.
RIDGE, NONE = 1e-3, 1e-2


def synthetic_control(data: Design, store: Store) -> Iterator[Found]:
    """The mean gap of each unit that the output shows, and the share of shifts as large.

    How often the interval covers when donors play the treated unit is this again for every donor
    and is not computed once more.
    """
    years = np.unique(data.period)
    seen = {unit: data.period[data.unit == unit] for unit in data.units}
    path = {unit: data.y[data.unit == unit] for unit in data.units}
    first = {unit: data.cohorts[unit] for unit in data.units}
    named = str(data.spec.option("cohorts"))
    chosen = None if named == "all" else set(map(int, named.split()))
    plain = data.spec.option("demeaned") == "no"
    for unit, g in sorted(first.items()):
        if not 0 < g <= years[-1] or (chosen is not None and g not in chosen):
            continue
        when = seen[unit]
        others = [u for u in data.units if first[u] == 0 or first[u] > years[-1]]
        pool = [path[u][np.isin(seen[u], when)] for u in others if np.isin(when, seen[u]).all()]
        found = _judged(path[unit], np.array(pool), when >= g, plain)
        if found is not None:
            yield Found(f"unit:{unit}", found[0], others={"p_value": found[1]})
            if found[2] > NONE:
                yield Found(f"prefit:unit:{unit}", found[2] * found[3])


def _judged(
    own: np.ndarray, pool: np.ndarray, post: np.ndarray, plain: bool
) -> tuple[float, float, float, float] | None:
    """Return the mean gap, p, the gap before treatment over the noise, and the noise.

    Nothing where there are too few years or no residuals. A gap before treatment that is rounding
    beside the noise is not compared.
    """
    if (~post).sum() < 3 or not post.any():
        return None
    noise = noise_of(pool, post)
    ridge = RIDGE * noise
    gap = _gap(own, pool, ~post, ridge, plain)
    sizes = np.abs(_gap(own, pool, np.ones(len(own), dtype=bool), ridge, plain))
    if sizes.max() <= NONE * noise:
        return None
    turns = [sum(sizes[(t + k) % len(own)] for t in np.flatnonzero(post)) for k in range(len(own))]
    p = float(np.mean(np.array(turns) >= turns[0] * (1 - 1e-9)))
    return float(gap[post].mean()), p, float(np.sqrt(np.mean(gap[~post] ** 2))) / noise, noise


def _gap(
    own: np.ndarray, pool: np.ndarray, fitted: np.ndarray, ridge: float, plain: bool
) -> np.ndarray:
    """Return the unit less its control (T,), weights from the periods that are fitted."""
    weights = simplex(pool[:, fitted].T, own[fitted], ridge, constant=not plain)
    gap = own - weights @ pool
    return gap if plain else gap - gap[fitted].mean()
