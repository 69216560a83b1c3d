"""What reading B is made of: columns by kind of claim, on windows that the roll-outs give."""

import dataclasses

import numpy as np
import pytest

from pilotzone.catalogue.codebook import codebook
from pilotzone.catalogue.samples import sample
from pilotzone.catalogue.treatments import ZERO_ONE
from pilotzone.claims import designs, rules
from pilotzone.claims.facts import Estimate, Evidence
from pilotzone.claims.studies import Basis
from pilotzone.panels.samples import member_rows

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "panel": "city"}
PROVINCE = {"outcome": "nqp_no_ecommerce", "panel": "province"}
BASES = {
    "effect": Basis(**CITY),
    "mechanism": Basis("openness", "zone_first", "province"),
    "group": Basis(**CITY, by="coastal", higher="inland", lower="coastal"),
    "moderator": Basis(**PROVINCE, treatment="zone_first", moderator="digital_finance_index"),
    "level": Basis(**PROVINCE, treatment="cbec_proxy"),
    "dose": Basis(**PROVINCE, treatment="zone_share"),
    "spillover": Basis(**CITY, weights="nearest_6"),
}
# The fewest untreated clusters in a year of a window for effects of a zone.
FEWEST = 10


@pytest.mark.parametrize("kind", rules.JUDGED)
def test_every_kind_reads_what_its_rules_ask_for(kind):
    keys = set(designs.reads(kind, BASES[kind]))
    asked = {"theta", *(veto for veto in rules.VETOES[kind] if veto not in ("influence", "second"))}
    if kind in ("effect", "mechanism"):
        asked = {f"{form}:{key}" for form in ("callaway", "trend") for key in asked}
    elif kind in rules.WITH_SECOND:
        asked |= {"second"}
    if kind in rules.GRADUAL:
        asked |= {"beside_lead"}
    if kind == "spillover":
        asked |= {"indirect"}
    left_out = {key for key in keys if "left_out:" in key}
    beside = {key for key in keys if designs.BESIDE in key}
    assert keys - left_out - beside == asked | {"spread", "regressor"}
    forms = ("callaway:", "trend:") if kind in ("effect", "mechanism") else ("",)
    for form in forms:
        regions = {f"{form}left_out:region:{name}" for name in designs.REGIONS}
        assert regions <= left_out


def test_beside_stands_theta_of_other_outcomes_in_the_same_form():
    made = designs.reads("effect", BASES["effect"])
    for form in ("callaway", "trend"):
        theta = made[f"{form}:theta"]
        outcomes = {
            key.removeprefix(f"{form}:{designs.BESIDE}"): read.column.outcome
            for key, read in made.items()
            if key.startswith(f"{form}:{designs.BESIDE}")
        }
        assert outcomes == {
            "logs": "ln_nqp_city",
            "equal_weights": "nqp_city_equal",
            "placebo:ln_primary_value_added": "ln_primary_value_added",
            "placebo:ln_land_area": "ln_land_area",
        }
        for key, outcome in outcomes.items():
            read = made[f"{form}:{designs.BESIDE}{key}"]
            plain = dataclasses.replace(read.column, outcome="nqp_city", id=theta.column.id)
            assert (plain, read.term) == (theta.column, theta.term), outcome
    # A mediator has no placebo: its own alternative would be another mediator.
    assert not any(designs.BESIDE in key for key in designs.reads("mechanism", BASES["mechanism"]))


@pytest.mark.parametrize("kind", rules.JUDGED)
def test_columns_have_ids_of_their_own_and_no_time_varying_controls(kind):
    made = designs.reads(kind, BASES[kind])
    assert {read.column.control_variables for read in made.values()} == {()}
    columns = {dataclasses.replace(read.column, id="") for read in made.values()}
    ids = {read.column.id for read in made.values()}
    assert len(ids) == len(columns) == len(designs.columns([(kind, BASES[kind])]))


def test_claims_on_one_regression_share_its_columns():
    wanted = [("effect", BASES["effect"]), ("mechanism", BASES["effect"])]
    assert len(designs.columns(wanted)) == len(designs.columns(wanted[:1]))
    assert designs.regression(*wanted[0]) == designs.regression(*wanted[1])
    assert designs.regression(*wanted[0]) != designs.regression("mechanism", BASES["mechanism"])


