"""Spatial panel likelihoods.

Tolerances: GOLD is that of the known answers, which other programs found with their own stopping
rules; EXACT is for the same numbers reached by another order of operations, of order one here.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.methods.space.design import MODELS, build_design, build_sample
from pilotzone.methods.space.lm_tests import lr_test
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.panel_ml import estimate_stacked, fit_spatial, fit_stacked
from pilotzone.methods.space.profile import build_profile
from pilotzone.methods.space.weights import SpatialWeights

GOLD = 1e-5
EXACT = 1e-10

# The model with two spatial parameters has tests of its own.
FAMILY = [model for model in MODELS if model != "gns"]

seeds = st.integers(0, 10_000)


def dummies(n, n_periods, effects):
    columns = [np.ones((n * n_periods, 1))]
    if effects in ("unit", "two_way"):
        columns.append(np.tile(np.eye(n), (n_periods, 1))[:, 1:])
    if effects in ("period", "two_way"):
        columns.append(np.repeat(np.eye(n_periods), n, axis=0)[:, 1:])
    return np.hstack(columns)


def brute_loglik(long_panel, matrix, structure, effects, coefficients, sigma2):
    """Log-likelihood with determinant and dummies, rows sorted by period and unit."""
    y, x, *_ = long_panel
    n = len(matrix)
    big = np.kron(np.eye(len(y) // n), matrix)
    z = np.hstack([x, big @ x]) if structure.lag_x else x
    k = z.shape[1]
    r = coefficients[k] if len(coefficients) > k else 0.0
    filtered_y = y - r * big @ y if structure.lag_y or structure.lag_error else y
    filtered_z = z - r * big @ z if structure.lag_error else z
    d = dummies(n, len(y) // n, effects)
    gap = filtered_y - filtered_z @ coefficients[:k]
    e = gap - d @ np.linalg.lstsq(d, gap, rcond=None)[0]
    log_det = np.linalg.slogdet(np.eye(n) - r * matrix)[1] * (len(y) // n)
    return log_det - len(y) / 2 * np.log(2 * np.pi * sigma2) - e @ e / (2 * sigma2)


@pytest.mark.parametrize(
    ("check", "model", "effects", "lee_yu", "spatial"),
    [
        ("sar_individual_fe", "sar", "unit", False, "lambda"),
        ("sdm_individual_fe", "sdm", "unit", False, "lambda"),
        ("sem_individual_fe", "sem", "unit", False, "rho"),
        ("sar_twoway_fe", "sar", "two_way", False, "rho"),
        ("sdm_twoway_fe", "sdm", "two_way", False, "rho"),
        ("sar_twoway_lee_yu_information", "sar", "two_way", True, "rho"),
        ("sdm_twoway_lee_yu_information", "sdm", "two_way", True, "rho"),
    ],
)
def test_known_answers(gold, gold2, weights, long_panel, check, model, effects, lee_yu, spatial):
    fit = fit_spatial(*long_panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    ours = {"x1": "x1", "x2": "x2", "Wx1": "W:x1", "Wx2": "W:x2", spatial: fit.names[-1]}
    answers = dict(gold.get(check) or gold2[check])
    answers.pop("sigma2", None)
    if "loglik" in answers:
        assert fit.loglik == pytest.approx(answers.pop("loglik")[0], abs=GOLD)
    assert len(answers) == len(fit.names)
    for quantity, (value, std_error) in answers.items():
        i = fit.names.index(ours[quantity])
        assert fit.coefficients[i] == pytest.approx(value, abs=GOLD), quantity
        assert fit.std_errors[i] == pytest.approx(std_error, abs=GOLD), quantity


def test_likelihood_ratio_of_the_known_answers(gold, weights, long_panel):
    sar, sdm = (fit_spatial(*long_panel, weights, model=model) for model in ("sar", "sdm"))
    statistic, df, p = lr_test(sar, sdm)
    assert statistic == pytest.approx(gold["lr_test_sdm_vs_sar"]["statistic"][0], abs=GOLD)
    assert df == 2
    # With two degrees of freedom the chi2 tail is exp(-x/2).
    assert p == pytest.approx(np.exp(-statistic / 2), rel=EXACT)


def test_names_and_parts_of_the_fit(weights, long_panel):
    fit = fit_spatial(*long_panel, weights, model="sdm")
    assert fit.names == ("x1", "x2", "W:x1", "W:x2", "rho")
    assert (fit.nobs, fit.n_units, fit.n_periods) == (360, 30, 12)
    assert fit.residuals.shape == (12, 30)
    assert fit.sigma2 == pytest.approx((fit.residuals**2).sum() / 360, rel=EXACT)
    assert fit.rho == fit.coefficients[-1]
    assert np.isnan(fit.lam)
    assert fit.z == pytest.approx(fit.coefficients / fit.std_errors, rel=EXACT)
    assert fit.p_values[-1] == pytest.approx(6.3e-7, rel=0.05)
    error = fit_spatial(*long_panel, weights, model="sem")
    assert error.names == ("x1", "x2", "lambda")
    assert error.lam == error.coefficients[-1]


@pytest.mark.parametrize("effects", ["two_way", "unit", "period", "none"])
@pytest.mark.parametrize("model", FAMILY)
def test_the_maximum_of_the_brute_likelihood(make_weights, make_panel, model, effects):
    """The value agrees with determinant and dummies, and no step in any direction is higher."""
    rng = np.random.default_rng(3)
    weights = make_weights(rng, 9, symmetric=False)
    data = make_panel(rng, weights, 6)
    fit = fit_spatial(*data, weights, model=model, effects=effects)
    here = (data, weights.matrix, MODELS[model], effects)
    top = brute_loglik(*here, fit.coefficients, fit.sigma2)
    assert fit.loglik == pytest.approx(top, abs=EXACT * 100)
    for i, step in enumerate(1e-3 * fit.std_errors):
        moves = [fit.coefficients + sign * step * np.eye(len(fit.names))[i] for sign in (-1, 1)]
        lower, upper = (brute_loglik(*here, move, fit.sigma2) for move in moves)
        assert max(lower, upper) < top
        # At a maximum the two sides fall alike, to third order of the step.
        assert lower - upper == pytest.approx(0.0, abs=1e-2 * (top - lower))


@given(seed=seeds, model=st.sampled_from(FAMILY))
def test_order_of_rows_and_of_labels_does_not_matter(make_weights, make_panel, seed, model):
    rng = np.random.default_rng(seed)
    weights = make_weights(rng, 8)
    y, x, names, unit, period = make_panel(rng, weights, 5)
    fit = fit_spatial(y, x, names, unit, period, weights, model=model)
    rows, order = rng.permutation(len(y)), rng.permutation(8)
    labels = [weights.labels[i] for i in order]
    shuffled = SpatialWeights("drawn", labels, weights.align(labels))
    other = fit_spatial(y[rows], x[rows], names, unit[rows], period[rows], shuffled, model=model)
    assert other.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert other.covariance == pytest.approx(fit.covariance, abs=EXACT)
    assert other.loglik == pytest.approx(fit.loglik, abs=EXACT * 100)
    back = [other.units.index(label) for label in fit.units]
    assert other.residuals[:, back] == pytest.approx(fit.residuals, abs=EXACT * 10)


@given(seed=seeds, scale=st.sampled_from([1e-9, 1e-3, 7.0, 1e9]))
def test_rescaling_a_regressor_divides_its_slope(make_weights, make_panel, seed, scale):
    rng = np.random.default_rng(seed)
    weights = make_weights(rng, 8)
    y, x, names, unit, period = make_panel(rng, weights, 5)
    factors = np.array([scale, 1.0, scale, 1.0, 1.0])
    fit = fit_spatial(y, x, names, unit, period, weights, model="sdm")
    scaled = fit_spatial(y, x * factors[:2], names, unit, period, weights, model="sdm")
    assert scaled.coefficients * factors == pytest.approx(fit.coefficients, rel=1e-8)
    assert scaled.std_errors * factors == pytest.approx(fit.std_errors, rel=1e-8)
    assert scaled.loglik == pytest.approx(fit.loglik, rel=EXACT)


@given(seed=seeds, model=st.sampled_from(FAMILY))
def test_unit_and_period_constants_change_nothing(make_weights, make_panel, seed, model):
    rng = np.random.default_rng(seed)
    weights = make_weights(rng, 8)
    y, x, names, unit, period = make_panel(rng, weights, 5)
    shifts = np.tile(rng.normal(size=8), 5) + np.repeat(rng.normal(size=5), 8)
    fit = fit_spatial(y, x, names, unit, period, weights, model=model)
    shifted = fit_spatial(y + shifts, x, names, unit, period, weights, model=model)
    assert shifted.coefficients == pytest.approx(fit.coefficients, abs=EXACT)
    assert shifted.loglik == pytest.approx(fit.loglik, abs=EXACT * 100)


@pytest.mark.parametrize("lee_yu", [False, True])
@pytest.mark.parametrize(
    ("wide", "narrow"), [("sdm", "slx"), ("sdem", "slx"), ("sar", "ols"), ("sem", "ols")]
)
def test_without_its_spatial_parameter_a_model_is_least_squares(
    weights, long_panel, wide, narrow, lee_yu
):
    panel = stack_panel(*long_panel, weights)
    sample = build_sample(weights, 12, "two_way", lee_yu)
    design = build_design(panel, weights.matrix, MODELS[wide], "two_way", sample)
    constrained = build_profile(design, sample).loglik(np.zeros(1))[0]
    fit = fit_stacked(panel, weights, model=narrow, lee_yu=lee_yu)
    assert constrained == pytest.approx(fit.loglik, abs=EXACT * 100)


@pytest.mark.parametrize("model", ["ols", "slx"])
def test_least_squares_with_dummies(weights, long_panel, model):
    """Rows of the reference panel are sorted by period and unit."""
    y, x, *_ = long_panel
    big = np.kron(np.eye(12), weights.matrix)
    z = np.hstack([x, big @ x]) if model == "slx" else x
    full = np.hstack([z, dummies(30, 12, "two_way")])
    b = np.linalg.lstsq(full, y, rcond=None)[0]
    e = y - full @ b
    k = z.shape[1]
    fit = fit_spatial(*long_panel, weights, model=model)
    assert fit.coefficients == pytest.approx(b[:k], abs=EXACT)
    errors = np.sqrt(e @ e / 360 * np.diag(np.linalg.inv(full.T @ full))[:k])
    assert fit.std_errors == pytest.approx(errors, abs=EXACT)
    assert fit.r2 == pytest.approx(1 - e @ e / ((y - y.mean()) ** 2).sum(), abs=EXACT)


def test_fit_quality_is_that_of_the_reduced_form(weights, long_panel):
    """Rebuild the prediction from coefficients and estimated dummies."""
    y, x, *_ = long_panel
    fit = fit_spatial(*long_panel, weights, model="sdm")
    big = np.kron(np.eye(12), weights.matrix)
    z, d = np.hstack([x, big @ x]), dummies(30, 12, "two_way")
    gap = y - fit.rho * big @ y - z @ fit.coefficients[:4]
    inverse = np.linalg.inv(np.eye(360) - fit.rho * big)
    alpha = np.linalg.lstsq(d, gap, rcond=None)[0]
    prediction = inverse @ (z @ fit.coefficients[:4] + d @ alpha)
    assert fit.r2 == pytest.approx(np.corrcoef(y, prediction)[0, 1] ** 2, abs=EXACT)
    free = np.eye(360) - d @ np.linalg.pinv(d, rcond=1e-10)
    within = np.corrcoef(free @ y, free @ inverse @ z @ fit.coefficients[:4])[0, 1] ** 2
    assert fit.r2_within == pytest.approx(within, abs=EXACT)


@pytest.mark.parametrize("effects", ["unit", "period", "two_way"])
@pytest.mark.parametrize("model", ["slx", "sar", "sdm", "sem", "sdem"])
def test_lee_yu_is_the_likelihood_of_the_transformed_data(make_weights, make_panel, model, effects):
    """Fit the model by brute force on F'y, with F the eigenvectors that the effects leave."""
    rng = np.random.default_rng(11)
    n, t = 7, 5
    weights = make_weights(rng, n)
    data = make_panel(rng, weights, t)
    fit = fit_spatial(*data, weights, model=model, effects=effects, lee_yu=True)
    keep_n = centring_vectors(n) if effects != "unit" else np.eye(n)
    keep_t = centring_vectors(t) if effects != "period" else np.eye(t)
    moved = keep_n.T @ weights.matrix @ keep_n
    y, x = (np.asarray(part).T.reshape(-1, t, n) for part in data[:2])
    if MODELS[model].lag_x:
        x = np.concatenate([x, x @ weights.matrix.T])
    y, x = (np.einsum("kti,ts,ij->ksj", part, keep_t, keep_n) for part in (y, x))
    r = fit.coefficients[-1] if fit.names[-1] in ("rho", "lambda") else 0.0
    filtered_y = y - r * y @ moved.T
    filtered_x = x - r * x @ moved.T if MODELS[model].lag_error else x
    e = filtered_y[0] - np.tensordot(fit.coefficients[: len(x)], filtered_x, 1)
    log_det = np.linalg.slogdet(np.eye(len(moved)) - r * moved)[1]
    loglik = e.shape[0] * log_det - e.size / 2 * (np.log(2 * np.pi * (e**2).mean()) + 1)
    assert fit.loglik == pytest.approx(loglik, abs=EXACT * 100)
    assert fit.sigma2 == pytest.approx((e**2).mean(), rel=EXACT)


