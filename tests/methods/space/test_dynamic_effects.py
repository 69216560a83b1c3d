"""Effects of the dynamic spatial Durbin model: at once, in the long run, on the way.

Tolerances: EXACT for the same numbers by another order of operations, of order one here; SIMULATED
for errors of 5,000 draws, whose own sampling error is 1 %.
"""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.space.dynamic import fit_dynamic_stacked
from pilotzone.methods.space.dynamic_effects import (
    dynamic_effects,
    gradient_of_rows,
    impulse_response,
)

EXACT = 1e-9
SIMULATED = 0.05


@pytest.fixture(scope="module")
def panel(lopsided, draw_panel):
    return draw_panel(lopsided)


@pytest.fixture(scope="module")
def fit(panel, lopsided):
    return fit_dynamic_stacked(panel, lopsided)


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
def test_delta_errors_are_near_the_simulated_ones(weights, run, draw_panel):
    """With 30 x 60 the coefficients are sharp enough for effects to be nearly linear in them."""
    fit = fit_dynamic_stacked(draw_panel(weights, 60), weights)
    simulated = dynamic_effects(fit, weights, run=run, seed=3, keep_draws=True)
    delta = dynamic_effects(fit, weights, run=run, method="delta")
    assert delta.std_errors == pytest.approx(simulated.std_errors, rel=2 * SIMULATED)
    assert simulated.draws.shape == (5000 - simulated.n_rejected, 3, 2)
    assert delta.n_draws == 0
    reach = 1.959963984540054 * delta.std_errors
    assert delta.ci_high - delta.estimates == pytest.approx(reach, abs=EXACT)


def test_draws_that_are_not_stationary_are_counted(make_weights, draw_panel):
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
