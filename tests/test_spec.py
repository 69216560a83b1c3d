"""Specifications and exhibits: ids, refusals, literals only."""

import ast
import sys

import pytest

from pilotzone import exhibits
from pilotzone.errors import UserError
from pilotzone.spec import SAMPLES, Exhibit, Specification, grid


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


def test_the_digest_changes_with_every_field_and_only_then():
    one = Specification(outcome="nqp", treatment="zone_first")
    assert one.sha256 == Specification(outcome="nqp", treatment="zone_first").sha256
    assert one.sha256 != Specification(outcome="nqp", treatment="zone_first", sample="long").sha256


def test_a_sample_lies_inside_its_parent():
    for sample in SAMPLES.values():
        parent = SAMPLES.get(sample.parent, sample)
        assert parent.first_year <= sample.first_year <= sample.last_year <= parent.last_year
        assert set(parent.excluded) <= set(sample.excluded)


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
                assert node.module == "pilotzone.spec", path.name
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda | ast.For)]
        assert not calls, path.name


def test_an_unknown_exhibit_is_refused():
    with pytest.raises(UserError, match="no exhibit 'did_basline'; `make list`"):
        exhibits.load("did_basline")


def test_specifications_need_the_standard_library_only(root):
    tree = ast.parse((root / "code/pilotzone/spec.py").read_text(encoding="utf-8"))
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
