"""Bounded changes of slope: algebra and brute force.

Two exact computations differ by rounding and by the root finders, which stop at 1e-12 of their
range (EXACT). General optimisers stop at 1e-8 of the objective (OPTIMISER).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linprog, minimize
from scipy.stats import norm

from pilotzone.methods.did.sensitivity.path import event_path
from pilotzone.methods.did.sensitivity.smoothness import (
    folded_normal_quantile,
    optimal_estimator,
    smoothness_interval,
)

EXACT = {"rtol": 1e-8, "atol": 1e-9}
OPTIMISER = 1e-6
SHAPES = ((1, 1), (1, 3), (2, 1), (2, 2), (3, 2), (4, 3), (6, 4))


@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 3.0, 30.0])
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.32])
def test_folded_normal_quantile(t, alpha):
    c = folded_normal_quantile(t, alpha)
    assert_allclose(norm.cdf(c - t) - norm.cdf(-c - t), 1 - alpha, **EXACT)


@pytest.mark.parametrize(("n_pre", "n_post"), SHAPES)
def test_without_curvature_the_estimator_is_generalised_least_squares(random_path, n_pre, n_post):
    path = random_path(n_pre, n_post, seed=n_pre + n_post)
    before, after = np.arange(-n_pre, 0.0), np.arange(1.0, n_post + 1)
    design = np.zeros((n_pre + n_post, 1 + n_post))
    design[:, 0] = np.concatenate([before, after])
    design[n_pre:, 1:] = np.eye(n_post)
    precision = np.linalg.inv(path.covariance)
    variance = np.linalg.inv(design.T @ precision @ design)
    effects = (variance @ design.T @ precision @ path.coefficients)[1:]
    std_error = np.sqrt(path.target @ variance[1:, 1:] @ path.target)
    best = optimal_estimator(path, 0.0)
    assert_allclose(best.estimate, path.target @ effects, **EXACT)
    assert_allclose(best.std_error, std_error, **EXACT)
    assert_allclose(best.half_length, norm.ppf(0.975) * std_error, **EXACT)
    assert best.worst_bias == 0


def test_one_period_before_leaves_no_choice(random_path):
    path = random_path(1, 1, seed=3, target=[1.0])
    best = optimal_estimator(path, 0.7)
    std_error = np.sqrt(path.covariance.sum())
    assert_allclose(best.weights, [1.0, 1.0], **EXACT)
    assert_allclose(best.worst_bias, 0.7, **EXACT)
    expected = std_error * folded_normal_quantile(0.7 / std_error, 0.05)
    assert_allclose(best.half_length, expected, **EXACT)


def worst_bias(path, weights, m):
    """Largest weights'δ over Δ^SD(M), by a linear programme over δ."""
    n = path.n_pre + path.n_post
    second = np.diff(np.eye(n + 1), 2, axis=0)
    second = np.delete(second, path.n_pre, axis=1)
    rows = np.vstack([second, -second])
    found = linprog(-weights, rows, np.full(len(rows), m), bounds=(None, None))
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize(("n_pre", "n_post"), SHAPES)
@pytest.mark.parametrize("m", [0.05, 0.5])
def test_worst_bias_is_that_of_the_linear_programme(random_path, n_pre, n_post, m):
    path = random_path(n_pre, n_post, seed=10 * n_pre + n_post)
    best = optimal_estimator(path, m)
    assert_allclose(best.worst_bias, worst_bias(path, best.weights, m), rtol=1e-7)
    assert_allclose(best.std_error**2, best.weights @ path.covariance @ best.weights, **EXACT)


def shortest_by_search(path, m):
    """Half-length from a general optimiser: all a, u ≥ |q| for the bias, no trend left."""
    n, k = path.n_pre, path.n_pre - 1
    lags = np.arange(n, 0, -1)
    to_q = np.maximum(lags[None, :] - np.arange(1, n)[:, None], 0)
    time = np.arange(1, path.n_post + 1)
    trend = time @ path.target
    fixed = np.abs(np.maximum(time - np.arange(path.n_post)[:, None], 0) @ path.target).sum()

    def half_length(x):
        weights = np.concatenate([x[:n], path.target])
        s = np.sqrt(weights @ path.covariance @ weights)
        return s * folded_normal_quantile(m * (abs(x[n:].sum()) + fixed) / s, 0.05)

    start = np.concatenate([np.eye(n)[-1] * trend, np.full(k, 1e-3)])
    limits = [
        {"type": "eq", "fun": lambda x: lags @ x[:n] - trend},
        {"type": "ineq", "fun": lambda x: x[n:] - to_q @ x[:n]},
        {"type": "ineq", "fun": lambda x: x[n:] + to_q @ x[:n]},
    ]
    options = {"maxiter": 1000, "ftol": 1e-13}
    return minimize(half_length, start, constraints=limits, method="SLSQP", options=options).fun


@pytest.mark.parametrize(("n_pre", "n_post"), [(2, 1), (3, 2), (4, 3), (6, 2)])
@pytest.mark.parametrize("m", [0.01, 0.1, 1.0])
def test_no_affine_estimator_has_a_shorter_interval(random_path, n_pre, n_post, m):
    path = random_path(n_pre, n_post, seed=n_pre + 7)
    expected = shortest_by_search(path, m)
    assert_allclose(optimal_estimator(path, m).half_length, expected, rtol=OPTIMISER)


@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), m=st.floats(0, 2))
def test_smoothness_length_grows_with_the_bound(random_path, seed, shape, m):
    path = random_path(*shape, seed=seed)
    shorter, longer = (optimal_estimator(path, bound) for bound in (m, m + 0.1))
    assert shorter.half_length < longer.half_length
    assert shorter.std_error <= longer.std_error * (1 + 1e-9)


@given(seed=st.integers(0, 10**6), slope=st.floats(-3, 3), m=st.floats(0, 1))
def test_a_linear_trend_moves_no_smoothness_interval(random_path, ends, seed, slope, m):
    path = random_path(4, 2, seed)
    time = np.array([-4, -3, -2, -1, 1, 2])
    tilted = event_path(path.coefficients + slope * time, path.covariance, 4, 2, path.target)
    assert_allclose(
        ends(smoothness_interval(tilted, m)), ends(smoothness_interval(path, m)), atol=1e-7
    )


def test_equal_variances_without_correlation():
    """Ties everywhere: the case in which a path of solutions could lose its way."""
    path = event_path(np.zeros(6), np.eye(6), 4, 2)
    for m in (0.01, 0.1, 0.5):
        expected = shortest_by_search(path, m)
        assert_allclose(optimal_estimator(path, m).half_length, expected, rtol=OPTIMISER)
