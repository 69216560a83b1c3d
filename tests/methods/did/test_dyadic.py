"""Difference in differences for pairs: means by hand, another package, identities, known truth.

Tolerances: the same algebra in another order on numbers of order one, 1e-10; the other package
solves a system of all dummies, 1e-8. Simulation of 400 replications: a share of 0.95 has a
Monte-Carlo error of 0.011, and the errors of 40 units are short by the order 1/40; see the test.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.dyadic import NAMES, dyadic_twfe, pair_sum
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.cluster import Groups, crv1, small_sample_factor
from pilotzone.methods.inference.dyadic import dyadic_robust
from pilotzone.methods.space.network import gravity

EXACT = 1e-10
PACKAGE = 1e-8


def staggered(starts, n_periods):
    """Treatment (T, n) from the starts of the units on."""
    return (np.arange(n_periods)[:, None] >= np.asarray(starts)).astype(int)


def symmetric(rng, n_periods, n):
    """Draws (T, n, n), one per pair and period."""
    upper = np.triu(rng.normal(size=(n_periods, n, n)), 1)
    return upper + upper.swapaxes(1, 2)


def long_form(outcome, treatment):
    """The same regression as a frame of rows, built pair by pair."""
    n_periods, n = treatment.shape
    rows = [
        (f"{i}-{j}", i, j, t, outcome[t, i, j], *dummies(treatment[t, i], treatment[t, j]))
        for i in range(n)
        for j in range(i + 1, n)
        for t in range(n_periods)
    ]
    return pd.DataFrame(rows, columns=["pair", "i", "j", "t", "y", *NAMES])


def dummies(first, second):
    return float(first != second), float(first == 1 and second == 1)


def estimates(outcome, treatment):
    """Coefficients and errors; nothing if there is no error, as with few units it happens."""
    try:
        result = dyadic_twfe(outcome, treatment)
    except NotIdentified:
        return np.empty(0)
    return np.r_[result.coefficients, result.std_errors]


STARTS = np.resize([1, 2, 2, 3, 9, 9, 9, 4], 20)


@pytest.fixture(scope="module")
def example():
    """Outcome and treatment of 20 units in 5 periods."""
    rng = np.random.default_rng(11)
    return symmetric(rng, 5, 20) + pair_sum(rng.normal(size=(5, 20))), staggered(STARTS, 5)


def test_two_periods_give_differences_of_mean_changes():
    """Units 1 to 8 of 20 treated in period 2: 66 pairs none, 96 one, 28 both."""
    rng = np.random.default_rng(1)
    y = symmetric(rng, 2, 20) + pair_sum(rng.normal(size=(2, 20)))
    i, j = np.triu_indices(20, 1)
    change, kind = (y[1] - y[0])[i, j], (i < 8).astype(int) + (j < 8)
    none, one, both = (change[kind == c].mean() for c in range(3))
    result = dyadic_twfe(y, staggered([1] * 8 + [9] * 12, 2))
    np.testing.assert_allclose(result.coefficients, [one - none, both - none], rtol=EXACT)
    assert (result.n_none, result.n_one, result.n_both) == (190 + 66, 96, 28)
    assert (result.nobs, result.n_pairs, result.n_units, result.n_periods) == (380, 190, 20, 2)
    assert (result.df, result.k, result.n_pairs_changing) == (19, 4, 190)


def test_it_is_the_regression_of_linearmodels(example):
    from linearmodels.panel import PanelOLS

    frame = long_form(*example)
    indexed = frame.set_index(["pair", "t"])
    model = PanelOLS(indexed["y"], indexed[[*NAMES]], entity_effects=True, time_effects=True)
    other = model.fit()
    result = dyadic_twfe(*example)
    assert result.names == NAMES
    np.testing.assert_allclose(result.coefficients, other.params, rtol=PACKAGE)
    residuals = pd.Series(result.residuals.T.ravel(), index=frame.index)
    np.testing.assert_allclose(residuals, other.resids, atol=PACKAGE)


def test_errors_and_fit_are_those_of_the_rows(example):
    frame = long_form(*example)
    rows = twfe(frame["y"], frame[[*NAMES]], NAMES, None, (), frame["pair"], frame["t"])
    dummy = pd.get_dummies(frame[["pair", "t"]].astype(str), dtype=float).to_numpy()
    x = frame[[*NAMES]].to_numpy()
    x_tilde = x - dummy @ np.linalg.lstsq(dummy, x, rcond=None)[0]
    bread = np.linalg.inv(x_tilde.T @ x_tilde)
    expected = dyadic_robust(x_tilde, rows.residuals, bread, frame["i"], frame["j"], rows.k)
    result = dyadic_twfe(*example)
    np.testing.assert_allclose(result.covariance, expected.covariance, rtol=EXACT)
    assert result.k == rows.k == 2 + 5
    assert result.factor == pytest.approx(20 / 19 * 949 / 943, rel=EXACT)
    assert result.r2_within == pytest.approx(rows.r2_within, rel=EXACT)


def test_p_values_and_intervals_are_those_of_t(example):
    result = dyadic_twfe(*example)
    np.testing.assert_allclose(result.t, result.coefficients / result.std_errors, rtol=EXACT)
    np.testing.assert_allclose(
        result.p_values, 2 * special.stdtr(19, -np.abs(result.t)), rtol=EXACT
    )
    half = special.stdtrit(19, 0.95) * result.std_errors
    limits = np.column_stack([result.coefficients - half, result.coefficients + half])
    np.testing.assert_allclose(result.interval(0.9), limits, rtol=EXACT)


def test_effects_without_noise_are_found_exactly(example):
    _, treatment = example
    rng = np.random.default_rng(2)
    frame = long_form(np.zeros((5, 20, 20)), treatment)
    effect = np.zeros((5, 20, 20))
    effect[frame["t"], frame["i"], frame["j"]] = 2 * frame["one"] - 3 * frame["both"]
    y = effect + effect.swapaxes(1, 2) + symmetric(rng, 1, 20) + rng.normal(size=(5, 1, 1))
    result = dyadic_twfe(y, treatment)
    np.testing.assert_allclose(result.coefficients, [2, -3], rtol=EXACT)
    assert np.all(result.std_errors == 0)
    assert result.r2_within == 1


@given(st.integers(0, 10_000))
def test_order_of_units_pair_effects_and_period_effects_change_nothing(seed):
    rng = np.random.default_rng(seed)
    treatment = staggered(STARTS, 5)
    y = symmetric(rng, 5, 20) + pair_sum(rng.normal(size=(5, 20)))
    moved = 3 * (y + 10 * symmetric(rng, 1, 20) + rng.normal(size=(5, 1, 1)))
    order = rng.permutation(20)
    plain = estimates(y, treatment)
    other = estimates(moved[:, order][:, :, order], treatment[:, order])
    np.testing.assert_allclose(other, 3 * plain, rtol=PACKAGE)


def test_an_effect_on_units_is_one_on_pairs_with_both_twice_one():
    """v_it = α_i + λ_t + 0.7 d_it: the pair sums have effects 0.7 and 1.4 by arithmetic."""
    rng = np.random.default_rng(3)
    treatment = staggered(STARTS, 5)
    values = 0.7 * treatment + rng.normal(size=20) + rng.normal(size=(5, 1))
    result = dyadic_twfe(pair_sum(values), treatment)
    np.testing.assert_allclose(result.coefficients, [0.7, 1.4], rtol=EXACT)


def test_shocks_of_units_cancel_in_both_less_twice_one():
    """One date: both = 2 · one for any pair sums, so that its error is noise about zero."""
    rng = np.random.default_rng(6)
    treatment = staggered(np.resize([1, 9], 40), 2)
    result = dyadic_twfe(pair_sum(rng.normal(size=(2, 40))), treatment)
    assert result.coefficients[1] == pytest.approx(2 * result.coefficients[0], rel=EXACT)
    combination = np.array([-2, 1])
    assert combination @ result.covariance @ combination < 0
    assert not result.semidefinite
    assert np.all(result.std_errors > 0.1)


@pytest.fixture(scope="module")
def cities():
    """Population, GRP, distances and treatment of 30 cities in 6 years."""
    rng = np.random.default_rng(4)
    walks = rng.normal(size=(2, 6, 30)).cumsum(axis=1)
    population = np.exp(rng.normal(6, 1, 30) + 0.01 * walks[0])
    grp = np.exp(rng.normal(7, 1, 30) + 0.1 * walks[1])
    places = rng.uniform(0, 1_000, (30, 2))
    distance = np.linalg.norm(places[:, None] - places, axis=2)
    return population, grp, distance, staggered(np.resize([2, 3, 4, 9, 9], 30), 6)


def log_gravity(population, grp, distance):
    """ln F off the diagonal, where it is minus infinity and not read."""
    with np.errstate(divide="ignore"):
        return np.log(gravity(population, grp, distance))


def test_the_regression_of_gravity_is_that_of_the_masses(cities):
    """ln F = (ln m_i + ln m_j) − 2 ln D, and pair effects take the distances."""
    population, grp, distance, treatment = cities
    strength = dyadic_twfe(log_gravity(population, grp, distance), treatment)
    mass = dyadic_twfe(pair_sum((np.log(population) + np.log(grp)) / 2), treatment)
    np.testing.assert_allclose(strength.coefficients, mass.coefficients, rtol=EXACT)
    np.testing.assert_allclose(strength.covariance, mass.covariance, rtol=EXACT)
    elsewhere = dyadic_twfe(log_gravity(population, grp, 1 + distance[::-1, ::-1] ** 2), treatment)
    np.testing.assert_allclose(elsewhere.coefficients, mass.coefficients, rtol=EXACT)


def test_frozen_masses_identify_nothing(cities):
    population, grp, distance, treatment = cities
    frozen = (np.tile(values[:3].mean(axis=0), (6, 1)) for values in (population, grp))
    with pytest.raises(NotIdentified) as error:
        dyadic_twfe(log_gravity(*frozen, distance), treatment)
    assert error.value.reason == Reason("pairs_do_not_change")


def test_a_change_common_to_all_pairs_identifies_nothing(cities):
    """All masses grow at one rate: the network does not change beyond the year."""
    population, grp, distance, treatment = cities
    growth = 1.07 ** np.arange(6)[:, None]
    strength = log_gravity(population[:1] * growth, grp[:1] * growth, distance)
    with pytest.raises(NotIdentified) as error:
        dyadic_twfe(strength, treatment)
    assert error.value.reason == Reason("pairs_change_alike")


def test_an_outcome_of_zero_identifies_nothing():
    with pytest.raises(NotIdentified) as error:
        dyadic_twfe(np.zeros((5, 20, 20), dtype=bool), staggered(STARTS, 5))
    assert error.value.reason == Reason("pairs_do_not_change")


@pytest.mark.parametrize(
    ("starts", "reason"),
    [
        ([2, 9, 9, 9, 9, 9], Reason("constant_for_pairs", {"variable": "both", "value": 0})),
        ([9] * 6, Reason("constant_for_pairs", {"variable": "one", "value": 0})),
        ([0] * 6, Reason("constant_for_pairs", {"variable": "one", "value": 0})),
        ([2] * 6, Reason("constant_for_pairs", {"variable": "one", "value": 0})),
        ([0, 9, 9, 9, 9, 9], Reason("explained_by_pairs", {"variable": "one"})),
        ([2, 0, 0, 0, 0, 0], Reason("collinear_in_pairs", {"variables": ("one", "both")})),
    ],
    ids=["one treated", "never", "always", "all at once", "always or never", "one switches"],
)
def test_designs_that_identify_nothing(starts, reason):
    with pytest.raises(NotIdentified) as error:
        dyadic_twfe(symmetric(np.random.default_rng(5), 4, 6), staggered(starts, 4))
    assert error.value.reason == reason


def changed(array, place, value):
    copy = array.astype(float)
    copy[place] = value
    return copy


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda y, d: (y, changed(d, (1, 2), 0.5)), "unit 3 in period 2 is 0.5; give 0 or 1"),
        (lambda y, d: (y, changed(d, (0, 0), np.nan)), "unit 1 in period 1 is nan"),
        (lambda y, d: (y, d[0]), "give periods by units"),
        (lambda y, d: (y[:, :3, :3], d[:, :3]), "4 units or more"),
        (lambda y, d: (y[:4], d), "the outcome has shape"),
        (lambda y, d: (changed(y, (2, 1, 4), np.nan), d), "units 2 and 5 in period 3 is missing"),
        (lambda y, d: (changed(y, (2, 1, 4), 9), d), "units 2 and 5 in period 3 depends on the"),
    ],
)
def test_bad_input_is_named(example, break_it, message):
    with pytest.raises(UserError, match=message):
        dyadic_twfe(*break_it(*example))


def test_input_is_not_changed(example):
    y, treatment = example
    copies = y.copy(), treatment.copy()
    dyadic_twfe(y, treatment)
    assert np.array_equal(y, copies[0])
    assert np.array_equal(treatment, copies[1])


def test_pair_sum_by_hand():
    np.testing.assert_array_equal(
        pair_sum([[1, 10, 100]])[0], [[2, 11, 101], [11, 20, 110], [101, 110, 200]]
    )
    with pytest.raises(UserError, match="periods by units"):
        pair_sum([1.0, 2.0])


def test_intervals_cover_with_shocks_of_units_and_those_by_pair_do_not():
    """Random walks of 40 units, a quarter never treated, and noise of pairs and years; no effect.

    Three Monte-Carlo errors, 0.033, and 2/40 for the bias of few units bound the shortfall.
    """
    rng = np.random.default_rng(12)
    n, n_periods, replications = 40, 6, 400
    treatment = staggered(np.repeat([2, 3, 4, 9], n // 4), n_periods)
    n_pairs = n * (n - 1) // 2
    pair = Groups(np.tile(np.arange(n_pairs), n_periods), n_pairs)
    frame = long_form(np.zeros((n_periods, n, n)), treatment).sort_values(["t", "i", "j"])
    x = frame[[*NAMES]].to_numpy().reshape(n_periods, n_pairs, 2)
    x = x - x.mean(axis=0)
    x = (x - x.mean(axis=1, keepdims=True)).reshape(-1, 2)
    bread = np.linalg.inv(x.T @ x)
    covered, by_pair = np.zeros(2), np.zeros(2)
    for _ in range(replications):
        walks = rng.normal(size=(n_periods, n)).cumsum(axis=0)
        result = dyadic_twfe(pair_sum(walks) + symmetric(rng, n_periods, n), treatment)
        low, high = result.interval().T
        covered += (low < 0) & (high > 0)
        factor = small_sample_factor(result.nobs, result.k, n_pairs)
        clustered = np.sqrt(np.diag(crv1(x, result.residuals.ravel(), bread, pair, factor)))
        by_pair += np.abs(result.coefficients) < special.stdtrit(n_pairs - 1, 0.975) * clustered
    assert np.all(np.abs(covered / replications - 0.95 + 1 / 40) < 0.033 + 1 / 40)
    assert np.all(by_pair / replications < 0.65)
