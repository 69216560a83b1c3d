"""Specifications: what they declare is complete, and a mistake is refused where it stands."""

import dataclasses

import pytest

from pilotzone.catalogue import Exhibit, Inference, Specification, cut, grid
from pilotzone.errors import UserError

DRAWN = Inference("crv1", draws=9, seed=1)
PROJECTED = {"estimator": "local_projection", "inference": DRAWN}


def column(**fields):
    return Specification(**{"outcome": "nqp", "treatment": "zone_first", **fields})


# What a column says, and what the complaint about it must hold: the field and what is known.
MISTAKES = {
    "outcome of another type": ({"outcome": 3}, "outcome is 3; give a text"),
    "no outcome": ({"outcome": ""}, "outcome is ''; give a text"),
    "treatment of another type": ({"treatment": ("a",)}, "treatment is ('a',); give a text"),
    "variant of another type": ({"variant": 3}, "variant is 3; give a text"),
    "id of another type": ({"id": None}, "id is None; give a text"),
    "estimator": ({"estimator": "typo"}, "estimator 'typo' is not known; known: twfe, "),
    "estimator of another type": ({"estimator": ["twfe"]}, "estimator '['twfe']' is not known; "),
    "role": ({"role": "typo"}, "role 'typo' is not known; known: baseline, robustness, "),
    "sample": ({"sample": "typo"}, "sample 'typo' is not known; known: long, main, "),
    "sample of another type": ({"sample": None}, "sample 'None' is not known; known: long, "),
    "controls": ({"controls": "typo"}, "controls 'typo' is not known; known: none, baseline, "),
    "controls of another type": ({"controls": ["baseline"]}, "give the name of a set, or a tuple"),
    "a control twice": (
        {"controls": ("baseline", "openness")},
        "controls baseline+openness: 'openness' stands twice",
    ),
    "controls that are not taken": (
        {"estimator": "goodman_bacon", "controls": "baseline"},
        "this estimator takes no controls; name 'none'",
    ),
    "effects": ({"effects": "typo"}, "effects 'typo' is not known; known: none, unit, "),
    "effects of which one is unknown": (
        {"effects": "unit_trends+typo"},
        "effects 'typo' is not known; known: none, unit, ",
    ),
    "effects of another type": ({"effects": ("two_way",)}, "is not known; known: none, unit, "),
    "the same effects twice": (
        {"effects": "two_way+two_way"},
        "effects 'two_way+two_way': 'two_way' stands twice",
    ),
    "effects of an option that the estimator has not": (
        {"effects": "group_year"},
        "with this estimator effects 'group_year' is not known; known: none, unit, ",
    ),
    "effects of an option of another estimator": (
        {
            "estimator": "moderation",
            "effects": "unit_trends+group_year",
            "options": (("moderator", "openness"), ("timing", "initial")),
        },
        "with this estimator effects 'group_year' is not known; known: none, unit, ",
    ),
    "effects that are not taken": (
        {"estimator": "stacked", "effects": "unit_trends"},
        "with this estimator effects 'unit_trends' is not known; known: two_way",
    ),
    "weights": (
        {"estimator": "sdm", "weights": "typo"},
        "weights 'typo' is not known; known: contiguity, inverse_distance, ",
    ),
    "weights that are not taken": (
        {"weights": "contiguity"},
        "this estimator takes no weights; leave out 'contiguity'",
    ),
    "no weights": ({"estimator": "sdm"}, "needs weights; known: contiguity, "),
    "weights of another panel": (
        {"estimator": "sdm", "weights": "economic", "sample": "balanced"},
        "weights 'economic' is not known; known: contiguity, inverse_distance, nearest, nearest_6",
    ),
    "weights without their option": (
        {"estimator": "sdm", "weights": "nearest"},
        "weights 'nearest' need an option: neighbours",
    ),
    "an option of other weights": (
        {"estimator": "sdm", "weights": "contiguity", "options": (("cutoff_km", 500),)},
        "with weights 'contiguity' option 'cutoff_km' is not known; known: none",
    ),
    "two options of weights": (
        {
            "estimator": "sdm",
            "weights": "inverse_distance",
            "options": (("cutoff_km", 500), ("exponent", 2)),
        },
        "give one of the options cutoff_km, exponent",
    ),
    "inference": ({"inference": "crv4"}, "inference 'crv4' is not known; known: crv1, crv3, "),
    "inference without its distance": (
        {"inference": "conley"},
        "inference 'conley' is not known; known: crv1, ",
    ),
    "inference that is none": (
        {"inference": "nonsense"},
        "inference 'nonsense' is not known; known: crv1, ",
    ),
    "inference of another type": ({"inference": 3}, "inference 3: give a name or Inference("),
    "inference that is not computed": (
        {"estimator": "sun_abraham", "inference": "crv3"},
        "this estimator does not compute it: inference 'crv3' is not known; known: crv1",
    ),
    "a cluster where there is none": (
        {"inference": Inference("conley_500", cluster="unit")},
        "inference 'conley_500' has no clusters; leave out 'unit'",
    ),
    "a cluster that is too coarse": (
        {
            "estimator": "synthetic_did",
            "inference": Inference("placebo", "region3", draws=9, seed=1),
        },
        "inference 'placebo' takes units as clusters, not 'region3'",
    ),
    "a cluster that is too fine": (
        {"inference": Inference("permutation_groups", draws=9, seed=1)},
        "inference 'permutation_groups' needs a cluster above the unit",
    ),
    "a cluster that the estimator does not take": (
        {
            "estimator": "local_projection",
            "inference": Inference("crv1", "region3", draws=9, seed=1),
            "options": (("lags", 1), ("horizons", 1)),
        },
        "this estimator clusters by unit, not by 'region3'",
    ),
    "a cluster of another type": (
        {"inference": Inference("crv1", cluster=3)},
        "cluster 3: give 'unit' or a column of the panel",
    ),
    "draws where nothing is drawn": (
        {"estimator": "stacked", "inference": Inference("crv1", draws=1_000, seed=1)},
        "inference 'crv1' draws nothing here; leave out draws",
    ),
    "a seed where nothing is drawn": (
        {"inference": Inference("crv1", seed=1)},
        "inference 'crv1' draws nothing here; leave out seed",
    ),
    "no draws": (
        {"inference": "wild_webb"},
        "inference 'wild_webb' draws here: name draws and a seed",
    ),
    "no draws of the estimator": (
        {"estimator": "event_study"},
        "inference 'crv1' draws here: name draws and a seed",
    ),
    "no seed": (
        {"inference": Inference("wild_webb", draws=99)},
        "inference 'wild_webb' draws here: name draws and a seed",
    ),
    "draws of another type": (
        {"inference": Inference("wild_webb", draws="99", seed=1)},
        "draws is '99'; give a whole number of at least 1",
    ),
    "zero draws": (
        {"inference": Inference("wild_webb", draws=0, seed=1)},
        "draws is 0; give a whole number of at least 1",
    ),
    "a seed below zero": (
        {"inference": Inference("wild_webb", draws=9, seed=-1)},
        "seed is -1; give a whole number of at least 0",
    ),
    "an option mistyped": (
        {"options": (("transfrom", "lag"),)},
        "option 'transfrom' is not known; known: transform",
    ),
    "an option mistyped elsewhere": (
        {"estimator": "stacked", "options": (("windw", "-3 1"),)},
        "option 'windw' is not known; known: window",
    ),
    "a choice of an option": (
        {"options": (("transform", "logs"),)},
        "option 'transform' 'logs' is not known; known: none, lag, first_difference, winsorise",
    ),
    "an option of another type": (
        {**PROJECTED, "options": (("lags", "one"), ("horizons", 1))},
        "option 'lags' is 'one'; it takes a whole number",
    ),
    "a truth for a number": (
        {**PROJECTED, "options": (("lags", True), ("horizons", 1))},
        "option 'lags' is True; it takes a whole number",
    ),
    "an option twice": (
        {"options": (("transform", "lag"), ("transform", "none"))},
        "option 'transform' stands twice",
    ),
    "no option": ({"estimator": "heterogeneity"}, "needs the option 'by' (a text)"),
    "options as a mapping": (
        {"options": {"transform": "lag"}},
        "options {'transform': 'lag'}: give pairs, such as (('lags', 2),)",
    ),
    "one pair of options": (
        {"options": ("transform", "lag")},
        "options ('transform', 'lag'): give pairs, such as (('lags', 2),)",
    ),
    "a diagnostic": (
        {"diagnostics": ("typo",)},
        "diagnostic 'typo' is not known; known: treatment_only, municipalities, ",
    ),
    "a diagnostic of another estimator": (
        {"estimator": "sar", "weights": "contiguity", "diagnostics": ("effective_clusters",)},
        "diagnostic 'effective_clusters' is not known; known: treatment_only, municipalities",
    ),
    "diagnostics of another type": (
        {"diagnostics": "treatment_only"},
        "diagnostics 'treatment_only': give a tuple of names",
    ),
}


