"""Dynamic spatial Durbin model: estimates, bias correction, effects, simulation.

Tolerances: EXACT for the same numbers by another order of operations, of order one here; SIMULATED
for errors of 5,000 draws, whose own sampling error is 1 %; PRINTED for the figures that another
program prints, which searches rho on a grid of 0.001. The audits have a seed and 400 panels: the
coverage of a 95 % interval has the Monte-Carlo error 0.011, three of which are allowed; a mean has
1/20 of the standard deviation, three of which are allowed besides the bias stated in the test.
"""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.dynamic import fit_dynamic, fit_dynamic_stacked
from pilotzone.methods.space.dynamic_audit import (
    DynamicTruth,
    audit_small_T,
    simulate_dynamic,
    truth_of_panel,
)
from pilotzone.methods.space.dynamic_effects import (
    dynamic_effects,
    gradient_of_rows,
    impulse_response,
)
from pilotzone.methods.space.dynamic_points import fit_points, largest_root
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.weights import SpatialWeights, row_normalise

EXACT = 1e-9
SIMULATED = 0.05
PRINTED = 0.01
SCRIPT = Path(__file__).parents[2] / "reference/dynamic_cigar.R"

few = settings(max_examples=10, deadline=None)


def as_long(panel):
    """Return a stacked panel as the first five arguments of fit_dynamic."""
    periods, n = len(panel.periods), len(panel.units)
    unit = np.tile(np.array(panel.units), periods)
    x = panel.x.reshape(len(panel.x), -1).T
    return panel.y.ravel(), x, panel.names, unit, np.repeat(panel.periods, n)


def draw_panel(weights, n_periods=12, seed=1, **changes):
    truth = DynamicTruth(beta=(1.0, -0.5), theta=(0.5, 0.2), **changes)
    return next(simulate_dynamic(weights, truth, n_periods, np.random.default_rng(seed)))


def calm(make_weights, rng):
    """Weights with few links and a panel whose estimates are far from the bounds."""
    weights = make_weights(rng, 12, share=0.05)
    truth = DynamicTruth(tau=0.2, eta=0.0, rho=0.1, beta=(1.0, -0.5), theta=(0.5, 0.2))
    return weights, next(simulate_dynamic(weights, truth, 20, rng))


@pytest.fixture(scope="module")
def lopsided(make_weights):
    """Weights with complex eigenvalues."""
    weights = make_weights(np.random.default_rng(4), 9, symmetric=False)
    assert np.iscomplexobj(weights.eigenvalues)
    return weights


@pytest.fixture(scope="module")
def panel(lopsided):
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


# Estimates -------------------------------------------------------------------------------------


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
    assert table.direct == pytest.approx(sar.coefficients[2:4] * np.trace(inverse) / 9, abs=EXACT)


@given(seed=st.integers(0, 10_000))
@few
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
@few
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
@few
def test_units_of_measurement_do_not_matter(make_weights, seed, scale):
    """Nor do they with sigma2 far from one, where the entries of the information lie far apart."""
    weights, panel = calm(make_weights, np.random.default_rng(seed))
    y, x, names, unit, period = as_long(panel)
    fit = fit_dynamic(y, x, names, unit, period, weights)
    scaled = fit_dynamic(y * scale, x * scale, names, unit, period, weights)
    assert scaled.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert scaled.std_errors == pytest.approx(fit.std_errors, abs=EXACT)
    assert scaled.sigma2 == pytest.approx(fit.sigma2 * scale**2, rel=EXACT)


# Stationarity ----------------------------------------------------------------------------------


@given(seed=st.integers(0, 10_000))
@few
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


# Effects ---------------------------------------------------------------------------------------


def brute_effects(matrix):
    direct, total = np.diag(matrix).mean(), matrix.sum(axis=1).mean()
    return [direct, total - direct, total]


def test_effects_equal_the_brute_force_inverse(fit, lopsided):
    eye, w = np.eye(9), lopsided.matrix
    of_runs = {
        "short": eye - fit.rho * w,
        "long": (1 - fit.tau) * eye - (fit.rho + fit.eta) * w,
    }
    for run, matrix in of_runs.items():
        table = dynamic_effects(fit, lopsided, run=run, method="delta")
        for j in range(2):
            own, lagged = fit.coefficients[2 + j], fit.coefficients[4 + j]
            response = np.linalg.solve(matrix, own * eye + lagged * w)
            assert table.estimates[:, j] == pytest.approx(brute_effects(response), abs=EXACT)


