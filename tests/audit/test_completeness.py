"""Completeness: by digest and never by time; every output is named that is not as it should be."""

import dataclasses
import os

from pilotzone import exhibits
from pilotzone.audit import completeness
from pilotzone.audit.project import Project, whole


def failures(project):
    listed, strangers = completeness.checks(project)
    return [*listed.failures, *strangers.failures]


def test_a_complete_output_passes_whatever_its_times(project):
    for number, path in enumerate(sorted(project.output.rglob("*"))):
        os.utime(path, (number, number))
    assert failures(project) == []


def test_a_deleted_output_is_named(project):
    (project.output / "tables/did_baseline.md").unlink()
    (project.estimates / "spatial_baseline.models.csv").unlink()
    assert failures(project) == [
        "output/estimates/spatial_baseline.models.csv: missing, no such file",
        "output/tables/did_baseline.md: missing, no such file",
        "output/tables/spatial_baseline.md: outdated, another inputs_sha256",
        "output/tables/spatial_baseline.tex: outdated, another inputs_sha256",
    ]


def test_an_exhibit_that_was_never_estimated_is_named(project):
    exhibit = (exhibits.load("moran"), exhibits.paths()["moran"])
    more = Project(project.root, {**project.exhibits, "moran": exhibit})
    assert "output/estimates/moran.csv: missing, no such file" in failures(more)


def test_orphans_and_changed_exhibits_are_named(project, tmp_path):
    (project.output / "tables/old.md").write_text("old")
    path = tmp_path / "did_baseline.py"
    path.write_text("changed")
    changed = {**project.exhibits, "did_baseline": (project.exhibits["did_baseline"][0], path)}
    found = failures(Project(project.root, changed))
    assert "output/tables/old.md: orphaned, no exhibit" in found
    assert "output/estimates/did_baseline.csv: outdated, another exhibit_sha256" in found
    assert not any("spatial_baseline" in failure for failure in found)


def test_a_damaged_manifest_is_a_failure(project):
    path = project.output / "manifest.csv"
    path.write_text(path.read_text() + "a,b,c,d,e,f,g,h\n")
    assert failures(project)[0].startswith("output/manifest.csv: outdated, cannot be read")
    path.write_text("output\n")
    assert failures(project)[0].startswith("output/manifest.csv: outdated, cannot be read")


def test_what_bench_builds_is_declared(project, root):
    one, path = project.exhibits["did_baseline"]
    slow = {**project.exhibits, "did_baseline": (dataclasses.replace(one, built_by="bench"), path)}
    check, _ = completeness.checks(Project(project.root, slow))
    assert check.measured.endswith("built by make bench: did_baseline")
    assert "design_audit" in whole(root).long
