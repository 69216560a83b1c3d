"""Randomisation inference.

Tolerances: EXACT for what is the same arithmetic in another order. Shares of R random draws are
compared within four binomial standard errors, 4·√(p(1 − p)/R).
"""

from itertools import permutations as all_orders

import numpy as np
import pytest

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.inference import paths
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit
from pilotzone.methods.inference.paths import (
    PathTable,
    cohort_paths,
    path_table,
    permute_paths,
    random_rollouts,
)
from pilotzone.methods.inference.permutations import (
    p_value,
    permutation_chunks,
    permutations,
)
from pilotzone.methods.inference.randomisation import fake_rollout, randomise_paths

EXACT = 1e-10
YEARS = np.arange(2013, 2021)


def within(share, expected, draws):
    return abs(share - expected) <= 4 * np.sqrt(expected * (1 - expected) / draws)


def draw_panel(seed, n_units=10, effect=0.0, observed=1.0):
    """Outcome, controls, cohort by unit, unit and period."""
    rng = np.random.default_rng(seed)
    unit, period = (a.ravel() for a in np.meshgrid(np.arange(n_units), YEARS, indexing="ij"))
    cohort = rng.choice([2015, 2016, 2018, 0], n_units)
    treated = (cohort[unit] > 0) & (period >= cohort[unit])
    controls = rng.normal(size=(len(unit), 2))
    y = effect * treated + controls @ [0.5, -0.2] + rng.normal(size=n_units)[unit]
    y += rng.normal(size=len(unit)) + 0.3 * rng.normal(size=n_units)[unit] * (period - 2016)
    kept = rng.uniform(size=len(unit)) < observed
    return y[kept], controls[kept], cohort, unit[kept], period[kept]


def test_p_counts_the_data_ties_and_what_has_no_statistic():
    assert p_value(-2.0, [1.0, 2.0 * (1 - 1e-12), -3.0, np.nan]) == 4 / 5
    assert p_value(2.0, [1.0, 1.999]) == 1 / 3
    assert p_value(0.0, [0.0, 1.0]) == 1
    assert p_value(np.nan, [0.0, 1.0]) == 1
    np.testing.assert_array_equal(p_value([1.0, 5.0], [[2.0, 2.0], [0.0, -6.0]]), [2 / 3, 2 / 3])


def test_path_table_holds_the_panel_in_any_order():
    rows = np.random.default_rng(0).permutation(6)
    unit, period = np.repeat(["b", "a"], 3)[rows], np.tile([2015, 2013, 2014], 2)[rows]
    values = np.array([3.0, 1.0, 2.0, 6.0, 4.0, 5.0])[rows]
    table = path_table(unit, period, values)
    np.testing.assert_array_equal(table.units, ["a", "b"])
    np.testing.assert_array_equal(table.values, [[4, 5, 6], [1, 2, 3]])
    np.testing.assert_array_equal(table.at(unit, period), values)


def test_cohort_paths_start_in_the_cohort_year_and_stay():
    table = cohort_paths(["a", "b", "c"], [2013, 2014, 2015], [2014, 0, 2011])
    np.testing.assert_array_equal(table.values, [[0, 1, 1], [0, 0, 0], [1, 1, 1]])


@pytest.mark.parametrize(("unit", "period"), [([1, 1, 2], [1, 2, 1]), ([1, 1, 2, 2], [1, 1, 1, 2])])
def test_rows_without_complete_paths_need_a_table(unit, period):
    with pytest.raises(UserError, match="pass a path table"):
        path_table(unit, period, np.zeros(len(unit)))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (([1, 2], [1, 2, 3], np.zeros((3, 2))), "shape"),
        (([1, 1], [1, 2], np.zeros((2, 2))), "unit of the path table is named twice"),
        (([1, 2], [1, 1], np.zeros((2, 2))), "period of the path table is named twice"),
        (([1, 2], [1, 2], np.array([[0, 1], [np.nan, 0]])), "missing"),
    ],
)
def test_a_path_table_must_be_complete(parts, message):
    with pytest.raises(UserError, match=message):
        PathTable(*parts)


def test_a_permutation_moves_whole_paths():
    table = PathTable(np.arange(4), YEARS, np.arange(32.0).reshape(4, 8))
    unit, period = (a.ravel() for a in np.meshgrid(np.arange(4), YEARS, indexing="ij"))
    (drawn,) = permute_paths(unit, period, table, 200, np.random.default_rng(1))
    paths = drawn.reshape(4, 8, 200)
    assert drawn.shape == (32, 200)
    np.testing.assert_array_equal(
        np.sort(paths[:, 0], axis=0), np.tile([[0], [8], [16], [24]], 200)
    )
    np.testing.assert_array_equal(paths, paths[:, :1] + np.arange(8)[:, None])
    assert len(np.unique(paths[:, 0], axis=1).T) == 24


