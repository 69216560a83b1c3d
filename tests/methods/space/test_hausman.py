"""Random unit effects and the Hausman test.

Tolerances: EXACT is for the same numbers reached by another order of operations, of order one
here; SEARCH for the maximum of a general-purpose optimiser; SPREG for its alternating search, which
stops at 1e-7.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.space.design import MODELS, build_design, build_sample
from pilotzone.methods.space.hausman import hausman, hausman_test
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.profile import build_profile
from pilotzone.methods.space.random_effects import build_random_surface, fit_random
from pilotzone.methods.space.weights import SpatialWeights

EXACT = 1e-9
SEARCH = 1e-4
SPREG = 1e-5
REMAINING = {"unit": "none", "two_way": "period"}


@pytest.fixture(scope="module")
def draw(make_weights):
    """Return a function that draws a random-effects SDM panel; ``tie`` correlates x with them."""
    rho, beta, theta = 0.4, (1.0, -0.5), (0.6, 0.3)

    def panel(rng, weights, n_periods, *, spread=1.0, tie=0.0, theta=theta):
        n, t = len(weights.labels), n_periods
        unit = spread * rng.normal(size=n)
        x = rng.normal(size=(2, t, n)) + 0.7 * rng.normal(size=(2, 1, n)) + tie * unit
        mean = np.tensordot(beta, x, 1) + np.tensordot(theta, x @ weights.matrix.T, 1)
        mean = mean + unit + rng.normal(size=(t, 1)) + rng.normal(size=(t, n))
        y = np.linalg.solve(np.eye(n) - rho * weights.matrix, mean.T).T
        return StackedPanel(y, x, ("x1", "x2"), weights.labels, np.arange(t))

    return panel


@pytest.fixture(scope="module")
def small(make_weights, draw):
    rng = np.random.default_rng(3)
    weights = make_weights(rng, 10, symmetric=False, share=0.2)
    return weights, draw(rng, weights, 5)


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
def test_the_maximum_of_the_brute_likelihood(small, model, effects, lee_yu):
    """A search over all parameters of the full likelihood."""
    weights, panel = small
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
    small, model, effects, lee_yu
):
    """Expected information of N(mu, S): mu_i' P mu_j + tr(P S_i P S_j)/2, P = S^-1."""
    weights, panel = small
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
def test_at_one_it_is_the_pooled_likelihood(small, model, effects, lee_yu):
    weights, panel = small
    remaining = REMAINING[effects]
    sample = build_sample(weights, 5, remaining, lee_yu and remaining == "period")
    design = build_design(panel, weights.matrix, MODELS[model], remaining, sample)
    surface, profile = build_random_surface(design, sample), build_profile(design, sample)
    grid = np.linspace(-0.8, 0.9, 21)
    assert surface.loglik(grid, np.zeros(1))[:, 0] == pytest.approx(profile.loglik(grid), abs=EXACT)


def test_at_zero_it_is_the_likelihood_with_fixed_effects(small):
    """Less n/2 ln phi^2, which does not depend on rho."""
    weights, panel = small
    sample = build_sample(weights, 5, "period", False)
    design = build_design(panel, weights.matrix, MODELS["sdm"], "period", sample)
    random = build_random_surface(design, sample)
    fixed_sample = build_sample(weights, 5, "two_way", False)
    fixed = build_design(panel, weights.matrix, MODELS["sdm"], "two_way", fixed_sample)
    grid = np.linspace(-0.8, 0.9, 21)
    tiny = random.loglik(grid, np.array([-40.0]))[:, 0] + 10 / 2 * 40.0
    assert tiny == pytest.approx(build_profile(fixed, fixed_sample).loglik(grid), abs=1e-7)


