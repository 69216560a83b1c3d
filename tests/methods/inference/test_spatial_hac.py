"""Covariances under dependence across units, and the effective number of clusters.

Tolerances: EXACT for what is the same arithmetic in another order; PRINTED for numbers stored with
eight decimals.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference.cluster import crv1, small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.spatial_hac import (
    conley,
    default_lags,
    driscoll_kraay,
    effective_clusters,
)

EXACT = 1e-10
PRINTED = 1e-8

NAMES = ["d", "x1"]
PANEL = pd.read_csv(Path(__file__).parents[2] / "reference" / "panel.csv")


def regression(panel):
    """What the covariances take, and K with all effects."""
    effects = FixedEffects((panel["unit"], panel["year"]))
    x = panel[NAMES].to_numpy()
    result = fit(panel["y"], x, NAMES, effects, panel["unit"])
    x_tilde = effects.residualise(x)
    parts = (x_tilde, result.residuals, np.linalg.inv(x_tilde.T @ x_tilde))
    return parts, 2 + effects.rank, result


def by_pairs(parts, weight):
    """B (Σ ω s s') B over all pairs of rows."""
    x_tilde, u_hat, bread = parts
    scores = x_tilde * u_hat[:, None]
    return bread @ scores.T @ weight @ scores @ bread


@pytest.fixture(scope="module")
def distance():
    """Distances between 30 places on a map of 1,000 km."""
    places = np.random.default_rng(0).uniform(0, 1_000, (30, 2))
    return np.linalg.norm(places[:, None] - places, axis=2)


@pytest.fixture(scope="module")
def unbalanced():
    return PANEL.sample(320, random_state=1)


@pytest.mark.parametrize("lags", [0, 1, 2, 5])
@pytest.mark.parametrize("rows", ["balanced", "unbalanced"])
def test_driscoll_kraay_is_that_of_linearmodels(lags, rows, unbalanced):
    panel = PANEL if rows == "balanced" else unbalanced
    parts, k, _ = regression(panel)
    result = driscoll_kraay(*parts, panel["year"], lags, len(panel) / (len(panel) - k))
    frame = panel.set_index(["unit", "year"])
    model = PanelOLS(frame["y"], frame[NAMES], entity_effects=True, time_effects=True)
    other = model.fit(cov_type="kernel", kernel="bartlett", bandwidth=lags, debiased=True)
    np.testing.assert_allclose(result.covariance, other.cov, rtol=EXACT)
    np.testing.assert_allclose(result.std_errors, other.std_errors, rtol=EXACT)
    assert (result.distribution, result.df, result.lags) == ("t", 11, lags)


def test_driscoll_kraay_is_that_of_pyfixest():
    """pyfixest 0.60.0, vcov "DK" with 2 lags."""
    parts, k, _ = regression(PANEL)
    result = driscoll_kraay(*parts, PANEL["year"], 2, small_sample_factor(360, k, 12))
    np.testing.assert_allclose(result.std_errors, [0.05775406, 0.03049465], atol=PRINTED)


def test_a_missing_year_counts_as_a_lag():
    panel = PANEL[PANEL["year"] != 2015]
    parts, _, _ = regression(panel)
    year = panel["year"].to_numpy()
    weight = np.maximum(0, 1 - np.abs(year[:, None] - year) / 3)
    result = driscoll_kraay(*parts, year, 2, 1.5)
    np.testing.assert_allclose(result.covariance, 1.5 * by_pairs(parts, weight), rtol=EXACT)


@pytest.mark.parametrize(("periods", "lags"), [(10, 2), (13, 2), (30, 3), (100, 4)])
def test_default_lags(periods, lags):
    assert default_lags(periods) == lags


@pytest.mark.parametrize(
    ("period", "lags", "message"),
    [
        ([1, 2, 3], 3, "3 lags for 3 periods; use 0 to 2"),
        ([1, 2, 3], -1, "-1 lags"),
        (["a", "b", "c"], 1, "whole numbers"),
        ([1.0, 2.5, 3.0], 1, "whole numbers"),
        ([1.0, np.nan, 3.0], 1, "whole numbers"),
    ],
)
def test_lags_need_numbered_periods(period, lags, message):
    with pytest.raises(UserError, match=message):
        driscoll_kraay(np.ones((3, 1)), np.ones(3), np.ones((1, 1)), period, lags, 1.0)


@pytest.mark.parametrize("lags", [None, 0, 3])
@pytest.mark.parametrize("rows", ["balanced", "unbalanced"])
def test_conley_is_the_sum_over_all_pairs(lags, rows, distance, unbalanced):
    panel = PANEL if rows == "balanced" else unbalanced
    parts, _, _ = regression(panel)
    unit, year = panel["unit"].to_numpy(), panel["year"].to_numpy()
    apart = distance[np.ix_(unit - 1, unit - 1)]
    gap = np.abs(year[:, None] - year)
    same_unit = unit[:, None] == unit
    serial = 1.0 if lags is None else np.maximum(0, 1 - gap / (lags + 1))
    weight = np.where(gap == 0, np.maximum(0, 1 - apart / 300), same_unit * serial)
    order = np.random.default_rng(2).permutation(30)
    result = conley(
        *parts, unit, year, distance[np.ix_(order, order)], order + 1, 300, 1.2, lags=lags
    )
    np.testing.assert_allclose(result.covariance, 1.2 * by_pairs(parts, weight), rtol=EXACT)
    assert (result.distribution, result.df, result.cutoff_km) == ("t", 29, 300)


def test_units_far_apart_give_the_error_clustered_by_unit(distance):
    parts, _, fitted = regression(PANEL)
    factor = small_sample_factor(360, fitted.k, 30)
    near = distance[distance > 0].min() / 2
    result = conley(*parts, PANEL["unit"], PANEL["year"], distance, np.arange(1, 31), near, factor)
    np.testing.assert_allclose(
        result.covariance, crv1(*parts, PANEL["unit"], factor), rtol=EXACT, atol=1e-15
    )
    np.testing.assert_allclose(result.std_errors, fitted.std_errors, rtol=EXACT)


def test_every_unit_in_one_place_leaves_driscoll_kraay_without_lags():
    """Period effects or not: with all distances zero and no serial part only periods count."""
    parts, _, _ = regression(PANEL)
    nowhere = np.zeros((30, 30))
    units = np.arange(1, 31)
    result = conley(*parts, PANEL["unit"], PANEL["year"], nowhere, units, 100, 1.0, lags=0)
    other = driscoll_kraay(*parts, PANEL["year"], 0, 1.0)
    np.testing.assert_allclose(result.covariance, other.covariance, rtol=EXACT, atol=1e-15)


def test_errors_follow_the_units_of_a_regressor(distance):
    (x_tilde, u_hat, _), _, _ = regression(PANEL)
    arguments = (PANEL["unit"], PANEL["year"], distance, np.arange(1, 31), 400, 1.0)
    scales = np.array([1e-6, 1e4])
    plain = conley(x_tilde, u_hat, np.linalg.inv(x_tilde.T @ x_tilde), *arguments)
    scaled = x_tilde * scales
    bread = np.diag(1 / scales) @ np.linalg.inv(x_tilde.T @ x_tilde) @ np.diag(1 / scales)
    result = conley(scaled, u_hat, bread, *arguments)
    np.testing.assert_allclose(result.std_errors * scales, plain.std_errors, rtol=EXACT)


def test_a_covariance_that_is_none_is_refused():
    """Three places, the middle one near both others, which are far apart; no map has them.

    The kernel [[1, .8, 0], [.8, 1, .8], [0, .8, 1]] gives the scores (1, −√2, 1) the value
    4 − 3.2 √2 < 0.
    """
    distance = np.array([[0, 20, 200], [20, 0, 20], [200, 20, 0]])
    scores = np.array([1.0, -np.sqrt(2), 1.0])
    arguments = (np.ones((1, 1)), [1, 2, 3], [2015] * 3, distance, [1, 2, 3], 100, 1.0)
    with pytest.raises(NotIdentified) as error:
        conley(scores[:, None], np.ones(3), *arguments)
    assert error.value.reason == Reason("indefinite_covariance", {"smallest": -0.525483})
    assert conley(np.ones((3, 1)), np.ones(3), *arguments).covariance == pytest.approx(6.2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"distance": np.zeros((2, 3))}, "shape"),
        ({"distance": np.array([[0, 1, 2], [9, 0, 1], [2, 1, 0]])}, "symmetric"),
        ({"distance": np.ones((3, 3))}, "zero on the diagonal"),
        ({"distance": -1.0 * (1 - np.eye(3))}, "not negative"),
        ({"distance": np.full((3, 3), np.nan)}, "symmetric"),
        ({"distance_units": [1, 2, 4]}, "not the same"),
        ({"distance_units": [1, 2, 2]}, "not the same"),
        ({"distance": np.zeros((4, 4)), "distance_units": [1, 2, 3, 4]}, "not the same"),
        ({"cutoff_km": 0}, "positive distance"),
        ({"cutoff_km": np.nan}, "positive distance"),
        ({"unit": [1, 1, 1]}, "too few clusters"),
        ({"lags": -1}, "-1 lags"),
    ],
)
def test_distances_must_be_those_of_the_units(change, message):
    arguments = {
        "unit": [1, 2, 3],
        "period": [2015] * 3,
        "distance": 50.0 * (1 - np.eye(3)),
        "distance_units": [1, 2, 3],
        "cutoff_km": 100,
        "factor": 1.0,
    } | change
    with pytest.raises(UserError, match=message):
        conley(np.ones((3, 1)), np.ones(3), np.ones((1, 1)), **arguments)


