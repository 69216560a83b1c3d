"""A treatment moved forward: on whose rows, against whom, what is left out, what is refused.

EXACT: the same numbers from the same rows, cut by hand or by the option, a few hundred at a time.
"""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Specification, cut
from pilotzone.errors import Reason, UserError, decode
from pilotzone.panels.store import FolderStore

EXACT = {"rtol": 1e-9, "atol": 1e-12}
EARLY = (("years_early", 2),)
COLUMN = {"outcome": "nqp_no_digital_finance", "treatment": "zone_first"}
BEFORE = cut("main", id="before", words=("b", "b"), without=(("zone_first", 1),))
COAST = (("by", "coastal"), ("units_per_cohort", 0))
FINANCE = (("moderator", "digital_finance_index"), ("timing", "initial"))


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


class Other:
    """A store whose panel of provinces has other columns."""

    def __init__(self, store, **columns):
        self.store, self.columns = store, columns

    def panel(self, name):
        panel = self.store.panel(name)
        return dataclasses.replace(panel, frame=panel.frame.assign(**self.columns))

    def __getattr__(self, name):
        return getattr(self.store, name)


def facts(result, field="reference"):
    return {reason.code: reason.facts for reason in decode(result.model[field])}


@pytest.mark.parametrize(
    ("estimator", "effects", "options"),
    [
        ("twfe", "unit_trends", ()),
        ("callaway_santanna", "two_way", (("base", "universal"),)),
        ("imputation", "two_way", ()),
        ("imputation", "unit_trends", ()),
        ("moderation", "moderator_year", FINANCE),
        ("long_difference", "group_year", COAST),
    ],
)
def test_it_is_the_treatment_of_an_earlier_date_on_rows_without_the_true_one(
    store, estimator, effects, options
):
    shared = {"estimator": estimator, "effects": effects, **COLUMN}
    moved = engine.estimate(Specification(**shared, options=(*options, *EARLY)), store)
    dated = {**shared, "treatment": "zone_first__two_years_early"}
    by_hand = engine.estimate(Specification(**dated, sample=BEFORE, options=options), store)
    for name in ("estimate", "std_error"):
        assert_allclose(moved.terms[name], by_hand.terms[name], **EXACT)
    assert list(moved.terms["term"]) == [
        term.replace("__two_years_early", "") for term in by_hand.terms["term"]
    ]
    assert moved.model["nobs"] == by_hand.model["nobs"]
    assert moved.model["nobs"] + moved.model["n_dropped"] == 300
    assert facts(moved)["moved_forward"] == {"years": 2}


def test_cells_are_those_of_the_early_years_against_units_untreated_by_the_moved_date(store):
    spec = Specification(**COLUMN, estimator="callaway_santanna", options=EARLY)
    found = engine.estimate(spec, store)
    frame = store.panel("province").frame
    first = frame[frame["zone_first"] > 0].groupby("province_code")["year"].min() - 2
    table = frame.pivot(index="province_code", columns="year", values=COLUMN["outcome"])
    table = table.loc[first.index]
    terms = found.terms.set_index("term")["estimate"]
    cells = {(2014, 2014): 10, (2014, 2015): 10, (2017, 2017): 15}
    by_hand = {}
    for g, t in cells:
        change = table[t] - table[g - 1]
        by_hand[g, t] = change[first == g].mean() - change[first > t].mean()
        assert terms[f"att:{g}:{t}"] == pytest.approx(by_hand[g, t], rel=1e-9)
    average = sum(n * by_hand[cell] for cell, n in cells.items()) / sum(cells.values())
    assert terms["overall:simple"] == pytest.approx(average, rel=1e-9)
    # Of other cells after the moved date those alone are lost in which the cohort has rows.
    lost = found.parts["cells"].query("identified == 'no'")
    assert set(map(tuple, lost[["cohort", "year"]].astype(int).to_numpy())) == {
        *((2013, t) for t in (2013, 2014)),
        *((2018, t) for t in (2017, 2018, 2019)),
        (2017, 2018),
    }
    assert facts(found, "reason")["cells_lost"] == {"cells": 6}


def test_a_true_spillover_is_none_before_it(store):
    """What exposure adds to an outcome changes nothing where exposed rows are left out."""
    panel, weights = store.panel("province"), store.weights("contiguity", "province")
    frame = panel.frame
    table = frame.pivot(index="year", columns="province_code", values="zone_first")
    inside = table[list(weights.labels)]
    exposed = (inside @ weights.matrix.T).set_axis(inside.columns, axis=1).stack()
    where = [
        exposed.get(pair, 0.0) for pair in zip(frame["year"], frame["province_code"], strict=True)
    ]
    added = frame["nqp"] + 2.0 * np.array(where)
    shared = {"outcome": "nqp", "treatment": "zone_first", "weights": "contiguity"}
    spec = Specification(**shared, estimator="exposure", options=EARLY)
    plain, made = (engine.estimate(spec, s) for s in (store, Other(store, nqp=added)))
    assert_allclose(made.terms["estimate"], plain.terms["estimate"], **EXACT)
    assert made.model["nobs"] + made.model["n_dropped"] == 300
    of_sample = exposed[exposed.index.get_level_values("year").isin(range(2013, 2023))]
    untouched = (of_sample == 0) & (inside.stack().loc[of_sample.index] == 0)
    assert made.model["nobs"] == untouched.sum()
    dated = {**shared, "treatment": "zone_first__two_years_early", "sample": BEFORE}
    kept = Specification(**dated, estimator="exposure")
    before, after = (engine.estimate(kept, s) for s in (store, Other(store, nqp=added)))
    assert abs(after.terms["estimate"] - before.terms["estimate"]).iloc[1] > 0.1


def test_a_treatment_without_a_row_before_it_is_not_identified(store):
    late = cut("main", id="late", words=("l", "l"), first_year=2020)
    for estimator, effects in (("twfe", "two_way"), ("imputation", "unit_trends")):
        shared = {**COLUMN, "estimator": estimator, "effects": effects, "options": EARLY}
        result = engine.estimate(Specification(**shared, sample=late), store)
        assert decode(result.model["reason"]) == (Reason("nothing_before", {"years": 2}),)
        assert (result.model["identified"], result.model["nobs"]) == ("no", 0)
    absorbed = Specification(**COLUMN, sample="to_2018", effects="region_year", options=EARLY)
    frame = store.panel("province").frame
    west = frame["region3"].eq("west") & (frame["year"] >= 2017)
    result = engine.estimate(absorbed, Other(store, zone_first=west.astype(float)))
    assert facts(result, "reason").keys() == {"no_variation"}


def test_what_cannot_be_moved_forward(store):
    with pytest.raises(UserError, match="option 'years_early' is -1; give at least 0"):
        Specification(**COLUMN, options=(("years_early", -1),))
    with pytest.raises(UserError, match="option 'years_early' is not known; known: none"):
        Specification(**COLUMN, estimator="dose_bins", options=EARLY)
    for name in ("zone_share", "zone_first__exposure"):
        spec = Specification(outcome="nqp", treatment=name, options=EARLY)
        with pytest.raises(UserError, match=f"moves a treatment of 0 and 1; '{name}' is 0.") as e:
            engine.estimate(spec, store)
        assert "\n" not in str(e.value)