@pytest.mark.parametrize(
    ("panel", "treatment"), [("province", "zone_first"), ("city", "zone_city")]
)
def test_windows_are_the_years_with_ten_untreated_units(panels, panel, treatment):
    window, frame = designs.WINDOWS[panel], panels.panel(panel).frame
    unit = panels.panel(panel).unit
    rows = frame[member_rows(sample(window.whole), frame, unit)]
    untreated = rows[rows[treatment] == 0].groupby("year")[unit].nunique()
    years = tuple(untreated.index[untreated >= FEWEST])
    inside = frame[member_rows(sample(window.sample), frame, unit)]
    assert tuple(np.unique(inside["year"])) == years
    # And at least as many treated ones.
    assert inside[inside[treatment] > 0][unit].nunique() >= FEWEST


@pytest.mark.parametrize(
    ("panel", "treatment"), [("province", "zone_first"), ("city", "zone_city")]
)
def test_cohorts_are_those_of_the_panel(panels, panel, treatment):
    window, frame = designs.WINDOWS[panel], panels.panel(panel).frame
    unit = panels.panel(panel).unit
    rows = frame[member_rows(sample(window.whole), frame, unit)]
    first = rows[rows[treatment] > 0].groupby(unit)["year"].min()
    assert set(window.whole_cohorts) == set(first)


def test_a_group_that_sorts_first_turns_the_sign():
    assert designs.sign_of("group", BASES["group"]) == 1
    turned = dataclasses.replace(BASES["group"], higher="coastal", lower="inland")
    assert designs.sign_of("group", turned) == -1
    assert designs.sign_of("effect", BASES["effect"]) == 1


def test_doses_and_levels_take_the_wild_bootstrap_and_zones_permuted_paths():
    def kind(name, basis):
        return designs.reads(name, basis)["theta"].column.inference

    assert kind("dose", BASES["dose"]).name == "wild_rademacher"
    assert kind("level", BASES["level"]).name == "wild_rademacher"
    assert kind("spillover", BASES["spillover"]).name == "permutation"
    dose = Basis(**PROVINCE, treatment="zone_share", weights="contiguity")
    assert kind("spillover", dose).name == "wild_paths"
    assert "early" not in designs.reads("spillover", dose)
    assert {kind("dose", BASES["dose"]).draws, kind("spillover", dose).draws} == {2_999}


def test_theta_of_an_effect_is_the_column_that_the_rules_chose():
    small, large = Estimate(0.1, 0.01), Estimate(0.1, 0.02)
    trend = Evidence("effect", 1, theta=small, second=large, trend=small)
    callaway = Evidence("effect", 1, theta=small, second=large, trend=large)
    assert designs.theta("effect", BASES["effect"], trend)[0].endswith("trend:theta")
    assert designs.theta("effect", BASES["effect"], callaway)[0].endswith("callaway:theta")
    level = designs.theta("level", BASES["level"], Evidence("level", 1, theta=small))
    assert level == ("gradual:nqp_no_ecommerce:cbec_proxy:theta", "cbec_proxy")


def test_what_is_0_or_1_is_what_the_codebook_says():
    rows = [row for panel in ("province", "city") for row in codebook(panel).values()]
    told = {row["variable"] for row in rows if row["kind"] == "treatment" and row["unit"] == "0/1"}
    coded = {name.partition("__")[0] for name in told}
    assert set(ZERO_ONE) == {name for name in coded if name in ZERO_ONE}
    others = {row["variable"] for row in rows if row["kind"] in ("treatment", "proxy")} - told
    assert not others & set(ZERO_ONE)


def test_an_outcome_that_lacks_years_has_a_sample_of_its_own():
    basis = Basis("tertiary_share_as_published", "zone_first", "province", sample="2014_to_2018")
    made = designs.reads("mechanism", basis)
    assert made["trend:theta"].column.sample == "2014_to_2018"
    cut = made["trend:left_out:region:east"].column.rows
    assert cut.parent == "2014_to_2018"
