"""Bounded relative magnitudes: brute force by enumeration, and algebra.

Two exact computations differ by rounding and by the root finders, which stop at 1e-12 of their
range (EXACT). A quantile of 400,000 draws at 1 - 0.005 has a standard error of 0.008, so ends of a
confidence set are compared at 0.02 standard errors (SIMULATED).
"""

import functools
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import linprog
from scipy.stats import norm

from pilotzone.methods.did.sensitivity.path import conventional_interval, event_path
from pilotzone.methods.did.sensitivity.relative_magnitudes import (
    _truncation,
    relative_magnitudes_interval,
)

EXACT = {"rtol": 1e-8, "atol": 1e-9}
SIMULATED = 0.02
SHAPES = ((1, 1), (1, 3), (2, 1), (2, 2), (3, 2), (4, 3), (6, 4))


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


@functools.cache
def normals(draws, size):
    """In single precision, which moves a quantile by less than a hundredth of its error."""
    return np.random.default_rng(7).standard_normal((draws, size), dtype=np.float32)


class Enumerated:
    """The hybrid test of one path and bound, with simulated least favourable quantiles."""

    def __init__(self, path, mbar, alpha=0.05, draws=400_000):
        self.path, self.alpha, self.kappa = path, alpha, alpha / 10
        z, root = normals(draws, len(path.coefficients)), np.linalg.cholesky(path.covariance)
        self.parts = []
        for step in range(path.n_pre):
            for sign in (1, -1):
                rows = moments(path, step, sign, mbar)
                vertices = dual_vertices(rows, path)
                largest = ((vertices @ rows @ root).astype(np.float32) @ z.T).max(axis=0)
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
def test_ends_are_where_the_enumerated_test_turns(random_path, n_pre, n_post, mbar):
    path = random_path(n_pre, n_post, seed=31 * n_pre + n_post)
    interval = relative_magnitudes_interval(path, mbar)
    brute_force = Enumerated(path, mbar, draws=400_000)
    margin = SIMULATED * path.std_error
    assert brute_force.accepts(interval.low + margin)
    assert brute_force.accepts(interval.high - margin)
    assert not brute_force.accepts(interval.low - margin)
    assert not brute_force.accepts(interval.high + margin)


def test_enumeration_gives_the_printed_study_too(ends, medicaid):
    path = event_path(medicaid.coefficients, medicaid.covariance, 5, 2, [0.5, 0.5])
    interval = relative_magnitudes_interval(path, 1.0)
    brute_force = Enumerated(path, 1.0)
    outside = np.array([-1, 1]) * SIMULATED * path.std_error
    assert not any(brute_force.accepts(theta) for theta in ends(interval) + outside)
    assert all(brute_force.accepts(theta) for theta in ends(interval) - outside)


def test_vertices_solve_the_linear_programme_of_the_statistic(random_path):
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


@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES))
def test_no_violation_gives_the_conventional_interval(random_path, ends, seed, shape):
    """At M̄ = 0 both stages together have the size of the two-sided normal test."""
    path = random_path(*shape, seed=seed)
    robust, usual = relative_magnitudes_interval(path, 0.0), conventional_interval(path)
    assert_allclose(ends(robust), ends(usual), atol=1e-5 * path.std_error, rtol=0)


@given(seed=st.integers(0, 10**6), shape=st.sampled_from(SHAPES), mbar=st.floats(0, 3))
def test_the_estimated_identified_set_is_inside(random_path, seed, shape, mbar):
    path = random_path(*shape, seed=seed)
    largest = np.abs(np.diff([*path.coefficients[: path.n_pre], 0.0])).max()
    reach = mbar * largest * np.abs(np.cumsum(path.target[::-1])).sum()
    interval = relative_magnitudes_interval(path, mbar)
    assert interval.low <= path.estimate - reach
    assert interval.high >= path.estimate + reach


def test_relative_magnitudes_length_grows_with_the_bound(ends, medicaid):
    intervals = [relative_magnitudes_interval(medicaid, x) for x in np.linspace(0, 3, 13)]
    low, high = np.array([ends(x) for x in intervals]).T
    assert (np.diff(low) < 0).all()
    assert (np.diff(high) > 0).all()


def test_a_finer_grid_moves_no_end(ends, medicaid):
    coarse = relative_magnitudes_interval(medicaid, 1.5, n_grid=101)
    fine = relative_magnitudes_interval(medicaid, 1.5, n_grid=5_001)
    assert_allclose(ends(coarse), ends(fine), **EXACT)
