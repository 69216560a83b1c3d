"""Bad input of every function: one line that names the culprit and the way out, as a ValueError."""

import inspect

import numpy as np
import pandas as pd
import pytest

import pilotzone as pz

# How each function is called on the made-up panel; ``base`` and further arguments by name.
REGRESSION = ("twfe", "wild_bootstrap", "local_projection", "poisson")
COHORTS = (
    *("att_gt", "event_study", "sun_abraham", "imputation", "two_stage", "extended_twfe"),
    *("stacked", "synthetic_did", "goodman_bacon", "negative_weights", "placebo", "multiverse"),
    *("form_test", "synthetic_control", "bounds", "interactive_effects", "matrix_completion"),
)
SPACE = ("sar", "sem", "sdm", "slx", "lm_tests")
FURTHER = {
    "stacked": {"window": (-2, 1)},
    "synthetic_did": {"draws": 20},
    "placebo": {"draws": 19},
    "form_test": {"draws": 19},
    "multiverse": {"draws": 19},
    "wild_bootstrap": {"draws": 19},
    "bounds": {"draws": 20},
    "dose_dynamic": {"draws": 20},
    "interactive_effects": {"draws": 10, "simulations": 4},
    "matrix_completion": {"draws": 10, "simulations": 4},
    "local_projection": {"draws": 5, "horizons": 1},
    "dagum": {"group": "group"},
}
ALL = (*REGRESSION, *COHORTS, *SPACE, "dose_dynamic", "moran", "dagum", "entropy_index")


@pytest.fixture
def call(columns, cohorts, ring):
    """Return a function that calls a public one by name, with arguments replaced."""

    def run(name, data, **changes):
        given = {**columns, **FURTHER.get(name, {})}
        if name == "entropy_index":
            given["indicators"] = {changes.pop("outcome", "y"): 1, "x": -1}
        elif name in COHORTS:
            given |= {**cohorts, "outcome": "y"}
        elif name in ("moran", "dagum"):
            given |= {"outcome": "y"}
        else:
            given |= {"outcome": "y", "treatment": "x"}
        if name in (*SPACE, "moran"):
            given["spatial_weights"] = ring
        given |= changes
        if name == "poisson" and "y" in data and pd.api.types.is_numeric_dtype(data["y"]):
            # What is below zero is refused before anything else.
            data = data.assign(y=data["y"].abs())
        return getattr(pz, name)(data, **given)

    return run


@pytest.fixture
def refused(call):
    """Return what a function says when it refuses: one line, of a ValueError."""

    def said(name, data, **changes):
        with pytest.raises(pz.UserError) as caught:
            call(name, data, **changes)
        text = str(caught.value)
        assert isinstance(caught.value, ValueError)
        assert text
        assert "\n" not in text
        return text

    return said


def test_every_function_with_data_is_listed():
    takes_data = {
        name
        for name in pz.__all__
        if inspect.isfunction(getattr(pz, name))
        and "data" in inspect.signature(getattr(pz, name)).parameters
    }
    assert takes_data == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_column_that_is_not_there(name, refused, df):
    text = refused(name, df, outcome="income")
    assert "'income'" in text
    for column in df:
        assert f"'{column}'" in text


@pytest.mark.parametrize("name", ALL)
def test_a_unit_twice_in_a_period(name, refused, df):
    text = refused(name, pd.concat([df, df.iloc[[3]]], ignore_index=True))
    assert "'u01' in 2013" in text
    assert "row 500" in text


@pytest.mark.parametrize("name", ALL)
def test_a_variable_without_a_value(name, refused, df):
    assert "'y' has no value" in refused(name, df.assign(y=np.nan))


@pytest.mark.parametrize("name", ALL)
def test_one_unit(name, refused, df):
    assert "one unit only" in refused(name, df[df["unit"] == "u01"])


@pytest.mark.parametrize("name", ALL)
def test_infinite_values(name, refused, df):
    spoiled = df.assign(y=df["y"].where(df.index != 7, np.inf))
    text = refused(name, spoiled)
    assert "row 7, column 'y'" in text
    assert "infinite" in text


@pytest.mark.parametrize("name", ALL)
def test_keys_in_the_index(name, refused, df):
    assert "data.reset_index()" in refused(name, df.set_index(["unit", "year"]))


@pytest.mark.parametrize("name", ALL)
def test_no_data_frame_and_no_rows(name, refused, df):
    assert "DataFrame" in refused(name, df.to_dict())
    assert "no rows" in refused(name, df.iloc[:0])


@pytest.mark.parametrize("name", COHORTS)
def test_a_first_period_that_varies(name, refused, df):
    moved = df.assign(first_treated=df["first_treated"].where(df["year"] < 2015, 2015))
    text = refused(name, moved)
    assert "first treated in 2015 here" in text
    assert "one period for a unit" in text


@pytest.mark.parametrize("name", COHORTS)
def test_a_treatment_that_switches_off(name, refused, df):
    off = df.assign(treated=df["treated"].where(df["year"] < 2018, 0))
    text = refused(name, off, first_treated=None, treatment="treated")
    assert "switches off" in text
    assert "2017" in text


@pytest.mark.parametrize("name", COHORTS)
def test_a_dose_has_no_cohorts(name, refused, df):
    assert "is a dose" in refused(name, df, first_treated=None, treatment="x")
    assert "one of first_treated" in refused(name, df, treatment="treated")


