"""Event studies under bounded violations of parallel trends, by enumeration and search.

The interval under bounded changes of slope belongs to the weights on the leads that make it
shortest; that under bounded steps holds every value that a test does not reject, whose statistic is
a linear programme: all vertices of its dual are listed.
"""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
from scipy import optimize, special, stats

from pilotzone.audit.by_hand.least_squares import regression, told, without_lone_rows
from pilotzone.audit.opinion import Found
from pilotzone.audit.rows import Design
from pilotzone.panels.store import Store

Terms = Iterator[Found]
ALPHA = 0.05
SMOOTHNESS, MAGNITUDES = (0.0, 0.001, 0.002, 0.005, 0.01), (0.5, 1.0, 1.5, 2.0)
# Points a side among which the ends of a set are looked for, and directions of an average.
POINTS, DIRECTIONS = 201, 20_000


@dataclasses.dataclass(frozen=True)
class Path:
    """Coefficients (K + T,) around the year before treatment, K of them before, and covariance."""

    beta: np.ndarray
    sigma: np.ndarray
    n_pre: int

    @property
    def target(self) -> np.ndarray:
        """Weights (T,) of the mean over the years from treatment on."""
        n_post = len(self.beta) - self.n_pre
        return np.full(n_post, 1 / n_post)


def honest_did(data: Design, store: Store) -> Terms:
    """The event study of the only cohort, its mean, intervals and where they reach zero."""
    data = without_lone_rows(data)
    inside = (data.cohort > 0) & (data.cohort <= data.period.max())
    times = np.where(inside, data.period - data.cohort, -1)
    events = [k for k in np.unique(times).tolist() if k != -1]
    fit, k = regression(data, [times == one for one in events]), len(events)
    yield from told([f"event:{one}" for one in events], fit, data)
    path = Path(fit.coefficients[:k], fit.covariance[:k, :k], sum(one < -1 for one in events))
    mean = path.target @ path.beta[path.n_pre :]
    after = path.sigma[path.n_pre :, path.n_pre :]
    error = float(np.sqrt(path.target @ after @ path.target))
    yield Found("overall:post", float(mean), error)
    half = stats.norm.ppf(1 - ALPHA / 2) * error
    yield _interval("parallel_trends:0", mean - half, mean + half)
    for m in SMOOTHNESS:
        yield _interval(f"smoothness:{m:g}", *shortest(path, m))
    for m in MAGNITUDES:
        yield _interval(f"relative_magnitudes:{m:g}", *_accepted(path, m))
    yield from _breakdown(path, mean, error)


def _interval(term: str, low: float, high: float) -> Found:
    return Found(term, others={"ci_low": float(low), "ci_high": float(high)})


def _breakdown(path: Path, mean: float, error: float) -> Terms:
    """Give the violations at which the intervals reach zero, where they do not without any."""
    side = 0 if mean > 0 else 1
    if np.prod(shortest(path, 0.0)) > 0:
        top = error
        while np.prod(shortest(path, top)) > 0:
            top *= 2
        found = optimize.brentq(lambda m: shortest(path, m)[side], 0.0, top, rtol=1e-10, xtol=1e-14)
        yield Found("breakdown:smoothness", float(found))
    if abs(mean) > stats.norm.ppf(1 - ALPHA / 2) * error:
        low, high = 0.0, 1.0
        while not HybridTest(path, high).accepts(0.0):
            low, high = high, 2 * high
        while high - low > 1e-9 * high:
            middle = (low + high) / 2
            low, high = (low, middle) if HybridTest(path, middle).accepts(0.0) else (middle, high)
        yield Found("breakdown:relative_magnitudes", low)


def shortest(path: Path, m: float) -> tuple[float, float]:
    """Return the shortest interval around a'pre + l'post over changes of slope of at most m.

    A difference in trends is a line and a kink at each time; the weights a must not see the line.
    The unknowns are what a sees of the kinks before treatment, q; the bias is m times the sum of
    what is seen of all kinks.
    """
    k, t = path.n_pre, len(path.target)
    pre, post = np.arange(-k, 0), np.arange(1, t + 1)
    line = np.vstack([pre, *(np.maximum(-pre - j, 0) for j in range(1, k))]).astype(float)
    fixed = sum(abs(np.maximum(post - j, 0) @ path.target) for j in range(t))
    to_a = np.linalg.inv(line)
    start = np.concatenate([to_a[:, 0] * -(post @ path.target), path.target])
    turn = np.hstack([to_a[:, 1:].T, np.zeros((k - 1, t))])
    at_start = path.sigma @ start
    length = Length(turn @ path.sigma @ turn.T, turn @ at_start, start @ at_start, m, fixed)
    q = length.shortest()
    w, half = start + turn.T @ q, length.at(q)
    return float(w @ path.beta - half), float(w @ path.beta + half)


