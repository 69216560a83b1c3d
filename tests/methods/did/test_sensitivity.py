"""Robust intervals against the printed ones of HonestDiD, brute force, algebra and simulation.

Tolerances: the printed intervals have three digits and come from simulated quantiles and a grid
whose step is 3.6e-4, hence 1e-3 (PRINTED). Two exact computations differ by rounding and by the
root finders, which stop at 1e-12 of their range (EXACT). General optimisers stop at 1e-8 of the
objective (OPTIMISER). A quantile of 400,000 draws at 1 - 0.005 has a standard error of 0.008, so
ends of a confidence set are compared at 0.02 standard errors (SIMULATED).
"""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linprog, minimize
from scipy.stats import norm

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.sensitivity.breakdown import (
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    sensitivity,
)
from pilotzone.methods.did.sensitivity.path import conventional_interval, event_path
from pilotzone.methods.did.sensitivity.relative_magnitudes import (
    _truncation,
    relative_magnitudes_interval,
)
from pilotzone.methods.did.sensitivity.smoothness import (
    folded_normal_quantile,
    optimal_estimator,
    smoothness_interval,
)

PRINTED = 1e-3
EXACT = {"rtol": 1e-8, "atol": 1e-9}
OPTIMISER = 1e-6
SIMULATED = 0.02
REFERENCE = Path(__file__).parents[2] / "reference"
SHAPES = ((1, 1), (1, 3), (2, 1), (2, 2), (3, 2), (4, 3), (6, 4))


@pytest.fixture(scope="module")
def medicaid():
    """Five years before 2013, two after: the event study of HonestDiD's documentation."""
    rows = pd.read_csv(REFERENCE / "honest_did_event_study.csv")
    return event_path(rows.coefficient, rows.filter(like="cov_"), 5, 2)


@pytest.fixture(scope="module")
def printed():
    return pd.read_csv(REFERENCE / "honest_did_intervals.csv")


def random_path(n_pre, n_post, seed, target=None):
    """Coefficients of about one and a covariance with strong correlations, as in practice."""
    rng = np.random.default_rng(seed)
    n = n_pre + n_post
    factor = rng.normal(size=(n, n + 3)) / np.sqrt(n)
    weights = rng.normal(size=n_post) if target is None else target
    return event_path(
        rng.normal(size=n), factor @ factor.T + 0.5 * rng.random(), n_pre, n_post, weights
    )


def ends(interval):
    return np.array([interval.low, interval.high])


# ---------------------------------------------------------------- known answers


def test_smoothness_intervals_are_the_printed_ones(medicaid, printed):
    rows = printed[printed.restriction == "smoothness"]
    assert len(rows) == 4
    for row in rows.itertuples():
        expected = [row.ci_low, row.ci_high]
        assert_allclose(ends(smoothness_interval(medicaid, row.m)), expected, atol=PRINTED, rtol=0)


def test_relative_magnitudes_intervals_are_the_printed_ones(medicaid, printed):
    rows = printed[printed.restriction == "relative_magnitudes"]
    assert len(rows) == 4
    for row in rows.itertuples():
        interval = relative_magnitudes_interval(medicaid, row.m)
        assert_allclose(ends(interval), [row.ci_low, row.ci_high], atol=PRINTED, rtol=0)
        assert interval.gaps == 0


def test_breakdown_values_lie_where_the_printed_intervals_turn(medicaid):
    m, mbar = breakdown_smoothness(medicaid), breakdown_relative_magnitudes(medicaid)
    assert 0.02 < m < 0.03
    assert 1.5 < mbar < 2.0
    assert_allclose(smoothness_interval(medicaid, m).low, 0.0, atol=1e-7)
    assert_allclose(relative_magnitudes_interval(medicaid, mbar).low, 0.0, atol=1e-7)


def test_conventional_interval(medicaid):
    half = 1.959963984540054 * np.sqrt(8.20117572416e-05)
    expected = [0.0464468541599 - half, 0.0464468541599 + half]
    assert_allclose(ends(conventional_interval(medicaid)), expected, **EXACT)


