"""Direct, indirect and total effects.

Tolerances: EXACT for the same numbers by another order of operations; SIMULATED for errors of
5,000 draws, whose own sampling error is 1 %.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.methods.space.effects import effects, effects_at, gradient
from pilotzone.methods.space.effects_table import KINDS
from pilotzone.methods.space.panel_ml import fit_spatial

EXACT = 1e-10
SIMULATED = 0.05


@pytest.fixture(scope="module")
def sdm(long_panel, weights):
    return fit_spatial(*long_panel, weights, model="sdm")


def test_known_answers(gold, sdm, weights):
    table = effects(sdm, weights, seed=1)
    answers = gold["sdm_twoway_fe_effects"]
    assert {term.replace(":", "_") for term in table.terms} == set(answers)
    for term, estimate, error in zip(
        table.terms, table.estimates.ravel(), table.std_errors.ravel(), strict=True
    ):
        value, std_error = answers[term.replace(":", "_")]
        assert estimate == pytest.approx(value, abs=1e-5)
        assert error == pytest.approx(std_error, rel=SIMULATED)


@given(
    seed=st.integers(0, 10_000),
    share=st.floats(-0.95, 0.95),
    symmetric=st.booleans(),
)
def test_effects_equal_the_brute_force_inverse(sdm, make_weights, seed, share, symmetric):
    rng = np.random.default_rng(seed)
    weights = make_weights(rng, 10, symmetric=symmetric)
    rho = share * (1.0 if share > 0 else -weights.stable_interval[0])
    coefficients = np.append(rng.normal(size=4), rho)
    ours = effects_at(sdm, weights, coefficients[None])[0]
    inverse = np.linalg.inv(np.eye(10) - rho * weights.matrix)
    for j in range(2):
        beta, theta = coefficients[j], coefficients[2 + j]
        response = inverse @ (beta * np.eye(10) + theta * weights.matrix)
        direct, total = np.diag(response).mean(), response.sum(axis=1).mean()
        assert ours[:, j] == pytest.approx([direct, total - direct, total], abs=EXACT)


@pytest.mark.parametrize("model", ["sar", "sdm", "slx", "sdem"])
def test_gradient_equals_the_numerical_one(long_panel, weights, model):
    fit = fit_spatial(*long_panel, weights, model=model)
    steps = 1e-5 * np.eye(len(fit.names))
    ahead = effects_at(fit, weights, fit.coefficients + steps)
    behind = effects_at(fit, weights, fit.coefficients - steps)
    numerical = np.moveaxis((ahead - behind) / 2e-5, 0, -1)
    assert gradient(fit, weights) == pytest.approx(numerical, abs=1e-7)


def test_gradient_with_complex_eigenvalues(make_weights, make_panel):
    rng = np.random.default_rng(4)
    weights = make_weights(rng, 12, symmetric=False)
    fit = fit_spatial(*make_panel(rng, weights, 8), weights, model="sdm")
    assert np.iscomplexobj(weights.eigenvalues)
    steps = 1e-5 * np.eye(len(fit.names))
    ahead = effects_at(fit, weights, fit.coefficients + steps)
    behind = effects_at(fit, weights, fit.coefficients - steps)
    numerical = np.moveaxis((ahead - behind) / 2e-5, 0, -1)
    assert gradient(fit, weights) == pytest.approx(numerical, abs=1e-7)


def test_delta_errors_are_near_the_simulated_ones(sdm, weights):
    simulated = effects(sdm, weights, draws=20_000, seed=7)
    delta = effects(sdm, weights, method="delta")
    assert delta.estimates == pytest.approx(simulated.estimates, abs=EXACT)
    assert delta.std_errors == pytest.approx(simulated.std_errors, rel=SIMULATED)
    reach = 1.959963984540054 * delta.std_errors
    assert delta.ci_low == pytest.approx(delta.estimates - reach, abs=EXACT)
    assert delta.ci_high == pytest.approx(delta.estimates + reach, abs=EXACT)
    assert (delta.n_draws, delta.n_rejected, delta.draws) == (0, 0, None)


@pytest.mark.parametrize("model", ["slx", "sdem"])
def test_without_a_lag_of_the_outcome_effects_are_the_coefficients(long_panel, weights, model):
    fit = fit_spatial(*long_panel, weights, model=model)
    table = effects(fit, weights, method="delta")
    assert table.estimates[0] == pytest.approx(fit.coefficients[:2], abs=EXACT)
    assert table.estimates[1] == pytest.approx(fit.coefficients[2:4], abs=EXACT)
    assert table.std_errors[:2].ravel() == pytest.approx(fit.std_errors[:4], abs=EXACT)
    both = fit.covariance[:2, :2] + fit.covariance[2:4, 2:4] + 2 * fit.covariance[:2, 2:4]
    assert table.std_errors[2] == pytest.approx(np.sqrt(np.diag(both)), abs=EXACT)


def test_draws_are_those_of_the_joint_normal(sdm, weights):
    table = effects(sdm, weights, draws=2000, seed=3, keep_draws=True)
    assert table.draws.shape == (2000, 3, 2)
    assert table.std_errors == pytest.approx(table.draws.std(axis=0, ddof=1), rel=EXACT)
    assert table.draws[:, 0] + table.draws[:, 1] == pytest.approx(table.draws[:, 2], abs=EXACT)
    inside = (table.draws > table.ci_low) & (table.draws < table.ci_high)
    assert inside.mean(axis=0) == pytest.approx(np.full((3, 2), 0.95), abs=1e-3)
    again = effects(sdm, weights, draws=2000, seed=3)
    assert np.array_equal(again.std_errors, table.std_errors)
    assert again.draws is None
    other = effects(sdm, weights, draws=2000, seed=4)
    assert not np.array_equal(other.std_errors, table.std_errors)


def test_estimates_are_not_the_mean_of_the_draws(sdm, weights):
    table = effects(sdm, weights, seed=3, keep_draws=True)
    exact = (sdm.coefficients[:2] + sdm.coefficients[2:4]) / (1 - sdm.rho)
    assert table.estimates[2] == pytest.approx(exact, abs=EXACT)
    assert np.abs(table.draws[:, 2].mean(axis=0) - exact).max() > 1e-3


def test_two_draws_have_an_error_and_one_is_refused(sdm, weights):
    table = effects(sdm, weights, draws=2, seed=3, keep_draws=True)
    first, second = table.draws
    assert table.std_errors == pytest.approx(np.abs(first - second) / np.sqrt(2), rel=EXACT)
    with pytest.raises(UserError, match="at least 2 draws"):
        effects(sdm, weights, draws=1, seed=3)


def test_unstable_draws_are_counted_and_left_out(sdm, weights):
    covariance = sdm.covariance * 100.0
    wild = dataclasses.replace(sdm, covariance=covariance)
    table = effects(wild, weights, draws=4000, seed=5, keep_draws=True)
    # rho has the error 0.67 about 0.33, so that 0.159 of the normal curve lies above 1; the lower
    # bound -2.28 is 3.9 errors away.
    assert table.n_rejected / 4000 == pytest.approx(0.158, abs=0.02)
    assert len(table.draws) == 4000 - table.n_rejected
    hopeless = dataclasses.replace(sdm, covariance=sdm.covariance * 1e6)
    with pytest.raises(UserError, match=r"draws of rho are outside .* use method='delta'"):
        effects(hopeless, weights, seed=5)


def test_terms_follow_the_estimates(sdm, weights):
    table = effects(sdm, weights, method="delta", level=0.9)
    assert table.terms == tuple(f"{kind}:{name}" for kind in KINDS for name in ("x1", "x2"))
    assert table.z == pytest.approx(table.estimates / table.std_errors, rel=EXACT)
    assert table.p_values[0, 0] < 1e-12
    assert (table.ci_high - table.ci_low) / table.std_errors == pytest.approx(
        np.full((3, 2), 2 * 1.6448536269514722), rel=EXACT
    )


def test_what_cannot_be_computed_is_refused(sdm, weights, long_panel, make_weights):
    sem = fit_spatial(*long_panel, weights, model="sem")
    with pytest.raises(UserError, match="model 'sem' lags neither y nor x"):
        effects(sem, weights, seed=1)
    with pytest.raises(UserError, match="effects need the weights of the fit, 'reference'"):
        effects(sdm, make_weights(np.random.default_rng(1), 30), seed=1)
    with pytest.raises(UserError, match="method 'bootstrap' is unknown"):
        effects(sdm, weights, seed=1, method="bootstrap")
    with pytest.raises(UserError, match="need a seed"):
        effects(sdm, weights)
    with pytest.raises(UserError, match="level 95 does not lie"):
        effects(sdm, weights, seed=1, level=95)
