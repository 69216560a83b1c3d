"""Covariance matrices against loops over clusters and against refitting without each cluster.

Tolerance: the formulas and the loops do the same algebra in another order, on designs with a
condition below 10⁵; 1e-9.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference import cluster as cl
from pilotzone.methods.inference.cluster import Groups, crv1, crv3, encode, indicator, is_nested
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit

EXACT = {"rtol": 1e-9, "atol": 1e-9}


def draw(seed, n_units=10, n_periods=6, share=0.85):
    """unit, period, region, y, x (N, 2), weights."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(n_units), n_periods)
    period = np.tile(np.arange(n_periods), n_units)
    kept = rng.permutation(len(unit))[: int(share * len(unit))]
    unit, period = unit[kept], period[kept]
    x = rng.normal(size=(len(unit), 2)) + unit[:, None] / 5
    y = x @ [1.0, -0.5] + rng.normal(size=len(unit)) + unit
    return unit, period, unit % 4, y, x, rng.uniform(0.5, 2, len(unit))


def without_each_cluster(y, x, factors, slopes, cluster, weights):
    """Coefficients of x when each cluster in turn is left out, by dummies and least squares."""
    blocks = [np.ones((len(y), 1))] + [(f[:, None] == np.unique(f)).astype(float) for f in factors]
    blocks += [(g[:, None] == np.unique(g)) * z[:, None] for g, z in slopes]
    design = np.hstack([x, *blocks]) * np.sqrt(weights)[:, None]
    coefficients = []
    for g in np.unique(cluster):
        kept = cluster != g
        beta = np.linalg.lstsq(design[kept], (y * np.sqrt(weights))[kept], rcond=1e-10)[0]
        coefficients.append(beta[: x.shape[1]])
    return np.array(coefficients)


@given(st.lists(st.sampled_from(["a", "b", "ab", "ba", ""]), min_size=1, max_size=20))
def test_codes_part_the_rows_as_the_labels_do(labels):
    same = np.array([[one == other for other in labels] for one in labels])
    for values in (np.array(labels), np.array(labels, dtype=object)):
        groups = encode(values)
        assert groups.count == len(set(labels)) == groups.codes.max() + 1
        assert np.array_equal(groups.codes[:, None] == groups.codes, same)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([1.0, np.nan]),
        np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
        np.array(["a", None], dtype=object),
        np.array(["a", float("nan")], dtype=object),
    ],
)
def test_missing_labels_are_refused(labels):
    with pytest.raises(UserError, match="'region' has missing labels"):
        encode(labels, "region")


def test_a_marker_without_truth_value_counts_as_missing():
    with pytest.raises(UserError, match="'region' has missing labels"):
        encode(pd.Series(["a", pd.NA], dtype=object), "region")


def test_labels_need_one_dimension_and_groups_pass():
    with pytest.raises(UserError, match="'region' needs one label per row"):
        encode(np.ones((2, 2)), "region")
    groups = Groups(np.array([0, 1]), 2)
    assert encode(groups) is groups


def test_nesting():
    unit, region = encode([0, 0, 1, 1, 2]), encode(["a", "a", "a", "a", "b"])
    assert is_nested(unit, region)
    assert is_nested(unit, unit)
    assert not is_nested(region, unit)


def test_indicator_sums_by_group():
    sums = indicator(encode(["b", "a", "b"])) @ np.array([[1.0, 2], [10, 20], [100, 200]])
    assert_allclose(sums, [[10, 20], [101, 202]])


def test_small_sample_factor_by_hand():
    assert_allclose(cl.small_sample_factor(360, 13, 30), 30 / 29 * 359 / 347, rtol=1e-15)


def test_crv1_is_the_sum_over_clusters():
    unit, _, _, _, x, _ = draw(1)
    u_hat = np.random.default_rng(1).normal(size=len(unit))
    bread = np.linalg.inv(x.T @ x)
    scores = [x[unit == g].T @ u_hat[unit == g] for g in np.unique(unit)]
    meat = sum(np.outer(s, s) for s in scores)
    assert_allclose(crv1(x, u_hat, bread, unit, 1.7), 1.7 * bread @ meat @ bread, **EXACT)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("by", ["unit", "region", "period"])
