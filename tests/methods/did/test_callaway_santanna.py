"""Callaway and Sant'Anna against R's did, a second program, and algebra.

Tolerances: the stored answers have 12 significant digits, and differences of means are exact in
both programs (GOLD). R's logit stops at 1e-8, which moves its doubly robust error in the seventh
digit (DOUBLY_ROBUST). Two computations of ours differ by rounding (EXACT).
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.callaway_santanna import callaway_santanna

GOLD = {"rtol": 0, "atol": 1e-10}
DOUBLY_ROBUST = {"rtol": 0, "atol": 1e-6}
EXACT = {"rtol": 1e-10, "atol": 1e-10}
LAST_YEARS = (2020, 2021, 2022)


@pytest.fixture(scope="module")
def fitted(frame, arguments):
    return {c: callaway_santanna(*arguments(frame), controls=c) for c in ("never", "not_yet")}


@pytest.mark.parametrize("controls", ["never", "not_yet"])
@pytest.mark.parametrize("kind", ["simple", "dynamic", "group", "calendar"])
def test_overall_estimates(fitted, known, controls, kind):
    check = f"callaway_santanna_{controls.replace('_', '')}treated"
    average = fitted[controls].aggregate(kind)
    value, error = known(check, kind)
    assert_allclose(average.estimates[0], value, **GOLD)
    if kind != "group":
        assert_allclose(average.std_errors[0], error, **GOLD)


def test_events(fitted, known):
    average = fitted["never"].aggregate("dynamic")
    assert average.terms[1:] == tuple(f"event:{e}" for e in range(-8, 8))
    answers = np.array(
        [known("callaway_santanna_dynamic_nevertreated", f"e{e}") for e in range(-8, 8)]
    )
    assert_allclose(average.estimates[1:], answers[:, 0], **GOLD)
    assert_allclose(average.std_errors[1:], answers[:, 1], **GOLD)


@pytest.mark.parametrize("controls", ["never", "not_yet"])
def test_error_of_the_group_average(fitted, second, controls):
    average = fitted[controls].aggregate("group")
    value, error = second(f"callaway_santanna_{controls.replace('_', '')}treated", "group")
    assert_allclose([average.estimates[0], average.std_errors[0]], [value, error], **GOLD)


@pytest.mark.parametrize("controls", ["never", "not_yet"])
def test_why_r_prints_another_error_for_the_group_average(fitted, known, frame, controls):
    """R's did 2.1.2 looks up the cohorts' sizes by cell: it takes the first cohort for all.

    Its contribution of the estimated shares p_g is then Σ_g θ_g [(1{G = g₁} − p_g) / P −
    p_g Σ_h (1{G = g₁} − p_h) / P²] with g₁ the first cohort in every term.
    """
    result = fitted[controls]
    cohorts = np.unique(result.cohort)
    cells = [np.flatnonzero((result.cohort == g) & (result.event >= 0)) for g in cohorts]
    theta = np.array([result.estimates[c].mean() for c in cells])
    influence = np.column_stack([result.influence[:, c].mean(axis=1) for c in cells])
    of_unit = frame.groupby("unit")["first_treated"].first().to_numpy()
    p = np.array([np.mean(of_unit == g) for g in cohorts])
    first = (of_unit == cohorts[0])[:, None] - p
    mislabelled = first / p.sum() - np.outer(first.sum(axis=1), p) / p.sum() ** 2
    total = influence @ (p / p.sum()) + mislabelled @ theta / len(of_unit)
    printed = known(f"callaway_santanna_{controls.replace('_', '')}treated", "group")[1]
    assert_allclose(np.sqrt(total @ total), printed, **GOLD)
    # The contributions of a proper influence function sum to zero; R's do not.
    assert abs(total.sum()) > 1e-3
    assert_allclose(result.aggregate("group").influence.sum(axis=0), 0.0, atol=1e-12)


def test_doubly_robust(frame, arguments, known):
    result = callaway_santanna(*arguments(frame), controls="never", x=frame["x1"])
    average = result.aggregate("simple")
    value, error = known("callaway_santanna_dr_x1", "simple")
    assert_allclose([average.estimates[0], average.std_errors[0]], [value, error], **DOUBLY_ROBUST)
    assert result.unidentified == ()


def test_gaps(frame_with_gaps, arguments, second):
    result = callaway_santanna(*arguments(frame_with_gaps))
    average = result.aggregate("simple")
    found = [average.estimates[0], average.std_errors[0]]
    assert_allclose(found, second("callaway_santanna_gaps"), **GOLD)
    assert result.n_missing.sum() > 0


def two_by_two(rng, treated, control):
    n = treated + control
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), 2),
            "year": np.tile([2000, 2001], n),
            "first_treated": np.repeat([2001] * treated + [0] * control, 2),
            "y": rng.normal(size=2 * n),
        }
    )


@given(st.integers(2, 9), st.integers(2, 9), st.integers(0, 2**32 - 1))
def test_two_periods_and_two_groups(arguments, treated, control, seed):
    frame = two_by_two(np.random.default_rng(seed), treated, control)
    result = callaway_santanna(*arguments(frame))
    change = frame["y"].to_numpy().reshape(-1, 2) @ [-1, 1]
    of_treated, of_controls = change[:treated], change[treated:]
    expected = of_treated.mean() - of_controls.mean()
    assert_allclose(result.estimates, [expected], **EXACT)
    variance = of_treated.var() / treated + of_controls.var() / control
    assert_allclose(result.std_errors, [np.sqrt(variance)], **EXACT)
    for kind in ("simple", "dynamic", "group", "calendar"):
        assert_allclose(result.aggregate(kind).estimates, expected, **EXACT)


@given(st.integers(0, 2**32 - 1))
def test_what_changes_nothing(frame, arguments, seed):
    rng = np.random.default_rng(seed)
    before = callaway_santanna(*arguments(frame), x=frame["x1"])
    names = rng.permutation(1000)[:31]
    moved = frame.sample(frac=1, random_state=int(rng.integers(1000)))
    moved = moved.assign(
        y=moved["y"] + names[moved["unit"]] / 100 + np.sin(7 * moved["year"]),
        x1=5 - 1000 * moved["x1"],
        unit=[f"unit {names[u]}" for u in moved["unit"]],
    )
    after = callaway_santanna(*arguments(moved), x=moved["x1"])
    assert after.terms == before.terms
    assert_allclose(after.estimates, before.estimates, rtol=1e-7, atol=1e-7)
    assert_allclose(after.std_errors, before.std_errors, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("controls", ["never", "not_yet"])
def test_an_always_treated_unit_changes_nothing(frame, arguments, fitted, controls):
    years = np.unique(frame["year"])
    extra = pd.DataFrame({"unit": 99, "year": years, "first_treated": 2011, "y": years**2.0})
    more = pd.concat([frame, extra], ignore_index=True)
    result = callaway_santanna(*arguments(more), controls=controls)
    assert_array_equal(result.estimates, fitted[controls].estimates)
    assert_array_equal(result.std_errors, fitted[controls].std_errors)
    for kind in ("simple", "group"):
        average, before = result.aggregate(kind), fitted[controls].aggregate(kind)
        assert_allclose(average.std_errors, before.std_errors, **EXACT)
    assert {u.cohort for u in result.unidentified} == {2011.0}
    facts = {"cohort": 2011, "first": 2011, "last": 2022}
    assert result.unidentified[0].reason == Reason("no_period_before", facts)
    assert result.n_dropped == fitted[controls].n_dropped + 12


def test_universal_base_sums_the_leads(fitted, frame, arguments):
    universal = callaway_santanna(*arguments(frame), controls="never", base="universal")
    varying = fitted["never"]
    step = dict(zip(varying.terms, varying.estimates, strict=True))
    for g, t, value in zip(universal.cohort, universal.period, universal.estimates, strict=True):
        if t >= g:
            assert value == step[f"att:{g:.0f}:{t:.0f}"]
        else:
            steps = [step[f"att:{g:.0f}:{s:.0f}"] for s in np.arange(t + 1, g)]
            assert_allclose(value, -np.sum(steps), **EXACT)
    assert not np.any(universal.event == -1)


def test_arguments_are_left_alone(frame, arguments):
    copies = [np.array(a) for a in arguments(frame)]
    callaway_santanna(*copies, x=frame["x1"].to_numpy())
    for copy, original in zip(copies, arguments(frame), strict=True):
        assert_array_equal(copy, original)


def test_cells_of_the_provinces(provinces, arguments):
    result = callaway_santanna(*arguments(provinces))
    cells = dict(
        zip(result.terms, zip(result.n_treated, result.n_controls, strict=True), strict=True)
    )
    assert cells["att:2015:2015"] == (1, 29)
    assert cells["att:2015:2016"] == (1, 19)
    assert cells["att:2016:2018"] == (10, 19)
    assert cells["att:2016:2019"] == (10, 4)
    assert cells["att:2019:2019"] == (15, 4)
    assert result.period[result.event >= 0].max() == 2019
    lost = {(u.cohort, u.period) for u in result.unidentified if u.period >= u.cohort}
    assert lost == {(g, t) for g in (2015, 2016, 2019, 2020) for t in LAST_YEARS}
    reason = next(u.reason for u in result.unidentified if u.period == 2021)
    assert (reason.code, reason.facts["period"]) == ("no_untreated_in_both", 2021)
    average = result.aggregate("simple")
    assert (average.n_cells[0], average.n_unidentified[0]) == (10, 12)


def test_a_cohort_of_one_unit_has_no_error(provinces, arguments):
    result = callaway_santanna(*arguments(provinces))
    alone = result.cohort == 2015
    assert np.isfinite(result.estimates[alone]).all()
    assert_array_equal(np.isnan(result.std_errors), alone)
    reasons = [None if reason is None else reason.code for reason in result.error_reasons]
    assert reasons == ["one_treated_unit" if lost else None for lost in alone]
    with_it, without = result.aggregate("simple"), result.aggregate("simple", (2015,))
    assert np.isnan(with_it.std_errors[0])
    assert with_it.std_errors_lower[0] > 0
    assert without.std_errors[0] == without.std_errors_lower[0]
    sizes = result.n_treated * (result.event >= 0) * ~alone
    assert_allclose(without.estimates[0], sizes @ result.estimates / sizes.sum(), **EXACT)
    assert np.isnan(result.covariance[0]).all()


def test_left_out_cohorts_leave_every_average(provinces, arguments):
    result = callaway_santanna(*arguments(provinces))
    assert result.aggregate("group", (2015,)).terms == (
        "overall:group",
        "cohort:2016",
        "cohort:2019",
    )
    assert result.aggregate("calendar", (2015,)).terms[1] == "calendar:2016"
    kept = provinces[provinces["first_treated"] != 2015]
    # Where 2015 is no control either (from its treatment on), dropping its unit is the same.
    dropped = callaway_santanna(*arguments(kept)).aggregate("dynamic")
    average = result.aggregate("dynamic", (2015,))
    events = [average.terms.index(f"event:{e}") for e in range(4)]
    same = [dropped.terms.index(f"event:{e}") for e in range(4)]
    assert_allclose(average.estimates[events], dropped.estimates[same], **EXACT)
    assert_allclose(average.std_errors[events], dropped.std_errors[same], **EXACT)


def test_a_cohort_after_the_sample_is_not_yet_treated(provinces, arguments):
    early = provinces[provinces["year"] <= 2019]
    result = callaway_santanna(*arguments(early))
    assert 2020 not in result.cohort
    assert result.n_controls[result.terms.index("att:2019:2019")] == 4
    with pytest.raises(NotIdentified) as error:
        callaway_santanna(*arguments(early), controls="never")
    assert error.value.reason == Reason(
        "no_never_treated", {"cohort": 2020, "first": 2013, "last": 2019}
    )


def test_nothing_identified(provinces, arguments):
    late = provinces[provinces["first_treated"] == 2016]
    with pytest.raises(NotIdentified) as error:
        callaway_santanna(*arguments(late))
    reason = error.value.reason
    why = reason.facts["why"]
    assert (reason.code, why.facts["cells"]) == ("no_effect", 7)
    assert why.facts["why"] == Reason(
        "no_untreated_in_both", {"cohort": 2016, "period": 2016, "base": 2015}
    )
    with pytest.raises(NotIdentified) as error:
        callaway_santanna(
            *arguments(provinces[provinces["year"] >= 2020].query("first_treated < 2019"))
        )
    reason = error.value.reason
    why = reason.facts["why"]
    assert (reason.code, why.facts["cells"]) == ("no_effect", 6)
    assert why.facts["why"] == Reason(
        "no_period_before", {"cohort": 2015, "first": 2020, "last": 2022}
    )
    with pytest.raises(NotIdentified) as error:
        callaway_santanna(*arguments(provinces[provinces["year"] < 2015]))
    assert error.value.reason == Reason("no_cell")
    with pytest.raises(NotIdentified) as error:
        callaway_santanna(*arguments(provinces)).aggregate("simple", (2015, 2016, 2019))
    reason = error.value.reason
    why = reason.facts["why"]
    assert reason.facts["without"] == (2015, 2016, 2019)
    assert (reason.code, why.facts["cells"]) == ("no_effect_without", 3)
    assert why.facts["why"] == Reason(
        "no_untreated_in_both", {"cohort": 2020, "period": 2020, "base": 2019}
    )


def test_missing_pairs_are_counted(draw, arguments):
    frame = draw(np.random.default_rng(5), [2003] * 3 + [0] * 4, range(2000, 2006))
    whole = callaway_santanna(*arguments(frame))
    assert not whole.n_missing.any()
    holed = frame[~((frame["unit"] == 0) & (frame["year"] == 2002))]
    result = callaway_santanna(*arguments(holed))
    # 2002 is the base of three cells, the period of one, and the base of no other lead.
    assert dict(zip(result.terms, result.n_missing, strict=True)) == {
        "att:2003:2001": 0,
        "att:2003:2002": 1,
        "att:2003:2003": 1,
        "att:2003:2004": 1,
        "att:2003:2005": 1,
    }
    rest = callaway_santanna(*arguments(frame[frame["unit"] != 0]))
    assert_allclose(result.estimates[1:], rest.estimates[1:], **EXACT)
    assert result.estimates[0] == whole.estimates[0]


def test_multiplier_bootstrap(frame, arguments):
    rng = np.random.default_rng
    result = callaway_santanna(*arguments(frame), draws=2000, rng=rng(1))
    # The spread of 2,000 draws is known to about 2 %; 55 cells allow for 4 such errors.
    assert_allclose(result.bands.std_errors, result.std_errors, rtol=0.08)
    assert 2.5 < result.bands.critical_value < 4.5
    events = result.aggregate("dynamic", draws=2000, rng=rng(1))
    assert len(events.bands.std_errors) == len(events.terms) - 1
    again = callaway_santanna(*arguments(frame), draws=2000, rng=rng(1))
    assert again.bands.critical_value == result.bands.critical_value


def test_bootstrap_skips_cells_without_error(provinces, arguments):
    result = callaway_santanna(*arguments(provinces), draws=100, rng=np.random.default_rng(2))
    assert_array_equal(np.isnan(result.bands.std_errors), result.cohort == 2015)
    assert np.isfinite(result.bands.critical_value)


def test_covariates_that_separate_lose_the_cell(draw, arguments):
    frame = draw(np.random.default_rng(6), [2002] * 5 + [2003] * 5 + [0] * 8, range(2000, 2004))
    rng = np.random.default_rng(7)
    x = rng.normal(size=len(frame)) + 50 * (frame["first_treated"] == 2002)
    result = callaway_santanna(*arguments(frame), x=x)
    assert set(result.cohort) == {2003.0}
    assert {u.cohort for u in result.unidentified} == {2002.0}
    facts = {"cohort": 2002, "period": 2002, "why": Reason("separated")}
    assert result.unidentified[1].reason == Reason("in_cell", facts)
    collinear = np.column_stack([x, 2 * x])
    with pytest.raises(NotIdentified) as error:
        callaway_santanna(*arguments(frame), x=collinear)
    assert error.value.reason.code == "no_effect"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first_treated": np.nan}, "'cohort' has 360 missing or infinite values; 0 means never"),
        ({"y": np.nan}, "'outcome' has 360 missing"),
        ({"year": "then"}, "'period': not all are numbers"),
        ({"year": 2011}, "unit 1 has 12 rows in 2011"),
    ],
)
def test_bad_panels(frame, arguments, change, message):
    with pytest.raises(UserError, match=message):
        callaway_santanna(*arguments(frame.assign(**change)))


def test_refusals(frame, arguments, fitted):
    two = frame.assign(first_treated=np.where(frame["year"] < 2015, 2018, 2016))
    with pytest.raises(UserError, match="unit 1 has cohorts 2018 and 2016"):
        callaway_santanna(*arguments(two))
    with pytest.raises(UserError, match="'outcome' has 3 rows"):
        callaway_santanna([1, 2, 3], *arguments(frame)[1:])
    with pytest.raises(UserError, match="'not_yet' or 'never'"):
        callaway_santanna(*arguments(frame), controls="all")
    with pytest.raises(UserError, match="cohort 1999 to be left out"):
        fitted["never"].aggregate("simple", (1999,))
    with pytest.raises(UserError, match="'weekly' is no average"):
        fitted["never"].aggregate("weekly")
    with pytest.raises(UserError, match="needs a generator"):
        callaway_santanna(*arguments(frame), draws=100)


def test_a_cohort_whose_rows_end_has_no_further_cells(provinces, arguments):
    """Rows of a cohort may end before the panel does; a gap within them is a lost cell."""
    frame = provinces[provinces["year"] < 2019]
    whole = callaway_santanna(*arguments(frame))
    ends = (frame["first_treated"] == 2016) & (frame["year"] > 2017)
    gap = (frame["first_treated"] == 2016) & (frame["year"] == 2016)
    ended = callaway_santanna(*arguments(frame[~ends]))
    assert not ended.unidentified
    assert set(whole.terms) - set(ended.terms) == {"att:2016:2018"}
    kept = [whole.terms.index(name) for name in ended.terms]
    assert_allclose(ended.estimates, whole.estimates[kept], **EXACT)
    holed = callaway_santanna(*arguments(frame[~(ends | gap)]))
    assert [(u.cohort, u.period) for u in holed.unidentified] == [(2016, 2016)]
    # So it is with one that is treated throughout.
    always = frame.assign(first_treated=frame["first_treated"].replace(2015, 2013))
    short = always[(always["first_treated"] != 2013) | (always["year"] < 2015)]
    lost = callaway_santanna(*arguments(short)).unidentified
    assert [(u.cohort, u.period) for u in lost] == [(2013, 2013), (2013, 2014)]
