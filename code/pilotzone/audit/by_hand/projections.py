"""Local projections, horizon by horizon, and their jackknife over halves of the years."""

import math
from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.least_squares import by_clusters, held, nested_units, weighted_sums
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]


def local_projection(data: Design, store: Store) -> Terms:
    """The outcome h periods later on the treatment, with lags of both."""
    for h, rows, ahead, x in _horizons(data):
        fit = by_clusters(ahead, x, held(rows), rows.cluster, nested_units(rows))
        by_year = data.spec.inference.name == "driscoll_kraay_by_horizon"
        error = _over_years(h, rows, ahead, x) if by_year else fit.errors[0]
        yield Found(f"horizon:{h}", fit.coefficients[0], float(error))


def jackknife(data: Design, store: Store) -> Terms:
    """Twice the coefficient less the mean of those of both halves of the years, by length.

    An odd number of years is cut in two ways. Each coefficient is a weighted sum of outcomes; so is
    what is left, and its error is that of the sum by units.
    """
    for h, rows, ahead, x in _horizons(data):
        whole = np.column_stack([x, held(rows)])
        sums, _, rank = weighted_sums(whole, x.shape[1])
        corrected, years = 2 * sums, np.unique(rows.period)
        cuts = {len(years) // 2, len(years) - len(years) // 2}
        for cut in cuts:
            for half in (years[:cut], years[cut:]):
                at = np.isin(rows.period, half)
                part = rows.where(at)
                own = weighted_sums(np.column_stack([x[at], held(part)]), x.shape[1])[0]
                corrected[:, at] -= own * len(half) / len(years) / len(cuts)
        beta = corrected @ ahead
        left = ahead - x @ beta
        effects = held(rows)
        left = left - effects @ np.linalg.lstsq(effects, left, rcond=None)[0]
        score = [corrected[0, rows.unit == unit] @ left[rows.unit == unit] for unit in rows.units]
        n, g = len(ahead), len(rows.units)
        factor = g / (g - 1) * (n - 1) / (n - rank + g - 1)
        yield Found(f"horizon:{h}", beta[0], math.sqrt(factor * np.sum(np.square(score))))


def _horizons(data: Design) -> Iterator[tuple[int, Design, np.ndarray, np.ndarray]]:
    """Give each horizon, its rows, the outcome ahead (N,), and the regressors (N, k)."""
    lags, horizons = (int(data.spec.option(name)) for name in ("lags", "horizons"))
    place = {key: i for i, key in enumerate(zip(data.unit, data.period.tolist(), strict=True))}

    def at(values: np.ndarray, shift: int) -> np.ndarray:
        rows = (place.get((u, t + shift)) for u, t in place)
        return np.array([np.nan if row is None else values[row] for row in rows])

    past = [at(values, -k) for values in (data.y, data.treatment) for k in range(1, lags + 1)]
    for h in range(horizons + 1):
        ahead, x = at(data.y, h), np.column_stack([data.treatment, *past, data.controls])
        kept = np.isfinite(ahead) & np.isfinite(x).all(axis=1)
        yield h, data.where(kept), ahead[kept], x[kept]


def _over_years(h: int, rows: Design, ahead: np.ndarray, x: np.ndarray) -> float:
    """Return the error by sums of years with Bartlett's weights, all effects counted."""
    sums, basis, rank = weighted_sums(np.column_stack([x, held(rows)]), x.shape[1])
    left = ahead - basis @ (basis.T @ ahead)
    years = np.unique(rows.period)
    score = [sums[0, rows.period == year] @ left[rows.period == year] for year in years]
    n, t = len(ahead), len(years)
    width = min(max(h, math.floor(4 * (t / 100) ** (2 / 9))), t - 1)
    total = sum(
        score[a] * score[b] * max(0.0, 1 - abs(a - b) / (width + 1))
        for a in range(t)
        for b in range(t)
    )
    return math.sqrt(t / (t - 1) * (n - 1) / (n - rank) * total)
