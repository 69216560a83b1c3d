"""Nearest neighbours and kernel weights: cases worked by hand, and loops.

Two exact computations differ by rounding (EXACT).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.matching.kernel import kernel_weights
from pilotzone.methods.did.matching.neighbours import Pair, nearest_neighbour

EXACT = {"rtol": 1e-8, "atol": 1e-9}


def test_neighbours_of_a_hand_worked_case_with_ties_and_a_caliper(neighbours_case):
    logit, treated, codes = neighbours_case()
    result = nearest_neighbour(logit, treated, codes)
    # Sum 12.15, sum of squares 34.4425.
    assert_allclose(result.caliper, 0.25 * np.sqrt((34.4425 - 12.15**2 / 10) / 9), **EXACT)
    chosen = [(pair.treated, pair.control) for pair in result.pairs]
    assert chosen == [(10, 1), (15, 5), (20, 5), (40, 7)]
    assert_allclose([pair.distance for pair in result.pairs], [0.2, 0.1, 0.1, 0.05], **EXACT)
    weights = dict(zip(codes.tolist(), result.weights, strict=True))
    used = {1: 1, 5: 2, 7: 1, 3: 0, 8: 0}
    assert weights == {10: 1, 15: 1, 20: 1, 40: 1, 30: 0} | used
    assert result.dropped == (30,)
    assert result.unused == (3, 8)


def test_the_caliper_includes_its_end(neighbours_case):
    logit, treated, codes = neighbours_case()
    sd = logit.std(ddof=1)
    at_the_end = nearest_neighbour(logit, treated, codes, caliper_sd=0.1 / sd)
    assert at_the_end.dropped == (10, 30)
    inside = nearest_neighbour(logit, treated, codes, caliper_sd=0.0999 / sd)
    assert inside.dropped == (10, 15, 20, 30)
    assert inside.pairs == (Pair(40, 7, abs(0.95 - 0.9)),)
    for distance in (0.7, 1.1, 1.3):
        far = np.array([0.0, distance, 4.0])
        exact = nearest_neighbour(far, [1, 0, 0], [1, 2, 3], distance / far.std(ddof=1))
        assert exact.pairs == (Pair(1, 2, distance),)


@given(st.integers(0, 10_000), st.floats(0.05, 2.0))
def test_neighbours_are_those_of_a_double_loop_in_any_order_of_rows(seed, width):
    rng = np.random.default_rng(seed)
    logit = rng.integers(-6, 7, size=14) / 10
    treated = np.arange(14) < rng.integers(1, 13)
    codes = rng.choice(900, size=14, replace=False)
    result = nearest_neighbour(logit, treated, codes, width, require_overlap=False)
    caliper = width * logit.std(ddof=1)
    expected = {}
    for i in np.flatnonzero(treated):
        distance, code = min(
            (round(abs(logit[i] - logit[j]), 9), codes[j]) for j in np.flatnonzero(~treated)
        )
        if distance <= caliper + 1e-9:
            expected[codes[i]] = code
    assert {pair.treated: pair.control for pair in result.pairs} == expected
    assert set(result.dropped) == set(codes[treated]) - set(expected)
    assert set(result.unused) == set(codes[~treated]) - set(expected.values())
    assert result.weights[~treated].sum() == result.weights[treated].sum() == len(expected)
    order = rng.permutation(14)
    other = nearest_neighbour(
        logit[order], treated[order], codes[order], width, require_overlap=False
    )
    assert_array_equal(other.weights, result.weights[order])
    assert (other.pairs, other.dropped, other.unused) == (
        result.pairs,
        result.dropped,
        result.unused,
    )


@pytest.mark.parametrize(("scale", "shift"), [(1e3, -40), (1e-7, 0), (1e7, 0)])
def test_neither_scale_nor_shift_of_the_logit_changes_a_match(neighbours_case, scale, shift):
    logit, treated, codes = neighbours_case()
    base = nearest_neighbour(logit, treated, codes)
    other = nearest_neighbour(scale * logit + shift, treated, codes)
    assert_array_equal(other.weights, base.weights)
    assert_allclose(other.caliper, scale * base.caliper, **EXACT)


def test_codes_may_be_words():
    result = nearest_neighbour([0.0, 0.1, -0.1, 3.0], [1, 0, 0, 1], ["a", "z", "b", "c"])
    assert result.pairs == (Pair("a", "b", 0.1),)
    assert (result.dropped, result.unused) == (("c",), ("z",))


def test_an_empty_caliper_is_not_identified_and_says_why():
    logit, treated, codes = np.array([2.0, 2.5, -2.0, -2.5]), [1, 1, 0, 0], [4, 3, 2, 1]
    with pytest.raises(NotIdentified) as error:
        nearest_neighbour(logit, treated, codes)
    assert error.value.reason == Reason(
        "outside_caliper", {"caliper": 0.653516, "deviations": 0.25, "closest": 4.0}
    )
    result = nearest_neighbour(logit, treated, codes, require_overlap=False)
    assert (result.pairs, result.dropped, result.unused) == ((), (3, 4), (1, 2))
    assert_array_equal(result.weights, 0)


def kernel_case():
    """Treated: 10 kept, 20 above the controls, 30 in a gap, 40 at the edge of one control."""
    score = {10: 0.5, 20: 0.9, 30: 0.7, 40: 0.2}
    score |= {1: 0.5, 2: 0.53, 3: 0.57, 4: 0.85, 5: 0.26, 6: 0.1, 7: 0.17}
    codes = np.array(list(score))
    return np.array(list(score.values())), codes >= 10, codes


def test_kernel_weights_of_a_hand_worked_case():
    score, treated, codes = kernel_case()
    result = kernel_weights(score, treated, codes)
    # For 10: K(0) = 3/4 and K(1/2) = 9/16, shares 4/7 and 3/7. For 40: 5 lies at u = 1, where the
    # kernel is 0, so that 7 has all.
    weights = dict(zip(codes.tolist(), result.weights, strict=True))
    expected = {10: 1, 20: 0, 30: 0, 40: 1, 1: 4 / 7, 2: 3 / 7, 3: 0, 4: 0, 5: 0, 6: 0, 7: 1}
    assert_allclose([weights[c] for c in expected], list(expected.values()), **EXACT)
    assert (result.off_support, result.without_control) == ((20,), (30,))
    assert result.dropped == (20, 30)
    assert result.unused == (3, 4, 5, 6)
    assert result.support == (0.1, 0.85)
    assert result.bandwidth == 0.06


@given(st.integers(0, 10_000), st.floats(0.02, 0.5))
def test_kernel_weights_are_those_of_a_loop_in_any_order_of_rows(seed, width):
    rng = np.random.default_rng(seed)
    score, treated = rng.random(16), np.arange(16) < rng.integers(1, 15)
    codes = rng.choice(900, size=16, replace=False)
    result = kernel_weights(score, treated, codes, width, require_overlap=False)
    expected, controls = np.zeros(16), score[~treated]
    for i in np.flatnonzero(treated):
        k = np.maximum(0, 1 - ((controls - score[i]) / width) ** 2)
        if controls.min() <= score[i] <= controls.max() and k.any():
            expected[i] = 1
            expected[~treated] += k / k.sum()
    assert_allclose(result.weights, expected, **EXACT)
    assert set(result.dropped) == set(codes[treated & (expected == 0)])
    assert set(result.unused) == set(codes[~treated & (expected == 0)])
    order = rng.permutation(16)
    other = kernel_weights(score[order], treated[order], codes[order], width, require_overlap=False)
    assert_allclose(other.weights, result.weights[order], **EXACT)
    assert (other.dropped, other.unused) == (result.dropped, result.unused)


def test_a_kernel_without_overlap_is_not_identified_and_says_why():
    score, treated, codes = [0.8, 0.9, 0.1, 0.2], [1, 1, 0, 0], [4, 3, 2, 1]
    with pytest.raises(NotIdentified) as error:
        kernel_weights(score, treated, codes)
    assert error.value.reason == Reason(
        "outside_bandwidth",
        {
            "bandwidth": 0.06,
            "controls_low": 0.1,
            "controls_high": 0.2,
            "treated_low": 0.8,
            "treated_high": 0.9,
        },
    )
    result = kernel_weights(score, treated, codes, require_overlap=False)
    assert (result.dropped, result.unused) == ((3, 4), (1, 2))
    assert_array_equal(result.weights, 0)


@pytest.mark.parametrize("function", [nearest_neighbour, kernel_weights])
def test_codes_scores_and_widths_are_checked(function):
    score, treated = [0.1, 0.4, 0.12, 0.38], [1, 1, 0, 0]
    with pytest.raises(UserError, match="code 7 stands for more than one unit"):
        function(score, treated, [1, 7, 7, 2])
    with pytest.raises(UserError, match="'codes' has missing labels"):
        function(score, treated, [1, 7, np.nan, 2])
    with pytest.raises(UserError, match="'codes' needs one code for each of 4 units, not 3"):
        function(score, treated, [1, 2, 3])
    with pytest.raises(UserError, match=r"needs one value for each of 4 units, not \(3,\)"):
        function(score[:3], treated, [1, 2, 3, 4])
    with pytest.raises(UserError, match="has 1 missing or infinite values"):
        function([0.1, np.inf, 0.2, 0.3], treated, [1, 2, 3, 4])
    for width in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(UserError, match="must be a positive number"):
            function(score, treated, [1, 2, 3, 4], width)


def test_a_logit_is_no_propensity():
    with pytest.raises(UserError, match=r"outside \[0, 1\]; give the propensity, not its logit"):
        kernel_weights([0.2, -0.4, 0.5], [1, 0, 0], [1, 2, 3])
