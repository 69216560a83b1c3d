"""Imputation and two stages against R didimputation, a second program, and brute force.

Tolerances: didimputation demeans iteratively, which leaves 1e-8 in the estimates (GOLD). The
answers of the second program come to the same with and without gaps or controls (SECOND). Two
computations of ours differ by rounding (EXACT).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.imputation import gardner, imputation, imputer

GOLD = {"rtol": 0, "atol": 5e-8}
SECOND = {"rtol": 0, "atol": 1e-8}
EXACT = {"rtol": 1e-9, "atol": 1e-9}


def simple(result):
    average = result.aggregate("simple")
    return [average.estimates[0], average.std_errors[0]]


def test_overall_and_horizons(frame, arguments, known):
    result = imputation(*arguments(frame))
    assert_allclose(simple(result), known("bjs_imputation", "treat"), **GOLD)
    average = result.aggregate("dynamic")
    answers = np.array([known("bjs_imputation_horizon", f"h{h}") for h in range(8)])
    assert average.terms[1:] == tuple(f"event:{h}" for h in range(8))
    assert_allclose(average.estimates[1:], answers[:, 0], **GOLD)
    assert_allclose(average.std_errors[1:], answers[:, 1], **GOLD)


def test_second_program(frame, frame_with_gaps, arguments, second):
    controls = frame[["x1", "x2"]]
    assert_allclose(simple(gardner(*arguments(frame))), second("gardner"), **SECOND)
    assert_allclose(
        simple(gardner(*arguments(frame), controls=controls)), second("gardner_x1_x2"), **SECOND
    )
    assert_allclose(
        simple(imputation(*arguments(frame), controls=controls)),
        second("imputation_x1_x2"),
        **SECOND,
    )
    gaps = imputation(*arguments(frame_with_gaps))
    assert_allclose(simple(gaps), second("imputation_gaps"), **SECOND)


def brute_force(frame, controls):
    """Least squares with dummies on untreated rows; weights v of the mean effect, by row."""
    dummies = [(frame["unit"] == u).to_numpy(float) for u in frame["unit"].unique()]
    dummies += [(frame["year"] == t).to_numpy(float) for t in frame["year"].unique()]
    design = np.column_stack([*dummies, frame[list(controls)].to_numpy()])
    treated = ((frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])).to_numpy()
    coefficients = np.linalg.pinv(design[~treated], rcond=1e-10)
    residual = frame["y"].to_numpy() - design @ (coefficients @ frame["y"].to_numpy()[~treated])
    weights = np.zeros(len(frame))
    weights[treated] = 1 / treated.sum()
    weights[~treated] = -weights[treated] @ design[treated] @ coefficients
    return treated, residual, weights


@pytest.mark.parametrize("controls", [[], ["x1", "x2"]])
def test_weights_and_errors_by_brute_force(frame_with_gaps, arguments, controls):
    frame = frame_with_gaps
    treated, residual, weights = brute_force(frame, controls)
    rows = frame.assign(left=residual, weight=weights, treated=treated)
    x = rows[controls] if controls else None
    of_cell = rows.groupby(["first_treated", "year"])["left"].transform("mean")
    centred = {
        "imputation": np.where(treated, residual - of_cell, residual),
        "gardner": np.where(treated, residual - residual[treated].mean(), residual),
    }
    for estimator in (imputation, gardner):
        result = estimator(*arguments(frame), controls=x)
        terms = weights * centred[result.estimator]
        by_unit = np.bincount(rows["unit"], terms)
        value = weights @ frame["y"]
        assert_allclose(simple(result), [value, np.sqrt(by_unit @ by_unit)], **EXACT)


def test_cells_are_means_of_imputed_effects(frame, arguments):
    treated, residual, _ = brute_force(frame, [])
    rows = frame.assign(left=residual)[treated]
    means = rows.groupby(["first_treated", "year"])["left"].mean()
    result = imputation(*arguments(frame))
    cells = list(zip(result.cohort.astype(int), result.period.astype(int), strict=True))
    assert_allclose(result.estimates, [means[cell] for cell in cells], **EXACT)


@given(st.integers(0, 2**32 - 1))
def test_what_changes_nothing(frame, arguments, seed):
    rng = np.random.default_rng(seed)
    before = imputation(*arguments(frame), controls=frame["x1"])
    names = rng.permutation(1000)[:31]
    moved = frame.sample(frac=1, random_state=int(rng.integers(1000)))
    moved = moved.assign(
        y=moved["y"] + names[moved["unit"]] / 100 + np.sin(7 * moved["year"]),
        x1=3 + 100 * moved["x1"],
        unit=[f"unit {names[u]}" for u in moved["unit"]],
    )
    after = imputation(*arguments(moved), controls=moved["x1"])
    assert after.terms == before.terms
    assert_allclose(after.estimates, before.estimates, **EXACT)
    assert_allclose(after.std_errors, before.std_errors, **EXACT)


def test_gardner_has_the_same_cells(frame, arguments):
    one, other = imputation(*arguments(frame)), gardner(*arguments(frame))
    assert_array_equal(one.estimates, other.estimates)
    assert_array_equal(one.std_errors, other.std_errors)
    assert simple(one)[1] < simple(other)[1]


@pytest.mark.parametrize(("name", "estimator"), [("imputation", imputation), ("gardner", gardner)])
def test_one_roll_out_serves_any_outcome(frame, arguments, name, estimator):
    """In any order, with gaps and controls: what is prepared does not change on the way."""
    gaps = frame.sample(frac=0.9, random_state=1)
    y, *where = arguments(gaps)
    prepared = imputer(name, *where[:2], controls=gaps["x1"])(where[2])
    other = np.random.default_rng(1).normal(size=len(y))
    for outcome in (y, other, y):
        made, plain = prepared(outcome), estimator(outcome, *where, controls=gaps["x1"])
        assert_array_equal(made.estimates, plain.estimates)
        assert_array_equal(made.influence, plain.influence)
    # Estimates and contributions are linear in the outcome.
    both = prepared(y - 2.0 * other)
    for part in ("estimates", "influence"):
        one, two = (getattr(prepared(outcome), part) for outcome in (y, other))
        assert_allclose(getattr(both, part), one - 2.0 * two, **EXACT)
    with pytest.raises(UserError, match="'outcome' has 3 rows"):
        prepared(other[:3])


def test_provinces(provinces, arguments):
    result = imputation(*arguments(provinces))
    assert result.period.max() == 2019
    assert len(result.unidentified) == 12
    facts = {"cohort": 2015, "period": 2020}
    assert result.unidentified[0].reason == Reason("no_untreated_unit", facts)
    assert result.n_dropped == 90
    early = imputation(*arguments(provinces[provinces["year"] <= 2019]))
    assert_allclose(result.estimates, early.estimates, **EXACT)
    assert_array_equal(np.isnan(result.std_errors), result.cohort == 2015)
    assert np.isfinite(result.aggregate("simple", (2015,)).std_errors[0])


def test_units_and_links_that_do_not_exist(frame, arguments, draw):
    late = frame[~((frame["unit"] == 1) & (frame["year"] < 2019))]
    result = imputation(*arguments(late))
    # Unit 1, of 2019, has no untreated row left: it is missing in each of the cohort's cells.
    assert_array_equal(result.n_missing[result.cohort == 2019], 1)
    assert not result.n_missing[result.cohort != 2019].any()
    assert result.n_dropped == 4


def test_periods_that_no_untreated_unit_links(draw, arguments):
    frame = draw(np.random.default_rng(1), [2003] * 3 + [0] * 3, range(2000, 2006))
    # The controls are seen from 2004 on only: no unit is untreated on both sides of the gap.
    apart = frame[(frame["first_treated"] != 0) | (frame["year"] >= 2004)]
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(apart))
    reason = error.value.reason
    why = reason.facts["why"]
    assert (reason.code, why.facts["cells"]) == ("no_effect", 3)
    assert why.facts["why"] == Reason("no_untreated_unit", {"cohort": 2003, "period": 2003})
    linked = frame[(frame["first_treated"] != 0) | (frame["year"] >= 2002)]
    assert imputation(*arguments(linked)).unidentified == ()
    later = frame[(frame["first_treated"] != 0) | (frame["year"] == 2000) | (frame["year"] > 2004)]
    reasons = [u.reason for u in imputation(*arguments(later)).unidentified]
    cells = [{"cohort": 2003, "period": t} for t in (2003, 2004)]
    assert reasons == [Reason("no_untreated_unit", cell) for cell in cells]


def test_untreated_units_without_a_link_to_the_cohort(draw, arguments):
    frame = draw(np.random.default_rng(2), [2002] * 3 + [0] * 6, range(2000, 2004))
    # Three controls are seen before 2002 and three from it on.
    first_half = frame["unit"] < 6
    apart = frame[(frame["unit"] < 3) | (first_half == (frame["year"] < 2002))]
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(apart))
    reason = error.value.reason
    why = reason.facts["why"]
    assert (reason.code, why.facts["cells"]) == ("no_effect", 2)
    assert why.facts["why"] == Reason("not_linked", {"cohort": 2002, "period": 2002})


def test_no_effect_at_all(provinces, frame, arguments):
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(provinces[provinces["year"] >= 2020]))
    reason = error.value.reason
    why = reason.facts["why"]
    assert (reason.code, why.facts["cells"]) == ("no_effect", 12)
    assert why.facts["why"] == Reason(
        "no_period_before", {"cohort": 2015, "first": 2020, "last": 2022}
    )
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(provinces[provinces["year"] < 2015]))
    assert error.value.reason == Reason("nobody_treated", {"first": 2013, "last": 2014})
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(frame), controls=frame["d"])
    assert error.value.reason == Reason("collinear_controls")
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(frame), controls=frame[["x1", "x1"]])
    assert error.value.reason == Reason("collinear_controls")
