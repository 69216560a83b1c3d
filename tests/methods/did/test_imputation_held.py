"""Imputation with unit trends and effects by period against an own program and dummies by rows.

Tolerances: the known answers are given to 1e-8 (GOLD); their errors are of 2,000 bootstrap draws
of 30 units, a ballpark (BALLPARK). Two computations of ours differ by rounding (EXACT).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.imputation import gardner, imputation

GOLD = {"rtol": 0, "atol": 1e-8}
BALLPARK = {"rtol": 0.25, "atol": 0}
EXACT = {"rtol": 1e-9, "atol": 1e-9}
REFERENCE = Path(__file__).parents[2] / "reference"


@pytest.fixture(scope="module")
def own():
    """Return a function check -> values and errors of the average and of horizons 0 to 7."""
    table = pd.read_csv(REFERENCE / "gold2.csv")
    table = table[table["software"].str.startswith("own")].set_index(["check", "quantity"])
    quantities = ["att_cells", *(f"e{h}" for h in range(8))]
    return lambda check: table.loc[[(check, q) for q in quantities], ["value", "std_error"]]


@pytest.mark.parametrize(
    ("check", "held"),
    [
        ("impute_twfe", {}),
        ("impute_unit_trends", {"unit_trends": True}),
        ("impute_unit_trends_x1x2", {"unit_trends": True, "controls": ["x1", "x2"]}),
    ],
)
def test_known_answers(frame, arguments, own, check, held):
    given = {**held, "controls": frame[held["controls"]]} if "controls" in held else held
    result = imputation(*arguments(frame), **given)
    found = result.aggregate("simple"), result.aggregate("dynamic")
    values = np.concatenate([found[0].estimates, found[1].estimates[1:]])
    assert_allclose(values, own(check)["value"], **GOLD)
    assert_allclose(found[0].std_errors[0], own(check)["std_error"].iloc[0], **BALLPARK)


def by_rows(frame, columns, controls):
    """Residuals of all rows from dummies fitted to the untreated ones, weights v of the mean."""
    unit = pd.get_dummies(frame["unit"]).to_numpy(float)
    period = pd.get_dummies(frame["year"]).to_numpy(float)
    design = [unit, period, frame[controls].to_numpy()]
    for column in columns:
        trend = column == "trend"
        of = frame["year"].to_numpy() - 2016.0 if trend else frame[column].to_numpy(float)
        design.append((unit if trend else period) * of[:, None])
    design = np.column_stack(design)
    treated = ((frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])).to_numpy()
    fitted = np.linalg.pinv(design[~treated], rcond=1e-10)
    residual = frame["y"].to_numpy() - design @ (fitted @ frame["y"].to_numpy()[~treated])
    weights = np.zeros(len(frame))
    weights[treated] = 1 / treated.sum()
    weights[~treated] = -weights[treated] @ design[treated] @ fitted
    return treated, residual, weights


@pytest.mark.parametrize("controls", [[], ["x1"]])
@pytest.mark.parametrize("columns", [["trend"], ["size"], ["trend", "size", "east", "west"]])
def test_estimates_and_errors_by_rows(frame_with_gaps, arguments, columns, controls):
    frame = frame_with_gaps.assign(
        size=np.cos(3.0 * frame_with_gaps["unit"]),
        east=frame_with_gaps["unit"] % 3 == 0,
        west=frame_with_gaps["unit"] % 3 != 0,
    )
    treated, residual, weights = by_rows(frame, columns, controls)
    rows = frame.assign(left=residual)
    of_cell = rows.groupby(["first_treated", "year"])["left"].transform("mean")
    centred = {
        "imputation": np.where(treated, residual - of_cell, residual),
        "gardner": np.where(treated, residual - residual[treated].mean(), residual),
    }
    shared = [column for column in columns if column != "trend"]
    held = {"unit_trends": "trend" in columns}
    held["by_period"] = frame[shared].astype(float) if shared else None
    held["controls"] = frame[controls] if controls else None
    for estimator in (imputation, gardner):
        result = estimator(*arguments(frame), **held)
        by_unit = np.bincount(rows["unit"], weights * centred[result.estimator])
        average = result.aggregate("simple")
        expected = [weights @ frame["y"], np.sqrt(by_unit @ by_unit)]
        assert_allclose([average.estimates[0], average.std_errors[0]], expected, **EXACT)


def test_what_the_effects_absorb_changes_nothing(frame, arguments):
    size = np.sin(5.0 * frame["unit"])
    held = {"unit_trends": True, "by_period": size}
    before = imputation(*arguments(frame), **held).aggregate("simple")
    trend = np.cos(frame["unit"]) * frame["year"] + size * np.tan(frame["year"])
    after = imputation(*arguments(frame.assign(y=frame["y"] + trend)), **held).aggregate("simple")
    assert_allclose(after.estimates, before.estimates, rtol=0, atol=1e-7)
    assert_allclose(after.std_errors, before.std_errors, rtol=1e-6)


def test_trends_find_the_effect_that_two_way_effects_miss(draw, arguments):
    rng = np.random.default_rng(7)
    frame = draw(rng, [2016] * 40 + [0] * 60, range(2008, 2020), effect=lambda g, t: 1.0)
    own_trend = np.where(frame["first_treated"] > 0, 0.5, 0.0) + 0.1 * np.sin(frame["unit"])
    frame = frame.assign(y=frame["y"] + own_trend * (frame["year"] - 2008))
    plain = imputation(*arguments(frame)).aggregate("simple")
    trends = imputation(*arguments(frame), unit_trends=True).aggregate("simple")
    # The treated gain 0.5 a year whatever their zone: an error of trends of about 0.2.
    assert plain.estimates[0] > 3
    assert abs(trends.estimates[0] - 1) < 3 * trends.std_errors[0]
    assert trends.std_errors[0] < 0.4


def test_a_trend_needs_two_untreated_rows(draw, arguments):
    frame = draw(np.random.default_rng(3), [2001] * 2 + [2003] * 2 + [0] * 6, range(2000, 2007))
    result = imputation(*arguments(frame), unit_trends=True)
    facts = {"cohort": 2001, "period": 2001, "rows": 2}
    assert result.unidentified[0].reason == Reason("few_untreated_rows", facts)
    assert len(result.unidentified) == 6
    # Its two units fix nothing but their own intercept: their untreated rows are left out too.
    assert result.n_dropped == 2 * 6 + 2
    alone = frame[frame["first_treated"] != 2003]
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(alone), unit_trends=True)
    assert error.value.reason.code == "no_effect"
    # One unit of the later cohort is seen once before 2003: missing in the cells of its cohort.
    late = frame[~((frame["unit"] == 2) & (frame["year"] < 2002))]
    result = imputation(*arguments(late), unit_trends=True)
    assert set(result.n_missing[result.cohort == 2003]) == {1}


def test_a_group_without_untreated_units_in_a_period_has_no_effect(draw, arguments):
    frame = draw(np.random.default_rng(4), [2003] * 4 + [0] * 4, range(2000, 2006))
    together = frame.assign(group=(frame["first_treated"] > 0).astype(float))
    with pytest.raises(NotIdentified) as error:
        imputation(*arguments(together), by_period=together["group"])
    why = error.value.reason.facts["why"].facts["why"]
    assert why == Reason("not_linked", {"cohort": 2003, "period": 2003})


def test_a_variable_that_changes_within_a_unit(frame, arguments):
    with pytest.raises(UserError, match="changes within unit 1;"):
        imputation(*arguments(frame), by_period=frame["x1"])
    with pytest.raises(UserError, match="'by_period 1' has 360 missing"):
        imputation(*arguments(frame), by_period=np.full(len(frame), np.nan))
