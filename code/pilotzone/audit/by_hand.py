"""Estimators that no other program here has, again by brute force.

Everything is a least-squares problem with a dummy for every unit and period, solved by
``numpy.linalg.lstsq`` with nothing removed first, or means of cells written out. It shares no code
with the estimators: only the rows of a column are those of the engine.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

import numpy as np

from pilotzone.audit.opinion import Opinion, Silence, of_each
from pilotzone.catalogue import Specification
from pilotzone.engine.design import Design, design
from pilotzone.engine.matrix import placed
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

PROGRAM = "by hand"
NOT_TWO_WAY = "effects other than of units and periods"
CONTROLS = "controls, which the estimator uses in a way of its own"
OPTION = "an option that changes the rows"
# Options with which the estimator is still the plain one.
PLAIN_OPTIONS = {"base", "mediator", "window", "among", "lags", "horizons", "reference_cohort"}
# Binned ends of an event study where the column names none.
WINDOW = (-4, 4)
# Columns that are others to so many digits are redundant.
RCOND = 1e-12
Terms = Iterator[tuple[str, float]]


def opinions(
    exhibit_id: str, specs: Mapping[str, Specification], store: Store
) -> list[Opinion | Silence]:
    """Return the coefficients of columns whose estimator is one of :data:`ESTIMATORS`."""
    return of_each(exhibit_id, specs, store, _of_column)


def _of_column(
    exhibit_id: str, column: str, spec: Specification, store: Store
) -> list[Opinion | Silence]:
    twin = TWINS[spec.estimator]
    reason = ""
    options = dict(spec.options)
    if spec.effects != "two_way" and spec.estimator not in REGRESSIONS:
        reason = NOT_TWO_WAY
    elif options.keys() - PLAIN_OPTIONS or options.get("among", "all") != "all":
        reason = OPTION
    elif spec.control_variables and spec.estimator not in REGRESSIONS:
        reason = CONTROLS
    if reason:
        return [Silence(exhibit_id, column, reason)]
    data = design(spec, store)
    return [
        Opinion(PROGRAM, exhibit_id, column, term, float(value))
        for term, value in twin(data, store)
        if np.isfinite(value)
    ]


def dummies(labels: np.ndarray) -> np.ndarray:
    """Return a column (N, g) of zeros and ones for each label."""
    return (labels[:, None] == np.unique(labels)).astype(float)


def held(data: Design) -> np.ndarray:
    """Return a column (N, g) for each effect that is held constant, slopes among them."""
    own = {"unit": data.unit, "period": data.period}
    labels = [own[name] for name in own if name in data.effects]
    columns = [dummies(one) for one in (*labels, *data.extra_factors)]
    for groups, values in data.slopes:
        centred = values - values.mean()
        columns.append(dummies(groups) * centred[:, None] / np.abs(centred).max())
    return np.column_stack(columns)


def _coefficients(data: Design, *columns: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """Return the coefficients of columns and controls beside what is held constant."""
    x = np.column_stack([*columns, data.controls])
    whole = np.column_stack([x, held(data)])
    found = np.linalg.lstsq(whole, data.y if y is None else y, rcond=RCOND)[0]
    return found[: x.shape[1]]


def coefficient(data: Design, store: Store) -> Terms:
    """The two-way coefficient that a permutation or a loop over units starts from."""
    yield data.spec.treatment, _coefficients(data, data.treatment)[0]


def exposure(data: Design, store: Store) -> Terms:
    """y on the treatment and the mean treatment of the neighbours."""
    data, weights = placed(data, store)
    name, around = data.spec.treatment, _around(data, weights)
    own, near = _coefficients(data, data.treatment, around)[:2]
    yield from ((name, own), (f"W:{name}", near))


def exposure_split(data: Design, store: Store) -> Terms:
    """The same, the neighbours' treatment apart for treated and untreated rows."""
    data, weights = placed(data, store)
    name, d, around = data.spec.treatment, data.treatment, _around(data, weights)
    found = _coefficients(data, d, d * around, (1 - d) * around)
    yield from zip((name, f"W:{name}#treated", f"W:{name}#untreated"), found, strict=False)


