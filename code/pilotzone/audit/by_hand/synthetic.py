"""Synthetic difference in differences: weights by the conditions of their minimum.

A minimum over the simplex leaves out some weights and is a linear system in the others; which are
left out is found by adding and dropping one at a time.
"""

from collections.abc import Iterator

import numpy as np

from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]
RIDGE_OF_TIME = 1e-6
# A gain of a weight that is left out below this share of the criterion is rounding.
GAIN = 1e-12


def synthetic_did(data: Design, store: Store) -> Terms:
    """Treated units less weighted controls, after treatment less a weighted mean before it.

    Each cohort has weights of its own; the whole is the mean over treated cells. Placebos are not
    drawn again; the error without each unit, weights held, is.
    """
    years, units = np.unique(data.period), data.units
    table = np.array([data.y[data.unit == unit] for unit in units])
    first = np.array([data.cohorts[unit] for unit in units])
    never = (first == 0) | (first > years[-1])
    cohorts = [g for g in np.unique(first[~never]).tolist()]
    fits = {g: _cohort(table[first == g], table[never], years >= g) for g in cohorts}
    cells = np.array([(first == g).sum() * (years >= g).sum() for g in cohorts], dtype=float)
    values = np.array([effect for effect, _, _ in fits.values()])
    whole = float(cells @ values / cells.sum())
    spread, parts = _without_each(table, first, never, years, fits)
    printed = _printed(data, spread)
    yield Found("overall:simple", whole, printed(spread))
    yield Found("jackknife:overall:simple", spread)
    for g, value, own in zip(cohorts, values, parts, strict=True):
        yield Found(f"cohort:{g}", value, None if len(cohorts) == 1 else printed(own))
    yield from _path(years, first, fits)


def _printed(data: Design, spread: float) -> object:
    """Return what gives an error that is printed: the jackknife's where the column has no other."""
    alone = data.spec.inference.name == "jackknife"
    return lambda value: value if alone else None


def _cohort(
    treated: np.ndarray, controls: np.ndarray, post: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the effect, its path (T,), and what a unit's outcomes add to it.

    The third is (n_0 + T,): the weights of controls, then those of periods, minus before treatment.
    """
    noise = np.std(np.diff(controls[:, ~post], axis=1), ddof=1)
    target = treated.mean(axis=0)
    ridge = (len(treated) * post.sum()) ** 0.25 * noise
    omega = _simplex(controls[:, ~post].T, target[~post], ridge)
    before = controls[:, ~post]
    lam = _simplex(before, controls[:, post].mean(axis=1), RIDGE_OF_TIME * noise)
    gap = target - omega @ controls
    path = gap - lam @ gap[~post]
    contrast = np.where(post, 1 / post.sum(), 0.0)
    contrast[~post] = -lam
    return float(path[post].mean()), path, np.concatenate([omega, contrast])


def _simplex(a: np.ndarray, b: np.ndarray, ridge: float) -> np.ndarray:
    """Return w >= 0 with sum one that minimises |c + A w - b|^2 + ridge^2 rows |w|^2 over c too."""
    centred, goal = a - a.mean(axis=0), b - b.mean()
    k = a.shape[1]
    bend = centred.T @ centred + ridge**2 * len(a) * np.eye(k)
    pull = centred.T @ goal
    inside = np.ones(k, dtype=bool)
    w = np.zeros(k)
    for _ in range(50 * k):
        at = np.flatnonzero(inside)
        # The slopes of all weights in use are one number, and they sum to one.
        system = np.block([[bend[np.ix_(at, at)], np.ones((len(at), 1))], [np.ones(len(at)), 0.0]])
        solved = np.linalg.solve(system, np.append(pull[at], 1.0))[:-1]
        if (solved <= 0).any():
            w, inside = _stepped(w, at, solved)
            continue
        w = np.zeros(k)
        w[at] = solved
        slope = bend @ w - pull
        least = slope[at].mean() - slope
        if not (least[~inside] > GAIN * np.abs(pull).max()).any():
            return w
        inside[np.argmax(np.where(inside, -np.inf, least))] = True
    raise ValueError("no weights")


def _stepped(w: np.ndarray, at: np.ndarray, solved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Go towards a solution as far as no weight is negative; drop the one that becomes zero.

    From nothing there is no way to go: the negative ones are dropped at once.
    """
    inside = np.zeros(len(w), dtype=bool)
    if not w.any():
        inside[at[solved > 0]] = True
        return w, inside
    falls = solved <= 0
    room = w[at][falls] / np.maximum(w[at][falls] - solved[falls], np.finfo(float).tiny)
    made = np.zeros(len(w))
    made[at] = w[at] + room.min() * (solved - w[at])
    inside[at] = True
    inside[at[falls][room <= room.min()]] = False
    return np.where(inside, made, 0.0), inside


def _without_each(
    table: np.ndarray,
    first: np.ndarray,
    never: np.ndarray,
    years: np.ndarray,
    fits: dict[int, tuple[float, np.ndarray, np.ndarray]],
) -> tuple[float, list[float]]:
    """Return the jackknife errors of the mean and of each cohort, weights held and rescaled.

    NaN if a cohort has one unit or a control all the weight.
    """
    controls = np.flatnonzero(never)
    mean, own = [], {g: [] for g in fits}
    for unit in range(len(table)):
        values, cells = [], []
        for g, (effect, _, weights) in fits.items():
            omega, contrast = weights[: len(controls)], weights[len(controls) :]
            members = np.flatnonzero(first == g)
            kept, shares = members[members != unit], np.where(controls == unit, 0.0, omega)
            if not len(kept) or not shares.any():
                return np.nan, [np.nan] * len(fits)
            other = table[kept].mean(axis=0) - shares / shares.sum() @ table[controls]
            values.append(other @ contrast)
            cells.append(len(kept) * (years >= g).sum())
            if unit in members or never[unit]:
                own[g].append(values[-1])
        if first[unit] in fits or never[unit]:
            mean.append(np.dot(cells, values) / np.sum(cells))
    return _spread(mean), [_spread(one) for one in own.values()]


def _spread(values: list[float]) -> float:
    return float(np.sqrt((len(values) - 1) * np.var(values)))


def _path(
    years: np.ndarray, first: np.ndarray, fits: dict[int, tuple[float, np.ndarray, np.ndarray]]
) -> Terms:
    """Give the mean of the cohorts' paths by time since treatment, by treated units."""
    sums: dict[int, list[tuple[int, float]]] = {}
    for g, (_, path, _) in fits.items():
        for year, value in zip(years.tolist(), path, strict=True):
            sums.setdefault(year - g, []).append(((first == g).sum(), value))
    for event, pairs in sums.items():
        total = sum(size for size, _ in pairs)
        yield Found(f"event:{event}", sum(size * value for size, value in pairs) / total)
