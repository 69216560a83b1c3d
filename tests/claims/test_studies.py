"""The claims of the reviewed studies, against the files of literals."""

from pilotzone import exhibits
from pilotzone.catalogue.columns import by_id
from pilotzone.claims.studies import CLAIMS, STUDIES, study_of


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
        found = {
            (column.exhibit, column.within(exhibits.load(column.exhibit)))
            for column in claim.columns
        }
        assert len(found) == len(claim.columns), claim.text
        for exhibit in claim.robustness:
            assert exhibit in exhibits.paths()


def test_the_columns_of_a_claim_are_of_one_panel():
    for claim in CLAIMS:
        loaded = [(column, exhibits.load(column.exhibit)) for column in claim.columns]
        panels = {by_id(exhibit)[column.within(exhibit)].rows.panel for column, exhibit in loaded}
        assert panels <= {"province"} or panels <= {"city"}, claim.text


def test_a_claim_names_both_groups_or_none_and_reads_them_from_a_test():
    for claim in CLAIMS:
        assert bool(claim.higher) == bool(claim.lower)
        if claim.higher:
            assert (claim.kind, claim.term) == ("heterogeneity", "test:equality")
        else:
            assert not claim.text.startswith("Stronger in"), claim.text
