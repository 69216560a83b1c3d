"""Indices again, cell by cell: weights and scores from the indicators of the panel."""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone.audit.by_hand.least_squares import by_clusters, dummies
from pilotzone.audit.opinion import Found
from pilotzone.catalogue import Description
from pilotzone.catalogue.indicators import TOI, System
from pilotzone.catalogue.samples import sample
from pilotzone.panels.city_variables import VARIANTS as CITY_VARIANTS
from pilotzone.panels.construct import Variant
from pilotzone.panels.province_indices import REBUILT, VARIANTS
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Panel, Store

# A row of a description's file: its first key, and the rest of it.
Rows = Iterator[tuple[str, Found]]
EARLY = (2013, 2014)
SHIFT = 1e-4
CUT = (1, 99)
ORGANISATION = "technology_organisation_institution"


@dataclasses.dataclass(frozen=True)
class Index:
    """Scores of the rows, and weights by year; ``""`` where they hold for all."""

    rows: pd.DataFrame
    scores: np.ndarray
    weights: dict[str, np.ndarray]


def index_weights(what: Description, store: Store) -> Rows:
    """The weights of every variant."""
    for part, variants in (("", VARIANTS), ("rebuilt/", REBUILT)):
        for one in variants:
            for year, weights in _index(one, store).weights.items():
                name = f"{one.id}:{year}" if year else one.id
                for indicator, weight in zip(one.system.ids, weights, strict=True):
                    yield name, Found(f"{part}{indicator}", others={"weight": float(weight)})


def index_summary(what: Description, store: Store) -> Rows:
    """Moments by year of scores made anew; value and rank of each province."""
    for one in (one for one in VARIANTS if one.id in what.variables):
        made = _index(one, store)
        years, codes = made.rows["year"].to_numpy(), made.rows["province_code"].to_numpy()
        for year in np.unique(years).tolist():
            now = made.scores[years == year]
            moments = {
                "mean": now.mean(),
                "sd": now.std(ddof=1),
                "min": now.min(),
                "max": now.max(),
            }
            for name, value in moments.items():
                yield one.id, Found(f"{year}:{name}", others={"value": float(value)})
            for code, value in zip(codes[years == year], now, strict=True):
                numbers = {"value": float(value), "rank": 1.0 + int((now > value).sum())}
                yield one.id, Found(f"ranks/{year}:{code}", others=numbers)


def index(what: Description, store: Store) -> Rows:
    """Weights and moments of indices of cities, and whether rows are lost where a zone comes."""
    for one in (one for one in CITY_VARIANTS if one.id in what.variables):
        made = _index(one, store, "city")
        for indicator, weight in zip(one.system.ids, made.weights[""], strict=True):
            yield one.id, Found(f"weights/{indicator}", others={"weight": float(weight)})
        years = made.rows["year"].to_numpy()
        for year in np.unique(years).tolist():
            for name, value in _moments(made.scores[years == year]).items():
                yield one.id, Found(f"{year}:{name}", others={"value": value})
    yield from _absence(store.panel("city"))


def _absence(panel: Panel) -> Rows:
    """Give the regressions of a missing row on the zone, over all cities in the panel's years."""
    every = panel.treatments[panel.treatments["year"].isin(panel.frame["year"])]
    unit, year = every[panel.unit].to_numpy(dtype=str), every["year"].to_numpy()
    absent = 1.0 - every["present"].to_numpy(dtype=float)
    zone, ever = every["zone_city"].to_numpy(), (every["cohort"] > 0).to_numpy(dtype=float)
    both = np.column_stack([dummies(unit), dummies(year)])
    for effects, x, rest, nested in (
        ("two_way", zone, both, len(np.unique(unit)) - 1),
        ("period", ever, dummies(year), 0),
    ):
        fit = by_clusters(absent, x[:, None].astype(float), rest, unit, nested)
        numbers = {"nobs": float(len(absent)), "share_absent": float(absent.mean())}
        value, error = fit.coefficients[0], float(fit.errors[0])
        yield (
            effects,
            Found("absence/", float(value), error, {**numbers, "statistic": value / error}),
        )


def coupling(what: Description, store: Store) -> Rows:
    """Coupling, level and degree of each province and year from the levels of systems."""
    panel = store.panel(what.rows.panel)
    rows = panel.frame[member_rows(what.rows, panel.frame, panel.unit)]
    whole = next(one for one in VARIANTS if one.id == "nqp")
    weights = dict(zip(whole.system.ids, _index(whole, store).weights[""], strict=True))
    systems = {
        "index_ecommerce": {
            name: rows[name].to_numpy() for name in ("nqp_no_ecommerce", "cbec_proxy")
        },
        "elements": _elements(whole.system, rows, weights),
        ORGANISATION: _elements(TOI, rows, dict.fromkeys(TOI.ids, 1.0)),
    }
    for system, levels in systems.items():
        u = _ranged(np.column_stack([*levels.values()]), (1,) * len(levels))
        places = zip(rows["province_code"], rows["year"], u, strict=True)
        for code, year, own in places:
            level, geometric = own.mean(), math.prod(own.tolist()) ** (1 / len(own))
            numbers = {"level": float(level), "degree": math.sqrt(geometric)}
            if level > 0:
                numbers["coupling"] = float(geometric / level)
            yield system, Found(f"{code}:{year}", others=numbers)
            for part, value in zip(levels, own, strict=True):
                yield system, Found(f"levels/{part}:{code}:{year}", others={"value": float(value)})


