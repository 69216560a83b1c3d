"""The Hausman test of fixed against random unit effects by hand, and what is refused."""

import numpy as np
import pytest

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.space.panel import StackedPanel, stack_panel
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.random_effects import fit_random, hausman, hausman_test

EXACT = 1e-9


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
def test_other_models_are_refused(random_panel, option):
    weights, panel = random_panel
    with pytest.raises(UserError, match="need model sar or sdm and effects unit or two_way"):
        fit_random(panel, weights, **option)


def test_one_period_is_refused(random_panel):
    weights, panel = random_panel
    single = StackedPanel(panel.y[:1], panel.x[:, :1], panel.names, panel.units, panel.periods[:1])
    with pytest.raises(UserError, match="need 2 periods"):
        fit_random(single, weights)


def test_regressors_that_do_not_change_are_named(random_panel):
    """Random effects can have them, fixed effects cannot, and the test says which."""
    weights, panel = random_panel
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
