import pytest

from pilotzone import exhibits
from pilotzone.catalogue import Exhibit, Specification, grid
from pilotzone.catalogue.columns import find
from pilotzone.catalogue.literals import coding_and_timing, cohort_left_out
from pilotzone.errors import UserError


@pytest.fixture
def exhibit():
    return Exhibit(
        title="t",
        title_zh="t",
        columns=grid(outcome=("a", "b"), treatment="zone_first", controls=("none", "baseline")),
    )


def test_fields_that_are_not_named_are_at_their_default(exhibit):
    assert find("x", exhibit, outcome="a", treatment="zone_first") == "a:none"
    assert find("x", exhibit, outcome="b", controls="baseline") == "b:baseline"


def test_a_column_added_beside_it_breaks_nothing():
    exhibit = exhibits.load("city_did")
    fields = {"outcome": "nqp_city", "sample": "city", "controls": "city"}
    assert find("city_did", exhibit, **fields) == "city:city:two_way"
    assert find("city_did", exhibit, **fields, effects="unit_trends") == "city:city:unit_trends"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"outcome": "c"}, "x: no column has .*outcome='c'.*known: .*outcome: a, b"),
        ({"controls": "none"}, "x: 2 columns have .*controls='none'"),
        ({"colour": "red"}, "x: a column has no field 'colour'; known: outcome, "),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_known(exhibit, fields, message):
    with pytest.raises(UserError, match=message):
        find("x", exhibit, **fields)


def test_what_a_literal_holds():
    column = Specification(outcome="nqp", treatment="zone_share__next_year", variant="without_2015")
    assert coding_and_timing(column) == ("zone_share", "next_year")
    assert cohort_left_out(column) == 2015
    plain = Specification(outcome="nqp", treatment="zone_first", variant="lee_yu")
    assert coding_and_timing(plain) == ("zone_first", "half_year")
    assert cohort_left_out(plain) is None
