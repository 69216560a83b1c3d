"""Local Moran statistics and the control of false discoveries."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.methods.space.local_moran import benjamini_hochberg, local_moran
from pilotzone.methods.space.moran import morans_i
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-10
# Four errors of a share of 20,000 draws.
DRAWS = 4 * 0.5 / np.sqrt(20_000)


def test_local_statistics_average_to_the_global_one(weights, first_year):
    values, units = first_year
    local = local_moran(values, units, weights, name="y", seed=1, permutations=99)
    z = (values - values.mean()) / values.std()
    assert local.statistic == pytest.approx(z * (weights.matrix @ z), abs=EXACT)
    overall = morans_i(values, units, weights, name="y", seed=1)
    assert local.statistic.mean() == pytest.approx(overall.statistic, abs=EXACT)


def test_conditional_p_is_that_of_all_arrangements_of_the_others(six):
    weights, values = six
    local = local_moran(values, weights.labels, weights, name="v", seed=4, permutations=20_000)
    z = values - values.mean()
    for i in range(6):
        others = np.delete(np.arange(6), i)
        every = np.array([weights.matrix[i, others] @ p for p in permutations(z[others])])
        assert every.mean() == pytest.approx(-z[i] / 5, abs=EXACT)
        away = abs(weights.matrix[i] @ z + z[i] / 5)
        share = (np.abs(every + z[i] / 5) >= away - EXACT).mean()
        assert local.p_values[i] == pytest.approx(share, abs=DRAWS)


def test_quadrants_and_discoveries(make_weights):
    """A line of 40 units, high at one end and low at the other, one low unit among the high."""
    labels = [f"u{i:02d}" for i in range(40)]
    near = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    links = ((near > 0) & (near <= 3)).astype(float)
    line = SpatialWeights("line", labels, links / links.sum(axis=1, keepdims=True))
    values = np.random.default_rng(3).normal(scale=0.3, size=40)
    values[:10] += 4.0
    values[30:] -= 4.0
    values[4] = -4.0
    local = local_moran(values, labels, line, name="v", seed=1)
    assert local.quadrant[2] == "HH"
    assert local.quadrant[4] == "LH"
    assert local.quadrant[35] == "LL"
    kept = np.array(local.quadrant)[local.adjusted <= local.level]
    assert {"HH", "LL"} <= set(kept)
    assert local.adjusted[35] <= local.level
    assert (local.adjusted[15:25] > local.level).all()
    assert local.level == 0.05


def test_false_discoveries_of_white_noise(weights):
    """Under the null any discovery is false: 5 % of 300 samples, error 0.013, of which four."""
    rng = np.random.default_rng(13)
    options = {"name": "e", "permutations": 999, "level": 0.05}
    drawn = (
        local_moran(rng.normal(size=30), weights.labels, weights, seed=s, **options)
        for s in range(300)
    )
    found = [(local.adjusted <= local.level).any() for local in drawn]
    assert np.mean(found) < 0.05 + 4 * 0.013


def test_benjamini_hochberg_by_hand():
    p = np.array([0.01, 0.02, 0.03, 0.04, 0.5])
    assert benjamini_hochberg(p) == pytest.approx([0.05, 0.05, 0.05, 0.05, 0.5], abs=EXACT)
    mixed = np.array([0.9, 0.001, 0.04, 0.03])
    assert benjamini_hochberg(mixed) == pytest.approx([0.9, 0.004, 4 / 75, 4 / 75], abs=EXACT)


@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=30), level=st.floats(0.01, 0.5))
def test_benjamini_hochberg_is_the_step_up_rule(p, level):
    p = np.array(p)
    ranked = np.sort(p)
    # p m / j <= q and not p <= j q / m: the two differ in the last digit.
    below = np.flatnonzero(ranked * len(p) / np.arange(1, len(p) + 1) <= level)
    cut = ranked[below[-1]] if below.size else -1.0
    assert np.array_equal(benjamini_hochberg(p) <= level, p <= cut)
