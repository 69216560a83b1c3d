"""Moran's I, Geary's C and local Moran.

Tolerances: GOLD is the last digit of the known answers (spdep); EXACT is for the same numbers
reached by another order of operations, of order one here; DRAWS is four Monte-Carlo errors of a
share at 20,000 draws.
"""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.space.local_moran import local_moran
from pilotzone.methods.space.moran import gearys_c, morans_i
from pilotzone.methods.space.panel_ml import fit_spatial
from pilotzone.methods.space.weights import SpatialWeights

GOLD = 1e-9
EXACT = 1e-10
DRAWS = 4 * 0.5 / np.sqrt(20_000)

STATISTICS = {"moran": morans_i, "geary": gearys_c}
seeds = st.integers(0, 10_000)


def brute(kind, values, w):
    """The statistic by its definition, summed over pairs."""
    n, z = len(values), values - np.mean(values)
    pairs = [(i, j) for i in range(n) for j in range(n)]
    if kind == "moran":
        top = sum(w[i, j] * z[i] * z[j] for i, j in pairs)
        return n / w.sum() * top / (z @ z)
    top = sum(w[i, j] * (z[i] - z[j]) ** 2 for i, j in pairs)
    return (n - 1) / (2 * w.sum()) * top / (z @ z)


def test_known_answers(gold, weights, first_year):
    i = morans_i(*first_year, weights, name="y", seed=1)
    answers = gold["moran_t1"]
    assert i.statistic == pytest.approx(answers["I"][0], abs=GOLD)
    assert i.z_normality == pytest.approx(answers["z_normality"][0], abs=GOLD)
    assert i.z_randomisation == pytest.approx(answers["z_randomisation"][0], abs=GOLD)
    assert i.expectation == -1 / 29
    c = gearys_c(*first_year, weights, name="y", seed=1)
    assert c.statistic == pytest.approx(gold["geary_t1"]["C"][0], abs=GOLD)
    assert c.expectation == 1.0
    # Positive autocorrelation is above the mean for I and below it for C.
    assert c.z_randomisation < -3
    # 3.9077 on the normal distribution, both tails.
    assert i.p_randomisation == pytest.approx(9.3163e-5, rel=1e-4)


@pytest.mark.parametrize("kind", ["moran", "geary"])
def test_moments_and_p_are_those_of_all_arrangements(six, kind):
    weights, values = six
    every = np.array([brute(kind, np.array(p), weights.matrix) for p in permutations(values)])
    result = STATISTICS[kind](
        values, weights.labels, weights, name="v", seed=3, permutations=20_000
    )
    assert result.statistic == pytest.approx(brute(kind, values, weights.matrix), abs=EXACT)
    assert result.expectation == pytest.approx(every.mean(), abs=EXACT)
    assert result.variance_randomisation == pytest.approx(every.var(), abs=EXACT)
    away = np.abs(every - every.mean())
    share = (away >= abs(result.statistic - every.mean()) - EXACT).mean()
    assert result.p_permutation == pytest.approx(share, abs=DRAWS)


@pytest.mark.parametrize("kind", ["moran", "geary"])
def test_variance_under_normality(six, kind):
    """Against 40,000 draws of normal values; the error of a variance is 1.5 %, of which four."""
    weights, _ = six
    z = np.random.default_rng(1).normal(size=(40_000, 6))
    z -= z.mean(axis=1, keepdims=True)
    squares = (z**2).sum(axis=1)
    products = np.einsum("ri,ij,rj->r", z, weights.matrix, z)
    if kind == "moran":
        drawn = products / squares
    else:
        sums = weights.matrix.sum(axis=0) + 1.0
        drawn = 5 / 12 * ((z**2) @ sums - 2 * products) / squares
    result = STATISTICS[kind](np.arange(6.0) ** 2, weights.labels, weights, name="v", seed=1)
    assert result.variance_normality == pytest.approx(drawn.var(), rel=0.06)


def test_the_smallest_permutation_p_counts_the_data(weights, first_year):
    """Values in the order of their neighbours' mean are further out than 99 arrangements."""
    trend = np.linalg.matrix_power(weights.matrix + np.eye(30), 40) @ first_year[0]
    result = morans_i(trend, weights.labels, weights, name="trend", seed=2, permutations=99)
    assert result.p_permutation == 1 / 100


