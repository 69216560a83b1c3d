"""Clustered covariances of spatial fits, and unit trends.

Tolerances: GOLD is that of the known answers; EXACT is for the same numbers reached by another
order of operations, of order one here; SLOPE for central differences of a log-likelihood of some
hundreds with steps of 1e-5, relative.
"""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import DenseAlgebra
from pilotzone.methods.space.design import MODELS, build_design, build_sample, residuals_at
from pilotzone.methods.space.maximum import find_maximum
from pilotzone.methods.space.panel import StackedPanel, remove_effects, stack_panel
from pilotzone.methods.space.panel_ml import fit_spatial, fit_stacked
from pilotzone.methods.space.sandwich import full_covariance
from pilotzone.methods.space.scores import pair_scores, unit_scores
from pilotzone.methods.space.sparse_algebra import SparseAlgebra
from pilotzone.methods.space.sparse_weights import SparseWeights
from pilotzone.methods.space.weights import SpatialWeights

GOLD = 1e-6
EXACT = 1e-9
SLOPE = 1e-5

EFFECTS = [
    ("two_way", False),
    ("unit", False),
    ("period", False),
    ("none", False),
    ("unit_trends", False),
    ("two_way", True),
    ("unit", True),
    ("period", True),
    ("unit_trends", True),
]
in_all_effects = pytest.mark.parametrize(("effects", "lee_yu"), EFFECTS)
in_all_models = pytest.mark.parametrize("model", MODELS)


@pytest.fixture(scope="module")
def top_of(drawn):
    """Return a function: the maximum of a model on the drawn panel."""
    weights, panel = drawn

    def top(model, effects, lee_yu):
        sample = build_sample(weights, len(panel.periods), effects, lee_yu)
        design = build_design(panel, weights.matrix, MODELS[model], effects, sample)
        return find_maximum(design, sample, DenseAlgebra(weights), weights.stable_interval)

    return top


@pytest.mark.parametrize("kind", ["information", "cluster_pairs"])
@pytest.mark.parametrize("lee_yu", [False, True])
@pytest.mark.parametrize("trends", [False, True])
@pytest.mark.parametrize("model", ["sar", "sdm"])
def test_known_answers(gold2, weights, long_panel, model, trends, lee_yu, kind):
    effects = "unit_trends" if trends else "two_way"
    suffix = "_unit_trends" * trends + "_lee_yu" * lee_yu
    answers = gold2[f"{model}_twoway{suffix}_{kind}"]
    options = {"model": model, "effects": effects, "lee_yu": lee_yu}
    fit = fit_spatial(*long_panel, weights, vcov=kind, **options)
    for name, value, error in zip(fit.names, fit.coefficients, fit.std_errors, strict=True):
        expected = answers[name.replace("W:", "W")]
        assert (value, error) == pytest.approx(expected, abs=GOLD), name
    panel = stack_panel(*long_panel, weights)
    sample = build_sample(weights, 12, effects, lee_yu)
    design = build_design(panel, weights.matrix, MODELS[model], effects, sample)
    top = find_maximum(design, sample, DenseAlgebra(weights), weights.stable_interval)
    error = np.sqrt(full_covariance(top, kind)[-1, -1])
    assert (top.sigma2, error) == pytest.approx(answers["sigma2"], abs=GOLD)
    if "loglik" in answers:
        assert fit.loglik == pytest.approx(answers["loglik"][0], abs=GOLD)


def moved(top, values):
    """The likelihood's point at any slopes, parameters and sigma2."""
    k, p = top.design.k, len(top.parameters)
    slopes, parameters = values[:k], values[k : k + p]
    regressors, residuals = residuals_at(top.design, slopes, parameters)
    return dataclasses.replace(
        top,
        slopes=slopes,
        parameters=parameters,
        regressors=regressors,
        residuals=residuals,
        sigma2=values[-1],
    )


