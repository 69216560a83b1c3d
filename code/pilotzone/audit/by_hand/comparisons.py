"""Cohorts against each other: two by two, stacked, and as long changes by group."""

import itertools
from collections.abc import Iterator

import numpy as np

from pilotzone.audit.by_hand.least_squares import RCOND, by_clusters, dummies, told
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design, grouped
from pilotzone.panels.store import Store

Terms = Iterator[Found]


def goodman_bacon(data: Design, store: Store) -> Terms:
    """A two-way regression on the rows of each pair of cohorts in which one of them switches.

    Its weight is the number of rows times the sum of squares of the treatment freed of the effects.
    """
    found = {}
    for k, c in itertools.permutations(sorted(set(data.cohort.tolist())), 2):
        rows = np.isin(data.cohort, (k, c)) & _window(data, k, c)
        d, y = data.treatment[rows], data.y[rows]
        switches = len(set(d[data.cohort[rows] == k])) == 2
        if not switches or k == 0:
            continue
        x = np.column_stack([dummies(data.unit[rows]), dummies(data.period[rows])])
        left = d - x @ np.linalg.lstsq(x, d, rcond=None)[0]
        weight = rows.sum() * (left @ left)
        found[_kind(data, k, c), str(k), str(c)] = weight, (left @ y) / (left @ left)
    whole = sum(weight for weight, _ in found.values())
    kinds: dict[str, list[tuple[float, float]]] = {}
    for key, (weight, value) in found.items():
        kinds.setdefault(key[0], []).append((weight / whole, value))
        yield Found(":".join(key), value, others={"weight": weight / whole})
    for kind, pairs in kinds.items():
        total = sum(weight for weight, _ in pairs)
        mean = sum(weight * value for weight, value in pairs) / total
        yield Found(f"{kind}:all:all", mean, others={"weight": total})


def _window(data: Design, k: int, c: int) -> np.ndarray:
    """Return the rows of the periods in which cohort c keeps the state it has when k switches."""
    first, last = data.period.min(), data.period.max()
    if c == 0 or c > last or c <= first:
        return np.ones(len(data.y), dtype=bool)
    return data.period < c if k < c else data.period >= c


def _kind(data: Design, k: int, c: int) -> str:
    if c == 0:
        return "treated vs never treated"
    if c <= data.period.min():
        return "treated vs always treated"
    return "earlier vs later" if k < c else "later vs earlier"


def stacked(data: Design, store: Store) -> Terms:
    """One regression on the samples of all cohorts, each with the units untreated in its window."""
    first, last = data.period.min(), data.period.max()
    cohorts = [g for g in sorted(set(data.cohort.tolist())) if 0 < g <= last]
    chosen = str(data.spec.option("window"))
    window = [first - cohorts[0], last - cohorts[0]]
    low, high = map(int, chosen.split()) if chosen != "none" else window
    samples, own, event = [], [], []
    for g in cohorts:
        inside = (data.period >= g + low) & (data.period <= g + high)
        untreated = (data.cohort == 0) | (data.cohort > g + high)
        rows = np.flatnonzero(inside & ((data.cohort == g) | untreated))
        if g + low >= first and g + high <= last and untreated[rows].any():
            samples.append(rows)
            own.append(data.cohort[rows] == g)
            event.append(data.period[rows] - g)
    at, own, event = map(np.concatenate, (samples, own, event))
    which = np.repeat(np.arange(len(samples)), [len(rows) for rows in samples])
    unit = [f"{s}:{u}" for s, u in zip(which, data.unit[at], strict=True)]
    period = [f"{s}:{t}" for s, t in zip(which, data.period[at], strict=True)]
    yield from _stacked_fits(data, at, own, event, (np.array(unit), np.array(period)))


def _stacked_fits(
    data: Design,
    at: np.ndarray,
    own: np.ndarray,
    event: np.ndarray,
    labels: tuple[np.ndarray, np.ndarray],
) -> Terms:
    """Give one coefficient for all years from treatment on, then one for each but the one before.

    Rows alone in their unit's sample say nothing and are left out.
    """
    names, counts = np.unique(labels[0], return_counts=True)
    kept = np.isin(labels[0], names[counts > 1])
    at, own, event = at[kept], own[kept], event[kept]
    rest = np.column_stack([dummies(one[kept]) for one in labels])
    y, controls, cluster = data.y[at], data.controls[at], data.cluster[at]
    # Effects of units by sample lie within units: all but one do not count.
    nested = len(np.unique(labels[0][kept])) - 1
    events = [k for k in np.unique(event).tolist() if k != -1]
    for terms, columns in (
        (["overall:simple"], [own & (event >= 0)]),
        ([f"event:{k}" for k in events], [own & (event == k) for k in events]),
    ):
        x = np.column_stack([*columns, controls]).astype(float)
        yield from told(terms, by_clusters(y, x, rest, cluster, nested), data)