def test_the_whole_analysis_in_one_call(medicaid):
    result = sensitivity(
        medicaid.coefficients, medicaid.covariance, 5, 2, m=(0.0, 0.01), mbar=(1.0,)
    )
    assert result.original == conventional_interval(medicaid)
    assert result.smoothness == tuple(smoothness_interval(medicaid, m) for m in (0.0, 0.01))
    assert result.relative_magnitudes == (relative_magnitudes_interval(medicaid, 1.0),)
    assert result.breakdown_m == breakdown_smoothness(medicaid)
    assert result.breakdown_mbar == breakdown_relative_magnitudes(medicaid)
    assert (result.estimate, result.std_error) == (medicaid.estimate, medicaid.std_error)


# ---------------------------------------------------------------- smoothness: algebra, brute force


@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 3.0, 30.0])
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.32])
def test_folded_normal_quantile(t, alpha):
    c = folded_normal_quantile(t, alpha)
    assert_allclose(norm.cdf(c - t) - norm.cdf(-c - t), 1 - alpha, **EXACT)


@pytest.mark.parametrize(("n_pre", "n_post"), SHAPES)
def test_without_curvature_the_estimator_is_generalised_least_squares(n_pre, n_post):
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


def test_one_period_before_leaves_no_choice():
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
def test_worst_bias_is_that_of_the_linear_programme(n_pre, n_post, m):
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
def test_no_affine_estimator_has_a_shorter_interval(n_pre, n_post, m):
    path = random_path(n_pre, n_post, seed=n_pre + 7)
    expected = shortest_by_search(path, m)
    assert_allclose(optimal_estimator(path, m).half_length, expected, rtol=OPTIMISER)


@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), m=st.floats(0, 2))
@settings(max_examples=30, deadline=None)
def test_smoothness_length_grows_with_the_bound(seed, shape, m):
    path = random_path(*shape, seed=seed)
    shorter, longer = (optimal_estimator(path, bound) for bound in (m, m + 0.1))
    assert shorter.half_length < longer.half_length
    assert shorter.std_error <= longer.std_error * (1 + 1e-9)


@given(seed=st.integers(0, 10**6), slope=st.floats(-3, 3), m=st.floats(0, 1))
@settings(max_examples=20, deadline=None)
def test_a_linear_trend_moves_no_smoothness_interval(seed, slope, m):
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


# ------------------------------------------------- relative magnitudes: brute force by enumeration


def moments(path, step, sign, mbar):
    """The 2T rows ±D_t − M̄v on (β_pre, β_post), by differencing a path with its zero."""
    n, n_post = path.n_pre, path.n_post
    differences = np.delete(np.diff(np.eye(n + n_post + 1), axis=0), n, axis=1)
    after, v = differences[n:], sign * differences[step]
    return np.vstack([after - mbar * v, -after - mbar * v])


def dual_vertices(rows, path):
    """Vertices of {λ ≥ 0, Σ λ sd = 1, λ'rows_post a multiple of l}, from all bases."""
    std_errors = np.sqrt(np.einsum("ij,jk,ik->i", rows, path.covariance, rows))
    nuisance = np.linalg.svd(path.target[None, :])[2][1:]
    equations = np.vstack([std_errors, nuisance @ rows[:, path.n_pre :].T])
    goal = np.eye(len(equations))[0]
    found = []
    for basis in combinations(range(len(rows)), len(equations)):
        square = equations[:, basis]
        if np.linalg.cond(square) > 1e10:
            continue
        weights = np.zeros(len(rows))
        weights[list(basis)] = np.linalg.solve(square, goal)
        if (weights > -1e-9).all():
            found.append(np.maximum(weights, 0))
    return np.unique(np.round(found, 12), axis=0)


