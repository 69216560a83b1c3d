"""Permuted cohorts: known answers, the same by plain loops, and what must not change.

Known answers are printed with twelve digits (GOLD), the number of large draws is a whole number.
Sums over cohorts and refits are two ways to the same numbers: 1e-9 of their size, since a t of 5
hangs on differences of outcomes of 30. A limit is found by halving a step 40 times: EDGE.
"""

import itertools

import numpy as np
import pytest

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import gardner, imputation
from pilotzone.methods.did.long_difference import long_difference, long_difference_terms
from pilotzone.methods.did.permuted import cohort_permutations, permuted_terms
from pilotzone.methods.did.rollout_sums import rollout_sums
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.terms import smallest_cohorts, terms_of
from pilotzone.methods.did.twfe import panel_effects, slope_term, twfe
from pilotzone.methods.inference.paths import is_treated

pytestmark = pytest.mark.slow

GOLD, SAME, EDGE = 1e-10, 1e-9, 1e-6
ESTIMATORS = (callaway_santanna, sun_abraham, imputation, gardner, extended_twfe)
KINDS = ("simple", "dynamic", "group", "calendar")
SEED = 20150307


def of(estimator, frame, kinds=KINDS, **choices):
    """Return outcome, cohort -> terms on the rows of a frame."""
    unit, year = frame["unit"].to_numpy(), frame["year"].to_numpy()
    return lambda y, cohort: terms_of(estimator(y, unit, year, cohort, **choices), kinds)


@pytest.fixture(scope="module")
def short(frame):
    """Five years of the panel of the known answers; two cohorts are treated in them."""
    return frame[frame["year"].between(2014, 2018)].reset_index(drop=True)


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
def test_sums_over_cohorts_are_the_refits_of_every_term(short, estimator):
    made = of(estimator, short)
    wanted = made(short["y"].to_numpy(), short["first_treated"].to_numpy()).names
    orders = list(cohort_permutations(by_unit(short), 12, np.random.default_rng(3)))
    fast, slow = (test(short, made, orders, wanted, alike=alike) for alike in (True, False))
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
    codes, cohort = np.unique(unit, return_inverse=True)[1], by_unit(frame)
    drawn = [t_of(cohort[order][codes]) for order in np.concatenate(orders)]
    np.testing.assert_allclose(fast.t_draws[:, 0], drawn, rtol=SAME, atol=SAME)


def refitted_p(made, frame, y, orders, name):
    """The place of a term among those of plain fits; a fit without it counts as large."""
    of_unit, codes = by_unit(frame), np.unique(frame["unit"], return_inverse=True)[1]
    dealt = (of_unit[order][codes] for order in np.concatenate(orders))
    t = []
    for cohort in (frame["first_treated"].to_numpy(), *dealt):
        terms = made(y, cohort)
        place = terms.names.index(name) if name in terms.names else None
        lost = place is None or not terms.has_error[place]
        t.append(np.inf if lost else terms.estimates[place] / terms.lengths[place])
    return np.mean(np.abs(t) >= np.abs(t[0]) * (1 - 1e-10))


@pytest.mark.parametrize("estimator", ESTIMATORS[:3])
def test_a_draw_under_an_effect_is_a_fit_without_it(frame_with_gaps, estimator):
    frame = frame_with_gaps[frame_with_gaps["year"].between(2014, 2019)].reset_index(drop=True)
    made = of(estimator, frame, ("simple", "dynamic"))
    treated = (frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])
    wanted = ("overall:simple", "event:1")
    # With 19 draws, five per cent is a whole number of places, as with 39.
    orders = list(cohort_permutations(by_unit(frame), 19, np.random.default_rng(4)))
    drawn = test(frame, made, orders, wanted)
    for j, end in itertools.product((0, 1), ("low", "high")):
        tau = getattr(drawn, end)[j]
        for nudge, rejected in ((-1, end == "low"), (1, end == "high")):
            null = tau + nudge * 1e-4 * (drawn.high[j] - drawn.low[j])
            without = (frame["y"] - null * treated).to_numpy()
            assert (refitted_p(made, frame, without, orders, wanted[j]) <= 0.05) == rejected


def test_leads_have_the_interval_of_the_critical_value(frame):
    made = of(sun_abraham, frame, ("dynamic",))
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
    plain = test(frame, of(imputation, frame, ("simple",)), orders, ["overall:simple"])
    mixed = frame.assign(unit=1000 - 7 * frame["unit"]).sample(frac=1, random_state=1)
    backwards = [29 - order[:, ::-1] for order in orders]
    other = test(mixed, of(imputation, mixed, ("simple",)), backwards, ["overall:simple"])
    np.testing.assert_allclose(other.t_draws, plain.t_draws, rtol=SAME)