def height(top, values):
    """The log-likelihood there."""
    here = moved(top, values)
    determinant = here.sample.determinant.value(here.parameters).sum()
    gaussian = -here.sample.nobs / 2 * np.log(2 * np.pi * here.sigma2)
    gaussian -= (here.residuals**2).sum() / (2 * here.sigma2)
    return gaussian + here.sample.repeats * determinant


@in_all_effects
@in_all_models
def test_scores_add_up_to_the_slope_of_the_likelihood(top_of, model, effects, lee_yu):
    """Away from the maximum, where the slopes are not zero."""
    top = top_of(model, effects, lee_yu)
    values = np.append(top.coefficients, top.sigma2)
    values[: top.design.k] += 0.05
    values[top.design.k : -1] -= 0.03
    values[-1] += 0.07
    here = moved(top, values)
    steps = 1e-5 * np.eye(len(values))
    slopes = np.array([(height(top, values + s) - height(top, values - s)) / 2e-5 for s in steps])
    size = np.abs(slopes).max()
    assert unit_scores(here).sum(axis=0) == pytest.approx(slopes, abs=SLOPE * size)
    units, pairs = pair_scores(here)
    total = units.sum(axis=0)
    total[top.design.k : -1] += pairs.sum(axis=(1, 2)) / 2
    assert total == pytest.approx(slopes, abs=SLOPE * size)


@in_all_effects
@in_all_models
def test_the_sandwich_by_loops(drawn, top_of, model, effects, lee_yu):
    """Unit by unit and pair by pair, with projections as matrices."""
    weights, panel = drawn
    top = top_of(model, effects, lee_yu)
    t, n = panel.y.shape
    k, p = top.design.k, len(top.parameters)
    inner = np.eye(n) - (1 / n if effects in ("two_way", "period", "unit_trends") else 0)
    e, s2 = top.residuals, top.sigma2
    own = top.sample.nobs / n
    across = {"unit": 0.0, "none": -own / (n * t - 1)}.get(effects, -own / (n - 1))
    units, pairs = np.zeros((n, k + p + 1)), np.zeros((n, n, k + p + 1))
    plain = np.zeros((n, p))
    for i in range(n):
        for j in range(k):
            units[i, j] = sum(top.regressors[j, s, i] * e[s, i] for s in range(t)) / s2
        units[i, -1] = (e[:, i] @ e[:, i] / s2 - own) / (2 * s2)
    for a in range(p):
        r = top.parameters[a]
        g = weights.matrix @ np.linalg.inv(np.eye(n) - r * weights.matrix)
        h = inner @ g @ inner
        trace = top.sample.repeats * (np.trace(inner @ g) if lee_yu else np.trace(g))
        is_rho = top.design.names[k + a] == "rho"
        mean = remove_effects(np.tensordot(top.slopes, top.regressors, 1) @ g.T, effects) * is_rho
        whole = remove_effects(e @ g.T, effects) + mean
        centre = np.diag(h if lee_yu else g)
        plain[:, a] = [
            whole[:, i] @ e[:, i] / s2 - top.sample.repeats * centre[i] for i in range(n)
        ]
        expected = sum(h[i, j] * (own if i == j else across) for i in range(n) for j in range(n))
        for i in range(n):
            units[i, k + a] = mean[:, i] @ e[:, i] / s2 + h[i, i] * (e[:, i] @ e[:, i] / s2 - own)
            units[i, k + a] += (expected - trace) / n
            for j in range(i):
                pairs[i, j, k + a] = (h[i, j] + h[j, i]) * (e[:, i] @ e[:, j] / s2 - across)
        if effects == "none":
            # What the grand mean takes from every pair, less its mean for independent errors.
            share, scale = 1 / (1 - r) / (n * t), n * t / (n * t - 1)
            for i in range(n):
                units[i, k + a] -= share * (e[:, i].sum() ** 2 / s2 - scale * t * (1 - 1 / n))
                for j in range(i):
                    product = e[:, i].sum() * e[:, j].sum() / s2
                    pairs[i, j, k + a] -= 2 * share * (product + scale * t / n)
    meat = sum(np.outer(s, s) for s in units)
    meat = meat + sum(np.outer(pairs[i, j], pairs[i, j]) for i in range(n) for j in range(i))
    bread = full_covariance(top, "information")
    sandwich = n / (n - 1) * bread @ meat @ bread
    assert full_covariance(top, "cluster_pairs") == pytest.approx(sandwich, abs=EXACT)
    scores = np.hstack([units[:, :k], plain, units[:, -1:]])
    sandwich = n / (n - 1) * bread @ sum(np.outer(s, s) for s in scores) @ bread
    assert full_covariance(top, "cluster") == pytest.approx(sandwich, abs=EXACT)