def test_impulse_response_equals_powers_of_the_transition(fit, lopsided):
    eye, w = np.eye(9), lopsided.matrix
    inverse = np.linalg.inv(eye - fit.rho * w)
    step = inverse @ (fit.tau * eye + fit.eta * w)
    once = impulse_response(fit, lopsided, seed=1, draws=200)
    stays = impulse_response(fit, lopsided, seed=1, draws=200, permanent=True)
    assert once.horizons.tolist() == list(range(11))
    assert once.estimates.shape == once.std_errors.shape == (11, 3, 2)
    for h in once.horizons:
        response = np.linalg.matrix_power(step, h) @ inverse
        response = response @ (fit.coefficients[2] * eye + fit.coefficients[4] * w)
        assert once.estimates[h, :, 0] == pytest.approx(brute_effects(response), abs=EXACT)
    assert stays.estimates == pytest.approx(once.estimates.cumsum(axis=0), abs=EXACT)
    assert np.all((once.ci_low < once.estimates) & (once.estimates < once.ci_high))


def test_what_stays_tends_to_the_long_run(fit, lopsided):
    stays = impulse_response(fit, lopsided, seed=1, draws=50, horizons=300, permanent=True)
    table = dynamic_effects(fit, lopsided, run="long", method="delta")
    assert fit.largest_root < 0.9
    assert stays.estimates[-1] == pytest.approx(table.estimates, abs=EXACT)
    short = dynamic_effects(fit, lopsided, method="delta")
    assert stays.estimates[0] == pytest.approx(short.estimates, abs=EXACT)


@pytest.mark.parametrize("run", ["short", "long"])
@pytest.mark.parametrize("model", ["sdm", "sar"])
def test_gradient_equals_the_numerical_one(panel, lopsided, model, run):
    fit = fit_dynamic_stacked(panel, lopsided, model=model)
    ours = gradient_of_rows(fit.coefficients[None], 2, lopsided.eigenvalues, run)[0]
    for i, move in enumerate(1e-5 * np.eye(len(fit.names))):
        ahead, behind = (shifted_effects(fit, sign * move, lopsided, run) for sign in (1, -1))
        assert ours[:, :, i] == pytest.approx((ahead - behind) / 2e-5, abs=1e-6)


def shifted_effects(fit, move, weights, run):
    eye, w = np.eye(9), weights.matrix
    values = fit.coefficients + move
    tau, eta, rho = values[[0, 1, -1]]
    matrix = eye - rho * w if run == "short" else (1 - tau) * eye - (rho + eta) * w
    theta = values[4:6] if fit.model == "sdm" else np.zeros(2)
    responses = [np.linalg.solve(matrix, values[2 + j] * eye + theta[j] * w) for j in range(2)]
    return np.array([brute_effects(response) for response in responses]).T


@pytest.mark.parametrize("run", ["short", "long"])
def test_delta_errors_are_near_the_simulated_ones(weights, run):
    """With 30 x 60 the coefficients are sharp enough for effects to be nearly linear in them."""
    fit = fit_dynamic_stacked(draw_panel(weights, 60), weights)
    simulated = dynamic_effects(fit, weights, run=run, seed=3, keep_draws=True)
    delta = dynamic_effects(fit, weights, run=run, method="delta")
    assert delta.std_errors == pytest.approx(simulated.std_errors, rel=2 * SIMULATED)
    assert simulated.draws.shape == (5000 - simulated.n_rejected, 3, 2)
    assert delta.n_draws == 0
    reach = 1.959963984540054 * delta.std_errors
    assert delta.ci_high - delta.estimates == pytest.approx(reach, abs=EXACT)


def test_draws_that_are_not_stationary_are_counted(make_weights):
    weights = make_weights(np.random.default_rng(8), 12)
    fit = fit_dynamic_stacked(draw_panel(weights, 8, tau=0.75, rho=0.2, eta=0.0), weights)
    table = dynamic_effects(fit, weights, run="long", seed=2, keep_draws=True)
    assert 0 < table.n_rejected < 2500
    assert len(table.draws) == 5000 - table.n_rejected


def test_effects_that_cannot_be_computed_are_refused(fit, lopsided, weights):
    with pytest.raises(UserError, match="effects need the weights of the fit, 'drawn'"):
        dynamic_effects(fit, weights, seed=1)
    with pytest.raises(UserError, match="run 'medium' is unknown"):
        dynamic_effects(fit, lopsided, run="medium", seed=1)
    with pytest.raises(UserError, match="method 'bootstrap' is unknown"):
        dynamic_effects(fit, lopsided, method="bootstrap")
    with pytest.raises(UserError, match="need a seed"):
        dynamic_effects(fit, lopsided)
    with pytest.raises(UserError, match="horizons -1 is negative"):
        impulse_response(fit, lopsided, horizons=-1, seed=1)


# Simulation ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ring():
    links = np.roll(np.eye(30), 1, axis=1) + np.roll(np.eye(30), -1, axis=1)
    labels = [f"u{i:02d}" for i in range(30)]
    return SpatialWeights("ring", labels, row_normalise(links, labels))


