"""Effects of a dose by time since it rose, and bounds once nobody is untreated."""

import math
from collections.abc import Iterator

import numpy as np
from scipy import optimize, stats

from pilotzone.audit.by_hand.least_squares import RCOND, dummies
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]
MULTIPLES = (0.0, 0.5, 1.0, 1.5, 2.0)


def dose_dynamic(data: Design, store: Store) -> Terms:
    """Changes of each switcher less the mean change of those who have not switched yet."""
    years = np.unique(data.period).tolist()
    rows = zip(data.unit, data.period.tolist(), strict=True)
    place = {key: k for k, key in enumerate(rows)}
    units = [i for i in data.units if all((i, t) in place for t in years)]
    dose = {(i, t): round(float(data.treatment[place[i, t]]), 9) for i in units for t in years}
    first = {
        i: next((t for t in years if dose[i, t] != dose[i, years[0]]), math.inf) for i in units
    }
    slopes = _slopes(data, place, units, years, first)
    totals: dict[str, np.ndarray] = {"sum": np.zeros(len(units)), "value": 0.0, "dose": 0.0}
    for sign, name in ((1, "effect"), (-1, "placebo_effect")):
        words = ("normalised", "normalised_placebo")[sign < 0]
        for ahead in range(1, len(years)):
            one = _horizon(data, place, units, years, first, dose, slopes, sign * ahead)
            if one is None:
                continue
            value, error, count, at, taken, parts = one
            yield Found(f"{name}:{ahead}", value / count, error / count)
            yield Found(f"{words}:{ahead}", value / taken, error / taken)
            if sign > 0:
                totals["sum"] = totals["sum"] + parts
                totals["value"] += value
                totals["dose"] += at
                shown = [i for i in units if first[i] - 1 + ahead <= years[-1]]
                yield Found(f"compared:{ahead}", count / len(shown))
    error = math.sqrt(math.fsum(totals["sum"] ** 2))
    yield Found("overall:total", totals["value"] / totals["dose"], error / totals["dose"])