def long_difference(data: Design, store: Store) -> Terms:
    """Changes from the year before treatment, treated less untreated units, group by group.

    Cells of a cohort count alike, cohorts by their treated units. The error of a mean is that of
    what each unit adds to it.
    """
    data = grouped(data)
    groups = sorted(set(data.frame["by"]))
    cells = dict(_long_cells(data, groups))
    cohorts = sorted({g for g, _ in cells})
    sizes = {g: len(set(data.unit[data.cohort == g])) for g in cohorts}
    values, parts = np.zeros(len(groups)), np.zeros((len(groups), len(data.units)))
    for g in cohorts:
        years = [t for cohort, t in cells if cohort == g]
        years = years[-1:] if data.spec.option("years") == "last" else years
        for t in years:
            share = sizes[g] / sum(sizes.values()) / len(years)
            values += share * cells[g, t][0]
            parts += share * cells[g, t][1]
    yield from _long_terms(data, groups, values, parts)


def _long_terms(data: Design, groups: list[str], values: np.ndarray, parts: np.ndarray) -> Terms:
    """Give the groups, their differences from the first, and the test that they are equal."""
    by_error = data.spec.inference.name == "influence_t"

    def error(part: np.ndarray) -> float | None:
        return float(np.sqrt(part @ part)) if by_error else None

    name = data.spec.treatment
    for group, value, part in zip(groups, values, parts, strict=True):
        yield Found(f"{name}#{group}", value, error(part))
    apart, gaps = values[1:] - values[0], parts[1:] - parts[0]
    for group, value, part in zip(groups[1:], apart, gaps, strict=True):
        yield Found(f"difference:{name}#{group}", value, error(part))
    test = apart @ np.linalg.solve(gaps @ gaps.T, apart) / len(apart)
    yield Found("test:equality", others={"statistic": float(test)})


def _long_cells(
    data: Design, groups: list[str]
) -> Iterator[tuple[tuple[int, int], tuple[np.ndarray, np.ndarray]]]:
    """Give for each cohort and year the effects of the groups, (q,), and the units' parts, (q, U).

    A group takes two treated and two untreated units, and more if the change is net of something.
    """
    years = np.unique(data.period).tolist()
    for g in sorted(set(data.cohort.tolist()) - {0}):
        before = [t for t in years if t < g]
        last = data.period[data.cohort == g].max()
        for now in (t for t in years if g <= t <= last) if before else ():
            change, first = _long_changes(data, before, now)
            found = [_long_effect(data, change, first, g, now, group) for group in groups]
            if all(found):
                effects, parts = zip(*found, strict=True)
                yield (g, now), (np.array(effects), np.array(parts))


def _long_changes(
    data: Design, before: list[int], now: int
) -> tuple[dict[str, float], dict[str, int]]:
    """Return each unit's change from the last year before, less its trend if that is held.

    And the first row of each unit that has one.
    """
    table = {
        (unit, t): y for unit, t, y in zip(data.unit, data.period.tolist(), data.y, strict=True)
    }
    base, changes = before[-1], {}
    for unit in data.units:
        if (unit, base) not in table or (unit, now) not in table:
            continue
        change = table[unit, now] - table[unit, base]
        if "unit#trend" in data.effects:
            known = [t for t in before if (unit, t) in table]
            if len(known) < 2:
                continue
            slope = np.polyfit(known, [table[unit, t] for t in known], 1)[0]
            change -= slope * (now - base)
        changes[unit] = change
    first = {unit: int(np.flatnonzero(data.unit == unit)[0]) for unit in changes}
    return changes, first


def _long_effect(
    data: Design, change: dict[str, float], first: dict[str, int], g: int, now: int, group: str
) -> tuple[float, np.ndarray] | None:
    """Return a group's effect in a cohort and year and the units' parts (U,); None without one."""
    by, cohort = data.frame["by"].to_numpy(), data.cohort
    within = "by#period" in data.effects
    own = [u for u, row in first.items() if cohort[row] == g and by[row] == group]
    other = [
        u
        for u, row in first.items()
        if (cohort[row] == 0 or cohort[row] > now) and (by[row] == group or not within)
    ]
    beside = np.column_stack(data.by_period) if data.by_period else np.empty((len(by), 0))
    if min(len(own), len(other)) < max(2, beside.shape[1] + 2):
        return None
    units = [*own, *other]
    x = np.column_stack(
        [np.repeat([1.0, 0.0], [len(own), len(other)]), np.ones(len(units))]
        + [column[[first[u] for u in units]] for column in beside.T]
    )
    y = np.array([change[u] for u in units])
    sums = np.linalg.pinv(x, rcond=RCOND)
    beta = sums @ y
    parts = dict(zip(units, sums[0] * (y - x @ beta), strict=True))
    return beta[0], np.array([parts.get(unit, 0.0) for unit in data.units])
