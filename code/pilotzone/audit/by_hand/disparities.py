"""Inequality, densities, classes, coupling, neighbourhood and convergence again, by their sums."""

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from pilotzone.audit.by_hand.indices import Rows
from pilotzone.audit.by_hand.information import covariance, parameters
from pilotzone.audit.by_hand.least_squares import by_clusters, dummies, regression
from pilotzone.audit.by_hand.likelihood import Model, highest, space
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import rows_of
from pilotzone.catalogue import Description
from pilotzone.catalogue.controls import variables
from pilotzone.panels.samples import member_rows
from pilotzone.panels.store import Store

GRID, REACH = 101, 3.0
# Effects and controls of the regressions of growth, and those with growth of the neighbours too.
AMONG_NEIGHBOURS = (("period", "none"), ("two_way", "baseline"))
GROWTH = (("none", "none"), ("period", "baseline"), ("two_way", "none"), *AMONG_NEIGHBOURS)


def _tables(what: Description, store: Store, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return variables by year (rows) and unit, sorted by code."""
    panel = store.panel(what.rows.panel)
    frame = panel.frame[member_rows(what.rows, panel.frame, panel.unit)]
    return {n: frame.pivot(index=panel.period, columns=panel.unit, values=n) for n in names}


def _matrix(store: Store, name: str, panel: str, units: list[str]) -> np.ndarray:
    weights = store.weights(name, panel)
    at = [weights.labels.index(unit) for unit in units]
    return weights.matrix[np.ix_(at, at)]


def moran(what: Description, store: Store) -> Rows:
    """Moran's I and Geary's C of variables and residuals by year, and the parts of I by unit."""
    data = rows_of(what.baseline, store)
    fit = regression(data, [data.treatment])
    values = {name: data.column(name) for name in what.variables} | {"residuals": fit.residuals}
    for name, every in values.items():
        for year in np.unique(data.period).tolist():
            now = every[data.period == year]
            if len(set(now.tolist())) == 1:
                continue
            z = (now - now.mean()) / now.std()
            for weights in what.matrices:
                matrix = _matrix(store, weights, data.panel.id, list(data.units))
                yield from _global(name, f"{weights}:{year}", z, matrix)
                if weights in str(what.option("local")).split():
                    for unit, own, near in zip(data.units, z, matrix @ z, strict=True):
                        numbers = {"standardised": own, "lag": near, "value": own * near}
                        yield name, Found(f"local/{weights}:{year}:{unit}", others=numbers)


def _global(name: str, where: str, z: np.ndarray, matrix: np.ndarray) -> Rows:
    n = len(z)
    pairs = list(itertools.product(range(n), range(n)))
    moran_i = math.fsum(matrix[i, j] * z[i] * z[j] for i, j in pairs) / n
    apart = math.fsum(matrix[i, j] * (z[i] - z[j]) ** 2 for i, j in pairs)
    geary = (n - 1) * apart / (2 * n**2)
    for kind, value in (("moran", moran_i), ("geary", geary)):
        for of in ("permutation", "randomisation"):
            yield name, Found(f"{where}:{kind}:{of}", others={"value": value})


def inequality(what: Description, store: Store) -> Rows:
    """Dagum's parts of the Gini coefficient and Theil's of T, pair by pair of units."""
    panel, by = store.panel(what.rows.panel), str(what.option("by"))
    group = panel.frame.groupby(panel.unit)[by].first()
    for name, table in _tables(what, store, what.variables).items():
        groups = group.loc[table.columns].to_numpy(dtype=str)
        for year, values in zip(table.index, table.to_numpy(), strict=True):
            for term, numbers in (*_dagum(values, groups), *_theil(values, groups)):
                measure, rest = term.split("/")[-1].split(":", 1)
                part = "contributions/" if "/" in term else ""
                yield name, Found(f"{part}{year}:{measure}:{rest}", others=numbers)


def _dagum(y: np.ndarray, groups: np.ndarray) -> Iterator[tuple[str, dict[str, float]]]:
    n, names = len(y), sorted(set(groups))
    total = sum(abs(a - b) for a in y for b in y) / (2 * n**2 * y.mean())
    sums = {"within": 0.0, "between": 0.0, "transvariation": 0.0}
    for j, h in itertools.combinations_with_replacement(names, 2):
        own, other = y[groups == j], y[groups == h]
        apart = np.mean([abs(a - b) for a in own for b in other])
        gini = apart / (own.mean() + other.mean())
        p, q = len(own) / n, len(other) / n
        s, r = p * own.mean() / y.mean(), q * other.mean() / y.mean()
        if j == h:
            parts = {"within": gini * p * s}
        else:
            d = abs(own.mean() - other.mean()) / apart
            gross = gini * (p * r + q * s)
            parts = {"between": gross * d, "transvariation": gross * (1 - d)}
        sums = {kind: value + parts.get(kind, 0.0) for kind, value in sums.items()}
        share = sum(parts.values()) / total
        # What groups that do not overlap add is rounding.
        told = {kind: value for kind, value in parts.items() if value > 1e-12}
        yield f"contributions/dagum:{j}:{h}", {"value": gini, **told, "share": share}
    for part, value in {"total": total, **sums}.items():
        yield f"dagum:{part}", {"value": value, "share": value / total}


def _theil(y: np.ndarray, groups: np.ndarray) -> Iterator[tuple[str, dict[str, float]]]:
    def index(values: np.ndarray) -> float:
        ratios = (values / values.mean()).tolist()
        return math.fsum(r * math.log(r) for r in ratios if r > 0) / len(ratios)

    total, sums = index(y), {"within": 0.0, "between": 0.0}
    for j in sorted(set(groups)):
        own = y[groups == j]
        share = own.sum() / y.sum()
        parts = {"within": share * index(own)}
        parts["between"] = share * math.log(own.mean() / y.mean())
        sums = {kind: value + parts[kind] for kind, value in sums.items()}
        numbers = {"value": index(own), **parts, "share": sum(parts.values()) / total}
        yield f"contributions/theil:{j}:{j}", numbers
    for part, value in {"total": total, **sums}.items():
        yield f"theil:{part}", {"value": value, "share": value / total}


def densities(what: Description, store: Store) -> Rows:
    """Gaussian densities by scipy on the grid that all years share."""
    for name, table in _tables(what, store, what.variables).items():
        years = {year: values.to_numpy() for year, values in table.iterrows()}
        widths = {year: _width(values) for year, values in years.items()}
        reach = REACH * max(widths.values())
        lowest, highest = table.to_numpy().min() - reach, table.to_numpy().max() + reach
        grid = [lowest + k * (highest - lowest) / (GRID - 1) for k in range(GRID)]
        for year, values in years.items():
            scale = widths[year] / values.std(ddof=1)
            curve = stats.gaussian_kde(values, bw_method=scale)(grid)
            for point, (x, height) in enumerate(zip(grid, curve, strict=True), start=1):
                numbers = {"x": float(x), "density": float(height)}
                yield name, Found(f"{year}:{point}", others=numbers)


def _width(values: np.ndarray) -> float:
    """Return Silverman's rule of thumb."""
    spread = min(values.std(ddof=1), stats.iqr(values) / 1.34)
    return float(0.9 * spread * len(values) ** -0.2)


def transitions(what: Description, store: Store) -> Rows:
    """Moves between classes counted one by one, and whether they differ by half or neighbours."""
    count, second = int(what.option("classes")), int(what.option("second_half"))
    for name, table in _tables(what, store, what.variables).items():
        y = table.to_numpy()
        bounds = [np.quantile(y, q / count) for q in range(1, count)]
        matrix = _matrix(store, what.matrices[0], what.rows.panel, list(table.columns))
        own, near = (
            np.array([[sum(v > b for b in bounds) for v in row] for row in values])
            for values in (y, y @ matrix.T)
        )
        moves = [
            (own[t, i] + 1, own[t + 1, i] + 1, near[t, i] + 1, int(table.index[t] >= second))
            for t in range(len(y) - 1)
            for i in range(y.shape[1])
        ]
        for lag in ("all", *map(str, range(1, count + 1))):
            chosen = [move for move in moves if lag in ("all", str(move[2]))]
            yield from _chain(name, lag, chosen, count)
        for over, at in (("lag", 2), ("half", 3)):
            yield from _alike(name, over, [(m[0], m[1], m[at]) for m in moves])


def _chain(name: str, lag: str, moves: list[tuple[int, ...]], count: int) -> Rows:
    """Give the shares of destinations, and the distribution that they keep."""
    table = np.zeros((count, count))
    for origin, destination, *_ in moves:
        table[origin - 1, destination - 1] += 1
    for i, j in itertools.product(range(count), repeat=2):
        numbers = {"transitions": table[i, j]}
        if table[i].any():
            numbers["probability"] = table[i, j] / table[i].sum()
        yield name, Found(f"{lag}:{i + 1}:{j + 1}", others=numbers)
    if table.any(axis=1).all():
        values, vectors = np.linalg.eig((table / table.sum(axis=1, keepdims=True)).T)
        # Of several closed sets none is kept by all.
        ones = np.abs(values - 1) < 1e-9
        kept = vectors[:, np.argmax(ones)].real
        if ones.sum() > 1:
            return
        for k, share in enumerate(kept / kept.sum(), start=1):
            yield name, Found(f"ergodic/{lag}:{k}", others={"share": float(share)})


def _alike(name: str, over: str, moves: list[tuple[int, int, int]]) -> Rows:
    """Give the likelihood ratio and Pearson's sum of groups against one matrix for all."""

    def counted(**fixed: int) -> int:
        places = {"i": 0, "j": 1, "g": 2}
        return sum(all(move[places[k]] == v for k, v in fixed.items()) for move in moves)

    ratio = pearson = 0.0
    for i, j, g in itertools.product(*(sorted({move[k] for move in moves}) for k in range(3))):
        seen, from_here = counted(i=i, j=j, g=g), counted(i=i, g=g)
        expected = from_here * counted(i=i, j=j) / counted(i=i)
        if expected > 0:
            ratio += 2 * seen * math.log(seen / expected) if seen else 0.0
            pearson += (seen - expected) ** 2 / expected
    for test, value in (("likelihood_ratio", ratio), ("pearson", pearson)):
        for kind in ("chi2", "permutation"):
            yield name, Found(f"tests/{over}:{test}:{kind}", others={"statistic": value})


def convergence(what: Description, store: Store) -> Rows:
    """The spread by year, and growth on the level before under every set of effects."""
    held = {name: _tables(what, store, variables(name)) for name in ("none", "baseline")}
    for name, table in _tables(what, store, what.variables).items():
        for year, values in table.iterrows():
            spread = {"mean": values.mean(), "sd": values.std(), "min": values.min()}
            spread |= {"max": values.max(), "cv": values.std() / values.mean()}
            for statistic, value in {**spread, "sd_log": np.log(values).std()}.items():
                yield name, Found(f"{year}:{statistic}", others={"value": float(value)})
        logs = np.log(table.to_numpy())
        yield from _whole_span(name, logs)
        for effects, controls in GROWTH:
            x = [one.to_numpy()[:-1] for one in held[controls].values()]
            yield from _growth(name, effects, logs, x)
            if (effects, controls) in AMONG_NEIGHBOURS:
                matrix = _matrix(store, what.matrices[0], what.rows.panel, list(table.columns))
                yield from _spatial(name, effects, logs, x, matrix)


def _growth(name: str, effects: str, logs: np.ndarray, x: list[np.ndarray]) -> Rows:
    """Give the coefficient of the level before, errors by unit."""
    model = {"none": "pooled"}.get(effects, effects) + ("_controls" if x else "")
    t, n = logs.shape
    unit, period = np.tile(np.arange(n), t - 1), np.repeat(np.arange(t - 1), n)
    level = np.column_stack([logs[:-1].ravel(), *(one.ravel() for one in x)])
    rest = {"none": np.ones((len(unit), 1)), "period": dummies(period)}
    rest["two_way"] = np.column_stack([dummies(unit), dummies(period)])
    nested = n - 1 if effects == "two_way" else 0
    fit = by_clusters(np.diff(logs, axis=0).ravel(), level, rest[effects], unit, nested)
    initial = fit.coefficients[0], float(fit.errors[0])
    yield name, Found(f"beta/{model}:initial", *initial)
    yield from _speed(name, model, *initial)
    if model == "two_way":
        yield from _without_convergence(name, initial[0], t - 1, n)


def _whole_span(name: str, logs: np.ndarray) -> Rows:
    """Give the regression of mean growth on the first level, by statsmodels, HC1 errors."""
    import statsmodels.api as sm

    steps = len(logs) - 1
    x = sm.add_constant(logs[0])
    fit = sm.OLS((logs[-1] - logs[0]) / steps, x).fit(cov_type="HC1")
    initial = float(fit.params[1]), float(fit.bse[1])
    yield name, Found("beta/cross_section:initial", *initial)
    yield from _speed(name, "cross_section", *initial, steps)


def _without_convergence(name: str, slope: float, t: int, n: int) -> Rows:
    """Give Harris and Tzavalis's test of the slope against that of random walks, -3/(T + 1)."""
    start = -3 / (t + 1)
    variance = 3 * (17 * t**2 - 20 * t + 17) / (5 * (t - 1) * (t + 1) ** 3)
    statistic = (slope - start) * math.sqrt(n / variance)
    yield name, Found("beta/two_way:without_convergence", start)
    yield name, Found("beta/two_way:test:harris_tzavalis", others={"statistic": statistic})


def _speed(name: str, model: str, slope: float, error: float, steps: int = 1) -> Rows:
    """Give the speed and the half-life that a coefficient of growth by step means."""
    if slope * steps > -1:
        speed = -math.log(1 + slope * steps) / steps
        yield name, Found(f"beta/{model}:speed", speed, error / (1 + slope * steps))
        if speed > 0:
            yield name, Found(f"beta/{model}:half_life", math.log(2) / speed)


def _spatial(
    name: str,
    effects: str,
    logs: np.ndarray,
    x: list[np.ndarray],
    matrix: np.ndarray,
) -> Rows:
    """Give coefficients of growth with that of the neighbours, and with their levels."""
    place = space(matrix, len(logs) - 1, effects, transformed=False)
    own = np.column_stack([logs[:-1].ravel(), *(one.ravel() for one in x)])
    for kind, z in (("sar", own), ("sdm", np.hstack([own, place.lag(own)]))):
        model = f"{kind}_{effects}" + ("_controls" if x else "")
        top = highest(Model(place, np.diff(logs, axis=0).ravel(), z, (True, False)))
        errors = np.sqrt(np.diag(covariance(top, pairs=True)))
        values = [*top.slopes, *parameters(top)]
        k = own.shape[1]
        terms = {"initial": 0, "rho": -1} | ({"W:initial": k} if kind == "sdm" else {})
        for term, at in terms.items():
            yield name, Found(f"beta/{model}:{term}", values[at], float(errors[at]))
        yield from _speed(name, model, values[0], float(errors[0]))
        yield name, Found(f"fits/{model}", others={"loglik": top.loglik, "rho": top.rho})