class Enumerated:
    """The hybrid test of one path and bound, with simulated least favourable quantiles."""

    def __init__(self, path, mbar, alpha=0.05, draws=400_000):
        self.path, self.alpha, self.kappa = path, alpha, alpha / 10
        rng = np.random.default_rng(7)
        z = rng.multivariate_normal(np.zeros(len(path.coefficients)), path.covariance, draws)
        self.parts = []
        for step in range(path.n_pre):
            for sign in (1, -1):
                rows = moments(path, step, sign, mbar)
                vertices = dual_vertices(rows, path)
                largest = (z @ (vertices @ rows).T).max(axis=1)
                self.parts.append((rows, vertices, np.quantile(largest, 1 - self.kappa)))

    def accepts(self, theta):
        return any(self.accepts_part(theta, *part) for part in self.parts)

    def accepts_part(self, theta, rows, vertices, limit):
        path = self.path
        # Any effects with l'τ = θ will do: the vertices cancel the rest.
        effects = theta * path.target / (path.target @ path.target)
        y = rows @ (path.coefficients - np.concatenate([np.zeros(path.n_pre), effects]))
        values = vertices @ y
        eta, best = values.max(), vertices[values.argmax()]
        if eta > limit:
            return False
        covariance = rows @ path.covariance @ rows.T
        variance = best @ covariance @ best
        if variance < 1e-18:
            return eta <= 1e-12
        independent = y - covariance @ best / variance * eta
        loadings = vertices @ covariance @ best / variance
        room = 1 - loadings
        crossing = vertices @ independent / np.where(np.abs(room) > 1e-8, room, np.nan)
        low = max(crossing[room > 1e-8], default=-np.inf)
        high = min([*crossing[room < -1e-8], limit])
        scale = np.sqrt(variance)
        size = (self.alpha - self.kappa) / (1 - self.kappa)
        below, above = norm.cdf(low / scale), norm.cdf(high / scale)
        critical = scale * norm.ppf(below + (1 - size) * (above - below))
        return eta <= max(0.0, critical)


@pytest.mark.parametrize(("n_pre", "n_post"), [(1, 1), (2, 1), (1, 3), (3, 2), (2, 3)])
@pytest.mark.parametrize("mbar", [0.5, 2.0])
def test_ends_are_where_the_enumerated_test_turns(n_pre, n_post, mbar):
    path = random_path(n_pre, n_post, seed=31 * n_pre + n_post)
    interval = relative_magnitudes_interval(path, mbar)
    brute_force = Enumerated(path, mbar, draws=400_000)
    margin = SIMULATED * path.std_error
    assert brute_force.accepts(interval.low + margin)
    assert brute_force.accepts(interval.high - margin)
    assert not brute_force.accepts(interval.low - margin)
    assert not brute_force.accepts(interval.high + margin)


def test_enumeration_gives_the_printed_study_too(medicaid):
    path = event_path(medicaid.coefficients, medicaid.covariance, 5, 2, [0.5, 0.5])
    interval = relative_magnitudes_interval(path, 1.0)
    brute_force = Enumerated(path, 1.0)
    outside = np.array([-1, 1]) * SIMULATED * path.std_error
    assert not any(brute_force.accepts(theta) for theta in ends(interval) + outside)
    assert all(brute_force.accepts(theta) for theta in ends(interval) - outside)


def test_vertices_solve_the_linear_programme_of_the_statistic():
    """The enumeration itself: min η over the nuisance effects, as the papers write it."""
    path = random_path(3, 3, seed=8)
    for step, sign, theta in ((0, 1, -1.0), (1, -1, 0.3), (2, 1, 4.0)):
        rows = moments(path, step, sign, 1.5)
        std_errors = np.sqrt(np.diag(rows @ path.covariance @ rows.T))
        effects = theta * path.target / (path.target @ path.target)
        y = rows @ (path.coefficients - np.concatenate([np.zeros(3), effects]))
        found = linprog(
            [1, 0, 0, 0],
            np.column_stack([-std_errors, -rows[:, 3:]]),
            -rows @ path.coefficients,
            np.concatenate([[0], path.target])[None, :],
            [theta],
            bounds=(None, None),
        )
        assert_allclose((dual_vertices(rows, path) @ y).max(), found.fun, rtol=1e-7)


def test_truncation_is_the_range_in_which_the_vertex_stays_the_largest():
    """The upper limit seldom moves an end of an interval, so it is checked by itself."""
    rng = np.random.default_rng(4)
    offsets = np.linspace(-40, 40, 80_001)
    seen = 0
    for _ in range(50):
        values, loadings = rng.normal(size=(1, 4, 1)), rng.uniform(-1, 2, size=(1, 4, 1))
        loadings[0, values[0, :, 0].argmax()] = 1
        eta = values.max(axis=1)
        low, high = _truncation(values, eta, loadings)
        others = values[0] + loadings[0] * offsets
        stays = eta[0] + offsets[(others <= eta[0] + offsets + 1e-12).all(axis=0)]
        if np.isfinite(high[0, 0]) and high[0, 0] < 40:
            seen += 1
        expected = np.clip([low[0, 0], high[0, 0]], eta[0] - 40, eta[0] + 40)
        assert_allclose([stays[0], stays[-1]], expected.ravel(), atol=2e-3)
    assert seen > 10


