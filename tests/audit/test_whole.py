"""The whole audit of a small project: what is damaged is named, and nothing else.

The panels are those of the session; that they follow from the figures is tested with the panels.
"""

import dataclasses
import functools
import re
import shutil
import subprocess
import sys

import pytest

from pilotzone.audit import anew, by_pyfixest, frozen, whole
from pilotzone.audit import project as projects
from pilotzone.audit.opinion import Opinion
from pilotzone.build import estimating
from pilotzone.catalogue import Description, Exhibit
from pilotzone.errors import UserError
from pilotzone.panels import stata

HEADER = "term,estimate,std_error,stars,n,clusters\n"


@pytest.fixture
def built_panels(built, programs_once, tables_once, monkeypatch):
    """Panels that need not be built again, and what other programs make of them."""
    monkeypatch.setattr(anew, "build_panels", lambda raw, derived: shutil.copytree(built, derived))
    # The Stata files are among them.
    monkeypatch.setattr(stata, "write", lambda derived, name: None)


@pytest.fixture
def audited(project, built_panels, pyfixest_once):
    """Return a function that gives the failures of the audit by check."""

    def run():
        checks = list(whole.run(project, processes=1))
        return {(c.area, c.name): list(c.failures) for c in checks if not c.passed}

    frozen.freeze(project, "first")
    return run


@pytest.mark.slow
def test_every_damage_is_named(audited, project, change, edit):
    change(project, "did_baseline", "nqp:zone_share:none", "zone_share", "estimate", (1.1).__mul__)
    edit(project.output / "tables/spatial_baseline.md", "***", "**")
    edit(project.raw / "exchange_rate.csv", "\n", " \n")
    (project.estimates / "goodman_bacon.models.csv").unlink()
    found = audited()
    assert found["inputs", "checksums"] == [
        "data/raw/exchange_rate.csv: changed, another checksum than in SHA256SUMS"
    ]
    missing = "output/estimates/goodman_bacon.models.csv: missing, no such file"
    assert missing in found["completeness", "output"]
    cell = "did_baseline.csv: nqp:zone_share:none / zone_share: estimate is "
    for pair in (
        "estimates made anew against output/estimates",
        "output/estimates against the frozen copy",
    ):
        assert any(failure.startswith(cell) for failure in found["drift", pair])
    for program in ("linearmodels", "pyfixest"):
        (failure,) = found["second opinion", program]
        assert failure.startswith("did_baseline: nqp:zone_share:none / zone_share: estimate")
    assert any("zone_share: statistic" in f for f in found["consistency", "estimates"])
    assert found["consistency", "declared inference against computed"] == [
        "goodman_bacon.models.csv: not there"
    ]
    md = found["printed", "md against estimates"]
    assert any("spatial_baseline.md" in f and "the estimates give" in f for f in md)
    assert any("did_baseline.md" in f and "cell 3" in f for f in md)
    assert set(found) == {
        ("inputs", "checksums"),
        ("completeness", "output"),
        ("drift", "estimates made anew against output/estimates"),
        ("drift", "output/estimates against the frozen copy"),
        ("second opinion", "linearmodels"),
        ("second opinion", "pyfixest"),
        ("consistency", "estimates"),
        ("consistency", "declared inference against computed"),
        ("printed", "numbers against estimates"),
        ("printed", "md against estimates"),
        ("printed", "tex against estimates"),
        ("printed", "docx against estimates"),
        ("printed", "html against estimates"),
        ("whole files", "output/report.html"),
    }


def test_figures_that_make_no_panel_are_a_failure(project, tmp_path):
    (project.raw / "provinces.csv").write_text("x\n")
    exhibits = {i: one for i, (one, _) in project.exhibits.items()}
    made = anew.make(project.raw, exhibits, tmp_path / "anew", processes=1)
    assert made.exhibits == ()
    (failure,) = made.failures
    assert failure.startswith("panels: ")
    assert "provinces.csv" in failure


def test_without_panels_the_rest_is_judged(project, monkeypatch):
    def fails(raw, derived):
        raise UserError("no")

    monkeypatch.setattr(anew, "build_panels", fails)
    checks = {(c.area, c.name): c for c in whole.run(project, processes=1)}
    assert checks["second opinion", "all programs"].failures == ("there are no panels",)
    assert checks["consistency", "estimates"].passed


def test_an_exhibit_that_cannot_be_estimated_is_named(project, built_panels, tmp_path):
    one, _ = project.exhibits["did_baseline"]
    made = anew.make(
        project.raw, {"did_baseline": one, "no_such": one}, tmp_path / "anew", processes=1
    )
    assert made.exhibits == ("did_baseline",)
    assert made.failures[0].startswith("no_such: no exhibit 'no_such'")


def test_exhibits_follow_those_that_they_read(project, built_panels, tmp_path):
    def exhibit(*needs):
        what = Description(kind="claims")
        return Exhibit(title="t", title_zh="t", describe=what, needs=needs)

    given = {"c": exhibit("b"), "a": exhibit(), "b": exhibit("a", "elsewhere"), "d": exhibit()}
    made = anew.make(project.raw, given, tmp_path / "anew", processes=2)
    said = dict(failure.split(": ", 1) for failure in made.failures)
    assert said["b"] == "skipped, as it needs a"
    assert said["c"] == "skipped, as it needs b"
    assert said["a"].startswith("no exhibit 'a'")
    assert said["d"].startswith("no exhibit 'd'")
    circle = {"a": exhibit("b"), "b": exhibit("a")}
    with pytest.raises(UserError, match=r"exhibits need each other: (a, b|b, a)"):
        anew.make(project.raw, circle, tmp_path / "circle", processes=2)