def test_in_an_unbalanced_panel_a_path_is_looked_up_by_period():
    """Unit 0 is not observed in 2013, unit 1 not in 2015."""
    table = PathTable([0, 1], [2013, 2014, 2015], np.array([[10, 11, 12], [20, 21, 22]]))
    unit, period = np.array([0, 0, 1, 1]), np.array([2014, 2015, 2013, 2014])
    (drawn,) = permute_paths(unit, period, table, 50, np.random.default_rng(2))
    stayed = drawn[0] == 11
    assert 0 < stayed.sum() < 50
    np.testing.assert_array_equal(drawn[:, stayed], np.tile([[11], [12], [20], [21]], stayed.sum()))
    np.testing.assert_array_equal(
        drawn[:, ~stayed], np.tile([[21], [22], [10], [11]], (~stayed).sum())
    )


def test_cells_that_are_missing_or_twice_are_counted():
    unit, period = np.repeat(np.arange(4), 3), np.tile([1, 2, 3], 4)
    kept = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 9])
    with pytest.raises(UserError, match=r"^3 of 12 pairs .* not observed and 1 occur more"):
        path_table(unit[kept], period[kept], kept)


def test_strata_keep_paths_at_home():
    table = PathTable(np.arange(5), [1, 2], np.arange(10).reshape(5, 2))
    unit, period = np.repeat(np.arange(5), 2), np.tile([1, 2], 5)
    strata = np.array(["n", "s", "n", "s", "alone"])[unit]
    (drawn,) = permute_paths(unit, period, table, 100, np.random.default_rng(3), strata)
    first = drawn[::2] // 2
    np.testing.assert_array_equal(first[4], 4)
    assert set(first[0]) == set(first[2]) == {0, 2}
    assert set(first[1]) == set(first[3]) == {1, 3}


def test_draws_do_not_depend_on_the_chunks(monkeypatch):
    _, _, cohort, unit, period = draw_panel(4)
    table = cohort_paths(np.arange(10), YEARS, cohort)
    (whole,) = permute_paths(unit, period, table, 30, np.random.default_rng(5))
    monkeypatch.setattr(paths, "CHUNK_NUMBERS", 7 * len(unit))
    parts = list(permute_paths(unit, period, table, 30, np.random.default_rng(5)))
    assert [p.shape[1] for p in parts] == [7, 7, 7, 7, 2]
    np.testing.assert_array_equal(np.hstack(parts), whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"unit": np.array([0, 0, 1, 9])}, "unit 9 has no place in the path table"),
        ({"period": np.array([1, 2, 1, 3])}, "period 3 has no place in the path table"),
        ({"unit": np.array([0, 0, 0, 0])}, "2 units, the rows have 1"),
        ({"strata": np.array([1, 2, 1, 1])}, "'strata' varies within a unit"),
        ({"strata": np.array([1, 2])}, "'strata' has 2 values for 4 rows"),
        ({"draws": 0}, "0 draws"),
    ],
)
def test_rows_must_fit_the_table(change, message):
    table = PathTable([0, 1], [1, 2], np.zeros((2, 2)))
    arguments = {"unit": np.repeat([0, 1], 2), "period": np.tile([1, 2], 2), "draws": 5} | change
    with pytest.raises(UserError, match=message):
        permute_paths(paths=table, rng=np.random.default_rng(0), **arguments)


