"""Effects by cohort and period: differences of means, imputation, saturated regressions."""

import dataclasses
from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.least_squares import (
    RCOND,
    dummies,
    held,
    regression,
    without_lone_rows,
)
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]


@dataclasses.dataclass(frozen=True)
class Cells:
    """Effects (c,) of cells (cohort, period), their treated rows (c,) and covariance (c, c)."""

    keys: list[tuple[int, int]]
    effects: np.ndarray
    sizes: np.ndarray
    covariance: np.ndarray

    def told(self) -> Terms:
        """Give the cells."""
        errors = np.sqrt(np.diag(self.covariance))
        for (g, t), value, error in zip(self.keys, self.effects, errors, strict=True):
            yield Found(f"att:{g}:{t}", value, float(error))

    def averaged(self, left_out: set[int], *, errors: bool = True) -> Terms:
        """Give the means by event time and over all treated rows.

        ``errors`` says whether the shares of the cohorts are taken as given, as they are here.
        """
        for term, chosen in self._averages():
            used = np.array([g not in left_out for g, _ in self.keys]) & chosen
            if used.any():
                share = np.where(used, self.sizes, 0.0) / self.sizes[used].sum()
                error = np.sqrt(share @ self.covariance @ share) if errors else None
                yield Found(term, float(share @ self.effects), error)

    def _averages(self) -> Iterator[tuple[str, np.ndarray]]:
        event = np.array([t - g for g, t in self.keys])
        for k in np.unique(event):
            yield f"event:{k}", event == k
        yield "overall:simple", event >= 0


def _left_out(data: Design) -> set[int]:
    """Return the cohorts without a part in averages: named ones, or those of a single unit."""
    chosen = str(data.spec.chosen("without_cohort") or "none")
    if chosen == "single":
        first = {unit: g for unit, g in zip(data.unit, data.cohort.tolist(), strict=True) if g}
        cohorts = list(first.values())
        return {g for g in cohorts if cohorts.count(g) == 1}
    return {int(g) for g in chosen.split()} if chosen != "none" else set()


def imputation(data: Design, store: Store) -> Terms:
    """Effects and slopes from untreated rows; what is left of treated rows, averaged.

    A mean is a weighted sum v'y; its error is the root of the sum over units of (v_i'e_i)^2, e what
    is left of untreated rows, and of a treated one less the mean of its cell.
    """
    treated = (data.cohort > 0) & (data.period >= data.cohort)
    z = np.column_stack([held(data), data.controls])
    z /= np.sqrt((z**2).sum(axis=0))
    inverse = np.linalg.pinv(z[~treated], rcond=RCOND)
    left = data.y - z @ (inverse @ data.y[~treated])
    # A row is imputed if it is a combination of untreated ones.
    apart = z - z @ (inverse @ z[~treated])
    rows = treated & (np.abs(apart).max(axis=1) < 1e-7)
    keys = sorted(set(zip(data.cohort[rows].tolist(), data.period[rows].tolist(), strict=True)))
    effects, sizes, shares = [], [], []
    for g, t in keys:
        own = rows & (data.cohort == g) & (data.period == t)
        effects.append(left[own].mean())
        sizes.append(own.sum())
        v = own / own.sum()
        e = np.where(own, left - effects[-1], 0.0)
        part = v * e
        part[~treated] -= (z[own].mean(axis=0) @ inverse) * left[~treated]
        shares.append([part[data.unit == unit].sum() for unit in data.units])
    by_unit = np.array(shares)
    cells = Cells(keys, np.array(effects), np.array(sizes, dtype=float), by_unit @ by_unit.T)
    yield from cells.told()
    yield from cells.averaged(_left_out(data), errors=data.spec.estimator == "imputation")


def sun_abraham(data: Design, store: Store) -> Terms:
    """A coefficient for each cohort and period but the one before, all other cohorts beside it."""
    data = without_lone_rows(_later(data))
    inside = (data.cohort > 0) & (data.cohort <= data.period.max())
    if not inside.all():
        yield from _saturated(data, inside & (data.period != data.cohort - 1))


