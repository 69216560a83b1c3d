"""Wild cluster bootstrap.

Tolerances: EXACT for what is the same arithmetic in another order, where a statistic is a ratio of
sums over a hundred rows; PRINTED for numbers stored with twelve digits.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference import wild, wild_inversion
from pilotzone.methods.inference.cluster import encode
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.inversion import Inversion
from pilotzone.methods.inference.wild import wild_cluster_bootstrap

EXACT = 1e-10
PRINTED = 1e-11

REFERENCE = Path(__file__).parents[2] / "reference"
NAMES = ["d", "x1", "x2"]


def draw_panel(seed, n_units=9, n_periods=7, effect=0.4, observed=1.0):
    """Outcome, three regressors, unit and period of a staggered panel with persistent errors."""
    rng = np.random.default_rng(seed)
    unit, period = (a.ravel() for a in np.mgrid[:n_units, 2011 : 2011 + n_periods])
    start = rng.integers(2013, 2011 + n_periods, n_units)
    x = rng.normal(size=(len(unit), 3))
    x[:, 0] = period >= start[unit]
    errors = rng.normal(size=len(unit)) + rng.normal(size=n_units)[unit] * (period - 2013) / 3
    y = effect * x[:, 0] + 0.3 * x[:, 1] + rng.normal(size=n_units)[unit] + errors
    kept = rng.uniform(size=len(unit)) < observed
    return y[kept], x[kept], unit[kept], period[kept]


def refit(y, x, effects, cluster, boot, vectors, null):
    """The definition: restricted fit, new outcome, full fit, for every vector of weights."""
    free = y - null * x[:, 0]
    restricted = fit(free, x[:, 1:], NAMES[1:], effects, cluster)
    fitted = y - restricted.residuals
    statistics = []
    for v in vectors:
        again = fit(fitted + restricted.residuals * v[boot], x, NAMES, effects, cluster)
        statistics.append((again.coefficients[0] - null) / again.std_errors[0])
    return np.array(statistics)


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
@pytest.mark.parametrize("null", [0.0, 0.7])
@pytest.mark.parametrize("case", ["balanced", "unbalanced", "weighted", "subclusters", "rows"])
def test_statistics_are_those_of_refitting(kind, null, case):
    y, x, unit, period = draw_panel(1, observed=1.0 if case == "balanced" else 0.85)
    weights = np.random.default_rng(2).uniform(0.5, 2, len(y)) if case == "weighted" else None
    effects = FixedEffects((unit, period), weights=weights)
    groups = {"subclusters": unit * 10 + period % 2, "rows": np.arange(len(y))}
    subcluster = groups.get(case)
    boot = np.unique(unit if subcluster is None else subcluster, return_inverse=True)[1]
    result = wild_cluster_bootstrap(
        y,
        x,
        NAMES,
        "d",
        effects,
        unit,
        draws=30,
        rng=np.random.default_rng(3),
        null=null,
        weights=kind,
        subcluster=subcluster,
        level=None,
    )
    vectors = np.vstack(list(wild._random(kind, boot.max() + 1, 30, np.random.default_rng(3))))
    expected = refit(y, x, effects, unit, boot, vectors, null)
    np.testing.assert_allclose(result.t_draws, expected, rtol=EXACT, atol=EXACT)
    large = np.count_nonzero(np.abs(expected) >= abs(result.t) * (1 - 1e-10))
    assert result.p_value == (1 + large) / 31
    assert result.n_undefined == 0


def test_statistic_of_the_data_is_that_of_the_fit():
    y, x, unit, period = draw_panel(4)
    effects = FixedEffects((unit, period))
    full = fit(y, x, NAMES, effects, unit)
    result = wild_cluster_bootstrap(
        y, x, NAMES, "x1", effects, unit, draws=9, rng=np.random.default_rng(0), level=None
    )
    assert result.coefficient == full.coefficients[1]
    assert result.t == pytest.approx(full.t[1], rel=EXACT)


def test_all_sign_vectors_as_wildboottest():
    """wildboottest 0.3.2, bootstrap type 11, all 1,024 sign vectors of the first ten units.

    Unit effects were dummies there and counted in full, K = 2 + 10 + 11 instead of 2 + 12, which
    divides all statistics by the same number.
    """
    panel = pd.read_csv(REFERENCE / "panel.csv").query("unit <= 10")
    result = wild_cluster_bootstrap(
        panel["y"],
        panel[["d", "x1"]].to_numpy(),
        ["d", "x1"],
        "d",
        FixedEffects((panel["unit"], panel["year"])),
        panel["unit"],
        draws=1024,
        rng=np.random.default_rng(0),
        level=None,
    )
    ratio = np.sqrt((120 - 23) / (120 - 14))
    everything = np.sort(np.abs(np.append(result.t_draws, result.t))) * ratio
    assert result.enumerated
    assert result.draws == 1023
    assert result.t * ratio == pytest.approx(1.1060907477168909, rel=PRINTED)
    assert result.p_value == 0.27734375
    np.testing.assert_allclose(
        everything[[255, 511, 767, 972, 1022]],
        [
            0.3106990748518227,
            0.6519995250367424,
            1.1693566480411124,
            2.4400352556285774,
            4.682341321743563,
        ],
        rtol=PRINTED,
    )


@pytest.mark.parametrize(("draws", "enumerated", "taken"), [(512, True, 511), (511, False, 511)])
def test_sign_vectors_are_enumerated_if_they_are_no_more_than_the_draws(draws, enumerated, taken):
    y, x, unit, period = draw_panel(5)
    effects = FixedEffects((unit, period))
    results = [
        wild_cluster_bootstrap(
            y, x, NAMES, "d", effects, unit, draws=draws, rng=np.random.default_rng(s), level=None
        )
        for s in (0, 1)
    ]
    assert results[0].enumerated is enumerated
    assert results[0].draws == taken
    assert np.array_equal(results[0].t_draws, results[1].t_draws) is enumerated


def test_enumeration_does_not_depend_on_the_chunks(monkeypatch):
    whole = np.vstack(list(wild._sign_vectors(6)))
    monkeypatch.setattr(wild, "CHUNK_NUMBERS", 42)
    assert np.array_equal(np.vstack(list(wild._sign_vectors(6))), whole)
    assert len(np.unique(whole, axis=0)) == 2**6 - 1
    assert not (whole == 1).all(axis=1).any()


def test_smallest_p_counts_the_data_and_its_mirror():
    """The negative of the data's own vector repeats |t|, and no other is as large here."""
    y, x, unit, period = draw_panel(6, effect=60.0)
    effects = FixedEffects((unit, period))
    result = wild_cluster_bootstrap(
        y, x, NAMES, "d", effects, unit, draws=512, rng=np.random.default_rng(0), level=None
    )
    assert result.p_value == 2 / 2**9


