"""Entropy and its rivals: closed forms, a hand-worked case and invariances.

Scores are sums of at most 15 products of numbers in [0, 1]; 1e-10 is far above their rounding.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pilotzone.errors import UserError
from pilotzone.methods.index import weighting
from pilotzone.methods.index.weighting import METHODS, Cells

TOLERANCE = 1e-10
UNITS, YEARS = 6, (2013, 2014, 2015)
NAMES = ("a", "b", "c", "d")
SIGNS = np.array([1, 1, -1, 1])


def cells(x, signs=SIGNS):
    return Cells(x, signs, NAMES[: x.shape[1]], np.repeat(YEARS, UNITS))


@pytest.fixture
def x():
    return np.random.default_rng(1).lognormal(size=(UNITS * len(YEARS), len(NAMES)))


panels = hnp.arrays(
    float,
    (UNITS * len(YEARS), len(NAMES)),
    elements=st.integers(1, 10**6).map(lambda i: i / 1000),
    unique=True,
)


def test_entropy_weights_of_a_hand_worked_case():
    # Columns by range: (0, 1/2, 1) and (0, 0, 1): p = (0, 1/3, 2/3) and (0, 0, 1).
    z = np.array([[0.0, 0.0], [0.5, 0.0], [1.0, 1.0]])
    e = -(np.log(1 / 3) / 3 + 2 * np.log(2 / 3) / 3) / np.log(3)
    np.testing.assert_allclose(weighting.entropies(z), [e, 0.0], atol=TOLERANCE)
    d = np.array([1 - e, 1.0])
    np.testing.assert_allclose(weighting.entropy_weights(z), d / d.sum(), rtol=TOLERANCE)


def test_an_even_column_has_entropy_one():
    assert weighting.entropies(np.ones((7, 1)))[0] == pytest.approx(1.0, abs=1e-12)


@given(panels)
def test_entropies_lie_in_the_unit_interval_and_weights_sum_to_one(values):
    z = cells(values).z()
    e = weighting.entropies(z)
    assert ((e >= 0) & (e <= 1)).all()
    for name, method in METHODS.items():
        for weights in method(cells(values)).weights.values():
            total = (weights**2).sum() if name == "pca" else weights.sum()
            assert total == pytest.approx(1.0, abs=TOLERANCE), name


@pytest.mark.parametrize("method", METHODS)
def test_the_unit_of_an_indicator_does_not_matter(x, method):
    scaled = x * np.array([1e-4, 10.0, 365.0, 1e6])
    one, other = METHODS[method](cells(x)), METHODS[method](cells(scaled))
    np.testing.assert_allclose(one.score, other.score, atol=TOLERANCE)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_rows_does_not_matter(x, method):
    order = np.random.default_rng(2).permutation(len(x))
    whole = cells(x)
    shuffled = Cells(x[order], SIGNS, NAMES, whole.year[order])
    one, other = METHODS[method](whole), METHODS[method](shuffled)
    np.testing.assert_allclose(one.score[order], other.score, atol=TOLERANCE)


@pytest.mark.parametrize("method", METHODS)
def test_reversing_an_indicator_and_its_sign_changes_nothing(x, method):
    reversed_x = x * np.array([1, 1, -1, 1])
    flipped = cells(reversed_x, np.ones(4))
    one, other = METHODS[method](cells(x)), METHODS[method](flipped)
    np.testing.assert_allclose(one.score, other.score, atol=TOLERANCE)


def test_the_input_is_not_changed(x):
    before = x.copy()
    for method in METHODS.values():
        method(cells(x))
    np.testing.assert_array_equal(x, before)


def test_with_ranges_and_weights_held_fixed_more_of_a_good_never_lowers_the_index(x):
    fixed = weighting.frozen(cells(x))
    raised = x.copy()
    late = cells(x).year == 2015  # outside the years that fix ranges and weights
    raised[late, 0] += 1.0
    assert (weighting.frozen(cells(raised)).score[late] > fixed.score[late]).all()


def test_with_weights_estimated_anew_more_of_a_good_can_lower_the_index():
    # The first row has the least of the first good and gets more, but stays last: its own
    # standardised value stays 0 while the others fall apart, so that column gains weight and the
    # first row, which lives on the second column, loses.
    x = np.array([[0.0, 1.0], [0.55, 0.5], [1.0, 0.0]])
    more = x.copy()
    more[0, 0] = 0.5
    before, after = (
        weighting.entropy(Cells(v, np.array([1, 1]), ("a", "b"), np.array([2013] * 3))).score
        for v in (x, more)
    )
    assert after[0] < before[0] - 0.05


def test_equal_weights_are_the_mean_of_the_standardised_indicators(x):
    np.testing.assert_allclose(
        weighting.equal(cells(x)).score, cells(x).z().mean(axis=1), atol=TOLERANCE
    )


def test_within_a_year_ranks_by_the_year_alone(x):
    score = weighting.by_year(cells(x)).score
    alone = Cells(x[:UNITS], SIGNS, NAMES, np.repeat(2013, UNITS))
    np.testing.assert_allclose(score[:UNITS], weighting.entropy(alone).score, atol=TOLERANCE)


def test_topsis_is_one_for_the_best_and_zero_for_the_worst_cell():
    z = np.array([[0.0, 0.0], [0.3, 0.6], [1.0, 1.0]])
    score = weighting.topsis_scores(z, np.array([0.4, 0.6]))
    assert score[0] == 0.0
    assert score[2] == 1.0
    assert 0 < score[1] < 1


def test_first_component_spans_the_unit_interval_and_follows_the_entropy_index(x):
    score = weighting.pca(cells(x)).score
    assert score.min() == 0.0
    assert score.max() == 1.0
    assert np.corrcoef(score, weighting.entropy(cells(x)).score)[0, 1] > 0


def test_critic_gives_more_to_an_indicator_that_says_something_else():
    rng = np.random.default_rng(3)
    common = rng.uniform(size=50)
    z = np.column_stack([common, common + 0.01 * rng.uniform(size=50), rng.uniform(size=50)])
    z = (z - z.min(axis=0)) / (z.max(axis=0) - z.min(axis=0))
    weights = weighting.critic_weights(z)
    assert weights[2] > weights[:2].max()


def test_frozen_scores_may_leave_the_unit_interval(x):
    grown = x.copy()
    grown[-1] = x[: 2 * UNITS].max(axis=0) * np.array([3, 3, 1 / 30, 3])
    assert weighting.frozen(cells(grown)).score[-1] > 1


@pytest.mark.parametrize("value", [3.0, 0.1 + 0.2])
def test_a_constant_indicator_is_named(x, value):
    flat = x.copy()
    flat[:, 1] = value
    flat[0, 1] = value if value == 3.0 else 0.3
    with pytest.raises(UserError, match="indicator 'b' is constant"):
        weighting.entropy(cells(flat))


def test_a_missing_cell_is_named(x):
    gap = x.copy()
    gap[4, 3] = np.nan
    with pytest.raises(UserError, match="indicator 'd' has a missing cell"):
        weighting.entropy(cells(gap))