def test_one_permutation_is_enough_for_a_p(weights, first_year):
    result = morans_i(*first_year, weights, name="nqp", seed=2, permutations=1)
    assert result.p_permutation in (1 / 2, 1)


def test_white_noise_is_rejected_at_the_level(weights):
    """500 samples at 10 %: the share has an error of 0.013, of which four."""
    rng = np.random.default_rng(9)
    results = [
        morans_i(rng.normal(size=30), weights.labels, weights, name="e", seed=s, permutations=19)
        for s in range(500)
    ]
    for kind in ("p_permutation", "p_randomisation"):
        share = np.mean([getattr(result, kind) <= 0.10 for result in results])
        assert share == pytest.approx(0.10, abs=0.054)


@given(seed=seeds, scale=st.sampled_from([1e-9, -3.0, 1e9]))
def test_order_of_rows_and_affine_changes_do_not_matter(weights, first_year, seed, scale):
    values, units = first_year
    rng = np.random.default_rng(seed)
    rows, labels = rng.permutation(30), rng.permutation(30)
    codes = [weights.labels[i] for i in labels]
    turned = SpatialWeights("reference", codes, weights.align(codes))
    moved = (scale * (values + 2.5))[rows], units[rows], turned
    for function in STATISTICS.values():
        here = function(values, units, weights, name="y", seed=seed)
        there = function(*moved, name="y", seed=seed)
        assert there.statistic == pytest.approx(here.statistic, abs=EXACT)
        assert there.z_randomisation == pytest.approx(here.z_randomisation, abs=EXACT * 100)
        assert there.p_permutation == here.p_permutation
    here = local_moran(values, units, weights, name="y", seed=seed, permutations=199)
    there = local_moran(*moved, name="y", seed=seed, permutations=199)
    assert there.units == tuple(str(unit) for unit in units[rows])
    assert there.statistic == pytest.approx(here.statistic[rows], abs=EXACT * 10)
    assert np.array_equal(there.p_values, here.p_values[rows])
    mirror = str.maketrans("HL", "LH" if scale < 0 else "HL")
    assert there.quadrant == tuple(here.quadrant[i].translate(mirror) for i in rows)


def test_residuals_work_alike(weights, long_panel):
    fit = fit_spatial(*long_panel, weights, model="ols", effects="unit")
    result = morans_i(fit.residuals[0], fit.units, weights, name="residual", seed=1)
    assert result.statistic == pytest.approx(
        brute("moran", fit.residuals[0], weights.matrix), abs=EXACT
    )


EVERY = [morans_i, gearys_c, local_moran]


@pytest.mark.parametrize("function", EVERY)
def test_a_constant_variable_is_named(weights, function):
    for values in (np.full(30, 7.0), 1e6 + 1e-6 * np.arange(30), np.zeros(30)):
        with pytest.raises(UserError, match="nqp is constant over the units"):
            function(values, weights.labels, weights, name="nqp", seed=1)


@pytest.mark.parametrize("function", EVERY)
def test_bad_input_is_named(weights, function):
    values = np.arange(30.0)
    values[4] = np.nan
    with pytest.raises(UserError, match="nqp is missing or not finite for unit 5"):
        function(values, weights.labels, weights, name="nqp", seed=1)
    with pytest.raises(UserError, match="29 units for values of shape"):
        function(np.arange(30.0), weights.labels[1:], weights, name="nqp", seed=1)
    with pytest.raises(UserError, match="has no unit 99 and holds unit 30"):
        function(np.arange(30.0), [*range(1, 30), 99], weights, name="nqp", seed=1)
    with pytest.raises(UserError, match="needs 4 units and 1 permutation"):
        function(np.arange(30.0), weights.labels, weights, name="nqp", seed=1, permutations=0)


def test_a_level_outside_the_unit_interval_is_refused(weights):
    with pytest.raises(UserError, match="level 5 does not lie"):
        local_moran(np.arange(30.0), weights.labels, weights, name="nqp", seed=1, level=5)


@pytest.mark.parametrize("function", [morans_i, gearys_c])
def test_weights_that_treat_all_alike_identify_nothing(function):
    labels = [f"u{i}" for i in range(6)]
    alike = SpatialWeights("all", labels, (1 - np.eye(6)) / 5)
    with pytest.raises(NotIdentified) as found:
        function(np.arange(6.0) ** 2, labels, alike, name="nqp", seed=1)
    assert found.value.reason == Reason("arrangements_alike", {"name": "nqp", "weights": "all"})
