"""Two-way regressions on the treatment, on exposure to it and on the time since it."""

import dataclasses
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from pilotzone.audit.by_hand.least_squares import Fit, regression, told, without_lone_rows
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design, neighbours, rows_of
from pilotzone.panels.store import Panel, Store

Terms = Iterator[Found]
# Binned ends of an event study where the column names none.
WINDOW = (-4, 4)


def coefficient(data: Design, store: Store) -> Terms:
    """The two-way coefficient that a permutation starts from."""
    data = without_lone_rows(data)
    yield from told([data.spec.treatment], regression(data, [data.treatment]), data)


def left_out(data: Design, store: Store) -> Terms:
    """The coefficient, and the lowest and highest without one unit."""
    yield from coefficient(data, store)
    (whole,) = regression(data, [data.treatment]).coefficients[:1]
    rest = [data.where(data.unit != unit) for unit in data.units]
    found = np.array([regression(one, [one.treatment]).coefficients[0] for one in rest])
    yield Found("left_out:lowest", found.min())
    yield Found("left_out:highest", found.max())
    yield Found("left_out:share_same_sign", np.mean(found * whole > 0))


def exposure(data: Design, store: Store) -> Terms:
    """y on the treatment, the mean treatment of the neighbours, and that of some years later.

    Where the treatment is moved to earlier years, rows with a truly treated neighbour are left out.
    """
    spec = data.spec
    own = tuple(pair for pair in spec.options if pair[0] != "years_early")
    true, matrix = neighbours(rows_of(dataclasses.replace(spec, options=own), store), store)
    near = Near(true.units, matrix)
    data = data.where(np.isin(data.unit, true.units))
    name, lead = spec.treatment, int(spec.option("lead"))
    columns = {name: data.treatment, f"W:{name}": near.treated(data, data.whole)}
    if lead:
        columns[f"lead{lead}:W:{name}"] = near.treated(data, data.whole, lead)
    kept = np.isfinite(np.column_stack([*columns.values()])).all(axis=1)
    if spec.option("years_early"):
        kept &= near.treated(data, true.whole) == 0
    if spec.option("among") == "never_treated":
        kept &= ~np.isin(data.unit, data.unit[data.treatment > 0])
        del columns[name]
    columns = {term: values[kept] for term, values in columns.items()}
    data = data.where(kept)
    yield from told([*columns], regression(data, [*columns.values()]), data)


def exposure_split(data: Design, store: Store) -> Terms:
    """The same, the neighbours' treatment apart for treated and untreated rows."""
    data, matrix = neighbours(data, store)
    name, d = data.spec.treatment, data.treatment
    near = Near(data.units, matrix).treated(data, data.whole)
    names = (name, f"W:{name}#treated", f"W:{name}#untreated")
    yield from told(names, regression(data, [d, d * near, (1 - d) * near]), data)


@dataclasses.dataclass(frozen=True)
class Near:
    """Units and how much each counts for another, (n, n)."""

    units: tuple[str, ...]
    matrix: np.ndarray

    def treated(self, data: Design, panel: Panel, later: int = 0) -> np.ndarray:
        """Return the mean treatment of the neighbours of each row, some years later, (N,).

        Treatments are those of every unit of a panel; NaN where one is not known.
        """
        every = panel.treatments
        keys = zip(every[panel.unit].astype(str), every[panel.period], strict=True)
        known = dict(zip(keys, every[data.spec.treatment], strict=True))
        found = np.empty(len(data.y))
        for row, (unit, year) in enumerate(zip(data.unit, data.period.tolist(), strict=True)):
            weights = self.matrix[self.units.index(unit)]
            linked = np.flatnonzero(weights)
            there = [known.get((self.units[j], year + later), np.nan) for j in linked]
            found[row] = weights[linked] @ there
        return found


def dose_bins(data: Design, store: Store) -> Terms:
    """y on a dummy for each quarter, half and quarter of the dose, none left out."""
    d, edges = data.treatment, (0, 0.25, 0.75, 1)
    bins = {f"bin:{a:g}-{b:g}": (d > a) & (d <= b + 1e-12) for a, b in pairwise(edges)}
    yield from told([*bins], regression(data, [*bins.values()]), data)


def mediation(data: Design, store: Store) -> Terms:
    """The three regressions, and the product of the two paths."""
    name = str(data.spec.option("mediator"))
    mediator = data.column(name)
    (first,) = regression(data, [data.treatment], mediator).coefficients[:1]
    direct, second = regression(data, [data.treatment, mediator]).coefficients[:2]
    yield Found("step:total", regression(data, [data.treatment]).coefficients[0])
    for term, value in (("first", first), ("direct", direct), ("second", second)):
        yield Found(f"step:{term}", value)
    yield Found(f"indirect:{name}", first * second)


def every_event(data: Design, store: Store) -> Terms:
    """y on a dummy for every time since treatment; a cohort of reference has none."""
    data = without_lone_rows(data)
    cohort = np.where(data.cohort == int(data.spec.option("reference_cohort")), 0, data.cohort)
    times = np.where(cohort > 0, data.period - cohort, -1)
    yield from _events(data, times)


def event_study(data: Design, store: Store) -> Terms:
    """y on a dummy for each time since treatment, the ends binned, the year before left out."""
    data = without_lone_rows(data)
    chosen = data.spec.chosen("window")
    low, high = map(int, str(chosen).split()) if chosen else WINDOW
    ahead = np.clip(data.period - data.cohort, low, high)
    yield from _events(data, np.where(data.cohort > 0, ahead, -1))


def _events(data: Design, times: np.ndarray) -> Terms:
    """Give the coefficients of event times and the joint test of those before treatment."""
    events = [k for k in np.unique(times).tolist() if k != -1]
    fit = regression(data, [times == k for k in events])
    yield from told([f"event:{k}" for k in events], fit, data)
    leads = [at for at, k in enumerate(events) if k < -1]
    if leads:
        yield Found("test:leads", others={"statistic": joint(fit, leads)})


def joint(fit: Fit, at: list[int]) -> float:
    """Return the F statistic that some coefficients are zero."""
    b = fit.coefficients[at]
    return float(b @ np.linalg.solve(fit.covariance[np.ix_(at, at)], b)) / len(b)
