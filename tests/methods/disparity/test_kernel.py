"""Kernel densities: a second program, mass one, Silverman's rule by its formula.

EXACT: sums of 30 exponentials. AREA: the trapezoid rule on 5,000 points.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gaussian_kde

from pilotzone.errors import UserError
from pilotzone.methods.disparity.kernel import common_grid, kernel_density, silverman_bandwidth

EXACT, AREA = 1e-12, 1e-3

# Thousandths, so that no two values are closer than a density can tell.
samples = st.lists(st.integers(0, 1000), min_size=5, max_size=30, unique=True).map(
    lambda thousandths: np.array(thousandths) / 1000
)


def test_the_rule_by_hand():
    """1 … 10: sd 3.02765, quartiles 3.25 and 7.75, of which the sd over 1 is the smaller scale."""
    assert silverman_bandwidth(np.arange(1, 11)) == pytest.approx(
        0.9 * np.sqrt(55 / 6) * 10**-0.2, abs=EXACT
    )
    # A far value widens the sd, not the quartiles: 1.5 and 4.5 of 0 … 6 with 6 moved out.
    y = np.array([0, 1, 2, 3, 4, 5, 60.0])
    assert silverman_bandwidth(y) == pytest.approx(0.9 * 3 / 1.34 * 7**-0.2, abs=EXACT)
    # Quartiles that are equal leave the sd alone.
    y = np.array([0, 1, 1, 1, 2.0])
    assert silverman_bandwidth(y) == pytest.approx(0.9 * np.sqrt(0.5) * 5**-0.2, abs=EXACT)


def test_scipy_gives_the_same_density(stored):
    y = stored[-1]
    grid = np.linspace(y.min() - 1, y.max() + 1, 200)
    made = kernel_density(y, grid)
    other = gaussian_kde(y, bw_method=made.bandwidth / y.std(ddof=1))
    assert made.density == pytest.approx(other(grid), abs=1e-10)
    below = other.integrate_box_1d(-np.inf, 0) + other.integrate_box_1d(1, np.inf)
    assert made.outside == pytest.approx(below, abs=1e-10)


@given(samples)
def test_the_mass_is_one(y):
    h = silverman_bandwidth(y)
    grid = np.linspace(y.min() - 6 * h, y.max() + 6 * h, 5000)
    made = kernel_density(y, grid)
    assert np.trapezoid(made.density, grid) == pytest.approx(1, abs=AREA)
    assert (made.density >= 0).all()


@given(samples, st.floats(0.1, 10), st.floats(-5, 5))
def test_location_and_scale(y, scale, shift):
    grid = np.linspace(-1, 2, 50)
    one, other = kernel_density(y, grid), kernel_density(scale * y + shift, scale * grid + shift)
    assert other.density * scale == pytest.approx(one.density, rel=1e-6, abs=1e-9)
    assert other.bandwidth == pytest.approx(scale * one.bandwidth, rel=1e-9)


def test_modes_are_counted():
    y = np.concatenate([np.linspace(-0.1, 0.1, 5), np.linspace(0.9, 1.1, 3)])
    made = kernel_density(y, np.linspace(-1, 2, 301), bandwidth=0.1)
    assert made.n_modes == 2
    assert made.mode == pytest.approx(0, abs=0.01)
    assert made.height == made.density.max()
    assert kernel_density(y, np.linspace(-3, 4, 301), bandwidth=1.0).n_modes == 1


def test_one_grid_holds_all_periods(stored):
    grid = common_grid(stored, points=50)
    reach = 3 * max(silverman_bandwidth(y) for y in stored)
    assert (grid[0], grid[-1]) == pytest.approx((stored.min() - reach, stored.max() + reach))
    assert len(grid) == 50


@pytest.mark.parametrize("y", [[1.0], [1.0, 1.0], [1.0, np.nan]])
def test_what_has_no_spread_is_refused(y):
    with pytest.raises(UserError, match="two different values"):
        silverman_bandwidth(y)
    with pytest.raises(UserError, match="not positive"):
        kernel_density([1.0, 2.0], np.zeros(3), bandwidth=0.0)