# ---------------------------------------------------------------- relative magnitudes: algebra


@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES))
@settings(max_examples=20, deadline=None)
def test_no_violation_gives_the_conventional_interval(seed, shape):
    """At M̄ = 0 both stages together have the size of the two-sided normal test."""
    path = random_path(*shape, seed=seed)
    robust, usual = relative_magnitudes_interval(path, 0.0), conventional_interval(path)
    assert_allclose(ends(robust), ends(usual), atol=1e-5 * path.std_error, rtol=0)


@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), mbar=st.floats(0, 3))
@settings(max_examples=20, deadline=None)
def test_the_estimated_identified_set_is_inside(seed, shape, mbar):
    path = random_path(*shape, seed=seed)
    largest = np.abs(np.diff([*path.coefficients[: path.n_pre], 0.0])).max()
    reach = mbar * largest * np.abs(np.cumsum(path.target[::-1])).sum()
    interval = relative_magnitudes_interval(path, mbar)
    assert interval.low <= path.estimate - reach
    assert interval.high >= path.estimate + reach


def test_relative_magnitudes_length_grows_with_the_bound(medicaid):
    intervals = [relative_magnitudes_interval(medicaid, x) for x in np.linspace(0, 3, 13)]
    low, high = np.array([ends(x) for x in intervals]).T
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()


def test_a_finer_grid_moves_no_end(medicaid):
    coarse = relative_magnitudes_interval(medicaid, 1.5, n_grid=101)
    fine = relative_magnitudes_interval(medicaid, 1.5, n_grid=5_001)
    assert_allclose(ends(coarse), ends(fine), **EXACT)


# ---------------------------------------------------------------- both


@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from(SHAPES),
    factor=st.sampled_from([1e-4, 0.3, 7.0, 1e5, -1.0, -20.0]),
    bound=st.sampled_from([0.0, 0.2, 1.0]),
)
@settings(max_examples=30, deadline=None)
def test_intervals_scale_with_the_outcome(seed, shape, factor, bound):
    """A negative factor mirrors them; M is in units of the outcome, M̄ has none."""
    path = random_path(*shape, seed=seed)
    scaled = event_path(
        factor * path.coefficients, factor**2 * path.covariance, *shape, path.target
    )
    order = 1 if factor > 0 else -1
    pairs = (
        (smoothness_interval(scaled, abs(factor) * bound), smoothness_interval(path, bound)),
        (relative_magnitudes_interval(scaled, bound), relative_magnitudes_interval(path, bound)),
        (conventional_interval(scaled), conventional_interval(path)),
    )
    for interval, original in pairs:
        assert_allclose(ends(interval) / factor, ends(original)[::order], rtol=1e-6, atol=1e-7)


def test_a_smaller_alpha_gives_a_longer_interval(medicaid):
    for interval in (smoothness_interval, relative_magnitudes_interval):
        wide, narrow = interval(medicaid, 0.5, 0.01), interval(medicaid, 0.5, 0.10)
        assert wide.low < narrow.low < narrow.high < wide.high


def test_breakdown_without_a_significant_effect(medicaid):
    quiet = event_path(0.1 * medicaid.coefficients, medicaid.covariance, 5, 2)
    assert np.isnan(breakdown_smoothness(quiet))
    assert np.isnan(breakdown_relative_magnitudes(quiet))


@pytest.mark.parametrize("sign", [1, -1])
def test_breakdown_is_where_the_interval_turns(sign):
    path = random_path(3, 2, seed=5)
    shift = np.concatenate([np.zeros(3), sign * 12 * path.target])
    strong = event_path(path.coefficients + shift, path.covariance, 3, 2, path.target)
    for breakdown, interval in (
        (breakdown_smoothness, smoothness_interval),
        (breakdown_relative_magnitudes, relative_magnitudes_interval),
    ):
        value = breakdown(strong)
        assert interval(strong, value).excludes_zero
        assert not interval(strong, value * (1 + 1e-5)).excludes_zero