def centring_vectors(m):
    """Orthonormal columns (m, m - 1) that sum to zero."""
    return np.linalg.svd(np.eye(m) - 1 / m)[0][:, : m - 1]


def test_lee_yu_errors_are_near_the_information_of_the_transformed_model(weights, long_panel):
    """The stored convention frees G Zb of the effects before G only: 1 % covers the difference."""
    fit = fit_spatial(*long_panel, weights, model="sdm", lee_yu=True)
    keep_n, keep_t = centring_vectors(30), centring_vectors(12)
    moved = keep_n.T @ weights.matrix @ keep_n
    g = np.linalg.solve(np.eye(29) - fit.rho * moved, moved)
    x = long_panel[1].T.reshape(-1, 12, 30)
    x = np.concatenate([x, x @ weights.matrix.T])
    x = np.einsum("kti,ts,ij->ksj", x, keep_t, keep_n)
    mean = (np.tensordot(fit.coefficients[:4], x, 1) @ g.T).ravel()
    regressors = np.vstack([x.reshape(4, -1), mean])
    information = np.zeros((6, 6))
    information[:5, :5] = regressors @ regressors.T / fit.sigma2
    information[4, 4] += 11 * ((g**2).sum() + (g * g.T).sum())
    information[4, 5] = information[5, 4] = 11 * np.trace(g) / fit.sigma2
    information[5, 5] = 11 * 29 / (2 * fit.sigma2**2)
    errors = np.sqrt(np.diag(np.linalg.inv(information))[:5])
    assert fit.std_errors == pytest.approx(errors, rel=0.01)
    assert fit.std_errors[:2] == pytest.approx(errors[:2], rel=1e-3)


