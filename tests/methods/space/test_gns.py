"""The general nesting model, and the surface of two parameters that it is fitted on.

Tolerances: EXACT is for the same numbers reached by another order of operations, of order one
here; SEARCH for the maximum of a general-purpose optimiser, which stops at about 1e-6 of a flat
top; SLOPE for central differences with steps of 1e-5.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.design import MODELS, build_design, build_sample
from pilotzone.methods.space.effects import effects, gradient
from pilotzone.methods.space.lm_tests import lr_test
from pilotzone.methods.space.maximum import build_surface
from pilotzone.methods.space.panel import remove_effects, stack_panel
from pilotzone.methods.space.panel_ml import fit_spatial, fit_stacked
from pilotzone.methods.space.profile import build_profile
from pilotzone.methods.space.surface import Surface, find_peaks, require_alone, require_interior
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-9
SEARCH = 1e-4
SLOPE = 1e-5


@pytest.fixture(scope="module")
def drawn(make_weights, make_panel):
    """A panel with strong regressors, so that one maximum stands out: weights and long data."""
    rng = np.random.default_rng(12)
    weights = make_weights(rng, 12, symmetric=False, share=0.15)
    beta, theta = (2.0, -1.5), (1.5, 1.0)
    return weights, make_panel(rng, weights, 9, beta=beta, theta=theta, rho=0.4, lam=-0.5)


def surface_of(panel, weights, effects, lee_yu=False):
    sample = build_sample(weights, len(panel.periods), effects, lee_yu)
    design = build_design(panel, weights.matrix, MODELS["gns"], effects, sample)
    return build_surface(design, sample), sample


def brute_loglik(panel, w, effects, rho, lam, slopes, sigma2):
    """Log-likelihood by determinants, with the effects that maximise it."""
    eye = np.eye(len(w))
    z = np.concatenate([panel.x, panel.x @ w.T])
    gap = panel.y - rho * panel.y @ w.T - np.tensordot(slopes, z, 1)
    e = remove_effects(gap - lam * gap @ w.T, effects)
    log_det = sum(np.linalg.slogdet(eye - r * w)[1] for r in (rho, lam)) * len(panel.periods)
    return log_det - e.size / 2 * np.log(2 * np.pi * sigma2) - (e**2).sum() / (2 * sigma2)


@pytest.mark.parametrize(
    ("effects", "lee_yu"),
    [
        ("two_way", False),
        ("unit", False),
        ("period", False),
        ("none", False),
        ("two_way", True),
        ("unit", True),
        ("period", True),
    ],
)
def test_without_one_lag_it_is_sdm_or_sdem(drawn, effects, lee_yu):
    """With lambda = 0 the likelihood is that of SDM for every rho, with rho = 0 that of SDEM."""
    weights, data = drawn
    panel = stack_panel(*data, weights)
    surface, sample = surface_of(panel, weights, effects, lee_yu)
    grid, zero = np.linspace(-0.9, 0.95, 41), np.zeros(1)
    for model, ours in (
        ("sdm", surface.loglik(grid, zero)[:, 0]),
        ("sdem", surface.loglik(zero, grid)[0]),
    ):
        design = build_design(panel, weights.matrix, MODELS[model], effects, sample)
        assert ours == pytest.approx(build_profile(design, sample).loglik(grid), abs=EXACT)


def test_slopes_of_the_surface_are_its_differences(drawn):
    weights, data = drawn
    surface, _ = surface_of(stack_panel(*data, weights), weights, "two_way")
    step = 1e-5
    for point in np.array([[0.3, -0.4], [-0.6, 0.7], [0.0, 0.0]]):
        moves = step * np.eye(2)
        slope, hessian = surface.slopes(point)
        rises = [(surface.at(point + m) - surface.at(point - m)) / (2 * step) for m in moves]
        bends = [
            (surface.slopes(point + m)[0] - surface.slopes(point - m)[0]) / (2 * step)
            for m in moves
        ]
        assert slope == pytest.approx(np.array(rises), abs=SLOPE * 100)
        assert hessian == pytest.approx(np.array(bends), rel=SLOPE, abs=SLOPE)


@pytest.mark.parametrize("effects", ["two_way", "unit", "none"])
def test_the_maximum_of_the_brute_likelihood(drawn, effects):
    """A search over all parameters of the full likelihood, from a grid of starts."""
    weights, data = drawn
    panel = stack_panel(*data, weights)
    fit = fit_stacked(panel, weights, model="gns", effects=effects)

    def loss(values):
        rho, lam = np.tanh(values[:2])
        here = (rho, lam, values[2:-1], np.exp(values[-1]))
        return -brute_loglik(panel, weights.matrix, effects, *here)

    starts = [np.array([a, b, 2.0, -1.5, 1.5, 1.0, 0.0]) for a in (-0.6, 0.6) for b in (-0.6, 0.6)]
    best = min((optimize.minimize(loss, start, method="BFGS") for start in starts), key=loss_of)
    rho, lam = np.tanh(best.x[:2])
    assert fit.loglik == pytest.approx(-best.fun, abs=SEARCH)
    expected = [*best.x[2:-1], lam, rho]
    assert fit.coefficients == pytest.approx(np.array(expected), abs=SEARCH)
    assert fit.sigma2 == pytest.approx(np.exp(best.x[-1]), abs=SEARCH)
    assert fit.names == ("x1", "x2", "W:x1", "W:x2", "lambda", "rho")
    assert (fit.lam, fit.rho) == tuple(fit.coefficients[-2:])
    here = (panel, weights.matrix, effects, fit.rho, fit.lam, fit.coefficients[:4], fit.sigma2)
    assert fit.loglik == pytest.approx(brute_loglik(*here), abs=EXACT)


def loss_of(result):
    return result.fun


@pytest.mark.parametrize("effects", ["two_way", "unit", "none"])
def test_errors_are_those_of_the_normal_distribution_of_all_observations(drawn, effects):
    """Expected information of N(mu, S) with dummies: mu_i' P mu_j + tr(P S_i P S_j)/2, P = S^-1."""
    weights, data = drawn
    panel = stack_panel(*data, weights)
    fit = fit_stacked(panel, weights, model="gns", effects=effects)
    n, t = 12, 9
    big, eye = np.kron(np.eye(t), weights.matrix), np.eye(n * t)
    inverse, inverse_of_error = (np.linalg.inv(eye - r * big) for r in (fit.rho, fit.lam))
    z = np.concatenate([panel.x, panel.x @ weights.matrix.T]).reshape(4, -1).T
    d = dummies(n, t, effects)
    gap = panel.y.ravel() - fit.rho * big @ panel.y.ravel() - z @ fit.coefficients[:4]
    error_filter = eye - fit.lam * big
    levels = np.linalg.lstsq(error_filter @ d, error_filter @ gap, rcond=None)[0]
    mean = inverse @ (z @ fit.coefficients[:4] + d @ levels)
    nothing = np.zeros(n * t)
    turns = np.column_stack([inverse @ z, nothing, inverse @ big @ mean, nothing, inverse @ d])
    covariance = fit.sigma2 * inverse @ inverse_of_error @ (inverse @ inverse_of_error).T
    # W and its functions commute, so that each derivative is one product and its transpose.
    spread = {4: inverse_of_error @ big @ covariance, 5: inverse @ big @ covariance}
    spread = {i: half + half.T for i, half in spread.items()} | {6: covariance / fit.sigma2}
    precision = np.linalg.inv(covariance)
    whole = turns.T @ precision @ turns
    for i, one in spread.items():
        for j, other in spread.items():
            whole[i, j] += np.trace(precision @ one @ precision @ other) / 2
    expected = np.linalg.inv(whole)[:6, :6]
    assert fit.covariance == pytest.approx(expected, rel=1e-6, abs=EXACT)


