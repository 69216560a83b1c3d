import pytest

from pilotzone.catalogue import Sample, phrasebook
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.inferences import INFERENCES
from pilotzone.catalogue.samples import OWN, SAMPLES
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.errors import UserError

READER = {"finance": ("Loans", "贷款")}


def test_a_readers_labels_go_before_the_codebooks_and_stay_with_the_lexicon():
    there = ENGLISH.variable("finance")
    english, chinese = Lexicon("en", READER, "firm"), Lexicon("zh", READER, "firm")
    assert english.variable("finance") == "Loans"
    assert chinese.term("W:finance") == "W×贷款"
    assert english.term("zone_first#finance") == f"{ENGLISH.variable('zone_first')} × Loans"
    assert ENGLISH.variable("finance") == there != "Loans"


def test_the_units_of_a_readers_panel_are_of_its_kind():
    assert Lexicon("en", kind="firm").units(OWN) == phrasebook.UNITS["firm"][0]
    assert Lexicon("zh", kind="city").units(OWN) == phrasebook.UNITS["city"][1]
    assert ENGLISH.units(OWN) == phrasebook.UNITS["other"][0]
    assert OWN not in phrasebook.UNITS
    assert Lexicon("en", kind="firm").effect("unit#trend", OWN) == "Firm trends"
    assert Lexicon("zh", kind="firm").cluster("unit", OWN) == "企业"


def test_a_language_without_words_is_refused():
    with pytest.raises(UserError, match="labels 'fr' is unknown; known: en, zh"):
        Lexicon("fr")


def test_lexicons_with_equal_words_are_equal():
    assert Lexicon("en", dict(READER)) == Lexicon("en", dict(READER)) != ENGLISH
    assert hash(Lexicon("zh")) == hash(CHINESE)


def test_a_sample_in_the_literal_is_its_own_description():
    inline = Sample(panel="province", first_year=2014, last_year=2016, label="three years")
    assert ENGLISH.sample(inline) == ENGLISH.sample_label(inline) == "three years"
    assert CHINESE.sample_label(inline).endswith("2014-2016年")
    assert ENGLISH.sample("main") == "Main"
    assert ENGLISH.sample_label("main") == SAMPLES["main"].label


def test_controls_in_the_literal_are_named_one_by_one():
    assert ENGLISH.controls(("finance", "openness")) == ", ".join(
        map(ENGLISH.variable, ("finance", "openness"))
    )
    assert ENGLISH.controls("baseline") == "Baseline"


@pytest.mark.parametrize(
    ("dimension", "name", "words"),
    [
        ("outcome", "nqp", ENGLISH.variable("nqp")),
        ("estimator", "twfe", "Two-way fixed effects"),
        ("weights", "contiguity", "Contiguity"),
        ("weights", "", ""),
        ("effects", "two_way", "Unit and year effects"),
        ("variant", "cutoff:300", "inverse distance to 300 km"),
        ("variant", "lee_yu", "Lee-Yu transformation"),
    ],
)
def test_what_a_column_has_in_a_dimension(dimension, name, words):
    assert ENGLISH.value(dimension, name) == words


def test_a_name_without_words_is_refused_with_the_table_to_fill():
    with pytest.raises(UserError, match=r"no words for 'typo'.*Two-way fixed effects"):
        ENGLISH.estimator("typo")
    with pytest.raises(UserError, match="no variable 'typo'"):
        ENGLISH.variable("typo")


def test_words_of_records_are_pairs():
    for table in (ESTIMATORS, INFERENCES, CONTROLS, SAMPLES):
        assert all(len(one.words) == 2 and all(one.words) for one in table.values())
    computed = {one.computed.partition(":")[0] for one in INFERENCES.values()}
    computed |= {one.above.partition(":")[0] for one in INFERENCES.values()}
    assert computed - {"", "none"} <= phrasebook.COMPUTED.keys()
