"""Sun-Abraham, extended two-way fixed effects and stacking against R fixest and other programs.

Tolerances: the stored answers have 12 significant digits and both sides solve least squares
exactly (GOLD). Two computations of ours differ by rounding (EXACT).
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.imputation import imputation
from pilotzone.methods.did.saturated import extended_twfe, sun_abraham
from pilotzone.methods.did.stacked import stacked
from pilotzone.methods.did.twfe import twfe

GOLD = {"rtol": 0, "atol": 1e-10}
EXACT = {"rtol": 1e-9, "atol": 1e-9}


def simple(result):
    average = result.aggregate("simple")
    return [average.estimates[0], average.std_errors[0]]


def test_sun_abraham(frame, arguments, known):
    result = sun_abraham(*arguments(frame))
    assert_allclose(simple(result), known("sun_abraham", "att"), **GOLD)
    average = result.aggregate("dynamic")
    events = [*range(-9, -1), *range(8)]
    assert average.terms[1:] == tuple(f"event:{e}" for e in events)
    answers = np.array([known("sun_abraham_event", f"e{e}") for e in events])
    assert_allclose(average.estimates[1:], answers[:, 0], **GOLD)
    assert_allclose(average.std_errors[1:], answers[:, 1], **GOLD)
    assert result.df == 29


def test_sun_abraham_with_controls_and_gaps(frame, frame_with_gaps, arguments, second):
    result = sun_abraham(*arguments(frame), controls=frame[["x1", "x2"]])
    assert_allclose(simple(result), second("sun_abraham_x1_x2"), **GOLD)
    result = sun_abraham(*arguments(frame_with_gaps))
    assert_allclose(simple(result), second("sun_abraham_gaps"), **GOLD)


def test_extended_twfe(frame, frame_with_gaps, arguments, second):
    # The program that made the answers demeans iteratively, to 1e-8.
    assert_allclose(simple(extended_twfe(*arguments(frame))), second("extended_twfe"), atol=1e-8)
    gaps = extended_twfe(*arguments(frame_with_gaps))
    assert_allclose(simple(gaps), second("extended_twfe_gaps"), atol=1e-8)


def test_stacked_mean_of_events(frame, arguments, second):
    pair = frame[frame["first_treated"].isin([0, 2016, 2020]) & frame["year"].between(2013, 2018)]
    result = stacked(*arguments(pair), window=(-3, 2))
    assert result.events.names == ("event:-3", "event:-2", "event:0", "event:1", "event:2")
    assert_allclose(result.events.coefficients[2:].mean(), second("stacked_2016")[0], **GOLD)


def test_contributions_give_the_clustered_covariance(frame, arguments):
    result = extended_twfe(*arguments(frame), controls=frame["x1"])
    cells = zip(result.cohort, result.period, strict=True)
    dummies = [(frame["first_treated"] == g) & (frame["year"] == t) for g, t in cells]
    fit = twfe(
        frame["y"],
        np.column_stack(dummies),
        result.terms,
        frame["x1"],
        ["x1"],
        frame["unit"],
        frame["year"],
    )
    k = len(result.terms)
    assert_allclose(result.estimates, fit.coefficients[:k], **EXACT)
    assert_allclose(result.covariance, fit.covariance[:k, :k], **EXACT)
    assert result.df == fit.df


@pytest.mark.parametrize("estimator", [sun_abraham, extended_twfe])
@given(seed=st.integers(0, 2**32 - 1))
def test_what_changes_nothing(frame, arguments, estimator, seed):
    rng = np.random.default_rng(seed)
    before = estimator(*arguments(frame))
    names = rng.permutation(1000)[:31]
    years = np.unique(frame["year"])
    always = pd.DataFrame({"unit": 0, "year": years, "first_treated": 2010, "y": years**1.0})
    moved = pd.concat([frame, always]).sample(frac=1, random_state=int(rng.integers(1000)))
    moved = moved.assign(
        y=moved["y"] + names[moved["unit"]] / 100 + np.sin(7 * moved["year"]),
        unit=[f"unit {names[u]}" for u in moved["unit"]],
    )
    after = estimator(*arguments(moved))
    assert after.terms == before.terms
    assert_allclose(after.estimates, before.estimates, **EXACT)
    assert_allclose(after.std_errors, before.std_errors, **EXACT)
    assert len(after.unidentified) == 12
    assert after.n_dropped == 12


def test_extended_twfe_equals_imputation_on_a_balanced_panel(frame, arguments):
    one, other = extended_twfe(*arguments(frame)), imputation(*arguments(frame))
    assert one.terms == other.terms
    assert_allclose(one.estimates, other.estimates, **EXACT)


def test_last_cohort_as_reference(provinces, arguments):
    early = provinces[provinces["year"] <= 2019]
    last = sun_abraham(*arguments(early), reference="last")
    recoded = early.assign(first_treated=early["first_treated"].replace(2020, 0))
    never = sun_abraham(*arguments(recoded), reference="never")
    assert_array_equal(last.estimates, never.estimates)
    assert_array_equal(last.std_errors, never.std_errors)
    assert set(last.cohort) == {2015.0, 2016.0, 2019.0}
    assert set(last.n_controls) == {4}


def test_leads_of_a_cohort_after_the_sample(frame, arguments):
    early = frame[frame["year"] <= 2019]
    result = sun_abraham(*arguments(early))
    late = result.cohort == 2020
    assert result.event[late].max() == -2
    assert_array_equal(np.unique(result.n_controls), [6])


def test_periods_without_an_untreated_unit(provinces, arguments):
    result = extended_twfe(*arguments(provinces))
    early = extended_twfe(*arguments(provinces[provinces["year"] <= 2019]))
    assert_array_equal(result.estimates, early.estimates)
    assert len(result.unidentified) == 12
    lost = Reason("no_untreated_unit", {"cohort": 2016, "period": 2020})
    assert lost in [u.reason for u in result.unidentified]
    assert (result.nobs, result.n_dropped) == (210, 90)
    assert result.aggregate("simple").n_unidentified[0] == 12


@pytest.mark.parametrize(
    ("estimator", "options"), [(sun_abraham, {"reference": "last"}), (extended_twfe, {})]
)
def test_a_cohort_of_one_unit_has_no_error(provinces, arguments, estimator, options):
    early = provinces[provinces["year"] <= 2019]
    result = estimator(*arguments(early), **options)
    assert_array_equal(np.isnan(result.std_errors), result.cohort == 2015)
    assert np.isnan(simple(result)[1])
    assert result.aggregate("simple", (2015,)).std_errors[0] > 0


def test_stack_of_the_provinces(provinces, arguments):
    early = provinces[provinces["year"] <= 2018]
    result = stacked(*arguments(early), window=(-3, 2))
    assert [tuple(e) for e in result.experiments] == [(2016.0, 10, 19, 0)]
    assert [u.cohort for u in result.unidentified] == [2015.0, 2019.0, 2020.0]
    facts = {"cohort": 2015, "start": 2012, "end": 2017, "first": 2013, "last": 2018}
    assert result.unidentified[0].reason == Reason("window_outside", facts)
    pair = early[early["first_treated"] != 2015]
    d = ((pair["first_treated"] == 2016) & (pair["year"] >= 2016)).to_numpy(dtype=float)
    fit = twfe(pair["y"], d, ["d"], None, [], pair["unit"], pair["year"])
    assert_allclose(result.overall.coefficients, fit.coefficients, **EXACT)
    assert_allclose(result.overall.std_errors, fit.std_errors, **EXACT)


def test_stack_of_two_cohorts(frame, arguments):
    holed = frame.drop(index=frame[(frame["unit"] == 1) & (frame["year"] == 2015)].index)
    result = stacked(*arguments(holed), window=(-2, 1), controls=holed["x1"])
    samples = []
    for number, g in enumerate(e.cohort for e in result.experiments):
        inside = holed["year"].between(g - 2, g + 1)
        member = (holed["first_treated"].isin([0, g])) | (holed["first_treated"] > g + 1)
        samples.append(holed[inside & member].assign(stack=number, g=g))
    rows = pd.concat(samples)
    d = ((rows["first_treated"] == rows["g"]) & (rows["year"] >= rows["g"])).astype(float)
    fit = twfe(
        rows["y"],
        d,
        ["d"],
        rows["x1"],
        ["x1"],
        rows["unit"] + 100 * rows["stack"],
        rows["year"] + 10000 * rows["stack"],
        cluster=rows["unit"],
    )
    assert_allclose(result.overall.coefficients, fit.coefficients, **EXACT)
    assert_allclose(result.overall.std_errors, fit.std_errors, **EXACT)
    # Unit 1 (of 2019) lacks 2015, which lies in the windows of 2015 and 2016.
    assert [e.n_missing for e in result.experiments] == [1, 1, 0, 0, 0]


def test_reference_that_is_not_there(provinces, frame, arguments):
    with pytest.raises(NotIdentified) as error:
        sun_abraham(*arguments(provinces[provinces["year"] <= 2019]))
    assert error.value.reason == Reason(
        "no_never_treated", {"cohort": 2020, "first": 2013, "last": 2019}
    )
    with pytest.raises(NotIdentified) as error:
        sun_abraham(*arguments(provinces), reference="last")
    assert error.value.reason == Reason(
        "reference_treated", {"cohort": 2020, "first": 2013, "last": 2022}
    )
    with pytest.raises(UserError, match="6 units are never treated"):
        sun_abraham(*arguments(frame), reference="last")
    with pytest.raises(UserError, match="reference 'first' is unknown"):
        sun_abraham(*arguments(frame), reference="first")


def test_gaps_that_take_the_comparison_away(frame, arguments):
    no_controls = frame[~((frame["first_treated"] == 0) & (frame["year"] == 2014))]
    with pytest.raises(NotIdentified) as error:
        sun_abraham(*arguments(no_controls))
    assert error.value.reason == Reason("reference_not_observed", {"period": 2014})
    no_base = frame[~((frame["first_treated"] == 2018) & (frame["year"] == 2017))]
    with pytest.raises(NotIdentified) as error:
        sun_abraham(*arguments(no_base))
    assert error.value.reason == Reason("not_observed_before", {"cohort": 2018, "period": 2017})
    no_lead = frame[~((frame["first_treated"] == 2018) & (frame["year"] < 2018))]
    with pytest.raises(NotIdentified) as error:
        extended_twfe(*arguments(no_lead))
    assert error.value.reason.code == "collinear"
    assert error.value.reason.facts["variables"][0] == "cohort 2018 in 2018"


def test_nothing_to_estimate(provinces, arguments):
    with pytest.raises(NotIdentified) as error:
        extended_twfe(*arguments(provinces[provinces["year"] < 2015]))
    assert error.value.reason == Reason("no_cell")
    with pytest.raises(NotIdentified) as error:
        extended_twfe(*arguments(provinces[provinces["year"] >= 2020]))
    reason = error.value.reason
    why = reason.facts["why"]
    assert (reason.code, why.facts["cells"]) == ("no_effect", 12)
    assert why.facts["why"] == Reason(
        "no_period_before", {"cohort": 2015, "first": 2020, "last": 2022}
    )
    with pytest.raises(NotIdentified) as error:
        stacked(*arguments(provinces[provinces["first_treated"] == 2016]), window=(-1, 1))
    assert error.value.reason == Reason(
        "no_stack",
        {
            "whys": (
                Reason("no_untreated_throughout", {"cohort": 2016, "start": 2015, "end": 2017}),
            )
        },
    )
    with pytest.raises(UserError, match="must reach from event -1"):
        stacked(*arguments(provinces), window=(0, 2))
