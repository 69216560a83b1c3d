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
# With more controls placebos are not drawn again: it would take minutes.
MANY = 40
# A gain of a weight that is left out below this share of the criterion is rounding.
GAIN = 1e-12


def synthetic_did(data: Design, store: Store) -> Terms:
    """Treated units less weighted controls, after treatment less a weighted mean before it.

    Each cohort has weights of its own; the whole is the mean over treated cells. Errors are those
    without each unit, weights held, and where the controls are few those of placebos, with the
    permutations of the column's seed.
    """
    years = np.unique(data.period)
    table = np.array([data.y[data.unit == unit] for unit in data.units])
    first = np.array([data.cohorts[unit] for unit in data.units])
    never = (first == 0) | (first > years[-1])
    cohorts = np.unique(first[~never]).tolist()
    fits = {g: _cohort(table[first == g], table[never], years >= g) for g in cohorts}
    cells = np.array([(first == g).sum() * (years >= g).sum() for g in cohorts], dtype=float)
    values = np.array([effect for effect, _, _ in fits.values()])
    spread = _without_each(table, first, never, years, fits)
    yield Found("jackknife:overall:simple", spread)
    error = None
    if len(cohorts) == 1 and never.sum() <= MANY:
        placebo = _placebo(data, table[never], int((~never).sum()), years >= cohorts[0])
        yield Found("placebo:overall:simple", placebo)
        error = max(placebo, spread)
    yield Found("overall:simple", float(cells @ values / cells.sum()), error)
    for g, value in zip(cohorts, values, strict=True) if len(cohorts) > 1 else ():
        yield Found(f"cohort:{g}", value)
    yield from _path(years, first, fits)


def _placebo(data: Design, controls: np.ndarray, size: int, post: np.ndarray) -> float:
    """Return the spread of effects with random controls in the place of the treated units."""
    noise = noise_of(controls, post)
    rng = np.random.default_rng(data.spec.inference.seed)
    found = []
    for _ in range(data.spec.inference.draws):
        order = rng.permutation(len(controls))
        chosen, rest = controls[order[:size]], controls[order[size:]]
        found.append(_cohort(chosen, rest, post, noise)[0])
    return float(np.std(found))


def noise_of(controls: np.ndarray, post: np.ndarray) -> float:
    """Return the standard deviation of the controls' changes before treatment."""
    return float(np.std(np.diff(controls[:, ~post], axis=1), ddof=1))


def _cohort(
    treated: np.ndarray, controls: np.ndarray, post: np.ndarray, noise: float | None = None
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the effect, its path (T,), and what a unit's outcomes add to it.

    The third is (n_0 + T,): the weights of controls, then those of periods, minus before treatment.
    """
    noise = noise_of(controls, post) if noise is None else noise
    target = treated.mean(axis=0)
    ridge = (len(treated) * post.sum()) ** 0.25 * noise
    omega = simplex(controls[:, ~post].T, target[~post], ridge)
    before = controls[:, ~post]
    lam = simplex(before, controls[:, post].mean(axis=1), RIDGE_OF_TIME * noise)
    gap = target - omega @ controls
    path = gap - lam @ gap[~post]
    contrast = np.where(post, 1 / post.sum(), 0.0)
    contrast[~post] = -lam
    return float(path[post].mean()), path, np.concatenate([omega, contrast])


def simplex(a: np.ndarray, b: np.ndarray, ridge: float, *, constant: bool = True) -> np.ndarray:
    """Return w >= 0 with sum one that minimises |c + A w - b|^2 + ridge^2 rows |w|^2 over c too.

    Without a constant c is zero.
    """
    centred, goal = (a - a.mean(axis=0), b - b.mean()) if constant else (a, b)
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
) -> float:
    """Return the jackknife error of the mean, weights held and rescaled.

    NaN if a cohort has one unit or a control all the weight.
    """
    controls, found = np.flatnonzero(never), []
    for unit in range(len(table)):
        values, cells = [], []
        for g, (_, _, weights) in fits.items():
            omega, contrast = weights[: len(controls)], weights[len(controls) :]
            members = np.flatnonzero(first == g)
            kept, shares = members[members != unit], np.where(controls == unit, 0.0, omega)
            if not len(kept) or not shares.any():
                return np.nan
            other = table[kept].mean(axis=0) - shares / shares.sum() @ table[controls]
            values.append(other @ contrast)
            cells.append(len(kept) * (years >= g).sum())
        found.append(np.dot(cells, values) / np.sum(cells))
    return float(np.sqrt((len(found) - 1) * np.var(found)))


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
