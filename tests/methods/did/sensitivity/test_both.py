"""What holds under either restriction: scale, level, breakdown, coverage, refusals.

Two exact computations differ by rounding and by the root finders, which stop at 1e-12 of their
range (EXACT).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.sensitivity.breakdown import (
    breakdown_relative_magnitudes,
    breakdown_smoothness,
    sensitivity,
)
from pilotzone.methods.did.sensitivity.path import conventional_interval, event_path
from pilotzone.methods.did.sensitivity.relative_magnitudes import (
    relative_magnitudes_interval,
)
from pilotzone.methods.did.sensitivity.smoothness import (
    smoothness_interval,
)

pytestmark = pytest.mark.slow

SHAPES = ((1, 1), (1, 3), (2, 1), (2, 2), (3, 2), (4, 3), (6, 4))


@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from(SHAPES),
    factor=st.sampled_from([1e-4, 0.3, 7.0, 1e5, -1.0, -20.0]),
    bound=st.sampled_from([0.0, 0.2, 1.0]),
)
def test_intervals_scale_with_the_outcome(random_path, ends, seed, shape, factor, bound):
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
def test_breakdown_is_where_the_interval_turns(random_path, sign):
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
        robust += not relative_magnitudes_interval(path, mbar, n_grid=21).excludes_zero
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
