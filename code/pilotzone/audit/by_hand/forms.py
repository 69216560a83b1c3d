"""Level, logarithm and Poisson with dummies, implied shares by cell, and synthetic control."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.least_squares import (
    Fit,
    held,
    nested_units,
    regression,
    told,
    weighted_sums,
    without_lone_rows,
)
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]
# Steps of Fisher scoring, more than it takes; a step below this share ends it.
STEPS, SMALL = 100, 1e-12


def forms(data: Design, store: Store) -> Terms:
    """The treatment's coefficient in three forms."""
    positive = without_lone_rows(data.where(data.y > 0))
    data = without_lone_rows(data)
    found = {
        "level": regression(data, [data.treatment]),
        "log": regression(positive, [positive.treatment], np.log(positive.y)),
        "poisson": scored(data),
    }
    for name, fit in found.items():
        yield from told([f"{name}:{data.spec.treatment}"], fit, data)


def scored(data: Design) -> Fit:
    """Return E(y) = exp of treatment, controls and dummies, by Fisher scoring on all of them."""
    data = _with_means(data)
    x = np.column_stack([data.treatment, data.controls]).astype(float)
    whole = np.column_stack([x, held(data)])
    k, y = x.shape[1], data.y
    mu = (y + y.mean()) / 2
    eta = np.log(mu)
    for _ in range(STEPS):
        root = np.sqrt(mu)
        _, basis, rank = weighted_sums(whole * root[:, None], k)
        before, target = eta, root * (eta + (y - mu) / mu)
        eta = basis @ (basis.T @ target) / root
        mu = np.exp(eta)
        if np.abs(eta - before).max() < SMALL * max(1.0, np.abs(eta).max()):
            break
    root = np.sqrt(mu)
    sums, _, rank = weighted_sums(whole * root[:, None], k)
    left = (y - mu) / root
    covariance = np.zeros((k, k))
    names = np.unique(data.cluster)
    for name in names:
        rows = data.cluster == name
        score = sums[:, rows] @ left[rows]
        covariance += np.outer(score, score)
    n, g = len(y), len(names)
    factor = g / (g - 1) * (n - 1) / (n - rank + nested_units(data))
    return Fit(sums @ (root * eta), factor * covariance, left, g)


def _with_means(data: Design) -> Design:
    """Return the rows of units and periods that are not all zero and not alone, until all are."""
    while True:
        data = without_lone_rows(data)
        gone = np.zeros(len(data.y), dtype=bool)
        for labels in (data.unit, data.period):
            for one in np.unique(labels):
                gone |= (labels == one) & (data.y[labels == one].max() == 0)
        if not gone.any():
            return data
        data = data.where(~gone)


@dataclasses.dataclass(frozen=True)
class Shares:
    """Shares of bins (B,) and what each unit adds to them, (n, B)."""

    shares: np.ndarray
    added: np.ndarray


def form_test(data: Design, store: Store) -> Terms:
    """The most negative implied share over its error, cell by cell and unit by unit."""
    bins = int(data.spec.option("bins"))
    edges = np.unique(np.quantile(data.y, np.arange(1, bins) / bins))
    box = {
        (unit, year): int((value > edges).sum())
        for unit, year, value in zip(data.unit, data.period.tolist(), data.y, strict=True)
    }
    found = _implied(data, box, len(edges) + 1)
    errors = np.sqrt((found.added**2).sum(axis=0))
    kept = errors > 0
    largest = (-found.shares[kept] / errors[kept]).max()
    yield Found("test:form", others={"statistic": float(largest)})
    yield Found("implied:lowest", float(found.shares.min()))


def _implied(data: Design, box: dict[tuple[str, int], int], bins: int) -> Shares:
    years, units = np.unique(data.period).tolist(), list(data.units)
    first = {unit: data.cohorts[unit] for unit in units}
    cells = []
    for g in sorted({g for g in first.values() if years[0] < g <= years[-1]}):
        base = max(year for year in years if year < g)
        for now in (year for year in years if year >= g):
            seen = [u for u in units if (u, base) in box and (u, now) in box]
            own = [u for u in seen if first[u] == g]
            others = [u for u in seen if first[u] == 0 or first[u] > now]
            if own and len(others) > 1:
                cells.append((base, now, own, others))
    total = sum(len(own) for *_, own, _ in cells)
    shares, added = np.zeros(bins), np.zeros((len(units), bins))
    for base, now, own, others in cells:
        one = np.array([np.eye(bins)[box[u, base]] for u in own])
        two = np.array([np.eye(bins)[box[u, now]] - np.eye(bins)[box[u, base]] for u in others])
        weight = len(own) / total
        shares += weight * (one.mean(axis=0) + two.mean(axis=0))
        for members, values in ((own, one), (others, two)):
            at = [units.index(u) for u in members]
            added[at] += weight * (values - values.mean(axis=0)) / len(members)
    return Shares(shares, added)