def test_unit_and_year_constants_change_nothing(short):
    orders = list(cohort_permutations(by_unit(short), 19, np.random.default_rng(7)))
    wanted = ("overall:simple", "overall:dynamic", "event:2")
    for estimator in ESTIMATORS:
        made = of(estimator, short, ("simple", "dynamic"))
        columns = (short[name].to_numpy() for name in ("unit", "year", "first_treated"))
        sums = rollout_sums(made, *columns, wanted=wanted)
        plain = test(short, made, orders, wanted, sums=sums)
        moved = short.assign(y=short["y"] + 1e3 * short["unit"] + 50 * (short["year"] % 7) ** 2)
        other = test(moved, made, orders, wanted, sums=sums)
        np.testing.assert_allclose(other.t_draws, plain.t_draws, 1e-6)


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


def test_size_of_the_test_where_nothing_happens(draw, draw_again):
    rng = np.random.default_rng(10)
    rejected, sums = [], None
    cohorts = np.repeat([2014, 2016, 0], [2, 4, 6])
    frame = draw(rng, cohorts, range(2012, 2018))
    again = draw_again(frame)
    for _ in range(200):
        frame["y"] = again(rng)
        orders = cohort_permutations(cohorts, 39, rng)
        estimator, wanted = of(callaway_santanna, frame, ("simple",)), ["overall:simple"]
        # Only outcomes differ: the sums of the roll-out serve all of them.
        columns = (frame[name].to_numpy() for name in ("unit", "year", "first_treated"))
        sums = sums or rollout_sums(estimator, *columns, wanted=wanted)
        made = test(frame, estimator, orders, wanted, sums=sums)
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


# Changes by group, cohorts dealt within the groups.

GROUP_TERMS = ("east", "west", "difference:west")


@pytest.fixture(scope="module")
def grouped(draw):
    """Two groups with other effects, balanced; ``gaps`` drops some rows of it."""
    cohorts = [2014] * 8 + [2016] * 9 + [0] * 13
    frame = draw(np.random.default_rng(21), cohorts, range(2010, 2018), effect=lambda g, t: 1.0)
    group = np.where(frame["unit"] % 2 == 0, "east", "west")
    treated = (frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])
    frame = frame.assign(group=group, y=frame["y"] + 0.8 * treated * (group == "west"))
    frame.attrs["gaps"] = [5, 44, 100, 101, 190]
    return frame


def changes(frame, held, orders, **choices):
    """Changes by group among those of cohorts dealt within the groups."""
    columns = [frame[name].to_numpy() for name in ("unit", "year", "group")]
    together = long_difference_terms(*columns, **held)
    west = columns[2] == "west"
    return test(
        frame,
        None,
        orders,
        GROUP_TERMS,
        group=columns[2],
        among={"east": ~west, "west": west, "difference:west": west},
        together=together,
        **choices,
    )


def sums_by_group(frame):
    """The sums that :func:`changes` makes of a balanced panel, which hold for any outcome."""
    unit, year, cohort, group = (
        frame[name].to_numpy() for name in ("unit", "year", "first_treated", "group")
    )
    together = long_difference_terms(unit, year, group)
    return rollout_sums(
        None, unit, year, cohort, wanted=GROUP_TERMS, group=group, together=together
    )


def by_hand(frame, held, cohort, y):
    """t (3,) of the groups and their difference, from the method run on its own."""
    columns = [frame[name].to_numpy() for name in ("unit", "year")]
    made = long_difference(y, *columns, cohort, frame["group"].to_numpy(), **held)
    values = np.array([*made.coefficients, made.coefficients[1] - made.coefficients[0]])
    v = made.covariance
    errors = np.sqrt([v[0, 0], v[1, 1], v[0, 0] + v[1, 1] - 2 * v[0, 1]])
    return values / errors


HELD = {
    "within groups": {},
    "trends, last year": {"unit_trends": True, "last": True},
    "against all": {"within_groups": False},
}


def deals(frame, draws, seed=13):
    groups = frame.groupby("unit")["group"].first().to_numpy()
    return list(cohort_permutations(by_unit(frame), draws, np.random.default_rng(seed), groups))


