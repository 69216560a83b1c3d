"""Exhibits and descriptions: ids of columns, and what is refused in one line."""

import dataclasses

import pytest

from pilotzone.catalogue import (
    Description,
    Exhibit,
    Family,
    Inference,
    Sample,
    Specification,
    beside,
    cut,
    grid,
)
from pilotzone.catalogue.descriptions import DESCRIPTIONS, FIELDS
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.errors import UserError

COLUMN = Specification(outcome="nqp", treatment="zone_first")
ROWS = {"sample": "main", "variables": ("nqp",)}


def exhibit(columns=(), **fields):
    return Exhibit(**{"title": "t", "title_zh": "标题", "columns": columns, **fields})


def described(kind="descriptives", **fields):
    return Description(kind=kind, **{**ROWS, **fields})


def test_column_id_joins_the_dimensions_that_vary():
    columns = grid(
        outcome=("nqp", "nqp_long"), treatment="zone_first", controls=("none", "baseline")
    )
    assert exhibit(columns).column_ids() == (
        "nqp:none",
        "nqp:baseline",
        "nqp_long:none",
        "nqp_long:baseline",
    )


def test_a_single_column_is_named_by_its_estimator():
    assert exhibit((COLUMN,)).column_ids() == ("twfe",)


def test_the_inference_joins_an_id_only_where_the_rest_is_alike():
    kinds = grid(outcome="nqp", treatment="zone_first", inference=("crv1", "crv3"))
    assert exhibit(kinds).column_ids() == ("crv1", "crv3")
    two = grid(outcome=("nqp", "nqp_long"), treatment="zone_first", inference="crv3")
    assert exhibit(two).column_ids() == ("nqp", "nqp_long")


def test_an_exhibit_draws_if_a_column_does():
    kinds = grid(outcome="nqp", treatment="zone_first", inference=("crv1", "crv3"))
    drawn = grid(
        outcome="nqp", treatment="zone_first", inference=Inference("permutation", draws=9, seed=1)
    )
    assert not exhibit(kinds).draws
    assert exhibit((*kinds, *drawn)).draws


def test_a_column_with_an_id_of_its_own_changes_no_other():
    two = grid(outcome=("nqp", "nqp_long"), treatment="zone_first")
    named = dataclasses.replace(COLUMN, sample="long", id="mine")
    assert exhibit((*two, named)).column_ids() == ("nqp", "nqp_long", "mine")


FEW = cut("main", id="few", words=("Few", "少"), excluded=("440000",))
OTHER = cut("main", id="few", words=("Few", "少"), excluded=("330000",))
MISTAKES = {
    "nothing": ({}, "give one of columns, columns_of and describe"),
    "two things": ({"columns": (COLUMN,), "describe": described()}, "give one of columns, "),
    "a title of another type": (
        {"columns": (COLUMN,), "title_zh": 3},
        "title_zh is 3; give a text",
    ),
    "a mapping for a description": (
        {"describe": {"kind": "moran"}},
        "describe is {'kind': 'moran'}; give a Description",
    ),
    "a name for a description": ({"describe": "moran"}, "describe is 'moran'; give a Description"),
    "one column for many": ({"columns": COLUMN}, "columns Specification(outcome='nqp', "),
    "columns in a list": ({"columns": [COLUMN]}, "give a tuple of Specifications, or a grid"),
    "a grid in a tuple": ({"columns": ((COLUMN,),)}, "give a tuple of Specifications, or a grid"),
    "names for columns": ({"columns": ("nqp",)}, "columns ('nqp',): give a tuple of Specific"),
    "columns that stand twice": (
        {"columns": (COLUMN, COLUMN)},
        "column 'twfe' stands twice; columns must differ in one of outcome, treatment, ",
    ),
    "ids that stand twice": (
        {"columns": tuple(dataclasses.replace(COLUMN, id="a", role=r) for r in ("baseline",) * 2)},
        "column 'a' stands twice",
    ),
    "two samples of one id": (
        {
            "columns": grid(outcome=("nqp", "nqp_long"), treatment="zone_first", sample=FEW)[:1]
            + grid(outcome=("nqp", "nqp_long"), treatment="zone_first", sample=OTHER)[1:]
        },
        "2 samples have the id 'few'; give each its own",
    ),
    "a layout": ({"columns": (COLUMN,), "layout": "typo"}, "layout 'typo' is not known; known: "),
    "a builder": ({"columns": (COLUMN,), "built_by": "typo"}, "built_by 'typo' is not known; "),
    "terms of another type": (
        {"columns": (COLUMN,), "terms": "event"},
        "terms 'event': give a tup",
    ),
    "needs of another type": (
        {"columns": (COLUMN,), "needs": "moran"},
        "needs 'moran': give a tup",
    ),
    "notes of another type": ({"columns": (COLUMN,), "notes": "A."}, "notes 'A.': give a tuple of"),
    "notes without their Chinese": (
        {"columns": (COLUMN,), "notes": ("A.", "B."), "notes_zh": ("甲。",)},
        "2 notes and 1 in Chinese; give one for one in notes and notes_zh",
    ),
    "a figure of another type": (
        {"columns": (COLUMN,), "figure": "bacon"},
        "figure is 'bacon'; give a Figure",
    ),
    "a family of another type": (
        {"columns": (COLUMN,), "family": "romano_wolf"},
        "family is 'romano_wolf'; give a Family",
    ),
}


