"""Doses and bounds on the real panel: who is compared, what is withheld, which codes come.

EXACT: the numbers of the exhibits are made by the same arithmetic.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone import engine
from pilotzone.catalogue import Specification
from pilotzone.engine import bounded, dose_effects
from pilotzone.errors import UserError, decode
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

EXACT = 1e-10
DOSE = Specification(
    outcome="nqp",
    treatment="zone_share",
    estimator="dose_dynamic",
    options=(("audit_draws", 100),),
)
BOUNDS = Specification(
    outcome="nqp",
    treatment="zone_first",
    estimator="bounded_variation",
    options=(("audit_draws", 60),),
)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


class Other:
    """A store whose province panel has other rows."""

    def __init__(self, store, change):
        panel = store.panel("province")
        frame = change(panel.frame)
        self._panel = dataclasses.replace(panel, frame=frame, rollout=None)

    def panel(self, name):
        return self._panel


def test_the_share_of_switchers_compared_is_that_of_the_roll_out(store):
    """26 of 30 in the first year: those of 2020 have nobody left; 11 from the second on."""
    result = engine.estimate(DOSE, store)
    terms = result.terms.set_index("term")
    assert result.model["identified"] == "yes"
    np.testing.assert_allclose(terms.loc["compared:1", "estimate"], 26 / 30, atol=EXACT)
    np.testing.assert_allclose(terms.loc["compared:2", "estimate"], 11 / 30, atol=EXACT)
    counts = result.parts["switchers"].set_index("term")
    assert counts.loc["effect:1", ["n_switchers", "n_ever", "n_controls"]].tolist() == [26, 30, 4]
    assert counts.loc["effect:5", "n_switchers"] == 1
    (thin,) = decode(result.parts["cautions"].set_index("term").loc["effect:5", "reason"])
    assert (thin.code, thin.facts["units"]) == ("thin_cell", 1)
    assert result.model["inference"] == "influence_t:unit"
    assert result.model["nobs"] + result.model["n_dropped"] == 300


def test_a_dose_that_falls_is_not_identified(store):
    def falls(frame):
        last = (frame["province_code"] == frame["province_code"].iloc[0]) & (frame["year"] == 2022)
        return frame.assign(zone_share=frame["zone_share"].where(~last, 0.0))

    result = engine.estimate(DOSE, Other(store, falls))
    assert result.model["identified"] == "no"
    (reason,) = decode(result.model["reason"])
    assert (reason.code, reason.facts["units"], reason.facts["period"]) == ("dose_falls", 1, 2022)
    assert not len(result.terms)


def test_terms_that_cover_too_little_are_withheld_and_named(store, monkeypatch):
    result = engine.estimate(DOSE, store)
    covered = result.parts["simulation"].set_index("term")["coverage"]
    assert covered.min() >= dose_effects.MIN_COVERAGE
    # The rule moved above the third lowest: three terms go, with what is made of them.
    limit = covered.sort_values().iloc[2] + 1e-9
    monkeypatch.setattr(dose_effects, "MIN_COVERAGE", limit)
    less = engine.estimate(DOSE, store)
    lost = set(covered[covered < limit].index)
    named = next(r for r in decode(less.model["reason"]) if r.code == "terms_withheld")
    assert set(named.facts["terms"]) == lost
    gone = set(result.terms["term"]) - set(less.terms["term"])
    effects = {t for t in lost if t.startswith("effect")}
    assert lost <= gone
    assert {t.replace("effect", "normalised") for t in effects} <= gone
    monkeypatch.setattr(dose_effects, "MIN_COVERAGE", 1.1)
    none = engine.estimate(DOSE, store)
    assert none.model["identified"] == "no"
    assert decode(none.model["reason"])[0].code == "no_effect_covered"


def test_bounds_begin_where_nobody_is_untreated(store, monkeypatch):
    result = engine.estimate(BOUNDS, store)
    terms = result.terms.set_index("term")
    table = result.parts["bounds"].set_index(["period", "m"])
    assert set(table.index.get_level_values(0)) == {"2020", "2021", "2022", "all"}
    middle = terms.loc["identified_set:0", "estimate"]
    largest = terms.loc["largest_change", "estimate"]
    np.testing.assert_allclose(table.loc[("all", 1.0), "low"], middle - 2 * largest, atol=EXACT)
    ends = terms.loc["bounded_variation:2", ["ci_low", "ci_high"]]
    assert ends["ci_low"] < table.loc[("all", 2.0), "low"] < table.loc[("all", 2.0), "high"]
    codes = {reason.code: reason.facts for reason in decode(result.model["reference"])}
    assert codes["bounded_from"] == {"last": 2019, "units": 4}
    assert codes["bounded_years"] == {"start": 2020, "end": 2022}
    monkeypatch.setattr(bounded, "MIN_COVERAGE", 1.1)
    none = engine.estimate(BOUNDS, store)
    assert none.model["identified"] == "no"
    assert decode(none.model["reason"])[0].code == "coverage_too_low"


def test_bounds_where_someone_is_untreated_are_not_needed(store):
    early = dataclasses.replace(BOUNDS, sample="pre_covid")
    (reason,) = decode(engine.estimate(early, store).model["reason"])
    assert (reason.code, reason.facts["last"]) == ("untreated_to_the_end", 2019)
    with pytest.raises(UserError, match="takes no controls"):
        dataclasses.replace(BOUNDS, controls="baseline")
