"""Known answers for what changed in these methods without any other test noticing it.

Each is worked out by hand. Tolerance EXACT: the same arithmetic in another order.
"""

import numpy as np
import pytest

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.doubly_robust import LARGEST_PROPENSITY, doubly_robust
from pilotzone.methods.did.imputation import imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.index.weighting import first_component
from pilotzone.methods.inference import spatial_hac, wild
from pilotzone.methods.inference.permutations import require_deals
from pilotzone.methods.inference.spatial_hac import conley
from pilotzone.methods.space.large import fit_large
from pilotzone.methods.space.sparse_algebra import SparseDeterminant, SparseMultiplier
from pilotzone.methods.space.sparse_weights import sparse_contiguity

EXACT = 1e-12
# Units of a made-up panel by cohort; 0 is never treated.
SIZES = {2003: 1, 2004: 3, 2005: 5, 0: 4}
YEARS = range(2001, 2008)


def test_the_first_component_is_that_of_the_largest_eigenvalue():
    # Two equal columns and one at right angles: correlations of eigenvalues 2, 1 and 0, with
    # (1, 1, 0)/√2 first and (0, 0, 1) second.
    z = np.array([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], dtype=float)
    loadings, score = first_component(z, z.sum(axis=1))
    np.testing.assert_allclose(loadings, [np.sqrt(0.5), np.sqrt(0.5), 0], atol=EXACT)
    np.testing.assert_allclose(score, [0, 0, 1, 1], atol=EXACT)
    turned, again = first_component(z, -z.sum(axis=1))
    np.testing.assert_allclose(turned, -loadings, atol=EXACT)
    np.testing.assert_allclose(again, 1 - score, atol=EXACT)


def test_the_points_of_the_weights_are_those_of_the_papers():
    assert sorted(wild.POINTS) == ["rademacher", "webb"]
    np.testing.assert_array_equal(wild.POINTS["rademacher"], [-1.0, 1.0])
    squares = np.array([1.5, 1.0, 0.5])
    expected = np.concatenate([-np.sqrt(squares), np.sqrt(squares[::-1])])
    np.testing.assert_allclose(wild.POINTS["webb"], expected, atol=EXACT)
    for points in wild.POINTS.values():
        assert points.mean() == pytest.approx(0, abs=EXACT)
        assert (points**2).mean() == pytest.approx(1, abs=EXACT)


def _pairs(n):
    """Weights of n units in pairs: W'W is the identity."""
    labels = [f"u{i:02d}" for i in range(n)]
    return sparse_contiguity(labels, [(labels[i], labels[i + 1]) for i in range(0, n, 2)])


def test_signs_give_a_diagonal_norm_without_error():
    # At r = 0 G is W, and |W s|² = Σ s_i² is n for signs of size one, whatever they are.
    matrix = _pairs(6).matrix
    signs = np.random.default_rng(1).choice([-1.0, 1.0], size=(6, 5))
    probed = SparseMultiplier(matrix, 0.0, SparseDeterminant(matrix, False), signs)
    assert probed.square_norm == (6.0, 0.0)


def test_the_probes_of_a_large_fit_are_signs_of_size_one():
    weights, rng = _pairs(10), np.random.default_rng(2)
    unit, period = np.tile(np.array(weights.labels), 6), np.repeat(np.arange(6), 10)
    y, x = rng.normal(size=60), rng.normal(size=(60, 1))
    fit = fit_large(y, x, ("x",), unit, period, weights, probes=8, rng=np.random.default_rng(3))
    assert fit.algebra.signs.shape == (10, 8)
    assert set(fit.algebra.signs.ravel()) == {-1.0, 1.0}


@pytest.fixture(scope="module")
def made():
    """Return y, unit, period, cohort of units with a cohort that is not the largest first."""
    rng = np.random.default_rng(5)
    cohort = np.repeat(list(SIZES), list(SIZES.values()))
    unit = np.repeat(np.arange(len(cohort)), len(YEARS))
    period = np.tile(list(YEARS), len(cohort))
    return rng.normal(size=len(unit)), unit, period, np.repeat(cohort, len(YEARS))


def _not_yet(cohort, first, last):
    """Units that are untreated in both of two periods."""
    late = max(first, last)
    return sum(n for g, n in SIZES.items() if g != cohort and (g == 0 or g > late))


def test_untreated_units_of_each_cell(made):
    result = callaway_santanna(*made, controls="not_yet")
    for g, t, treated, controls in zip(
        result.cohort, result.period, result.n_treated, result.n_controls, strict=True
    ):
        assert treated == SIZES[g]
        assert controls == _not_yet(g, t, g - 1 if t >= g else t)
    never = sun_abraham(*made, reference="never")
    assert set(never.n_controls) == {SIZES[0]}
    for estimator in (imputation, extended_twfe):
        other = estimator(*made)
        after = other.event >= 0
        wanted = [_not_yet(-1, t, t) for t in other.period[after]]
        np.testing.assert_array_equal(other.n_controls[after], wanted)


