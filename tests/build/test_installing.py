"""What pip does as one line, with a pip that only prints."""

import sys

import pytest

from pilotzone.build import installing, progress
from pilotzone.errors import UserError

PIP = """
import sys, time
print("Collecting numpy==2.3.4 (from -r requirements.lock (line 3))")
print("  Downloading numpy-2.3.4.whl (16.6 MB)")
print("Requirement already satisfied: six==1.17.0 in ./.venv")
print("WARNING: a mirror answered late", file=sys.stderr)
print("Collecting pandas==2.3.3 (from -r requirements.lock (line 9))")
time.sleep({pause})
print("Installing collected packages: numpy, pandas")
{end}
"""


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """Write a pip that prints, and run it as the one of this Python."""

    def run(pause=0.0, end=""):
        (tmp_path / "pip").mkdir()
        (tmp_path / "pip/__init__.py").touch()
        text = PIP.format(pause=pause, end=end)
        (tmp_path / "pip/__main__.py").write_text(text, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        installing.run(sys.executable, 12, "-r", "requirements.lock")

    return run


def test_in_a_pipe_a_line_comes_now_and_then(pip, capsys):
    pip()
    told = capsys.readouterr()
    # Within the first seconds nothing: the line before them stands there.
    assert told.out == ""
    assert told.err == "WARNING: a mirror answered late\n"


def test_each_package_is_named_and_counted_where_there_is_time(pip, monkeypatch, capsys):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    pip()
    seen = list(dict.fromkeys(capsys.readouterr().out.splitlines()))
    assert seen == [
        "[ 1/12] pip collects numpy==2.3.4",
        "[ 2/12] pip collects six==1.17.0",
        "[ 3/12] pip collects pandas==2.3.3",
        "pip installs 2 packages",
    ]


def test_a_silent_pip_is_told_with_its_seconds(pip, monkeypatch, capsys):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    monkeypatch.setattr(installing, "TICK", 0.2)
    pip(pause=0.7)
    lines = capsys.readouterr().out.splitlines()
    silent = [line for line in lines if line.startswith("[ 3/12] pip collects pandas==2.3.3, ")]
    assert len(silent) >= 2
    assert all(line.endswith(" s") for line in silent)


def test_a_failure_shows_the_last_lines_of_pip(pip, capsys):
    end = "\n".join([*(f"print('line {n}')" for n in range(40)), "sys.exit('ERROR: no match')"])
    with pytest.raises(UserError, match="see pip's last lines above: exit status 1") as error:
        pip(end=end)
    assert "\n" not in str(error.value)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "WARNING: a mirror answered late"
    assert len(lines) == 1 + installing.LAST
    assert lines[-2:] == ["line 39", "ERROR: no match"]


def test_a_python_that_is_not_there_is_one_line():
    with pytest.raises(UserError, match="environment is not built") as error:
        installing.run("/no/such/python", 1)
    assert "\n" not in str(error.value)
