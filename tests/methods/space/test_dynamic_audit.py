"""Simulated dynamic panels, and what the estimator makes of them.

EXACT is for the same numbers by another order of operations. The audits have a seed and 400 panels:
the coverage of a 95 % interval has the Monte-Carlo error 0.011, three of which are allowed; a mean
has 1/20 of the standard deviation, three of which are allowed besides the bias stated in the test.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space import dynamic_audit
from pilotzone.methods.space.dynamic import fit_dynamic_stacked
from pilotzone.methods.space.dynamic_audit import (
    DynamicTruth,
    audit_small_T,
    simulate_dynamic,
    truth_of_panel,
)
from pilotzone.methods.space.dynamic_points import fit_points, largest_root
from pilotzone.methods.space.weights import SpatialWeights, row_normalise

EXACT = 1e-9
SAME = 1e-10


@pytest.fixture(scope="module")
def panel(lopsided, draw_panel):
    return draw_panel(lopsided)


@pytest.fixture(scope="module")
def ring():
    links = np.roll(np.eye(30), 1, axis=1) + np.roll(np.eye(30), -1, axis=1)
    labels = [f"u{i:02d}" for i in range(30)]
    return SpatialWeights("ring", labels, row_normalise(links, labels))


def test_simulated_panels_follow_the_equation(lopsided):
    """What the truth leaves of a long panel is a unit effect, a period effect and noise."""
    truth = DynamicTruth(sigma=1e-6)
    panel = simulate_dynamic(lopsided, truth, 20, np.random.default_rng(0)).at(0)
    w, y, x = lopsided.matrix, panel.y, panel.x[0]
    rest = y[1:] - 0.3 * y[1:] @ w.T - 0.5 * y[:-1] + 0.1 * y[:-1] @ w.T
    rest = rest - x[1:] - 0.5 * x[1:] @ w.T
    rest = rest - rest.mean(axis=0) - rest.mean(axis=1, keepdims=True) + rest.mean()
    assert np.abs(rest).max() < 1e-5
    assert panel.names == truth.x_names == ("x1",)
    with pytest.raises(UserError, match=r"largest root 1\.1"):
        simulate_dynamic(lopsided, DynamicTruth(tau=0.9), 5, np.random.default_rng(0))


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
        covered = dict(zip(audit.names, audit.coverage, strict=True))
        bias = dict(zip(audit.names, np.abs(audit.bias), strict=True))
        kept = ("x1", "rho", "short:indirect:x1")
        assert all(bias[name] < 0.05 and covered[name] >= 0.9 for name in kept)
        assert bias["long:total:x1"] >= 0.05 or covered["long:total:x1"] < 0.9


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


def spoiled(panels):
    """In the first panel a regressor has no variation, in the second it is a copy of another."""
    x = panels.x.copy()
    x[0, 0] = x[0, 0, :1]
    x[0, 1] = x[1, 1]
    return dataclasses.replace(panels, x=x)


@pytest.mark.parametrize(
    ("effects", "reason"), [("two_way", "runs to the bound"), ("unit", "corrected_rho_outside")]
)
def test_a_stack_is_its_panels_one_by_one(make_weights, effects, reason):
    """Also where a panel has no estimate, for whichever reason."""
    weights = make_weights(np.random.default_rng(3), 6, symmetric=False)
    truth = DynamicTruth(tau=0.75, eta=0.0, rho=0.1, beta=(1.0, -0.5), theta=(0.5, 0.2))
    rng = np.random.default_rng(1)
    panels = spoiled(simulate_dynamic(weights, truth, 6, rng, effects=effects, replications=40))
    top, end = fit_points(panels, weights, effects=effects)
    fits, faults = [], ""
    for i in range(40):
        try:
            fits.append(fit_dynamic_stacked(panels.at(i), weights, effects=effects))
        except (NotIdentified, UserError) as fault:
            faults += f"{fault}\n"
    for named in ("no variation", "linear combination", "not_stationary", reason):
        assert named in faults
    assert 10 < len(fits) == len(top.values) == len(end.values) < 30
    for k, fit in enumerate(fits):
        assert top.coefficients[k] == pytest.approx(fit.uncorrected, rel=SAME)
        assert end.coefficients[k] == pytest.approx(fit.coefficients, rel=SAME)
        assert end.covariance[k] == pytest.approx(fit.covariance, rel=SAME)
        assert end.sigma2[k] == pytest.approx(fit.sigma2, rel=SAME)


def test_the_size_of_a_chunk_does_not_matter(lopsided, monkeypatch):
    whole = audit_small_T(lopsided, 6, 30, np.random.default_rng(2), DynamicTruth())
    monkeypatch.setattr(dynamic_audit, "AT_ONCE", 1000)
    parts = audit_small_T(lopsided, 6, 30, np.random.default_rng(2), DynamicTruth())
    assert parts.n_failed == whole.n_failed > 0
    for name in ("bias_before", "bias", "rmse_before", "rmse", "coverage_before", "coverage"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name), rel=SAME)


@pytest.mark.parametrize("effects", ["two_way", "unit"])
def test_a_panel_gives_the_truth_of_its_maximum(panel, lopsided, effects):
    top = fit_dynamic_stacked(panel, lopsided, effects=effects, correct=False)
    truth = truth_of_panel(panel, lopsided, effects=effects)
    assert [truth.tau, truth.eta, truth.rho] == pytest.approx(
        top.coefficients[[0, 1, -1]], abs=EXACT
    )
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