@dataclasses.dataclass(frozen=True)
class Length:
    """Half the length s cv(b/s) of an interval: s^2 = q'Bq + 2p'q + v and b = m (sum |q| + f).

    cv(t) is the quantile of |N(t, 1)|.
    """

    bend: np.ndarray
    pull: np.ndarray
    constant: float
    m: float
    fixed: float

    def at(self, q: np.ndarray) -> float:
        """Return it."""
        s = self._error(q)
        return s * _folded(self.m * (np.abs(q).sum() + self.fixed) / s)

    def shortest(self) -> np.ndarray:
        """Return q at the minimum.

        With signs and zeros of q known the length is smooth, and the best of these is where its
        slope is zero. They are changed one at a time until nothing is shorter.
        """
        q = -np.linalg.solve(self.bend, self.pull)
        if self.m == 0 or not len(q):
            return q
        signs = np.sign(q)
        for _ in range(20 * len(q)):
            q = self._with_signs(signs)
            wrong = np.flatnonzero((signs != 0) & (q * signs < 0))
            if len(wrong):
                signs[wrong[np.argmax(np.abs(q[wrong]))]] = 0
                continue
            of_error, of_bias = self._slopes(self._error(q), np.abs(q).sum())
            slope = of_error * (self.bend @ q + self.pull) / self._error(q)
            free = np.where(signs == 0, np.abs(slope) - of_bias, -1.0)
            if free.max() <= 1e-12 * of_bias:
                return q
            signs[np.argmax(free)] = -np.sign(slope[np.argmax(free)])
        raise ValueError("no shortest interval")

    def _error(self, q: np.ndarray) -> float:
        return float(np.sqrt(q @ self.bend @ q + 2 * self.pull @ q + self.constant))

    def _slopes(self, s: float, total: float) -> tuple[float, float]:
        """Return the slopes in s, and in the sum of |q|."""
        t = max(self.m * (total + self.fixed) / s, 0.0)
        c = _folded(t)
        near, far = np.exp(-0.5 * (c + np.array([-t, t])) ** 2)
        rise = float((near - far) / (near + far))
        return c - t * rise, self.m * rise

    def _with_signs(self, signs: np.ndarray) -> np.ndarray:
        """Return q with zeros where the signs are, and no slope elsewhere.

        At a given ratio of the two slopes the rest is linear; the ratio is one number.
        """
        at, q = np.flatnonzero(signs), np.zeros(len(signs))
        inner = self.bend[np.ix_(at, at)]

        def at_ratio(ratio: float) -> np.ndarray:
            q[at] = -np.linalg.solve(inner, self.pull[at] + ratio * signs[at])
            return q

        def excess(ratio: float) -> float:
            s = self._error(at_ratio(ratio))
            of_error, of_bias = self._slopes(s, signs @ q)
            return ratio * of_error - of_bias * s

        top = np.abs(self.pull).max()
        while len(at) and excess(top) < 0:
            top *= 2
        ends = {"xtol": 1e-18, "rtol": 1e-14}
        return at_ratio(optimize.brentq(excess, 0.0, top, **ends)).copy() if len(at) else q


def _folded(t: float) -> float:
    """Return the quantile of |N(t, 1)|."""
    return float(np.sqrt(stats.ncx2.ppf(1 - ALPHA, 1, t**2)))


