"""Drift: each kind of number within its tolerance passes, just beyond it is named.

The steps of 0.9 and 1.1 around a tolerance are exact enough: file and reader keep 12 digits.
"""

import math
import shutil

import pytest

from pilotzone import estimates, exhibits
from pilotzone.audit import drift, frozen, report
from pilotzone.audit.anew import Made
from pilotzone.audit.project import Project

COLUMN, TERM = "nqp:zone_share:none", "zone_share"
FILE, MODELS = "did_baseline", "did_baseline.models"


@pytest.fixture
def made(made_once, tmp_path, project):
    """Estimates made anew, equal to those of the output."""
    shutil.copytree(made_once / "output/estimates", tmp_path / "anew")
    return Made(tmp_path / "derived", tmp_path / "anew", (), tuple(project.exhibits))


def failures(project, made):
    return {check.name: list(check.failures) for check in drift.checks(project, made)}


def all_of(found):
    return [failure for failures in found.values() for failure in failures]


def test_equal_files_pass_once_they_are_frozen(project, made):
    assert all_of(failures(project, made)) == [
        report.NOTHING,
        'no frozen copy; run make freeze MESSAGE="why"',
        report.NOTHING,
        "LOG.md: no move of the frozen copy is logged",
    ]
    frozen.freeze(project, "first")
    assert all_of(failures(project, made)) == []


def test_a_changed_estimate_is_named_wherever_it_lies(project, made, change):
    frozen.freeze(project, "first")
    change(project, FILE, COLUMN, TERM, "estimate", lambda b: b + 1e-5)
    found = failures(project, made)
    place = f"did_baseline.csv: {COLUMN} / {TERM}: estimate is "
    anew = found["estimates made anew against output/estimates"]
    copy = found["output/estimates against the frozen copy"]
    assert [f.startswith(place) for f in (*anew, *copy)] == [True, True]
    assert anew[0].endswith("output")
    assert copy[0].endswith("frozen")
    assert found["estimates made anew against the frozen copy"] == []


def test_other_estimates_made_anew_are_named_against_both(project, made, change):
    frozen.freeze(project, "first")
    project_of_made = Project(made.estimates.parent, project.exhibits)
    shutil.copytree(made.estimates, project_of_made.estimates)
    change(project_of_made, FILE, COLUMN, TERM, "estimate", lambda b: b * 1.1)
    shutil.copytree(project_of_made.estimates, made.estimates, dirs_exist_ok=True)
    found = failures(project, made)
    assert len(found["estimates made anew against output/estimates"]) == 1
    assert len(found["estimates made anew against the frozen copy"]) == 1
    assert found["output/estimates against the frozen copy"] == []


ROW = {
    **dict.fromkeys(estimates.ESTIMATES.order),
    "exhibit": "e",
    "column": "c",
    "term": "x",
    "role": "baseline",
    "outcome": "y",
    "estimate": 0.5,
    "std_error": 0.1,
    "statistic": 5.0,
    "distribution": "t",
    "df": "29",
    "p_value": 0.25,
    "ci_low": 0.3,
    "ci_high": 0.7,
    "draws": math.nan,
}
MODEL = {
    **dict.fromkeys(estimates.MODELS.order, ""),
    **dict.fromkeys(estimates.MODELS.numbers, math.nan),
    "exhibit": "e",
    "column": "c",
    "nobs": 300.0,
    "r2": 0.8,
    "loglik": 1000.0,
    "identified": "yes",
}
WILD = {"distribution": "bootstrap", "draws": 999.0}
SIMULATED = {"distribution": "normal", "draws": 5000.0}


def write(folder, name, row):
    import pandas as pd

    folder.mkdir(exist_ok=True)
    text = estimates.to_text(pd.DataFrame([row]))
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def differences(folder, name, draws=0):
    """Compare the folders ``new`` and ``old``."""
    sides = (drift.Side(folder / called, called) for called in ("new", "old"))
    return drift.differences(*sides, f"{name}.csv", draws)


