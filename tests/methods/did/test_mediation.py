"""Mediation: least squares algebra, the bootstrap against refitting, a known effect.

Two programs that solve the same normal equations agree to 1e-8.
"""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.did.mediation import mediation
from pilotzone.methods.did.twfe import twfe

UNITS, YEARS = 12, 6


@pytest.fixture
def panel():
    rng = np.random.default_rng(4)
    unit, period = np.repeat(np.arange(UNITS), YEARS), np.tile(np.arange(YEARS), UNITS)
    start = rng.integers(2, 8, size=UNITS)
    d = (period >= start[unit]).astype(float)
    x = rng.normal(size=(len(unit), 2))
    effect = rng.normal(size=UNITS)[unit] + rng.normal(size=YEARS)[period]
    m = 0.5 * d + x @ [0.3, -0.2] + effect + 0.1 * rng.normal(size=len(unit))
    y = 0.2 * d + 0.8 * m + x @ [0.1, 0.4] - effect + 0.1 * rng.normal(size=len(unit))
    return y, m, d, x, unit, period


def two_way(y, columns, unit, period):
    names = [f"x{i}" for i in range(columns.shape[1])]
    return twfe(y, columns, names, None, (), unit, period).coefficients


def test_coefficients_are_those_of_three_two_way_regressions(panel):
    y, m, d, x, unit, period = panel
    made = mediation(*panel, draws=10, rng=np.random.default_rng(1))
    c = two_way(y, np.column_stack([d, x]), unit, period)[0]
    a = two_way(m, np.column_stack([d, x]), unit, period)[0]
    direct, b = two_way(y, np.column_stack([d, m, x]), unit, period)[:2]
    np.testing.assert_allclose(
        [made.total, made.first, made.second, made.direct], [c, a, b, direct], rtol=1e-8
    )
    assert made.indirect == pytest.approx(c - direct, rel=1e-8)


def test_a_draw_is_the_regression_on_the_units_drawn(panel):
    y, m, d, x, unit, period = panel
    made = mediation(*panel, draws=5, rng=np.random.default_rng(7))
    counts = np.random.default_rng(7).multinomial(UNITS, np.full(UNITS, 1 / UNITS), size=5)
    assert made.n_undefined == 0
    for draw, count in zip(made.draws, counts, strict=True):
        picked = np.repeat(np.arange(UNITS), count)
        rows = np.concatenate([np.flatnonzero(unit == g) for g in picked])
        clone = np.repeat(np.arange(UNITS), YEARS)
        a = two_way(m[rows], np.column_stack([d, x])[rows], clone, period[rows])[0]
        b = two_way(y[rows], np.column_stack([d, m, x])[rows], clone, period[rows])[1]
        assert draw == pytest.approx(a * b, rel=1e-7)


def test_a_known_indirect_effect_lies_in_the_interval(panel):
    made = mediation(*panel, draws=999, rng=np.random.default_rng(2))
    low, high = made.interval()
    assert 0 < low < 0.5 * 0.8 < high


def test_the_input_is_not_changed(panel):
    before = [np.array(v) for v in panel]
    mediation(*panel, draws=5, rng=np.random.default_rng(1))
    for old, now in zip(before, panel, strict=True):
        np.testing.assert_array_equal(old, now)


def test_a_mediator_that_is_the_treatment_is_refused(panel):
    y, _, d, x, unit, period = panel
    with pytest.raises(UserError, match="collinear"):
        mediation(y, 2 * d, d, x, unit, period, draws=5, rng=np.random.default_rng(1))
