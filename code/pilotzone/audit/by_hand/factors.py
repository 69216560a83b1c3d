"""Factor models on untreated cells: units and years in turn, or cells filled again and again.

Given factors, each unit is a regression of its own, and given loadings each year; turn by turn they
end at the least squares of both. With a penalty, one table is filled with its fit, shrunk and
filled again, until nothing moves.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from pilotzone.audit.by_hand.least_squares import RCOND
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]
Fit = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
# Turns of a candidate of cross-validation, and of the fit itself at most.
FEW, MANY = 40, 50_000
# Changes at which a fit, or a candidate of cross-validation, is done; steps of one momentum.
CLOSE, COARSE, RESTART = 1e-11, 1e-6, 60
PENALTIES, SMALLEST = 10, 1e-3
IMPROVEMENT, PATIENCE, EQUIVALENT = 0.01, 3, 0.36


def interactive_effects(data: Design, store: Store) -> Terms:
    """Units and years in turn; the rank by held-out cells."""
    y, untreated, cohort, years = _table(data)
    said = data.spec.option("rank")
    own = untreated[(cohort > 0) & (cohort <= years[-1])].sum(axis=1).min()
    most = min(int(data.spec.option("max_rank")), _most(untreated), own - 2)
    ranks = list(range(max(most, 0) + 1))
    held = _held(data, untreated, ranks[-1] + 1)
    rank = (
        _chosen(y, untreated, held, ranks, partial(_by_turns, turns=FEW))
        if said == "cv"
        else int(said)
    )
    yield from _effects(
        data, y, untreated, cohort, years, partial(_by_turns, turns=MANY), rank, rank + 1
    )
    yield Found("factors:rank", float(rank))


def matrix_completion(data: Design, store: Store) -> Terms:
    """All numbers at once; the penalty by held-out cells."""
    y, untreated, cohort, years = _table(data)
    said = data.spec.option("penalty")
    left = np.where(untreated, y - _by_turns(y, untreated, 0, MANY), 0.0)
    largest = np.linalg.norm(left, 2) / y.size
    grid = list(largest * np.geomspace(1.0, SMALLEST, PENALTIES))
    held = _held(data, untreated, 1)
    coarse, full = (partial(_filled_in, close=one) for one in (COARSE, CLOSE))
    penalty = _chosen(y, untreated, held, grid, coarse) if said == "cv" else float(said)
    yield from _effects(data, y, untreated, cohort, years, full, penalty, 1)
    yield Found("penalty:share", penalty / largest)


def _table(data: Design) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return outcome, untreated cells, cohorts of units and years; none is missing."""
    units, years = np.unique(data.unit), np.unique(data.period)
    place = np.searchsorted(units, data.unit), np.searchsorted(years, data.period)
    y, cohort = np.full((len(units), len(years)), np.nan), np.zeros(len(units))
    y[place], cohort[place[0]] = data.y, data.cohort
    if np.isnan(y).any():
        raise ValueError("a panel with gaps")
    before = (cohort == 0)[:, None] | (years < cohort[:, None])
    kept = before.any(axis=1)
    return y[kept], before[kept], cohort[kept], years


def _most(untreated: np.ndarray) -> int:
    """Return the rank that the untreated cells carry."""
    n, t = untreated.shape
    spare = untreated.sum() - (n + t - 1)
    fits = [r for r in range(t) if spare > r * (n + t - 2 - r)]
    return min(untreated.sum(axis=0).min() - 1, max(fits, default=0))


def _held(data: Design, untreated: np.ndarray, fewest: int) -> list[np.ndarray]:
    """Return the cells that each fold holds out."""
    folds = int(data.spec.option("folds"))
    rng = np.random.default_rng(int(data.spec.option("fold_seed")))
    deal = np.full(untreated.shape, -1)
    deal[untreated] = rng.permutation(np.arange(untreated.sum()) % folds)
    found = []
    for fold in range(folds):
        out = deal == fold
        for axis in (1, 0):
            enough = (untreated & ~out).sum(axis=axis) >= fewest
            out &= np.expand_dims(enough, axis)
        found.append(out)
    return found


def _chosen(
    y: np.ndarray, untreated: np.ndarray, held: list[np.ndarray], tried: list[float], fit: Fit
) -> float:
    """Return the last candidate that lowered the error of held-out cells by enough."""
    best, lowest, since = tried[0], np.inf, 0
    for one in tried:
        off = [((y - fit(y, untreated & ~out, one))[out] ** 2).sum() for out in held]
        error = sum(off) / sum(out.sum() for out in held)
        if error < (1 - IMPROVEMENT) * lowest:
            best, lowest, since = one, error, 0
        else:
            since += 1
        if since == PATIENCE:
            break
    return best


