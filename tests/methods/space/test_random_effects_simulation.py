"""Random unit effects in simulated panels: the truth, its errors, size and power of the test."""

import numpy as np
import pytest

from pilotzone.errors import NotIdentified
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.random_effects import fit_random, hausman, hausman_test

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulated(make_weights, draw_random):
    """Fits to 300 panels of 40 units and 6 periods with s2 = s2_mu = 1."""
    rng = np.random.default_rng(5)
    weights = make_weights(rng, 40, share=0.08)
    panels = [draw_random(rng, weights, 6) for _ in range(300)]
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


def test_the_power_of_the_hausman_test(make_weights, draw_random):
    """Regressors that carry 0.7 of the unit effect: found at 1 % in nearly all of 30 panels."""
    rng = np.random.default_rng(8)
    weights = make_weights(rng, 40, share=0.08)
    found = 0
    for _ in range(30):
        try:
            found += hausman(draw_random(rng, weights, 6, tie=0.7), weights).p_value < 0.01
        except NotIdentified:
            continue
    assert found >= 25