@pytest.mark.parametrize("lee_yu", [False, True])
def test_unit_trends_by_dummies(weights, long_panel, lee_yu):
    """Least squares with a dummy and a line per unit and a dummy per period."""
    y, x, *_ = long_panel
    line = np.repeat(np.arange(12.0), 30)
    units = np.tile(np.eye(30), (12, 1))
    full = np.hstack([x, units, units * line[:, None], np.repeat(np.eye(12), 30, axis=0)])
    b = np.linalg.lstsq(full, y, rcond=None)[0]
    e = y - full @ b
    fit = fit_spatial(*long_panel, weights, model="ols", effects="unit_trends", lee_yu=lee_yu)
    assert fit.coefficients == pytest.approx(b[:2], abs=EXACT)
    assert fit.residuals.ravel() == pytest.approx(e, abs=EXACT)
    assert fit.sigma2 == pytest.approx(e @ e / (29 * 10 if lee_yu else 360), rel=EXACT)


@pytest.mark.parametrize(("effects", "lost"), [("period", 0), ("two_way", 1), ("unit_trends", 2)])
def test_the_transformed_likelihood_in_coordinates(drawn, top_of, effects, lost):
    """Lee and Yu's likelihood and information are those of fewer units and periods, no effects."""
    weights, panel = drawn
    t, n = panel.y.shape
    lines = np.stack([np.ones(t), np.arange(t)], axis=1)[:, :lost]
    over_time = np.linalg.qr(lines, mode="complete")[0][:, lost:] if lost else np.eye(t)
    over_units = np.linalg.qr(np.ones((n, 1)), mode="complete")[0][:, 1:]
    w = over_units.T @ weights.matrix @ over_units
    fit = fit_stacked(panel, weights, model="sdm", effects=effects, lee_yu=True)
    z = np.concatenate([panel.x, panel.x @ weights.matrix.T])
    y, *z = (over_time.T @ v @ over_units for v in (panel.y, *z))
    m, mean = len(y), np.tensordot(fit.coefficients[:-1], np.stack(z), 1)
    e = y - fit.rho * y @ w.T - mean
    top = m * np.linalg.slogdet(np.eye(n - 1) - fit.rho * w)[1]
    top -= e.size / 2 * np.log(2 * np.pi * fit.sigma2) + (e**2).sum() / (2 * fit.sigma2)
    assert fit.loglik == pytest.approx(top, abs=EXACT * 10)
    assert fit.sigma2 == pytest.approx((e**2).mean(), rel=EXACT)
    g = w @ np.linalg.inv(np.eye(n - 1) - fit.rho * w)
    rows = np.stack([*z, mean @ g.T]).reshape(len(z) + 1, -1)
    whole = np.zeros((len(rows) + 1, len(rows) + 1))
    whole[:-1, :-1] = rows @ rows.T / fit.sigma2
    whole[-2, -2] += m * ((g**2).sum() + (g * g.T).sum())
    whole[-2, -1] = whole[-1, -2] = m * np.trace(g) / fit.sigma2
    whole[-1, -1] = e.size / (2 * fit.sigma2**2)
    found = full_covariance(top_of("sdm", effects, True), "information")
    assert found == pytest.approx(np.linalg.inv(whole), abs=EXACT)