def dummies(n, t, effects):
    columns = [np.ones((n * t, 1))]
    if effects in ("unit", "two_way"):
        columns.append(np.tile(np.eye(n), (t, 1))[:, 1:])
    if effects in ("period", "two_way"):
        columns.append(np.repeat(np.eye(t), n, axis=0)[:, 1:])
    return np.hstack(columns)


def test_the_truth_in_a_large_panel(make_weights, make_panel):
    """4,000 observations: the estimates lie within four errors, none further than 0.3."""
    rng = np.random.default_rng(21)
    weights = make_weights(rng, 100, share=0.03)
    truth = np.array([1.0, -0.5, 0.6, 0.3, -0.4, 0.4])
    data = make_panel(rng, weights, 40, lam=-0.4)
    fit = fit_spatial(*data, weights, model="gns", lee_yu=True)
    assert np.all(np.abs(fit.coefficients - truth) < np.minimum(4 * fit.std_errors, 0.3))


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 3.0, 1e6]))
def test_order_of_rows_and_units_of_measurement_do_not_matter(drawn, seed, scale):
    weights, (y, x, names, unit, period) = drawn
    rng = np.random.default_rng(seed)
    fit = fit_spatial(y, x, names, unit, period, weights, model="gns")
    rows = rng.permutation(len(y))
    labels = [weights.labels[i] for i in rng.permutation(12)]
    turned = SpatialWeights("drawn", labels, weights.align(labels))
    shift = np.repeat(rng.normal(size=9), 12)
    moved = (scale * (y + shift))[rows], (scale * x)[rows], names, unit[rows], period[rows]
    other = fit_spatial(*moved, turned, model="gns")
    assert other.coefficients == pytest.approx(fit.coefficients, abs=1e-7)
    assert other.std_errors == pytest.approx(fit.std_errors, abs=1e-7)
    assert other.r2_within == pytest.approx(fit.r2_within, abs=1e-7)


