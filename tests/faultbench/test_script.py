"""The script: what it writes, and one line with status 2 for what it cannot do."""

import importlib
import sys

import pytest


@pytest.fixture(scope="module")
def script(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root / "code")
        yield importlib.import_module("faultbench")


@pytest.mark.slow
def test_cases_are_made_audited_and_scored(script, tmp_path, capsys, root):

    assert script.main(["make", "--cases", "1", "--seed", "4", "--output", str(tmp_path)]) == 0
    folder = tmp_path / "4"
    assert sorted(one.name for one in folder.iterdir()) == ["cases", "key.csv"]
    assert script.main(["audit", str(folder / "cases/000001")]) == 0
    assert capsys.readouterr().out.splitlines()[-2:][0] == "fault,where"
    command = f'"{sys.executable}" "{root / "code/faultbench.py"}" audit {{folder}}'
    assert script.main(["score", str(folder), "--auditor", command, "--jobs", "2"]) == 0
    assert "false alarms 0 of" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["make", "--cases", "0"], "N=0: a whole number from 1 on"),
        (["make", "--cases", "1.5"], "N=1.5: a whole number from 1 on"),
        (["make", "--seed", "-1"], "SEED=-1: a whole number from 0 on"),
        (["make", "--seed", "x"], "SEED=x: a whole number from 0 on"),
        (["make", "--cases", "99999999"], "N=99999999: at most"),
        (["audit", "nowhere"], "nowhere: no folder"),
        (["score", "nowhere", "--auditor", "x {folder}"], "nowhere/key.csv: cannot be read"),
        (["score", "nowhere", "--auditor", "x {folder}", "--timeout", "0"], "--timeout 0"),
        (["score", "nowhere"], "--auditor"),
        ([], "required"),
    ],
)
def test_bad_words_get_one_line(words, said, script, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert script.main(words) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert said in printed
    assert not list(tmp_path.iterdir())
