"""Balance before and after matching: a case worked by hand, and algebra (EXACT: rounding)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.matching.balance import balance
from pilotzone.methods.did.matching.entropy import entropy_balance

EXACT = {"rtol": 1e-8, "atol": 1e-9}


def test_balance_of_a_hand_worked_case():
    x = np.array([[1.0, 0.0], [3.0, 2.0], [0.0, 1.0], [2.0, 1.0], [4.0, 4.0], [9.0, 9.0]])
    d, weights = np.array([1, 1, 0, 0, 0, 0]), np.array([1, 1, 1, 2, 0.5, 0])
    result = balance(x, ["a", "b"], d, weights)
    before, after = result.before, result.after
    assert result.names == ("a", "b")
    assert_allclose(before.mean_treated, [2, 1], **EXACT)
    assert_allclose(before.mean_controls, [3.75, 3.75], **EXACT)
    # Variances: treated 2 and 2; controls Σ(x − 3.75)²/3 = 44.75/3 and 42.75/3.
    pooled = np.sqrt((2 + np.array([44.75, 42.75]) / 3) / 2)
    assert_allclose(before.std_difference, [-1.75, -2.75] / pooled, **EXACT)
    assert_allclose(before.variance_ratio, 6 / np.array([44.75, 42.75]), **EXACT)
    # Controls after: Σw = 3.5, Σw² = 5.25; means 6/3.5 and 5/3.5, Σw(x − x̄)² by hand.
    means = np.array([12, 10]) / 7
    assert_allclose(after.mean_treated, [2, 1], **EXACT)
    assert_allclose(after.mean_controls, means, **EXACT)
    assert_allclose(after.std_difference, ([2, 1] - means) / pooled, **EXACT)
    squares = np.array([16 - 3.5 * means[0] ** 2, 11 - 3.5 * means[1] ** 2])
    variance = squares * 3.5 / (3.5**2 - 5.25)
    assert_allclose(after.variance_ratio, 2 / variance, **EXACT)


def test_even_weights_of_any_size_change_no_balance(sample):
    d, x = sample(2)
    result = balance(x, ["a", "b", "c"], d, np.where(d, 1.0, 7.0))
    for name in ("mean_treated", "mean_controls", "std_difference", "variance_ratio"):
        assert_allclose(getattr(result.after, name), getattr(result.before, name), **EXACT)
    expected = x[d].var(axis=0, ddof=1) / x[~d].var(axis=0, ddof=1)
    assert_allclose(result.before.variance_ratio, expected, **EXACT)


def test_entropy_weights_leave_no_difference_in_means(sample):
    d, x = sample(3, n=60)
    result = balance(x, ["a", "b", "c"], d, entropy_balance(x, d).weights)
    assert np.abs(result.before.std_difference).max() > 0.1
    assert_allclose(result.after.std_difference, 0, atol=1e-8)


def test_variance_ratios_of_a_single_unit_are_missing():
    result = balance([1.0, 2.0, 0.0, 4.0], ["a"], [1, 1, 0, 0], [1, 0, 1, 1])
    assert np.isnan(result.after.variance_ratio).all()
    assert_allclose(result.after.std_difference, -1 / np.sqrt((0.5 + 8) / 2), **EXACT)


def test_groups_without_variation_differ_infinitely():
    result = balance([1.0, 1.0, 0.0, 0.0], ["a"], [1, 1, 0, 0], np.ones(4))
    assert np.isposinf(result.before.std_difference).all()


def test_balance_needs_weights_on_both_sides():
    x, d = np.arange(4.0), [1, 1, 0, 0]
    for weights in ([0, 0, 1, 1], [1, 1, 0, 0]):
        with pytest.raises(NotIdentified) as error:
            balance(x, ["a"], d, weights)
        assert error.value.reason == Reason("no_weight")
    with pytest.raises(UserError, match="'weights' has negative values"):
        balance(x, ["a"], d, [1, 1, 1, -1])