@pytest.mark.parametrize(("fields", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_column_is_one_line_that_names_column_field_and_way_out(fields, said):
    with pytest.raises(UserError) as caught:
        column(**fields)
    message = str(caught.value)
    assert "\n" not in message
    asked = {"outcome": "nqp", "treatment": "zone_first", "estimator": "twfe", **fields}
    assert message.startswith("column {outcome} on {treatment} by {estimator}: ".format(**asked))
    assert said in message


BOTH = {"outcome": "nqp", "treatment": "zone_first"}


@pytest.mark.parametrize(
    ("dimensions", "said"),
    [
        ({**BOTH, "colour": "red"}, "grid: dimension 'colour' is not known; known: outcome, "),
        ({"treatment": "zone_first"}, "grid: needs outcome; "),
        ({"outcome": "nqp"}, "grid: needs treatment; "),
    ],
)
def test_a_grid_names_its_dimensions(dimensions, said):
    with pytest.raises(UserError, match="^" + said) as caught:
        grid(**dimensions)
    assert "\n" not in str(caught.value)


def test_inference_is_complete_on_the_column():
    assert column().inference == Inference("crv1", "unit")
    assert column(inference="crv3").inference.computed == "crv3:unit"
    regions = column(inference=Inference("crv1", cluster="region3")).inference
    assert (regions.computed, regions.id) == ("crv1:region3", "crv1_by_region3")
    assert column(inference="conley_500").inference == Inference("conley_500")
    drawn = column(inference=Inference("wild_webb", draws=99, seed=7)).inference
    assert (drawn.draws, drawn.seed, drawn.cluster) == (99, 7, "unit")
    assert column(estimator="sem", weights="contiguity").inference.name == "cluster_pairs"


def test_an_option_that_is_not_named_has_its_default():
    assert column().option("transform") == "none"
    assert column(options=(("transform", "lag"),)).option("transform") == "lag"
    assert column(estimator="sdm", weights="contiguity").option("cutoff_km") is None
    assert column().chosen("correction") is None


def test_a_grid_crosses_what_stands_in_tuples():
    made = grid(
        outcome=("nqp", "nqp_long"),
        treatment="zone_first",
        controls=("none", ("secondary_share", "finance")),
        inference=("crv1", "crv3"),
    )
    assert len(made) == 8
    assert made[0].control_variables == ()
    assert made[2].control_variables == ("secondary_share", "finance")
    assert [one.inference.name for one in made[:2]] == ["crv1", "crv3"]


def test_the_digest_changes_with_every_field_and_only_then():
    assert column().sha256 == column().sha256
    changes = (
        {"sample": "long"},
        {"outcome": "nqp_long"},
        {"controls": "baseline"},
        {"effects": "unit_trends"},
        {"inference": "crv3"},
        {"options": (("transform", "lag"),)},
        {"sample": cut("main", id="few", words=("Few", "少"), excluded=("440000",))},
    )
    digests = {column(**change).sha256 for change in changes}
    assert len(digests | {column().sha256}) == len(changes) + 1


def test_the_digest_of_a_sample_is_that_of_its_rows():
    named = [cut("main", id="few", words=words) for words in (("Few", "少"), ("Fewer", "更少"))]
    assert len({column(sample=one).sha256 for one in named}) == 1


def test_a_variant_is_a_label():
    plain, labelled = column(), column(variant="lee_yu")
    assert plain.options == labelled.options
    assert (plain.dimension("variant"), labelled.dimension("variant")) == ("none", "lee_yu")


def test_inline_samples_and_controls_stand_in_ids():
    few = cut("main", id="few", words=("Few", "少"), excluded=("440000",))
    columns = grid(
        outcome="nqp",
        treatment="zone_first",
        sample=("main", few),
        controls=("baseline", ("baseline", "digital_finance_index")),
    )
    assert Exhibit(title="t", title_zh="t", columns=columns).column_ids() == (
        "baseline:main",
        "baseline:few",
        "baseline+digital_finance_index:main",
        "baseline+digital_finance_index:few",
    )


def test_effects_are_joined():
    one = column(
        estimator="moderation",
        effects="unit_trends+moderator_year",
        options=(("moderator", "openness"), ("timing", "initial")),
    )
    held = one.held_constant
    assert held.parts == ("unit", "period", "unit#trend", "moderator#period")
    assert held.words == (
        "Unit trends, moderator × year effects",
        "个体时间趋势，调节变量×年份效应",
    )
    # On a page an option stands for what the column gives it.
    assert one.effects_named[-1] == "openness#period"
    split = column(estimator="heterogeneity", effects="group_year", options=(("by", "coastal"),))
    assert split.effects_named == ("unit", "coastal#period")
    assert split.sha256 != dataclasses.replace(split, effects="two_way").sha256
