"""Specifications and exhibits: ids, refusals, literals only."""

import ast
import re
import sys

import pytest

from pilotzone import exhibits
from pilotzone.catalogue import Exhibit, Specification, grid
from pilotzone.catalogue.controls import CONTROLS, POLICIES
from pilotzone.catalogue.samples import CITY_SAMPLES, SAMPLES
from pilotzone.catalogue.spec import CITY_WEIGHTS
from pilotzone.errors import UserError


def exhibit(columns):
    return Exhibit(title="t", title_zh="t", columns=columns)


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
    assert exhibit(grid(outcome="nqp", treatment="zone_first")).column_ids() == ("twfe",)


def test_equal_columns_are_refused():
    column = grid(outcome="nqp", treatment="zone_first")
    with pytest.raises(UserError, match="column 'twfe' stands twice"):
        exhibit(column + column)


@pytest.mark.parametrize("field", ["controls", "sample", "effects", "weights", "role"])
def test_an_undeclared_name_is_refused_with_the_known_ones(field):
    with pytest.raises(UserError, match=f"{field} 'typo' is not declared; known: "):
        Specification(outcome="nqp", treatment="zone_first", **{field: "typo"})


def test_an_exhibit_is_columns_or_a_description():
    with pytest.raises(UserError, match="give one of columns, columns_of and describe"):
        Exhibit(title="t", title_zh="t")


def test_notes_and_their_chinese_come_one_for_one():
    parts = {"title": "t", "title_zh": "标题", "describe": "moran", "notes": ("a", "b")}
    with pytest.raises(UserError, match="exhibit 't': 2 notes and 1 in Chinese; give one for one"):
        Exhibit(**parts, notes_zh=("甲",))
    told = Exhibit(**parts, notes_zh=("甲", "乙"))
    assert (told.notes_in("en"), told.notes_in("zh")) == (("a", "b"), ("甲", "乙"))
    assert Exhibit(**parts).notes_in("zh") == ("a", "b")


def test_every_note_of_an_exhibit_stands_in_chinese_too():
    for name in exhibits.paths():
        exhibit = exhibits.load(name)
        assert len(exhibit.notes_zh) == len(exhibit.notes), name
        for note in exhibit.notes_zh:
            assert note.endswith("。"), (name, note)
            assert not re.search("[\u4e00-\u9fff][,:;(]|[,:;)][\u4e00-\u9fff]", note), (name, note)


def test_the_digest_changes_with_every_field_and_only_then():
    one = Specification(outcome="nqp", treatment="zone_first")
    assert one.sha256 == Specification(outcome="nqp", treatment="zone_first").sha256
    assert one.sha256 != Specification(outcome="nqp", treatment="zone_first", sample="long").sha256


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
    for name, sample in CITY_SAMPLES.items():
        last = 2019 if name == "city_pre_covid" else 2020
        assert (sample.first_year, sample.last_year) == (2011, last), name
        assert not sample.excluded
        if sample.panel == "city":
            balanced = ("balanced", 0) in sample.without
            assert sample.incomplete == ("drop_units" if balanced else "drop"), name
    assert SAMPLES["city_sums"].incomplete == "refuse"
    assert {s.incomplete for s in SAMPLES.values() if s.panel == "province"} == {"refuse"}


def test_a_sample_of_one_cohort_leaves_the_others_out():
    declared = {2015, 2016, 2019, 2020}
    for cohort in (2016, 2019, 2020):
        pairs = SAMPLES[f"city_cohort_{cohort}"].without
        left_out = {value for column, value in pairs if column == "cohort"}
        assert left_out == declared - {cohort}
        assert ("balanced", 0) in pairs


def test_controls_of_cities():
    city = CONTROLS["city"]
    assert city == (
        "finance",
        "fiscal_share",
        "fdi_share",
        "urbanisation",
        "ln_population_density",
    )
    assert CONTROLS["city_with_all_policies"] == (*city, *POLICIES)
    for control in ("finance", "fdi_share"):
        without = CONTROLS[f"city_without_{control}"]
        assert without == tuple(name for name in city if name != control)
    for policy in POLICIES:
        assert CONTROLS[f"city_with_{policy.removeprefix('policy_')}"] == (*city, policy)


def columns_on_cities():
    return [
        (name, spec)
        for name in exhibits.paths()
        for spec in exhibits.load(name).columns
        if SAMPLES[spec.sample].panel == "city"
    ]


def test_columns_on_cities_name_their_sample_controls_and_matrices():
    columns = columns_on_cities()
    assert len(columns) > 100
    for name, spec in columns:
        assert spec.controls == "none" or spec.controls.startswith("city"), name
        assert spec.weights in ("", *CITY_WEIGHTS), name
        assert spec.treatment.startswith("zone_city"), name
        assert spec.outcome not in CONTROLS[spec.controls], (name, spec.outcome)


def test_spatial_models_of_cities_use_the_balanced_samples():
    for name, spec in columns_on_cities():
        if spec.weights:
            expected = "balanced_linked" if spec.weights == "contiguity" else "balanced"
            assert spec.sample == expected, name


def test_the_baseline_has_the_eight_declared_columns():
    assert exhibits.load("did_baseline").column_ids() == tuple(
        f"{outcome}:{treatment}:{controls}"
        for outcome in ("nqp", "nqp_no_ecommerce")
        for treatment in ("zone_first", "zone_share")
        for controls in ("none", "baseline")
    )


def test_the_spatial_baseline_has_columns_sar_and_sdm():
    assert exhibits.load("spatial_baseline").column_ids() == ("sar", "sdm")


def test_every_exhibit_file_is_literals_and_imports_the_specification_alone():
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    for path in exhibits.paths().values():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            assert isinstance(node, allowed), f"{path.name}: {ast.dump(node)[:60]}"
            if isinstance(node, ast.ImportFrom):
                assert node.module == "pilotzone.catalogue.spec", path.name
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda | ast.For)]
        assert not calls, path.name


def test_an_unknown_exhibit_is_refused():
    with pytest.raises(UserError, match="no exhibit 'did_basline'; `make list`"):
        exhibits.load("did_basline")


def test_specifications_need_the_standard_library_only(root):
    tree = ast.parse((root / "code/pilotzone/catalogue/spec.py").read_text(encoding="utf-8"))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= set(sys.stdlib_module_names) | {"pilotzone"}


def test_columns_of_another_exhibit_are_its_columns():
    events = exhibits.load("staggered_event")
    assert events.column_ids() == exhibits.load("staggered").column_ids()
    assert events.terms == ("event",)