def test_likelihood_ratio_against_the_models_it_nests(weights, long_panel):
    gns = fit_spatial(*long_panel, weights, model="gns")
    for model, df in (("sdm", 1), ("sdem", 1), ("sar", 3), ("sem", 3), ("slx", 2), ("ols", 4)):
        statistic, freedom, _ = lr_test(fit_spatial(*long_panel, weights, model=model), gns)
        assert freedom == df
        assert statistic >= 0
    with pytest.raises(UserError, match="not nested"):
        lr_test(gns, fit_spatial(*long_panel, weights, model="sdm"))


def test_effects_use_rho_and_not_lambda(drawn):
    weights, data = drawn
    fit = fit_spatial(*data, weights, model="gns")
    table = effects(fit, weights, method="delta")
    inverse = np.linalg.inv(np.eye(12) - fit.rho * weights.matrix)
    beta, theta = fit.coefficients[:2], fit.coefficients[2:4]
    for j in range(2):
        response = inverse @ (beta[j] * np.eye(12) + theta[j] * weights.matrix)
        assert table.estimates[0][j] == pytest.approx(np.diag(response).mean(), abs=EXACT)
        assert table.estimates[2][j] == pytest.approx(response.sum(axis=1).mean(), abs=EXACT)
    assert np.all(gradient(fit, weights)[:, :, 4] == 0.0)


def test_fit_quality_is_that_of_the_reduced_form(drawn):
    weights, data = drawn
    panel = stack_panel(*data, weights)
    fit = fit_stacked(panel, weights, model="gns")
    a, b = (np.eye(12) - r * weights.matrix for r in (fit.rho, fit.lam))
    prediction = panel.y - fit.residuals @ np.linalg.inv(b @ a).T
    r = np.corrcoef(panel.y.ravel(), prediction.ravel())[0, 1]
    assert fit.r2 == pytest.approx(r**2, abs=EXACT)


def test_two_maxima_of_nearly_the_same_height(weights, long_panel):
    """The reference panel with unit effects alone: the parameters exchange their roles."""
    with pytest.raises(NotIdentified) as found:
        fit_spatial(*long_panel, weights, model="gns", effects="unit")
    facts = dict(found.value.reason.facts)
    assert found.value.reason.code == "rival_maxima"
    assert facts.pop("parameters") == ("rho", "lambda")
    assert [facts.pop(name) for name in ("rho", "other")] == pytest.approx(
        [-0.553, 0.906], abs=5e-4
    )
    assert [facts.pop(name) for name in ("rival_rho", "rival_other")] == pytest.approx(
        [0.897, -0.529], abs=5e-4
    )
    assert facts == {"gap": pytest.approx(0.10, abs=5e-3), "region": pytest.approx(3.0, abs=5e-3)}