@pytest.mark.parametrize(("fields", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_an_exhibit_is_one_line_that_names_it(fields, said):
    with pytest.raises(UserError) as caught:
        exhibit(**fields)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("exhibit 't': ")
    assert said in message


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "typo"}, "family 'typo' is not known; known: romano_wolf"),
        ({"draws": "99"}, "family 'romano_wolf': draws is '99'; give a whole number of at least 1"),
        ({"seed": None}, "family 'romano_wolf': seed is None; give a whole number of at least 0"),
    ],
)
def test_a_family_that_is_none_is_refused(fields, said):
    with pytest.raises(UserError, match=said):
        Family(**{"kind": "romano_wolf", "draws": 99, "seed": 1, **fields})


def test_notes_in_chinese_stand_for_the_english_ones():
    parts = {"columns": (COLUMN,), "notes": ("a", "b")}
    told = exhibit(**parts, notes_zh=("甲", "乙"))
    assert (told.notes_in("en"), told.notes_in("zh")) == (("a", "b"), ("甲", "乙"))
    assert exhibit(**parts).notes_in("zh") == ("a", "b")


COLUMNS = (COLUMN,)
STRANGE = (dataclasses.replace(COLUMN, outcome="openness"),)
DESCRIBED = {
    "an unknown kind": (
        {"kind": "typo"},
        "description 'typo' is not known; known: index_weights, ",
    ),
    "a field too many": ({"draws": 9}, "takes no draws; its fields: sample, variables"),
    "a matrix too many": ({"matrices": ("contiguity",)}, "takes no matrices; its fields: sample, "),
    "no variables": ({"variables": ()}, "needs variables; its fields: sample, variables"),
    "no sample": ({"sample": ""}, "needs sample; its fields: sample, variables"),
    "variables that are no tuple": ({"variables": ["nqp"]}, "variables ['nqp']: give a tuple of"),
    "one name for variables": ({"variables": "nqp"}, "variables 'nqp': give a tuple of names"),
    "variables of another type": ({"variables": (3,)}, "variables (3,): give a tuple of names"),
    "an unknown sample": ({"sample": "typo"}, "sample 'typo' is not known; known: long, main, "),
    "a sample of another type": ({"sample": 3}, "sample '3' is not known; known: long, main, "),
    "an unknown matrix": (
        {"kind": "convergence", "matrices": ("typo",)},
        "matrix 'typo' is not known; known: contiguity, ",
    ),
    "an option mistyped": (
        {"kind": "inequality", "options": (("buy", "region3"),)},
        "option 'buy' is not known; known: by",
    ),
    "no option": ({"kind": "inequality"}, "needs the option 'by' (a text)"),
    "an option of another type": (
        {"kind": "inequality", "options": (("by", 3),)},
        "option 'by' is 3; it takes a text",
    ),
    "options as a mapping": (
        {"kind": "inequality", "options": {"by": "region3"}},
        "give pairs, such as (('lags', 2),)",
    ),
    "draws of another type": (
        {"kind": "index_uncertainty", "draws": "9", "seed": 1, "columns": COLUMNS},
        "draws is '9'; give a whole number of at least 1",
    ),
    "columns that are names": (
        {"kind": "index_uncertainty", "draws": 9, "seed": 1, "columns": ("a",)},
        "columns ('a',): give a grid",
    ),
    "a column on another outcome": (
        {"kind": "index_uncertainty", "draws": 9, "seed": 1, "columns": STRANGE},
        "outcome of a column 'openness' is not known; known: ",
    ),
    "draws below one": (
        {"kind": "index_uncertainty", "draws": 0, "seed": 1, "columns": COLUMNS},
        "draws is 0; give a whole number of at least 1",
    ),
    "a baseline of another type": (
        {
            "kind": "design_audit",
            "baseline": "a",
            "draws": 9,
            "seed": 1,
            "sample": "",
            "variables": (),
        },
        "baseline is 'a'; give a Specification",
    ),
}


@pytest.mark.parametrize(("fields", "said"), DESCRIBED.values(), ids=DESCRIBED)
def test_a_mistake_in_a_description_is_one_line_that_names_it(fields, said):
    with pytest.raises(UserError) as caught:
        described(**fields)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"description '{fields.get('kind', 'descriptives')}'")
    assert said in message


def test_a_kind_names_fields_that_there_are_and_a_main_file():
    for name, kind in DESCRIPTIONS.items():
        assert set(kind.fields) <= set(FIELDS), name
        assert "" in kind.parts, name


def test_a_description_takes_a_sample_inline():
    what = described(sample=FEW)
    assert (what.rows, what.rows.id) == (FEW, "few")
    assert what.resolved() != described().resolved()
    assert isinstance(described().rows, Sample)
    assert described().rows == SAMPLES["main"]


def test_a_form_beside_leaves_the_other_ids_as_they_are():
    base = grid(outcome=("nqp", "nqp_long"), treatment=("zone_first", "zone_share"))
    some = tuple(column for column in base if column.treatment == "zone_first")
    changed = {"estimator": "imputation", "effects": "unit_trends"}
    made = (*base, *beside(base, "trends", effects="unit_trends"))
    made = (*made, *beside(some, "imputed", among=base, **changed))
    alone, together = (Exhibit(title="t", title_zh="t", columns=c) for c in (base, made))
    ids = together.column_ids()
    assert ids[:4] == alone.column_ids()
    assert ids[4:8] == tuple(f"{one}:trends" for one in ids[:4])
    assert ids[8:] == ("nqp:zone_first:imputed", "nqp_long:zone_first:imputed")
    # Another estimator brings its own inference.
    assert {column.inference.name for column in made[8:]} == {"influence"}
    assert {column.inference.name for column in made[:8]} == {"crv1"}