def test_coverage_at_the_edge_of_the_restriction():
    """δ moves by one a period before and by M̄ after; the conventional interval misses θ = 0."""
    rng = np.random.default_rng(20)
    mbar, draws = 1.0, 300
    factor = rng.normal(size=(5, 9)) / 3
    covariance = factor @ factor.T * 0.05 + 0.02
    trend = np.array([-3.0, -2.0, -1.0, 1.0, 2.0])
    noise = rng.multivariate_normal(np.zeros(5), covariance, draws)
    robust = usual = 0
    for beta in trend + noise:
        path = event_path(beta, covariance, 3, 2)
        robust += not relative_magnitudes_interval(path, mbar, n_grid=51).excludes_zero
        usual += not conventional_interval(path).excludes_zero
    # Three standard errors of a share of 0.95 in 300 draws are 0.038.
    assert robust / draws > 0.95 - 0.038
    assert usual / draws < 0.2


def test_arrays_of_the_caller_stay_as_they_are(medicaid):
    beta, sigma = medicaid.coefficients.copy(), medicaid.covariance.copy()
    target = np.array([0.5, 0.5])
    sensitivity(beta, sigma, 5, 2, m=(0.01,), target=target)
    assert (beta == medicaid.coefficients).all()
    assert (sigma == medicaid.covariance).all()
    assert (target == 0.5).all()


# ---------------------------------------------------------------- refusals


def test_a_covariance_that_is_not_positive_definite_is_named():
    sigma = np.array([[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(NotIdentified) as error:
        event_path([0.0, 1.0], sigma, 1, 1)
    assert error.value.reason == Reason("path_covariance", {"coefficients": 2, "smallest": -1.0})


def test_fewer_clusters_than_coefficients_are_refused():
    scores = np.random.default_rng(1).normal(size=(4, 6))
    with pytest.raises(NotIdentified) as error:
        event_path(np.ones(6), scores.T @ scores, 4, 2)
    assert error.value.reason.code == "path_covariance"
    assert error.value.reason.facts["coefficients"] == 6


def test_no_period_before_or_after():
    with pytest.raises(NotIdentified) as error:
        event_path([1.0, 2.0], np.eye(2), 0, 2)
    assert error.value.reason == Reason("no_coefficient_before")
    with pytest.raises(NotIdentified) as error:
        event_path([1.0, 2.0], np.eye(2), 2, 0)
    assert error.value.reason == Reason("no_coefficient_after")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_pre": 3}, "leave out the reference period"),
        ({"covariance": np.eye(3)}, "4 coefficients and a 4 x 4"),
        ({"coefficients": [1.0, np.nan, 2.0, 3.0]}, "coefficient 2 is not finite"),
        ({"covariance": np.full((4, 4), np.inf)}, "covariance holds values"),
        ({"covariance": np.eye(4) + np.eye(4, k=1)}, "not symmetric"),
        ({"covariance": np.diag([1.0, 1.0, 0.0, 1.0])}, "coefficient 3 has variance 0"),
        ({"target": [0.0, 0.0]}, "target needs 2 finite weights"),
        ({"target": [1.0]}, "target needs 2 finite weights"),
    ],
)
def test_bad_input_is_named(change, message):
    good = {"coefficients": np.ones(4), "covariance": np.eye(4), "n_pre": 2, "n_post": 2}
    event_path(**good)
    with pytest.raises(UserError, match=message):
        event_path(**good | change)


@pytest.mark.parametrize("interval", [smoothness_interval, relative_magnitudes_interval])
@pytest.mark.parametrize("bound", [-0.1, np.nan, np.inf])
def test_bad_bounds_are_named(medicaid, interval, bound):
    with pytest.raises(UserError, match="at least 0"):
        interval(medicaid, bound)


def test_bad_alpha_and_grid_are_named(medicaid):
    for interval in (smoothness_interval, relative_magnitudes_interval):
        with pytest.raises(UserError, match="alpha"):
            interval(medicaid, 1.0, 0.95)
    with pytest.raises(UserError, match="alpha"):
        conventional_interval(medicaid, 0.0)
    with pytest.raises(UserError, match="n_grid"):
        relative_magnitudes_interval(medicaid, 1.0, n_grid=1)