def test_a_maximum_at_the_bound(make_weights, make_panel):
    rng = np.random.default_rng(8)
    weights = make_weights(rng, 6)
    y, x, names, unit, period = make_panel(rng, weights, 5)
    shock = np.random.default_rng(4).normal(size=5)[period - 2001]
    with pytest.raises(NotIdentified) as found:
        fit_spatial(shock + 1e-9 * y, x, names, unit, period, weights, model="gns", effects="unit")
    assert found.value.reason.code == "highest_at_bound"
    assert found.value.reason.facts["bound"] == 1


class Slanted:
    """A term that falls with the square of its parameter, or not at all."""

    def __init__(self, bend):
        self.bend = bend

    def value(self, r):
        return -self.bend * np.asarray(r) ** 2 / 2

    def slopes(self, r):
        return -self.bend * r, -self.bend


def flat_form(s):
    form = np.zeros((len(s), 2, 2))
    form[:, 0, 0] = 1.0
    return form, np.zeros_like(form), np.zeros_like(form)


def test_a_flat_surface_and_a_ridge():
    grid, bounds = np.linspace(-1, 1, 9), np.array([[-1.0, 1.0], [-1.0, 1.0]])
    with pytest.raises(NotIdentified, match=r"^likelihood_flat$"):
        find_peaks(Surface(flat_form, Slanted(0.0), Slanted(0.0), 10), grid, grid)
    ridge = Surface(flat_form, Slanted(5.0), Slanted(0.0), 10)
    with pytest.raises(NotIdentified) as found:
        require_interior(ridge, np.array([0.0, 0.0, 0.0]), bounds, ("a", "b"))
    assert found.value.reason.code == "flat_ridge"
    assert found.value.reason.facts["parameters"] == ("a", "b")
    hill = Surface(flat_form, Slanted(5.0), Slanted(3.0), 10)
    peaks = find_peaks(hill, grid, grid)
    assert peaks[:, :2] == pytest.approx(np.zeros((1, 2)), abs=EXACT)
    require_interior(hill, peaks[0], bounds, ("a", "b"))
    require_alone(peaks, ("a", "b"))


class Humps:
    """A term with hills of the same height at ±1/2, and one of its nodes a little off its top."""

    def value(self, r):
        return -5.0 * (np.asarray(r) ** 2 - 0.25) ** 2

    def slopes(self, r):
        return -20.0 * r * (r**2 - 0.25), -20.0 * (3.0 * r**2 - 0.25)


def test_every_peak_is_given_once():
    """Mirrored peaks are two; one that is climbed from two nodes is one."""
    grid = np.linspace(-1, 1, 9)
    humps = Surface(flat_form, Humps(), Slanted(3.0), 10)
    peaks = find_peaks(humps, grid, grid)
    assert sorted(peaks[:, 0]) == pytest.approx([-0.5, 0.5], abs=EXACT)
    assert peaks[:, 1] == pytest.approx([0.0, 0.0], abs=EXACT)
    # A hill beside the grid: four nodes around its top are equally high.
    even = np.linspace(-1, 1, 8)
    alone = find_peaks(Surface(flat_form, Slanted(5.0), Slanted(3.0), 10), even + 0.5, even + 0.5)
    assert len(alone) == 1


@pytest.mark.parametrize(("gap", "refused"), [(2.9, True), (3.1, False)])
def test_the_second_maximum_counts_within_the_region(gap, refused):
    peaks = np.array([[0.1, 0.5, -10.0], [0.5, 0.1, -10.0 - gap]])
    if refused:
        with pytest.raises(NotIdentified, match="rival_maxima"):
            require_alone(peaks, ("rho", "lambda"))
    else:
        require_alone(peaks, ("rho", "lambda"))


def test_another_algebra_is_refused(drawn):
    weights, data = drawn
    with pytest.raises(UserError, match="needs the eigenvalues"):
        fit_stacked(stack_panel(*data, weights), weights, model="gns", algebra=object())
