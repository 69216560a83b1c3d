"""Markov chains: counts by hand, giddy's answers, tests that keep their level.

EXACT: quotients of counts. STORED: the other program's answers carry twelve digits.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.disparity.markov import (
    Chain,
    classify,
    closed_sets,
    ergodic_distribution,
    homogeneity,
    quantile_bounds,
    transition_counts,
)

EXACT, STORED = 1e-12, 1e-9

chains = arrays(int, (3, 3), elements=st.integers(1, 20))


def test_counts_by_hand():
    """Two units over three periods: 0 → 0 → 1 and 1 → 2 → 2."""
    classes = np.array([[0, 1], [0, 2], [1, 2]])
    (counts,) = transition_counts(classes, 3)
    assert counts.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 1]]
    chain = Chain(counts)
    assert chain.departures.tolist() == [2, 1, 1]
    assert chain.probabilities.tolist() == [[0.5, 0.5, 0], [0, 0, 1], [0, 0, 1]]
    apart = transition_counts(classes, 3, np.array([[0, 1], [0, 1]]), 2)
    assert apart.tolist() == [
        [[1, 1, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 1], [0, 0, 1]],
    ]
    assert np.isnan(Chain(apart[1]).probabilities[0]).all()


def test_the_ergodic_distribution_by_hand():
    """Leaving 0 with 1/4 and 1 with 1/2: two thirds and one third of the time."""
    assert ergodic_distribution(Chain(np.array([[3, 1], [2, 2]]))) == pytest.approx(
        [2 / 3, 1 / 3], abs=EXACT
    )
    # A chain that only climbs ends at the top.
    assert ergodic_distribution(Chain(np.array([[1, 1, 0], [0, 1, 1], [0, 0, 2]]))) == (
        pytest.approx([0, 0, 1], abs=EXACT)
    )


@given(chains)
def test_the_ergodic_distribution_is_kept_and_is_the_limit(counts):
    chain = Chain(counts)
    pi = ergodic_distribution(chain)
    assert pi @ chain.probabilities == pytest.approx(pi, abs=1e-10)
    assert pi.sum() == pytest.approx(1, abs=1e-10)
    assert np.linalg.matrix_power(chain.probabilities, 2000)[0] == pytest.approx(pi, abs=1e-8)


def test_chains_without_one_ergodic_distribution():
    with pytest.raises(NotIdentified, match=r"^no_transition_from_class\(number=2\)$"):
        ergodic_distribution(Chain(np.array([[1, 0], [0, 0]])))
    split = np.array([[2, 0, 0], [1, 1, 1], [0, 0, 2]])
    with pytest.raises(NotIdentified, match=r"^several_closed_sets\(sets=2\)$"):
        ergodic_distribution(Chain(split))
    assert closed_sets(Chain(split).probabilities) == [(0,), (2,)]
    # Two classes that are only left for one another are one closed set.
    assert closed_sets(np.array([[0, 1, 0], [1, 0, 0], [0.5, 0, 0.5]])) == [(0, 1)]


def test_classes_hold_equal_shares_and_their_upper_bound():
    y = np.arange(1, 13).reshape(3, 4).astype(float)
    bounds = quantile_bounds(y, 4)
    assert bounds == pytest.approx([3.75, 6.5, 9.25])
    assert np.bincount(classify(y, bounds).ravel()).tolist() == [3, 3, 3, 3]
    assert classify([3.75, 3.76], bounds).tolist() == [0, 1]


@pytest.mark.parametrize("y", [[1, 1, 1, 1, 2], [1, 2, 2, 2, 2]])
def test_too_many_equal_values_are_refused(y):
    with pytest.raises(UserError, match="too many equal values for 4 classes"):
        quantile_bounds(y, 4)
    with pytest.raises(UserError, match="a value in every cell"):
        quantile_bounds([1, np.nan], 2)


@pytest.fixture(scope="module")
def cut(stored, stored_weights):
    """Return classes of the stored panel, those of the neighbours' mean and of the two halves."""
    bounds = quantile_bounds(stored, 4)
    own, lag = classify(stored, bounds), classify(stored @ stored_weights.matrix.T, bounds)[:-1]
    half = np.repeat([0, 1], [5, 6])[:, None] * np.ones((1, 30), dtype=int)
    return own, lag, half