def _elements(
    system: System, rows: pd.DataFrame, weights: dict[str, float]
) -> dict[str, np.ndarray]:
    """Return a level for each element: its indicators by their weights within it."""
    z = _ranged(rows[list(system.ids)].to_numpy(), system.signs)
    of_one = dict(zip(system.ids, z.T, strict=True))
    found = {}
    for element in dict.fromkeys(one.element for one in system.indicators):
        ids = [one.id for one in system.indicators if one.element == element]
        total = sum(weights[i] for i in ids)
        found[element] = sum(weights[i] / total * of_one[i] for i in ids)
    return found


def _moments(values: np.ndarray) -> dict[str, float]:
    """Return the number of values, mean, standard deviation and ends."""
    moments = values.mean(), values.std(ddof=1), values.min(), values.max()
    found = dict(zip(("mean", "sd", "min", "max"), map(float, moments), strict=True))
    return {"nobs": float(len(values)), **found}


def _index(variant: Variant, store: Store, of: str = "province") -> Index:
    """Return an index on the rows of its home sample that have all of its indicators."""
    panel = store.panel(of)
    rows = panel.frame[member_rows(sample(variant.sample), panel.frame, panel.unit)]
    rows = rows.dropna(subset=list(variant.system.ids))
    x, signs, year = rows[list(variant.system.ids)].to_numpy(), variant.system.signs, rows["year"]
    if variant.method == "by_year":
        scores, weights = np.zeros(len(x)), {}
        for one in np.unique(year).tolist():
            now = (year == one).to_numpy()
            z = _ranged(x[now], signs)
            weights[str(one)] = _by_entropy(z)
            scores[now] = z @ weights[str(one)]
        return Index(rows, scores, weights)
    base = x[np.isin(year, EARLY)] if variant.method == "frozen" else x
    if variant.method == "winsorised":
        low, high = (np.percentile(x, q, axis=0) for q in CUT)
        x = base = np.minimum(np.maximum(x, low), high)
    z = _ranged(x, signs, base)
    weights = _weights(variant.method, z, _ranged(base, signs, base))
    return Index(rows, _scores(variant.method, z, weights), {"": weights})


def _ranged(x: np.ndarray, signs: tuple[int, ...], base: np.ndarray | None = None) -> np.ndarray:
    """Return columns on [0, 1] by the range of others, or their own; 1 - z for a minus."""
    columns = []
    for values, known, sign in zip(x.T, (x if base is None else base).T, signs, strict=True):
        z = (values - min(known)) / (max(known) - min(known))
        columns.append(z if sign > 0 else 1 - z)
    return np.column_stack(columns)


def _by_entropy(z: np.ndarray) -> np.ndarray:
    """Return 1 - e over its sum, e = -sum p ln p / ln N of each column."""
    gaps = []
    for column in z.T.tolist():
        total = math.fsum(column)
        e = -math.fsum(v / total * math.log(v / total) for v in column if v > 0)
        gaps.append(1 - e / math.log(len(column)))
    return np.array(gaps) / math.fsum(gaps)


def _weights(method: str, z: np.ndarray, base: np.ndarray) -> np.ndarray:
    k = z.shape[1]
    if method == "equal":
        return np.full(k, 1 / k)
    if method == "shifted":
        return _by_entropy(z + SHIFT)
    if method == "critic":
        conflict = [
            np.std(z[:, j]) * sum(1 - np.corrcoef(z[:, j], z[:, h])[0, 1] for h in range(k))
            for j in range(k)
        ]
        return (_by_entropy(z) + np.array(conflict) / sum(conflict)) / 2
    if method == "pca":
        scaled = (z - z.mean(axis=0)) / z.std(axis=0)
        first = np.linalg.svd(scaled, full_matrices=False)[2][0]
        return first * np.sign(np.corrcoef(scaled @ first, z @ _by_entropy(z))[0, 1])
    return _by_entropy(base)


def _scores(method: str, z: np.ndarray, weights: np.ndarray) -> np.ndarray:
    if method == "topsis":
        v = z * weights
        best, worst = (
            np.array([math.dist(row, end) for row in v]) for end in (v.max(axis=0), v.min(axis=0))
        )
        return worst / (best + worst)
    if method == "pca":
        score = (z - z.mean(axis=0)) / z.std(axis=0) @ weights
        return (score - score.min()) / (score.max() - score.min())
    return z @ weights
