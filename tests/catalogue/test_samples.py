"""Samples and sets of controls: declared ones hang together, inline ones can't lie."""

import pytest

from pilotzone.catalogue import Sample, Specification, cut
from pilotzone.catalogue.controls import CONTROLS, POLICIES, controls_id, variables
from pilotzone.catalogue.samples import CITY_SAMPLES, SAMPLES, in_order
from pilotzone.errors import UserError

FEW = {"id": "few", "words": ("Few", "少")}


def test_a_sample_lies_inside_its_parent():
    for sample in SAMPLES.values():
        parent = SAMPLES.get(sample.parent, sample)
        assert parent.first_year <= sample.first_year <= sample.last_year <= parent.last_year
        assert set(parent.excluded) <= set(sample.excluded)


def test_a_parent_is_declared_before_its_children():
    seen = {""}
    for name, sample in SAMPLES.items():
        assert sample.parent in seen, name
        assert sample.panel == SAMPLES.get(sample.parent, sample).panel
        assert set(SAMPLES.get(sample.parent, sample).without) <= set(sample.without)
        seen.add(name)


def test_samples_of_cities_are_of_2011_to_2020_and_count_what_is_missing():
    for sample in CITY_SAMPLES:
        last = 2019 if sample.id == "city_pre_covid" else 2020
        assert (sample.first_year, sample.last_year) == (2011, last), sample.id
        assert not sample.excluded
        if sample.panel == "city":
            balanced = ("balanced", 0) in sample.without
            assert sample.incomplete == ("drop_units" if balanced else "drop"), sample.id
    assert SAMPLES["city_sums"].incomplete == "refuse"
    assert {s.incomplete for s in SAMPLES.values() if s.panel == "province"} == {"refuse"}


def test_a_sample_of_one_cohort_leaves_the_others_out():
    declared = {2015, 2016, 2019, 2020}
    for cohort in (2016, 2019, 2020):
        pairs = SAMPLES[f"city_cohort_{cohort}"].without
        left_out = {value for column, value in pairs if column == "cohort"}
        assert left_out == declared - {cohort}
        assert ("balanced", 0) in pairs


def test_words_of_samples_stand_in_both_languages():
    for name, sample in SAMPLES.items():
        assert len(sample.words) == len(sample.label) == 2, name
        assert all((*sample.words, *sample.label)), name


def test_a_cut_leaves_out_more_and_says_so():
    made = cut("no_municipalities", excluded=("440000",), first_year=2015, **FEW)
    parent = SAMPLES["no_municipalities"]
    assert made.excluded == (*parent.excluded, "440000")
    assert (made.first_year, made.last_year, made.parent) == (2015, 2022, "no_municipalities")
    assert made.label == (f"{parent.label[0]} (Few)", f"{parent.label[1]}（少）")
    city = cut("city_no_batch_5", without=(("region4", "northeast"),), **FEW)
    assert city.without == (("zone_batch", 5), ("region4", "northeast"))
    assert (city.panel, city.incomplete) == ("city", "drop")
    assert cut("main", label=("a", "b"), **FEW).label == ("a", "b")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"parent": "typo"}, "sample 'typo' is not known; known: long, main, "),
        ({"id": "main"}, "'main' is declared otherwise; rename it"),
        ({"id": ""}, "sample '': give an id, and words in English and Chinese"),
        ({"words": "ab"}, "sample 'few': give an id, and words in English and Chinese"),
        ({"words": ("Few",)}, "give an id, and words in English and Chinese"),
        ({"exclude": ("440000",)}, "sample 'few': field 'exclude' is not known; known: first_year"),
        ({"excluded": "440000"}, "sample 'few': excluded .* give a tuple of codes of units"),
        ({"excluded": (440000,)}, "excluded .* give a tuple of codes of units"),
        ({"without": ("coastal", 1)}, "without .* give a tuple of \\(column, value\\)"),
        ({"first_year": "2014"}, "first_year and last_year are whole numbers"),
        ({"first_year": 2020, "last_year": 2015}, "the years 2020-2015 are none"),
        ({"first_year": 2011}, "its years lie outside those of 'main', 2013-2022; cut another"),
        ({"incomplete": "typo"}, "incomplete 'typo' is not known; known: refuse, drop, drop_units"),
    ],
)
def test_what_is_no_cut_is_refused_in_one_line(changes, said):
    with pytest.raises(UserError, match=said) as caught:
        cut(**{"parent": "main", **FEW, **changes})
    assert "\n" not in str(caught.value)


def test_a_sample_of_another_name_is_not_one_that_is_declared():
    main = SAMPLES["main"]
    wider = Sample(id="main", words=main.words, panel="province", first_year=2011, last_year=2023)
    with pytest.raises(UserError, match="column nqp on d by twfe: sample 'main' is declared other"):
        Specification(outcome="nqp", treatment="d", sample=wider)
    assert Specification(outcome="nqp", treatment="d", sample=main).rows == main
    lost = Sample(panel="province", first_year=2013, last_year=2022, parent="typo", **FEW)
    with pytest.raises(UserError, match="sample 'few': parent 'typo' is not known; known: long"):
        Specification(outcome="nqp", treatment="d", sample=lost)


def test_a_panel_that_is_none_is_refused():
    with pytest.raises(UserError, match="sample 'few': panel 'typo' is not known; known: province"):
        Sample(panel="typo", first_year=2013, last_year=2022, **FEW)


def test_inline_samples_stand_behind_declared_ones():
    assert in_order(["few", "city", "main", "few"]) == ["main", "city", "few"]


def test_controls_of_cities():
    city = variables("city")
    assert city == (
        "finance",
        "fiscal_share",
        "fdi_share",
        "urbanisation",
        "ln_population_density",
    )
    four = [policy for policy in POLICIES if policy != "policy_low_carbon"]
    assert variables("city_with_all_policies") == (*city, *four)
    for control in ("finance", "fdi_share"):
        without = variables(f"city_without_{control}")
        assert without == tuple(name for name in city if name != control)
    for policy in POLICIES:
        assert variables(f"city_with_{policy.removeprefix('policy_')}") == (*city, policy)


def test_a_list_of_controls_is_its_variables_in_order():
    assert variables(("baseline", "digital_finance_index")) == (
        *CONTROLS["baseline"].variables,
        "digital_finance_index",
    )
    assert variables(("secondary_share", "none", "finance")) == ("secondary_share", "finance")
    assert controls_id(("baseline", "digital_finance_index")) == "baseline+digital_finance_index"
    assert controls_id("baseline") == "baseline"
    assert controls_id(()) == controls_id("none") == "none"