@in_all_models
def test_lines_and_constants_of_units_change_nothing(drawn, model):
    weights, panel = drawn
    rng = np.random.default_rng(3)
    shift = rng.normal(size=12) + np.arange(9)[:, None] * rng.normal(size=12)
    other = dataclasses.replace(panel, y=panel.y + shift + rng.normal(size=(9, 1)))
    options = {"model": model, "effects": "unit_trends", "vcov": "cluster_pairs"}
    one, two = (fit_stacked(p, weights, **options) for p in (panel, other))
    assert two.coefficients == pytest.approx(one.coefficients, abs=1e-8)
    assert two.covariance == pytest.approx(one.covariance, abs=1e-8)


@pytest.mark.parametrize("kind", ["cluster", "cluster_pairs"])
@in_all_models
def test_order_of_units_and_units_of_measurement_do_not_matter(drawn, model, kind):
    weights, panel = drawn
    order = np.random.default_rng(8).permutation(12)
    labels = [weights.labels[i] for i in order]
    turned = SpatialWeights("drawn", labels, weights.align(labels))
    factors = np.array([1e3, 1e-2])
    other = StackedPanel(
        5.0 * panel.y[:, order],
        factors[:, None, None] * panel.x[:, :, order],
        panel.names,
        turned.labels,
        panel.periods,
    )
    fit = fit_stacked(panel, weights, model=model, vcov=kind)
    moved = fit_stacked(other, turned, model=model, vcov=kind)
    scale = np.ones(len(fit.names))
    slopes = [i for i, name in enumerate(fit.names) if name not in ("rho", "lambda")]
    scale[slopes] = 5.0 / np.tile(factors, len(slopes) // 2)
    assert moved.coefficients / scale == pytest.approx(fit.coefficients, rel=1e-7)
    assert moved.std_errors / scale == pytest.approx(fit.std_errors, rel=1e-7)


def test_p_values_and_intervals_follow_the_degrees_of_freedom(weights, long_panel):
    normal, clustered = (
        fit_spatial(*long_panel, weights, model="sdm", vcov=kind)
        for kind in ("information", "cluster_pairs")
    )
    assert (normal.vcov, normal.df) == ("information", None)
    assert (clustered.vcov, clustered.df) == ("cluster_pairs", 29)
    assert normal.p_values == pytest.approx(2 * stats.norm.sf(np.abs(normal.z)), rel=EXACT)
    assert clustered.p_values == pytest.approx(2 * stats.t.sf(np.abs(clustered.z), 29), rel=EXACT)
    for fit, reach in ((normal, stats.norm.ppf(0.95)), (clustered, stats.t.ppf(0.95, 29))):
        low, high = fit.intervals(0.9).T
        assert high - low == pytest.approx(2 * reach * fit.std_errors, rel=EXACT)
        assert (high + low) / 2 == pytest.approx(fit.coefficients, rel=EXACT)
    with pytest.raises(UserError, match="level 1 does not lie between 0 and 1"):
        normal.intervals(1)


def test_what_cannot_be_asked_for(drawn):
    weights, panel = drawn
    with pytest.raises(UserError, match="vcov 'robust' is unknown; choose one of information"):
        fit_stacked(panel, weights, vcov="robust")
    sparse = SparseAlgebra(SparseWeights("drawn", weights.labels, weights.matrix), None)
    with pytest.raises(UserError, match="'cluster_pairs' needs the eigenvalues of W"):
        fit_stacked(panel, weights, vcov="cluster_pairs", algebra=sparse)
    gap = dataclasses.replace(panel, periods=np.array([*range(2001, 2009), 2010]))
    with pytest.raises(UserError, match="not evenly spaced: 2008 is followed by 2010"):
        fit_stacked(gap, weights, effects="unit_trends")
    short = dataclasses.replace(panel, y=panel.y[:2], x=panel.x[:, :2], periods=np.arange(2))
    with pytest.raises(UserError, match="no variation is left besides effects 'unit_trends'"):
        fit_stacked(short, weights, effects="unit_trends")