@pytest.mark.parametrize("observed", [1.0, 0.8])
def test_draws_are_those_of_refitting(observed):
    y, controls, cohort, unit, period = draw_panel(6, observed=observed)
    effects, table = FixedEffects((unit, period)), cohort_paths(np.arange(10), YEARS, cohort)
    result = randomise_paths(
        y, table, controls, effects, unit, unit, period, draws=40, rng=np.random.default_rng(7)
    )
    (drawn,) = permute_paths(unit, period, table, 40, np.random.default_rng(7))
    names = ["d", "x1", "x2"]
    fits = [
        fit(y, np.column_stack([d, controls]), names, effects, unit)
        for d in (table.at(unit, period), *drawn.T)
    ]
    slopes = np.array([f.coefficients[0] for f in fits])
    ts = np.array([f.t[0] for f in fits])
    assert result.coefficient == pytest.approx(slopes[0], rel=EXACT)
    assert result.t == pytest.approx(ts[0], rel=EXACT)
    np.testing.assert_allclose(result.coefficients, slopes[1:], rtol=EXACT, atol=EXACT)
    np.testing.assert_allclose(result.t_draws, ts[1:], rtol=EXACT, atol=EXACT)
    large = np.abs([ts, slopes]) >= np.abs([[ts[0]], [slopes[0]]]) * (1 - 1e-9)
    assert result.p_value == large[0].sum() / 41
    assert result.p_value_coefficient == large[1].sum() / 41
    assert (result.draws, result.n_undefined) == (40, 0)


def test_p_is_the_share_of_all_orders():
    """Five units, 120 orders, each taken once for the exact share."""
    y, _, _, unit, period = draw_panel(8, n_units=5)
    cohort = np.array([2015, 2016, 2018, 0, 0])
    effects = FixedEffects((unit, period))
    table = cohort_paths(np.arange(5), YEARS, cohort)
    draws = 4_000
    result = randomise_paths(
        y, table, None, effects, unit, unit, period, draws=draws, rng=np.random.default_rng(9)
    )
    ts = []
    for order in all_orders(range(5)):
        d = table.values[np.array(order)[unit], period - YEARS[0]]
        ts.append(fit(y, d, ["d"], effects, unit).t[0])
    exact = np.mean(np.abs(ts) >= abs(ts[0]) * (1 - EXACT))
    # The last two units have the same path, so two of the 120 orders repeat the data.
    assert exact >= 2 / 120
    assert within(result.p_value, exact, draws)


def test_exchanging_equal_paths_is_a_tie():
    """One treated unit in six: a sixth of the permutations is the roll-out of the data."""
    y, _, _, unit, period = draw_panel(10, n_units=6)
    y = y + 50.0 * ((unit == 0) & (period >= 2016))
    table = cohort_paths(np.arange(6), YEARS, [2016, 0, 0, 0, 0, 0])
    result = randomise_paths(
        y,
        table,
        None,
        FixedEffects((unit, period)),
        unit,
        unit,
        period,
        draws=3_000,
        rng=np.random.default_rng(11),
    )
    assert within(result.p_value_coefficient, 1 / 6, 3_000)


def test_ten_per_cent_of_true_nulls_are_rejected():
    """300 panels; p is uniform on multiples of 1/20."""
    rejected = 0
    for seed in range(300):
        y, controls, cohort, unit, period = draw_panel(seed)
        cohort[:2] = 2015, 0
        result = randomise_paths(
            y,
            cohort_paths(np.arange(10), YEARS, cohort),
            controls,
            FixedEffects((unit, period)),
            unit,
            unit,
            period,
            draws=19,
            rng=np.random.default_rng(seed),
        )
        rejected += result.p_value <= 0.1
    assert within(rejected / 300, 0.1, 300)


def test_draws_without_variation_are_counted_as_large():
    """Two units and a control that is, or nearly is, the treatment once they are exchanged."""
    y, _, _, unit, period = draw_panel(12, n_units=2)
    table = cohort_paths([0, 1], YEARS, [2016, 2018])
    control = table.values[[1, 0]][unit, period - YEARS[0]].astype(float)
    result = randomise_paths(
        y,
        table,
        control + 1e-3 * (period == 2014) * unit,
        FixedEffects((unit,)),
        unit,
        unit,
        period,
        draws=50,
        rng=np.random.default_rng(13),
    )
    swapped = randomise_paths(
        y,
        table,
        control,
        FixedEffects((unit,)),
        unit,
        unit,
        period,
        draws=50,
        rng=np.random.default_rng(13),
    )
    assert result.n_undefined == 0
    assert 0 < swapped.n_undefined < 50
    assert swapped.n_undefined == np.isnan(swapped.t_draws).sum()
    assert swapped.p_value == 1


def test_a_treatment_without_variation_has_no_test():
    y, _, _, unit, period = draw_panel(14)
    with pytest.raises(NotIdentified) as error:
        randomise_paths(
            y,
            cohort_paths(np.arange(10), YEARS, np.full(10, 2016)),
            None,
            FixedEffects((unit, period), names=("unit", "period")),
            unit,
            unit,
            period,
            draws=5,
            rng=np.random.default_rng(0),
        )
    assert error.value.reason == Reason("flat_in_effects", {"effects": ("unit", "period")})


