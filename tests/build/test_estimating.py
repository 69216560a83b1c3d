"""Exhibits through the warm processes: progress, failures, and files as written by one process."""

import types

import pandas as pd
import pytest

import pilotzone
from pilotzone import exhibits
from pilotzone.build import estimating
from pilotzone.errors import UserError


@pytest.fixture
def engine(monkeypatch):
    """An engine whose exhibits are a row each; those called bad cannot be estimated."""

    def run(exhibit_id, store, folder):
        if exhibit_id.startswith("bad"):
            raise UserError(f"{exhibit_id}, column x: no variation")
        rows = {"exhibit": exhibit_id, "column": "x", "term": "d", "role": "baseline"}
        return {"": pd.DataFrame([rows]), "models": pd.DataFrame([{"exhibit": "e", "column": "x"}])}

    stand_in = types.SimpleNamespace(run=run)
    monkeypatch.setitem(estimating.sys.modules, "pilotzone.engine", stand_in)
    monkeypatch.setattr(pilotzone, "engine", stand_in, raising=False)
    monkeypatch.setattr(estimating, "store", lambda derived: None)
    baseline = exhibits.load("did_baseline")
    monkeypatch.setattr(exhibits, "load", lambda exhibit_id: baseline)


def estimated(needs, target):
    noted = {}
    failure = ""
    try:
        estimating.run(needs, target, target, 2, noted.__setitem__)
    except UserError as error:
        failure = str(error)
    return noted, failure


def test_every_exhibit_has_a_line_with_a_count(engine, tmp_path, capsys):
    needs = {f"e{number}": () for number in range(10)}
    noted, failure = estimated(needs, tmp_path)
    assert not failure
    assert noted == {i: [f"{i}.models.csv", f"{i}.csv"] for i in needs}
    assert all((tmp_path / name).exists() for names in noted.values() for name in names)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "[ 0/10] running: e0, e1"
    assert [line.partition("]")[0] for line in lines] == [f"[{n:2}/10" for n in range(1, 11)]
    ended = [line.partition("] ")[2].partition("; running: ")[0] for line in lines]
    assert sorted(ended) == sorted(needs)
    # Nothing runs that has ended or that the last line leaves.
    for position, line in enumerate(lines):
        running = set(filter(None, line.partition("; running: ")[2].split(", ")))
        assert running <= set(needs) - set(ended[: position + 1])
        assert len(running) == min(2, len(needs) - position - 1)


def test_of_many_that_run_three_have_their_name(engine, tmp_path, capsys):
    needs = {f"e{number}": () for number in range(6)}
    estimating.run(needs, tmp_path, tmp_path, 5, lambda *noted: None)
    first, *_ = capsys.readouterr().out.splitlines()
    assert first == "[0/6] running: e0, e1, e2 and 2 more"


def test_the_others_are_written_and_the_end_names_what_failed(engine, tmp_path, capsys):
    needs = {"bad": (), "a": (), "after": ("bad",), "b": ("a",), "bad_too": ()}
    noted, failure = estimated(needs, tmp_path)
    assert set(noted) == {"a", "b"}
    assert failure.startswith("2 of 5 exhibits failed, see their lines above: ")
    assert failure.endswith("; skipped, as they need others: after")
    printed = capsys.readouterr().out
    assert "] bad: column x: no variation\n" in printed
    assert "] after: skipped, as it needs bad\n" in printed
    assert not list(tmp_path.glob("bad*"))


def test_one_that_fails_alone_says_why(engine, tmp_path, capsys):
    noted, failure = estimated({"bad": ()}, tmp_path)
    assert (noted, failure) == ({}, "bad, column x: no variation")
    assert capsys.readouterr().out == "[0/1] running: bad\n"


def test_two_processes_write_what_one_writes(load_script, built, tmp_path):
    script = load_script("code/estimate.py")
    for jobs in ("1", "2"):
        target = str(tmp_path / jobs)
        words = ["--derived", str(built), "--estimates", target, "--jobs", jobs]
        assert script.main(["descriptives", "did_baseline", *words]) == 0
    names = sorted(path.name for path in (tmp_path / "1").iterdir())
    assert "did_baseline.models.csv" in names
    for name in names:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
