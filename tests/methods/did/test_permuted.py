"""Permuted cohorts: known answers, the same by plain loops, and what must not change.

Known answers are printed with twelve digits (GOLD), the number of large draws is a whole number.
Sums over cohorts and refits are two ways to the same numbers: 1e-9 of their size, since a t of 5
hangs on differences of outcomes of 30. A limit is found by halving a step 40 times: EDGE.
"""

import itertools

import numpy as np
import pytest

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.permuted import cohort_permutations, cohort_test, permuted_terms
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.terms import smallest_cohorts, terms_of
from pilotzone.methods.did.twfe import panel_effects, slope_term, twfe
from pilotzone.methods.inference.paths import is_treated

GOLD, SAME, EDGE = 1e-10, 1e-9, 1e-6
ESTIMATORS = (callaway_santanna, sun_abraham, imputation, gardner, extended_twfe)
KINDS = ("simple", "dynamic", "group", "calendar")
SEED = 20150307


def of(estimator, frame, kinds=KINDS, **choices):
    """Return outcome, cohort -> terms on the rows of a frame."""
    unit, year = frame["unit"].to_numpy(), frame["year"].to_numpy()
    return lambda y, cohort: terms_of(estimator(y, unit, year, cohort, **choices), kinds)


def by_unit(frame):
    return frame.groupby("unit")["first_treated"].first().to_numpy()


def test(frame, estimator, orders, wanted, **choices):
    columns = (frame[name].to_numpy() for name in ("y", "unit", "year", "first_treated"))
    return permuted_terms(estimator, *columns, orders, wanted=wanted, **choices)


test.__test__ = False


@pytest.mark.parametrize("alike", [True, False], ids=["sums", "refits"])
@pytest.mark.parametrize(
    ("controls", "check"),
    [("not_yet", "permutation_cs_notyet_simple"), ("never", "permutation_cs_nevertreated_simple")],
)
def test_the_999_statistics_of_the_known_answers(frame, known2, controls, check, alike):
    draws = 999 if alike else 5
    rng = np.random.default_rng(SEED)
    orders = [np.array([rng.permutation(30) for _ in range(draws)])]
    estimator = of(callaway_santanna, frame, ("simple",), controls=controls)
    made = test(frame, estimator, orders, ["overall:simple"], alike=alike)
    np.testing.assert_allclose(made.t[0], known2(check, "t_observed"), rtol=GOLD)
    for draw in range(5):
        expected = known2(check, f"t_{draw + 1}")
        np.testing.assert_allclose(made.t_draws[draw, 0], expected, rtol=GOLD)
    if not alike:
        return
    np.testing.assert_allclose(made.p_values[0], known2(check, "p_studentised"), rtol=1e-15)
    if controls == "not_yet":
        np.testing.assert_allclose(made.t_draws[-1, 0], known2(check, "t_999"), rtol=GOLD)
        mean = known2(check, "t_mean_of_999")
        np.testing.assert_allclose(made.t_draws.mean(), mean, rtol=GOLD)
        large = np.sum(np.abs(made.t_draws) >= made.t[0])
        assert large == known2(check, "count_studentised")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_sums_over_cohorts_are_the_refits_of_every_term(frame, estimator):
    made = of(estimator, frame)
    wanted = made(frame["y"].to_numpy(), frame["first_treated"].to_numpy()).names
    orders = list(cohort_permutations(by_unit(frame), 12, np.random.default_rng(3)))
    fast, slow = (test(frame, made, orders, wanted, alike=alike) for alike in (True, False))
    np.testing.assert_allclose(fast.t_draws, slow.t_draws, rtol=SAME, atol=SAME)
    np.testing.assert_allclose(fast.p_values, slow.p_values)
    np.testing.assert_allclose([fast.low, fast.high], [slow.low, slow.high], rtol=EDGE, atol=EDGE)