def extended(data: Design, store: Store) -> Terms:
    """A coefficient for each cohort and period from treatment on, where someone is untreated."""
    data = _later(data)
    treated = (data.cohort > 0) & (data.period >= data.cohort)
    kept = np.isin(data.period, data.period[~treated])
    yield from _saturated(data.where(kept), treated[kept])


def _later(data: Design) -> Design:
    """Return the rows of units that are not treated from the first period on."""
    return data.where((data.cohort == 0) | (data.cohort > data.period.min()))


def _saturated(data: Design, inside: np.ndarray) -> Terms:
    """Give the coefficients of a dummy for each cohort and period among some rows."""
    pairs = zip(data.cohort[inside].tolist(), data.period[inside].tolist(), strict=True)
    keys = sorted(set(pairs))
    rows = [inside & (data.cohort == g) & (data.period == t) for g, t in keys]
    fit, c = regression(data, rows), len(keys)
    sizes = np.array([one.sum() for one in rows], dtype=float)
    cells = Cells(keys, fit.coefficients[:c], sizes, fit.covariance[:c, :c])
    yield from cells.told()
    yield from cells.averaged(_left_out(data))


def group_time(data: Design, store: Store) -> Terms:
    """Change of a cohort from the year before minus that of units still untreated, of means."""
    years = np.unique(data.period).tolist()
    cohorts = dict(zip(data.unit, data.cohort.tolist(), strict=True))
    keys, effects, sizes, parts = [], [], [], []
    for g in sorted(set(cohorts.values()) - {0}):
        # Who is treated after the last year is not yet treated throughout.
        for now in years if g <= years[-1] else ():
            base = g - 1
            if data.spec.chosen("base") != "universal" and now < g:
                base = now - 1
            sides = _changes(data, g, now, base) if base in years and base != now else None
            if sides and all(sides):
                means = [np.mean([*side.values()]) for side in sides]
                keys.append((g, now))
                effects.append(means[0] - means[1])
                sizes.append(len(sides[0]))
                parts.append(
                    {
                        unit: sign * (change - mean) / len(side)
                        for side, mean, sign in zip(sides, means, (1, -1), strict=True)
                        for unit, change in side.items()
                    }
                )
    by_unit = np.array([[part.get(unit, 0.0) for unit in data.units] for part in parts])
    cells = Cells(keys, np.array(effects), np.array(sizes, dtype=float), by_unit @ by_unit.T)
    yield from cells.told()
    yield from cells.averaged(_left_out(data), errors=False)


def _changes(data: Design, g: int, now: int, base: int) -> list[dict[str, float]]:
    """Return the changes of a cohort's units and of those untreated in both years."""
    never = data.spec.estimator.endswith("never")
    rows = zip(data.unit, data.period.tolist(), data.cohort.tolist(), data.y, strict=True)
    known: dict[str, dict[int, float]] = {}
    cohorts = {}
    for unit, year, cohort, y in rows:
        cohorts[unit] = cohort
        known.setdefault(unit, {})[year] = y
    own, other = {}, {}
    for unit, cohort in cohorts.items():
        if now in known[unit] and base in known[unit]:
            change = known[unit][now] - known[unit][base]
            if cohort == g:
                own[unit] = change
            elif cohort == 0 or (not never and cohort > max(now, base)):
                other[unit] = change
    return [own, other]


def weights_of_cells(data: Design, store: Store) -> Terms:
    """The weights of treated cells in the two-way coefficient: residuals of the treatment."""
    x = np.column_stack([dummies(data.unit), dummies(data.period)])
    d = data.treatment
    left = d - x @ np.linalg.lstsq(x, d, rcond=RCOND)[0]
    weight = d * left / (left @ d)
    rows, cohort, period = d > 0, data.cohort, data.period
    for g, t in sorted(set(zip(cohort[rows].tolist(), period[rows].tolist(), strict=True))):
        yield Found(f"weight:{g}:{t}", weight[rows & (cohort == g) & (period == t)].sum())
    yield Found("sum_negative", weight[rows & (weight < 0)].sum())