def _around(data: Design, weights: SpatialWeights) -> np.ndarray:
    """Return the mean treatment (N,) of the neighbours of each row in its period."""
    order = {unit: i for i, unit in enumerate(weights.labels)}
    there = np.array([order[unit] for unit in data.unit])
    around = np.empty(len(there))
    for one in np.unique(data.period):
        now = data.period == one
        whole = np.zeros(len(order))
        whole[there[now]] = data.treatment[now]
        around[now] = (weights.matrix @ whole)[there[now]]
    return around


def dose_bins(data: Design, store: Store) -> Terms:
    """y on a dummy for each quarter, half and quarter of the dose, none left out."""
    d, edges = data.treatment, (0, 0.25, 0.75, 1)
    bins = [(low, high, (d > low) & (d <= high + 1e-12)) for low, high in pairwise(edges)]
    found = _coefficients(data, *(inside for _, _, inside in bins))
    yield from ((f"bin:{a:g}-{b:g}", v) for (a, b, _), v in zip(bins, found, strict=False))


def local_projection(data: Design, store: Store) -> Terms:
    """The outcome h periods later on the treatment, with lags of both, horizon by horizon."""
    lags, horizons = (int(data.spec.option(name)) for name in ("lags", "horizons"))
    place = {key: i for i, key in enumerate(zip(data.unit, data.period.tolist(), strict=True))}

    def at(values: np.ndarray, shift: int) -> np.ndarray:
        rows = (place.get((u, t + shift)) for u, t in place)
        return np.array([np.nan if row is None else values[row] for row in rows])

    past = [at(values, -k) for values in (data.y, data.treatment) for k in range(1, lags + 1)]
    for h in range(horizons + 1):
        ahead, x = at(data.y, h), np.column_stack([data.treatment, *past, data.controls])
        kept = np.isfinite(ahead) & np.isfinite(x).all(axis=1)
        whole = np.column_stack([x, held(data)])[kept]
        yield f"horizon:{h}", np.linalg.lstsq(whole, ahead[kept], rcond=RCOND)[0][0]


def mediation(data: Design, store: Store) -> Terms:
    """The three regressions, and the product of the two paths."""
    mediator = data.column(str(data.spec.option("mediator")))
    (first,) = _coefficients(data, data.treatment, y=mediator)[:1]
    direct, second = _coefficients(data, data.treatment, mediator)[:2]
    yield "step:total", _coefficients(data, data.treatment)[0]
    yield from (("step:first", first), ("step:direct", direct), ("step:second", second))
    yield f"indirect:{data.spec.option('mediator')}", first * second


def every_event(data: Design, store: Store) -> Terms:
    """The same with a dummy for every time; a cohort of reference has none."""
    cohort = np.where(data.cohort == int(data.spec.option("reference_cohort")), 0, data.cohort)
    times = np.where(cohort > 0, data.period - cohort, -1)
    events = [k for k in np.unique(times).tolist() if k != -1]
    found = _coefficients(data, *(times == k for k in events))
    yield from ((f"event:{k}", value) for k, value in zip(events, found, strict=False))


def event_study(data: Design, store: Store) -> Terms:
    """y on a dummy for each time since treatment, the ends binned, the year before left out."""
    chosen = data.spec.chosen("window")
    low, high = map(int, str(chosen).split()) if chosen else WINDOW
    cohort = data.cohort
    times = np.where(cohort > 0, np.clip(data.period - cohort, low, high), -1)
    events = [k for k in range(low, high + 1) if k != -1 and (times == k).any()]
    found = _coefficients(data, *(times == k for k in events))
    yield from ((f"event:{k}", value) for k, value in zip(events, found, strict=False))


def imputation(data: Design, store: Store) -> Terms:
    """Effects of units and periods from untreated rows; what is left of treated rows, averaged."""
    cohort, period = data.cohort, data.period
    treated = (cohort > 0) & (period >= cohort)
    x = np.column_stack([dummies(data.unit), dummies(period)])
    kept = ~treated
    known = np.linalg.lstsq(x[kept], data.y[kept], rcond=RCOND)[0]
    # A row is imputed if its unit and its period have an untreated row.
    have = np.isin(data.unit, data.unit[kept]) & np.isin(period, period[kept])
    rows = treated & have
    yield from _averages(data.y - x @ known, cohort, period, rows)