@pytest.mark.parametrize("estimator", [callaway_santanna, extended_twfe])
def test_a_lost_cell_counts_the_units_of_its_own_cohort(made, estimator):
    y, unit, period, cohort = (values[made[3] > 0] for values in made)
    lost = estimator(y, unit, period, cohort).unidentified
    # Without a unit that is never treated nothing is compared from the last cohort's year on.
    assert {one.cohort for one in lost} == {2003.0, 2004.0, 2005.0}
    assert [one.n_treated for one in lost] == [SIZES[one.cohort] for one in lost]
    assert {(2003.0, 2005.0), (2004.0, 2006.0)} <= {(one.cohort, one.period) for one in lost}


@pytest.mark.parametrize(("treated", "refused"), [(900, False), (2000, True)])
def test_a_propensity_beyond_the_bound_is_refused(treated, refused):
    # A logit on a dummy fits the shares: m of m + 1 are treated where it is one.
    x = np.repeat([1.0, 0.0], [treated + 1, 20])
    d = np.concatenate([np.ones(treated), [0], np.ones(10), np.zeros(10)]).astype(bool)
    change = np.random.default_rng(6).normal(size=len(x)) + d
    assert (treated / (treated + 1) > LARGEST_PROPENSITY) == refused
    if refused:
        with pytest.raises(NotIdentified, match="separated"):
            doubly_robust(change, d, x[:, None])
        return
    effect, _ = doubly_robust(change, d, x[:, None])
    # Saturated in the dummy: the difference of means in each of its two groups, by treated units.
    by_group = [change[(x == v) & d].mean() - change[(x == v) & ~d].mean() for v in (1, 0)]
    assert effect == pytest.approx(np.average(by_group, weights=[treated, 10]), abs=1e-9)


def test_the_unit_of_a_covariate_does_not_matter_and_its_last_digits_are_none():
    rng = np.random.default_rng(8)
    x, d = rng.normal(size=(40, 1)), np.arange(40) % 3 == 0
    change = rng.normal(size=40) + d
    effect, phi = doubly_robust(change, d, x)
    for scale in (1e-12, 1e12):
        again, psi = doubly_robust(change, d, scale * x)
        assert again == pytest.approx(effect, abs=1e-9)
        np.testing.assert_allclose(psi, phi, atol=1e-9)
    # Of 10⁸ + x/10⁷ no more than the last digits are left.
    with pytest.raises(NotIdentified, match="flat_covariate"):
        doubly_robust(change, d, 1e8 + 1e-7 * x)


def test_a_stratum_of_one_unit_has_one_path():
    with pytest.raises(NotIdentified) as found:
        require_deals([2015, 0, 2016, 0, 2017, 0, 0], ["b", *"aaaaaa"])
    assert found.value.reason.code == "one_path_in_group"
    assert dict(found.value.reason.facts) == {"group": "b", "units": 1}


def test_a_covariance_that_is_none_is_refused():
    # Kernel weights (1, .9, 0; .9, 1, .9; 0, .9, 1) have the eigenvalue 1 - .9·√2 < 0, and the
    # scores are its eigenvector: V = 1 + 2 + 1 - 4·.9·√2 < 0.
    distance = np.array([[0, 1, 99], [1, 0, 1], [99, 1, 0]], dtype=float)
    labels = ["a", "b", "c"]
    given = np.ones((3, 1)), np.array([1, -np.sqrt(2), 1]), np.eye(1), labels, [1, 1, 1]
    with pytest.raises(NotIdentified) as error:
        conley(*given, distance, labels, 10.0, 1.0)
    reason = error.value.reason
    assert reason.code == "indefinite_covariance"
    assert reason.facts["smallest"] == pytest.approx(4 - 3.6 * np.sqrt(2), rel=1e-5)
    # With signs that agree the same weights give a variance.
    right = conley(given[0], np.ones(3), *given[2:], distance, labels, 10.0, 1.0)
    assert right.covariance[0, 0] == pytest.approx(3 + 4 * 0.9, abs=EXACT)


def test_rounding_below_zero_is_no_reason_to_refuse():
    bread = np.eye(2)
    small = spatial_hac._covariance(bread, np.diag([1.0, -0.5e-10]), 1.0)
    assert small[1, 1] == -0.5e-10
    with pytest.raises(NotIdentified):
        spatial_hac._covariance(bread, np.diag([1.0, -2e-10]), 1.0)
    # Compared after scaling: in the units of a small regressor the same trifle is no larger.
    scaled = np.diag([1.0, 1e12])
    assert spatial_hac._covariance(scaled, np.diag([1.0, -1e-23]), 1.0)[1, 1] < 0
    with pytest.raises(NotIdentified):
        spatial_hac._covariance(scaled, np.diag([1.0, -1e-21]), 1.0)
