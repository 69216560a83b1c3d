"""Synthetic difference in differences: optimal weights, special cases, a second program.

Tolerances: non-negative least squares ends at an exact active set (EXACT, of the optimality
conditions 1e-7 of their scale). The second program stops after a number of Frank-Wolfe steps,
which leaves its weights about 1e-4 from the optimum (SECOND).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.staggered_synthetic import staggered_synthetic_did
from pilotzone.methods.did.synthetic import synthetic_did

pytestmark = pytest.mark.slow

EXACT = {"rtol": 1e-9, "atol": 1e-9}
OPTIMUM = 1e-7
SECOND = {"rtol": 0, "atol": 5e-5}


def block(rng, n_treated, n_controls, before, after, effect=0.0):
    """Draw a panel with two common factors (n, T), treated units first."""
    n, periods = n_treated + n_controls, before + after
    y = rng.normal(size=(n, 2)) @ rng.normal(size=(2, periods)).cumsum(axis=1)
    y = y + rng.normal(size=(n, 1)) + 0.3 * rng.normal(size=(n, periods))
    treated, post = np.arange(n) < n_treated, np.arange(periods) >= before
    return y + effect * np.outer(treated, post), treated, post


sizes = st.tuples(st.integers(1, 5), st.integers(2, 12), st.integers(2, 9), st.integers(1, 4))
seeds = st.integers(0, 2**32 - 1)


def test_second_program(frame, second):
    rows = frame[frame["first_treated"].isin([0, 2016, 2020]) & (frame["year"] <= 2019)]
    y = rows.pivot(index="unit", columns="year", values="y")
    treated = rows.groupby("unit")["first_treated"].first().to_numpy() == 2016
    result = synthetic_did(y.to_numpy(), treated, y.columns >= 2016, errors="jackknife")
    assert_allclose([result.estimate, result.std_error], second("synthetic_2016"), **SECOND)
    assert (result.n_treated, result.n_controls) == (4, 13)


def assert_optimal(a, b, ridge, weights):
    """Karush-Kuhn-Tucker: the gradient is the same where w > 0 and not smaller elsewhere."""
    assert_allclose(weights.sum(), 1.0, **EXACT)
    assert weights.min() >= 0
    centred = a - b[:, None] - (a - b[:, None]).mean(axis=0)
    gradient = centred.T @ (centred @ weights) + ridge**2 * len(a) * weights
    slack = gradient - weights @ gradient
    scale = np.abs(centred).max() ** 2 * len(a) + ridge**2 * len(a)
    assert slack.min() > -OPTIMUM * scale
    assert np.abs(slack[weights > 1e-6]).max() < OPTIMUM * scale


@given(sizes, seeds)
def test_weights_are_optimal(size, seed):
    y, treated, post = block(np.random.default_rng(seed), *size)
    result = synthetic_did(y, treated, post, errors="none")
    controls, target = y[~treated], y[treated].mean(axis=0)
    assert_optimal(controls[:, ~post].T, target[~post], result.ridge, result.unit_weights)
    assert_optimal(
        controls[:, ~post], controls[:, post].mean(axis=1), 1e-6 * result.noise, result.time_weights
    )
    assert_allclose(result.noise, np.diff(controls[:, ~post]).std(ddof=1), **EXACT)
    assert_allclose(result.ridge, (size[0] * size[3]) ** 0.25 * result.noise, **EXACT)


@given(sizes, seeds)
def test_estimate_is_the_weighted_difference_in_differences(size, seed):
    y, treated, post = block(np.random.default_rng(seed), *size)
    result = synthetic_did(y, treated, post, errors="none")
    unit = np.where(treated, 1 / treated.sum(), 0.0)
    unit[~treated] = -result.unit_weights
    time = np.where(post, 1 / post.sum(), 0.0)
    time[~post] = -result.time_weights
    assert_allclose(result.estimate, unit @ y @ time, **EXACT)
    assert_allclose(result.path[post].mean(), result.estimate, **EXACT)
    assert_allclose(result.time_weights @ result.path[~post], 0.0, atol=1e-9)


@given(sizes, seeds)
def test_unit_constants_a_common_trend_and_order_change_nothing(size, seed):
    rng = np.random.default_rng(seed)
    y, treated, post = block(rng, *size)
    before = synthetic_did(y, treated, post, errors="none")
    order = rng.permutation(len(y))
    moved = 3 * (y + rng.normal(size=(len(y), 1)) + rng.normal() * np.arange(len(post)))
    after = synthetic_did(moved[order], treated[order], post, errors="none")
    assert_allclose(after.estimate, 3 * before.estimate, rtol=1e-6, atol=1e-6)


def test_parallel_paths_give_the_effect():
    rng = np.random.default_rng(3)
    y = rng.normal(size=(12, 1)) + rng.normal(size=8)
    treated, post = np.arange(12) < 3, np.arange(8) >= 6
    result = synthetic_did(y + 0.7 * np.outer(treated, post), treated, post, errors="jackknife")
    assert_allclose(result.estimate, 0.7, **EXACT)
    assert_allclose(result.std_error, 0.0, atol=1e-9)
    assert_allclose(result.unit_weights, 1 / 9, **EXACT)


def test_factors_are_matched_where_plain_differences_are_biased():
    rng = np.random.default_rng(4)
    trend, loading = np.arange(12.0), np.r_[np.full(5, 2.0), np.linspace(0, 3, 40)]
    treated, post = np.arange(45) < 5, np.arange(12) >= 9
    y = np.outer(loading, trend) + 1.0 * np.outer(treated, post)
    y = y + 0.1 * rng.normal(size=y.shape)
    result = synthetic_did(y, treated, post, errors="none")
    gap = y[treated].mean(axis=0) - y[~treated].mean(axis=0)
    assert abs(gap[post].mean() - gap[~post].mean() - 1.0) > 2.0
    # The error of a mean over 5 x 3 cells with noise 0.1 is about 0.05.
    assert abs(result.estimate - 1.0) < 0.2


def test_jackknife_by_hand():
    y, treated, post = block(np.random.default_rng(6), 3, 6, 5, 2)
    result = synthetic_did(y, treated, post, errors="jackknife")
    time = np.where(post, 1 / post.sum(), 0.0)
    time[~post] = -result.time_weights
    left_out = []
    for unit in range(9):
        weights = np.r_[np.full(3, 1 / 3), -result.unit_weights]
        weights[unit] = 0.0
        weights[:3] /= weights[:3].sum()
        weights[3:] /= -weights[3:].sum()
        left_out.append(weights @ y @ time)
    deviations = np.array(left_out) - np.mean(left_out)
    assert_allclose(result.std_error, np.sqrt(8 / 9 * deviations @ deviations), **EXACT)
    assert result.draws == 9


def test_placebo_errors_are_calibrated_and_seeded():
    rng = np.random.default_rng(7)
    truth, found = [], []
    for _ in range(60):
        y, treated, post = block(rng, 4, 25, 8, 3)
        result = synthetic_did(y, treated, post, draws=20, rng=rng)
        truth.append(result.estimate)
        found.append(result.std_error**2)
    # A standard deviation of 60 estimates is known to 9 %, the mean of 60 noisy errors to less.
    assert_allclose(np.sqrt(np.mean(found)), np.std(truth), rtol=0.35)
    one = synthetic_did(y, treated, post, draws=40, rng=np.random.default_rng(8))
    two = synthetic_did(y, treated, post, draws=40, rng=np.random.default_rng(8))
    assert one.std_error == two.std_error


def test_what_has_no_error_or_no_estimate():
    rng = np.random.default_rng(9)
    y, treated, post = block(rng, 1, 6, 5, 2)
    with pytest.raises(NotIdentified) as error:
        synthetic_did(y, treated, post, errors="jackknife")
    assert error.value.reason == Reason("jackknife_needs_treated")
    with pytest.raises(NotIdentified) as error:
        synthetic_did(y, np.arange(7) < 4, post, rng=rng)
    assert error.value.reason == Reason("few_placebos", {"controls": 3, "treated": 4})
    with pytest.raises(NotIdentified) as error:
        synthetic_did(y, ~treated, post, rng=rng)
    assert error.value.reason == Reason("synthetic_needs_units", {"treated": 6, "untreated": 1})
    with pytest.raises(NotIdentified) as error:
        synthetic_did(y, treated, np.arange(7) >= 1, rng=rng)
    assert error.value.reason == Reason("synthetic_needs_periods", {"before": 1, "after": 6})
    gap = y.copy()
    gap[2, 3] = np.nan
    with pytest.raises(UserError, match="use a balanced panel"):
        synthetic_did(gap, treated, post, rng=rng)
    with pytest.raises(UserError, match="false before treatment"):
        synthetic_did(y, treated, post[::-1], rng=rng)
    with pytest.raises(UserError, match="needs one row per unit"):
        synthetic_did(y, treated[1:], post, rng=rng)
    with pytest.raises(UserError, match="true and false"):
        synthetic_did(y, treated.astype(int), post, rng=rng)
    with pytest.raises(UserError, match="use placebo, jackknife, none"):
        synthetic_did(y, treated, post, errors="bootstrap")
    with pytest.raises(UserError, match="need a generator"):
        synthetic_did(y, treated, post)


def test_one_control_with_all_the_weight_has_no_jackknife():
    # Flat treated units; the steeper control lies behind the other and gets no weight.
    y = np.outer([0.0, 0.0, 1.0, 10.0], np.arange(9.0))
    treated, post = np.arange(4) < 2, np.arange(9) >= 8
    assert_allclose(synthetic_did(y, treated, post, errors="none").unit_weights, [1, 0], **EXACT)
    with pytest.raises(NotIdentified) as error:
        synthetic_did(y, treated, post, errors="jackknife")
    assert error.value.reason == Reason("jackknife_needs_controls")


YEARS = np.arange(2011, 2021)


def rollout(rng, sizes, n_never, effect=0.0):
    """A panel (n, T) with two factors and cohorts of the sizes given, shuffled."""
    cohort = np.repeat([*sizes, 0], [*sizes.values(), n_never])
    cohort = rng.permutation(cohort)
    y = rng.normal(size=(len(cohort), 2)) @ rng.normal(size=(2, len(YEARS))).cumsum(axis=1)
    y = y + rng.normal(size=(len(cohort), 1)) + 0.3 * rng.normal(size=y.shape)
    treated = (cohort[:, None] > 0) & (cohort[:, None] <= YEARS)
    return y + effect * treated, cohort


@given(st.integers(1, 4), st.sampled_from([2013, 2016, 2020]), seeds)
def test_one_cohort_is_the_block_design_draw_by_draw(n_treated, g, seed):
    y, cohort = rollout(np.random.default_rng(seed), {g: n_treated}, 9)
    one = synthetic_did(y, cohort == g, g <= YEARS, draws=5, rng=np.random.default_rng(seed))
    made = staggered_synthetic_did(y, cohort, YEARS, draws=5, rng=np.random.default_rng(seed))
    # The staggered estimate is a mean over cohorts: of one cohort too, times a weight and over it.
    assert_allclose([made.estimate, made.std_error], [one.estimate, one.std_error], **EXACT)
    assert_allclose(made.path, one.path, **EXACT)
    assert_array_equal(made.events, YEARS - g)
    (fit,) = made.fits
    assert_allclose(fit.estimate, one.estimate, **EXACT)
    assert_allclose(made.errors["placebo"], [one.std_error] * 2, **EXACT)
    assert (made.n_treated, made.n_controls, made.draws) == (n_treated, 9, 5)


@given(seeds)
def test_two_cohorts_are_the_mean_of_their_fits_over_treated_cells(seed):
    y, cohort = rollout(np.random.default_rng(seed), {2014: 2, 2018: 5}, 8)
    # A unit treated after the last year is untreated in all of them.
    cohort[np.flatnonzero(cohort == 0)[:2]] = 2021
    made = staggered_synthetic_did(y, cohort, YEARS, errors="none")
    never = (cohort == 0) | (cohort == 2021)
    single = {}
    for g in (2014, 2018):
        rows = never | (cohort == g)
        single[g] = synthetic_did(y[rows], cohort[rows] == g, g <= YEARS, errors="none")
    # 2 units in 7 years and 5 in 3.
    expected = (14 * single[2014].estimate + 15 * single[2018].estimate) / 29
    assert_allclose(made.estimate, expected, **EXACT)
    assert_allclose(made.weights, [14 / 29, 15 / 29], **EXACT)
    assert_array_equal(made.events, np.arange(-7, 7))
    path = dict(zip(made.events, made.path, strict=True))
    assert_allclose(path[5], single[2014].path[8], **EXACT)
    assert_allclose(path[-5], single[2018].path[2], **EXACT)
    assert_allclose(path[1], (2 * single[2014].path[4] + 5 * single[2018].path[8]) / 7, **EXACT)
    after = [(e, 2 * (e <= 6) + 5 * (e <= 2)) for e in range(7)]
    assert_allclose(sum(n * path[e] for e, n in after) / 29, made.estimate, **EXACT)
    assert np.isnan(made.std_error)
    assert made.n_controls == 8


def test_placebos_of_two_cohorts_by_hand():
    y, cohort = rollout(np.random.default_rng(21), {2014: 2, 2018: 3}, 9)
    made = staggered_synthetic_did(y, cohort, YEARS, draws=6, rng=np.random.default_rng(5))
    controls, rng, drawn = y[cohort == 0], np.random.default_rng(5), []
    for _ in range(6):
        order = rng.permutation(9)
        fake = np.zeros(9, dtype=int)
        fake[order[:2]], fake[order[2:5]] = 2014, 2018
        drawn.append(placebo_by_hand(controls, fake, made))
    assert_allclose(made.std_error, np.std(np.array(drawn) @ made.weights), rtol=1e-6)
    assert_allclose(made.std_errors[1:], np.std(drawn, axis=0), rtol=1e-6)


@given(seeds)
def test_jackknife_of_two_cohorts_by_hand(seed):
    y, cohort = rollout(np.random.default_rng(seed), {2014: 2, 2018: 3}, 9)
    drawn = {"draws": 5, "rng": np.random.default_rng(1)}
    made = staggered_synthetic_did(y, cohort, YEARS, errors="larger", **drawn)

    def without(unit):
        """The mean effect without a unit, all weights of controls rescaled to one."""
        total = cells = 0
        for g, fit in zip(made.cohorts, made.fits, strict=True):
            post, here = g <= YEARS, np.arange(len(y)) != unit
            omega = fit.unit_weights * here[cohort == 0]
            gap = y[(cohort == g) & here].mean(axis=0) - omega / omega.sum() @ y[cohort == 0]
            effect = gap[post].mean() - fit.time_weights @ gap[~post]
            size = np.sum((cohort == g) & here) * post.sum()
            total, cells = total + size * effect, cells + size
        return total / cells

    left = np.array([without(unit) for unit in range(len(y))])
    n = len(y)
    error = np.sqrt((n - 1) / n * np.sum((left - left.mean()) ** 2))
    assert_allclose(made.errors["jackknife"][0], error, rtol=1e-9)
    assert_array_equal(made.std_errors, np.maximum(*made.errors.values()))


def test_jackknife_of_one_cohort_is_that_of_the_block_design():
    y, cohort = rollout(np.random.default_rng(24), {2016: 4}, 9)
    one = synthetic_did(y, cohort > 0, YEARS >= 2016, errors="jackknife")
    made = staggered_synthetic_did(y, cohort, YEARS, errors="jackknife")
    assert_allclose(made.errors["jackknife"], one.std_error, rtol=1e-12)


def placebo_by_hand(controls, fake, made):
    """Effects of two fake cohorts under the noise of all controls, by a general optimiser."""
    from scipy.optimize import minimize

    def weights(a, b, ridge):
        def loss(w):
            left = a @ w - b
            return np.sum((left - left.mean()) ** 2) + ridge**2 * len(a) * w @ w

        k = a.shape[1]
        found = minimize(
            loss,
            np.full(k, 1 / k),
            bounds=[(0, 1)] * k,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
            options={"ftol": 1e-15, "maxiter": 1000},
        )
        return found.x

    effects = []
    for g, fit in zip(made.cohorts, made.fits, strict=True):
        post, rest, target = g <= YEARS, controls[fake == 0], controls[fake == g].mean(axis=0)
        omega = weights(rest[:, ~post].T, target[~post], fit.ridge)
        lam = weights(rest[:, ~post], rest[:, post].mean(axis=1), 1e-6 * fit.noise)
        gap = target - omega @ rest
        effects.append(gap[post].mean() - lam @ gap[~post])
    return effects


def test_staggered_effect_and_its_error_in_simulation():
    rng = np.random.default_rng(22)
    found, errors = [], []
    for _ in range(60):
        y, cohort = rollout(rng, {2015: 2, 2018: 4}, 24, effect=0.5)
        made = staggered_synthetic_did(y, cohort, YEARS, draws=20, rng=rng)
        found.append(made.estimate)
        errors.append(made.std_error)
    spread = np.std(found)
    assert abs(np.mean(found) - 0.5) < 4 * spread / np.sqrt(60)
    # A standard deviation of 60 estimates is known to 9 %.
    assert_allclose(np.sqrt(np.mean(np.square(errors))), spread, rtol=0.35)
    covered = np.abs(np.array(found) - 0.5) < 1.96 * np.array(errors)
    assert covered.mean() > 0.85


def test_what_several_cohorts_need():
    y, cohort = rollout(np.random.default_rng(23), {2012: 1, 2016: 2}, 4)
    with pytest.raises(NotIdentified) as error:
        staggered_synthetic_did(y, cohort, YEARS, errors="none")
    assert error.value.reason == Reason(
        "in_cohort",
        {"cohort": 2012, "why": Reason("synthetic_needs_periods", {"before": 1, "after": 9})},
    )
    late = np.where(cohort == 2012, 2018, cohort)
    few = np.concatenate([np.flatnonzero(late > 0), np.flatnonzero(late == 0)[:2]])
    with pytest.raises(NotIdentified) as error:
        staggered_synthetic_did(y[few], late[few], YEARS, rng=np.random.default_rng(0))
    assert error.value.reason == Reason("few_placebos", {"controls": 2, "treated": 3})
    with pytest.raises(NotIdentified) as error:
        staggered_synthetic_did(y, np.where(late > 0, 2021, 0), YEARS)
    assert error.value.reason == Reason("nobody_treated", {"first": 2011, "last": 2020})
    gap = y.copy()
    gap[2, 3] = gap[2, 4] = gap[4, 0] = np.nan
    with pytest.raises(UserError, match="2 of 7 units lack a period; use a balanced panel"):
        staggered_synthetic_did(gap, late, YEARS)
    with pytest.raises(UserError, match="needs one cohort per unit"):
        staggered_synthetic_did(y, late[1:], YEARS)
    with pytest.raises(UserError, match="use placebo, jackknife, larger, none"):
        staggered_synthetic_did(y, late, YEARS, errors="bootstrap")
    with pytest.raises(NotIdentified) as error:
        staggered_synthetic_did(y, late, YEARS, errors="jackknife")
    assert error.value.reason.code == "jackknife_needs_treated"
    drawn = {"draws": 5, "rng": np.random.default_rng(0)}
    made = staggered_synthetic_did(y, late, YEARS, errors="larger", **drawn)
    assert list(made.errors) == ["placebo"]
    with pytest.raises(UserError, match="need a generator"):
        staggered_synthetic_did(y, late, YEARS)


def test_arguments_are_left_alone():
    y, treated, post = block(np.random.default_rng(10), 2, 5, 4, 2)
    copy = y.copy()
    synthetic_did(y, treated, post, draws=3, rng=np.random.default_rng(1))
    assert_array_equal(y, copy)
