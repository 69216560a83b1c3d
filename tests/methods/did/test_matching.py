"""Matching: closed forms, hand-worked cases, brute force, a second program, known effects.

Tolerances: two exact computations differ by rounding and by Newton's last step, which leaves a
mean gradient of 1e-12 of a standard deviation; the flattest samples here divide that by 1e-3
(EXACT). A general optimiser with numerical derivatives finds a maximum to the root of its 1e-10
(OPTIMISER). First-order bias correction leaves terms of order n⁻², 1e-6 at n = 2,000 times
constants of about ten (SECOND_ORDER).
"""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linprog, minimize
from scipy.special import expit

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.matching import convex
from pilotzone.methods.did.matching.balance import balance
from pilotzone.methods.did.matching.entropy import entropy_balance
from pilotzone.methods.did.matching.kernel import kernel_weights
from pilotzone.methods.did.matching.matched import matched_did
from pilotzone.methods.did.matching.neighbours import Pair, nearest_neighbour
from pilotzone.methods.did.matching.propensity import firth_logit
from pilotzone.methods.did.twfe import twfe

EXACT = {"rtol": 1e-8, "atol": 1e-9}
OPTIMISER = 1e-5
SECOND_ORDER = 1e-5


def sample(seed, n=30, k=3, noise=1.0):
    """Covariates with unlike units, and treatment of two fifths that depends on them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k)) * 10.0 ** np.arange(k) + 5.0
    index = (x - 5.0) @ (0.1 ** np.arange(k))
    latent = 0.5 * index + noise * rng.logistic(size=n)
    return latent > np.quantile(latent, 0.6), x


def cells(*counts):
    """Units of a table: (level of x, treated, untreated) for each level."""
    rows = [(d, x) for x, n1, n0 in counts for d, n in ((1, n1), (0, n0)) for _ in range(n)]
    return np.array(rows).T


# ---------------------------------------------------------------- Firth logit: known answers


@pytest.mark.parametrize(
    ("n11", "n10", "n01", "n00"), [(7, 3, 2, 8), (1, 1, 1, 1), (40, 5, 12, 30)]
)
def test_a_table_of_two_by_two_is_the_plain_logit_with_half_a_unit_in_each_cell(n11, n10, n01, n00):
    d, x = cells((0, n01, n00), (1, n11, n10))
    result = firth_logit(d, x, ["x"])
    constant = np.log((n01 + 0.5) / (n00 + 0.5))
    slope = np.log((n11 + 0.5) / (n10 + 0.5)) - constant
    assert result.names == ("constant", "x")
    assert_allclose(result.coefficients, [constant, slope], **EXACT)
    assert_allclose(result.logit, constant + slope * x, **EXACT)
    assert_allclose(result.propensity[x == 1], (n11 + 0.5) / (n11 + n10 + 1), **EXACT)
    assert not result.separated
    assert not result.predicted.any()


def test_an_empty_cell_keeps_the_closed_form_and_flags_the_units_predicted():
    d, x = cells((0, 2, 6), (1, 4, 0))
    result = firth_logit(d, x)
    constant = np.log(2.5 / 6.5)
    assert_allclose(result.coefficients, [constant, np.log(4.5 / 0.5) - constant], **EXACT)
    assert result.separated
    assert_array_equal(result.predicted, x == 1)


def test_complete_separation_flags_all_units_and_stays_finite():
    d, x = cells((0, 0, 3), (1, 3, 0))
    result = firth_logit(d, x)
    assert_allclose(result.logit, np.log(3.5 / 0.5) * np.where(d == 1, 1, -1), **EXACT)
    assert result.predicted.all()


def test_a_saturated_logit_in_three_levels_adds_half_a_unit_to_each_cell():
    d, level = cells((0, 3, 5), (1, 6, 1), (2, 2, 0))
    result = firth_logit(d, np.column_stack([level == 1, level == 2]))
    expected = np.log([3.5 / 5.5, 6.5 / 1.5, 2.5 / 0.5])
    assert_allclose(result.logit, expected[level], **EXACT)
    assert_array_equal(result.predicted, level == 2)


# ---------------------------------------------------------------- Firth logit: second opinions


def penalised_likelihood(beta, d, design):
    eta = design @ beta
    score = expit(eta)
    information = design.T @ ((score * (1 - score))[:, None] * design)
    plain = np.sum(d * eta - np.logaddexp(0, eta))
    return plain + 0.5 * np.linalg.slogdet(information)[1]


@pytest.mark.parametrize(("seed", "noise"), [(1, 1.0), (2, 1.0), (3, 0.3), (4, 0.0), (5, 0.0)])
def test_brute_force_finds_the_same_maximum(seed, noise):
    d, x = sample(seed, noise=noise)
    design = np.column_stack([np.ones(30), (x - x.mean(axis=0)) / x.std(axis=0)])
    result = firth_logit(d, x)
    found = minimize(
        lambda b: -penalised_likelihood(b, d, design), np.zeros(4), tol=1e-10, method="BFGS"
    )
    assert_allclose(result.logit, design @ found.x, atol=OPTIMISER * 10, rtol=OPTIMISER)
    ours = np.linalg.lstsq(design, result.logit, rcond=None)[0]
    assert penalised_likelihood(ours, d, design) >= -found.fun - 1e-12
    assert result.separated == (noise == 0.0)


@pytest.mark.parametrize(("seed", "noise"), [(1, 1.0), (2, 1.0), (3, 0.0)])
def test_statsmodels_on_the_augmented_sample_gives_the_same_coefficients(seed, noise):
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


def test_in_a_large_sample_it_is_the_plain_logit_less_its_first_order_bias():
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


# ---------------------------------------------------------------- Firth logit: algebra, separation


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from([0.0, 1.0]))
def test_units_of_covariates_and_order_of_rows_change_no_score(seed, noise):
    d, x = sample(seed, noise=noise)
    scale, shift = np.array([1e-4, -3.0, 1e5]), np.array([7.0, -100.0, 0.0])
    order = np.random.default_rng(seed).permutation(30)
    base, other = firth_logit(d, x), firth_logit(d[order], (x * scale + shift)[order])
    assert_allclose(other.logit, base.logit[order], rtol=1e-7, atol=1e-7)
    assert_allclose(other.coefficients[1:] * scale, base.coefficients[1:], rtol=1e-6)
    assert_array_equal(other.predicted, base.predicted[order])


@settings(max_examples=60, deadline=None)
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
    assert result.separated == (above or below)
    if result.separated:
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
    assert not firth_logit(d, x[:, 0]).separated
    assert not firth_logit(d, x[:, 1]).separated
    assert firth_logit(d, x).predicted.all()
    crossed = np.array([[0, 0], [1, 1], [0, 1], [1, 0]])
    assert not firth_logit([1, 1, 0, 0], crossed).separated


@pytest.mark.parametrize(("gap", "separated"), [(1e-4, True), (-1e-4, False)])
def test_separation_is_a_matter_of_order_not_of_distance(gap, separated):
    x = np.append(np.linspace(-1, -gap, 9), np.linspace(gap, 1, 9))
    assert firth_logit(np.arange(18) >= 9, x).separated == separated


def test_nearly_collinear_covariates_do_not_hide_a_separation():
    # The groups overlap in either covariate and touch nowhere in their difference.
    rng = np.random.default_rng(3)
    common, difference = rng.normal(size=20), np.append(rng.random(10), -rng.random(10))
    x = np.column_stack([common, common + 1e-4 * difference])
    result = firth_logit(np.arange(20) < 10, x)
    assert result.predicted.all()
    assert not firth_logit(np.arange(20) < 10, x[:, 0]).separated


def test_a_linear_programme_without_answer_is_a_finding(monkeypatch):
    failed = SimpleNamespace(success=False, message="time is up")
    monkeypatch.setattr("scipy.optimize.linprog", lambda *_, **__: failed)
    d, x = sample(1)
    with pytest.raises(NotIdentified) as error:
        firth_logit(d, x)
    assert error.value.reason == Reason("separation_unknown", {"message": "time is up"})


def test_no_convergence_is_a_finding(monkeypatch):
    monkeypatch.setattr(convex, "NEWTON_STEPS", 1)
    d, x = sample(1)
    with pytest.raises(NotIdentified) as error:
        firth_logit(d, x)
    assert error.value.reason == Reason("score_not_converged")
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason("entropy_not_converged")


# ---------------------------------------------------------------- nearest neighbours


def neighbours_case():
    """Five treated units (two digits), five controls; 1 and 3 tie for 10, 5 and 7 for 20."""
    logit = {10: 0.0, 15: 1.2, 20: 1.0, 30: 5.0, 40: 0.95}
    logit |= {3: 0.2, 1: -0.2, 7: 0.9, 5: 1.1, 8: 2.0}
    codes = np.array(list(logit))
    return np.array(list(logit.values())), codes >= 10, codes


def test_neighbours_of_a_hand_worked_case_with_ties_and_a_caliper():
    logit, treated, codes = neighbours_case()
    result = nearest_neighbour(logit, treated, codes)
    # Sum 12.15, sum of squares 34.4425.
    assert_allclose(result.caliper, 0.25 * np.sqrt((34.4425 - 12.15**2 / 10) / 9), **EXACT)
    chosen = [(pair.treated, pair.control) for pair in result.pairs]
    assert chosen == [(10, 1), (15, 5), (20, 5), (40, 7)]
    assert_allclose([pair.distance for pair in result.pairs], [0.2, 0.1, 0.1, 0.05], **EXACT)
    weights = dict(zip(codes.tolist(), result.weights, strict=True))
    used = {1: 1, 5: 2, 7: 1, 3: 0, 8: 0}
    assert weights == {10: 1, 15: 1, 20: 1, 40: 1, 30: 0} | used
    assert result.dropped == (30,)
    assert result.unused == (3, 8)


def test_the_caliper_includes_its_end():
    logit, treated, codes = neighbours_case()
    sd = logit.std(ddof=1)
    at_the_end = nearest_neighbour(logit, treated, codes, caliper_sd=0.1 / sd)
    assert at_the_end.dropped == (10, 30)
    inside = nearest_neighbour(logit, treated, codes, caliper_sd=0.0999 / sd)
    assert inside.dropped == (10, 15, 20, 30)
    assert inside.pairs == (Pair(40, 7, abs(0.95 - 0.9)),)
    for distance in (0.7, 1.1, 1.3):
        far = np.array([0.0, distance, 4.0])
        exact = nearest_neighbour(far, [1, 0, 0], [1, 2, 3], distance / far.std(ddof=1))
        assert exact.pairs == (Pair(1, 2, distance),)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 2.0))
def test_neighbours_are_those_of_a_double_loop_in_any_order_of_rows(seed, width):
    rng = np.random.default_rng(seed)
    logit = rng.integers(-6, 7, size=14) / 10
    treated = np.arange(14) < rng.integers(1, 13)
    codes = rng.choice(900, size=14, replace=False)
    result = nearest_neighbour(logit, treated, codes, width, require_overlap=False)
    caliper = width * logit.std(ddof=1)
    expected = {}
    for i in np.flatnonzero(treated):
        distance, code = min(
            (round(abs(logit[i] - logit[j]), 9), codes[j]) for j in np.flatnonzero(~treated)
        )
        if distance <= caliper + 1e-9:
            expected[codes[i]] = code
    assert {pair.treated: pair.control for pair in result.pairs} == expected
    assert set(result.dropped) == set(codes[treated]) - set(expected)
    assert set(result.unused) == set(codes[~treated]) - set(expected.values())
    assert result.weights[~treated].sum() == result.weights[treated].sum() == len(expected)
    order = rng.permutation(14)
    other = nearest_neighbour(
        logit[order], treated[order], codes[order], width, require_overlap=False
    )
    assert_array_equal(other.weights, result.weights[order])
    assert (other.pairs, other.dropped, other.unused) == (
        result.pairs,
        result.dropped,
        result.unused,
    )


def test_neither_scale_nor_shift_of_the_logit_changes_a_match():
    logit, treated, codes = neighbours_case()
    base = nearest_neighbour(logit, treated, codes)
    other = nearest_neighbour(1e3 * logit - 40, treated, codes)
    assert_array_equal(other.weights, base.weights)
    assert_allclose(other.caliper, 1e3 * base.caliper, **EXACT)


def test_codes_may_be_words():
    result = nearest_neighbour([0.0, 0.1, -0.1, 3.0], [1, 0, 0, 1], ["a", "z", "b", "c"])
    assert result.pairs == (Pair("a", "b", 0.1),)
    assert (result.dropped, result.unused) == (("c",), ("z",))


def test_an_empty_caliper_is_not_identified_and_says_why():
    logit, treated, codes = np.array([2.0, 2.5, -2.0, -2.5]), [1, 1, 0, 0], [4, 3, 2, 1]
    with pytest.raises(NotIdentified) as error:
        nearest_neighbour(logit, treated, codes)
    assert error.value.reason == Reason(
        "outside_caliper", {"caliper": 0.6535, "deviations": 0.25, "closest": 4.0}
    )
    result = nearest_neighbour(logit, treated, codes, require_overlap=False)
    assert (result.pairs, result.dropped, result.unused) == ((), (3, 4), (1, 2))
    assert_array_equal(result.weights, 0)


# ---------------------------------------------------------------- kernel


def kernel_case():
    """Treated: 10 kept, 20 above the controls, 30 in a gap, 40 at the edge of one control."""
    score = {10: 0.5, 20: 0.9, 30: 0.7, 40: 0.2}
    score |= {1: 0.5, 2: 0.53, 3: 0.57, 4: 0.85, 5: 0.26, 6: 0.1, 7: 0.17}
    codes = np.array(list(score))
    return np.array(list(score.values())), codes >= 10, codes


def test_kernel_weights_of_a_hand_worked_case():
    score, treated, codes = kernel_case()
    result = kernel_weights(score, treated, codes)
    # For 10: K(0) = 3/4 and K(1/2) = 9/16, shares 4/7 and 3/7. For 40: 5 lies at u = 1, where the
    # kernel is 0, so that 7 has all.
    weights = dict(zip(codes.tolist(), result.weights, strict=True))
    expected = {10: 1, 20: 0, 30: 0, 40: 1, 1: 4 / 7, 2: 3 / 7, 3: 0, 4: 0, 5: 0, 6: 0, 7: 1}
    assert_allclose([weights[c] for c in expected], list(expected.values()), **EXACT)
    assert (result.off_support, result.without_control) == ((20,), (30,))
    assert result.dropped == (20, 30)
    assert result.unused == (3, 4, 5, 6)
    assert result.support == (0.1, 0.85)
    assert result.bandwidth == 0.06


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.02, 0.5))
def test_kernel_weights_are_those_of_a_loop_in_any_order_of_rows(seed, width):
    rng = np.random.default_rng(seed)
    score, treated = rng.random(16), np.arange(16) < rng.integers(1, 15)
    codes = rng.choice(900, size=16, replace=False)
    result = kernel_weights(score, treated, codes, width, require_overlap=False)
    expected, controls = np.zeros(16), score[~treated]
    for i in np.flatnonzero(treated):
        k = np.maximum(0, 1 - ((controls - score[i]) / width) ** 2)
        if controls.min() <= score[i] <= controls.max() and k.any():
            expected[i] = 1
            expected[~treated] += k / k.sum()
    assert_allclose(result.weights, expected, **EXACT)
    assert set(result.dropped) == set(codes[treated & (expected == 0)])
    assert set(result.unused) == set(codes[~treated & (expected == 0)])
    order = rng.permutation(16)
    other = kernel_weights(score[order], treated[order], codes[order], width, require_overlap=False)
    assert_allclose(other.weights, result.weights[order], **EXACT)
    assert (other.dropped, other.unused) == (result.dropped, result.unused)


def test_a_kernel_without_overlap_is_not_identified_and_says_why():
    score, treated, codes = [0.8, 0.9, 0.1, 0.2], [1, 1, 0, 0], [4, 3, 2, 1]
    with pytest.raises(NotIdentified) as error:
        kernel_weights(score, treated, codes)
    assert error.value.reason == Reason(
        "outside_bandwidth",
        {
            "bandwidth": 0.06,
            "controls_low": 0.1,
            "controls_high": 0.2,
            "treated_low": 0.8,
            "treated_high": 0.9,
        },
    )
    result = kernel_weights(score, treated, codes, require_overlap=False)
    assert (result.dropped, result.unused) == ((3, 4), (1, 2))
    assert_array_equal(result.weights, 0)


# ---------------------------------------------------------------- entropy balancing


@pytest.mark.parametrize(("n0", "n1"), [(5, 3), (100, 1), (3_000, 1)])
def test_one_covariate_with_two_values_has_a_closed_form(n0, n1):
    # Treated: mean 3/4. The controls at 0 share 1/4, those at 1 share 3/4, times 4. With 100 and
    # 1 the full first step of Newton's method overshoots and has to be halved; with 3,000 and 1
    # it lands where one control has all weight and no curvature is left.
    d, x = cells((0, 1, n0), (1, 3, n1))
    result = entropy_balance(x, d)
    assert_allclose(result.weights[(d == 0) & (x == 0)], 4 * 0.25 / n0, **EXACT)
    assert_allclose(result.weights[(d == 0) & (x == 1)], 4 * 0.75 / n1, **EXACT)
    assert_array_equal(result.weights[d == 1], 1)
    assert_allclose(result.effective_controls, 1 / (0.25**2 / n0 + 0.75**2 / n1), **EXACT)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([30, 60]))
def test_entropy_weights_meet_the_conditions_of_the_minimum_where_weights_exist(seed, n):
    d, x = sample(seed, n=n)
    controls = np.column_stack([x[~d], np.ones(np.sum(~d))])
    target = np.append(x[d].mean(axis=0), 1)
    exist = linprog(np.zeros(len(controls)), A_eq=controls.T, b_eq=target).success
    if not exist:
        with pytest.raises(NotIdentified) as error:
            entropy_balance(x, d)
        assert error.value.reason.code in ("outside_hull", "outside_hull_in")
        return
    # Means equal and ln w linear in x: the problem is convex, so that these decide.
    result = entropy_balance(x, d)
    w = result.weights[~d]
    assert_allclose(w.sum(), d.sum(), **EXACT)
    gap = (w @ x[~d] / w.sum() - x[d].mean(axis=0)) / x.std(axis=0)
    assert_allclose(gap, 0, atol=1e-8)
    assert (result.weights > 0).all()
    assert_array_equal(result.weights[d], 1)
    design = np.column_stack([np.ones(len(w)), (x[~d] - 5.0) / [1.0, 10.0, 100.0]])
    linear = design @ np.linalg.lstsq(design, np.log(w), rcond=None)[0]
    assert_allclose(np.log(w), linear, **EXACT)
    assert 1 <= result.effective_controls <= len(w)


def test_controls_in_balance_keep_even_weights():
    x = np.array([[1.0, 2], [3, 4], [5, 1], [1, 2], [3, 4], [5, 1], [1, 2], [3, 4], [5, 1]])
    d = np.arange(9) < 3
    result = entropy_balance(x, d)
    assert_allclose(result.weights, [1] * 3 + [0.5] * 6, **EXACT)
    assert_allclose(result.effective_controls, 6, **EXACT)


def test_entropy_weights_do_not_depend_on_units_of_covariates_or_order_of_rows():
    d, x = sample(11, n=60)
    order = np.random.default_rng(1).permutation(60)
    base = entropy_balance(x, d).weights
    other = entropy_balance((x * [1e-6, -2.0, 1e4] + [1e3, 0, 5])[order], d[order]).weights
    assert_allclose(other, base[order], rtol=1e-7)


@pytest.mark.parametrize("mean", [2.0, 2.5, -1.0, 0.0])
def test_means_beyond_or_at_the_end_of_the_controls_are_not_identified(mean):
    x = np.array([mean - 1, mean + 1, 0.0, 0.5, 1.0, 2.0])
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, np.arange(6) < 2, ["openness"])
    assert error.value.reason == Reason(
        "outside_hull_in", {"controls": 4, "variables": ("openness",), "beyond": ("openness",)}
    )


def test_means_within_all_ranges_may_still_lie_outside_the_hull():
    x = np.array([[0.2, 0.2], [0.3, 0.3], [0, 1.0], [1.0, 0], [0.9, 0.9]])
    d = np.arange(5) < 2
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason(
        "outside_hull", {"controls": 3, "variables": ("covariate 1", "covariate 2")}
    )
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason(
        "outside_hull", {"controls": 3, "variables": ("covariate 1", "covariate 2")}
    )
    x[4] = 0.0
    assert (entropy_balance(x, d).weights > 0).all()


def test_covariates_that_are_collinear_among_controls_only_may_be_balanced():
    x = np.array([[1.0, 2.5], [2.0, 3.5], [3.0, 6.0], [0, 0], [1, 2], [2, 4], [5, 10]])
    d = np.arange(7) < 3
    weights = entropy_balance(x, d).weights[~d]
    assert_allclose(weights @ x[~d] / 3, [2.0, 4.0], **EXACT)
    single = entropy_balance(x[:, 0], d).weights[~d]
    assert_allclose(weights, single, **EXACT)
    x[0, 1] = 2.4
    with pytest.raises(NotIdentified) as error:
        entropy_balance(x, d)
    assert error.value.reason == Reason(
        "outside_hull", {"controls": 4, "variables": ("covariate 1", "covariate 2")}
    )
    x[~d, 1] = x[d, 1].mean()
    assert_allclose(entropy_balance(x, d).weights[~d], single, **EXACT)
    assert_allclose(entropy_balance(x[:, 1], d).weights[~d], 3 / 4, **EXACT)


# ---------------------------------------------------------------- balance


def test_balance_of_a_hand_worked_case():
    x = np.array([[1.0, 0.0], [3.0, 2.0], [0.0, 1.0], [2.0, 1.0], [4.0, 4.0], [9.0, 9.0]])
    d, weights = np.array([1, 1, 0, 0, 0, 0]), np.array([1, 1, 1, 2, 0.5, 0])
    result = balance(x, ["a", "b"], d, weights)
    before, after = result.before, result.after
    assert result.names == ("a", "b")
    assert_allclose(before.mean_treated, [2, 1], **EXACT)
    assert_allclose(before.mean_controls, [3.75, 3.75], **EXACT)
    # Variances: treated 2 and 2; controls Σ(x − 3.75)²/3 = 44.75/3 and 42.75/3.
    pooled = np.sqrt((2 + np.array([44.75, 42.75]) / 3) / 2)
    assert_allclose(before.std_difference, [-1.75, -2.75] / pooled, **EXACT)
    assert_allclose(before.variance_ratio, 6 / np.array([44.75, 42.75]), **EXACT)
    # Controls after: Σw = 3.5, Σw² = 5.25; means 6/3.5 and 5/3.5, Σw(x − x̄)² by hand.
    means = np.array([12, 10]) / 7
    assert_allclose(after.mean_treated, [2, 1], **EXACT)
    assert_allclose(after.mean_controls, means, **EXACT)
    assert_allclose(after.std_difference, ([2, 1] - means) / pooled, **EXACT)
    squares = np.array([16 - 3.5 * means[0] ** 2, 11 - 3.5 * means[1] ** 2])
    variance = squares * 3.5 / (3.5**2 - 5.25)
    assert_allclose(after.variance_ratio, 2 / variance, **EXACT)


def test_even_weights_of_any_size_change_no_balance():
    d, x = sample(2)
    result = balance(x, ["a", "b", "c"], d, np.where(d, 1.0, 7.0))
    for name in ("mean_treated", "mean_controls", "std_difference", "variance_ratio"):
        assert_allclose(getattr(result.after, name), getattr(result.before, name), **EXACT)
    expected = x[d].var(axis=0, ddof=1) / x[~d].var(axis=0, ddof=1)
    assert_allclose(result.before.variance_ratio, expected, **EXACT)


def test_entropy_weights_leave_no_difference_in_means():
    d, x = sample(3, n=60)
    result = balance(x, ["a", "b", "c"], d, entropy_balance(x, d).weights)
    assert np.abs(result.before.std_difference).max() > 0.1
    assert_allclose(result.after.std_difference, 0, atol=1e-8)


def test_variance_ratios_of_a_single_unit_are_missing():
    result = balance([1.0, 2.0, 0.0, 4.0], ["a"], [1, 1, 0, 0], [1, 0, 1, 1])
    assert np.isnan(result.after.variance_ratio).all()
    assert_allclose(result.after.std_difference, -1 / np.sqrt((0.5 + 8) / 2), **EXACT)


def test_groups_without_variation_differ_infinitely():
    result = balance([1.0, 1.0, 0.0, 0.0], ["a"], [1, 1, 0, 0], np.ones(4))
    assert np.isposinf(result.before.std_difference).all()


# ---------------------------------------------------------------- matched DID


def panel_of(change, periods=(2013, 2014, 2015, 2016), start=None):
    """Outcome, unit and period in long form: unit effects and ``change`` times (period − first)."""
    n, t = len(change), len(periods)
    levels = np.arange(n) * 1.7 if start is None else start
    time = np.array(periods) - periods[0]
    y = levels[:, None] + np.sin(time) + change[:, None] * time
    return y, np.repeat(np.arange(n) + 100, t), np.tile(periods, n)


def twins():
    """Treated units with an exact twin each, and further controls of other kinds, no noise.

    The trend of a unit is a kinked function of its covariate, so that only like controls will do.
    """
    x = np.array([0.0, 0.0, 2.0, 5.0, 0.0, 2.0, 5.0, 7.0, 7.0, 8.0, 9.0])
    treated = np.arange(11) < 4
    y, unit, period = panel_of(np.abs(x - 3.0) ** 1.5)
    d = (treated[:, None] & (np.array([2013, 2014, 2015, 2016]) >= 2015)).astype(float)
    return x, treated, (y + 2.5 * d).ravel(), unit, period, d.ravel()


def by_unit(weights):
    return {100 + i: w for i, w in enumerate(weights)}


def test_with_perfect_overlap_matching_recovers_the_effect():
    x, treated, y, unit, period, d = twins()
    naive = twfe(y, d, ["d"], None, [], unit, period)
    assert abs(naive.coefficients[0] - 2.5) > 1
    score = firth_logit(treated, x)
    codes = np.arange(11) + 100
    nearest = nearest_neighbour(score.logit, treated, codes)
    assert nearest.dropped == ()
    kernel = kernel_weights(score.propensity, treated, codes, 0.01)
    for match in (nearest, kernel):
        result = matched_did(y, unit, period, d, by_unit(match.weights))
        assert_allclose(result.fit.coefficients, 2.5, **EXACT)
        assert (result.n_units, result.n_dropped_rows) == (7, 16)
        assert result.dropped == match.unused == (107, 108, 109, 110)
        assert (result.fit.nobs, result.fit.n_clusters) == (28, 7)


def test_entropy_balancing_recovers_the_effect_where_trends_are_linear_in_the_covariates():
    treated, x = sample(5, n=40)
    y, unit, period = panel_of((x - 5.0) @ [1.0, -0.3, 0.02])
    d = (treated[:, None] & (np.arange(2013, 2017) >= 2015)).astype(float)
    y = (y - 0.7 * d).ravel()
    naive = twfe(y, d.ravel(), ["d"], None, [], unit, period)
    assert abs(naive.coefficients[0] + 0.7) > 0.1
    result = matched_did(y, unit, period, d.ravel(), by_unit(entropy_balance(x, treated).weights))
    assert_allclose(result.fit.coefficients, -0.7, **EXACT)
    assert (result.n_units, result.dropped, result.n_dropped_rows) == (40, (), 0)


def test_two_periods_give_the_mean_difference_over_pairs():
    logit, treated, codes = neighbours_case()
    match = nearest_neighbour(logit, treated, codes)
    y = np.random.default_rng(4).normal(size=(10, 2))
    unit, period = np.repeat(codes, 2), np.tile([2014, 2016], 10)
    d = (treated[:, None] & np.array([False, True])).ravel()
    weights = dict(zip(codes.tolist(), match.weights, strict=True))
    result = matched_did(y.ravel(), unit, period, d, weights)
    change = dict(zip(codes.tolist(), y[:, 1] - y[:, 0], strict=True))
    expected = np.mean([change[pair.treated] - change[pair.control] for pair in match.pairs])
    assert_allclose(result.fit.coefficients[0], expected, **EXACT)
    assert result.dropped == (3, 8, 30)
    assert result.n_dropped_rows == 6


def staggered(seed, n=12, t=5):
    rng = np.random.default_rng(seed)
    unit, period = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
    first = rng.integers(1, t + 2, size=n)
    first[:2] = 2, 99
    d = (period >= first[unit]).astype(float)
    x = rng.normal(size=n * t)
    y = rng.normal(size=n * t) + unit + d + 0.5 * x
    weights = rng.choice([0.0, 0.4, 1.0, 3.0], size=n)
    weights[:2] = 1.0
    return y, unit, period, d, x, weights


def test_coefficients_and_errors_are_those_of_weighted_least_squares_with_dummies():
    y, unit, period, d, x, weights = staggered(1)
    result = matched_did(
        y,
        unit,
        period,
        d,
        dict(enumerate(weights)),
        treatment_name="zone",
        controls=x,
        control_names=["x"],
    )
    kept = weights[unit] > 0
    units = np.flatnonzero(weights > 0)
    design = np.column_stack(
        [d, x, unit[:, None] == units, period[:, None] == np.arange(1, 5)]
    ).astype(float)[kept]
    w = weights[unit][kept]
    bread = np.linalg.inv(design.T @ (w[:, None] * design))
    beta = bread @ (design.T @ (w * y[kept]))
    scores = (w * (y[kept] - design @ beta))[:, None] * design
    summed = np.array([scores[unit[kept] == u].sum(axis=0) for u in units])
    g, n, k = len(units), kept.sum(), 2 + 5
    factor = g / (g - 1) * (n - 1) / (n - k)
    covariance = factor * bread @ summed.T @ summed @ bread
    assert 2 < g < 12
    assert result.fit.names == ("zone", "x")
    assert_allclose(result.fit.coefficients, beta[:2], **EXACT)
    assert_allclose(result.fit.covariance, covariance[:2, :2], **EXACT)
    assert (result.fit.df, result.fit.k) == (g - 1, k)
    assert result.dropped == tuple(np.flatnonzero(weights == 0))
    assert result.n_dropped_rows == n_rows_without(weights, unit)


def n_rows_without(weights, unit):
    return int(np.sum(weights[unit] == 0))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000))
def test_order_of_rows_and_scale_of_weights_change_nothing(seed):
    y, unit, period, d, x, weights = staggered(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    base = matched_did(
        y, unit, period, d, dict(enumerate(weights)), controls=x, control_names=["x"]
    )
    other = matched_did(
        y[order],
        unit[order],
        period[order],
        d[order],
        dict(enumerate(5 * weights)),
        controls=x[order],
        control_names=["x"],
    )
    assert_allclose(other.fit.coefficients, base.fit.coefficients, **EXACT)
    assert_allclose(other.fit.covariance, base.fit.covariance, **EXACT)
    assert (other.dropped, other.n_dropped_rows) == (base.dropped, base.n_dropped_rows)


def test_clusters_and_jackknife_errors_reach_the_regression():
    y, unit, period, d, _, weights = staggered(1)
    table = dict(enumerate(weights))
    kept = weights[unit] > 0
    base = matched_did(y, unit, period, d, table)
    by_region = matched_did(y, unit, period, d, table, cluster=unit % 4, vcov="crv3").fit
    same = twfe(
        y[kept],
        d[kept],
        ["treatment"],
        None,
        [],
        unit[kept],
        period[kept],
        weights=weights[unit][kept],
        cluster=(unit % 4)[kept],
        vcov="crv3",
    )
    assert (by_region.vcov, by_region.n_clusters) == ("crv3", same.n_clusters)
    assert_allclose(by_region.covariance, same.covariance, **EXACT)
    assert_allclose(by_region.coefficients, base.fit.coefficients, **EXACT)


def test_a_matched_sample_without_contrast_is_not_identified():
    _, treated, y, unit, period, d = twins()
    with pytest.raises(NotIdentified) as error:
        matched_did(y, unit, period, d, by_unit(np.zeros(11)))
    assert error.value.reason == Reason("no_matched_unit")
    with pytest.raises(NotIdentified) as error:
        matched_did(y, unit, period, d, by_unit(treated * 1.0), treatment_name="zone")
    assert error.value.reason == Reason("flat_in_matched", {"variable": "zone", "units": 4})


def test_units_and_weights_must_correspond():
    _, _, y, unit, period, d = twins()
    full = by_unit(np.ones(11))
    short = {code: w for code, w in full.items() if code not in (104, 109)}
    with pytest.raises(UserError, match="without a matching weight: 2, the first is 104; give one"):
        matched_did(y, unit, period, d, short)
    with pytest.raises(UserError, match="weight but no row: 1, the first is 500; match on the uni"):
        matched_did(y, unit, period, d, full | {500: 1.0})
    assert matched_did(y, unit, period, d, full | {500: 0.0}).n_units == 11
    with pytest.raises(UserError, match="'weights' has negative values"):
        matched_did(y, unit, period, d, full | {100: -1.0})
    with pytest.raises(UserError, match="'weights' has 1 missing or infinite values"):
        matched_did(y, unit, period, d, full | {100: np.nan})
    with pytest.raises(UserError, match="'treatment' has 4 missing or infinite values"):
        matched_did(y, unit, period, np.where(unit == 103, np.nan, d), full)
    with pytest.raises(UserError, match="the treatment should have 44 rows"):
        matched_did(y, unit, period, d[:9], full)


# ---------------------------------------------------------------- what comes in


@pytest.mark.parametrize(
    "function",
    [
        lambda x, d, names: firth_logit(d, x, names),
        lambda x, d, names: entropy_balance(x, d, names),
        lambda x, d, names: balance(x, names, d, np.ones(len(x))),
    ],
    ids=["firth_logit", "entropy_balance", "balance"],
)
def test_constant_and_missing_covariates_are_named(function):
    d, x = sample(1)
    names = ["gdp", "openness", "urbanisation"]
    constant = np.where([False, True, False], 0.1, x)
    with pytest.raises(UserError, match=r"^'openness': the same value in all 30 units; leave it"):
        function(constant, d, names)
    constant[:, 2] = 1e6
    with pytest.raises(UserError, match=r"^'openness' and 'urbanisation': the same value"):
        function(constant, d, names)
    x[3:5, 2] = np.nan
    with pytest.raises(UserError, match="'urbanisation' has 2 missing or infinite values"):
        function(x, d, names)
    with pytest.raises(UserError, match="3 covariates for 2 names: 'gdp' and 'openness'"):
        function(x, d, names[:2])
    with pytest.raises(
        UserError, match=r"covariates need 29 rows, one per unit; the shape is \(30"
    ):
        function(x, d[:29], names)
    with pytest.raises(UserError, match="not all are numbers"):
        function(np.full((30, 3), "high"), d, names)


@pytest.mark.parametrize(
    "function",
    [lambda x, d, names: firth_logit(d, x, names), entropy_balance],
    ids=["firth_logit", "entropy_balance"],
)
def test_collinear_covariates_are_named(function):
    d, x = sample(1)
    x[:, 2] = 1e5 - 300 * x[:, 0]
    with pytest.raises(UserError, match=r"^'gdp' and 'urbanisation' are collinear among the 30 un"):
        function(x, d, ["gdp", "openness", "urbanisation"])
    x[:, 2] = x[:, 0] + x[:, 1]
    with pytest.raises(UserError, match=r"^'gdp', 'openness' and 'urbanisation' are collinear"):
        function(x, d, ["gdp", "openness", "urbanisation"])
    with pytest.raises(UserError, match="are collinear among the 3 units"):
        function(np.random.default_rng(1).normal(size=(3, 5)), [1, 0, 0], None)


@pytest.mark.parametrize(
    "function",
    [
        lambda d: firth_logit(d, np.arange(4.0)),
        lambda d: nearest_neighbour(np.arange(4.0), d, np.arange(4)),
        lambda d: kernel_weights(np.arange(4) / 4, d, np.arange(4)),
        lambda d: entropy_balance(np.arange(4.0), d),
        lambda d: balance(np.arange(4.0), ["a"], d, np.ones(4)),
    ],
    ids=["firth_logit", "nearest_neighbour", "kernel_weights", "entropy_balance", "balance"],
)
def test_both_groups_are_needed(function):
    with pytest.raises(NotIdentified) as error:
        function([1, 1, 1, 1])
    assert error.value.reason == Reason("matching_needs_units", {"treated": 4, "controls": 0})
    with pytest.raises(NotIdentified) as error:
        function(np.zeros(4, dtype=bool))
    assert error.value.reason == Reason("matching_needs_units", {"treated": 0, "controls": 4})
    with pytest.raises(UserError, match="one column of true and false, or 1 and 0"):
        function([0, 1, 2, 1])
    with pytest.raises(UserError, match="one column of true and false, or 1 and 0"):
        function([0, 1, np.nan, 1])


@pytest.mark.parametrize("function", [nearest_neighbour, kernel_weights])
def test_codes_scores_and_widths_are_checked(function):
    score, treated = [0.1, 0.4, 0.12, 0.38], [1, 1, 0, 0]
    with pytest.raises(UserError, match="code 7 stands for more than one unit"):
        function(score, treated, [1, 7, 7, 2])
    with pytest.raises(UserError, match="'codes' has missing labels"):
        function(score, treated, [1, 7, np.nan, 2])
    with pytest.raises(UserError, match="'codes' needs one code for each of 4 units, not 3"):
        function(score, treated, [1, 2, 3])
    with pytest.raises(UserError, match=r"needs one value for each of 4 units, not \(3,\)"):
        function(score[:3], treated, [1, 2, 3, 4])
    with pytest.raises(UserError, match="has 1 missing or infinite values"):
        function([0.1, np.inf, 0.2, 0.3], treated, [1, 2, 3, 4])
    for width in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(UserError, match="must be a positive number"):
            function(score, treated, [1, 2, 3, 4], width)


def test_a_logit_is_no_propensity():
    with pytest.raises(UserError, match=r"outside \[0, 1\]; give the propensity, not its logit"):
        kernel_weights([0.2, -0.4, 0.5], [1, 0, 0], [1, 2, 3])


def test_balance_needs_weights_on_both_sides():
    x, d = np.arange(4.0), [1, 1, 0, 0]
    for weights in ([0, 0, 1, 1], [1, 1, 0, 0]):
        with pytest.raises(NotIdentified) as error:
            balance(x, ["a"], d, weights)
        assert error.value.reason == Reason("no_weight")
    with pytest.raises(UserError, match="'weights' has negative values"):
        balance(x, ["a"], d, [1, 1, 1, -1])


def test_inputs_are_not_changed():
    treated, x = sample(1)
    codes, names = np.arange(30) + 100, ["a", "b", "c"]
    y, unit, period = panel_of(x[:, 0])
    d = (treated[:, None] & (np.arange(2013, 2017) >= 2015)).astype(float).ravel()
    score = firth_logit(treated, x, names)
    nearest = nearest_neighbour(score.logit, treated, codes)
    weights, table = nearest.weights, by_unit(nearest.weights)
    arrays = [treated, x, codes, y, unit, period, d, score.logit, score.propensity, weights]
    copies = [array.copy() for array in arrays]
    same_table = dict(table)
    firth_logit(treated, x, names)
    nearest_neighbour(score.logit, treated, codes)
    kernel_weights(score.propensity, treated, codes)
    entropy_balance(x, treated, names)
    balance(x, names, treated, weights)
    matched_did(
        y.ravel(), unit, period, d, table, controls=np.cos(unit + period), control_names=["c"]
    )
    for array, copy in zip(arrays, copies, strict=True):
        assert_array_equal(array, copy)
    assert table == same_table
    assert names == ["a", "b", "c"]