@pytest.mark.parametrize(
    ("row", "field", "within", "beyond"),
    [
        (ROW, "estimate", 0.9 * 0.5e-6, 1.1 * 0.5e-6),
        ({**ROW, "estimate": 0.0}, "estimate", 0.9e-9, 1.1e-9),
        (ROW, "std_error", 0.9e-6, 1.1e-6),
        (ROW, "statistic", 0.9 * 5e-5, 1.1 * 5e-5),
        (ROW, "p_value", 0.9e-5, 1.1e-5),
        (ROW, "ci_low", 0.9 * (0.4e-5 + 0.3e-6), 1.1 * (0.4e-5 + 0.3e-6)),
        (ROW | WILD, "p_value", 0.9 * 2e-3, 1.1 * 2e-3),
        (ROW | WILD, "ci_high", 0.9 * 0.4e-3, 1.1 * 0.41e-3),
        (ROW | SIMULATED, "p_value", 0.9e-5, 1.1e-5),
        (ROW | SIMULATED, "ci_high", 0.9 * 0.4e-3, 1.1 * 0.41e-3),
        (ROW | WILD, "draws", 0.0, 1.0),
        (MODEL, "nobs", 0.0, 1.0),
        (MODEL, "r2", 0.9 * 0.8e-6, 1.1 * 0.81e-6),
        (MODEL, "loglik", 0.9e-3, 1.1e-3),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_tolerances(row, field, within, beyond, sign, tmp_path):
    name = "e.models" if "nobs" in row else "e"
    write(tmp_path / "old", name, row)
    for shift, n_named in ((within, 0), (beyond, 1)):
        write(tmp_path / "new", name, {**row, field: row[field] + sign * shift})
        found = differences(tmp_path, name)
        assert len(found) == n_named, found
        assert all(f": {field} is " in f for f in found)


@pytest.mark.parametrize("field", ["role", "outcome", "distribution", "df"])
def test_labels_are_exact(field, tmp_path):
    write(tmp_path / "old", "e", ROW)
    write(tmp_path / "new", "e", {**ROW, field: ROW[field] + "x"})
    (failure,) = differences(tmp_path, "e")
    assert failure == f"e.csv: c / x: {field} is '{ROW[field]}x' new, '{ROW[field]}' old"


@pytest.mark.parametrize("field", ["estimate", "p_value", "draws", "std_error"])
def test_an_empty_cell_is_no_number(field, tmp_path):
    write(tmp_path / "old", "e", ROW | WILD)
    write(tmp_path / "new", "e", ROW | WILD | {field: math.nan})
    (failure,) = differences(tmp_path, "e")
    assert f"{field} is empty new" in failure


def test_permuted_p_of_a_file_without_draws_may_tie_twice(tmp_path, project):
    exhibit = exhibits.load("moran")
    draws = drift.drawn(Project(tmp_path, {"moran": (exhibit, tmp_path)}), "moran.local.csv")
    assert draws == exhibit.describe.draws == 999
    assert drift.drawn(project, "did_baseline.csv") == drift.drawn(project, "gone.csv") == 0
    row = {"outcome": "y", "weights": "w", "year": 2013, "statistic": "s"}
    row |= dict.fromkeys(("value", "p_value"), 0.5)
    write(tmp_path / "old", "moran", row)
    for shift, n_named in ((1.9e-3, 0), (2.1e-3, 1)):
        write(tmp_path / "new", "moran", {**row, "p_value": 0.5 + shift})
        assert len(differences(tmp_path, "moran", draws)) == n_named
        assert len(differences(tmp_path, "moran")) == 1


def test_another_kind_of_file_is_named(tmp_path):
    write(tmp_path / "old", "e", ROW)
    write(tmp_path / "new", "e", MODEL)
    assert differences(tmp_path, "e") == ["e.csv: new has other columns than old"]


def test_rows_and_files_on_one_side_only_are_named(project, made, edit):
    frozen.freeze(project, "first")
    edit(project.estimates / "did_baseline.csv", f"{COLUMN},baseline,nqp,{TERM},", "new,,,x,")
    (project.estimates / "spatial_baseline.csv").unlink()
    (made.estimates / "goodman_bacon.csv").unlink()
    found = failures(project, made)
    assert found["estimates made anew against output/estimates"] == [
        "spatial_baseline.csv: missing in output/estimates",
        "goodman_bacon.csv: is not made any more",
        f"did_baseline.csv: {COLUMN} / {TERM}: only anew",
        "did_baseline.csv: new / x: only output",
    ]
    assert found["estimates made anew against the frozen copy"] == [
        "goodman_bacon.csv: in the frozen copy, not made any more"
    ]
    assert (
        "spatial_baseline.csv: in the frozen copy, missing in output/estimates"
        in found["output/estimates against the frozen copy"]
    )


def test_very_many_cells_are_counted(project, made):
    path = project.estimates / "did_baseline.csv"
    frame = estimates.read(path)
    frame["outcome"] += "x"
    path.write_text(estimates.to_text(frame))
    found = failures(project, made)["estimates made anew against output/estimates"]
    assert len(found) == drift.NAMED + 1
    assert found[-1] == f"did_baseline.csv: and {len(frame) - drift.NAMED} more"


def test_what_cannot_be_estimated_or_read_is_a_failure(project, made, edit):
    import dataclasses

    failed = dataclasses.replace(made, failures=("moran: the panel has no column 'x'",))
    edit(project.estimates / "did_baseline.csv", "estimate", "estimates")
    found = failures(project, failed)["estimates made anew against output/estimates"]
    assert found[0] == "moran: the panel has no column 'x'"
    assert found[1].startswith("did_baseline.csv: cannot be read: columns are")


def test_a_part_that_is_not_frozen_is_said(project, made, monkeypatch):
    monkeypatch.setattr(frozen, "LARGEST", 500)
    (project.estimates / "did_baseline.draws.csv").write_text("x" * 501)
    checks = {check.name: check for check in drift.checks(project, made)}
    said = checks["output/estimates against the frozen copy"].measured
    assert said.endswith("not frozen: did_baseline.draws.csv")