@pytest.mark.parametrize("model", ["sar", "sdm", "sem", "sdem"])
def test_expected_information_is_near_the_numerical_hessian(make_weights, make_panel, model):
    """5 % at 4,000 observations, where observed and expected information nearly agree."""
    rng = np.random.default_rng(17)
    weights = make_weights(rng, 100, share=0.04)
    structure = MODELS[model]
    data = make_panel(
        rng,
        weights,
        40,
        theta=(0.6, 0.3) if structure.lag_x else (0.0, 0.0),
        rho=0.4 if structure.lag_y else 0.0,
        lam=0.4 if structure.lag_error else 0.0,
    )
    panel = stack_panel(*data, weights)
    fit = fit_stacked(panel, weights, model=model)
    sample = build_sample(weights, 40, "two_way", False)
    design = build_design(panel, weights.matrix, structure, "two_way", sample)

    def loglik(values):
        slopes, r, sigma2 = values[:-2], values[-2], values[-1]
        filtered = design.filtered(design.columns, r)
        e = filtered[-1] - np.tensordot(slopes, filtered[:-1], 1)
        log_det = 40 * np.linalg.slogdet(np.eye(100) - r * weights.matrix)[1]
        return log_det - 2000 * np.log(2 * np.pi * sigma2) - (e**2).sum() / (2 * sigma2)

    steps = 0.05 * np.append(fit.std_errors, fit.sigma2 / np.sqrt(2000))
    here = np.append(fit.coefficients, fit.sigma2)
    errors = np.sqrt(np.diag(np.linalg.inv(-numerical_hessian(loglik, here, steps))))
    assert fit.std_errors == pytest.approx(errors[:-1], rel=0.05)


