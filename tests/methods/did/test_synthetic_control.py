"""Synthetic control and conformal inference.

Weights are exact minima up to the ridge that makes them unique, a thousandth of the donors' yearly
changes (RIDGE moves a weight by its square, 1e-6). p-values are counts and exact.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.synthetic_control import conformal_coverage, synthetic_control

RIDGE = {"rtol": 0, "atol": 1e-5}
PERIODS = 10
POST = np.arange(PERIODS) >= 5


@pytest.fixture
def pool():
    return np.random.default_rng(2).normal(size=(12, PERIODS)).cumsum(axis=1)


def test_it_finds_the_weights_of_a_mixture():
    rng = np.random.default_rng(3)
    pool, post = rng.normal(size=(12, 40)), np.arange(40) >= 30
    own = 0.7 * pool[1] + 0.3 * pool[4] + 0.02 * rng.normal(size=40)
    made = synthetic_control(own + 2.0 * post, pool, post, level=0.9)
    # Noise of 0.02 over 30 years of changes of one.
    assert_allclose(made.weights[[1, 4]], [0.7, 0.3], atol=0.02)
    assert_allclose(made.estimate, 2.0, atol=0.05)
    assert made.p_value == 1 / 40
    low, high = made.interval
    assert low < 2.0 < high < low + 1.0
    assert_allclose(made.gap[post].mean(), made.estimate, atol=1e-12)
    assert made.weights.min() >= 0
    assert made.weights.sum() == pytest.approx(1, abs=1e-12)


def test_no_weights_fit_better_before_treatment(pool):
    rng = np.random.default_rng(4)
    own = pool.mean(axis=0) + 5 + rng.normal(size=PERIODS)
    for demeaned in (False, True):
        made = synthetic_control(own, pool, POST, demeaned=demeaned)
        others = rng.dirichlet(np.ones(12), size=300)
        gaps = (own - others @ pool)[:, ~POST]
        gaps -= gaps.mean(axis=1, keepdims=True) if demeaned else 0.0
        assert made.pre_rmse**2 <= (gaps**2).mean(axis=1).min() + 1e-9


def test_a_constant_moves_only_a_control_without_one(pool):
    own = np.random.default_rng(5).normal(size=PERIODS).cumsum()
    plain = synthetic_control(own, pool, POST, demeaned=True)
    moved = synthetic_control(own + 50, pool, POST, demeaned=True)
    assert_allclose(moved.gap, plain.gap, **RIDGE)
    assert moved.p_value == plain.p_value
    assert_allclose(moved.constant, plain.constant + 50, **RIDGE)
    far = synthetic_control(own + 50, pool, POST)
    assert far.pre_rmse > 40
    assert far.constant == 0


def test_p_is_the_share_of_shifts(pool):
    own = pool[:3].mean(axis=0) + np.random.default_rng(6).normal(size=PERIODS)
    made = synthetic_control(own, pool, POST)
    p = made.p_value * PERIODS
    assert p == pytest.approx(round(p), abs=1e-9)
    assert p >= 1
    big = synthetic_control(own + 100 * POST, np.vstack([pool, pool[:, ::-1]]), POST)
    assert big.p_value <= 0.2


def test_the_interval_holds_what_is_not_rejected(pool):
    own = pool[:3].mean(axis=0) + 0.3 * np.random.default_rng(7).normal(size=PERIODS)
    made = synthetic_control(own + 1.0 * POST, pool, POST, level=0.8)
    low, high = made.interval
    for effect, kept in ((low + 1e-6, True), (low - 1e-3, False)):
        if np.isfinite(low):
            p = synthetic_control(own + (1.0 - effect) * POST, pool, POST).p_value
            assert (p > 0.2 + 1e-9) == kept
    assert low <= high
    # With ten periods no p is below 0.1: an interval of 95 % has no end.
    assert_allclose(synthetic_control(own, pool, POST, level=0.95).interval, [-np.inf, np.inf])


def test_shifts_of_exchangeable_errors_reject_as_often_as_they_say():
    # A donor that plays the treated unit, errors alike in all years: p <= 0.1 in at most a tenth
    # of 300 worlds plus three binomial errors.
    rng = np.random.default_rng(8)
    small = 0
    for _ in range(300):
        level, errors = rng.normal(size=(21, 1)), rng.normal(size=(21, PERIODS))
        table = 3 * level + errors
        small += synthetic_control(table[0], table[1:], POST, level=0.95).p_value <= 0.1
    assert small / 300 <= 0.1 + 3 * np.sqrt(0.09 / 300)


def test_coverage_is_the_share_of_donors_that_are_kept(pool):
    kept = [
        synthetic_control(pool[i], np.delete(pool, i, axis=0), POST, level=0.95).p_value
        > 0.1 + 1e-9
        for i in range(12)
    ]
    assert conformal_coverage(pool, POST) == pytest.approx(np.mean(kept))


def test_what_cannot_be_judged(pool):
    own = pool[0]
    for donors, post, code in (
        (pool[:9], POST, "few_donors"),
        (pool, np.arange(PERIODS) >= 2, "synthetic_control_periods"),
        (pool, np.zeros(PERIODS, dtype=bool), "synthetic_control_periods"),
        (pool, POST, "synthetic_exact"),
    ):
        with pytest.raises(NotIdentified) as found:
            synthetic_control(own, donors, post)
        assert found.value.reason.code == code
    for bad, what in (
        ({"y": np.append(own[:-1], np.nan)}, "missing or infinite"),
        ({"y": own[:-1]}, "needs donors with a row each"),
        ({"post": POST[::-1]}, "true from it on"),
    ):
        arguments = {"y": own, "donors": pool, "post": POST} | bad
        with pytest.raises(UserError, match=what):
            synthetic_control(**arguments)


def test_many_weights_that_fit_are_said_to():
    rng = np.random.default_rng(9)
    pool = rng.normal(size=(40, PERIODS))
    own = 0.1 * rng.normal(size=PERIODS)
    own[POST] += 30
    made = synthetic_control(own, pool, POST)
    assert made.is_exact
