"""The frozen copy: moved only by a freeze with a reason, which the log tells."""

import hashlib
import subprocess

import pytest

from pilotzone.audit import frozen
from pilotzone.errors import UserError

COLUMN, TERM = "nqp:zone_share:none", "zone_share"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def test_a_freeze_copies_the_files_and_logs_why(project):
    changed = frozen.freeze(project, "  first\n copy ")
    names = frozen.names(project.estimates)
    assert changed == [f"{name}: new" for name in names]
    assert all(
        (project.frozen / name).read_bytes() == (project.estimates / name).read_bytes()
        for name in names
    )
    text = (project.frozen / "LOG.md").read_text()
    assert "\n## first copy\n\n- did_baseline.csv: new\n" in text
    above, _, seal = text.rpartition("sealed ")
    assert above.endswith(f"\n\ndigest {frozen.digest(project.frozen)}\n")
    assert seal == hashlib.sha256(above.encode()).hexdigest() + "\n"
    assert frozen.log_failures(project.frozen) == []


def test_a_second_freeze_changes_nothing(project):
    frozen.freeze(project, "first")
    before = content(project.frozen)
    assert frozen.freeze(project, "second") == []
    assert content(project.frozen) == before


def test_what_moved_is_counted(project, change, edit):
    frozen.freeze(project, "first")
    change(project, "did_baseline", COLUMN, TERM, "estimate", lambda b: b + 1)
    change(project, "did_baseline", COLUMN, TERM, "role", lambda b: "placebo")
    edit(project.estimates / "spatial_baseline.csv", "spatial_baseline,sar,baseline,", "x,y,,")
    (project.estimates / "did_baseline.bands.csv").write_text("new")
    (project.frozen / "old.csv").write_text("old")
    assert frozen._changes(
        project, frozen.to_keep(project.estimates), frozen.names(project.frozen)
    ) == [
        "did_baseline.bands.csv: new",
        "did_baseline.csv: 2 cells",
        "old.csv: removed",
        "spatial_baseline.csv: 1 rows more, 1 rows less",
    ]


def test_entries_are_appended(project, change):
    frozen.freeze(project, "first")
    before = (project.frozen / "LOG.md").read_text()
    # Equal estimates in other bytes, so that the output stays complete.
    path = project.frozen / "did_baseline.csv"
    path.write_text(path.read_text().replace("baseline,nqp,", "placebo,nqp,", 1))
    assert frozen.freeze(project, "second") == ["did_baseline.csv: 1 cells"]
    text = (project.frozen / "LOG.md").read_text()
    assert text.startswith(before)
    assert "## second\n\n- did_baseline.csv: 1 cells\n" in text


def test_a_copy_moved_by_hand_is_a_failure(project):
    frozen.freeze(project, "first")
    path = project.frozen / "did_baseline.csv"
    path.write_text(path.read_text().replace("baseline,nqp,", "placebo,nqp,", 1))
    (failure,) = frozen.log_failures(project.frozen)
    assert "not the one of the last entry" in failure


@pytest.mark.parametrize("message", ["", "  ", "\n"])
def test_a_freeze_needs_a_reason(project, message):
    with pytest.raises(UserError, match="freeze needs a reason"):
        frozen.freeze(project, message)
    assert not project.frozen.exists()


def test_an_output_out_of_order_is_not_frozen(project):
    (project.estimates / "did_baseline.models.csv").unlink()
    with pytest.raises(UserError, match=r"did_baseline\.models\.csv is missing.*run make before"):
        frozen.freeze(project, "first")
    assert not project.frozen.exists()


@pytest.mark.cli
def test_the_date_is_that_of_the_last_commit(project):
    git = ["git", "-C", str(project.root), "-c", "user.name=x", "-c", "user.email=x@x"]
    when = {"GIT_COMMITTER_DATE": "2024-02-29T12:00:00+0000"}
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True, env=when)
    frozen.freeze(project, "first")
    assert "\n## 2024-02-29: first\n" in (project.frozen / "LOG.md").read_text()


def test_large_parts_stay_out(project, monkeypatch):
    monkeypatch.setattr(frozen, "LARGEST", 10)
    (project.estimates / "did_baseline.draws.csv").write_text("x" * 11)
    (project.estimates / "did_baseline.bands.csv").write_text("x" * 10)
    kept = frozen.to_keep(project.estimates)
    assert "did_baseline.draws.csv" not in kept
    assert {"did_baseline.bands.csv", "did_baseline.csv", "did_baseline.models.csv"} <= set(kept)
