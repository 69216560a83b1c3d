"""Tables of products against the batch regression, which fits every deal on its own rows.

SAME: both are direct solutions of the same normal equations, of numbers near one.
"""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.multiverse.products import Cells, Held, Treatment

SAME = 1e-10
UNITS, PERIODS = 24, 9
# First treated periods, the last one never; and two doses that come in steps.
STARTS = (3, 5, 8, 99)


def panel(rng, gaps):
    unit, period = np.repeat(np.arange(UNITS), PERIODS), np.tile(np.arange(PERIODS), UNITS)
    kept = rng.random(len(unit)) > gaps
    return unit[kept], period[kept]


def paths(rng):
    time = np.arange(PERIODS)
    steps = (time >= np.array(STARTS)[:, None]).astype(float)
    doses = np.cumsum(rng.integers(0, 2, size=(2, PERIODS)), axis=1) / PERIODS
    return np.vstack([steps, doses])


@pytest.mark.parametrize("trends", [False, True])
@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_two_thousand_specifications_and_deals_are_those_of_direct_fits(gaps, trends):
    rng = np.random.default_rng(20 + trends)
    compared = 0
    while compared < 500:
        unit, period = panel(rng, gaps)
        cells = Cells.of(unit, period, trends=trends)
        k = int(rng.integers(0, 4))
        controls = rng.normal(size=(len(unit), k))
        cluster = unit if rng.random() < 0.5 else unit // 2
        held = Held.of(cells, controls, cluster)
        known = paths(rng)
        deals = np.array([rng.permutation(np.arange(UNITS) % len(known)) for _ in range(25)])
        dealt = Treatment.of(held, known).dealt(deals)
        outcome = rng.normal(size=len(unit)) + controls.sum(axis=1)
        slopes, t = dealt.regression(held.freed(outcome))
        trend = [(unit, period.astype(float))] if trends else []
        effects = FixedEffects([unit, period], slopes=trend)
        rows = known[deals[:, unit], period].T
        direct = batch(outcome, rows, controls if k else None, effects, cluster)
        assert not direct.degenerate.any()
        np.testing.assert_allclose(slopes, direct.coefficients, rtol=SAME, atol=SAME)
        np.testing.assert_allclose(t, direct.t, rtol=SAME, atol=SAME)
        assert held.df == direct.df
        compared += len(deals)


def test_dummies_of_groups_by_period_are_held():
    rng = np.random.default_rng(4)
    unit, period = panel(rng, 0.1)
    region = unit % 3
    pairs = [(region == g) & (period == p) for g in range(3) for p in range(PERIODS)]
    held = Held.of(Cells.of(unit, period), np.column_stack(pairs).astype(float), unit)
    # Of 27 dummies 8 are periods; 16 more tell the regions apart.
    assert len(held.basis) == 24
    known, deals = paths(rng), rng.integers(0, 6, size=(30, UNITS))
    outcome = rng.normal(size=len(unit))
    slopes, t = Treatment.of(held, known).dealt(deals).regression(held.freed(outcome))
    labels = region * 100 + period
    direct = batch(
        outcome, known[deals[:, unit], period].T, None, FixedEffects([unit, labels]), unit
    )
    np.testing.assert_allclose(slopes, direct.coefficients, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(t, direct.t, rtol=SAME, atol=SAME)


def test_a_deal_without_variation_has_no_number():
    unit, period = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    held = Held.of(Cells.of(unit, period), np.empty((24, 0)), unit)
    known = np.array([[0, 0, 1, 1], [0, 0, 0, 0]], dtype=float)
    everyone, some = np.zeros(6, dtype=int), np.array([0, 0, 0, 1, 1, 1])
    outcome = np.random.default_rng(0).normal(size=24)
    slopes, t = (
        Treatment.of(held, known).dealt(np.array([everyone, some])).regression(held.freed(outcome))
    )
    assert np.isnan([slopes[0], t[0]]).all()
    assert np.isfinite([slopes[1], t[1]]).all()


@pytest.mark.parametrize(
    ("unit", "period", "said"),
    [
        ([0, 0, 1, 1], [0, 0, 0, 1], "two rows in one period"),
        ([0, 0, 1], [0, 1, 0], "1 units have one row"),
    ],
)
def test_rows_that_are_no_cells_are_refused(unit, period, said):
    with pytest.raises(UserError, match=said):
        Cells.of(unit, period)


def test_clusters_that_cut_units_and_too_few_rows_are_refused():
    unit, period = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    cells = Cells.of(unit, period)
    with pytest.raises(UserError, match="a unit is in two clusters"):
        Held.of(cells, np.empty((12, 0)), np.arange(12) % 5)
    rng = np.random.default_rng(1)
    few = Cells.of(unit[:6], period[:6])
    with pytest.raises(UserError, match="6 rows do not suffice for 6 coefficients"):
        Held.of(few, rng.normal(size=(6, 5)), unit[:6])