@pytest.mark.parametrize("name", [*SPACE, "moran"])
def test_a_matrix_of_other_units(name, refused, df, ring):
    other = ring.rename(index={"u01": "Paris"}, columns={"u01": "Paris"})
    text = refused(name, df, spatial_weights=other)
    assert "spatial_weights" in text
    assert "u01" in text
    assert "a DataFrame" in refused(name, df, spatial_weights=[[0, 1], [1, 0]])
    assert "spatial_weights is None" in refused(name, df, spatial_weights=None)


@pytest.mark.parametrize("name", REGRESSION)
def test_collinear_and_constant_regressors(name, refused, df):
    assert "'copy'" in refused(name, df.assign(copy=2 * df["x"]), covariates=["copy"])
    assert "'x' is the same in all" in refused(name, df.assign(x=1))


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ nothing", "'nothing'"),
        ("y ~ x | unit + year", "leave out '|'"),
        ("y", "write it as"),
        ("y ~ x +", "x"),
        ("~ x", "outcome"),
        ("y + x ~ treated", "one numeric outcome"),
        ("y ~ np.log(x)", "'np.log(x)'"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
def test_formulas(df, columns, formula, said):
    zero = df.assign(x=df["x"].where(df.index != 4, 0.0).abs())
    with pytest.raises(pz.UserError) as caught:
        pz.twfe(zero, formula, **columns)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weights": "x"}, "is below 0"),
        ({"weights": "size"}, "'size'"),
        ({"cluster": "state"}, "'state'"),
        ({"cluster": ["unit", "year", "group"]}, "two that cross"),
        ({"effects": "city"}, "'city'"),
        ({"vcov": "hc9"}, "crv1, crv3"),
        ({"covariates": ["x"]}, "distinct"),
        ({"unit": 3}, "name of a column"),
        ({"period": "group"}, "'east' is no number"),
    ],
)
def test_choices_of_a_regression(refused, df, changes, said):
    assert said in refused("twfe", df, **changes)


def test_arguments_that_are_not_there_are_those_of_python(df):
    with pytest.raises(
        TypeError, match=r"twfe\(\): missing a required (keyword-only )?argument: 'unit'"
    ):
        pz.twfe(df, "y ~ x", period="year")
    with pytest.raises(TypeError, match=r"att_gt\(\): got an unexpected keyword argument 'when'"):
        pz.att_gt(df, outcome="y", unit="unit", period="year", when="first_treated")


def test_what_an_estimator_does_not_use_is_refused(call, df, cohorts):
    ones = df.assign(one=1.0)
    for name, changes in {
        "sar": {"weights": "one"},
        "multiverse": {"weights": "one"},
        "goodman_bacon": {"covariates": "x"},
        "synthetic_did": {"covariates": "x"},
    }.items():
        with pytest.raises(pz.UserError, match=r"takes no|leave out"):
            call(name, ones, **changes)


def test_other_choices(call, df, cohorts):
    fit = call("att_gt", df)
    for wrong, said in (
        (lambda: fit.aggregate("cohort"), "simple, event, group, calendar"),
        (lambda: call("sun_abraham", df).aggregate("calendar"), "simple, event"),
        (lambda: call("att_gt", df, control_group="all"), "not_yet, never"),
        (lambda: call("stacked", df, window="-2 1"), "(-4, 4)"),
        (lambda: pz.honest_did(fit.aggregate("event")), "universal"),
        (lambda: pz.honest_did(fit.aggregate("simple")), "no path"),
        (lambda: pz.honest_did(df), "takes a fit"),
        (lambda: pz.table([]), "list of fits"),
        (lambda: pz.table(call("dagum", df.assign(y=df["y"].abs()))), "no regression"),
        (lambda: pz.table(fit, style="stars"), "stars"),
        (lambda: pz.table(fit).save("table.pdf"), ".docx"),
        (lambda: pz.table(fit).save("nowhere/table.md"), "no folder"),
        (lambda: call("entropy_index", df, indicators={"x": 2, "y": 1}), "sign"),
        (lambda: call("entropy_index", df, indicators={"x": 1}), "two columns"),
    ):
        with pytest.raises(pz.UserError) as caught:
            wrong()
        assert said in str(caught.value)


def test_what_is_not_identified_is_said_in_words(call, df):
    """A path of as many coefficients as clusters has no covariance of full rank."""
    few = df[df["unit"].isin(sorted(set(df["unit"]))[:9])]
    with pytest.raises(pz.UserError) as caught:
        pz.honest_did(call("event_study", few, draws=99))
    assert "path_covariance" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(pz.UserError, match="constant"):
        call("moran", df.assign(y=df["year"]))


def test_weights_of_zero_alone(refused, df):
    assert "are 0 in all" in refused("twfe", df.assign(w=0.0), weights="w")


def test_a_library_of_an_extra_that_is_not_installed(call, df, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(pz.UserError, match=r"install pilotzone\[parquet\]"):
        call("multiverse", df)


def test_an_unbalanced_panel_where_a_balanced_one_is_needed(refused, df):
    gap = df.drop(index=5)
    for name in ("synthetic_did", "goodman_bacon", "sdm"):
        assert "balanced" in refused(name, gap) or "lack" in refused(name, gap)
