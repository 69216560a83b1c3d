"""Lagrange multiplier, Wald and likelihood-ratio tests.

Tolerances: GOLD is the last digit of the known answers (splm); EXACT is for the same numbers
reached by another order of operations, relative.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.space.algebra import DenseAlgebra
from pilotzone.methods.space.design import (
    MODELS,
    build_design,
    build_sample,
    residuals_at,
    slopes_at,
)
from pilotzone.methods.space.information import information
from pilotzone.methods.space.lm_tests import effect_tests, lm_tests, lr_test, wald_sar, wald_sem
from pilotzone.methods.space.maximum import lagged_mean
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import fit_spatial, fit_stacked
from pilotzone.methods.space.profile import build_profile
from pilotzone.methods.space.weights import SpatialWeights

GOLD = 1e-11
EXACT = 1e-9
NAMES = ("lm_lag", "lm_error", "robust_lm_lag", "robust_lm_error")
CASES = [
    ("two_way", False),
    ("unit", False),
    ("period", False),
    ("none", False),
    ("two_way", True),
    ("unit", True),
    ("period", True),
    ("unit_trends", False),
    ("unit_trends", True),
]


@pytest.fixture(scope="module")
def panel(weights, long_panel):
    return stack_panel(*long_panel, weights)


def values(result):
    return np.array([test.statistic for test in result.tests])


def test_known_answers(gold, weights, panel):
    result = lm_tests(panel, weights, effects="unit")
    answers = gold["lm_test_individual_fe"]
    expected = [answers[name][0] for name in ("lml", "lme", "rlml", "rlme")]
    assert values(result) == pytest.approx(expected, rel=GOLD)
    assert tuple(test.name for test in result.tests) == NAMES
    assert all(test.df == 1 for test in result.tests)
    assert result.nobs == 360
    # chi2(1) of 12.0165 is the two-sided normal tail of 3.46649.
    assert result.robust_error.p_value == pytest.approx(5.2733e-4, rel=1e-4)


@pytest.mark.parametrize(("effects", "lee_yu"), CASES)
def test_statistics_are_those_of_the_likelihood(weights, panel, effects, lee_yu):
    """Slope of the concentrated likelihood at zero, squared, times the inverse information."""
    result = lm_tests(panel, weights, effects=effects, lee_yu=lee_yu)
    sample = build_sample(weights, 12, effects, lee_yu)
    multiplier = DenseAlgebra(weights).multiplier(0.0)
    slopes, inverses = {}, {}
    for model in ("sar", "sem"):
        design = build_design(panel, weights.matrix, MODELS[model], effects, sample)
        slopes[model] = build_profile(design, sample).slopes(0.0)[0]
        b = slopes_at(design, 0.0)
        regressors, residuals = residuals_at(design, b, 0.0)
        sigma2 = (residuals**2).sum() / sample.nobs
        mean = lagged_mean(design, b, regressors, multiplier)
        whole = information(design, sample, regressors, mean, sigma2, multiplier)
        inverses[model] = np.linalg.inv(whole)[2, 2]
    error = slopes["sem"] ** 2 * inverses["sem"]
    assert result.error.statistic == pytest.approx(error, rel=EXACT)
    lag = slopes["sar"] ** 2 * inverses["sar"]
    assert result.lag.statistic == pytest.approx(lag, rel=EXACT)
    # The robust tests are those of either parameter in the presence of the other one.
    j, d = slopes["sar"] ** 2 / result.lag.statistic, 1 / inverses["sem"]
    score = np.array([slopes["sar"], slopes["sem"]])
    joint = score @ np.linalg.solve(np.array([[j, d], [d, d]]), score)
    assert result.robust_lag.statistic == pytest.approx(joint - error, rel=EXACT)
    lag_alone = result.lag.statistic
    assert result.robust_error.statistic == pytest.approx(joint - lag_alone, rel=EXACT)


@pytest.mark.parametrize("effects", ["two_way", "unit", "period", "none"])
def test_by_dummies_and_large_matrices(weights, panel, effects):
    """The formulas on stacked data with a dummy per unit and period."""
    n, t = 30, 12
    columns = [np.ones((n * t, 1))]
    if effects in ("unit", "two_way"):
        columns.append(np.tile(np.eye(n), (t, 1))[:, 1:])
    if effects in ("period", "two_way"):
        columns.append(np.repeat(np.eye(t), n, axis=0)[:, 1:])
    y, big = panel.y.ravel(), np.kron(np.eye(t), weights.matrix)
    full = np.hstack([panel.x.reshape(2, -1).T, *columns])
    free = np.eye(n * t) - full @ np.linalg.pinv(full, rcond=1e-10)
    b = np.linalg.lstsq(full, y, rcond=None)[0]
    e = free @ y
    s2 = e @ e / (n * t)
    d = np.trace(big.T @ big + big @ big)
    j = np.sum((free @ big @ full @ b) ** 2) / s2 + d
    lag, error = e @ big @ y / s2, e @ big @ e / s2
    expected = [
        lag**2 / j,
        error**2 / d,
        (lag - error) ** 2 / (j - d),
        (error - lag * d / j) ** 2 / (d * (1 - d / j)),
    ]
    assert values(lm_tests(panel, weights, effects=effects)) == pytest.approx(expected, rel=EXACT)


@pytest.mark.parametrize(("effects", "lee_yu"), CASES)
def test_robust_and_plain_tests_add_up(weights, panel, effects, lee_yu):
    """LM lag + robust LM error = LM error + robust LM lag, the joint test."""
    lag, error, robust_lag, robust_error = values(
        lm_tests(panel, weights, effects=effects, lee_yu=lee_yu)
    )
    assert lag + robust_error == pytest.approx(error + robust_lag, rel=EXACT)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 5.0, 1e6]))
def test_order_units_and_constants_do_not_matter(weights, long_panel, panel, seed, scale):
    y, x, names, unit, period = long_panel
    rng = np.random.default_rng(seed)
    rows = rng.permutation(360)
    labels = [weights.labels[i] for i in rng.permutation(30)]
    turned = SpatialWeights("reference", labels, weights.align(labels))
    shift = rng.normal(size=30)[unit - 1] + rng.normal(size=12)[period - 1]
    moved = (scale * (y + shift))[rows], scale * x[rows], names, unit[rows], period[rows]
    other = stack_panel(*moved, turned)
    for lee_yu in (False, True):
        here = lm_tests(panel, weights, lee_yu=lee_yu)
        there = lm_tests(other, turned, lee_yu=lee_yu)
        assert values(there) == pytest.approx(values(here), rel=1e-7)


def test_size_with_period_effects_needs_the_transformation(make_weights):
    """500 panels without dependence: errors of 0.01, of which four; the plain tests reject more."""
    rng = np.random.default_rng(6)
    weights = make_weights(rng, 30, share=0.08)
    rejected = {False: [], True: []}
    for _ in range(500):
        x, y = rng.normal(size=(1, 10, 30)), rng.normal(size=(10, 30))
        panel = StackedPanel(y + x[0], x, ("x",), weights.labels, np.arange(10))
        for lee_yu, found in rejected.items():
            tests = lm_tests(panel, weights, lee_yu=lee_yu).tests
            found.append([test.statistic > 3.841459 for test in tests])
    plain, transformed = (np.mean(rejected[lee_yu], axis=0) for lee_yu in (False, True))
    assert transformed == pytest.approx(np.full(4, 0.05), abs=0.04)
    assert np.all(plain[:2] > 0.05 + 0.04)


def test_the_robust_tests_tell_lag_from_error(make_weights, make_panel):
    """The lag makes the robust lag test larger, the error the robust error test."""
    rng = np.random.default_rng(14)
    weights = make_weights(rng, 60, share=0.05)
    for rho, lam in ((0.4, 0.0), (0.0, 0.4)):
        data = make_panel(rng, weights, 15, theta=(0.0, 0.0), rho=rho, lam=lam)
        result = lm_tests(stack_panel(*data, weights), weights, lee_yu=True)
        larger, smaller = result.robust_lag, result.robust_error
        if lam:
            larger, smaller = smaller, larger
        assert larger.statistic > 10 + smaller.statistic
        assert larger.p_value < 0.001


def test_lag_and_error_that_are_the_same_are_refused():
    """All others are neighbours: W X is a multiple of X once period effects are out."""
    labels = [f"u{i}" for i in range(6)]
    alike = SpatialWeights("all", labels, (1 - np.eye(6)) / 5)
    rng = np.random.default_rng(2)
    cells = np.tile(labels, 5), np.repeat(np.arange(5), 6)
    panel = stack_panel(rng.normal(size=30), rng.normal(size=(30, 1)), ["x"], *cells, alike)
    with pytest.raises(NotIdentified) as found:
        lm_tests(panel, alike)
    assert found.value.reason == Reason("lag_and_error_alike", {"weights": "all"})
    with pytest.raises(UserError, match="effects 'year' are unknown"):
        lm_tests(panel, alike, effects="year")


def test_wald_by_hand(weights, long_panel):
    fit = fit_spatial(*long_panel, weights, model="sdm")
    theta = fit.coefficients[2:4]
    expected = theta @ np.linalg.inv(fit.covariance[2:4, 2:4]) @ theta
    test = wald_sar(fit)
    assert (test.name, test.df) == ("wald_sar", 2)
    assert test.statistic == pytest.approx(expected, rel=EXACT)
    # With two degrees of freedom the chi2 tail is exp(-x/2).
    assert test.p_value == pytest.approx(np.exp(-expected / 2), rel=EXACT)

    def gap(b):
        return b[2:4] + b[4] * b[:2]

    steps = 1e-6 * np.eye(5)
    here = fit.coefficients
    slope = np.array([(gap(here + s) - gap(here - s)) / 2e-6 for s in steps]).T
    expected = gap(here) @ np.linalg.inv(slope @ fit.covariance @ slope.T) @ gap(here)
    assert wald_sem(fit).statistic == pytest.approx(expected, rel=1e-7)
    assert (wald_sem(fit).name, wald_sem(fit).df) == ("wald_sem", 2)


def test_wald_and_likelihood_ratio_agree_in_large_panels(make_weights, make_panel):
    """Near the null both are chi2: 8 % at 6,000 observations and statistics of about ten."""
    rng = np.random.default_rng(31)
    weights = make_weights(rng, 100, share=0.05)
    near_sar = make_panel(rng, weights, 60, theta=(0.1, -0.05), rho=0.4)
    sdm, sar = (fit_spatial(*near_sar, weights, model=model) for model in ("sdm", "sar"))
    assert wald_sar(sdm).statistic == pytest.approx(lr_test(sar, sdm)[0], rel=0.08)
    # theta = -rho beta plus a little.
    near_sem = make_panel(rng, weights, 60, theta=(-0.3, 0.25), rho=0.4)
    sdm, sem = (fit_spatial(*near_sem, weights, model=model) for model in ("sdm", "sem"))
    assert wald_sem(sdm).statistic == pytest.approx(lr_test(sem, sdm)[0], rel=0.08)


def test_wald_does_not_depend_on_units_of_measurement(weights, long_panel):
    y, x, *rest = long_panel
    fit, scaled = (
        fit_spatial(y, x * factor, *rest, weights, model="sdm")
        for factor in (np.ones(2), np.array([1e7, 1e-7]))
    )
    for test in (wald_sar, wald_sem):
        assert test(scaled).statistic == pytest.approx(test(fit).statistic, rel=1e-6)


@pytest.mark.parametrize("model", ["sar", "sdem", "gns"])
def test_wald_needs_a_durbin_model(weights, long_panel, model):
    fit = fit_spatial(*long_panel, weights, model=model)
    for test in (wald_sar, wald_sem):
        with pytest.raises(UserError, match=f"need a fit of 'sdm', not of '{model}'"):
            test(fit)


@pytest.mark.parametrize("model", ["ols", "sar", "sdm", "sem"])
def test_effects_by_their_likelihoods(weights, panel, model):
    result = effect_tests(panel, weights, model=model)
    both, unit, period = (
        fit_stacked(panel, weights, model=model, effects=effects).loglik
        for effects in ("two_way", "unit", "period")
    )
    assert (result.unit.name, result.unit.df) == ("lr_unit_effects", 29)
    assert (result.period.name, result.period.df) == ("lr_period_effects", 11)
    assert result.unit.statistic == pytest.approx(2 * (both - period), rel=EXACT)
    assert result.period.statistic == pytest.approx(2 * (both - unit), rel=EXACT)
    assert result.unit.p_value < 1e-10


def test_effects_of_least_squares_are_the_f_tests(weights, panel):
    """LR = nT ln(1 + F df / (nT - K)) for nested regressions with dummies."""
    y, x = panel.y.ravel(), panel.x.reshape(2, -1).T
    units = np.tile(np.eye(30), (12, 1))
    periods = np.repeat(np.eye(12), 30, axis=0)

    def squares(*columns):
        z = np.hstack([x, *columns])
        return ((y - z @ np.linalg.lstsq(z, y, rcond=None)[0]) ** 2).sum()

    result = effect_tests(panel, weights, model="ols")
    both = squares(units, periods)
    assert result.unit.statistic == pytest.approx(360 * np.log(squares(periods) / both), rel=EXACT)
    assert result.period.statistic == pytest.approx(360 * np.log(squares(units) / both), rel=EXACT)


def test_the_statistic_of_absent_period_effects_is_too_large(make_weights):
    """Least squares with unit effects alone: chi2(5) times nT / ((n - 1)(T - 1)) = 1.22 on average.

    The mean over 300 panels has an error of 0.045 per degree of freedom, of which four.
    """
    rng = np.random.default_rng(23)
    weights = make_weights(rng, 60, share=0.05)
    found = []
    for _ in range(300):
        x = rng.normal(size=(1, 6, 60))
        y = x[0] + rng.normal(size=60) + rng.normal(size=(6, 60))
        panel = StackedPanel(y, x, ("x",), weights.labels, np.arange(6))
        found.append(effect_tests(panel, weights, model="ols").period.statistic / 5)
    assert np.mean(found) == pytest.approx(360 / (59 * 5), abs=0.18)
    assert np.mean(found) > 1.04
