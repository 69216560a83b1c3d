"""Declared inference: a column computed otherwise is named, and a comparison of nothing fails."""

import dataclasses

import pytest

from pilotzone import estimates
from pilotzone.audit import declared
from pilotzone.audit.project import Project

PLACE = "spatial_baseline: sdm"


def failures(project):
    (check,) = declared.checks(project)
    return list(check.failures)


def test_a_sound_output_passes(project):
    (check,) = declared.checks(project)
    assert check.passed
    # Eight regressions, two spatial models, two sets of weights, and two decompositions.
    assert check.measured.startswith("18 identified columns")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("inference", "crv1:unit", "declared as cluster_pairs:unit, computed as crv1:unit"),
        ("draws", 4999, "declared as 5000, computed as 4999"),
        ("seed", 1, "declared as 20250307, computed as 1"),
        ("seed", float("nan"), "declared as 20250307, computed as empty"),
    ],
)
def test_a_cell_that_is_not_as_declared_is_named(project, change, field, value, said):
    change(project, "spatial_baseline.models", "sdm", "", field, lambda _: value)
    assert failures(project) == [f"{PLACE}: {field} {said}"]


@pytest.mark.parametrize("field", ["draws", "seed"])
def test_draws_where_none_are_declared_are_named(project, change, field):
    column = "nqp:zone_share:none"
    change(project, "did_baseline.models", column, "", field, lambda _: 999)
    assert failures(project) == [
        f"did_baseline: {column}: {field} declared as empty, computed as 999"
    ]


def test_a_declaration_that_changes_is_named(project):
    one, path = project.exhibits["did_baseline"]
    first, *rest = one.columns
    other = dataclasses.replace(first, inference="crv3")
    changed = dataclasses.replace(one, columns=(other, *rest))
    again = Project(project.root, {**project.exhibits, "did_baseline": (changed, path)})
    (failure,) = failures(again)
    assert failure.endswith("inference declared as crv3:unit, computed as crv1:unit")


def test_a_column_that_is_not_declared_is_named(project, edit):
    edit(project.estimates / "spatial_baseline.models.csv", "spatial_baseline,sdm", "x,sdn")
    assert failures(project) == ["spatial_baseline: sdn: the exhibit declares no such column"]


def test_a_lost_file_is_named_and_the_rest_is_judged(project):
    (project.estimates / "did_baseline.models.csv").unlink()
    (check,) = declared.checks(project)
    assert check.failures == ("did_baseline.models.csv: not there",)
    assert check.measured.startswith("10 identified columns")


def test_nothing_compared_is_a_failure(project):
    flow = {"sample_flow": project.exhibits["sample_flow"]}
    assert failures(Project(project.root, flow)) == ["nothing was compared"]
    for name in ("did_baseline", "spatial_baseline", "goodman_bacon", "negative_weights"):
        path = project.estimates / f"{name}.models.csv"
        frame = estimates.read(path).assign(identified="no")
        path.write_text(estimates.to_text(frame), encoding="utf-8")
    assert failures(project) == ["nothing was compared"]
