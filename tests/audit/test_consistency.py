"""Consistency: each kind of damage to a row of estimates or models is named, and only it."""

import math

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.audit import consistency

COLUMN, TERM = "nqp:zone_share:none", "zone_share"
PLACE = f"did_baseline: {COLUMN} / {TERM}"


def failures(project):
    return [failure for check in consistency.checks(project) for failure in check.failures]


def test_a_sound_output_passes(project):
    assert failures(project) == []
    rows, models = consistency.checks(project)
    assert rows.measured.endswith(" rows")
    assert models.measured == "16 columns"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("p_value", lambda p: p * 1.0001, ["p_value"]),
        ("p_value", lambda p: math.nan, ["p_value"]),
        ("statistic", lambda t: -t, ["statistic"]),
        ("std_error", lambda s: s * 1.001, ["statistic", "ci_low", "ci_high"]),
        ("estimate", lambda b: b * 1.001, ["statistic", "ci_low", "ci_high"]),
        ("ci_low", lambda low: low + 1e-6, ["ci_low"]),
        ("ci_high", lambda high: high - 1e-6, ["ci_high"]),
        ("df", lambda df: "30", ["p_value", "ci_low", "ci_high"]),
        ("distribution", lambda d: "normal", ["p_value", "ci_low", "ci_high"]),
    ],
)
def test_numbers_that_contradict_each_other_are_named(project, change, field, value, named):
    change(project, "did_baseline", COLUMN, TERM, field, value)
    found = failures(project)
    assert [f.removeprefix(f"{PLACE}: ").split()[0] for f in found] == named
    assert all(f.startswith(PLACE) for f in found)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("nobs", lambda n: n - 1, "do not sum to the 300 rows of sample 'main' in sample_flow"),
        ("r2", lambda r: 1.2, "r2 is outside [0, 1]"),
        ("r2_within", lambda r: -0.1, "r2_within is outside [0, 1]"),
        ("n_treated", lambda n: 31, "more treated units than units"),
        ("n_clusters", lambda n: 301, "more clusters than observations"),
        ("n_units", lambda n: 31, "more units than its sample in sample_flow"),
        ("n_periods", lambda n: 9, "more observations than units times periods"),
        ("first_year", lambda y: 2023, "ends before it begins"),
        ("identified", lambda i: "no", "not identified, and yet there are estimates"),
    ],
)
def test_a_count_that_cannot_be_right_is_named(project, change, field, value, text):
    change(project, "did_baseline.models", COLUMN, "", field, value)
    (failure,) = failures(project)
    assert failure.startswith(f"did_baseline: {COLUMN}")
    assert failure.endswith(text)


def test_estimates_and_models_name_the_same_columns(project, edit):
    edit(project.estimates / "spatial_baseline.models.csv", "spatial_baseline,sdm", "x,sdn")
    found = failures(project)
    assert "spatial_baseline: sdm: estimates without a row among the models" in found
    assert "x: sdn: identified, and yet there is no estimate" in found


def test_a_damaged_file_is_named_and_the_rest_is_judged(project, edit):
    edit(project.estimates / "spatial_baseline.csv", "std_error", "error")
    found = failures(project)
    assert any(f.startswith("spatial_baseline.csv: cannot be read: columns are") for f in found)
    assert not any("did_baseline" in f for f in found)


def resampled(**cells):
    row = dict.fromkeys(estimates.ESTIMATES.order, math.nan)
    row |= {"exhibit": "e", "column": "c", "term": "x", "df": "", "distribution": "permutation"}
    return pd.DataFrame([row | {"p_value": 0.011, "draws": 999.0, "statistic": 2.0} | cells])


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({}, False),
        ({"distribution": "bootstrap"}, False),
        ({"p_value": 0.0113}, True),
        ({"draws": math.nan}, True),
        ({"p_value": 1.001}, True),
        ({"std_error": -1.0}, True),
        ({"ci_low": 1.0, "ci_high": 0.0}, True),
        ({"distribution": "F", "df": "3;29", "statistic": 2.0, "p_value": 0.1358717}, True),
        ({"distribution": "chi2", "df": "1", "statistic": 3.84, "draws": math.nan}, True),
    ],
)
def test_resampled_and_joint_tests(cells, wrong):
    assert bool(list(consistency.row_failures(resampled(**cells)))) is wrong


def test_joint_tests_that_are_right_pass():
    from scipy import stats

    f = {"distribution": "F", "df": "3;29", "p_value": stats.f.sf(2.0, 3, 29)}
    chi2 = {"distribution": "chi2", "df": "2", "p_value": stats.chi2.sf(2.0, 2)}
    for cells in (f, chi2):
        assert not list(consistency.row_failures(resampled(**cells, draws=np.nan)))
