"""Dynamic spatial Durbin model: estimates and bias correction.

Tolerance: EXACT for the same numbers by another order of operations, of order one here.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.dynamic import fit_dynamic, fit_dynamic_stacked
from pilotzone.methods.space.dynamic_audit import (
    DynamicTruth,
    simulate_dynamic,
)
from pilotzone.methods.space.dynamic_effects import (
    dynamic_effects,
)
from pilotzone.methods.space.dynamic_points import largest_root
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-9


def as_long(panel):
    """Return a stacked panel as the first five arguments of fit_dynamic."""
    periods, n = len(panel.periods), len(panel.units)
    unit = np.tile(np.array(panel.units), periods)
    x = panel.x.reshape(len(panel.x), -1).T
    return panel.y.ravel(), x, panel.names, unit, np.repeat(panel.periods, n)


def calm(make_weights, rng):
    """Weights with few links and a panel whose estimates are far from the bounds."""
    weights = make_weights(rng, 12, share=0.05)
    truth = DynamicTruth(tau=0.2, eta=0.0, rho=0.1, beta=(1.0, -0.5), theta=(0.5, 0.2))
    return weights, simulate_dynamic(weights, truth, 20, rng).at(0)


@pytest.fixture(scope="module")
def panel(lopsided, draw_panel):
    return draw_panel(lopsided)


@pytest.fixture(scope="module")
def fit(panel, lopsided):
    return fit_dynamic_stacked(panel, lopsided)


def basis(n, effects):
    """Orthonormal columns that the transformation keeps: sum zero for both effects."""
    return np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1] if effects == "two_way" else np.eye(n)


def transformed(panel, weights, effects):
    """F'y_t, F'WF and the columns F'z_t of the model, less their means over t."""
    keep = basis(len(panel.units), effects)
    w, y, x = weights.matrix, panel.y, panel.x[:, 1:]
    z = np.stack([y[:-1], y[:-1] @ w.T, *x, *(x @ w.T)])
    columns = np.concatenate([z, y[1:][None], (y[1:] @ w.T)[None]]) @ keep
    columns = columns - columns.mean(axis=1, keepdims=True)
    return columns, keep.T @ w @ keep


def brute_loglik(panel, weights, effects, values):
    """The likelihood of the transformed model with its determinant; values (d, rho, sigma2)."""
    columns, w = transformed(panel, weights, effects)
    slopes, rho, sigma2 = values[:-2], values[-2], values[-1]
    e = columns[-2] - rho * columns[-1] - np.tensordot(slopes, columns[:-2], 1)
    log_det = len(e) * np.linalg.slogdet(np.eye(len(w)) - rho * w)[1]
    return log_det - e.size / 2 * np.log(2 * np.pi * sigma2) - (e**2).sum() / (2 * sigma2)


def brute_information(panel, weights, effects, values):
    columns, w = transformed(panel, weights, effects)
    slopes, rho, sigma2 = values[:-2], values[-2], values[-1]
    g = w @ np.linalg.inv(np.eye(len(w)) - rho * w)
    mean = np.tensordot(slopes, columns[:-2], 1) @ g.T
    rows = np.concatenate([columns[:-2], mean[None]]).reshape(len(slopes) + 1, -1)
    k, t = len(slopes), columns.shape[1]
    whole = np.zeros((k + 2, k + 2))
    whole[: k + 1, : k + 1] = rows @ rows.T / sigma2
    whole[k, k] += t * ((g**2).sum() + (g * g.T).sum())
    whole[k, k + 1] = whole[k + 1, k] = t * np.trace(g) / sigma2
    whole[k + 1, k + 1] = t * len(w) / (2 * sigma2**2)
    return whole


def brute_score_bias(weights, effects, values):
    """The traces of Yu, de Jong and Lee with the series of A summed up term by term."""
    keep = basis(len(weights.labels), effects)
    w = keep.T @ weights.matrix @ keep
    tau, eta, rho, sigma2 = values[0], values[1], values[-2], values[-1]
    inverse = np.linalg.inv(np.eye(len(w)) - rho * w)
    step, power, series = inverse @ (tau * np.eye(len(w)) + eta * w), np.eye(len(w)), 0.0
    for _ in range(400):
        series, power = series + power @ inverse, power @ step
    g = w @ inverse
    a = np.zeros(len(values))
    a[0], a[1] = np.trace(series), np.trace(w @ series)
    a[-2] = tau * np.trace(g @ series) + eta * np.trace(g @ w @ series) + np.trace(g)
    a[-1] = len(w) / (2 * sigma2)
    return a


