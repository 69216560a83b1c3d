"""Panels, options and comparisons that the static spatial models refuse, by name."""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.space.lm_tests import lr_test
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.panel_ml import fit_spatial, fit_stacked
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-10


@pytest.fixture
def small(make_weights, make_panel):
    rng = np.random.default_rng(8)
    weights = make_weights(rng, 6)
    return weights, list(make_panel(rng, weights, 5))


def test_other_units_are_refused(small):
    weights, (y, x, names, unit, period) = small
    with pytest.raises(UserError, match="has no unit elsewhere and holds unit u002"):
        fit_spatial(y, x, names, np.where(unit == "u002", "elsewhere", unit), period, weights)


def test_periods_that_are_floats_are_periods_and_missing_ones_are_refused(small):
    weights, (y, x, names, unit, period) = small
    whole = stack_panel(y, x, names, unit, period, weights)
    floats = stack_panel(y, x, names, unit, period.astype(float), weights)
    np.testing.assert_array_equal(floats.y, whole.y)
    with pytest.raises(UserError, match="period is missing or not finite in some rows"):
        stack_panel(y, x, names, unit, np.where(period == 2003, np.nan, period), weights)


def test_a_missing_row_is_named(small):
    weights, (y, x, names, unit, period) = small
    rows = np.delete(np.arange(30), [1, 9])
    message = r"2 row\(s\) missing: unit u001 in 2001, unit u003 in 2002; complete the panel"
    with pytest.raises(UserError, match=message):
        fit_spatial(y[rows], x[rows], names, unit[rows], period[rows], weights)


def test_many_missing_rows_are_counted(small):
    weights, (y, x, names, unit, period) = small
    keep = ~((period == 2003) | ((period == 2004) & (unit > "u000")))
    keep[np.flatnonzero(period == 2003)[0]] = True
    with pytest.raises(UserError, match=r"10 row\(s\) missing: .* and 5 more"):
        fit_spatial(y[keep], x[keep], names, unit[keep], period[keep], weights)


def test_a_row_that_is_there_twice_is_named(small):
    weights, (y, x, names, unit, period) = small
    rows = np.append(np.arange(30), 9)
    with pytest.raises(UserError, match=r"1 row\(s\) more than once: unit u003 in 2002"):
        fit_spatial(y[rows], x[rows], names, unit[rows], period[rows], weights)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_named(small, value):
    weights, (y, x, names, unit, period) = small
    x[9, 1] = value
    message = r"x2 has 1 value\(s\) missing or not finite: unit u003 in 2002"
    with pytest.raises(UserError, match=message):
        fit_spatial(y, x, names, unit, period, weights)
    y[9] = value
    with pytest.raises(UserError, match="the outcome has 1 value"):
        fit_spatial(y, x, names, unit, period, weights)


def test_a_missing_period_is_refused(small):
    weights, (y, x, names, unit, period) = small
    with pytest.raises(UserError, match="period is missing"):
        fit_spatial(y, x, names, unit, np.where(period == 2003, np.nan, period), weights)


def test_collinear_regressors_are_named(small):
    weights, (y, x, names, unit, period) = small
    # The period trend is taken out by the effects, so that only x2 is left in x3.
    x3 = 2.0 * x[:, 1] + 0.5 * period
    with pytest.raises(UserError, match="x3 is a linear combination of x2 besides effects"):
        fit_spatial(y, np.column_stack([x, x3]), (*names, "x3"), unit, period, weights)
    fit_spatial(y, np.column_stack([x, x3]), (*names, "x3"), unit, period, weights, effects="unit")


def test_a_lag_that_repeats_its_regressor_is_named(make_panel):
    """Equal weights on all others: W x is -x/(n - 1) once period effects are out."""
    labels = [f"u{i}" for i in range(6)]
    weights = SpatialWeights("all", labels, (1 - np.eye(6)) / 5)
    data = make_panel(np.random.default_rng(1), weights, 5)
    with pytest.raises(UserError, match="W:x1 is a linear combination of x1 besides"):
        fit_spatial(*data, weights, model="sdm")
    with pytest.raises(UserError, match="rho runs to the bound -5"):
        fit_spatial(*data, weights, model="sar")
    with pytest.raises(UserError, match="rho is not identified: the likelihood is flat"):
        fit_spatial(*data, weights, model="sar", lee_yu=True)


