"""Simulation with a known truth: 400 panels of 30 units and 10 periods.

Tolerances: a 95 % interval covers with a Monte-Carlo error of 0.011, three of which are allowed;
the mean of 400 estimates has 1/20 of their standard deviation as its error, three of which are
allowed besides a bias of 0.01, the order 1/(nT) of maximum likelihood.
"""

import numpy as np
import pytest

from pilotzone.methods.space.effects import effects
from pilotzone.methods.space.panel import stack_panel
from pilotzone.methods.space.panel_ml import fit_stacked

pytestmark = pytest.mark.slow

REPLICATIONS = 400


@pytest.fixture(scope="module")
def fits(make_weights, make_panel):
    rng = np.random.default_rng(2024)
    weights = make_weights(rng, 30, share=0.08)
    drawn = (make_panel(rng, weights, 10) for _ in range(REPLICATIONS))
    panels = [stack_panel(*panel, weights) for panel in drawn]
    return weights, {
        lee_yu: [fit_stacked(panel, weights, model="sdm", lee_yu=lee_yu) for panel in panels]
        for lee_yu in (True, False)
    }


def test_the_transformed_likelihood_finds_the_truth(fits):
    truth = np.array([1.0, -0.5, 0.6, 0.3, 0.4])
    estimates = np.array([fit.coefficients for fit in fits[1][True]])
    errors = np.array([fit.std_errors for fit in fits[1][True]])
    bias = estimates.mean(axis=0) - truth
    assert np.all(np.abs(bias) < 0.01 + 3 * estimates.std(axis=0) / np.sqrt(REPLICATIONS))
    covered = (np.abs(estimates - truth) < 1.959964 * errors).mean(axis=0)
    assert covered == pytest.approx(np.full(5, 0.95), abs=0.033)
    assert errors.mean(axis=0) == pytest.approx(estimates.std(axis=0), rel=0.15)


def test_the_transformation_takes_out_the_bias_in_sigma2(fits):
    """Incidental parameters bias e'e/(nT) by the factor (n - 1)(T - 1)/(nT) = 0.87."""
    plain, transformed = (
        np.mean([fit.sigma2 for fit in fits[1][lee_yu]]) for lee_yu in (False, True)
    )
    assert transformed == pytest.approx(1.0, abs=0.03)
    assert plain == pytest.approx(0.87, abs=0.03)


def test_the_plain_two_way_likelihood_pulls_rho_down(fits):
    """Incidental period effects cost of order 1/n: at 30 units -0.13, more than one error."""
    plain, transformed = (
        np.array([fit.rho for fit in fits[1][lee_yu]]) - 0.4 for lee_yu in (False, True)
    )
    assert plain.mean() == pytest.approx(-0.13, abs=0.03)
    assert abs(transformed.mean()) < 0.03
    errors = np.array([fit.std_errors[-1] for fit in fits[1][False]])
    assert (np.abs(plain) < 1.959964 * errors).mean() < 0.8


def test_intervals_of_the_effects_cover_the_truth(fits):
    weights, by_kind = fits
    inverse = np.linalg.inv(np.eye(30) - 0.4 * weights.matrix)
    response = [inverse @ (b * np.eye(30) + c * weights.matrix) for b, c in ((1, 0.6), (-0.5, 0.3))]
    direct = np.array([np.diag(matrix).mean() for matrix in response])
    total = np.array([matrix.sum(axis=1).mean() for matrix in response])
    truth = np.stack([direct, total - direct, total])
    tables = [effects(fit, weights, draws=500, seed=i) for i, fit in enumerate(by_kind[True])]
    inside = [(table.ci_low < truth) & (truth < table.ci_high) for table in tables]
    assert np.mean(inside, axis=0) == pytest.approx(np.full((3, 2), 0.95), abs=0.033)