def test_giddy_gives_the_same_chain(cut, answers):
    own, lag, _ = cut
    chain = Chain(transition_counts(own, 4)[0])
    assert (chain.counts == answers("counts")).all()
    assert chain.probabilities == pytest.approx(answers("probabilities"), abs=STORED)
    assert ergodic_distribution(chain) == pytest.approx(answers("ergodic"), abs=STORED)
    by_lag = transition_counts(own, 4, lag, 4)
    assert (by_lag == answers("lag_counts")).all()
    assert (by_lag.sum(axis=0) == chain.counts).all()


@pytest.mark.parametrize(("name", "place", "n_groups"), [("lag", 1, 4), ("half", 2, 2)])
def test_giddy_gives_the_same_tests(cut, answers, name, place, n_groups):
    made = homogeneity(cut[0], 4, cut[place], n_groups, seed=1, draws=99)
    for field in ("likelihood_ratio", "pearson", "p_likelihood_ratio", "p_pearson"):
        assert getattr(made, field) == pytest.approx(answers(f"{name}:{field}"), rel=1e-7)
    assert made.df == answers(f"{name}:df")


def test_the_tests_by_hand():
    """From class 0 group 0 stays 3 of 4 times, group 1 once of 4: p = 1/2, Q = 8 · (1/4)²/(1/2)."""
    classes = np.array([[0] * 8, [0, 0, 0, 1, 0, 1, 1, 1]])
    group = np.array([[0, 0, 0, 0, 1, 1, 1, 1]])
    made = homogeneity(classes, 2, group, 2, seed=1, draws=19)
    assert made.pearson == pytest.approx(4 * 4 * (1 / 4) ** 2 / (1 / 2), abs=EXACT)
    assert made.likelihood_ratio == pytest.approx(
        2 * 2 * (3 * np.log(1.5) + np.log(0.5)), abs=EXACT
    )
    # Class 1 is never left: it adds no degree of freedom.
    assert (made.df, made.n_cells, made.n_sparse) == (1, 4, 4)


def test_equal_groups_have_no_statistic():
    classes = np.array([[0, 0, 0, 0], [0, 1, 0, 1]])
    made = homogeneity(classes, 2, np.array([[0, 0, 1, 1]]), 2, seed=1, draws=99)
    assert (made.likelihood_ratio, made.pearson) == pytest.approx((0, 0), abs=EXACT)
    assert made.p_permutation_pearson == 1


def test_permutations_are_those_of_the_hypergeometric_distribution():
    """One row of eight, three of four in group 0 stay: the tail of Fisher's test, 34/70."""
    classes = np.array([[0] * 8, [0, 0, 0, 1, 0, 1, 1, 1]])
    made = homogeneity(classes, 2, np.array([[0, 0, 0, 0, 1, 1, 1, 1]]), 2, seed=3, draws=20_000)
    error = np.sqrt(34 / 70 * 36 / 70 / 20_000)
    assert made.p_permutation_pearson == pytest.approx(34 / 70, abs=4 * error)
    assert made.p_permutation_likelihood_ratio == made.p_permutation_pearson


def test_the_tests_keep_their_level_and_find_a_difference():
    rng = np.random.default_rng(5)
    group = np.broadcast_to(np.arange(40) % 2, (10, 40))
    cuts = np.array([[0.6, 0.9], [0.2, 0.8], [0.1, 0.4]])

    def simulated(shift, draws):
        classes = np.zeros((11, 40), dtype=int)
        for t in range(10):
            own = cuts[classes[t]] - shift * (np.arange(40) % 2)[:, None]
            classes[t + 1] = (rng.random(40)[:, None] > own).sum(axis=1)
        return homogeneity(classes, 3, group, 2, seed=1, draws=draws)

    # With 19 draws as with 199, five per cent is a whole number of places.
    null = [simulated(0.0, 19) for _ in range(200)]
    for field in ("p_pearson", "p_permutation_pearson", "p_permutation_likelihood_ratio"):
        rejected = np.mean([getattr(made, field) <= 0.05 for made in null])
        # Four standard errors of a share of 0.05 in 200.
        assert rejected <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200), field
    assert simulated(0.3, 199).p_permutation_pearson <= 0.01


@given(st.integers(0, 1000))
def test_names_of_groups_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    classes, group = rng.integers(0, 3, (5, 12)), rng.integers(0, 2, (4, 12))
    one = homogeneity(classes, 3, group, 2, seed=1, draws=19)
    other = homogeneity(classes, 3, 1 - group, 2, seed=1, draws=19)
    assert one.pearson == pytest.approx(other.pearson, abs=1e-10)
    assert (one.df, one.n_cells, one.n_sparse) == (other.df, other.n_cells, other.n_sparse)
