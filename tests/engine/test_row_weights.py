"""Row weights, two clusters that cross, covariates and anticipation as a column declares them.

SAME: the engine and the method on the same arrays differ by nothing but rounding. The answers on
castle-doctrine laws are printed to six digits (PRINTED).
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Inference, Sample, Specification
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.errors import UserError, decode
from pilotzone.methods.did.callaway_santanna import callaway_santanna
from pilotzone.methods.did.imputation import imputation
from pilotzone.methods.did.saturated import sun_abraham
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.cluster import Crossed
from pilotzone.panels.store import Panel

SAME = {"rtol": 1e-9, "atol": 1e-12}
PRINTED = {"rtol": 0, "atol": 5e-7}
REFERENCE = Path(__file__).parents[1] / "reference"


class Store:
    """A store that holds one panel."""

    def __init__(self, frame):
        self.held = Panel("own", frame, "unit", "year", None)

    def panel(self, name):
        return self.held


def sample(frame, **fields):
    first, last = int(frame["year"].min()), int(frame["year"].max())
    given = {"id": "own", "words": ("Rows", "样本"), "panel": "own", "incomplete": "drop"}
    return Sample(**given, first_year=first, last_year=last, **fields)


@pytest.fixture(scope="module")
def frame():
    """Rows of the known answers, a weight of its own for each unit and for each row."""
    found = pd.read_csv(REFERENCE / "panel.csv").assign(unit=lambda f: f["unit"].astype(str))
    rng = np.random.default_rng(8)
    found["by_row"] = rng.uniform(0.5, 2, len(found))
    return found.assign(by_unit=found.groupby("unit")["by_row"].transform("first"))


@pytest.fixture(scope="module")
def store(frame):
    return Store(frame)


def column(frame, **fields):
    return Specification(outcome="y", treatment="d", sample=sample(frame), **fields)


def row(result, term):
    return result.terms.set_index("term").loc[term, ["estimate", "std_error"]].astype(float)


@pytest.mark.parametrize("name", ["crv1", "crv3"])
def test_weighted_two_way(frame, store, name):
    spec = column(frame, row_weights="by_row", inference=name, controls=("x1",))
    result = engine.estimate(spec, store)
    given = frame["y"], frame["d"], ["d"], frame["x1"], ["x1"], frame["unit"], frame["year"]
    made = twfe(*given, weights=frame["by_row"].to_numpy(), vcov=name)
    assert_allclose(row(result, "d"), (made.coefficients[0], made.std_errors[0]), **SAME)
    said = [reason.code for reason in decode(result.model["reference"])]
    assert "rows_weighted" in said


def test_crossed_clusters(frame, store):
    spec = column(frame, inference=Inference("crv1", "unit+period"))
    result = engine.estimate(spec, store)
    given = frame["y"], frame["d"], ["d"], None, (), frame["unit"], frame["year"]
    made = twfe(*given, cluster=Crossed.of(frame["unit"], frame["year"]))
    assert_allclose(row(result, "d"), (made.coefficients[0], made.std_errors[0]), **SAME)
    assert result.model["inference"] == spec.inference.computed == "crv1:unit+period"
    assert (result.model["n_clusters"], result.terms["df"].astype(int).iloc[0]) == (12, 11)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("callaway_santanna", callaway_santanna),
        ("imputation", imputation),
        ("sun_abraham", sun_abraham),
    ],
)
def test_weighted_cells(frame, store, name, method):
    result = engine.estimate(column(frame, estimator=name, row_weights="by_unit"), store)
    given = frame["y"], frame["unit"], frame["year"], frame["first_treated"]
    average = method(*given, weights=frame["by_unit"]).aggregate("simple")
    found = average.estimates[0], average.std_errors[0]
    assert_allclose(row(result, "overall:simple"), found, **SAME)
    with pytest.raises(UserError, match="weight changes within unit"):
        engine.estimate(column(frame, estimator=name, row_weights="by_row"), store)


def test_covariates_and_anticipation(frame, store):
    spec = column(
        frame,
        estimator="callaway_santanna_never",
        controls=("x1",),
        options=(("base", "universal"), ("anticipation", 1)),
    )
    given = frame["y"], frame["unit"], frame["year"], frame["first_treated"]
    choices = {"controls": "never", "base": "universal", "anticipation": 1, "x": frame["x1"]}
    average = callaway_santanna(*given, **choices).aggregate("simple")
    found = average.estimates[0], average.std_errors[0]
    assert_allclose(row(engine.estimate(spec, store), "overall:simple"), found, **SAME)


def test_rows_without_weight_are_counted(frame):
    """Weight zero and an empty cell each cost the row; below zero is refused with its place."""
    some = frame.copy()
    some.loc[[3, 40], "by_row"] = (0.0, np.nan)
    result = engine.estimate(column(some, row_weights="by_row"), Store(some))
    assert (result.model["nobs"], result.model["n_dropped"]) == (len(frame) - 2, 2)
    some.loc[5, "by_row"] = -1
    with pytest.raises(UserError, match=r"'by_row': -1 for 1 in 2016; weights are numbers from 0"):
        engine.estimate(column(some, row_weights="by_row"), Store(some))


@pytest.mark.parametrize("name", [n for n, one in ESTIMATORS.items() if not one.row_weights])
def test_who_takes_no_row_weights_says_so(frame, name):
    with pytest.raises(UserError, match=r"takes no row weights; leave out 'by_row'|needs"):
        column(frame, estimator=name, row_weights="by_row")


@pytest.mark.parametrize(
    ("inference", "message"),
    [
        (Inference("crv3", "unit+year"), "'crv3' takes one cluster, not 'unit.year'; .* crv1$"),
        (Inference("crv1", "unit+unit"), "give one column, or two different ones"),
        (Inference("crv1", "unit+a+b"), "give one column, or two different ones"),
    ],
)
def test_what_cannot_cross(frame, inference, message):
    with pytest.raises(UserError, match=message):
        column(frame, inference=inference)
    with pytest.raises(UserError, match=r"takes one cluster|takes units as clusters|not compute"):
        column(frame, estimator="stacked", inference=Inference("crv1", "unit+year"))


def test_a_digest_knows_what_is_asked_for_alone(frame):
    """Columns without weights and anticipation keep the digest that they had before there were."""
    plain = column(frame, estimator="callaway_santanna")
    assert "row_weights" not in plain.resolved()
    assert "anticipation" not in plain.resolved()["options"]
    asked = [
        dataclasses.replace(plain, row_weights="by_unit"),
        dataclasses.replace(plain, options=(("anticipation", 1),)),
    ]
    assert len({plain.sha256, *(one.sha256 for one in asked)}) == 3


@pytest.mark.parametrize(
    ("weights", "answer"), [("", (0.069398, 0.055860)), ("popwt", (0.075533, 0.033194))]
)
def test_castle_doctrine(castle, weights, answer):
    """Cheng and Hoekstra (2013); fixest and reghdfe print the same."""
    laws = castle.rename(columns={"sid": "unit"}).astype({"popwt": float})
    rows = laws[["unit", "year", "l_homicide", "post", "popwt"]].astype({"unit": str})
    spec = Specification(
        outcome="l_homicide", treatment="post", sample=sample(rows), row_weights=weights
    )
    assert_allclose(row(engine.estimate(spec, Store(rows)), "post"), answer, **PRINTED)
