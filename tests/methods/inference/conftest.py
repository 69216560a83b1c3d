"""Panels, dummies in full and kinds of fixed effects for the tests of regressions."""

import dataclasses

import numpy as np
import pytest
from scipy import linalg


@dataclasses.dataclass(frozen=True)
class Panel:
    unit: np.ndarray
    period: np.ndarray
    region: np.ndarray
    y: np.ndarray
    x: np.ndarray
    weights: np.ndarray


def made_panel(seed, n_units=12, n_periods=8, k=3, share=1.0):
    """A seeded panel; ``share`` of its rows kept, in random order if below one."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(n_units), n_periods)
    period = np.tile(np.arange(2011, 2011 + n_periods), n_units)
    if share < 1:
        kept = rng.permutation(len(unit))[: int(share * len(unit))]
        unit, period = unit[kept], period[kept]
    n = len(unit)
    level = rng.normal(size=n_units)
    x = rng.normal(size=(n, k)) + level[unit][:, None] + 0.1 * (period - 2011)[:, None]
    y = x @ np.arange(1, k + 1) / k + 2 * level[unit] + rng.normal(size=n)
    return Panel(unit, period, unit % 3, y, x, rng.uniform(0.5, 2, n))


def all_dummies(*factors, slopes=()):
    """All dummies and slopes in full, with a constant."""
    blocks = [np.ones((len((factors or slopes[0])[0]), 1))]
    blocks += [(f[:, None] == np.unique(f)).astype(float) for f in factors]
    blocks += [(g[:, None] == np.unique(g)) * z[:, None] for g, z in slopes]
    return np.hstack(blocks)


def spanning(d):
    """Columns of d that span it, and no more."""
    pivot = linalg.qr(d, mode="r", pivoting=True)[1]
    return d[:, pivot[: np.linalg.matrix_rank(d)]]


def every_layout(p):
    """Every kind of effects: factors and slopes."""
    trend = (p.period - 2014) / 4
    region_period = p.region * 10_000 + p.period
    return {
        "none": ([], []),
        "unit": ([p.unit], []),
        "period": ([p.period], []),
        "two-way": ([p.unit, p.period], []),
        "period first": ([p.period, p.unit], []),
        "redundant": ([p.unit, p.region, p.period], []),
        "three-way": ([p.unit, p.period, region_period], []),
        "unit trends": ([p.unit, p.period], [(p.unit, trend)]),
        "quadratic trends": ([p.unit, p.period], [(p.unit, trend), (p.unit, trend**2)]),
        "region trends": ([p.unit, p.period], [(p.region, trend)]),
        "finer trends": ([p.region], [(p.unit, trend)]),
        "trends alone": ([], [(p.unit, trend)]),
        "common trend": ([p.unit], [(np.zeros(len(p.unit)), trend)]),
    }


@pytest.fixture(scope="session")
def panel():
    return made_panel


@pytest.fixture(scope="session")
def dummies():
    return all_dummies


@pytest.fixture(scope="session")
def independent():
    return spanning


@pytest.fixture(scope="session")
def layouts():
    return every_layout


@pytest.fixture(params=list(every_layout(made_panel(0))))
def layout(request):
    return request.param


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def weighted(request):
    return request.param


@pytest.fixture(params=[1.0, 0.7], ids=["balanced", "unbalanced"])
def share(request):
    return request.param