def test_simulated_panels_follow_the_equation(lopsided):
    """What the truth leaves of a long panel is a unit effect, a period effect and noise."""
    truth = DynamicTruth(sigma=1e-6)
    panel = next(simulate_dynamic(lopsided, truth, 20, np.random.default_rng(0)))
    w, y, x = lopsided.matrix, panel.y, panel.x[0]
    rest = y[1:] - 0.3 * y[1:] @ w.T - 0.5 * y[:-1] + 0.1 * y[:-1] @ w.T
    rest = rest - x[1:] - 0.5 * x[1:] @ w.T
    rest = rest - rest.mean(axis=0) - rest.mean(axis=1, keepdims=True) + rest.mean()
    assert np.abs(rest).max() < 1e-5
    assert panel.names == truth.x_names == ("x1",)
    with pytest.raises(UserError, match=r"largest root 1\.1"):
        next(simulate_dynamic(lopsided, DynamicTruth(tau=0.9), 5, np.random.default_rng(0)))


@pytest.mark.parametrize("effects", ["two_way", "unit"])
def test_at_fifty_periods_the_truth_is_found_and_covered(weights, effects):
    rng = np.random.default_rng(50)
    audit = audit_small_T(weights, 50, 400, rng, DynamicTruth(), effects=effects)
    assert audit.n_failed == 0
    # Bias of order 1/T^2; the long-run effects, ratios with a small denominator, keep 2 %.
    allowed = 0.005 + 0.02 * np.abs(audit.truth) + 3 * audit.rmse / 20
    assert np.all(np.abs(audit.bias) < allowed)
    assert audit.coverage == pytest.approx(np.full(len(audit.names), 0.95), abs=0.033)
    assert abs(audit.bias_before[0]) > 3 * abs(audit.bias[0])


def test_at_ten_periods_the_correction_takes_out_most_of_the_bias(weights, ring):
    """Nickell's bias of tau is about -(1 + tau)/T; interaction with rho and x makes it smaller."""
    for matrix in (weights, ring):
        audit = audit_small_T(matrix, 10, 400, np.random.default_rng(10), DynamicTruth())
        tau, eta = audit.names.index("tau"), audit.names.index("eta")
        assert -0.12 < audit.bias_before[tau] < -0.07
        assert abs(audit.bias[tau]) < 0.02
        assert abs(audit.bias[eta]) < 0.5 * abs(audit.bias_before[eta])
        assert audit.coverage_before[tau] < 0.6 < 0.87 < audit.coverage[tau]
        assert audit.rmse[tau] < audit.rmse_before[tau]
        assert audit.passes(["x1", "rho", "short:indirect:x1"], min_coverage=0.9)
        assert not audit.passes(["long:total:x1"])
        with pytest.raises(UserError, match="audit has no gamma"):
            audit.passes(["gamma"])


def test_panels_without_an_estimate_are_counted(make_weights):
    weights = make_weights(np.random.default_rng(3), 6)
    truth = DynamicTruth(tau=0.9, rho=0.05, eta=0.0)
    audit = audit_small_T(weights, 4, 60, np.random.default_rng(1), truth)
    assert 0 < audit.n_failed < 60
    assert np.all(audit.coverage <= 1 - audit.n_failed / 60)
    with pytest.raises(UserError, match="none of 3 panels with T = 2 has an estimate"):
        audit_small_T(
            weights, 2, 3, np.random.default_rng(1), DynamicTruth(beta=(1,) * 3, theta=(0,) * 3)
        )


@pytest.mark.parametrize("effects", ["two_way", "unit"])
def test_a_panel_gives_the_truth_of_its_maximum(panel, lopsided, effects):
    top, _ = fit_points(panel, lopsided, effects=effects)
    truth = truth_of_panel(panel, lopsided, effects=effects)
    assert [truth.tau, truth.eta, truth.rho] == pytest.approx(top.values[[0, 1, -2]], abs=EXACT)
    usual = DynamicTruth(tau=truth.tau, eta=truth.eta, rho=truth.rho)
    assert truth == usual
    cut = truth_of_panel(panel, lopsided, effects=effects, largest=0.1)
    assert cut.rho == truth.rho
    assert cut.tau / truth.tau == pytest.approx(cut.eta / truth.eta, rel=EXACT)
    assert largest_root(cut.tau, cut.eta, cut.rho, lopsided) == pytest.approx(0.1, rel=EXACT)