def test_webb_weights_have_mean_zero_and_variance_one():
    points = wild.POINTS["webb"]
    assert len(set(points)) == 6
    assert points.sum() == pytest.approx(0, abs=EXACT)
    assert (points**2).mean() == pytest.approx(1, rel=EXACT)


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
@pytest.mark.parametrize("seed", [7, 8])
def test_interval_separates_rejected_from_kept_nulls(kind, seed):
    y, x, unit, period = draw_panel(seed, n_units=12)
    effects = FixedEffects((unit, period))

    def test(null, level=None):
        return wild_cluster_bootstrap(
            y,
            x,
            NAMES,
            "d",
            effects,
            unit,
            draws=999,
            rng=np.random.default_rng(seed),
            null=null,
            weights=kind,
            level=level,
        )

    result = test(0.0, 0.9)
    low, high = result.interval
    step = 1e-6 * result.std_error
    assert low < result.coefficient < high
    assert test(low + step).p_value > 0.1 >= test(low - step).p_value
    assert test(high - step).p_value > 0.1 >= test(high + step).p_value
    assert test(result.coefficient).p_value == 1


def test_four_clusters_reject_no_null_at_five_per_cent():
    y, x, unit, period = draw_panel(9, n_units=4)
    result = wild_cluster_bootstrap(
        y,
        x,
        NAMES,
        "d",
        FixedEffects((unit, period)),
        unit,
        draws=16,
        rng=np.random.default_rng(0),
    )
    assert result.interval == (-np.inf, np.inf)


@given(
    seed=st.integers(0, 10_000),
    scale=st.floats(0.01, 100),
    shift=st.floats(-3, 3),
    unit_effect=st.floats(-50, 50),
)
def test_p_does_not_depend_on_units_order_or_effects(seed, scale, shift, unit_effect):
    y, x, unit, period = draw_panel(seed)
    order = np.random.default_rng(seed).permutation(len(y))

    def test(y, null, rows):
        return wild_cluster_bootstrap(
            y[rows],
            x[rows],
            NAMES,
            "d",
            FixedEffects((unit[rows], period[rows])),
            unit[rows],
            draws=99,
            rng=np.random.default_rng(seed),
            null=null,
            level=None,
        )

    plain = test(y, 0.0, slice(None))
    moved = test(scale * (y + shift * x[:, 0] + unit_effect * (unit == 2)), scale * shift, order)
    assert moved.p_value == plain.p_value
    np.testing.assert_allclose(moved.t_draws, plain.t_draws, rtol=1e-7, atol=1e-7)


def test_five_per_cent_of_true_nulls_are_rejected():
    """400 panels of 12 units; 0.02 to 0.08 are three standard errors around 0.05."""
    rejected = 0
    for seed in range(400):
        y, x, unit, period = draw_panel(seed, n_units=12, effect=0.0)
        result = wild_cluster_bootstrap(
            y,
            x,
            NAMES,
            "d",
            FixedEffects((unit, period)),
            unit,
            # With 19 draws as with 199, five per cent is a whole number of places.
            draws=19,
            rng=np.random.default_rng(seed),
            level=None,
        )
        rejected += result.p_value <= 0.05
    assert 0.02 <= rejected / 400 <= 0.08


