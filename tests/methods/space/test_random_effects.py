"""Random unit effects in a spatial lag panel.

Tolerances: EXACT is for the same numbers reached by another order of operations, of order one
here; SEARCH for the maximum of a general-purpose optimiser; SPREG for its alternating search, which
stops at 1e-7.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, sparse

from pilotzone.methods.space.design import MODELS, build_design, build_sample
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.profile import build_profile
from pilotzone.methods.space.random_effects import build_random_surface, fit_random
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-9
SEARCH = 1e-4
SPREG = 1e-5
REMAINING = {"unit": "none", "two_way": "period"}


def dense(panel, weights, model, effects, lee_yu):
    """Outcome, regressors, W and dummies of the full likelihood, over periods and then units."""
    t, n = panel.y.shape
    z = panel.x
    if model == "sdm":
        z = np.concatenate([z, z @ weights.matrix.T])
    y, w = panel.y, weights.matrix
    if lee_yu and effects == "two_way":
        keep = np.linalg.svd(np.eye(n) - 1 / n)[0][:, : n - 1]
        y, z, w = y @ keep, z @ keep, keep.T @ w @ keep
        return y.ravel(), z.reshape(len(z), -1).T, w, np.zeros((y.size, 0))
    d = np.ones((n * t, 1)) if effects == "unit" else np.repeat(np.eye(t), n, axis=0)
    return y.ravel(), z.reshape(len(z), -1).T, w, d


def brute_loglik(parts, rho, slopes, sigma2, sigma2_unit):
    """Multivariate normal log-likelihood with the dummies that maximise it."""
    y, z, w, d = parts
    n, t = len(w), len(y) // len(w)
    omega = sigma2 * np.eye(n * t) + sigma2_unit * np.kron(np.ones((t, t)), np.eye(n))
    precision = np.linalg.inv(omega)
    gap = y - rho * (y.reshape(t, n) @ w.T).ravel() - z @ slopes
    if d.shape[1]:
        gap = gap - d @ np.linalg.solve(d.T @ precision @ d, d.T @ precision @ gap)
    log_det = t * np.linalg.slogdet(np.eye(n) - rho * w)[1]
    spread = np.linalg.slogdet(2 * np.pi * omega)[1]
    return log_det - spread / 2 - gap @ precision @ gap / 2


CASES = [
    ("sar", "unit", False),
    ("sdm", "unit", True),
    ("sar", "two_way", False),
    ("sdm", "two_way", False),
    ("sdm", "two_way", True),
]


@pytest.mark.parametrize(("model", "effects", "lee_yu"), CASES)
def test_the_maximum_of_the_brute_likelihood(random_panel, model, effects, lee_yu):
    """A search over all parameters of the full likelihood."""
    weights, panel = random_panel
    fit = fit_random(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    parts = dense(panel, weights, model, effects, lee_yu)
    k = parts[1].shape[1]

    def loss(values):
        here = values[0], values[1 : k + 1], *np.exp(values[k + 1 :])
        return -brute_loglik(parts, *here)

    bounds = [(-0.95, 0.95), *[(-5, 5)] * k, (-4, 4), (-6, 4)]
    start = np.concatenate([[0.1], np.zeros(k + 2)])
    best = optimize.minimize(loss, start, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-14})
    assert fit.loglik == pytest.approx(-best.fun, abs=SEARCH)
    assert fit.coefficients == pytest.approx(np.append(best.x[1 : k + 1], best.x[0]), abs=SEARCH)
    variances = np.exp(best.x[k + 1 :])
    assert [fit.sigma2, fit.sigma2_unit] == pytest.approx(variances, abs=SEARCH * 10)
    here = fit.rho, fit.coefficients[:-1], fit.sigma2, fit.sigma2_unit
    assert fit.loglik == pytest.approx(brute_loglik(parts, *here), abs=EXACT)
    assert 0 < fit.phi < 1


@pytest.mark.parametrize(("model", "effects", "lee_yu"), CASES)
def test_errors_are_those_of_the_normal_distribution_of_all_observations(
    random_panel, model, effects, lee_yu
):
    """Expected information of N(mu, S): mu_i' P mu_j + tr(P S_i P S_j)/2, P = S^-1."""
    weights, panel = random_panel
    fit = fit_random(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    y, z, w, d = dense(panel, weights, model, effects, lee_yu)
    n, t, k = len(w), len(panel.periods), z.shape[1]
    big = np.kron(np.eye(t), w)
    inverse = np.linalg.inv(np.eye(n * t) - fit.rho * big)
    of_unit = np.kron(np.ones((t, t)), np.eye(n))
    omega = fit.sigma2 * np.eye(n * t) + fit.sigma2_unit * of_unit
    weight = np.linalg.inv(omega)
    gap = y - fit.rho * big @ y - z @ fit.coefficients[:-1]
    levels = np.linalg.lstsq(d.T @ weight @ d, d.T @ weight @ gap, rcond=None)[0]
    mean = inverse @ (z @ fit.coefficients[:-1] + d @ levels)
    nothing = np.zeros((n * t, 2))
    turns = np.column_stack([inverse @ z, inverse @ big @ mean, nothing, inverse @ d])
    covariance = inverse @ omega @ inverse.T
    half = inverse @ big @ covariance
    spread = {
        k: half + half.T,
        k + 1: inverse @ inverse.T,
        k + 2: inverse @ of_unit @ inverse.T,
    }
    precision = np.linalg.inv(covariance)
    whole = turns.T @ precision @ turns
    for i, one in spread.items():
        for j, other in spread.items():
            whole[i, j] += np.trace(precision @ one @ precision @ other) / 2
    expected = np.linalg.inv(whole)[: k + 1, : k + 1]
    assert fit.covariance == pytest.approx(expected, rel=1e-6, abs=EXACT)
    assert fit.z == pytest.approx(fit.coefficients / np.sqrt(np.diag(expected)), rel=1e-6)


@pytest.mark.filterwarnings("ignore:::spreg")
def test_second_opinion(long_panel, weights):
    """spreg's random-effects lag model has the same likelihood, searched in turns."""
    import libpysal
    import spreg

    y, x, *_ = long_panel
    w = libpysal.weights.WSP(sparse.csr_matrix(weights.matrix)).to_W(silence_warnings=True)
    theirs = spreg.Panel_RE_Lag(y[:, None], x, w, epsilon=1e-10)
    panel = stack_panel(*long_panel, weights)
    fit = fit_random(panel, weights, model="sar", effects="unit")
    expected = [*theirs.betas.ravel()[1:3], theirs.rho]
    assert fit.coefficients == pytest.approx(np.array(expected), abs=SPREG)
    assert fit.phi == pytest.approx(theirs.phi, abs=SPREG)
    assert fit.sigma2 == pytest.approx(theirs.sig2.item(), rel=SPREG)


@pytest.mark.parametrize(("model", "effects", "lee_yu"), CASES)
def test_at_one_it_is_the_pooled_likelihood(random_panel, model, effects, lee_yu):
    weights, panel = random_panel
    remaining = REMAINING[effects]
    sample = build_sample(weights, 5, remaining, lee_yu and remaining == "period")
    design = build_design(panel, weights.matrix, MODELS[model], remaining, sample)
    surface, profile = build_random_surface(design, sample), build_profile(design, sample)
    grid = np.linspace(-0.8, 0.9, 21)
    assert surface.loglik(grid, np.zeros(1))[:, 0] == pytest.approx(profile.loglik(grid), abs=EXACT)


def test_at_zero_it_is_the_likelihood_with_fixed_effects(random_panel):
    """Less n/2 ln phi^2, which does not depend on rho."""
    weights, panel = random_panel
    sample = build_sample(weights, 5, "period", False)
    design = build_design(panel, weights.matrix, MODELS["sdm"], "period", sample)
    random = build_random_surface(design, sample)
    fixed_sample = build_sample(weights, 5, "two_way", False)
    fixed = build_design(panel, weights.matrix, MODELS["sdm"], "two_way", fixed_sample)
    grid = np.linspace(-0.8, 0.9, 21)
    tiny = random.loglik(grid, np.array([-40.0]))[:, 0] + 10 / 2 * 40.0
    assert tiny == pytest.approx(build_profile(fixed, fixed_sample).loglik(grid), abs=1e-7)


def test_slopes_of_the_surface_are_its_differences(random_panel):
    weights, panel = random_panel
    sample = build_sample(weights, 5, "period", True)
    design = build_design(panel, weights.matrix, MODELS["sdm"], "period", sample)
    surface = build_random_surface(design, sample)
    moves = 1e-5 * np.eye(2)
    for point in np.array([[0.3, -2.0], [-0.6, -0.1], [0.0, -6.0]]):
        slope, hessian = surface.slopes(point)
        rises = [(surface.at(point + m) - surface.at(point - m)) / 2e-5 for m in moves]
        bends = [
            (surface.slopes(point + m)[0] - surface.slopes(point - m)[0]) / 2e-5 for m in moves
        ]
        assert slope == pytest.approx(np.array(rises), rel=1e-5, abs=1e-5)
        assert hessian == pytest.approx(np.array(bends), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("effects", ["unit", "two_way"])
def test_without_unit_effects_it_is_the_pooled_model(make_weights, draw_random, effects):
    """Shocks whose unit means are taken out: the likelihood rises up to phi = 1."""
    rng = np.random.default_rng(5)
    weights = make_weights(rng, 12)
    panel = draw_random(rng, weights, 6)
    noise = rng.normal(size=(6, 12))
    noise -= noise.mean(axis=0)
    y = np.linalg.solve(np.eye(12) - 0.3 * weights.matrix, (panel.x[0] + noise).T).T
    panel = StackedPanel(y, panel.x, panel.names, panel.units, panel.periods)
    fit = fit_random(panel, weights, model="sdm", effects=effects)
    pooled = fit_stacked(panel, weights, model="sdm", effects=REMAINING[effects])
    assert fit.phi == 1.0
    assert fit.sigma2_unit == 0.0
    assert fit.coefficients == pytest.approx(pooled.coefficients, abs=EXACT)
    assert fit.covariance == pytest.approx(pooled.covariance, abs=EXACT)
    assert fit.loglik == pytest.approx(pooled.loglik, abs=EXACT)
    assert fit.residuals == pytest.approx(pooled.residuals, abs=EXACT)


def test_large_unit_effects_give_the_estimates_with_fixed_effects(make_weights, draw_random):
    rng = np.random.default_rng(6)
    weights = make_weights(rng, 12)
    panel = draw_random(rng, weights, 6, spread=1e4)
    fit = fit_random(panel, weights, model="sdm", lee_yu=True)
    fixed = fit_stacked(panel, weights, model="sdm", lee_yu=True)
    assert fit.phi < 1e-3
    assert fit.coefficients[:4] == pytest.approx(fixed.coefficients[:4], rel=0.05)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 3.0, 1e6]))
def test_order_units_and_constants_do_not_matter(random_panel, seed, scale):
    weights, panel = random_panel
    rng = np.random.default_rng(seed)
    order = rng.permutation(10)
    labels = [weights.labels[i] for i in order]
    turned = SpatialWeights("drawn", labels, weights.align(labels))
    factor = np.array([scale, 1.0])[:, None, None]
    y = (panel.y + rng.normal(size=(5, 1)))[:, order]
    later = rng.permutation(5)
    moved = StackedPanel(
        y[later],
        (panel.x * factor)[:, later][:, :, order],
        panel.names,
        turned.labels,
        np.arange(5),
    )
    fit = fit_random(panel, weights, model="sdm")
    other = fit_random(moved, turned, model="sdm")
    factors = np.array([scale, 1.0, scale, 1.0, 1.0])
    assert other.coefficients * factors == pytest.approx(fit.coefficients, abs=1e-7)
    assert other.std_errors * factors == pytest.approx(fit.std_errors, abs=1e-7)
    assert other.loglik == pytest.approx(fit.loglik, abs=1e-7)
    assert other.phi == pytest.approx(fit.phi, abs=1e-7)