def _slopes(
    data: Design, place: dict, units: list[str], years: list[int], first: dict[str, float]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return slopes of the controls' changes among the not yet switched, and each unit's part."""
    if not data.controls.shape[1]:
        return np.zeros(0), {}
    keys = [(i, t) for i in units for t in years[1:] if t < first[i]]
    now = [place[i, t] for i, t in keys]
    before = [place[i, t - 1] for i, t in keys]
    x, y = data.controls[now] - data.controls[before], data.y[now] - data.y[before]
    when = np.array([t for _, t in keys])
    z = np.column_stack([x, dummies(when)])
    theta = np.linalg.lstsq(z, y, rcond=RCOND)[0]
    left = y - z @ theta
    each = dummies(when)
    x = x - each @ np.linalg.lstsq(each, x, rcond=RCOND)[0]
    size = np.array([(when == t).sum() for t in when])
    theta, inverse = theta[: x.shape[1]], np.linalg.inv(x.T @ x)
    scores = x * (left * np.sqrt(size / (size - 1)))[:, None]
    who = np.array([i for i, _ in keys])
    parts = {i: inverse @ scores[who == i].sum(axis=0) - theta / len(units) for i in units}
    return theta, parts


def _horizon(
    data: Design,
    place: dict,
    units: list[str],
    years: list[int],
    first: dict[str, float],
    dose: dict,
    slopes: tuple[np.ndarray, dict[str, np.ndarray]],
    horizon: int,
) -> tuple[float, float, int, float, float, np.ndarray] | None:
    """Return sum and error of the changes, switchers, doses at and up to it, parts of units."""
    theta, of_slopes = slopes
    parts = dict.fromkeys(units, 0.0)
    value = at = taken = 0.0
    count, mean, ahead = 0, np.zeros(len(theta)), abs(horizon)
    for start, level in sorted({(first[i], dose[i, years[0]]) for i in units}):
        if not (start - 1 + ahead <= years[-1] and start - 1 + horizon >= years[0]):
            continue
        same = [i for i in units if dose[i, years[0]] == level]
        own = [i for i in same if first[i] == start]
        others = [i for i in same if first[i] > start - 1 + ahead]
        if not others:
            continue
        ends = {i: (place[i, start - 1 + horizon], place[i, start - 1]) for i in (*own, *others)}
        moved = {i: data.controls[a] - data.controls[b] for i, (a, b) in ends.items()}
        change = {
            i: data.y[a] - data.y[b] - float(moved[i][: len(theta)] @ theta)
            for i, (a, b) in ends.items()
        }
        usual = np.mean([change[i] for i in others])
        value += sum(change[i] - usual for i in own)
        count += len(own)
        at += sum(dose[i, start - 1 + ahead] - level for i in own)
        taken += sum(dose[i, start + k] - level for i in own for k in range(ahead))
        if len(theta):
            apart = np.mean([moved[i] for i in others], axis=0)
            mean += sum(moved[i] - apart for i in own)
        for i in own:
            alike = [j for j in own if dose[j, start] == dose[i, start]]
            parts[i] += _apart(change, i, alike, ends)
        for i in others:
            parts[i] -= len(own) / len(others) * _apart(change, i, others, ends)
    if not count:
        return None
    found = np.array([parts[i] - (of_slopes[i] @ mean if of_slopes else 0.0) for i in units])
    return value, math.sqrt(math.fsum(found**2)), count, at, taken, found


def _apart(change: dict[str, float], i: str, alike: list[str], pool: dict) -> float:
    """Return a change less the mean of those alike, or of all where it stands alone."""
    group = alike if len(alike) > 1 else list(pool)
    mean = np.mean([change[j] for j in group])
    return (change[i] - mean) * math.sqrt(len(group) / (len(group) - 1))


def bounded_variation(data: Design, store: Store) -> Terms:
    """A dummy for every unit and year on untreated rows, without each unit in turn."""
    untreated = (data.cohort == 0) | (data.period < data.cohort)
    kept = np.isin(data.unit, data.unit[untreated])
    middle, largest = _middle(data, kept)
    left = [_middle(data, kept & (data.unit != i))[0] for i in np.unique(data.unit[kept])]
    n = len(left)
    error = math.sqrt((n - 1) / n * math.fsum((np.array(left) - np.mean(left)) ** 2))
    last = data.period[untreated].max()
    reach = largest * np.mean([t - last for t in np.unique(data.period) if t > last])
    for m in MULTIPLES:
        low, high = middle - m * reach, middle + m * reach
        beyond = _quantile(2 * m * reach / error, n - 1) * error
        if m:
            yield Found(f"identified_set:{m:g}", others={"ci_low": low, "ci_high": high})
        else:
            yield Found("identified_set:0", middle)
        ends = {"ci_low": low - beyond, "ci_high": high + beyond}
        yield Found(f"bounded_variation:{m:g}", others=ends)
    yield Found("largest_change", largest)
    yield Found("breakdown:identified_set", abs(middle) / reach)

    def room(m: float) -> float:
        return abs(middle) - m * reach - _quantile(2 * m * reach / error, n - 1) * error

    if room(0.0) > 0:
        at = optimize.brentq(room, 0.0, abs(middle) / reach, xtol=1e-14)
        yield Found("breakdown:bounded_variation", at)


def _middle(data: Design, rows: np.ndarray) -> tuple[float, float]:
    """Return the mean effect if the untreated outcome keeps its path, and its largest change."""
    untreated = rows & ((data.cohort == 0) | (data.period < data.cohort))
    years = np.unique(data.period[untreated])
    units = np.unique(data.unit[rows])
    z = np.hstack(
        [data.unit[:, None] == units, data.period[:, None] == years[1:]],
    ).astype(float)
    beta = np.linalg.lstsq(z[untreated], data.y[untreated], rcond=RCOND)[0]
    levels = np.append(0.0, beta[len(units) :])
    step = 0.0
    if data.spec.chosen("path") == "drift":
        step = (levels[-1] - levels[0]) / (years[-1] - years[0])
    found = []
    for t in np.unique(data.period[data.period > years[-1]]):
        now = rows & (data.period == t)
        own = data.y[now] - z[now][:, : len(units)] @ beta[: len(units)]
        found.append(own.mean() - levels[-1] - step * (t - years[-1]))
    return float(np.mean(found)), float(np.abs(np.diff(levels) / np.diff(years) - step).max())


def _quantile(wide: float, df: int) -> float:
    """Return the quantile that covers a point of a set so many errors wide."""

    def lack(c: float) -> float:
        return stats.t.cdf(c + wide, df) - stats.t.cdf(-c, df) - 0.95

    one, two = stats.t.ppf(0.95, df), stats.t.ppf(0.975, df)
    return one if lack(one) >= 0 else float(optimize.brentq(lack, one, two + 1e-6, xtol=1e-14))