def test_a_perfect_fit_has_nothing_to_resample():
    _, x, unit, period = draw_panel(10)
    with pytest.raises(NotIdentified) as error:
        wild_cluster_bootstrap(
            x @ [1.0, 2.0, 3.0],
            x,
            NAMES,
            "d",
            FixedEffects((unit, period)),
            unit,
            draws=9,
            rng=np.random.default_rng(0),
        )
    assert error.value.reason == Reason("exact_fit")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"term": "z"}, "'z' is not among the regressors: d, x1, x2"),
        ({"weights": "mammen"}, "'mammen' are no bootstrap weights"),
        ({"draws": 0}, "0 draws"),
        ({"subcluster": np.zeros(63)}, "do not lie within the clusters"),
        ({"subcluster": np.zeros(3)}, "do not lie within the clusters"),
    ],
)
def test_what_cannot_be_done_is_refused(change, message):
    y, x, unit, period = draw_panel(11)
    arguments = {"term": "d", "draws": 9, "rng": np.random.default_rng(0)} | change
    with pytest.raises(UserError, match=message):
        wild_cluster_bootstrap(
            y, x, NAMES, effects=FixedEffects((unit, period)), cluster=unit, **arguments
        )


def test_too_many_clusters_are_refused(monkeypatch):
    y, x, unit, period = draw_panel(12)
    monkeypatch.setattr(wild, "LARGEST_C", 566)
    with pytest.raises(UserError, match="9 clusters of 63 rows"):
        wild_cluster_bootstrap(
            y,
            x,
            NAMES,
            "d",
            FixedEffects((unit, period)),
            unit,
            draws=9,
            rng=np.random.default_rng(0),
        )


def test_inputs_are_not_changed():
    y, x, unit, period = draw_panel(13)
    copies = y.copy(), x.copy()
    wild_cluster_bootstrap(
        y, x, NAMES, "d", FixedEffects((unit, period)), unit, draws=9, rng=np.random.default_rng(0)
    )
    assert np.array_equal(y, copies[0])
    assert np.array_equal(x, copies[1])


def test_a_draw_without_error_counts_as_large():
    inversion = Inversion(
        coefficient=1.0,
        std_error=0.5,
        factor=1.0,
        numerators=np.array([[1.0, 1.0, 9.0], [0.0, 0.0, 0.0]]),
        squares=np.array([[1.0, 0.0, 1.0], [-2.0, 0.0, 0.0], [1.0, 0.0, 0.0]]),
    )
    np.testing.assert_array_equal(inversion.drawn(0.0), [np.nan, np.nan, 9.0])
    np.testing.assert_array_equal(inversion.drawn(1.0), [1.0, np.nan, 9.0])
    assert inversion.p(0.0) == 1
    assert inversion.p(-9.0) == 2 / 4


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
@pytest.mark.parametrize("case", ["balanced", "unbalanced", "weighted"])
def test_many_clusters_have_the_same_draws_by_factors_and_by_products(kind, case, monkeypatch):
    """What effects of periods and regressors take from 120 clusters has few columns."""
    y, x, unit, period = draw_panel(1, n_units=120, observed=1.0 if case == "balanced" else 0.85)
    weights = np.random.default_rng(2).uniform(0.5, 2, len(y)) if case == "weighted" else None
    effects = FixedEffects((unit, period), weights=weights)
    ways, by_factors = [], wild_inversion._by_factors
    monkeypatch.setattr(
        wild_inversion, "_by_factors", lambda sums: ways.append(by_factors(sums)) or ways[-1]
    )

    def draws():
        rng = np.random.default_rng(3)
        given = (y, x, NAMES, "d", effects, unit)
        return wild_cluster_bootstrap(*given, draws=50, rng=rng, null=0.3, weights=kind).t_draws

    quick = draws()
    monkeypatch.setattr(wild_inversion, "LEAST_CLUSTERS", 121)
    np.testing.assert_allclose(quick, draws(), rtol=EXACT)
    assert [way is None for way in ways] == [False, True]


def test_subclusters_and_effects_of_many_groups_leave_products():
    y, x, unit, period = draw_panel(1, n_units=120)
    group = unit // 3 * 100 + period
    for effects, boot in (((unit, group), unit), ((unit, period), np.arange(len(y)))):
        fixed = FixedEffects(effects)
        groups, finer = encode(unit, "cluster"), encode(boot, "boot")
        made = fit(y, x, NAMES, fixed, groups)
        sums = wild_inversion.cluster_sums(made, x, 0, fixed, groups, finer)
        assert wild_inversion._by_factors(sums) is None