def test_what_another_command_estimates_is_lent_and_no_part_of_what_is_made(
    project, built_panels, tmp_path
):
    one, _ = project.exhibits["did_baseline"]
    there = tmp_path / "there"
    there.mkdir()
    for name in ("long.csv", "long.models.csv", "longer.csv"):
        (there / name).write_text("x\n")
    needing = {"did_baseline": dataclasses.replace(one, needs=("long",))}
    made = anew.make(project.raw, needing, tmp_path / "anew", 1, there)
    assert not made.failures
    assert made.exhibits == ("did_baseline",)
    names = {path.name for path in made.estimates.iterdir()}
    assert "did_baseline.csv" in names
    assert not {"long.csv", "long.models.csv", "longer.csv"} & names


def test_two_processes_do_what_one_does(built, project, tmp_path):
    needs = dict.fromkeys(("sample_flow", "goodman_bacon", "no_such"), ())
    work = functools.partial(estimating.estimate, built, tmp_path / "two")
    found = {outcome.task: outcome.error for outcome in anew.each(needs, work, "x", 2)}
    assert found["sample_flow"] == found["goodman_bacon"] == ""
    assert found["no_such"].startswith("no exhibit 'no_such'")
    for name in ("sample_flow.csv", "goodman_bacon.csv"):
        assert (tmp_path / "two" / name).read_bytes() == (project.estimates / name).read_bytes()


# The script.


@pytest.fixture
def script(load_script, project, built_panels, monkeypatch):
    module = load_script("code/audit.py")
    monkeypatch.setattr(module, "ROOT", project.root)
    monkeypatch.setattr(projects, "whole", lambda folder: project)
    monkeypatch.setattr(whole.run, "__defaults__", (1,))
    # A process of its own takes seconds, and the other tests start it.
    row = projects.read(project.estimates / "did_baseline.csv").iloc[0]
    same = Opinion("pyfixest", row["exhibit"], row["column"], row["term"], row["estimate"])
    monkeypatch.setattr(by_pyfixest, "opinions", lambda headline, derived: [same])
    return module


@pytest.mark.slow
def test_the_script_says_it_by_its_status(script, project, capsys):
    assert script.main(["freeze", "--message", "first"]) == 0
    assert "did_baseline.csv: new" in capsys.readouterr().out
    assert script.main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert "none failed" in lines[-1]
    report = (project.output / "audit.md").read_bytes()
    # Counts are for the terminal: the file is the same as long as the checks are.
    assert not re.search(r"\d (rows|columns|files|cells|numbers|tables|exhibits)", report.decode())
    (project.output / "tables/did_baseline.tex").unlink()
    assert script.main([]) == 1
    assert "FAIL  completeness, output" in capsys.readouterr().out
    assert (project.output / "audit.md").read_bytes() != report
    assert script.main(["freeze", "--message", "first"]) == 0
    assert "nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "status", "said"),
    [
        ("x,0.058,0.020,***,300,30\n", 0, "all can be right"),
        ("x,0.058,0.020,*,300,30\n", 1, "FAIL  line 2, x: stars '*' cannot be right"),
    ],
)
def test_a_typed_table(script, tmp_path, capsys, rows, status, said):
    path = tmp_path / "table.csv"
    path.write_text(HEADER + rows)
    assert script.main(["table", str(path)]) == status
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["nonsense"],
        ["table"],
        ["table", "no_such.csv"],
        ["table", "no_such.csv", "--stars", "x"],
        ["freeze"],
        ["freeze", "--message", " "],
    ],
)
def test_bad_use_is_one_line_and_status_two(script, capsys, arguments):
    assert script.main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("audit: ")
    assert said.err.count("\n") == 1


@pytest.mark.cli
def test_the_script_runs_alone(root, tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(HEADER + "x,0.058,0.020,*,300,30\n")
    done = subprocess.run(
        [sys.executable, root / "code/audit.py", "table", path, "--stars", "0.0001 0.001 0.01"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "table.csv: 1 rows, all can be right\n"


@pytest.mark.cli
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["freeze"], 2, "freeze needs a reason"),
        (["freeze", "MESSAGE=  "], 2, "freeze needs a reason"),
        (["-n", "audit"], 0, "code/audit.py"),
    ],
)
def test_make(root, tmp_path, arguments, status, said):
    for name in ("code", "data"):
        (tmp_path / name).symlink_to(root / name)
    shutil.copy(root / "Makefile", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (tmp_path / ".venv/.stamp").touch()
    done = subprocess.run(
        ["make", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert said in done.stdout + done.stderr


@pytest.mark.slow
def test_a_report_is_the_same_from_run_to_run(script, project, monkeypatch):
    frozen.freeze(project, "first")
    assert script.main([]) == 0
    first = (project.output / "audit.md").read_bytes()
    reversed_exhibits = dict(reversed(project.exhibits.items()))
    again = dataclasses.replace(project, exhibits=reversed_exhibits)
    monkeypatch.setattr(projects, "whole", lambda folder: again)
    assert script.main([]) == 0
    assert (project.output / "audit.md").read_bytes() == first
