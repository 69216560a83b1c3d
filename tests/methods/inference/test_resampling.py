"""The bootstrap of units: each draw is a regression on the units drawn.

EXACT: the same normal equations in another order, regressors of one scale.
"""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.resampling import resampled_slopes, unit_draws

EXACT = 1e-8
N, T, K = 12, 6, 3


def data(seed=0, n=N, periods=T):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, periods, K)) + rng.normal(size=(n, 1, K)) + 5
    y = x @ np.array([1.0, -0.5, 0.2]) + rng.normal(size=(n, periods)) + rng.normal(size=(n, 1))
    return y, x, unit_draws(n, 20, rng)


def on(y, x, counts):
    """Least squares with every drawn unit a unit of its own."""
    units = np.repeat(np.arange(len(counts)), counts)
    code = np.repeat(np.arange(len(units)), y.shape[1])
    year = np.tile(np.arange(y.shape[1]), len(units))
    names = [f"x{j}" for j in range(x.shape[2])]
    rows = x[units].reshape(-1, x.shape[2])
    return fit(y[units].ravel(), rows, names, FixedEffects((code, year)), code)


@pytest.mark.parametrize("by_draw", [False, True])
def test_each_draw_is_least_squares_on_the_units_drawn(by_draw):
    y, x, counts = data()
    scale = np.arange(1, len(counts) + 1)[:, None, None] if by_draw else 1.0
    outcomes = y * scale if by_draw else y
    found = resampled_slopes(outcomes, x, counts)
    for draw, times in enumerate(counts):
        own = outcomes[draw] if by_draw else outcomes
        np.testing.assert_allclose(found[draw], on(own, x, times).coefficients, rtol=EXACT)


def test_counts_are_weights_of_units():
    y, x, counts = data()
    unit, year = np.repeat(np.arange(N), T), np.tile(np.arange(T), N)
    drawn = counts[0][unit] > 0
    effects = FixedEffects((unit[drawn], year[drawn]), weights=counts[0][unit][drawn].astype(float))
    names = ["a", "b", "c"]
    rows = x.reshape(-1, K)[drawn]
    weighted = fit(y.ravel()[drawn], rows, names, effects, unit[drawn])
    found = resampled_slopes(y, x, counts[:1])[0]
    np.testing.assert_allclose(found, weighted.coefficients, rtol=EXACT)


def test_draws_have_as_many_units_as_the_sample_and_follow_the_seed():
    draws = unit_draws(N, 500, np.random.default_rng(1))
    assert (draws.sum(axis=1) == N).all()
    assert draws.mean() == 1.0
    # Variance of a count: 1 − 1/n, Monte Carlo error 0.03.
    assert draws.var() == pytest.approx(1 - 1 / N, abs=0.1)
    np.testing.assert_array_equal(draws, unit_draws(N, 500, np.random.default_rng(1)))


def test_a_sample_without_variation_is_missing():
    y, x, counts = data()
    x[:6, :, 0] = x[:6, :1, 0]
    counts = np.zeros((2, N), dtype=int)
    counts[0, :6], counts[1] = 2, 1
    found = resampled_slopes(y, x, counts)
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1]).all()
    lost = np.broadcast_to(y, (2, N, T)).copy()
    lost[1] = np.nan
    assert np.isnan(resampled_slopes(lost, x, counts)).all()


def test_shapes_that_do_not_fit_are_refused():
    y, x, counts = data()
    with pytest.raises(UserError, match="do not fit"):
        resampled_slopes(y[:, 1:], x, counts)
    with pytest.raises(UserError, match="do not fit"):
        resampled_slopes(y, x, counts[:, 1:])


def test_with_many_units_the_standard_deviation_is_the_clustered_error():
    """300 units of equal weight, 2,000 draws: both errors are within 6 % of each other.

    The Monte Carlo error of a standard deviation is 1/√4000 = 1.6 %, that of the clustered error
    from 300 clusters about 4 %.
    """
    y, x, _ = data(seed=3, n=300)
    counts = unit_draws(300, 2_000, np.random.default_rng(20250307))
    spread = resampled_slopes(y, x, counts).std(axis=0, ddof=1)
    errors = on(y, x, np.ones(300, dtype=int)).std_errors
    np.testing.assert_allclose(spread / errors, 1.0, atol=0.06)