def saturated(data: Design, store: Store) -> Terms:
    """A coefficient for each cohort and period but the one before, all other cohorts beside it."""
    cohort, period = data.cohort, data.period
    inside = (cohort > 0) & (cohort <= period.max())
    cells = [
        (g, t)
        for g, t in sorted(set(zip(cohort[inside].tolist(), period[inside].tolist(), strict=True)))
        if t != g - 1 and g > period.min()
    ]
    if not inside.all():
        found = _coefficients(data, *((cohort == g) & (period == t) for g, t in cells))
        yield from ((f"att:{g}:{t}", v) for (g, t), v in zip(cells, found, strict=True))


def _averages(left: np.ndarray, cohort: np.ndarray, period: np.ndarray, rows: np.ndarray) -> Terms:
    """Give the means of cells, of event times and of all rows."""
    for g, t in sorted(set(zip(cohort[rows].tolist(), period[rows].tolist(), strict=True))):
        yield f"att:{g}:{t}", left[rows & (cohort == g) & (period == t)].mean()
    since = period - cohort
    for k in np.unique(since[rows]):
        yield f"event:{k}", left[rows & (since == k)].mean()
    yield "overall:simple", left[rows].mean()


def group_time(data: Design, store: Store) -> Terms:
    """Change of a cohort from the year before minus that of units still untreated, of means."""
    never = data.spec.estimator.endswith("never")
    table = {
        (unit, t): y for unit, t, y in zip(data.unit, data.period.tolist(), data.y, strict=True)
    }
    cohorts = dict(zip(data.unit, data.cohort.tolist(), strict=True))
    years = np.unique(data.period).tolist()
    universal = data.spec.chosen("base") == "universal"
    for g in sorted(set(cohorts.values()) - {0}):
        for now in years:
            base = g - 1 if universal or now >= g else now - 1
            if base == now or base not in years:
                continue
            last = max(now, base)
            compared = [u for u, c in cohorts.items() if c == 0 or (not never and c > last)]
            own = [u for u, c in cohorts.items() if c == g]
            changes = [
                np.mean([table[u, now] - table[u, base] for u in units])
                for units in (own, [u for u in compared if cohorts[u] != g])
                if units
            ]
            if len(changes) == 2:
                yield f"att:{g}:{now}", changes[0] - changes[1]


def weights_of_cells(data: Design, store: Store) -> Terms:
    """The weights of treated cells in the two-way coefficient: residuals of the treatment."""
    x = np.column_stack([dummies(data.unit), dummies(data.period)])
    d = data.treatment
    left = d - x @ np.linalg.lstsq(x, d, rcond=RCOND)[0]
    weight = left / (left @ d)
    rows, cohort, period = d > 0, data.cohort, data.period
    for g, t in sorted(set(zip(cohort[rows].tolist(), period[rows].tolist(), strict=True))):
        yield f"weight:{g}:{t}", weight[rows & (cohort == g) & (period == t)].sum()
    yield "sum_negative", weight[rows & (weight < 0)].sum()


TWINS: dict[str, Callable[[Design, Store], Terms]] = {
    **dict.fromkeys(("fake_rollout", "permuted_paths", "leave_one_out"), coefficient),
    **dict.fromkeys(("imputation", "two_stage", "extended_twfe"), imputation),
    **dict.fromkeys(("callaway_santanna", "callaway_santanna_never"), group_time),
    "sun_abraham": saturated,
    "exposure": exposure,
    "exposure_split": exposure_split,
    "dose_bins": dose_bins,
    "local_projection": local_projection,
    "mediation": mediation,
    "event_study_unbinned": every_event,
    "event_study": event_study,
    "negative_weights": weights_of_cells,
}
ESTIMATORS = tuple(TWINS)
# Those whose controls stand beside the treatment in one regression.
REGRESSIONS = (
    *("fake_rollout", "permuted_paths", "leave_one_out", "exposure", "exposure_split"),
    *("mediation", "event_study", "event_study_unbinned", "dose_bins", "local_projection"),
)
