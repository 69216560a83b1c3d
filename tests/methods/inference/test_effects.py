"""Projections and ranks of fixed effects against dense algebra.

Tolerances: our numbers and dense least squares differ by rounding, 1e-15 times the condition of
the design; 1e-9 leaves room for a condition of 10⁶ (EXACT).
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import UserError
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.projections import Means

EXACT = {"rtol": 1e-9, "atol": 1e-9}
SAME = {"rtol": 1e-10, "atol": 1e-12}


def test_projection_and_rank_equal_dense_least_squares(
    panel, dummies, independent, layouts, layout, weighted, share
):
    p = panel(1, share=share)
    factors, slopes = layouts(p)[layout]
    w = p.weights if weighted else None
    effects = FixedEffects(factors, slopes, w, n=len(p.y))
    root = np.sqrt(p.weights if weighted else np.ones(len(p.y)))[:, None]
    d = dummies(*factors, slopes=slopes) if factors or slopes else np.ones((len(p.y), 1))
    q = np.linalg.svd(independent(d) * root, full_matrices=False)[0]
    expected = (p.x * root - q @ (q.T @ (p.x * root))) / root
    assert_allclose(effects.residualise(p.x), expected, **EXACT)
    assert effects.rank == q.shape[1]


def test_a_vector_gives_a_vector_and_blocks_do_not_matter(panel, monkeypatch):
    p = panel(2, share=0.8)
    effects = FixedEffects([p.unit, p.period])
    whole = effects.residualise(p.x)
    assert_allclose(effects.residualise(p.x[:, 0]), whole[:, 0], **SAME)
    monkeypatch.setattr("pilotzone.methods.inference.columns.BLOCK_NUMBERS", 1)
    assert_allclose(effects.residualise(p.x), whole, **SAME)


@given(st.data())
def test_rank_of_two_factors_is_levels_less_connected_groups(dummies, data):
    n = data.draw(st.integers(2, 40))
    labels = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    one, two = np.array(data.draw(labels)), np.array(data.draw(labels))
    effects = FixedEffects([one, two])
    assert effects.rank == np.linalg.matrix_rank(dummies(one, two))
    residual = effects.residualise(np.random.default_rng(n).normal(size=n))
    sums = [np.bincount(f, residual) for f in (one, two)]
    assert_allclose(np.concatenate(sums), 0, atol=1e-9)


def test_balanced_panel_in_any_row_order_takes_means(panel):
    p = panel(3)
    order = np.random.default_rng(3).permutation(len(p.y))
    shuffled = FixedEffects([p.unit[order], p.period[order]])
    straight = FixedEffects([p.unit, p.period])
    assert isinstance(straight._projection, Means)
    assert isinstance(shuffled._projection, Means)
    assert_allclose(shuffled.residualise(p.x[order]), straight.residualise(p.x)[order], **EXACT)
    one_way = FixedEffects([p.period])
    assert isinstance(one_way._projection, Means)
    means = pd.Series(p.y).groupby(p.period).transform("mean")
    assert_allclose(one_way.residualise(p.y), p.y - means, **EXACT)


def test_as_many_rows_as_a_balanced_panel_need_not_be_one(panel, dummies, independent):
    p = panel(25)
    rows = np.arange(96)
    rows[50] = 20
    for factors in ([p.unit[rows]], [p.unit[rows], p.period[rows]]):
        effects = FixedEffects(factors)
        q = np.linalg.svd(independent(dummies(*factors)), full_matrices=False)[0]
        y = p.y[rows] + rows
        assert_allclose(effects.residualise(y), y - q @ (q.T @ y), **EXACT)
        assert effects.rank == q.shape[1]


def test_large_levels_leave_the_last_digits(panel):
    p = panel(4, share=0.8)
    effects = FixedEffects([p.unit, p.period])
    offset = 1e6 * (p.unit + p.period)
    assert_allclose(effects.residualise(p.y + offset), effects.residualise(p.y), atol=1e-5)
    assert_allclose(effects.residualise(p.y + 1e6), effects.residualise(p.y), atol=1e-9)


@pytest.mark.parametrize("by", ["unit", "region"])
@pytest.mark.parametrize("power", [1, 2])
def test_trends_in_calendar_years_equal_trends_from_the_middle(panel, by, power):
    p = panel(24, share=0.8)
    labels = getattr(p, by)
    variables = [p.period**j for j in range(1, power + 1)]
    centred = [(p.period - 2014.0) ** j for j in range(1, power + 1)]
    for factors in ([p.unit, p.period], [labels], [p.period, labels]):
        calendar = FixedEffects(factors, [(labels, z) for z in variables])
        middle = FixedEffects(factors, [(labels, z) for z in centred])
        assert calendar.rank == middle.rank
        assert_allclose(calendar.residualise(p.x), middle.residualise(p.x), **EXACT)


def test_cubic_trends_in_calendar_years_leave_nothing_of_the_effects(panel):
    p = panel(26, share=0.8)
    effects = FixedEffects([p.unit, p.period], [(p.unit, p.period**j) for j in (1, 2, 3)])
    residual = effects.residualise(p.y)
    for moment in (residual, residual * (p.period - 2014), residual * (p.period - 2014) ** 2):
        assert_allclose(np.bincount(p.unit, moment), 0, atol=1e-9)
    assert_allclose(np.bincount(p.period - 2011, residual), 0, atol=1e-9)


def test_nested_rank_counts_nested_factors_once_and_the_rest_in_full(panel):
    p = panel(5)
    n, t, r = 12, 8, 3
    trend = (p.unit, p.period.astype(float))
    two_way = FixedEffects([p.unit, p.period])
    assert (two_way.rank, two_way.nested_rank(None)) == (n + t - 1, n + t - 1)
    assert two_way.nested_rank(p.unit) == t
    assert two_way.nested_rank(p.region) == t
    assert two_way.nested_rank(p.period) == n
    assert two_way.nested_rank(np.arange(n * t)) == n + t - 1
    assert FixedEffects([p.unit]).nested_rank(p.unit) == 1
    assert FixedEffects([p.period]).nested_rank(p.unit) == t
    assert FixedEffects([], n=n * t).nested_rank(p.unit) == 1
    assert FixedEffects([p.unit, p.region, p.period]).nested_rank(p.region) == t
    assert FixedEffects([p.region, p.unit, p.period]).nested_rank(p.region) == t
    assert FixedEffects([p.unit, p.period], [trend]).nested_rank(p.unit) == t + n - 1
    assert FixedEffects([p.unit], [trend]).nested_rank(p.unit) == 1 + n
    by_region = FixedEffects([p.unit, p.region * 10_000 + p.period])
    assert by_region.rank == n + r * (t - 1)
    assert by_region.nested_rank(p.unit) == 1 + r * (t - 1)


def test_disconnected_halves_lose_a_degree_of_freedom():
    unit = np.repeat(np.arange(4), 3)
    period = np.tile(np.arange(3), 4) + 10 * (unit >= 2)
    effects = FixedEffects([unit, period])
    assert effects.rank == 4 + 6 - 2
    assert effects.nested_rank(unit) == 1 + 4


def test_a_long_chain_of_units_is_still_connected():
    unit = np.repeat(np.arange(200), 2)
    period = unit + np.tile([0, 1], 200)
    effects = FixedEffects([unit, period])
    assert effects.rank == 200 + 201 - 1
    assert_allclose(effects.residualise(np.random.default_rng(0).normal(size=400)), 0, atol=1e-9)


def test_singletons_are_counted_by_row():
    unit = np.array([1, 1, 2, 3, 3, 4])
    period = np.array([1, 2, 1, 1, 2, 3])
    assert_array_equal(np.flatnonzero(FixedEffects([unit, period]).singletons), [2, 5])
    assert FixedEffects([unit]).n_singletons == 2
    assert FixedEffects([period]).n_singletons == 1
    assert FixedEffects([], n=6).n_singletons == 0


@given(st.data())
def test_without_singletons_every_level_has_two_rows_and_no_more_is_lost(data):
    n = data.draw(st.integers(1, 30))
    labels = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    one, two = np.array(data.draw(labels)), np.array(data.draw(labels))
    effects = FixedEffects([one, two])
    rest = ~effects.singletons
    assert all((np.bincount(f[rest]) != 1).all() for f in (one, two))
    # A singleton's residual is zero whatever its outcome, and it costs one degree of freedom.
    y = np.random.default_rng(n).normal(size=n)
    residual = effects.residualise(y)
    assert_allclose(residual[effects.singletons], 0, atol=1e-9)
    if rest.any():
        assert effects.without_singletons.rank == effects.rank - effects.n_singletons
        assert_allclose(effects.without_singletons.residualise(y[rest]), residual[rest], **EXACT)


def test_labels_of_any_type_give_the_same_projection(panel):
    p = panel(6, share=0.8)
    expected = FixedEffects([p.unit, p.period]).residualise(p.y)
    for unit in (
        p.unit.astype(float),
        np.array([f"u{u}" for u in p.unit]),
        np.array([f"u{u}" for u in p.unit], dtype=object),
        np.array([("a", u) if u % 2 else u for u in p.unit], dtype=object),
        np.datetime64("2020-01-01") + p.unit,
        pd.Series(p.unit).astype(str),
    ):
        assert_allclose(FixedEffects([unit, p.period]).residualise(p.y), expected, **SAME)


def test_effects_are_frozen_and_keep_no_tie_to_the_callers_arrays(panel):
    p = panel(7)
    w, trend, unit = p.weights.copy(), p.period.astype(float), p.unit.copy()
    effects = FixedEffects([unit, p.period], [(p.region, trend)], w)
    before = effects.residualise(p.y), effects.basis_outside(p.unit)
    w[:], trend[:], unit[:] = 1, 0, 0
    assert_allclose(effects.residualise(p.y), before[0], **SAME)
    assert_allclose(effects.basis_outside(p.unit), before[1], **SAME)
    with pytest.raises(dataclasses.FrozenInstanceError):
        effects.rank = 3


def test_effects_that_cannot_be_built_are_refused(panel, monkeypatch):
    p = panel(23, share=0.8)
    with pytest.raises(UserError, match="of one length, found 5, 76"):
        FixedEffects([p.unit, p.period[:5]])
    with pytest.raises(UserError, match="of one length, found none"):
        FixedEffects([])
    with pytest.raises(UserError, match="there are no rows"):
        FixedEffects([p.unit[:0]])
    with pytest.raises(UserError, match="'weights' has values that are not positive"):
        FixedEffects([p.unit], weights=p.weights - p.weights[0])
    with pytest.raises(UserError, match="'period' has missing labels"):
        FixedEffects([p.unit, np.where(p.unit == 1, np.nan, p.period)], names=("unit", "period"))
    monkeypatch.setattr("pilotzone.methods.inference.projections.LARGEST_M", 7)
    with pytest.raises(UserError, match="have 8 levels and trends, more than 7"):
        FixedEffects([p.unit, p.period])
    own_trends = FixedEffects([p.unit], [(p.unit, p.period)])
    assert own_trends.rank == 24
    monkeypatch.setattr("pilotzone.methods.inference.projections.LARGEST_DENSE", 100)
    with pytest.raises(UserError, match="the jackknife needs 1 effects"):
        FixedEffects([], n=101).basis_outside(np.arange(101) % 2)
