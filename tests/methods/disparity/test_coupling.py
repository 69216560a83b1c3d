"""Coupling: closed forms, the spellings that circulate, what the degree is a transform of.

EXACT: a root and a quotient of numbers of order one.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilotzone.errors import UserError
from pilotzone.methods.disparity.coupling import SPELLINGS, classes, coordination, coupling

EXACT = 1e-12

levels = st.integers(2, 5).flatmap(lambda k: arrays(float, (4, k), elements=st.floats(0.001, 1)))


def test_two_systems_by_hand():
    """Levels 0.2 and 0.8: product 0.16, sum 1, mean 0.5."""
    u = [[0.2, 0.8]]
    assert coupling(u) == pytest.approx(0.8, abs=EXACT)
    assert coupling(u, "without_k") == pytest.approx(np.sqrt(0.16 / 1.0**2), abs=EXACT)
    assert coupling(u, "power", 2) == pytest.approx((0.16 / 0.5**2) ** 2, abs=EXACT)
    assert coupling(u, "power", 3) == pytest.approx((0.16 / 0.5**2) ** 3, abs=EXACT)
    made = coordination(u)
    assert made.level == pytest.approx(0.5, abs=EXACT)
    assert made.degree == pytest.approx(np.sqrt(0.8 * 0.5), abs=EXACT)
    assert coordination(u, "without_k").degree == pytest.approx(np.sqrt(0.4 * 0.5), abs=EXACT)
    assert coordination(u, "power").degree == pytest.approx(np.sqrt(0.4096 * 0.5), abs=EXACT)


def test_three_systems_by_hand():
    """Levels 0.1, 0.2 and 0.4: product 0.008 with cubic root 0.2, sum 0.7."""
    u = [[0.1, 0.2, 0.4]]
    assert coupling(u) == pytest.approx(3 * 0.2 / 0.7, abs=EXACT)
    assert coupling(u, "without_k") == pytest.approx(0.2 / 0.7, abs=EXACT)
    assert coupling(u, "power", 1) == pytest.approx(0.008 / (0.7 / 3) ** 3, abs=EXACT)


@given(levels)
def test_the_degree_is_the_root_of_the_geometric_mean(u):
    geometric = np.exp(np.log(u).mean(axis=1))
    assert coordination(u).degree == pytest.approx(np.sqrt(geometric), abs=1e-9)


@given(levels)
def test_the_spellings_differ_by_the_stated_factors(u):
    k, c = u.shape[1], coupling(u)
    assert ((c >= 0) & (c <= 1)).all()
    assert coupling(u, "without_k") == pytest.approx(c / k, abs=EXACT)
    assert coupling(u, "power", 1 / k) == pytest.approx(c, abs=1e-9)
    assert coupling(u, "power", 2) == pytest.approx(c ** (2 * k), abs=1e-9)
    short = coordination(u, "without_k").degree
    assert short == pytest.approx(coordination(u).degree / np.sqrt(k), abs=1e-9)
    assert (short <= np.sqrt(1 / k) + EXACT).all()


@given(levels, st.floats(0.1, 1), st.integers(0, 100))
def test_order_and_scale(u, factor, seed):
    order = np.random.default_rng(seed).permutation(u.shape[1])
    for spelling in SPELLINGS:
        c = coupling(u, spelling)
        assert coupling(u[:, order], spelling) == pytest.approx(c, abs=1e-9)
        # Coupling says how equal levels are, not how high.
        assert coupling(factor * u, spelling) == pytest.approx(c, abs=1e-9)
    scaled = coordination(factor * u).degree
    assert scaled == pytest.approx(np.sqrt(factor) * coordination(u).degree, abs=1e-9)


@given(st.floats(0.001, 1), st.integers(2, 5))
def test_equal_levels_are_fully_coupled_however_low(level, k):
    u = np.full((1, k), level)
    assert coupling(u) == pytest.approx(1, abs=EXACT)
    assert coordination(u).degree == pytest.approx(np.sqrt(level), abs=1e-9)


def test_zeros():
    made = coordination([[0, 0.5], [0, 0], [1, 1]])
    assert made.coupling == pytest.approx([0, np.nan, 1], nan_ok=True)
    assert made.degree == pytest.approx([0, 0, 1])


def test_ten_classes_with_their_lower_bound():
    assert classes([0, 0.0999, 0.1, 0.3, 0.55, 0.7, 0.8999, 0.9, 1]).tolist() == [
        *(1, 1, 2, 4, 6, 8, 9, 10, 10)
    ]
    assert set(classes(np.linspace(0, 1, 101)).tolist()) == set(range(1, 11))


@pytest.mark.parametrize(
    ("u", "options", "message"),
    [
        ([[0.1, 1.2]], {}, "levels from 0 to 1, here 0.1 to 1.2"),
        ([[-0.1, 0.2]], {}, "levels from 0 to 1"),
        ([[0.1, np.nan]], {}, "a level in every cell"),
        ([[0.1]], {}, "two systems or more"),
        ([0.1, 0.2], {}, "two systems or more"),
        ([[0.1, 0.2]], {"spelling": "typo"}, "'typo' is unknown; known: geometric"),
        ([[0.1, 0.2]], {"spelling": "power", "power": 0}, "power 0 .* is not positive"),
    ],
)
def test_what_cannot_be_coupled_is_refused(u, options, message):
    with pytest.raises(UserError, match=message):
        coordination(u, **options)
