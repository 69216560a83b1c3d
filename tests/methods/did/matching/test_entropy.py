"""Entropy balancing: closed forms, conditions of the minimum, what has no weights.

Two exact computations differ by rounding and by Newton's last step (EXACT). A general optimiser
finds a minimum to the root of its 1e-10 (OPTIMISER).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linprog

from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.matching.entropy import entropy_balance

EXACT = {"rtol": 1e-8, "atol": 1e-9}


@pytest.mark.parametrize(("n0", "n1"), [(5, 3), (100, 1), (3_000, 1)])
def test_one_covariate_with_two_values_has_a_closed_form(cells, n0, n1):
    # Treated: mean 3/4. The controls at 0 share 1/4, those at 1 share 3/4, times 4. With 100 and
    # 1 the full first step of Newton's method overshoots and has to be halved; with 3,000 and 1
    # it lands where one control has all weight and no curvature is left.
    d, x = cells((0, 1, n0), (1, 3, n1))
    result = entropy_balance(x, d)
    assert_allclose(result.weights[(d == 0) & (x == 0)], 4 * 0.25 / n0, **EXACT)
    assert_allclose(result.weights[(d == 0) & (x == 1)], 4 * 0.75 / n1, **EXACT)
    assert_array_equal(result.weights[d == 1], 1)
    assert_allclose(result.effective_controls, 1 / (0.25**2 / n0 + 0.75**2 / n1), **EXACT)


@given(st.integers(0, 10_000), st.sampled_from([30, 60]))
def test_entropy_weights_meet_the_conditions_of_the_minimum_where_weights_exist(sample, seed, n):
    d, x = sample(seed, n=n)
    controls = np.column_stack([x[~d], np.ones(np.sum(~d))])
    target = np.append(x[d].mean(axis=0), 1)
    exist = linprog(np.zeros(len(controls)), A_eq=controls.T, b_eq=target).success
    if not exist:
        with pytest.raises(NotIdentified) as error:
            entropy_balance(x, d)
        assert error.value.reason.code in ("outside_hull", "outside_hull_in")
        return
    # Means equal and ln w linear in x: the problem is convex, so that these decide.
    result = entropy_balance(x, d)
    w = result.weights[~d]
    assert_allclose(w.sum(), d.sum(), **EXACT)
    gap = (w @ x[~d] / w.sum() - x[d].mean(axis=0)) / x.std(axis=0)
    assert_allclose(gap, 0, atol=1e-8)
    assert (result.weights > 0).all()
    assert_array_equal(result.weights[d], 1)
    design = np.column_stack([np.ones(len(w)), (x[~d] - 5.0) / [1.0, 10.0, 100.0]])
    linear = design @ np.linalg.lstsq(design, np.log(w), rcond=None)[0]
    assert_allclose(np.log(w), linear, **EXACT)
    assert 1 <= result.effective_controls <= len(w)


def test_controls_in_balance_keep_even_weights():
    x = np.array([[1.0, 2], [3, 4], [5, 1], [1, 2], [3, 4], [5, 1], [1, 2], [3, 4], [5, 1]])
    d = np.arange(9) < 3
    result = entropy_balance(x, d)
    assert_allclose(result.weights, [1] * 3 + [0.5] * 6, **EXACT)
    assert_allclose(result.effective_controls, 6, **EXACT)


def test_entropy_weights_do_not_depend_on_units_of_covariates_or_order_of_rows(sample):
    d, x = sample(11, n=60)
    order = np.random.default_rng(1).permutation(60)
    base = entropy_balance(x, d).weights
    other = entropy_balance((x * [1e-6, -2.0, 1e4] + [1e3, 0, 5])[order], d[order]).weights
    assert_allclose(other, base[order], rtol=1e-7)


@pytest.mark.parametrize("mean", [2.0, 2.5, -1.0, 0.0])
def test_means_beyond_or_at_the_end_of_the_controls_are_not_identified(mean):
    x = np.array([mean - 1, mean + 1, 0.0, 0.5, 1.0, 2.0])
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, np.arange(6) < 2, ["openness"])
    assert error.value.reason == Reason(
        "outside_hull_in", {"controls": 4, "variables": ("openness",), "beyond": ("openness",)}
    )


def test_means_within_all_ranges_may_still_lie_outside_the_hull():
    x = np.array([[0.2, 0.2], [0.3, 0.3], [0, 1.0], [1.0, 0], [0.9, 0.9]])
    d = np.arange(5) < 2
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason(
        "outside_hull", {"controls": 3, "variables": ("covariate 1", "covariate 2")}
    )
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason(
        "outside_hull", {"controls": 3, "variables": ("covariate 1", "covariate 2")}
    )
    x[4] = 0.0
    assert (entropy_balance(x, d).weights > 0).all()


def test_covariates_that_are_collinear_among_controls_only_may_be_balanced():
    x = np.array([[1.0, 2.5], [2.0, 3.5], [3.0, 6.0], [0, 0], [1, 2], [2, 4], [5, 10]])
    d = np.arange(7) < 3
    weights = entropy_balance(x, d).weights[~d]
    assert_allclose(weights @ x[~d] / 3, [2.0, 4.0], **EXACT)
    single = entropy_balance(x[:, 0], d).weights[~d]
    assert_allclose(weights, single, **EXACT)
    x[0, 1] = 2.4
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason(
        "outside_hull", {"controls": 4, "variables": ("covariate 1", "covariate 2")}
    )
    x[~d, 1] = x[d, 1].mean()
    assert_allclose(entropy_balance(x, d).weights[~d], single, **EXACT)
    assert_allclose(entropy_balance(x[:, 1], d).weights[~d], 3 / 4, **EXACT)