@pytest.mark.parametrize("trends", [False, True], ids=["two_way", "unit_trends"])
def test_a_two_way_slope_is_a_term(frame, trends):
    y, unit, year, first = (frame[k].to_numpy() for k in ("y", "unit", "year", "first_treated"))
    slopes = ((unit, year.astype(float)),) if trends else ()
    effects = panel_effects(unit, year, slopes=slopes)

    def slope(y, cohort):
        return slope_term(y, is_treated(cohort, year)[:, None] * 1.0, ("d",), effects, unit)

    orders = list(cohort_permutations(by_unit(frame), 12, np.random.default_rng(5)))
    fast, slow = (test(frame, slope, orders, ["d"], alike=alike) for alike in (True, False))
    np.testing.assert_allclose(fast.t_draws, slow.t_draws, rtol=SAME, atol=SAME)
    np.testing.assert_allclose([fast.low, fast.high], [slow.low, slow.high], rtol=EDGE, atol=EDGE)

    def t_of(cohort):
        return twfe(y, is_treated(cohort, year), ("d",), None, (), unit, year, slopes=slopes).t[0]

    np.testing.assert_allclose(fast.t[0], t_of(first), rtol=SAME)
    codes = np.unique(unit, return_inverse=True)[1]
    drawn = [t_of(by_unit(frame)[order][codes]) for order in np.concatenate(orders)]
    np.testing.assert_allclose(fast.t_draws[:, 0], drawn, rtol=SAME, atol=SAME)


def test_one_preparation_serves_many_outcomes(frame):
    made = of(imputation, frame, ("simple",))
    unit, year, first = (frame[name].to_numpy() for name in ("unit", "year", "first_treated"))
    prepared = cohort_test(made, unit, year, first, wanted=["overall:simple"])
    orders = list(cohort_permutations(by_unit(frame), 39, np.random.default_rng(6)))
    for seed in range(3):
        y = np.random.default_rng(seed).standard_normal(len(frame))
        (one,) = prepared.inversions(y, orders)
        alone = test(frame.assign(y=y), made, orders, ["overall:simple"])
        assert (one.limit(-1, 0.05), one.limit(1, 0.05)) == (alone.low[0], alone.high[0])


@pytest.mark.parametrize("estimator", ESTIMATORS[:3])
def test_a_draw_under_an_effect_is_a_fit_without_it(frame_with_gaps, estimator):
    frame = frame_with_gaps.reset_index(drop=True)
    made = of(estimator, frame)
    treated = (frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])
    wanted = ("overall:simple", "event:1")
    orders = list(cohort_permutations(by_unit(frame), 39, np.random.default_rng(4)))
    drawn = test(frame, made, orders, wanted)
    for j, end in itertools.product((0, 1), ("low", "high")):
        tau = getattr(drawn, end)[j]
        for nudge, rejected in ((-1, end == "low"), (1, end == "high")):
            null = tau + nudge * 1e-4 * (drawn.high[j] - drawn.low[j])
            without = frame.assign(y=frame["y"] - null * treated)
            p = test(without, made, orders, wanted).p_values[j]
            assert (p <= 0.05) == rejected


def test_leads_have_the_interval_of_the_critical_value(frame):
    made = of(sun_abraham, frame)
    orders = list(cohort_permutations(by_unit(frame), 199, np.random.default_rng(5)))
    wanted = ("event:-4", "event:-2")
    drawn = test(frame, made, orders, wanted)
    holds_zero = (drawn.low <= 0) & (drawn.high >= 0)
    np.testing.assert_array_equal(holds_zero, drawn.p_values > 0.05)
    critical = np.sort(np.abs(drawn.t_draws), axis=0)[-10]
    middle = (drawn.low + drawn.high) / 2
    np.testing.assert_allclose((drawn.high - middle) / (middle / drawn.t), critical, rtol=SAME)


def test_names_of_units_and_order_of_rows_change_nothing(frame):
    orders = list(cohort_permutations(by_unit(frame), 49, np.random.default_rng(6)))
    plain = test(frame, of(imputation, frame), orders, ["overall:simple"])
    mixed = frame.assign(unit=1000 - 7 * frame["unit"]).sample(frac=1, random_state=1)
    backwards = [29 - order[:, ::-1] for order in orders]
    other = test(mixed, of(imputation, mixed), backwards, ["overall:simple"])
    np.testing.assert_allclose(other.t_draws, plain.t_draws, rtol=SAME)


def test_unit_and_year_constants_change_nothing(frame):
    orders = list(cohort_permutations(by_unit(frame), 49, np.random.default_rng(7)))
    wanted = ("overall:simple", "overall:dynamic", "event:2")
    for estimator in ESTIMATORS:
        made = of(estimator, frame)
        plain = test(frame, made, orders, wanted)
        moved = frame.assign(y=frame["y"] + 1e3 * frame["unit"] + 50 * (frame["year"] % 7) ** 2)
        np.testing.assert_allclose(test(moved, made, orders, wanted).t_draws, plain.t_draws, 1e-6)