def _by_turns(y: np.ndarray, rows: np.ndarray, rank: int, turns: int) -> np.ndarray:
    """Return α + γ + λ'f of every cell by regressions of units and of years in turn."""
    fitted = np.zeros(y.shape)
    year, factors = np.zeros(y.shape[1]), np.zeros((y.shape[1], 0))
    for turn in range(turns):
        if turn == 1 and rank:
            factors = _first_factors(y, rows, fitted, rank)
        x = np.column_stack([np.ones(len(year)), factors])
        own = _slopes(x, y - year, rows)
        z = np.column_stack([np.ones(len(y)), own[:, 1:]])
        found = _slopes(z, (y - own[:, :1]).T, rows.T)
        year, factors = found[:, 0], found[:, 1:]
        before, fitted = fitted, own[:, :1] + z @ found.T
        if turn > 1 and np.abs(fitted - before).max() < CLOSE * np.abs(y).max():
            break
    return fitted


def _first_factors(y: np.ndarray, rows: np.ndarray, fitted: np.ndarray, rank: int) -> np.ndarray:
    """Return factors (T, r) of a table that was filled with its fit some times over."""
    for _ in range(FEW):
        table = np.where(rows, y, fitted)
        effects = table.mean(axis=1)[:, None] + table.mean(axis=0) - table.mean()
        u, s, v = np.linalg.svd(table - effects, full_matrices=False)
        fitted = effects + (u[:, :rank] * s[:rank]) @ v[:rank]
    return v[:rank].T


def _slopes(x: np.ndarray, table: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the slopes of each line of a table on x, over the cells of the line that count."""
    inverses = np.linalg.pinv(rows[:, :, None] * x, rcond=RCOND)
    return (inverses @ np.where(rows, table, 0.0)[:, :, None])[:, :, 0]


def _filled_in(y: np.ndarray, rows: np.ndarray, penalty: float, close: float) -> np.ndarray:
    """Return α + γ + L of every cell: fill, take the means off, shrink what is left, again."""
    theta = penalty * y.size
    first = _by_turns(y, rows, 0, MANY)
    left = np.where(rows, y - first, 0.0)
    now = ahead = np.zeros(y.shape)
    for step in range(MANY):
        table = np.where(rows, left, ahead)
        effects = table.mean(axis=1)[:, None] + table.mean(axis=0) - table.mean()
        free = table - effects
        # Singular values above the penalty, which are shrunk by it; few years, many units.
        squares, v = np.linalg.eigh(free.T @ free)
        v, s = v[:, squares > theta**2], np.sqrt(squares[squares > theta**2])
        after = effects + free @ (v * (1 - theta / s)) @ v.T
        moved = np.abs(after - now).max()
        # Momentum that begins anew now and then, so that it does not swing about the minimum.
        pace = step % RESTART
        ahead = after + pace / (pace + 3) * (after - now)
        now = after
        if moved < close * np.abs(left).max():
            break
    return first + now


def _effects(
    data: Design,
    y: np.ndarray,
    untreated: np.ndarray,
    cohort: np.ndarray,
    years: np.ndarray,
    fit: Fit,
    chosen: float,
    needed: int,
) -> Terms:
    """Return means of outcomes less fits, and the placebo where units keep enough cells."""
    effect = y - fit(y, untreated, chosen)
    said = str(data.spec.chosen("without_cohort") or "none")
    out = [] if said == "none" else [float(g) for g in said.split()]
    inside = (cohort > 0) & (cohort <= years[-1])
    counted = inside & ~np.isin(cohort, out)
    yield Found("overall:simple", effect[counted[:, None] & ~untreated].mean())
    for g in np.unique(cohort[inside]):
        yield Found(f"cohort:{g:g}", effect[(cohort == g)[:, None] & ~untreated].mean())
    since = np.where(counted[:, None], years - cohort[:, None], np.nan)
    for e in np.unique(since[counted]):
        yield Found(f"event:{e:g}", effect[since == e].mean())
    two_way = (y - _by_turns(y, untreated, 0, MANY))[untreated]
    yield Found("bound:equivalence", EQUIVALENT * two_way.std(ddof=1))
    ago = cohort[:, None] - years
    masked = inside[:, None] & (ago > 0) & (ago <= int(data.spec.option("placebo")))
    kept = untreated & ~masked
    if kept[inside].sum(axis=1).min() >= needed and masked.any():
        off = y - fit(y, kept, chosen)
        yield Found("test:placebo", off[masked & counted[:, None]].mean())