def test_an_absorbed_regressor_is_named(small):
    weights, (y, x, names, unit, period) = small
    fixed = np.column_stack([x, period**2.0])
    with pytest.raises(UserError, match="age: no variation is left besides effects 'two_way'"):
        fit_spatial(y, fixed, (*names, "age"), unit, period, weights)


def test_an_outcome_without_variation_is_refused(small):
    weights, (_, x, names, unit, period) = small
    with pytest.raises(UserError, match="the outcome: no variation is left"):
        fit_spatial(period * 1.0, x, names, unit, period, weights)
    with pytest.raises(UserError, match="fit the outcome without error"):
        fit_spatial(x @ [1.0, 2.0], x, names, unit, period, weights, model="ols")


@pytest.mark.parametrize("model", ["sar", "sdm", "sem"])
def test_a_maximum_at_the_bound_is_refused(small, model):
    """A shock that all units share, without period effects: y equals W y."""
    weights, (y, x, names, unit, period) = small
    shock = np.random.default_rng(4).normal(size=5)[period - 2001]
    with pytest.raises(UserError, match=r"runs to the bound 1 of its interval.*add period effects"):
        fit_spatial(shock + 1e-9 * y, x, names, unit, period, weights, model=model, effects="unit")


def test_too_few_observations_are_refused(small):
    weights, (y, _, _, unit, period) = small
    wide = np.random.default_rng(6).normal(size=(30, 20))
    with pytest.raises(UserError, match="20 observations besides the effects do not suffice"):
        fit_spatial(y, wide, [f"x{i}" for i in range(20)], unit, period, weights)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"model": "sarar"}, "model 'sarar' is unknown; choose one of ols, slx, sar"),
        ({"effects": "year"}, "effects 'year' are unknown"),
        ({"effects": "none", "lee_yu": True}, "there are none"),
    ],
)
def test_unknown_options_are_refused(small, option, message):
    weights, data = small
    with pytest.raises(UserError, match=message):
        fit_spatial(*data, weights, **option)


@pytest.mark.parametrize("names", [("x1", "x1"), ("x1", "rho"), ("x1", "W:x1")])
def test_names_that_clash_are_refused(small, names):
    weights, (y, x, _, unit, period) = small
    with pytest.raises(UserError, match="rename"):
        fit_spatial(y, x, names, unit, period, weights)


def test_shapes_must_fit(small):
    weights, (y, x, names, unit, period) = small
    with pytest.raises(UserError, match="2 names for regressors of shape"):
        fit_spatial(y, x[:, :1], names, unit, period, weights)
    with pytest.raises(UserError, match="lengths differ: y 29, x 30, unit 30, period 30"):
        fit_spatial(y[1:], x, names, unit, period, weights)


def test_a_panel_stacked_for_another_order_is_refused(small):
    weights, data = small
    panel = stack_panel(*data, weights)
    turned = SpatialWeights("turned", weights.labels[::-1], weights.align(weights.labels[::-1]))
    with pytest.raises(UserError, match="in another order; stack the panel with these weights"):
        fit_stacked(panel, turned)


def test_likelihood_ratio_refuses_what_is_not_nested(small):
    weights, data = small
    sar, sem, sdm, unit_sdm = (
        fit_spatial(*data, weights, model=model, effects=effects)
        for model, effects in (
            ("sar", "two_way"),
            ("sem", "two_way"),
            ("sdm", "two_way"),
            ("sdm", "unit"),
        )
    )
    assert lr_test(sem, sdm)[1] == 2
    with pytest.raises(UserError, match="sdm on x1, x2 is not nested in sar"):
        lr_test(sdm, sar)
    with pytest.raises(UserError, match="not nested"):
        lr_test(sem, sar)
    with pytest.raises(UserError, match="differ in effects"):
        lr_test(sar, unit_sdm)


def test_likelihood_ratio_of_fewer_regressors(small):
    weights, (y, x, names, unit, period) = small
    short = fit_spatial(y, x[:, :1], names[:1], unit, period, weights)
    long = fit_spatial(y, x, names, unit, period, weights)
    statistic, df, _ = lr_test(short, long)
    assert df == 1
    assert statistic == pytest.approx(2 * (long.loglik - short.loglik), rel=EXACT)


def test_the_data_of_the_caller_stay_as_they_are(small):
    weights, data = small
    before = [np.copy(part) for part in data]
    fit_spatial(*data, weights, model="sdem")
    assert all(np.array_equal(old, new) for old, new in zip(before, data, strict=True))