@pytest.mark.parametrize("gaps", [False, True], ids=["balanced", "gaps"])
@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_changes_by_group_by_a_plain_loop(grouped, held, gaps):
    frame = grouped.drop(index=grouped.attrs["gaps"] if gaps else [])
    orders = deals(frame, 19)
    made = changes(frame, held, orders)
    y, cohort = frame["y"].to_numpy(), frame["first_treated"].to_numpy()
    of_unit, row = by_unit(frame), np.unique(frame["unit"], return_inverse=True)[1]
    dealt = [of_unit[order][row] for order in np.vstack(orders)]
    np.testing.assert_allclose(made.t, by_hand(frame, held, cohort, y), rtol=SAME)
    t_draws = np.array([by_hand(frame, held, now, y) for now in dealt])
    np.testing.assert_allclose(made.t_draws, t_draws, rtol=SAME, atol=SAME)
    # A group keeps its numbers of treated units per cohort.
    groups = frame.groupby("unit")["group"].first().to_list()
    for order in np.vstack(orders):
        pairs = sorted(zip(groups, of_unit[order], strict=True))
        assert pairs == sorted(zip(groups, of_unit, strict=True))
    treated = (cohort > 0) & (frame["year"].to_numpy() >= cohort)
    west = (frame["group"] == "west").to_numpy()
    ends = list(itertools.product(range(3), ("low", "high"), (-1, 1)))
    effects = [
        (getattr(made, end)[j] + nudge * 1e-4 * (made.high[j] - made.low[j]))
        * (treated & (~west, west, west)[j])
        for j, end, nudge in ends
    ]
    # What is left of the outcome without each effect, all at once in one deal.
    together = long_difference_terms(
        *(frame[n].to_numpy() for n in ("unit", "year", "group")), **held
    )
    t = np.array(
        [
            [terms.estimates / terms.std_errors for terms in together(y - effects, now)]
            for now in (cohort, *dealt)
        ]
    )
    for k, (j, end, nudge) in enumerate(ends):
        p = np.mean(np.abs(t[:, k, j]) >= np.abs(t[0, k, j]) * (1 - 1e-10))
        assert (p <= 0.05) == ((nudge < 0) == (end == "low"))


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_sums_over_cohorts_and_groups_are_the_refits(grouped, held):
    orders = deals(grouped, 25)
    fast, slow = (changes(grouped, held, orders, alike=alike) for alike in (True, False))
    np.testing.assert_allclose(fast.t_draws, slow.t_draws, rtol=SAME, atol=SAME)
    np.testing.assert_allclose([fast.low, fast.high], [slow.low, slow.high], rtol=EDGE, atol=EDGE)


def test_size_of_a_difference_between_groups_with_the_same_effect(draw, draw_again):
    rng = np.random.default_rng(31)
    rejected, sums, cohorts = 0, None, np.repeat([2014, 0], [12, 16])
    groups = np.resize(["east", "west"], 28)
    frame = draw(rng, cohorts, range(2012, 2016), effect=lambda g, t: 2.0)
    frame["group"] = groups.repeat(4)
    again = draw_again(frame)
    for _ in range(120):
        frame["y"] = again(rng)
        seeded = np.random.default_rng(rng.integers(1_000_000))
        orders = list(cohort_permutations(cohorts, 39, seeded, groups))
        sums = sums or sums_by_group(frame)
        rejected += changes(frame, {}, orders, sums=sums).p_values[2] <= 0.05
    # Where both groups have an effect the test rests on studentisation: 120 draws, error 0.02.
    assert rejected / 120 < 0.11


# Sums made once for a roll-out.


@pytest.mark.parametrize("estimator", ESTIMATORS[:3])
def test_sums_made_once_serve_any_outcome(short, estimator):
    made = of(estimator, short, ("simple", "dynamic"))
    wanted = ("overall:simple", "event:1")
    orders = list(cohort_permutations(by_unit(short), 19, np.random.default_rng(14)))
    columns = (short[name].to_numpy() for name in ("unit", "year", "first_treated"))
    sums = rollout_sums(made, *columns, wanted=wanted)
    for y in (short["y"], np.sin(short["y"])):
        other = short.assign(y=y)
        anew, shared = (test(other, made, orders, wanted, sums=s) for s in (None, sums))
        for name in ("t", "p_values", "low", "high", "t_draws"):
            np.testing.assert_array_equal(getattr(shared, name), getattr(anew, name))


def test_sums_of_changes_by_group_serve_any_outcome(grouped):
    orders = deals(grouped, 19)
    sums = sums_by_group(grouped)
    assert sums.sizes.sum() == len(by_unit(grouped))
    assert len(sums.sizes) == 6
    anew, shared = (changes(grouped, {}, orders, sums=s) for s in (None, sums))
    np.testing.assert_array_equal(shared.t_draws, anew.t_draws)


def test_sums_of_something_else_are_refused(frame, frame_with_gaps):
    made = of(callaway_santanna, frame, ("simple",))
    unit, year, cohort = (frame[name].to_numpy() for name in ("unit", "year", "first_treated"))
    orders = list(cohort_permutations(by_unit(frame), 9, np.random.default_rng(15)))
    sums = rollout_sums(made, unit, year, cohort, wanted=["overall:simple"])
    with pytest.raises(UserError, match="the sums are of overall:simple; asked for: att:2015:2015"):
        test(frame, made, orders, ["att:2015:2015"], sums=sums)
    moved = frame.assign(first_treated=by_unit(frame)[::-1].repeat(frame["year"].nunique()))
    with pytest.raises(UserError, match="the sums are those of another roll-out"):
        test(moved, made, orders, ["overall:simple"], sums=sums)
    holed = [frame_with_gaps[name].to_numpy() for name in ("unit", "year", "first_treated")]
    with pytest.raises(UserError, match="sums by cohort take a balanced panel"):
        rollout_sums(made, *holed, wanted=["overall:simple"])
