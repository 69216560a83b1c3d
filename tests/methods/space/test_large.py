"""Sparse weights and the likelihood of many units.

Tolerances: EXACT for the same numbers by another order of operations, relative to their size;
random signs are held to four of their own Monte-Carlo errors.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import DenseAlgebra
from pilotzone.methods.space.builders import contiguity, great_circle_km, nearest_neighbours
from pilotzone.methods.space.effects import effects
from pilotzone.methods.space.large import PROBES, fit_large, large_effects
from pilotzone.methods.space.panel_ml import fit_spatial
from pilotzone.methods.space.sparse_algebra import SparseAlgebra, trace_bound
from pilotzone.methods.space.sparse_weights import SparseWeights, sparse_contiguity, sparse_nearest
from pilotzone.methods.space.weights import SpatialWeights

pytestmark = pytest.mark.slow

EXACT = 1e-9


def places(rng, n):
    return [f"u{i:04d}" for i in range(n)], rng.uniform(100, 115, n), rng.uniform(25, 35, n)


def dense(weights):
    return SpatialWeights(weights.name, weights.labels, weights.matrix.toarray())


def draw_long(weights, n_periods, rng, rho=0.4):
    """Draw an SDM panel with both effects by sparse solves, as arguments of fit_large."""
    from scipy.sparse.linalg import spsolve

    n, w = len(weights.labels), weights.matrix
    common = rng.normal(size=n) + rng.normal(size=(n_periods, 1))
    x = rng.normal(size=(2, n_periods, n)) + 0.5 * common
    mean = x[0] - 0.5 * x[1] + (0.6 * x[0] + 0.3 * x[1]) @ w.T + common
    shocked = mean + rng.normal(size=mean.shape)
    y = spsolve(sparse.csc_array(sparse.eye_array(n) - rho * w), shocked.T).T
    unit, period = np.tile(np.array(weights.labels), n_periods), np.arange(n_periods)
    return y.ravel(), x.reshape(2, -1).T, ("x1", "x2"), unit, np.repeat(period, n)


@pytest.fixture(scope="module")
def nearest():
    """300 units with one-way links, so that eigenvalues are complex."""
    weights = sparse_nearest(*places(np.random.default_rng(1), 300), 5)
    full = dense(weights)
    assert np.iscomplexobj(full.eigenvalues)
    return weights, full


@pytest.fixture(scope="module")
def long(nearest):
    return draw_long(nearest[0], 6, np.random.default_rng(2))


def test_nearest_neighbours_are_those_of_the_dense_builder():
    labels, lon, lat = places(np.random.default_rng(3), 60)
    ours = sparse_nearest(labels, lon, lat, 4)
    theirs = nearest_neighbours(labels, great_circle_km(lon, lat), 4)
    assert (ours.name, ours.labels) == (theirs.name, theirs.labels)
    assert ours.matrix.toarray() == pytest.approx(theirs.matrix, abs=EXACT)


def test_contiguity_is_that_of_the_dense_builder():
    pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c")]
    both = pairs + [pair[::-1] for pair in pairs]
    theirs = contiguity("abcd", both)
    for listed in (pairs, both):
        ours = sparse_contiguity("abcd", listed)
        assert ours.matrix.toarray() == pytest.approx(theirs.matrix, abs=EXACT)


def test_the_matrix_is_a_copy_that_nobody_changes():
    matrix = sparse.csr_array(np.array([[0.0, 1.0], [1.0, 0.0]]))
    weights = SparseWeights("pair", ["a", "b"], matrix)
    matrix.data[:] = 7.0
    assert weights.matrix.toarray().tolist() == [[0.0, 1.0], [1.0, 0.0]]
    with pytest.raises(ValueError, match="read-only"):
        weights.matrix.data[0] = 2.0


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ([[0, 1], [1, 0], [1, 0]], "2 labels for a matrix of shape"),
        ([[0, 1], [-1, 2]], "unit b has a negative or missing weight"),
        ([[0, 1], [np.nan, 0]], "unit b has a negative or missing weight"),
        ([[0.5, 0.5], [1, 0]], "unit a is its own neighbour"),
        ([[0, 1], [0.9, 0]], "unit b has a row that does not sum to one"),
        ([[0, 1], [0, 0]], "unit b has a row that does not sum to one"),
    ],
)
def test_matrices_that_are_no_weights_are_refused(matrix, message):
    with pytest.raises(UserError, match=message):
        SparseWeights("wrong", ["a", "b"], sparse.csr_array(np.array(matrix, dtype=float)))


def test_lists_that_are_no_neighbours_are_refused():
    with pytest.raises(UserError, match="unit z of the pairs is not among the labels"):
        sparse_contiguity("abc", [("a", "z")])
    with pytest.raises(UserError, match="unit b is listed as its own neighbour"):
        sparse_contiguity("abc", [("a", "c"), ("b", "b")])
    with pytest.raises(UserError, match="unit c has no neighbour"):
        sparse_contiguity("abc", [("a", "b")])
    with pytest.raises(UserError, match="unit a, b, c has no neighbour"):
        sparse_contiguity("abc", [])
    lon, lat = np.array([1.0, 2.0, 2.0]), np.zeros(3)
    with pytest.raises(UserError, match="unit b, c shares its place"):
        sparse_nearest("abc", lon, lat, 1)
    with pytest.raises(UserError, match="k must lie between 1 and 2"):
        sparse_nearest("abc", lon, lat, 3)
    with pytest.raises(UserError, match="as many finite coordinates"):
        sparse_nearest("abc", np.array([1.0, np.nan, 3.0]), lat, 1)
    with pytest.raises(UserError, match=r"weights 'nearest_1' has no unit q"):
        sparse_nearest("abc", np.arange(3), lat, 1).require_same_units(["a", "b", "q"])


@pytest.mark.parametrize("centred", [False, True])
def test_the_log_determinant_is_exact(nearest, centred):
    weights, full = nearest
    ours = SparseAlgebra(weights).log_determinant(centred)
    theirs = DenseAlgebra(full).log_determinant(centred)
    r = np.array([-0.999, -0.7, -0.2, 0.0, 0.3, 0.8, 0.99])
    assert ours.value(r) == pytest.approx(theirs.value(r), rel=EXACT, abs=EXACT)


@given(r=st.floats(-0.97, 0.97), centred=st.booleans())
def test_derivatives_keep_their_bound(nearest, r, centred):
    """Rounding of ln|I - r W|, 1e-13 of 300, grows by the derivatives of a polynomial of 24."""
    weights, full = nearest
    ours = SparseAlgebra(weights).log_determinant(centred).slopes(r)
    theirs = DenseAlgebra(full).log_determinant(centred).slopes(r)
    width = (1 - abs(r)) / 4
    for order, (mine, exact, bound) in enumerate(
        zip(ours, theirs, trace_bound(300, r), strict=True), start=1
    ):
        assert abs(mine - exact) < bound + 1e-12 * (24**2 / width) ** order


def test_the_bound_grows_with_units_and_towards_the_ends():
    first, second = trace_bound(500, 0.4)
    assert 0 < first < 1e-10
    assert 0 < second < 1e-7
    assert trace_bound(1000, 0.4) == pytest.approx((2 * first, 2 * second), rel=EXACT)
    assert trace_bound(500, -0.4) == pytest.approx((first, second), rel=EXACT)
    # The panel at 0.6 is half as wide, that at 0.99 64 times less wide.
    assert trace_bound(500, 0.6) == pytest.approx((2 * first, 4 * second), rel=EXACT)
    assert trace_bound(500, 0.99)[0] == pytest.approx(64 * first, rel=EXACT)


def test_the_multiplier_is_that_of_the_inverse(nearest):
    weights, full = nearest
    values = np.random.default_rng(4).normal(size=(2, 3, 300))
    for r in (-0.6, 0.0, 0.45):
        ours, theirs = SparseAlgebra(weights).multiplier(r), DenseAlgebra(full).multiplier(r)
        assert ours.apply(values) == pytest.approx(theirs.apply(values), abs=EXACT)
        for centred in (False, True):
            expected = theirs.traces(centred)
            assert ours.traces(centred) == pytest.approx(expected, rel=EXACT, abs=1e-8)
        assert ours.square_norm[1] == 0.0


def test_random_signs_estimate_the_norm(nearest):
    weights, full = nearest
    exact = (DenseAlgebra(full).multiplier(0.5).matrix ** 2).sum()
    signs = np.random.default_rng(5).choice([-1.0, 1.0], size=(300, 400))
    value, error = SparseAlgebra(weights, signs).multiplier(0.5).square_norm
    assert 0 < error < 0.02 * exact
    assert abs(value - exact) < 4 * error
    # The error is that of a mean: with a quarter of the signs it doubles.
    coarse = SparseAlgebra(weights, signs[:, :100]).multiplier(0.5).square_norm
    assert coarse[1] / error == pytest.approx(2.0, rel=0.25)


@pytest.mark.parametrize(
    ("model", "effects_removed", "lee_yu"),
    [
        ("sdm", "two_way", False),
        ("sdm", "two_way", True),
        ("sar", "unit", True),
        ("sar", "period", True),
        ("sdm", "none", False),
    ],
)
def test_estimates_are_the_exact_ones(nearest, long, model, effects_removed, lee_yu):
    weights, full = nearest
    options = {"model": model, "effects": effects_removed, "lee_yu": lee_yu}
    large = fit_large(*long, weights, **options)
    fit = fit_spatial(*long, full, **options)
    assert large.fit.names == fit.names
    assert large.fit.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert large.fit.std_errors == pytest.approx(fit.std_errors, rel=EXACT)
    assert large.fit.loglik == pytest.approx(fit.loglik, rel=EXACT)
    assert large.fit.r2_within == pytest.approx(fit.r2_within, rel=EXACT)
    assert large.norm_error == 0.0
    assert large.trace_bound == trace_bound(300, fit.rho)


@pytest.mark.parametrize("model", ["sar", "sdm"])
def test_effects_are_the_exact_ones(nearest, long, model):
    weights, full = nearest
    large = fit_large(*long, weights, model=model)
    fit = fit_spatial(*long, full, model=model)
    for options in ({"method": "delta"}, {"draws": 300, "seed": 6}):
        ours, theirs = large_effects(large, **options), effects(fit, full, **options)
        assert ours.terms == theirs.terms
        assert ours.estimates == pytest.approx(theirs.estimates, abs=EXACT)
        assert ours.std_errors == pytest.approx(theirs.std_errors, abs=EXACT)
        assert ours.ci_low == pytest.approx(theirs.ci_low, abs=EXACT)
        assert (ours.n_draws, ours.n_rejected) == (theirs.n_draws, theirs.n_rejected)


def test_random_signs_touch_standard_errors_only(nearest, long):
    weights, _ = nearest
    exact = fit_large(*long, weights)
    rough = fit_large(*long, weights, probes=64, rng=np.random.default_rng(7))
    assert rough.fit.coefficients == pytest.approx(exact.fit.coefficients, abs=EXACT)
    assert 0 < rough.norm_error < 0.05
    assert rough.fit.std_errors == pytest.approx(exact.fit.std_errors, rel=4 * rough.norm_error)
    assert np.any(rough.fit.std_errors != exact.fit.std_errors)


def test_many_units_take_random_signs_unless_exact_solves_are_asked_for(nearest, long, monkeypatch):
    weights, _ = nearest
    monkeypatch.setattr("pilotzone.methods.space.large.MOST_SOLVES", 299)
    drawn, exact = fit_large(*long, weights), fit_large(*long, weights, probes=0)
    assert exact.norm_error == 0.0
    assert 0 < drawn.norm_error < 0.03
    assert drawn.fit.coefficients == pytest.approx(exact.fit.coefficients, abs=EXACT)
    again = fit_large(*long, weights, probes=PROBES, rng=np.random.default_rng(0))
    assert drawn.fit.std_errors == pytest.approx(again.fit.std_errors, rel=EXACT)


def test_three_thousand_units_find_the_truth():
    rng = np.random.default_rng(8)
    weights = sparse_nearest(*places(rng, 3000), 6)
    large = fit_large(*draw_long(weights, 5, rng), weights, lee_yu=True, probes=64, rng=rng)
    truth = np.array([1.0, -0.5, 0.6, 0.3, 0.4])
    assert np.abs(large.fit.coefficients - truth).max() < 0.15
    assert np.all(np.abs(large.fit.coefficients - truth) < 4 * large.fit.std_errors)
    assert large.trace_bound[0] < 1e-9


def test_what_cannot_be_fitted_is_refused(nearest, long):
    weights, _ = nearest
    with pytest.raises(UserError, match="model 'sem' is unknown here; choose one of sar, sdm"):
        fit_large(*long, weights, model="sem")
    with pytest.raises(UserError, match="1 probes have no error; give 2 or more, or 0"):
        fit_large(*long, weights, probes=1)
    with pytest.raises(UserError, match=r"row.* missing: unit u0000 in 0"):
        fit_large(*(part[1:] if len(part) > 2 else part for part in long), weights)
    large = fit_large(*long, weights)
    with pytest.raises(UserError, match="method 'exact' is unknown"):
        large_effects(large, method="exact")
    with pytest.raises(UserError, match="need a seed"):
        large_effects(large)