@pytest.mark.parametrize("effects", ["two_way", "unit"])
def test_the_maximum_of_the_brute_likelihood(panel, lopsided, effects):
    fit = fit_dynamic_stacked(panel, lopsided, effects=effects, correct=False)
    assert np.array_equal(fit.coefficients, fit.uncorrected)
    here = np.append(fit.coefficients, fit.sigma2)
    top = brute_loglik(panel, lopsided, effects, here)
    assert fit.loglik == pytest.approx(top, abs=EXACT * 100)
    for move in np.diag(1e-3 * np.append(fit.std_errors, fit.sigma2)):
        lower, upper = (
            brute_loglik(panel, lopsided, effects, here + sign * move) for sign in (-1, 1)
        )
        assert max(lower, upper) < top
        # At a maximum the two sides fall alike, to third order of the step.
        assert lower - upper == pytest.approx(0.0, abs=1e-2 * (top - lower))


@pytest.mark.parametrize("effects", ["two_way", "unit"])
def test_correction_and_errors_equal_brute_matrices(panel, lopsided, effects):
    raw = fit_dynamic_stacked(panel, lopsided, effects=effects, correct=False)
    fit = fit_dynamic_stacked(panel, lopsided, effects=effects)
    assert np.array_equal(fit.uncorrected, raw.coefficients)
    top = np.append(raw.coefficients, raw.sigma2)
    information = brute_information(panel, lopsided, effects, top)
    move = np.linalg.solve(information, brute_score_bias(lopsided, effects, top))
    end = np.append(fit.coefficients, fit.sigma2)
    assert end - top == pytest.approx(move, abs=EXACT)
    inverse = np.linalg.inv(brute_information(panel, lopsided, effects, end))
    assert fit.covariance == pytest.approx(inverse[:-1, :-1], abs=EXACT)
    assert fit.std_errors**2 == pytest.approx(np.diag(fit.covariance), rel=EXACT)


def test_names_and_parts_of_the_fit(fit, panel, lopsided):
    assert fit.names == ("tau", "eta", "x1", "x2", "W:x1", "W:x2", "rho")
    assert (fit.tau, fit.eta, fit.rho) == tuple(fit.coefficients[[0, 1, -1]])
    assert (fit.nobs, fit.n_units, fit.n_periods) == (108, 9, 12)
    assert fit.residuals.shape == (12, 9)
    assert fit.periods.tolist() == list(range(1, 13))
    assert fit.residuals.mean(axis=0) == pytest.approx(np.zeros(9), abs=EXACT)
    columns, _ = transformed(panel, lopsided, "two_way")
    e = columns[-2] - fit.rho * columns[-1] - np.tensordot(fit.coefficients[:-1], columns[:-2], 1)
    assert (fit.residuals**2).sum() == pytest.approx((e**2).sum(), rel=EXACT)
    assert 0 < fit.r2_within < fit.r2 < 1
    assert fit.z == pytest.approx(fit.coefficients / fit.std_errors, rel=EXACT)


def test_a_model_without_lagged_regressors(panel, lopsided):
    sar = fit_dynamic_stacked(panel, lopsided, model="sar")
    assert sar.names == ("tau", "eta", "x1", "x2", "rho")
    table = dynamic_effects(sar, lopsided, method="delta")
    inverse = np.linalg.inv(np.eye(9) - sar.rho * lopsided.matrix)
    assert table.estimates[0] == pytest.approx(
        sar.coefficients[2:4] * np.trace(inverse) / 9, abs=EXACT
    )


@given(seed=st.integers(0, 10_000))
def test_order_of_rows_and_of_labels_does_not_matter(make_weights, seed):
    rng = np.random.default_rng(seed)
    weights, panel = calm(make_weights, rng)
    y, x, names, unit, period = as_long(panel)
    fit = fit_dynamic(y, x, names, unit, period, weights)
    rows, order = rng.permutation(len(y)), rng.permutation(12)
    labels = [weights.labels[i] for i in order]
    shuffled = SpatialWeights("drawn", labels, weights.align(labels))
    other = fit_dynamic(y[rows], x[rows], names, unit[rows], period[rows], shuffled)
    assert other.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert other.covariance == pytest.approx(fit.covariance, abs=EXACT)
    assert other.largest_root == pytest.approx(fit.largest_root, abs=EXACT)


