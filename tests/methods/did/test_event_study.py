"""Event studies: known answers, rank, support, refusals.

Coefficients and errors of the reference were printed with twelve digits by fixest: 1e-6 and 1e-5.
"""

import numpy as np
import pandas as pd
import pytest

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.event_study import dummies, event_study
from pilotzone.methods.inference.columns import rank_deficiency


@pytest.fixture(scope="module")
def known(root):
    gold = pd.read_csv(root / "tests/reference/gold.csv").set_index(["check", "quantity"])
    return pd.read_csv(root / "tests/reference/panel.csv"), gold


def arrays(panel):
    return (panel[c].to_numpy() for c in ("y", "unit", "year", "first_treated"))


def made_up(cohorts, years, effect=lambda e: 1.0 + e, trend=0.0, seed=0):
    """A panel without noise: unit and year effects, an effect by relative time, a trend."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(len(cohorts)), len(years))
    period = np.tile(years, len(cohorts))
    cohort = np.repeat(cohorts, len(years))
    e = period - cohort
    y = rng.normal(size=len(cohorts))[unit] + rng.normal(size=len(years))[period - years[0]]
    y = y + np.where((cohort > 0) & (e >= 0), effect(e), 0.0) + trend * period * (cohort > 0)
    return y, unit, period, cohort


def test_fixest_gives_the_same_event_study(known):
    panel, gold = known
    y, unit, period, cohort = arrays(panel)
    study = event_study(y, unit, period, cohort, window=None)
    for time, beta, error in zip(
        study.dummies.times, study.fit.coefficients, study.fit.std_errors, strict=True
    ):
        row = gold.loc[("event_study_twfe", f"e{time}")]
        assert beta == pytest.approx(row["value"], abs=1e-6)
        assert error == pytest.approx(row["std_error"], abs=1e-5)


def test_a_path_without_noise_is_recovered():
    y, *rest = made_up([0, 0, 2015, 2016], np.arange(2012, 2019))
    study = event_study(y, *rest, window=None)
    expected = [1.0 + e if e >= 0 else 0.0 for e in study.dummies.times]
    np.testing.assert_allclose(study.fit.coefficients, expected, atol=1e-10)


def test_without_an_untreated_unit_and_without_bins_nothing_is_identified():
    y, *rest = made_up([2015, 2015, 2016, 2017], np.arange(2012, 2020))
    with pytest.raises(NotIdentified) as error:
        event_study(y, *rest, window=None)
    assert error.value.reason == Reason(
        "rank_deficient", {"dummies": 9, "missing": 1, "effects": ("unit", "period")}
    )


def test_a_linear_trend_cannot_be_told_from_a_path_in_that_design():
    _, unit, period, cohort = made_up([2015, 2016, 2017], np.arange(2012, 2020))
    columns = dummies(unit, period, cohort, window=None)
    line = np.where(cohort > 0, period - cohort, 0) + 1.0
    fitted = columns.columns @ (np.array(columns.times) + 1.0)
    np.testing.assert_allclose(fitted, line)


def test_the_last_cohort_as_reference_identifies_the_path_before_it():
    y, unit, period, cohort = made_up([2015, 2015, 2016, 2020], np.arange(2012, 2020))
    study = event_study(y, unit, period, cohort, window=None, reference_cohort=2020)
    expected = [1.0 + e if e >= 0 else 0.0 for e in study.dummies.times]
    np.testing.assert_allclose(study.fit.coefficients, expected, atol=1e-10)


def test_bins_gather_what_lies_beyond_the_window():
    _, unit, period, cohort = made_up([0, 2015, 2016], np.arange(2010, 2021))
    made = dummies(unit, period, cohort, window=(-4, 4))
    assert made.times == (-4, -3, -2, 0, 1, 2, 3, 4)
    first = made.columns[:, 0] == 1
    assert set(zip(cohort[first], period[first], strict=True)) == {
        (2015, 2010),
        (2015, 2011),
        (2016, 2010),
        (2016, 2011),
        (2016, 2012),
    }
    assert made.names[0] == "event:-4"


def test_support_names_cohorts_and_units():
    _, unit, period, cohort = made_up([2015, 2015, 2018], np.arange(2013, 2020))
    made = dummies(unit, period, cohort, window=None)
    support = dict(zip(made.times, made.support, strict=True))
    assert support[-5] == {2018: 1}
    assert support[-2] == {2015: 2, 2018: 1}
    assert support[4] == {2015: 2}


def test_a_window_without_support_is_not_identified():
    _, unit, period, cohort = made_up([0, 2018], np.arange(2015, 2020))
    with pytest.raises(NotIdentified) as error:
        dummies(unit, period, cohort, window=(-3, 4))
    assert error.value.reason == Reason("empty_event", {"first": -3, "last": 4, "event": 2})


def test_no_treated_unit_is_not_identified():
    _, unit, period, cohort = made_up([0, 0], np.arange(2015, 2020))
    with pytest.raises(NotIdentified) as error:
        dummies(unit, period, cohort, window=None)
    assert error.value.reason == Reason("reference_alone")


def test_a_treated_reference_cohort_is_refused():
    _, unit, period, cohort = made_up([2015, 2018], np.arange(2013, 2020))
    with pytest.raises(UserError, match="cohort 2018 is treated in the sample"):
        dummies(unit, period, cohort, window=None, reference_cohort=2018)


def test_a_window_that_misses_the_reference_is_refused():
    _, unit, period, cohort = made_up([0, 2015], np.arange(2013, 2020))
    with pytest.raises(UserError, match="does not hold the reference"):
        dummies(unit, period, cohort, window=(0, 4))


def test_rank_deficiency_counts():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 3))
    assert rank_deficiency(x) == 0
    assert rank_deficiency(np.column_stack([x, x @ [1, 2, 3], x[:, 0]])) == 2
