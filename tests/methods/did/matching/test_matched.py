"""Difference in differences on matched samples: known effects, dummies, refusals.

Two exact computations differ by rounding (EXACT).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.matching.balance import balance
from pilotzone.methods.did.matching.entropy import entropy_balance
from pilotzone.methods.did.matching.kernel import kernel_weights
from pilotzone.methods.did.matching.matched import matched_did
from pilotzone.methods.did.matching.neighbours import nearest_neighbour
from pilotzone.methods.did.matching.propensity import firth_logit
from pilotzone.methods.did.twfe import twfe

EXACT = {"rtol": 1e-8, "atol": 1e-9}


def panel_of(change, periods=(2013, 2014, 2015, 2016), start=None):
    """Outcome, unit and period in long form: unit effects and ``change`` times (period − first)."""
    n, t = len(change), len(periods)
    levels = np.arange(n) * 1.7 if start is None else start
    time = np.array(periods) - periods[0]
    y = levels[:, None] + np.sin(time) + change[:, None] * time
    return y, np.repeat(np.arange(n) + 100, t), np.tile(periods, n)


def twins():
    """Treated units with an exact twin each, and further controls of other kinds, no noise.

    The trend of a unit is a kinked function of its covariate, so that only like controls will do.
    """
    x = np.array([0.0, 0.0, 2.0, 5.0, 0.0, 2.0, 5.0, 7.0, 7.0, 8.0, 9.0])
    treated = np.arange(11) < 4
    y, unit, period = panel_of(np.abs(x - 3.0) ** 1.5)
    d = (treated[:, None] & (np.array([2013, 2014, 2015, 2016]) >= 2015)).astype(float)
    return x, treated, (y + 2.5 * d).ravel(), unit, period, d.ravel()


def by_unit(weights):
    return {100 + i: w for i, w in enumerate(weights)}


def test_with_perfect_overlap_matching_recovers_the_effect():
    x, treated, y, unit, period, d = twins()
    naive = twfe(y, d, ["d"], None, [], unit, period)
    assert abs(naive.coefficients[0] - 2.5) > 1
    score = firth_logit(treated, x)
    codes = np.arange(11) + 100
    nearest = nearest_neighbour(score.logit, treated, codes)
    assert nearest.dropped == ()
    kernel = kernel_weights(score.propensity, treated, codes, 0.01)
    for match in (nearest, kernel):
        result = matched_did(y, unit, period, d, by_unit(match.weights))
        assert_allclose(result.fit.coefficients, 2.5, **EXACT)
        assert (result.n_units, result.n_dropped_rows) == (7, 16)
        assert result.dropped == match.unused == (107, 108, 109, 110)
        assert (result.fit.nobs, result.fit.n_clusters) == (28, 7)


def test_entropy_balancing_recovers_the_effect_where_trends_are_linear_in_the_covariates(sample):
    treated, x = sample(5, n=40)
    y, unit, period = panel_of((x - 5.0) @ [1.0, -0.3, 0.02])
    d = (treated[:, None] & (np.arange(2013, 2017) >= 2015)).astype(float)
    y = (y - 0.7 * d).ravel()
    naive = twfe(y, d.ravel(), ["d"], None, [], unit, period)
    assert abs(naive.coefficients[0] + 0.7) > 0.1
    result = matched_did(y, unit, period, d.ravel(), by_unit(entropy_balance(x, treated).weights))
    assert_allclose(result.fit.coefficients, -0.7, **EXACT)
    assert (result.n_units, result.dropped, result.n_dropped_rows) == (40, (), 0)


def test_two_periods_give_the_mean_difference_over_pairs(neighbours_case):
    logit, treated, codes = neighbours_case()
    match = nearest_neighbour(logit, treated, codes)
    y = np.random.default_rng(4).normal(size=(10, 2))
    unit, period = np.repeat(codes, 2), np.tile([2014, 2016], 10)
    d = (treated[:, None] & np.array([False, True])).ravel()
    weights = dict(zip(codes.tolist(), match.weights, strict=True))
    result = matched_did(y.ravel(), unit, period, d, weights)
    change = dict(zip(codes.tolist(), y[:, 1] - y[:, 0], strict=True))
    expected = np.mean([change[pair.treated] - change[pair.control] for pair in match.pairs])
    assert_allclose(result.fit.coefficients[0], expected, **EXACT)
    assert result.dropped == (3, 8, 30)
    assert result.n_dropped_rows == 6


def staggered(seed, n=12, t=5):
    rng = np.random.default_rng(seed)
    unit, period = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
    first = rng.integers(1, t + 2, size=n)
    first[:2] = 2, 99
    d = (period >= first[unit]).astype(float)
    x = rng.normal(size=n * t)
    y = rng.normal(size=n * t) + unit + d + 0.5 * x
    weights = rng.choice([0.0, 0.4, 1.0, 3.0], size=n)
    weights[:2] = 1.0
    return y, unit, period, d, x, weights


def test_coefficients_and_errors_are_those_of_weighted_least_squares_with_dummies():
    y, unit, period, d, x, weights = staggered(1)
    result = matched_did(
        y,
        unit,
        period,
        d,
        dict(enumerate(weights)),
        treatment_name="zone",
        controls=x,
        control_names=["x"],
    )
    kept = weights[unit] > 0
    units = np.flatnonzero(weights > 0)
    design = np.column_stack(
        [d, x, unit[:, None] == units, period[:, None] == np.arange(1, 5)]
    ).astype(float)[kept]
    w = weights[unit][kept]
    bread = np.linalg.inv(design.T @ (w[:, None] * design))
    beta = bread @ (design.T @ (w * y[kept]))
    scores = (w * (y[kept] - design @ beta))[:, None] * design
    summed = np.array([scores[unit[kept] == u].sum(axis=0) for u in units])
    g, n, k = len(units), kept.sum(), 2 + 5
    factor = g / (g - 1) * (n - 1) / (n - k)
    covariance = factor * bread @ summed.T @ summed @ bread
    assert 2 < g < 12
    assert result.fit.names == ("zone", "x")
    assert_allclose(result.fit.coefficients, beta[:2], **EXACT)
    assert_allclose(result.fit.covariance, covariance[:2, :2], **EXACT)
    assert (result.fit.df, result.fit.k) == (g - 1, k)
    assert result.dropped == tuple(np.flatnonzero(weights == 0))
    assert result.n_dropped_rows == n_rows_without(weights, unit)


def n_rows_without(weights, unit):
    return int(np.sum(weights[unit] == 0))


@given(st.integers(0, 1_000))
def test_order_of_rows_and_scale_of_weights_change_nothing(seed):
    y, unit, period, d, x, weights = staggered(seed)
    order = np.random.default_rng(seed).permutation(len(y))
    base = matched_did(
        y, unit, period, d, dict(enumerate(weights)), controls=x, control_names=["x"]
    )
    other = matched_did(
        y[order],
        unit[order],
        period[order],
        d[order],
        dict(enumerate(5 * weights)),
        controls=x[order],
        control_names=["x"],
    )
    assert_allclose(other.fit.coefficients, base.fit.coefficients, **EXACT)
    assert_allclose(other.fit.covariance, base.fit.covariance, **EXACT)
    assert (other.dropped, other.n_dropped_rows) == (base.dropped, base.n_dropped_rows)


def test_clusters_and_jackknife_errors_reach_the_regression():
    y, unit, period, d, _, weights = staggered(1)
    table = dict(enumerate(weights))
    kept = weights[unit] > 0
    base = matched_did(y, unit, period, d, table)
    by_region = matched_did(y, unit, period, d, table, cluster=unit % 4, vcov="crv3").fit
    same = twfe(
        y[kept],
        d[kept],
        ["treatment"],
        None,
        [],
        unit[kept],
        period[kept],
        weights=weights[unit][kept],
        cluster=(unit % 4)[kept],
        vcov="crv3",
    )
    assert (by_region.vcov, by_region.n_clusters) == ("crv3", same.n_clusters)
    assert_allclose(by_region.covariance, same.covariance, **EXACT)
    assert_allclose(by_region.coefficients, base.fit.coefficients, **EXACT)


def test_a_matched_sample_without_contrast_is_not_identified():
    _, treated, y, unit, period, d = twins()
    with pytest.raises(NotIdentified) as error:
        matched_did(y, unit, period, d, by_unit(np.zeros(11)))
    assert error.value.reason == Reason("no_matched_unit")
    with pytest.raises(NotIdentified) as error:
        matched_did(y, unit, period, d, by_unit(treated * 1.0), treatment_name="zone")
    assert error.value.reason == Reason("flat_in_matched", {"variable": "zone", "units": 4})


def test_units_and_weights_must_correspond():
    _, _, y, unit, period, d = twins()
    full = by_unit(np.ones(11))
    short = {code: w for code, w in full.items() if code not in (104, 109)}
    with pytest.raises(UserError, match="without a matching weight: 2, the first is 104; give one"):
        matched_did(y, unit, period, d, short)
    with pytest.raises(UserError, match="weight but no row: 1, the first is 500; match on the uni"):
        matched_did(y, unit, period, d, full | {500: 1.0})
    assert matched_did(y, unit, period, d, full | {500: 0.0}).n_units == 11
    with pytest.raises(UserError, match="'weights' has negative values"):
        matched_did(y, unit, period, d, full | {100: -1.0})
    with pytest.raises(UserError, match="'weights' has 1 missing or infinite values"):
        matched_did(y, unit, period, d, full | {100: np.nan})
    with pytest.raises(UserError, match="'treatment' has 4 missing or infinite values"):
        matched_did(y, unit, period, np.where(unit == 103, np.nan, d), full)
    with pytest.raises(UserError, match="the treatment should have 44 rows"):
        matched_did(y, unit, period, d[:9], full)


def test_inputs_are_not_changed(sample):
    treated, x = sample(1)
    codes, names = np.arange(30) + 100, ["a", "b", "c"]
    y, unit, period = panel_of(x[:, 0])
    d = (treated[:, None] & (np.arange(2013, 2017) >= 2015)).astype(float).ravel()
    score = firth_logit(treated, x, names)
    nearest = nearest_neighbour(score.logit, treated, codes)
    weights, table = nearest.weights, by_unit(nearest.weights)
    arrays = [treated, x, codes, y, unit, period, d, score.logit, score.propensity, weights]
    copies = [array.copy() for array in arrays]
    same_table = dict(table)
    firth_logit(treated, x, names)
    nearest_neighbour(score.logit, treated, codes)
    kernel_weights(score.propensity, treated, codes)
    entropy_balance(x, treated, names)
    balance(x, names, treated, weights)
    matched_did(
        y.ravel(), unit, period, d, table, controls=np.cos(unit + period), control_names=["c"]
    )
    for array, copy in zip(arrays, copies, strict=True):
        assert_array_equal(array, copy)
    assert table == same_table
    assert names == ["a", "b", "c"]