def test_fake_rollouts_keep_the_number_first_treated_in_each_year():
    rollouts = random_rollouts({2016: 3, 2019: 2}, 7, 2_000, np.random.default_rng(15))
    assert rollouts.shape == (2_000, 7)
    np.testing.assert_array_equal((rollouts == 2016).sum(axis=1), 3)
    np.testing.assert_array_equal((rollouts == 2019).sum(axis=1), 2)
    np.testing.assert_array_equal((rollouts == 0).sum(axis=1), 2)
    for year, share in ((2016, 3 / 7), (2019, 2 / 7)):
        assert all(within(s, share, 2_000) for s in (rollouts == year).mean(axis=0))


def test_fake_rollouts_with_random_years_keep_the_number_of_treated_units():
    years = [2014, 2016, 2017]
    rollouts = random_rollouts({2016: 3, 2019: 2}, 7, 3_000, np.random.default_rng(16), years=years)
    np.testing.assert_array_equal((rollouts > 0).sum(axis=1), 5)
    assert set(np.unique(rollouts)) == {0, *years}
    treated = rollouts[rollouts > 0]
    assert all(within((treated == y).mean(), 1 / 3, len(treated)) for y in years)


@pytest.mark.parametrize(
    ("sizes", "years", "message"),
    [({2016: 5}, None, "5 units are first treated"), ({2016: 2}, [], "no year to draw from")],
)
def test_fake_rollouts_must_be_possible(sizes, years, message):
    with pytest.raises(UserError, match=message):
        random_rollouts(sizes, 4, 3, np.random.default_rng(0), years=years)


@pytest.mark.parametrize("years", [None, (2014, 2015, 2017)])
def test_a_fake_rollout_is_a_regression_on_fake_treatments(years):
    y, controls, cohort, unit, period = draw_panel(17, observed=0.9)
    effects = FixedEffects((unit, period))
    arguments = (controls, effects, unit, unit, period)
    result = fake_rollout(
        y, cohort[unit], *arguments, draws=30, rng=np.random.default_rng(18), years=years
    )
    sizes = {g: int((cohort == g).sum()) for g in (2015, 2016, 2018)}
    rollouts = random_rollouts(sizes, 10, 30, np.random.default_rng(18), years=years)
    names = ["d", "x1", "x2"]
    for fake, t in zip([cohort, *rollouts], [result.t, *result.t_draws], strict=True):
        d = (fake[unit] > 0) & (period >= fake[unit])
        expected = fit(y, np.column_stack([d, controls]), names, effects, unit)
        assert t == pytest.approx(expected.t[0], rel=EXACT, abs=EXACT)
    assert result.p_value == p_value(result.t, result.t_draws)


def test_a_cohort_must_be_one_per_unit():
    y, _, _, unit, period = draw_panel(19)
    with pytest.raises(UserError, match="'cohort' varies within a unit"):
        fake_rollout(
            y,
            period,
            None,
            FixedEffects((unit, period)),
            unit,
            unit,
            period,
            draws=3,
            rng=np.random.default_rng(0),
        )


def test_permutations_stay_in_their_strata():
    strata = ["w", "w", "w", "e", "e", "e"]
    order = permutations(6, 400, np.random.default_rng(23), strata)
    assert set(np.unique(order[:, :3])) == {0, 1, 2}
    assert set(np.unique(order[:, 3:])) == {3, 4, 5}
    assert len(np.unique(order, axis=0)) == 36


@pytest.mark.parametrize("strata", [None, ["w", "e", "w", "w", "e", "e", "w"]])
def test_permutations_do_not_depend_on_the_size_of_chunks(strata):
    whole = permutations(7, 50, np.random.default_rng(25), strata)
    for size in (1, 8, 49, 200):
        parts = list(permutation_chunks(7, 50, np.random.default_rng(25), strata, size))
        assert max(map(len, parts)) <= size
        np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_permutations_are_drawn_when_they_are_asked_for():
    rng, untouched = np.random.default_rng(26), np.random.default_rng(26)
    chunks = permutation_chunks(5, 10**12, rng)
    assert rng.bit_generator.state == untouched.bit_generator.state
    assert sorted(next(chunks)[0]) == [0, 1, 2, 3, 4]


def test_no_draw_is_refused_before_the_first_is_asked_for():
    with pytest.raises(UserError, match="0 draws; at least 1"):
        permutation_chunks(5, 0, np.random.default_rng(0))
