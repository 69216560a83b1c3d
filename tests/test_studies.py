"""Claims and verdict rules, on made-up evidence and on the files of literals."""

import dataclasses

import pytest

from pilotzone import exhibits
from pilotzone.studies import CLAIMS, STUDIES, Claim, Evidence, study_of, verdict

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


def test_eight_studies_and_a_claim_of_each():
    assert [study.id for study in STUDIES] == list(range(1, 9))
    assert {claim.study for claim in CLAIMS} == set(range(1, 9))
    for claim in CLAIMS:
        assert study_of(claim).id == claim.study


def test_claims_on_firms_and_on_city_investment_need_licensed_data():
    for claim in CLAIMS:
        licensed = study_of(claim).unit == "firm" or "factor combination" in claim.text
        assert licensed == (claim.kind == "licensed")


def test_every_claim_but_theory_and_licensed_ones_is_linked():
    for claim in CLAIMS:
        assert bool(claim.exhibit) == (claim.kind not in ("licensed", "theory")), claim.text


def test_every_link_names_a_column_that_exists():
    for claim in CLAIMS:
        if claim.exhibit:
            ids = exhibits.load(claim.exhibit).column_ids()
            assert set(claim.columns) <= set(ids), claim.text
            assert claim.term
        for exhibit in claim.robustness:
            assert exhibit in exhibits.paths()