def test_a_lone_cohort_has_a_p_value_and_no_error(provinces):
    frame = provinces[provinces["year"] < 2020]
    made = of(callaway_santanna, frame, ("simple",))
    observed = made(frame["y"].to_numpy(), frame["first_treated"].to_numpy())
    place = observed.names.index("att:2015:2016")
    assert np.isnan(observed.std_errors[place])
    orders = list(cohort_permutations(by_unit(frame), 399, np.random.default_rng(8)))
    drawn = test(frame, made, orders, ["att:2015:2016"])
    # Its place among 30 units; 29 others share what is left of the draws.
    assert 1 / 60 < drawn.p_values[0] <= 1
    np.testing.assert_allclose(drawn.t[0] * observed.lengths[place], observed.estimates[place])


def test_draws_without_a_term_count_as_large(frame):
    def fickle(y, cohort):
        made = of(callaway_santanna, frame, ("simple",))(y, cohort)
        if cohort[0] == frame["first_treated"].iloc[0]:
            return made
        raise NotIdentified("no_cell")

    orders = list(cohort_permutations(by_unit(frame), 20, np.random.default_rng(9)))
    drawn = test(frame, fickle, orders, ["overall:simple"], alike=False)
    lost = np.isnan(drawn.t_draws[:, 0])
    assert 0 < lost.sum() < 20
    assert drawn.p_values[0] >= (1 + lost.sum()) / 21
    assert np.isinf(drawn.high[0])


def test_size_of_the_test_where_nothing_happens(draw):
    rng = np.random.default_rng(10)
    rejected = []
    for _ in range(200):
        frame = draw(rng, [2014] * 2 + [2016] * 4 + [0] * 6, range(2012, 2018))
        orders = cohort_permutations(by_unit(frame), 39, rng)
        made = test(frame, of(callaway_santanna, frame, ("simple",)), orders, ["overall:simple"])
        rejected.append(made.p_values[0] <= 0.05)
    # Exact at 2/40: a binomial share of 200 has an error of 0.015.
    assert 0.005 < np.mean(rejected) < 0.10


def test_cohorts_move_within_groups_only():
    cohort = np.array([2015, 2016, 0, 2015, 0, 0, 2016, 2016])
    groups = np.array(["w", "w", "w", "w", "e", "e", "e", "e"])
    (order,) = cohort_permutations(cohort, 200, np.random.default_rng(11), groups)
    assert (groups[order] == groups).all()
    assert len({tuple(cohort[row]) for row in order}) > 20


@pytest.mark.parametrize(
    ("cohort", "groups", "code"),
    [
        ([2015, 0, 0, 0, 0, 0], None, "few_paths"),
        ([2015, 0, 2015, 0, 2016, 0, 2016, 0], "aabbccdd", "few_paths"),
        ([2015, 2016, 2017, 0, 0, 0, 0, 0], "aaaaabbb", "one_path_in_group"),
    ],
)
def test_too_few_rollouts(cohort, groups, code):
    strata = groups and np.array(list(groups))
    with pytest.raises(NotIdentified) as caught:
        cohort_permutations(cohort, 9, np.random.default_rng(0), strata)
    assert caught.value.reason.code == code


def test_terms_name_the_smallest_cohort_they_rest_on(provinces):
    frame = provinces[provinces["year"] < 2020]
    arrays = (frame[name].to_numpy() for name in ("y", "unit", "year", "first_treated"))
    effects = callaway_santanna(*arrays)
    terms = terms_of(effects, KINDS)
    small = dict(zip(terms.names, smallest_cohorts(effects, terms), strict=True))
    assert small["att:2016:2016"] is None
    assert small["cohort:2019"] is None
    assert small["event:0"].facts == {"cohort": 2015, "units": 1}
    without = terms_of(effects, KINDS, (2015,))
    fewer = dict(zip(without.names, smallest_cohorts(effects, without), strict=True))
    assert fewer["event:0"] is fewer["overall:group"] is None


def test_reasons_and_weights_of_averages_are_those_of_their_cells(provinces):
    frame = provinces[provinces["year"] < 2020]
    arrays = (frame[name].to_numpy() for name in ("y", "unit", "year", "first_treated"))
    effects = imputation(*arrays)
    terms = terms_of(effects, KINDS)
    np.testing.assert_allclose(terms.weights.sum(axis=0), 1.0)
    np.testing.assert_allclose(effects.estimates @ terms.weights, terms.estimates)
    codes = {
        name: reason and reason.code
        for name, reason in zip(terms.names, terms.error_reasons, strict=True)
    }
    assert codes["event:0"] == codes["overall:group"] == "one_treated_unit"
    assert codes["cohort:2016"] is None
