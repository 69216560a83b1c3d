"""The propensity score: closed forms, brute force, a second program, separation.

Tolerances: two exact computations differ by rounding and by Newton's last step, which leaves a
mean gradient of 1e-12 of a standard deviation; the flattest samples here divide that by 1e-3
(EXACT). A general optimiser with numerical derivatives finds a maximum to the root of its 1e-10
(OPTIMISER). First-order bias correction leaves terms of order n⁻², 1e-6 at n = 2,000 times
constants of about ten (SECOND_ORDER).
"""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import minimize
from scipy.special import expit

from pilotzone.errors import NotIdentified, Reason
from pilotzone.methods.did.matching import convex
from pilotzone.methods.did.matching.entropy import entropy_balance
from pilotzone.methods.did.matching.propensity import firth_logit

EXACT = {"rtol": 1e-8, "atol": 1e-9}
OPTIMISER = 1e-5
SECOND_ORDER = 1e-5


@pytest.mark.parametrize(
    ("n11", "n10", "n01", "n00"), [(7, 3, 2, 8), (1, 1, 1, 1), (40, 5, 12, 30)]
)
def test_a_table_of_two_by_two_is_the_plain_logit_with_half_a_unit_in_each_cell(
    cells, n11, n10, n01, n00
):
    d, x = cells((0, n01, n00), (1, n11, n10))
    result = firth_logit(d, x, ["x"])
    constant = np.log((n01 + 0.5) / (n00 + 0.5))
    slope = np.log((n11 + 0.5) / (n10 + 0.5)) - constant
    assert result.names == ("constant", "x")
    assert_allclose(result.coefficients, [constant, slope], **EXACT)
    assert_allclose(result.logit, constant + slope * x, **EXACT)
    assert_allclose(result.propensity[x == 1], (n11 + 0.5) / (n11 + n10 + 1), **EXACT)
    assert not result.predicted.any()
    assert not result.predicted.any()


def test_an_empty_cell_keeps_the_closed_form_and_flags_the_units_predicted(cells):
    d, x = cells((0, 2, 6), (1, 4, 0))
    result = firth_logit(d, x)
    constant = np.log(2.5 / 6.5)
    assert_allclose(result.coefficients, [constant, np.log(4.5 / 0.5) - constant], **EXACT)
    assert result.predicted.any()
    assert_array_equal(result.predicted, x == 1)


def test_complete_separation_flags_all_units_and_stays_finite(cells):
    d, x = cells((0, 0, 3), (1, 3, 0))
    result = firth_logit(d, x)
    assert_allclose(result.logit, np.log(3.5 / 0.5) * np.where(d == 1, 1, -1), **EXACT)
    assert result.predicted.all()


def test_a_saturated_logit_in_three_levels_adds_half_a_unit_to_each_cell(cells):
    d, level = cells((0, 3, 5), (1, 6, 1), (2, 2, 0))
    result = firth_logit(d, np.column_stack([level == 1, level == 2]))
    expected = np.log([3.5 / 5.5, 6.5 / 1.5, 2.5 / 0.5])
    assert_allclose(result.logit, expected[level], **EXACT)
    assert_array_equal(result.predicted, level == 2)


def penalised_likelihood(beta, d, design):
    eta = design @ beta
    score = expit(eta)
    information = design.T @ ((score * (1 - score))[:, None] * design)
    plain = np.sum(d * eta - np.logaddexp(0, eta))
    return plain + 0.5 * np.linalg.slogdet(information)[1]


@pytest.mark.parametrize(("seed", "noise"), [(1, 1.0), (2, 1.0), (3, 0.3), (4, 0.0), (5, 0.0)])
def test_brute_force_finds_the_same_maximum(sample, seed, noise):
    d, x = sample(seed, noise=noise)
    design = np.column_stack([np.ones(30), (x - x.mean(axis=0)) / x.std(axis=0)])
    result = firth_logit(d, x)
    found = minimize(
        lambda b: -penalised_likelihood(b, d, design), np.zeros(4), tol=1e-10, method="BFGS"
    )
    assert_allclose(result.logit, design @ found.x, atol=OPTIMISER * 10, rtol=OPTIMISER)
    ours = np.linalg.lstsq(design, result.logit, rcond=None)[0]
    assert penalised_likelihood(ours, d, design) >= -found.fun - 1e-12
    assert result.predicted.any() == (noise == 0.0)


@pytest.mark.parametrize(("seed", "noise"), [(1, 1.0), (2, 1.0), (3, 0.0)])
def test_statsmodels_on_the_augmented_sample_gives_the_same_coefficients(sample, seed, noise):
    # At its own leverages h the penalised score is that of a plain logit in which each unit
    # enters with weight 1 + h/2 as it is and with weight h/2 as its opposite.
    import statsmodels.api as sm

    d, x = sample(seed, noise=noise)
    result = firth_logit(d, x)
    design = sm.add_constant(x)
    root = np.sqrt(result.propensity * (1 - result.propensity))
    leverage = np.sum(np.linalg.qr(root[:, None] * design)[0] ** 2, axis=1)
    other = sm.GLM(
        np.append(d, ~d).astype(float),
        np.vstack([design, design]),
        family=sm.families.Binomial(),
        var_weights=np.append(1 + leverage / 2, leverage / 2),
    ).fit(tol=1e-13)
    assert_allclose(result.coefficients, other.params, rtol=1e-7, atol=1e-9)