def test_a_panel_that_explodes_gives_a_truth_near_a_unit_root(panel, lopsided):
    """It has a maximum, though no stationary estimate."""
    levels = np.random.default_rng(5).normal(5, 1, 9)
    grown = dataclasses.replace(panel, y=np.outer(1.1**panel.periods, levels) + 0.01 * panel.y)
    with pytest.raises(NotIdentified, match="not_stationary"):
        fit_dynamic_stacked(grown, lopsided, correct=False)
    truth = truth_of_panel(grown, lopsided)
    root = largest_root(truth.tau, truth.eta, truth.rho, lopsided)
    assert root == pytest.approx(0.98, rel=EXACT)


# Known answer ----------------------------------------------------------------------------------


def cut(matrix):
    """Matrix::nearPD of a symmetric matrix, with its default tolerances.

    Eigenvalues of at most 1e-6 of the largest are set to zero: the alternating projection ends
    there, for a second one changes nothing. Those below 1e-8 of the largest are then lifted to
    it, and rows and columns scaled to the diagonal from before that.
    """
    values, vectors = np.linalg.eigh(matrix)
    kept = np.where(values > 1e-6 * values[-1], values, 0.0)
    floor = 1e-8 * values[-1]
    left, lifted = ((vectors * part) @ vectors.T for part in (kept, np.maximum(kept, floor)))
    scale = np.sqrt(np.maximum(floor, np.diag(left)) / np.diag(lifted))
    return scale[:, None] * lifted * scale


def with_and_without_cut(panel, weights):
    """Corrected coefficients, and those with the same bias of the score by the cut information."""
    top, end = fit_points(panel, weights)
    information = np.linalg.inv(top.inverse_information)
    score_bias = information @ (end.values - top.values)
    move = np.linalg.solve(cut(information), score_bias)
    return end.coefficients, (top.values + move)[:-1]


def test_only_a_cut_information_depends_on_units_of_measurement(panel, lopsided):
    """With sigma2 = 1 nothing is cut; with 1e-4 the entry of sigma2 is 1e8 times as large."""
    plain, same = with_and_without_cut(panel, lopsided)
    assert same == pytest.approx(plain, abs=EXACT)
    small = dataclasses.replace(panel, y=0.01 * panel.y, x=0.01 * panel.x)
    scaled, moved = with_and_without_cut(small, lopsided)
    assert scaled == pytest.approx(plain, abs=EXACT)
    assert np.abs(moved - scaled).max() > PRINTED


@pytest.fixture(scope="module")
def cigar_folder(tmp_path_factory):
    """The folder that CIGAR names, or one filled by R."""
    if "CIGAR" in os.environ:
        return Path(os.environ["CIGAR"])
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not installed and CIGAR names no folder with the data")
    folder = tmp_path_factory.mktemp("cigar")
    done = subprocess.run(
        ["Rscript", str(SCRIPT), str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def cigar(cigar_folder):
    """Panel and weights; rows of the weights follow the codes of the states as numbers."""
    data = pd.read_csv(cigar_folder / "panel.csv")
    matrix = np.loadtxt(cigar_folder / "weights.csv", delimiter=",")
    weights = SpatialWeights("usa46", sorted(data["state"].unique()), matrix)
    names = ("logp", "logy")
    where = (data["state"].to_numpy(), data["year"].to_numpy())
    y, x = data["logc"].to_numpy(), data[list(names)].to_numpy()
    return stack_panel(y, x, names, *where, weights), weights


PRINTED_CIGAR = {"tau": 0.8644, "eta": -0.0963, "rho": 0.1622}


def test_cigarette_demand_as_printed(cigar):
    """Data, likelihood and bias of the score are those of the R program, which cuts; see there."""
    panel, weights = cigar
    assert panel.y.shape == (30, 46)
    _, moved = with_and_without_cut(panel, weights)
    assert moved[[0, 1, -1]] == pytest.approx(list(PRINTED_CIGAR.values()), abs=PRINTED)


def test_cigarette_demand_in_r(cigar, cigar_folder):
    """Ours are R's maximum and R's corrected values on data rescaled so that nothing is cut."""
    if not (cigar_folder / "estimates.csv").exists():
        pytest.skip(f"{cigar_folder} has no estimates of R")
    theirs = pd.read_csv(cigar_folder / "estimates.csv", index_col="term")
    fit = fit_dynamic_stacked(*cigar)
    _, moved = with_and_without_cut(*cigar)
    for term, value in PRINTED_CIGAR.items():
        assert theirs["printed"][term] == pytest.approx(value, abs=PRINTED), term
    assert list(theirs.index) == list(fit.names)
    assert fit.uncorrected == pytest.approx(theirs["maximum"].to_numpy(), abs=PRINTED)
    assert fit.coefficients == pytest.approx(theirs["rescaled"].to_numpy(), abs=PRINTED)
    assert moved == pytest.approx(theirs["printed"].to_numpy(), abs=PRINTED)
    assert fit.largest_root < 1