@pytest.mark.parametrize(
    "layout", ["none", "unit", "period", "two-way", "three-way", "unit trends", "region trends"]
)
def test_crv3_equals_refitting_without_each_cluster(layout, by, weighted):
    unit, period, region, y, x, weights = draw(2)
    weights = weights if weighted else np.ones(len(y))
    factors, slopes = {
        "none": ([], []),
        "unit": ([unit], []),
        "period": ([period], []),
        "two-way": ([unit, period], []),
        "three-way": ([unit, period, region * 100 + period], []),
        "unit trends": ([unit, period], [(unit, period.astype(float))]),
        "region trends": ([unit, period], [(region, period.astype(float))]),
    }[layout]
    cluster = {"unit": unit, "region": region, "period": period}[by]
    effects = FixedEffects(factors, slopes, weights if weighted else None, n=len(y))
    result = fit(y, x, ["a", "b"], effects, cluster, vcov="crv3")
    moves = without_each_cluster(y, x, factors, slopes, cluster, weights) - result.coefficients
    g = len(moves)
    assert_allclose(result.covariance, (g - 1) / g * moves.T @ moves, **EXACT)
    assert (result.df, result.n_clusters, result.vcov) == (g - 1, g, "crv3")


def test_crv3_in_blocks_and_without_basis(monkeypatch):
    unit, _, _, y, x, _ = draw(3)
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    whole = crv3(x, y - x @ beta, unit)
    monkeypatch.setattr(cl, "CLUSTERS_PER_BLOCK", 3)
    assert_allclose(crv3(x, y - x @ beta, unit), whole, **EXACT)
    moves = [np.linalg.lstsq(x[unit != g], y[unit != g], rcond=None)[0] - beta for g in range(10)]
    assert_allclose(whole, 0.9 * np.transpose(moves) @ np.array(moves), **EXACT)


def test_crv3_with_a_period_seen_in_one_cluster_only():
    unit, period, _, y, x, _ = draw(4, share=1.0)
    period[(unit == 0) & (period == 5)] = 99
    effects = FixedEffects([unit, period])
    result = fit(y, x, ["a", "b"], effects, unit, vcov="crv3")
    moves = without_each_cluster(y, x, [unit, period], [], unit, np.ones(len(y)))
    moves -= result.coefficients
    assert_allclose(result.covariance, 0.9 * moves.T @ moves, **EXACT)


def test_crv3_with_one_treated_cluster_does_not_exist():
    unit, period, _, y, x, _ = draw(5, share=1.0)
    d = (unit == 3) & (period >= 3)
    effects = FixedEffects([unit, period])
    design = np.column_stack([x[:, 0], d])
    with pytest.raises(NotIdentified) as error:
        fit(y, design, ["a", "d"], effects, unit, vcov="crv3")
    assert error.value.reason == Reason("lost_without_cluster", {"variable": "d"})
    with pytest.raises(NotIdentified) as error:
        crv3((unit == 3).astype(float)[:, None], y, unit)
    assert error.value.reason == Reason("lost_without_cluster", {"variable": "regressor 1"})


@given(st.integers(0, 10_000))
def test_crv3_is_at_least_crv1_without_its_factor(seed):
    unit, period, _, y, x, _ = draw(seed)
    effects = FixedEffects([unit, period])
    jackknife = fit(y, x, ["a", "b"], effects, unit, vcov="crv3")
    sandwich = fit(y, x, ["a", "b"], effects, unit)
    factor = cl.small_sample_factor(len(y), sandwich.k, 10)
    gap = jackknife.covariance * 10 / 9 - sandwich.covariance / factor
    assert np.linalg.eigvalsh(gap).min() > -1e-9


def test_fewer_than_two_clusters_are_refused():
    x = np.arange(4.0)[:, None]
    with pytest.raises(UserError, match="too few clusters: 1"):
        crv3(x, x[:, 0], np.zeros(4))
    with pytest.raises(UserError, match="too few clusters: 0"):
        cl.at_least_two(Groups(np.empty(0, int), 0))