def numerical_hessian(function, here, steps):
    moves = np.diag(steps)

    def mixed(one, other):
        signs = ((1, 1), (1, -1), (-1, 1), (-1, -1))
        return sum(a * b * function(here + a * one + b * other) for a, b in signs)

    table = np.array([[mixed(one, other) for other in moves] for one in moves])
    return table / (4 * np.multiply.outer(steps, steps))


def test_complex_eigenvalues_give_the_same_determinant(make_weights):
    rng = np.random.default_rng(2)
    weights = make_weights(rng, 12, symmetric=False)
    assert np.iscomplexobj(weights.eigenvalues)
    sample = build_sample(weights, 3, "unit", False)
    low, high = weights.stable_interval
    for r in (0.9 * low, -0.3, 0.0, 0.7 * high):
        brute = np.linalg.slogdet(np.eye(12) - r * weights.matrix)[1]
        assert sample.determinant.value(np.array([r]))[0] == pytest.approx(brute, abs=EXACT)


@pytest.mark.parametrize("effects", ["none", "unit", "two_way"])
def test_the_quick_estimate_is_that_of_the_fit(long_panel, weights, effects):
    panel = stack_panel(*long_panel, weights)
    fit = fit_stacked(panel, weights, model="sdm", effects=effects)
    quick = estimate_stacked(panel, weights, model="sdm", effects=effects)
    assert quick == pytest.approx(dict(zip(fit.names, fit.coefficients, strict=True)), abs=EXACT)
