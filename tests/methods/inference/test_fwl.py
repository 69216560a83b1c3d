"""The fast core against dense algebra, statsmodels, linearmodels and itself.

Tolerances: our numbers and dense least squares differ by rounding, 1e-15 times the condition of
the design; 1e-9 leaves room for a condition of 10⁶ (EXACT). ``batch`` and ``fit`` do the same
algebra in another order: 1e-10 (SAME).

The other programs count unit effects nested in the clusters in full. Their cluster errors, with
K' = all columns of the dummy regression, are converted by √((N − K')/(N − K)); for linearmodels
this holds with ``group_debias=True, auto_df=False``. Nothing else differs.
"""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose, assert_array_equal
from scipy import linalg, stats

from pilotzone.errors import UserError
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.columns import no_variation
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.projections import Means

EXACT = {"rtol": 1e-9, "atol": 1e-9}
SAME = {"rtol": 1e-10, "atol": 1e-12}


@dataclasses.dataclass(frozen=True)
class Panel:
    unit: np.ndarray
    period: np.ndarray
    region: np.ndarray
    y: np.ndarray
    x: np.ndarray
    weights: np.ndarray


def panel(seed, n_units=12, n_periods=8, k=3, share=1.0):
    """A seeded panel; ``share`` of its rows kept, in random order if below one."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(n_units), n_periods)
    period = np.tile(np.arange(2011, 2011 + n_periods), n_units)
    if share < 1:
        kept = rng.permutation(len(unit))[: int(share * len(unit))]
        unit, period = unit[kept], period[kept]
    n = len(unit)
    level = rng.normal(size=n_units)
    x = rng.normal(size=(n, k)) + level[unit][:, None] + 0.1 * (period - 2011)[:, None]
    y = x @ np.arange(1, k + 1) / k + 2 * level[unit] + rng.normal(size=n)
    return Panel(unit, period, unit % 3, y, x, rng.uniform(0.5, 2, n))


def dummies(*factors, slopes=()):
    """All dummies and slopes in full, with a constant."""
    blocks = [np.ones((len((factors or slopes[0])[0]), 1))]
    blocks += [(f[:, None] == np.unique(f)).astype(float) for f in factors]
    blocks += [(g[:, None] == np.unique(g)) * z[:, None] for g, z in slopes]
    return np.hstack(blocks)


def independent(d):
    """Columns of d that span it, and no more."""
    pivot = linalg.qr(d, mode="r", pivoting=True)[1]
    return d[:, pivot[: np.linalg.matrix_rank(d)]]


def layouts(p):
    """Every kind of effects: factors and slopes."""
    trend = (p.period - 2014) / 4
    region_period = p.region * 10_000 + p.period
    return {
        "none": ([], []),
        "unit": ([p.unit], []),
        "period": ([p.period], []),
        "two-way": ([p.unit, p.period], []),
        "period first": ([p.period, p.unit], []),
        "redundant": ([p.unit, p.region, p.period], []),
        "three-way": ([p.unit, p.period, region_period], []),
        "unit trends": ([p.unit, p.period], [(p.unit, trend)]),
        "quadratic trends": ([p.unit, p.period], [(p.unit, trend), (p.unit, trend**2)]),
        "region trends": ([p.unit, p.period], [(p.region, trend)]),
        "finer trends": ([p.region], [(p.unit, trend)]),
        "trends alone": ([], [(p.unit, trend)]),
        "common trend": ([p.unit], [(np.zeros(len(p.unit)), trend)]),
    }


LAYOUTS = list(layouts(panel(0)))
WEIGHTED = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
SHARES = pytest.mark.parametrize("share", [1.0, 0.7], ids=["balanced", "unbalanced"])


# ---------------------------------------------------------------- projection and rank


@pytest.mark.parametrize("layout", LAYOUTS)
@WEIGHTED
@SHARES
def test_projection_and_rank_equal_dense_least_squares(layout, weighted, share):
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


def test_a_vector_gives_a_vector_and_blocks_do_not_matter(monkeypatch):
    p = panel(2, share=0.8)
    effects = FixedEffects([p.unit, p.period])
    whole = effects.residualise(p.x)
    assert_allclose(effects.residualise(p.x[:, 0]), whole[:, 0], **SAME)
    monkeypatch.setattr("pilotzone.methods.inference.columns.BLOCK_NUMBERS", 1)
    assert_allclose(effects.residualise(p.x), whole, **SAME)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_rank_of_two_factors_is_levels_less_connected_groups(data):
    n = data.draw(st.integers(2, 40))
    labels = st.lists(st.integers(0, 9), min_size=n, max_size=n)
    one, two = np.array(data.draw(labels)), np.array(data.draw(labels))
    effects = FixedEffects([one, two])
    assert effects.rank == np.linalg.matrix_rank(dummies(one, two))
    residual = effects.residualise(np.random.default_rng(n).normal(size=n))
    sums = [np.bincount(f, residual) for f in (one, two)]
    assert_allclose(np.concatenate(sums), 0, atol=1e-9)


def test_balanced_panel_in_any_row_order_takes_means():
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


def test_as_many_rows_as_a_balanced_panel_need_not_be_one():
    p = panel(25)
    rows = np.arange(96)
    rows[50] = 20
    for factors in ([p.unit[rows]], [p.unit[rows], p.period[rows]]):
        effects = FixedEffects(factors)
        q = np.linalg.svd(independent(dummies(*factors)), full_matrices=False)[0]
        y = p.y[rows] + rows
        assert_allclose(effects.residualise(y), y - q @ (q.T @ y), **EXACT)
        assert effects.rank == q.shape[1]


def test_large_levels_leave_the_last_digits():
    p = panel(4, share=0.8)
    effects = FixedEffects([p.unit, p.period])
    offset = 1e6 * (p.unit + p.period)
    assert_allclose(effects.residualise(p.y + offset), effects.residualise(p.y), atol=1e-5)
    assert_allclose(effects.residualise(p.y + 1e6), effects.residualise(p.y), atol=1e-9)


@pytest.mark.parametrize("by", ["unit", "region"])
@pytest.mark.parametrize("power", [1, 2])
def test_trends_in_calendar_years_equal_trends_from_the_middle(by, power):
    p = panel(24, share=0.8)
    labels = getattr(p, by)
    variables = [p.period**j for j in range(1, power + 1)]
    centred = [(p.period - 2014.0) ** j for j in range(1, power + 1)]
    for factors in ([p.unit, p.period], [labels], [p.period, labels]):
        calendar = FixedEffects(factors, [(labels, z) for z in variables])
        middle = FixedEffects(factors, [(labels, z) for z in centred])
        assert calendar.rank == middle.rank
        assert_allclose(calendar.residualise(p.x), middle.residualise(p.x), **EXACT)


def test_cubic_trends_in_calendar_years_leave_nothing_of_the_effects():
    p = panel(26, share=0.8)
    effects = FixedEffects([p.unit, p.period], [(p.unit, p.period**j) for j in (1, 2, 3)])
    residual = effects.residualise(p.y)
    for moment in (residual, residual * (p.period - 2014), residual * (p.period - 2014) ** 2):
        assert_allclose(np.bincount(p.unit, moment), 0, atol=1e-9)
    assert_allclose(np.bincount(p.period - 2011, residual), 0, atol=1e-9)


def test_nested_rank_counts_nested_factors_once_and_the_rest_in_full():
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


@settings(max_examples=60, deadline=None)
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


def test_labels_of_any_type_give_the_same_projection():
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


def test_effects_are_frozen_and_keep_no_tie_to_the_callers_arrays():
    p = panel(7)
    w, trend, unit = p.weights.copy(), p.period.astype(float), p.unit.copy()
    effects = FixedEffects([unit, p.period], [(p.region, trend)], w)
    before = effects.residualise(p.y), effects.basis_outside(p.unit)
    w[:], trend[:], unit[:] = 1, 0, 0
    assert_allclose(effects.residualise(p.y), before[0], **SAME)
    assert_allclose(effects.basis_outside(p.unit), before[1], **SAME)
    with pytest.raises(dataclasses.FrozenInstanceError):
        effects.rank = 3


# ---------------------------------------------------------------- one fit, second opinions


@pytest.mark.parametrize("layout", LAYOUTS)
@WEIGHTED
@SHARES
def test_fit_equals_statsmodels_with_dummies(layout, weighted, share):
    p = panel(8, share=share)
    factors, slopes = layouts(p)[layout]
    n = len(p.y)
    w = p.weights if weighted else None
    ours = fit(p.y, p.x, ["a", "b", "c"], FixedEffects(factors, slopes, w, n=n), p.unit)
    d = dummies(*factors, slopes=slopes) if factors or slopes else np.ones((n, 1))
    design = np.hstack([p.x, independent(d)])
    model = sm.WLS(p.y, design, weights=np.ones(n) if w is None else w)
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": p.unit})
    convert = np.sqrt((n - design.shape[1]) / (n - ours.k))
    assert_allclose(ours.coefficients, theirs.params[:3], **EXACT)
    assert_allclose(ours.std_errors, theirs.bse[:3] * convert, **EXACT)
    assert_allclose(ours.residuals, theirs.resid, **EXACT)
    assert_allclose(ours.r2, theirs.rsquared, **EXACT)
    assert (ours.nobs, ours.n_clusters, ours.df) == (n, 12, 11)


@pytest.mark.parametrize("kind", ["iid", "hc1"])
@WEIGHTED
def test_errors_without_clusters_equal_statsmodels(kind, weighted):
    p = panel(9, share=0.8)
    w = p.weights if weighted else np.ones(len(p.y))
    effects = FixedEffects([p.unit, p.period], weights=w if weighted else None)
    ours = fit(p.y, p.x, ["a", "b", "c"], effects, None, vcov=kind)
    design = np.hstack([p.x, independent(dummies(p.unit, p.period))])
    theirs = sm.WLS(p.y, design, weights=w).fit(
        cov_type="nonrobust" if kind == "iid" else "HC1", use_t=True
    )
    assert_allclose(ours.std_errors, theirs.bse[:3], **EXACT)
    assert_allclose(ours.p_values, theirs.pvalues[:3], rtol=1e-7)
    assert_allclose(ours.interval(0.9), theirs.conf_int(0.1)[:3], **EXACT)
    assert ours.df == theirs.df_resid
    assert ours.n_clusters is None
    assert fit(p.y, p.x, ["a", "b", "c"], effects, None).vcov == "iid"


@pytest.mark.parametrize("effects", [(True, True), (True, False), (False, True)])
@WEIGHTED
@SHARES
def test_fit_equals_linearmodels(effects, weighted, share):
    p = panel(10, share=share)
    n = len(p.y)
    index = pd.MultiIndex.from_arrays([p.unit, p.period])
    w = pd.Series(p.weights, index) if weighted else None
    theirs = PanelOLS(
        pd.Series(p.y, index),
        pd.DataFrame(p.x, index, list("abc")),
        weights=w,
        entity_effects=effects[0],
        time_effects=effects[1],
    ).fit(cov_type="clustered", cluster_entity=True, group_debias=True, auto_df=False)
    factors = [f for f, kept in zip((p.unit, p.period), effects, strict=True) if kept]
    ours = fit(
        p.y,
        p.x,
        list("abc"),
        FixedEffects(factors, weights=p.weights if weighted else None),
        p.unit,
    )
    k_full = 3 + np.linalg.matrix_rank(dummies(*factors))
    convert = np.sqrt((n - k_full) / (n - ours.k))
    assert_allclose(ours.coefficients, theirs.params, **EXACT)
    assert_allclose(ours.std_errors, theirs.std_errors * convert, **EXACT)
    assert_allclose(ours.residuals, theirs.resids, **EXACT)
    assert_allclose(ours.r2_within, theirs.rsquared, **EXACT)


def test_unit_and_another_effect_equal_linearmodels():
    p = panel(11, share=0.8)
    index = pd.MultiIndex.from_arrays([p.unit, p.period])
    third = np.random.default_rng(11).integers(0, 4, len(p.y))
    theirs = PanelOLS(
        pd.Series(p.y, index),
        pd.DataFrame(p.x, index, list("abc")),
        entity_effects=True,
        time_effects=False,
        other_effects=pd.DataFrame({"third": third}, index).astype("category"),
    ).fit(cov_type="unadjusted")
    ours = fit(p.y, p.x, list("abc"), FixedEffects([p.unit, third]), None)
    assert_allclose(ours.coefficients, theirs.params, **EXACT)
    assert_allclose(ours.std_errors, theirs.std_errors, **EXACT)


def test_statistics_of_a_fit_follow_from_its_parts():
    p = panel(12)
    result = fit(p.y, p.x, ["a", "b", "c"], FixedEffects([p.unit, p.period]), p.unit)
    assert_allclose(result.t, result.coefficients / np.sqrt(np.diag(result.covariance)), **EXACT)
    assert_allclose(result.p_values, 2 * stats.t.sf(np.abs(result.t), 11), rtol=1e-9)
    low, high = result.interval().T
    assert_allclose((high - low) / 2, stats.t.ppf(0.975, 11) * result.std_errors, rtol=1e-9)
    assert result.k == 3 + 8
    assert result.names == ("a", "b", "c")


def test_a_perfect_fit_has_infinite_t():
    unit, period = np.repeat([0, 1], 2), np.tile([0, 1], 2)
    d = np.array([0.0, 0, 0, 1])
    result = fit(d * 2, d, ["d"], FixedEffects([unit, period]), unit)
    assert result.coefficients[0] == 2
    assert np.isinf(result.t[0])
    assert result.p_values[0] == 0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["unit", "two-way", "unit trends", "three-way"]))
def test_scale_order_and_effects_of_the_outcome_do_not_matter(seed, layout):
    p = panel(seed, n_units=8, n_periods=6, k=2, share=0.9)
    rng = np.random.default_rng(seed)
    factors, slopes = layouts(p)[layout]
    base = fit(p.y, p.x, ["a", "b"], FixedEffects(factors, slopes), p.unit)
    order = rng.permutation(len(p.y))
    moved = fit(
        3 * p.y[order] + rng.normal(size=8)[p.unit[order]],
        p.x[order] * [10.0, -0.1] + 5,
        ["a", "b"],
        FixedEffects([f[order] for f in factors], [(g[order], z[order]) for g, z in slopes]),
        p.unit[order],
    )
    scale = np.array([0.3, -30.0])
    assert_allclose(moved.coefficients, base.coefficients * scale, rtol=1e-8, atol=1e-8)
    assert_allclose(moved.std_errors, base.std_errors * np.abs(scale), rtol=1e-8, atol=1e-8)
    assert_allclose(moved.r2_within, base.r2_within, rtol=1e-8, atol=1e-8)


def test_weights_of_two_count_a_row_twice():
    p = panel(13, share=0.8)
    times = np.random.default_rng(13).integers(1, 3, len(p.y))
    weighted = fit(p.y, p.x, list("abc"), FixedEffects([p.unit, p.period], weights=times), p.unit)
    rows = np.repeat(np.arange(len(p.y)), times)
    effects = FixedEffects([p.unit[rows], p.period[rows]])
    repeated = fit(p.y[rows], p.x[rows], list("abc"), effects, p.unit[rows])
    assert_allclose(weighted.coefficients, repeated.coefficients, **EXACT)
    assert_allclose(weighted.r2, repeated.r2, **EXACT)


# ---------------------------------------------------------------- batch


@pytest.mark.parametrize("with_controls", [False, True])
@WEIGHTED
@SHARES
def test_batch_equals_fit_column_by_column(with_controls, weighted, share, monkeypatch):
    monkeypatch.setattr("pilotzone.methods.inference.columns.BLOCK_COLUMNS", 7)
    p = panel(14, share=share)
    rng = np.random.default_rng(14)
    start = rng.integers(2012, 2018, (12, 20))
    treatments = p.period[:, None] >= start[p.unit]
    outcomes = p.y[:, None] + rng.normal(size=(len(p.y), 20))
    effects = FixedEffects([p.unit, p.period], weights=p.weights if weighted else None)
    controls = p.x if with_controls else None
    names = ["d", *"abc"] if with_controls else ["d"]
    columns = range(20)
    cases = {
        "treatments": (p.y, treatments, [(p.y, treatments[:, r]) for r in columns]),
        "outcomes": (outcomes, treatments[:, 0], [(y, treatments[:, 0]) for y in outcomes.T]),
        "pairs": (outcomes, treatments, [(outcomes[:, r], treatments[:, r]) for r in columns]),
    }
    for y, d, singles in cases.values():
        result = batch(y, d, controls, effects, p.unit)
        assert not result.degenerate.any()
        for r, (y_r, d_r) in enumerate(singles):
            x = np.column_stack([d_r, p.x]) if with_controls else d_r.astype(float)
            one = fit(y_r, x, names, effects, p.unit)
            assert_allclose(result.coefficients[r], one.coefficients[0], **SAME)
            assert_allclose(result.std_errors[r], one.std_errors[0], **SAME)
            assert_allclose(result.t[r], one.t[0], **SAME)
            assert_allclose(result.p_values[r], one.p_values[0], **SAME)
            assert (result.df, result.k) == (one.df, one.k)


def test_batch_flags_what_cannot_be_estimated_and_nothing_else():
    p = panel(15)
    control = p.x[:, :1]
    good = (p.period >= 2014 + p.unit % 3).astype(float)
    within_span = control[:, 0] * 2 + p.unit - 3.0 * p.period
    draws = np.column_stack([good, p.unit, p.period == 2015, np.full(len(p.y), 0.1), within_span])
    effects = FixedEffects([p.unit, p.period])
    result = batch(p.y, draws, control, effects, p.unit)
    assert result.degenerate.tolist() == [False, True, True, True, True]
    for values in (result.coefficients, result.std_errors, result.t, result.p_values):
        assert np.isnan(values).tolist() == result.degenerate.tolist()
    outcomes = np.column_stack([p.y, p.unit * 1.0, control[:, 0]])
    flagged = batch(outcomes, good, control, effects, p.unit).degenerate
    assert flagged.tolist() == [False, True, True]
    exact_zero = batch([1.0, -1, -1, 1], [1, -1, 1, -1], None, FixedEffects([], n=4), [0, 1, 0, 1])
    assert exact_zero.degenerate.tolist() == [True]
    assert batch(p.y, draws[:, :0], None, effects, p.unit).coefficients.shape == (0,)


def test_batch_and_fit_refuse_the_same_treatments():
    p = panel(16)
    effects = FixedEffects([p.unit, p.period])
    draws = {"unit": p.unit * 1.0, "period": p.period * 1.0, "sum": p.unit + 0.1 * p.period}
    assert batch(p.y, np.column_stack(list(draws.values())), None, effects, p.unit).degenerate.all()
    for name, d in draws.items():
        with pytest.raises(UserError, match=f"'{name}' has no variation within"):
            fit(p.y, d, [name], effects, p.unit)


def test_nothing_of_the_callers_changes():
    p = panel(17, share=0.8)
    draws = np.random.default_rng(17).normal(size=(len(p.y), 5))
    arrays = [p.unit, p.period, p.region, p.y, p.x, p.weights, draws]
    copies = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    effects = FixedEffects([p.unit, p.period], [(p.region, p.period)], p.weights)
    effects.residualise(p.x)
    fit(p.y, p.x, list("abc"), effects, p.unit)
    fit(p.y, p.x, list("abc"), effects, p.unit, vcov="crv3")
    batch(p.y, draws, p.x, effects, p.unit)
    shuffled = np.random.default_rng(1).permutation(96)
    whole = panel(17)
    balanced = FixedEffects([whole.unit[shuffled], whole.period[shuffled]])
    column = whole.y.copy()
    balanced.residualise(column)
    assert_allclose(column, whole.y, rtol=0, atol=0)
    for a, copy in zip(arrays, copies, strict=True):
        assert_allclose(a, copy, rtol=0, atol=0)


# ---------------------------------------------------------------- errors


def test_regressors_without_variation_are_named_with_the_effects():
    p = panel(18)
    effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
    x = np.column_stack([p.x[:, 0], p.unit, p.period])
    with pytest.raises(
        UserError, match="'d' and 't' have no variation within unit and period effects"
    ):
        fit(p.y, x, ["a", "d", "t"], effects, p.unit)
    with pytest.raises(UserError, match="'outcome' has no variation within unit and period"):
        fit(p.unit, p.x, list("abc"), effects, p.unit)
    with pytest.raises(UserError, match="'one' has no variation within the sample"):
        fit(p.y, np.ones(len(p.y)), ["one"], FixedEffects([], n=len(p.y)), p.unit)
    trends = FixedEffects([p.unit], [(p.unit, p.period)], names=("unit",))
    with pytest.raises(UserError, match="'t' has no variation within unit effects and slopes"):
        fit(p.y, x[:, [0, 2]], ["a", "t"], trends, p.unit)


def test_rounding_is_no_variation_and_a_large_mean_no_lack_of_it():
    p = panel(27, share=0.8)
    effects = FixedEffects([p.unit, p.period])
    additive = np.sqrt(p.unit + 1.0) + np.sqrt(p.period)
    columns = {
        "stored with 10 decimals": (np.round(additive, 10), True),
        "last digits": (1e8 + additive, True),
        "large mean": (1e7 + 1e-3 * p.x[:, 0], False),
        "small": (1e-7 * p.x[:, 0] + additive, False),
    }
    x = np.column_stack([column for column, _ in columns.values()])
    expected = [flat for _, flat in columns.values()]
    assert no_variation(x, effects.residualise(x)).tolist() == expected
    assert batch(p.y, x, None, effects, p.unit).degenerate.tolist() == expected


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_collinear_regressors_are_named(order):
    p = panel(19)
    columns = {
        "a": p.x[:, 0],
        "b": p.x[:, 1] * 1e6,
        "c": p.x[:, 2],
        "a_and_c": p.x[:, 0] - 2 * p.x[:, 2] + 5 + p.unit,
    }
    names = [list(columns)[j] for j in order]
    x = np.column_stack([columns[name] for name in names])
    effects = FixedEffects([p.unit, p.period], names=("unit", "period"))
    named = [name for name in names if name != "b"]
    expected = f"'{named[0]}', '{named[1]}' and '{named[2]}' are collinear within unit and period"
    with pytest.raises(UserError, match=expected):
        fit(p.y, x, names, effects, p.unit)
    with pytest.raises(UserError, match="are collinear"):
        batch(p.y, p.x[:, 0], x, effects, p.unit, control_names=names)


def test_scales_far_apart_are_not_taken_for_collinear():
    p = panel(20)
    effects = FixedEffects([p.unit, p.period])
    scaled = fit(p.y, p.x * [1e-8, 1, 1e8], list("abc"), effects, p.unit)
    plain = fit(p.y, p.x, list("abc"), effects, p.unit)
    assert_allclose(scaled.coefficients * [1e-8, 1, 1e8], plain.coefficients, **EXACT)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(bad):
    p = panel(21)
    effects = FixedEffects([p.unit, p.period])
    y, x, draws = p.y.copy(), p.x.copy(), np.tile(p.x, 300)
    y[3], x[5, 1], draws[7, 600] = bad, bad, bad
    with pytest.raises(UserError, match="'outcome' has 1 missing or infinite"):
        fit(y, p.x, list("abc"), effects, p.unit)
    with pytest.raises(UserError, match="'b' has 1 missing or infinite"):
        fit(p.y, x, list("abc"), effects, p.unit)
    with pytest.raises(UserError, match="'treatment 601' has 1 missing or infinite"):
        batch(p.y, draws, None, effects, p.unit)
    with pytest.raises(UserError, match="'fdi' has 1 missing or infinite"):
        batch(p.y, p.x[:, 0], x[:, 1:], effects, p.unit, control_names=["fdi", "gdp"])
    with pytest.raises(UserError, match="'slope variable' has 1 missing"):
        FixedEffects([p.unit], [(p.unit, y)])
    with pytest.raises(UserError, match="'weights' has 1 missing"):
        FixedEffects([p.unit], weights=y)


def test_wrong_clusters_shapes_and_kinds_are_refused():
    p = panel(22)
    n = len(p.y)
    effects = FixedEffects([p.unit, p.period])
    with pytest.raises(UserError, match="too few clusters: 1"):
        fit(p.y, p.x, list("abc"), effects, np.zeros(n))
    with pytest.raises(UserError, match="too few clusters: 1"):
        batch(p.y, p.x, None, effects, np.zeros(n))
    with pytest.raises(UserError, match="'cluster' has 5 rows"):
        fit(p.y, p.x, list("abc"), effects, p.unit[:5])
    with pytest.raises(UserError, match="leave no degrees of freedom"):
        fit(p.y[:10], p.x[:10, 0], ["a"], FixedEffects([p.unit[:10], p.period[:10]]), None)
    with pytest.raises(UserError, match="'hc1' is no covariance with clusters"):
        fit(p.y, p.x, list("abc"), effects, p.unit, vcov="hc1")
    with pytest.raises(UserError, match="'crv3' is no covariance without clusters"):
        fit(p.y, p.x, list("abc"), effects, None, vcov="crv3")
    with pytest.raises(UserError, match="there is no regressor"):
        fit(p.y, p.x[:, :0], [], effects, p.unit)
    with pytest.raises(UserError, match="3 columns for 2 names"):
        fit(p.y, p.x, ["a", "b"], effects, p.unit)
    with pytest.raises(UserError, match="not all are numbers"):
        fit(p.y, p.x.astype(str).astype(object) + "x", list("abc"), effects, p.unit)
    with pytest.raises(UserError, match=f"should have {n} rows"):
        effects.residualise(p.x[:5])
    with pytest.raises(UserError, match="2 outcomes and 3 treatments do not pair"):
        batch(p.x[:, :2], p.x, None, effects, p.unit)


def test_effects_that_cannot_be_built_are_refused(monkeypatch):
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