def test_slopes_of_the_surface_are_its_differences(small):
    weights, panel = small
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
def test_without_unit_effects_it_is_the_pooled_model(make_weights, draw, effects):
    """Shocks whose unit means are taken out: the likelihood rises up to phi = 1."""
    rng = np.random.default_rng(5)
    weights = make_weights(rng, 12)
    panel = draw(rng, weights, 6)
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


def test_large_unit_effects_give_the_estimates_with_fixed_effects(make_weights, draw):
    rng = np.random.default_rng(6)
    weights = make_weights(rng, 12)
    panel = draw(rng, weights, 6, spread=1e4)
    fit = fit_random(panel, weights, model="sdm", lee_yu=True)
    fixed = fit_stacked(panel, weights, model="sdm", lee_yu=True)
    assert fit.phi < 1e-3
    assert fit.coefficients[:4] == pytest.approx(fixed.coefficients[:4], rel=0.05)


@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 3.0, 1e6]))
@settings(max_examples=10, deadline=None)
def test_order_units_and_constants_do_not_matter(small, seed, scale):
    weights, panel = small
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


# Simulation ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def simulated(make_weights, draw):
    """Fits to 300 panels of 40 units and 6 periods with s2 = s2_mu = 1."""
    rng = np.random.default_rng(5)
    weights = make_weights(rng, 40, share=0.08)
    panels = [draw(rng, weights, 6) for _ in range(300)]
    random = [fit_random(panel, weights, model="sdm", lee_yu=True) for panel in panels]
    fixed = [fit_stacked(panel, weights, model="sdm", lee_yu=True) for panel in panels]
    return random, fixed


def test_the_truth(simulated):
    """Means within three Monte-Carlo errors and 0.01 for the bias of order 1/(nT); coverage of
    95 % intervals within three errors of 0.0126."""
    random, _ = simulated
    truth = np.array([1.0, -0.5, 0.6, 0.3, 0.4])
    estimates = np.array([fit.coefficients for fit in random])
    errors = np.array([fit.std_errors for fit in random])
    bias = estimates.mean(axis=0) - truth
    assert np.all(np.abs(bias) < 0.01 + 3 * estimates.std(axis=0) / np.sqrt(300))
    covered = (np.abs(estimates - truth) < 1.959964 * errors).mean(axis=0)
    assert covered == pytest.approx(np.full(5, 0.95), abs=0.038)
    assert errors.mean(axis=0) == pytest.approx(estimates.std(axis=0), rel=0.15)
    variances = np.mean([(fit.sigma2, fit.sigma2_unit) for fit in random], axis=0)
    # Four coefficients cost 4/200 of the residual variance and 4/40 of the variance of the units.
    assert variances == pytest.approx([1.0, 1.0], abs=0.1)


def test_random_effects_are_more_precise(simulated):
    random, fixed = (np.array([fit.coefficients for fit in fits]) for fits in simulated)
    assert np.all(random.std(axis=0)[:4] < fixed.std(axis=0)[:4])


def test_the_size_of_the_hausman_test(simulated):
    """5 % of 300, error 0.0126, of which four; a difference that is not positive definite counts
    neither way and is rare."""
    p_values, failed = [], 0
    for random, fixed in zip(*simulated, strict=True):
        try:
            p_values.append(hausman_test(fixed, random).p_value)
        except NotIdentified:
            failed += 1
    assert failed < 15
    assert np.mean(np.array(p_values) < 0.05) == pytest.approx(0.05, abs=0.05)


def test_the_power_of_the_hausman_test(make_weights, draw):
    """Regressors that carry 0.7 of the unit effect: found at 1 % in nearly all of 30 panels."""
    rng = np.random.default_rng(8)
    weights = make_weights(rng, 40, share=0.08)
    found = 0
    for _ in range(30):
        try:
            found += hausman(draw(rng, weights, 6, tie=0.7), weights).p_value < 0.01
        except NotIdentified:
            continue
    assert found >= 25


