"""The rules of a verdict, on made-up evidence."""

import dataclasses

import pytest

from pilotzone.claims.rules import ASKED, VERDICTS, Evidence, not_made, verdict
from pilotzone.claims.studies import CLAIMS, Claim

EFFECT = Claim(1, "made up", +1, "effect")
GOOD = Evidence(
    sign=+1,
    estimate=0.02,
    p_value=0.01,
    wild_p=0.04,
    randomisation_p=0.05,
    lead_p=0.5,
    same_sign=0.9,
    significant=0.6,
)


def changed(**fields):
    return dataclasses.replace(GOOD, **fields)


def test_a_claim_that_passes_every_check_holds():
    assert verdict(EFFECT, GOOD) == "holds"


@pytest.mark.parametrize(
    "fields",
    [
        {"p_value": 0.07},
        {"wild_p": 0.11},
        {"wild_p": None},
        {"randomisation_p": 0.2},
        {"lead_p": 0.05},
        {"lead_p": None},
        {"same_sign": 0.7},
        {"significant": 0.4},
    ],
)
def test_one_failed_or_missing_check_makes_it_fragile(fields):
    assert verdict(EFFECT, changed(**fields)) == "fragile"


@pytest.mark.parametrize("fields", [{"estimate": -0.02}, {"p_value": 0.10}, {"p_value": 0.8}])
def test_the_opposite_sign_or_no_effect_does_not_hold(fields):
    assert verdict(EFFECT, changed(**fields)) == "does not hold"


def test_bounds_count_as_the_rules_say():
    at_bounds = changed(same_sign=0.75, significant=0.5, p_value=0.0499, wild_p=0.0999)
    assert verdict(EFFECT, at_bounds) == "holds"
    assert verdict(EFFECT, changed(p_value=0.05)) == "fragile"
    assert verdict(EFFECT, changed(lead_p=0.10)) == "fragile"


def test_nothing_identified_is_said_before_anything_is_judged():
    assert verdict(EFFECT, Evidence(sign=+1)) == "not identified here"


def test_firm_claims_need_licensed_data_whatever_the_numbers():
    assert verdict(dataclasses.replace(EFFECT, kind="licensed"), GOOD) == "needs licensed data"


def test_a_theory_is_not_judged_whatever_the_numbers():
    assert verdict(dataclasses.replace(EFFECT, kind="theory"), GOOD) == "theory, not judged"


def test_what_was_not_made_is_named_by_kind_of_claim():
    assert not_made(EFFECT, GOOD) == ()
    assert not_made(EFFECT, changed(wild_p=None, same_sign=None)) == ("wild_p", "same_sign")
    spillover = dataclasses.replace(EFFECT, kind="spillover")
    assert not_made(spillover, changed(wild_p=None)) == ("placebo_p",)
    heterogeneity = dataclasses.replace(EFFECT, kind="heterogeneity")
    assert not_made(heterogeneity, changed(wild_p=None, interaction_p=0.01)) == ()


def test_of_what_is_not_judged_no_check_is_asked():
    assert not_made(EFFECT, Evidence(sign=+1)) == ()
    assert not_made(dataclasses.replace(EFFECT, kind="licensed"), Evidence(sign=+1)) == ()


def test_every_kind_that_is_judged_has_its_checks():
    judged = {claim.kind for claim in CLAIMS} - {"licensed", "theory"}
    assert judged == set(ASKED)
    fields = {field.name for field in dataclasses.fields(Evidence)}
    assert all(set(names) <= fields for names in ASKED.values())
    assert len(set(VERDICTS)) == 6


@pytest.mark.parametrize(
    ("p", "estimate", "expected"),
    [
        (0.01, 0.1, "holds"),
        (0.07, 0.1, "fragile"),
        (0.10, 0.1, "does not hold"),
        (0.01, -0.1, "does not hold"),
        (0.01, None, "holds"),
    ],
)
def test_heterogeneity_goes_by_the_interaction(p, estimate, expected):
    claim = dataclasses.replace(EFFECT, kind="heterogeneity")
    assert verdict(claim, Evidence(sign=+1, estimate=estimate, interaction_p=p)) == expected


@pytest.mark.parametrize(
    ("placebo", "expected"), [(0.05, "holds"), (0.10, "fragile"), (None, "fragile")]
)
def test_spillover_goes_by_the_indirect_effect_and_relabelled_matrices(placebo, expected):
    claim = dataclasses.replace(EFFECT, kind="spillover")
    evidence = Evidence(sign=+1, estimate=0.03, p_value=0.01, placebo_p=placebo)
    assert verdict(claim, evidence) == expected
