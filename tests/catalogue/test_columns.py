import dataclasses

import pytest

from pilotzone import exhibits
from pilotzone.catalogue import Exhibit, Inference, Specification, cut, grid
from pilotzone.catalogue.columns import SEARCHED, Column, by_id, find, matching
from pilotzone.errors import UserError

ONE = {"outcome": "a", "treatment": "zone_first"}


def of(*columns):
    return Exhibit(title="t", title_zh="t", columns=columns)


@pytest.fixture
def exhibit():
    return of(*grid(outcome=("a", "b"), treatment="zone_first", controls=("none", "baseline")))


def test_fields_that_are_not_named_are_at_their_default(exhibit):
    assert find("x", exhibit, **ONE) == "a:none"
    assert find("x", exhibit, outcome="b", treatment="zone_first", controls="baseline") == (
        "b:baseline"
    )


def test_a_column_added_beside_it_breaks_nothing(exhibit):
    fields = {**ONE, "controls": "baseline"}
    own = cut("main", id="own", excluded=("440000",), words=("o", "o"))
    beside = (
        Specification(**fields, sample=own),
        Specification(**fields, effects="unit"),
        Specification(**fields, options=(("transform", "lag"),), variant="lagged_treatment"),
        Specification(**fields, inference=Inference("crv1", cluster="region3")),
        Specification(**fields, inference=Inference("wild_webb", draws=9, seed=1)),
    )
    more = of(*exhibit.columns, *beside)
    found = by_id(more)[find("x", more, **fields)]
    assert found == by_id(exhibit)["a:baseline"]
    for literal, said in zip(
        beside,
        (
            {"sample": own},
            {"effects": "unit"},
            {"transform": "lag"},
            {"inference": "crv1_by_region3"},
            {"inference": "wild_webb"},
        ),
        strict=True,
    ):
        assert by_id(more)[find("x", more, **fields, **said)] == literal


def test_the_variant_decides_nothing_unless_it_is_named():
    labelled = Specification(**ONE, variant="link")
    assert find("x", of(labelled), **ONE) == "twfe"
    assert find("x", of(labelled), **ONE, variant="link") == "twfe"
    with pytest.raises(UserError, match=r"no column has .*variant='own_controls'"):
        find("x", of(labelled), **ONE, variant="own_controls")
    both = of(labelled, Specification(**ONE))
    with pytest.raises(UserError, match=r"2 columns have .*: link, none; name the variant"):
        find("x", both, **ONE)
    assert find("x", both, **ONE, variant="") == "none"


def test_an_option_that_is_not_at_its_default_must_be_named():
    exhibit = of(Specification(**ONE, options=(("years_early", 2),)))
    assert find("x", exhibit, **ONE, years_early=2) == "twfe"
    with pytest.raises(UserError, match=r"no column has .*known: .*years_early: 2"):
        find("x", exhibit, **ONE)


def test_controls_may_stand_inline():
    exhibit = of(*grid(**ONE, controls=("none", ("openness", "finance"))))
    assert find("x", exhibit, **ONE, controls=("openness", "finance")) == "openness+finance"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"outcome": "c", "treatment": "zone_first"},
            "exhibit 'x': no column has outcome='c'.*known: outcome: a, b; .*add the column",
        ),
        ({"controls": "none"}, "exhibit 'x': name outcome and treatment; known: outcome: a, b"),
        ({"colour": "red"}, "exhibit 'x': field 'colour' is not known; known: outcome, "),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_known(exhibit, fields, message):
    with pytest.raises(UserError, match=message):
        find("x", exhibit, **fields)


def test_free_fields_may_be_anything(exhibit):
    assert matching(exhibit, ONE, free=("controls",)) == ["a:none", "a:baseline"]
    assert matching(exhibit, {**ONE, "controls": "none"}, free=("controls",)) == ["a:none"]


@pytest.mark.slow
def test_every_column_of_the_project_is_found_by_its_fields():
    for exhibit_id in exhibits.paths():
        exhibit = exhibits.load(exhibit_id)
        for column, literal in by_id(exhibit).items():
            fields = {name: getattr(literal, name) for name in SEARCHED} | dict(literal.options)
            assert Column(exhibit_id, **fields).within(exhibit) == column


def test_a_column_is_what_its_fields_say():
    one = Column("x", outcome="a", sample="city")
    assert one == Column("x", outcome="a", sample="city")
    assert len({one, Column("x", outcome="b")}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.exhibit = "y"