@given(seed=st.integers(0, 10_000), effects=st.sampled_from(["two_way", "unit"]))
def test_unit_and_period_constants_change_nothing(make_weights, seed, effects):
    rng = np.random.default_rng(seed)
    weights, panel = calm(make_weights, rng)
    y, x, names, unit, period = as_long(panel)
    shifts = np.tile(rng.normal(size=12), 21)
    if effects == "two_way":
        shifts = shifts + np.repeat(rng.normal(size=21), 12)
    fit = fit_dynamic(y, x, names, unit, period, weights, effects=effects)
    shifted = fit_dynamic(y + shifts, x, names, unit, period, weights, effects=effects)
    assert shifted.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert shifted.loglik == pytest.approx(fit.loglik, abs=EXACT * 100)


def test_regressors_of_the_first_period_are_not_read(panel, lopsided, fit):
    y, x, names, unit, period = as_long(panel)
    gone = x.copy()
    gone[period == 0] = np.nan
    same = fit_dynamic(y, gone, names, unit, period, lopsided)
    assert same.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert np.isnan(gone[period == 0]).all()
    gone[period == 3] = np.nan
    with pytest.raises(UserError, match="x1 has 9 value"):
        fit_dynamic(y, gone, names, unit, period, lopsided)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-4, 0.01, 30.0, 1e5]))
def test_units_of_measurement_do_not_matter(make_weights, seed, scale):
    """Nor do they with sigma2 far from one, where the entries of the information lie far apart."""
    weights, panel = calm(make_weights, np.random.default_rng(seed))
    y, x, names, unit, period = as_long(panel)
    fit = fit_dynamic(y, x, names, unit, period, weights)
    scaled = fit_dynamic(y * scale, x * scale, names, unit, period, weights)
    assert scaled.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert scaled.std_errors == pytest.approx(fit.std_errors, abs=EXACT)
    assert scaled.sigma2 == pytest.approx(fit.sigma2 * scale**2, rel=EXACT)


@given(seed=st.integers(0, 10_000))
def test_largest_root_is_that_of_the_transition_matrix(lopsided, seed):
    tau, eta, rho = np.random.default_rng(seed).uniform(-0.6, 0.9, 3)
    eye, w = np.eye(9), lopsided.matrix
    step = np.linalg.solve(eye - rho * w, tau * eye + eta * w)
    brute = np.abs(np.linalg.eigvals(step)).max()
    assert largest_root(tau, eta, rho, lopsided) == pytest.approx(brute, rel=1e-6)
    # The eigenvalue 1 of W: a sum of one or more is a root of one or more.
    assert (abs(tau + eta) >= 1 - rho) <= (brute >= 1 - 1e-6)


def test_a_panel_that_explodes_is_not_identified(panel, lopsided):
    y, x, names, unit, period = as_long(panel)
    rng = np.random.default_rng(5)
    grown = 1.1 ** period.astype(float) * np.tile(rng.normal(5, 1, 9), 13) + 0.01 * y
    with pytest.raises(NotIdentified) as found:
        fit_dynamic(grown, x, names, unit, period, lopsided)
    assert found.value.reason.code == "not_stationary"
    assert 1 <= found.value.reason.facts["root"] < 2
    assert "sum" in found.value.reason.facts


def test_what_cannot_be_fitted_is_refused(panel, lopsided, weights):
    y, x, names, unit, period = as_long(panel)
    gap = period != 6
    with pytest.raises(UserError, match="not evenly spaced: 5 is followed by 7"):
        fit_dynamic(y[gap], x[gap], names, unit[gap], period[gap], lopsided)
    short = period < 2
    with pytest.raises(UserError, match="give at least 3"):
        fit_dynamic(y[short], x[short], names, unit[short], period[short], lopsided)
    with pytest.raises(UserError, match="names tau are those of lags of y"):
        fit_dynamic(y, x, ("x1", "tau"), unit, period, lopsided)
    with pytest.raises(UserError, match="model 'sem' is unknown"):
        fit_dynamic_stacked(panel, lopsided, model="sem")
    with pytest.raises(UserError, match="effects 'period' are unknown"):
        fit_dynamic_stacked(panel, lopsided, effects="period")
    with pytest.raises(UserError, match="has no unit"):
        fit_dynamic_stacked(panel, weights)