class HybridTest:
    """The hybrid test of a value of the mean effect, if no step exceeds m times one before.

    Moments are the steps after treatment, up and down, less m times a step before, in either
    direction; the effects but their mean are nuisance.
    """

    def __init__(self, path: Path, m: float) -> None:
        """List the vertices of each step before and direction, with their critical values."""
        k, n = path.n_pre, len(path.beta)
        after = np.zeros((n - k, n))
        after[:, k:] = np.eye(n - k) - np.eye(n - k, k=-1)
        before = np.zeros((k, n))
        before[:, :k] = np.eye(k, k=1) - np.eye(k)
        kappa = ALPHA / 10
        self.size = (ALPHA - kappa) / (1 - kappa)
        self.parts = []
        for step in (*before, *-before):
            moments = np.vstack([after - m * step, -after - m * step])
            shares = _vertices(moments, path)
            values, slopes = shares @ moments @ path.beta, shares @ -moments[:, k:].sum(axis=1)
            spread = shares @ moments @ path.sigma @ moments.T @ shares.T
            self.parts.append((values, slopes, spread, _critical(spread, kappa)))

    def bounds(self) -> tuple[float, float]:
        """Return the ends beyond which the first stage rejects throughout."""
        lows, highs = [], []
        for values, slopes, _, limit in self.parts:
            edges = (limit - values) / np.where(slopes == 0, np.nan, slopes)
            lows.append(edges[slopes < 0].max())
            highs.append(edges[slopes > 0].min())
        return min(lows), max(highs)

    def accepts(self, theta: float) -> bool:
        """Say whether some step and direction do not reject a value."""
        return any(self._keeps(theta, *part) for part in self.parts)

    def _keeps(
        self, theta: float, values: np.ndarray, slopes: np.ndarray, spread: np.ndarray, limit: float
    ) -> bool:
        heights = values + slopes * theta
        top = int(np.argmax(heights))
        eta, variance = heights[top], spread[top, top]
        if eta <= 0 or eta > limit or variance <= 0:
            return bool(eta <= 0 or (variance <= 0 and eta <= limit))
        loads = spread[:, top] / variance
        room = 1 - loads
        low, high = -np.inf, limit
        for height, load, gap in zip(heights, loads, room, strict=True):
            if gap > 1e-9:
                low = max(low, (height - load * eta) / gap)
            elif gap < -1e-9:
                high = min(high, (height - load * eta) / gap)
        sd, low, high = np.sqrt(variance), min(low, eta), max(high, eta)
        tails = special.ndtr(-np.array([low, eta, high]) / sd)
        return bool(tails[1] - tails[2] >= self.size * (tails[0] - tails[2]))


def _vertices(moments: np.ndarray, path: Path) -> np.ndarray:
    """Return shares (v, 2T) of moments that leave nuisance out and have errors of one in sum."""
    errors = np.sqrt(np.diag(moments @ path.sigma @ moments.T))
    # The mean is held: effects whose sum is zero are the nuisance.
    steps = moments[:, path.n_pre :]
    nuisance = steps[:, 1:] - steps[:, :1]
    system = np.vstack([nuisance.T, errors])
    goal = np.zeros(len(system))
    goal[-1] = 1.0
    found: list[np.ndarray] = []
    for chosen in itertools.combinations(range(len(moments)), len(system)):
        part = system[:, chosen]
        if np.linalg.matrix_rank(part, tol=1e-10 * np.abs(part).max()) < len(system):
            continue
        share = np.zeros(len(moments))
        share[list(chosen)] = np.linalg.solve(part, goal)
        known = any(np.abs(share - one).max() < 1e-9 * np.abs(one).max() for one in found)
        if share.min() > -1e-9 * np.abs(share).max() and not known:
            found.append(np.maximum(share, 0.0))
    return np.array(found)


def _critical(spread: np.ndarray, kappa: float) -> float:
    """Return the quantile of the largest vertex when all moments are zero.

    The vertices are combinations of two normal variables; in polar coordinates the tail is an
    average over directions.
    """
    sizes, axes = np.linalg.eigh(spread)
    angles = 2 * np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    circle = np.vstack([np.cos(angles), np.sin(angles)])
    reach = (axes[:, -2:] * np.sqrt(np.maximum(sizes[-2:], 0))) @ circle
    reach = np.maximum(reach.max(axis=0), 1e-100)

    def excess(c: float) -> float:
        return float(np.exp(-0.5 * (c / reach) ** 2).mean()) - kappa

    return optimize.brentq(excess, 0.0, 10 * reach.max(), xtol=1e-14)


def _accepted(path: Path, m: float) -> tuple[float, float]:
    """Return the outermost values that the test does not reject."""
    test, middle = HybridTest(path, m), float(path.target @ path.beta[path.n_pre :])
    return tuple(_outermost(test, middle, end) for end in test.bounds())


def _outermost(test: HybridTest, middle: float, end: float) -> float:
    """Return the accepted value nearest to an end, from a grid and by halving."""
    grid = np.linspace(end, middle, POINTS)
    first = next(i for i, theta in enumerate(grid) if test.accepts(theta))
    if first == 0:
        return float(grid[0])
    out, inside = grid[first - 1], grid[first]
    while abs(out - inside) > 1e-11 * abs(end - middle):
        half = (out + inside) / 2
        out, inside = (out, half) if test.accepts(half) else (half, inside)
    return float(inside)