# Hausman by hand, and refusals -----------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(long_panel, weights):
    panel = stack_panel(*long_panel, weights)
    fixed = fit_stacked(panel, weights, model="sdm", lee_yu=True)
    return panel, fixed, fit_random(panel, weights, model="sdm", lee_yu=True)


def test_the_statistic_by_hand(pair, weights):
    panel, fixed, random = pair
    gap = fixed.coefficients - random.coefficients
    expected = gap @ np.linalg.inv(fixed.covariance - random.covariance) @ gap
    test = hausman_test(fixed, random)
    assert (test.name, test.df) == ("hausman", 5)
    assert test.statistic == pytest.approx(expected, rel=EXACT)
    assert hausman(panel, weights) == test


def test_a_difference_that_is_not_positive_definite(pair, weights):
    """s2 over nT with fixed effects is too small by (T - 1)/T, and the difference negative."""
    panel, *_ = pair
    fixed = fit_stacked(panel, weights, model="sdm")
    random = fit_random(panel, weights, model="sdm")
    scale = fixed.std_errors
    relative = (fixed.covariance - random.covariance) / np.multiply.outer(scale, scale)
    smallest = np.linalg.eigvalsh(relative)[0]
    assert smallest < 0
    with pytest.raises(NotIdentified) as found:
        hausman(panel, weights, lee_yu=False)
    assert found.value.reason == Reason("hausman_not_positive", {"eigenvalue": smallest})


def test_fits_that_differ_are_refused(pair, weights):
    panel, fixed, random = pair
    for option, what in (
        ({"model": "sar", "lee_yu": True}, "model"),
        ({"model": "sdm", "effects": "unit", "lee_yu": True}, "effects"),
        ({"model": "sdm", "lee_yu": False}, "lee_yu"),
    ):
        with pytest.raises(UserError, match=f"differ in {what}; fit both alike"):
            hausman_test(fit_stacked(panel, weights, **option), random)
    assert fixed.units == random.units


@pytest.mark.parametrize("option", [{"model": "sem"}, {"effects": "period"}, {"effects": "none"}])
def test_other_models_are_refused(small, option):
    weights, panel = small
    with pytest.raises(UserError, match="need model sar or sdm and effects unit or two_way"):
        fit_random(panel, weights, **option)


def test_one_period_is_refused(small):
    weights, panel = small
    single = StackedPanel(panel.y[:1], panel.x[:, :1], panel.names, panel.units, panel.periods[:1])
    with pytest.raises(UserError, match="need 2 periods"):
        fit_random(single, weights)


def test_regressors_that_do_not_change_are_named(small):
    """Random effects can have them, fixed effects cannot, and the test says which."""
    weights, panel = small
    constant = np.broadcast_to(np.arange(10.0), (5, 10))
    x = np.stack([panel.x[0], constant])
    fixed_in_time = StackedPanel(panel.y, x, ("x1", "area"), panel.units, panel.periods)
    fit = fit_random(fixed_in_time, weights, model="sar", effects="unit")
    assert np.all(np.isfinite(fit.std_errors))
    with pytest.raises(UserError, match="area: no variation is left besides effects 'unit'"):
        hausman(fixed_in_time, weights, model="sar", effects="unit")
    short = StackedPanel(panel.y, panel.x[:1], ("x1",), panel.units, panel.periods)
    fixed = fit_stacked(short, weights, model="sar", effects="unit", lee_yu=True)
    random = fit_random(fixed_in_time, weights, model="sar", effects="unit", lee_yu=True)
    # The regressor that fixed effects lack is left out of the comparison.
    scale = fixed.std_errors
    kept = np.ix_([0, 2], [0, 2])
    relative = (fixed.covariance - random.covariance[kept]) / np.multiply.outer(scale, scale)
    with pytest.raises(NotIdentified) as found:
        hausman_test(fixed, random)
    smallest = np.linalg.eigvalsh(relative)[0]
    assert found.value.reason == Reason("hausman_not_positive", {"eigenvalue": smallest})
