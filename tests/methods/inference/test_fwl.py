"""One regression against statsmodels, linearmodels and itself, and what it refuses.

Tolerances: our numbers and dense least squares differ by rounding, 1e-15 times the condition of
the design; 1e-9 leaves room for a condition of 10⁶ (EXACT).

The other programs count unit effects nested in the clusters in full. Their cluster errors, with
K' = all columns of the dummy regression, are converted by √((N − K')/(N − K)); for linearmodels
this holds with ``group_debias=True, auto_df=False``. Nothing else differs.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose
from scipy import stats

from pilotzone.errors import UserError
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.columns import no_variation
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit

EXACT = {"rtol": 1e-9, "atol": 1e-9}


def test_fit_equals_statsmodels_with_dummies(
    panel, dummies, independent, layouts, layout, weighted, share
):
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
def test_errors_without_clusters_equal_statsmodels(panel, dummies, independent, kind, weighted):
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
def test_fit_equals_linearmodels(panel, dummies, effects, weighted, share):
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


def test_unit_and_another_effect_equal_linearmodels(panel):
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


def test_statistics_of_a_fit_follow_from_its_parts(panel):
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


@given(st.integers(0, 10_000), st.sampled_from(["unit", "two-way", "unit trends", "three-way"]))
def test_scale_order_and_effects_of_the_outcome_do_not_matter(panel, layouts, seed, layout):
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


def test_weights_of_two_count_a_row_twice(panel):
    p = panel(13, share=0.8)
    times = np.random.default_rng(13).integers(1, 3, len(p.y))
    weighted = fit(p.y, p.x, list("abc"), FixedEffects([p.unit, p.period], weights=times), p.unit)
    rows = np.repeat(np.arange(len(p.y)), times)
    effects = FixedEffects([p.unit[rows], p.period[rows]])
    repeated = fit(p.y[rows], p.x[rows], list("abc"), effects, p.unit[rows])
    assert_allclose(weighted.coefficients, repeated.coefficients, **EXACT)
    assert_allclose(weighted.r2, repeated.r2, **EXACT)


def test_regressors_without_variation_are_named_with_the_effects(panel):
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


def test_rounding_is_no_variation_and_a_large_mean_no_lack_of_it(panel):
    p = panel(27, share=0.8)
    effects = FixedEffects([p.unit, p.period])
    additive = np.sqrt(p.unit + 1.0) + np.sqrt(p.period)
    columns = {
        "stored with 10 decimals": (np.round(additive, 10), True),
        "last digits": (1e8 + additive, True),
        "large mean": (1e7 + 1e-3 * p.x[:, 0], False),
        "small": (1e-7 * p.x[:, 0] + additive, False),
        "zero": (np.zeros(len(p.y)), True),
    }
    x = np.column_stack([column for column, _ in columns.values()])
    expected = [flat for _, flat in columns.values()]
    assert no_variation(x, effects.residualise(x)).tolist() == expected
    assert batch(p.y, x, None, effects, p.unit).degenerate.tolist() == expected


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_collinear_regressors_are_named(panel, order):
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


def test_scales_far_apart_are_not_taken_for_collinear(panel):
    p = panel(20)
    effects = FixedEffects([p.unit, p.period])
    scaled = fit(p.y, p.x * [1e-8, 1, 1e8], list("abc"), effects, p.unit)
    plain = fit(p.y, p.x, list("abc"), effects, p.unit)
    assert_allclose(scaled.coefficients * [1e-8, 1, 1e8], plain.coefficients, **EXACT)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_named(panel, bad):
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


def test_wrong_clusters_shapes_and_kinds_are_refused(panel):
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
