"""Dagum and Theil: cases worked by hand, a second program, invariances.

EXACT: sums of at most 900 differences of numbers of order one. STORED: the other program's answers
carry twelve digits.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.methods.disparity.inequality import dagum, gini, theil

EXACT, STORED = 1e-12, 1e-9

values = st.lists(st.floats(0.01, 100), min_size=4, max_size=12)


@st.composite
def grouped(draw):
    y = np.array(draw(values))
    labels = draw(st.lists(st.sampled_from("abc"), min_size=len(y), max_size=len(y)))
    return y, labels


def test_dagum_by_hand():
    """1 and 3 in one group, 2 and 6 in the other: mean 3, sum of all differences 32."""
    made = dagum([1, 2, 3, 6], ["a", "b", "a", "b"])
    assert made.groups == ("a", "b")
    assert made.total == pytest.approx(1 / 3, abs=EXACT)
    # Mean difference within a: 1, mean 2; within b: 2, mean 4; between: (1 + 5 + 1 + 3)/4.
    assert np.diag(made.pairs) == pytest.approx([1 / 4, 1 / 4], abs=EXACT)
    assert made.pairs[0, 1] == pytest.approx(2.5 / 6, abs=EXACT)
    assert made.within == pytest.approx([1 / 24, 1 / 12], abs=EXACT)
    # d = (1 + 5 + 0 + 3)/4, p = 1/4, D = 2/2.5; p_a s_b + p_b s_a = 1/2.
    assert made.between[0, 1] == pytest.approx(2.5 / 6 / 2 * 0.8, abs=EXACT)
    assert made.transvariation[0, 1] == pytest.approx(2.5 / 6 / 2 * 0.2, abs=EXACT)
    assert made.parts == pytest.approx(
        {"within": 1 / 8, "between": 1 / 6, "transvariation": 1 / 24}, abs=EXACT
    )


def test_the_contributions_are_those_of_dagums_own_formulas():
    """G_jj p_j s_j and G_jh (p_j s_h + p_h s_j) D_jh with D from excesses, group by group."""
    rng = np.random.default_rng(11)
    y, labels = rng.lognormal(size=23), rng.integers(0, 3, 23)
    made, n = dagum(y, labels), len(y)
    parts = [y[labels == j] for j in range(3)]
    p = [len(part) / n for part in parts]
    s = [part.sum() / y.sum() for part in parts]
    for j in range(3):
        assert made.within[j] == pytest.approx(gini(parts[j]) * p[j] * s[j], abs=EXACT)
        for h in range(j + 1, 3):
            low, high = sorted((parts[j], parts[h]), key=np.mean)
            apart = high[:, None] - low
            d, e = np.clip(apart, 0, None).mean(), np.clip(-apart, 0, None).mean()
            g = (d + e) / (high.mean() + low.mean())
            gross = g * (p[j] * s[h] + p[h] * s[j])
            share = (d - e) / (d + e)
            assert made.between[j, h] == pytest.approx(gross * share, abs=EXACT)
            assert made.transvariation[j, h] == pytest.approx(gross * (1 - share), abs=EXACT)


def test_theil_by_hand():
    made = theil([1, 4, 1, 2], ["a", "b", "a", "b"])
    of_b = (4 / 3 * np.log(4 / 3) + 2 / 3 * np.log(2 / 3)) / 2
    between = [np.log(1 / 2) / 4, np.log(3 / 2) * 3 / 4]
    assert made.of_groups == pytest.approx([0, of_b], abs=EXACT)
    assert made.within == pytest.approx([0, of_b * 3 / 4], abs=EXACT)
    assert made.between == pytest.approx(between, abs=EXACT)
    assert made.total == pytest.approx(of_b * 3 / 4 + sum(between), abs=EXACT)


def test_the_other_program(stored, answers):
    last, region = stored[-1], np.repeat(["a", "b", "c"], 10)
    of_dagum, of_theil = dagum(last, region), theil(last, region)
    assert of_dagum.total == pytest.approx(answers("gini"), rel=STORED)
    # Groups of one size: the net term is the Gini coefficient of their means.
    assert of_dagum.parts["between"] == pytest.approx(answers("gini_of_means"), rel=STORED)
    assert of_theil.total == pytest.approx(answers("theil"), rel=STORED)
    assert of_theil.parts["between"] == pytest.approx(answers("theil_between"), rel=STORED)
    assert of_theil.parts["within"] == pytest.approx(answers("theil_within"), rel=STORED)


@given(grouped())
def test_contributions_sum_to_the_total(case):
    y, labels = case
    for made in (dagum(y, labels), theil(y, labels)):
        assert sum(made.parts.values()) == pytest.approx(made.total, abs=EXACT)
        assert made.total >= -EXACT


@given(grouped(), st.floats(0.1, 1000))
def test_a_multiple_of_all_values_changes_nothing(case, factor):
    y, labels = case
    for decompose in (dagum, theil):
        one, other = decompose(y, labels), decompose(factor * y, labels)
        assert one.total == pytest.approx(other.total, abs=1e-10)
        assert one.parts == pytest.approx(other.parts, abs=1e-10)


@given(grouped(), st.integers(0, 1000))
def test_order_and_replication_change_nothing(case, seed):
    y, labels = case
    order = np.random.default_rng(seed).permutation(2 * len(y))
    twice, labels_twice = np.tile(y, 2)[order], np.tile(labels, 2)[order]
    for decompose in (dagum, theil):
        one, other = decompose(y, labels), decompose(twice, labels_twice)
        assert one.total == pytest.approx(other.total, abs=EXACT)
        assert one.parts == pytest.approx(other.parts, abs=EXACT)
        assert one.within == pytest.approx(other.within, abs=EXACT)


@given(values)
def test_groups_with_equal_distributions_differ_within_alone(y):
    both, labels = np.tile(y, 2), np.repeat(["a", "b"], len(y))
    made = dagum(both, labels)
    assert made.parts["between"] == pytest.approx(0, abs=EXACT)
    # Half of all pairs are of one group, so that the rest of the Gini is overlap.
    assert made.parts["transvariation"] == pytest.approx(made.total / 2, abs=EXACT)
    assert theil(both, labels).parts["between"] == pytest.approx(0, abs=EXACT)


@given(values, values)
def test_groups_that_do_not_overlap_have_no_transvariation(low, high):
    y = np.concatenate([low, np.array(high) + max(low)])
    made = dagum(y, ["a"] * len(low) + ["b"] * len(high))
    assert made.parts["transvariation"] == pytest.approx(0, abs=EXACT)


def test_a_common_gain_lowers_both_measures():
    y, labels = np.array([0.1, 0.2, 0.4, 0.8]), ["a", "a", "b", "b"]
    for decompose in (dagum, theil):
        assert decompose(y + 0.1, labels).total < decompose(y, labels).total


def test_equal_values_a_single_group_and_zeros():
    made = dagum([2, 2, 2], ["a", "b", "b"])
    assert made.total == 0
    assert made.parts == {"within": 0, "between": 0, "transvariation": 0}
    alone = dagum([1, 3], ["a", "a"])
    assert alone.parts == pytest.approx({"within": 0.25, "between": 0, "transvariation": 0})
    # All in one of n: 1 − 1/n and ln n.
    assert gini([0, 0, 0, 5]) == pytest.approx(3 / 4, abs=EXACT)
    assert theil([0, 0, 0, 5], list("aaab")).total == pytest.approx(np.log(4), abs=EXACT)
    assert dagum([0, 0, 0, 5], list("aaab")).parts == pytest.approx(
        {"within": 0, "between": 3 / 4, "transvariation": 0}, abs=EXACT
    )


@pytest.mark.parametrize(
    ("y", "group", "message"),
    [
        ([1, -1], "ab", "the lowest is -1"),
        ([0, 0], "ab", "some above it"),
        ([1, np.nan], "ab", "finite"),
        ([1, 2], "abc", "2 values and 3 labels"),
        ([1, 2], [np.nan, "a"], "missing labels"),
    ],
)
def test_what_has_no_inequality_is_refused(y, group, message):
    labels = np.array(list(group), dtype=object)
    for decompose in (dagum, theil):
        with pytest.raises(UserError, match=message):
            decompose(y, labels)


def test_the_data_stay_as_they_are():
    y, labels = np.array([3.0, 1.0, 2.0]), np.array(["b", "a", "b"])
    kept = y.copy()
    dagum(y, labels)
    theil(y, labels)
    assert (y == kept).all()