@pytest.mark.parametrize("rho", [0.0, 0.5, 1.0])
def test_equal_clusters_all_count(rho):
    x = np.tile([1.0, -0.5, 2.0], 8)
    assert effective_clusters(x, np.repeat(np.arange(8), 3), rho) == pytest.approx(8, rel=EXACT)


@pytest.mark.parametrize("rho", [0.0, 0.3, 1.0])
def test_effective_clusters_are_those_of_the_formula(rho):
    """γ_g = x_g'Ω_g x_g with ones on the diagonal of Ω and ρ elsewhere."""
    rng = np.random.default_rng(3)
    cluster = rng.integers(0, 6, 40)
    x = rng.normal(size=40)
    gamma = np.array(
        [
            x[cluster == g] @ ((1 - rho) * np.eye((cluster == g).sum()) + rho) @ x[cluster == g]
            for g in range(6)
        ]
    )
    expected = 6 / (1 + gamma.var() / gamma.mean() ** 2)
    assert effective_clusters(x, cluster, rho) == pytest.approx(expected, rel=EXACT)
    assert effective_clusters(-7 * x, cluster, rho) == pytest.approx(expected, rel=EXACT)


def test_a_regressor_of_one_cluster_counts_as_one():
    x = np.where(np.arange(30) < 3, 1.0, 0.0)
    assert effective_clusters(x, np.repeat(np.arange(10), 3), 1.0) == pytest.approx(1, rel=EXACT)


def test_the_worst_case_does_not_exist_with_effects_of_the_clusters():
    x_tilde = FixedEffects((PANEL["unit"], PANEL["year"])).residualise(PANEL["d"])
    assert 1 < effective_clusters(x_tilde, PANEL["unit"], 0.0) < 30
    with pytest.raises(NotIdentified) as error:
        effective_clusters(x_tilde, PANEL["unit"], 1.0)
    assert error.value.reason == Reason("no_worst_case")


@pytest.mark.parametrize(
    ("x", "cluster", "rho", "message"),
    [
        (np.ones(4), [1, 1, 2, 2], 1.5, "rho is 1.5"),
        (np.zeros(4), [1, 1, 2, 2], 0.0, "no variation"),
        (np.ones(4), [1, 1, 1, 1], 0.0, "too few clusters"),
    ],
)
def test_effective_clusters_refuse(x, cluster, rho, message):
    with pytest.raises(UserError, match=message):
        effective_clusters(x, cluster, rho)