def test_in_a_large_sample_it_is_the_plain_logit_less_its_first_order_bias(sample):
    import statsmodels.api as sm

    d, x = sample(6, n=2_000, k=2)
    x = (x - 5.0) / [1.0, 10.0]
    result = firth_logit(d, x)
    design = sm.add_constant(x)
    plain = sm.Logit(d.astype(float), design).fit(disp=0, tol=1e-12)
    score = plain.predict()
    covariance = plain.cov_params()
    w = score * (1 - score)
    leverage = w * np.einsum("ij,jk,ik->i", design, covariance, design)
    bias = covariance @ (design.T @ (leverage * (score - 0.5)))
    assert np.abs(bias).max() > 20 * SECOND_ORDER
    assert_allclose(result.coefficients, plain.params - bias, atol=SECOND_ORDER, rtol=0)
    assert_allclose(result.coefficients, plain.params, atol=0.05 * plain.bse.min(), rtol=0)


@given(st.integers(0, 1_000), st.sampled_from([0.0, 1.0]))
def test_units_of_covariates_and_order_of_rows_change_no_score(sample, seed, noise):
    d, x = sample(seed, noise=noise)
    scale, shift = np.array([1e-4, -3.0, 1e5]), np.array([7.0, -100.0, 0.0])
    order = np.random.default_rng(seed).permutation(30)
    base, other = firth_logit(d, x), firth_logit(d[order], (x * scale + shift)[order])
    assert_allclose(other.logit, base.logit[order], rtol=1e-7, atol=1e-7)
    assert_allclose(other.coefficients[1:] * scale, base.coefficients[1:], rtol=1e-6)
    assert_array_equal(other.predicted, base.predicted[order])


@given(
    st.lists(st.integers(-3, 3), min_size=2, max_size=8),
    st.lists(st.integers(-3, 3), min_size=2, max_size=8),
)
def test_one_covariate_separates_if_the_ranges_do_not_overlap(high, low):
    x = np.array(high + low, dtype=float)
    d = np.arange(len(x)) < len(high)
    if np.ptp(x) == 0:
        x[0] += 1
    treated, control = x[d], x[~d]
    result = firth_logit(d, x)
    above, below = treated.min() >= control.max(), treated.max() <= control.min()
    assert result.predicted.any() == (above or below)
    if result.predicted.any():
        edge = control.max() if above else control.min()
        other = treated.min() if above else treated.max()
        touching = edge == other
        expected = x != edge if touching else np.ones(len(x), dtype=bool)
        assert_array_equal(result.predicted, expected)
    assert np.isfinite(result.logit).all()
    assert ((result.propensity > 0) & (result.propensity < 1)).all()


def test_two_covariates_separate_where_neither_does_alone():
    x = np.array([[0, 1], [1, 2], [2, 3], [1, 0], [2, 1], [3, 2]], dtype=float)
    d = np.array([1, 1, 1, 0, 0, 0])
    assert not firth_logit(d, x[:, 0]).predicted.any()
    assert not firth_logit(d, x[:, 1]).predicted.any()
    assert firth_logit(d, x).predicted.all()
    crossed = np.array([[0, 0], [1, 1], [0, 1], [1, 0]])
    assert not firth_logit([1, 1, 0, 0], crossed).predicted.any()


@pytest.mark.parametrize(("gap", "separated"), [(1e-4, True), (-1e-4, False)])
def test_separation_is_a_matter_of_order_not_of_distance(gap, separated):
    x = np.append(np.linspace(-1, -gap, 9), np.linspace(gap, 1, 9))
    assert firth_logit(np.arange(18) >= 9, x).predicted.any() == separated


def test_nearly_collinear_covariates_do_not_hide_a_separation():
    # The groups overlap in either covariate and touch nowhere in their difference.
    rng = np.random.default_rng(3)
    common, difference = rng.normal(size=20), np.append(rng.random(10), -rng.random(10))
    x = np.column_stack([common, common + 1e-4 * difference])
    result = firth_logit(np.arange(20) < 10, x)
    assert result.predicted.all()
    assert not firth_logit(np.arange(20) < 10, x[:, 0]).predicted.any()


def test_a_linear_programme_without_answer_is_a_finding(sample, monkeypatch):
    failed = SimpleNamespace(success=False, message="time is up")
    monkeypatch.setattr("scipy.optimize.linprog", lambda *_, **__: failed)
    d, x = sample(1)
    with pytest.raises(NotIdentified) as error:
        firth_logit(d, x)
    assert error.value.reason == Reason("separation_unknown", {"message": "time is up"})


def test_no_convergence_is_a_finding(sample, monkeypatch):
    monkeypatch.setattr(convex, "NEWTON_STEPS", 1)
    d, x = sample(1)
    with pytest.raises(NotIdentified) as error:
        firth_logit(d, x)
    assert error.value.reason == Reason("score_not_converged")
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason("entropy_not_converged")
