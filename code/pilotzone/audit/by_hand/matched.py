"""Matched and balanced samples: scores and weights by root finding, then a weighted regression."""

from collections.abc import Callable, Iterator

import numpy as np
from scipy import optimize, special

from pilotzone.audit.by_hand.least_squares import (
    by_clusters,
    held,
    nested_units,
    told,
    without_lone_rows,
)
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]
Weigh = Callable[[np.ndarray, np.ndarray], np.ndarray]
CALIPER, BANDWIDTH = 0.25, 0.06
# Scores this near are equal.
TIE = 1e-9


def nearest(data: Design, store: Store) -> Terms:
    """One control for each treated unit, the nearest by logit within the caliper."""
    yield from _matched(data, _nearest_weights)


def kernel(data: Design, store: Store) -> Terms:
    """All controls within the bandwidth for each treated unit among the controls' scores."""
    yield from _matched(data, _kernel_weights)


def entropy(data: Design, store: Store) -> Terms:
    """Controls weighed so that their means are those of the treated units."""
    yield from _matched(data, _entropy_weights)


def _matched(data: Design, weigh: Weigh) -> Terms:
    """Give the weighted two-way coefficient and the units that have weight."""
    codes, treated, x = _units(data)
    weights = weigh(treated, (x - x.mean(axis=0)) / x.std(axis=0))
    yield Found("matched:treated", float((weights[treated] > 0).sum()))
    yield Found("matched:controls", float((weights[~treated] > 0).sum()))
    of_unit = dict(zip(codes, weights, strict=True))
    rows = np.array([of_unit.get(unit, 0.0) > 0 for unit in data.unit])
    used = without_lone_rows(data.where(rows))
    root = np.sqrt([of_unit[unit] for unit in used.unit])
    own = np.column_stack([used.treatment, used.controls]) * root[:, None]
    effects = held(used) * root[:, None]
    fit = by_clusters(used.y * root, own, effects, used.cluster, nested_units(used))
    yield from told([data.spec.treatment], fit, data)


def _units(data: Design) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the units with covariates, whether each is treated, and the covariates' means."""
    names = str(data.spec.option("covariates")).split()
    first, last = map(int, str(data.spec.option("covariate_years")).split())
    values = data.frame[names].to_numpy(dtype=float)
    early = (data.period >= first) & (data.period <= last)
    codes, treated, means = [], [], []
    for unit in data.units:
        own = values[early & (data.unit == unit)]
        there = np.isfinite(own)
        if there.any(axis=0).all():
            codes.append(unit)
            treated.append(0 < data.cohorts[unit] <= data.period.max())
            means.append(np.where(there, own, 0.0).sum(axis=0) / there.sum(axis=0))
    return codes, np.array(treated), np.array(means)


def _score(treated: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Return the linear predictor (n,) of the logit with Firth's score X'(d - p + h(1/2 - p))."""
    design = np.column_stack([np.ones(len(x)), x])

    def score(beta: np.ndarray) -> np.ndarray:
        p = special.expit(design @ beta)
        w = p * (1 - p)
        information = design.T @ (w[:, None] * design)
        leverage = w * np.sum(design @ np.linalg.inv(information) * design, axis=1)
        return design.T @ (treated - p + leverage * (0.5 - p))

    found = optimize.root(score, np.zeros(design.shape[1]), tol=1e-13)
    if np.abs(found.fun).max() > 1e-8:
        raise ValueError("no score")
    return design @ found.x


def _nearest_weights(treated: np.ndarray, x: np.ndarray) -> np.ndarray:
    eta = _score(treated, x)
    sd = eta.std(ddof=1)
    weights = np.zeros(len(eta))
    for i in np.flatnonzero(treated):
        apart = {j: abs(eta[j] - eta[i]) for j in np.flatnonzero(~treated)}
        least = min(apart.values())
        if least <= (CALIPER + TIE) * sd:
            # Units stand in the order of their codes: the first of equals.
            weights[next(j for j, d in apart.items() if d <= least + TIE * sd)] += 1
            weights[i] = 1
    return weights


def _kernel_weights(treated: np.ndarray, x: np.ndarray) -> np.ndarray:
    p = special.expit(_score(treated, x))
    controls = np.flatnonzero(~treated)
    weights = np.zeros(len(p))
    for i in np.flatnonzero(treated):
        near = {j: 1 - ((p[j] - p[i]) / BANDWIDTH) ** 2 for j in controls}
        near = {j: height for j, height in near.items() if height > 0}
        inside = p[controls].min() - TIE <= p[i] <= p[controls].max() + TIE
        if near and inside:
            weights[i] = 1
            for j, height in near.items():
                weights[j] += height / sum(near.values())
    return weights


def _entropy_weights(treated: np.ndarray, x: np.ndarray) -> np.ndarray:
    z = x[~treated] - x[treated].mean(axis=0)

    def gap(multipliers: np.ndarray) -> np.ndarray:
        return special.softmax(z @ multipliers) @ z

    found = optimize.root(gap, np.zeros(z.shape[1]), tol=1e-13)
    if np.abs(found.fun).max() > 1e-8:
        raise ValueError("no weights")
    weights = np.ones(len(x))
    weights[~treated] = treated.sum() * special.softmax(z @ found.x)
    return weights
