"""The environment: when it is built, from scratch or in place, and how a script gets into it."""

import os
import subprocess
import sys

import pytest

from pilotzone.build import environment, installing
from pilotzone.errors import UserError

MINE = "{}.{}.1".format(*sys.version_info)


@pytest.fixture
def root(tmp_path):
    """A project whose environment is newer than its pins."""
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1000, 1000))
    python = tmp_path / ".venv" / environment.PYTHON
    python.parent.mkdir(parents=True)
    python.touch()
    (tmp_path / ".venv/.stamp").touch()
    (tmp_path / ".venv/pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {MINE}\n")
    return tmp_path


@pytest.fixture
def called(monkeypatch):
    calls = []

    def run(words, **options):
        calls.append(words)
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(installing, "run", lambda *words: calls.append([str(w) for w in words]))
    return calls


@pytest.mark.cli
def test_a_finished_environment_is_left_alone(root, called, capsys):
    environment.build(root)
    assert not called
    assert capsys.readouterr().out == ""


def other_version(root):
    (root / ".venv/pyvenv.cfg").write_text("version = 3.1.1\n")


@pytest.mark.cli
@pytest.mark.parametrize(
    "spoil",
    [
        lambda root: (root / ".venv/.stamp").unlink(),
        lambda root: (root / ".venv" / environment.PYTHON).unlink(),
        other_version,
    ],
    ids=["interrupted", "its Python is gone", "another version"],
)
def test_it_is_built_from_scratch(root, called, capsys, spoil):
    spoil(root)
    (root / "requirements.lock").write_text("numpy==2.3.4 \\\n    --hash=sha256:0\npandas==2.3.3\n")
    os.utime(root / "requirements.lock", (1000, 1000))
    environment.build(root)
    venv, pins, project = called
    assert venv[1:] == ["-m", "venv", "--clear", str(root / ".venv")]
    assert {"--require-hashes", str(root / "requirements.lock")} <= set(pins)
    assert project[-3:] == ["--no-build-isolation", "-e", str(root)]
    assert (root / ".venv/.stamp").exists()
    assert pins[:2] == [str(root / ".venv" / environment.PYTHON), "2"]
    said = "environment: .venv from requirements.lock, at most 2 packages\n"
    assert capsys.readouterr().out == said


@pytest.mark.cli
@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_newer_pins_are_installed_in_place(root, called, name):
    os.utime(root / name, (1 << 33, 1 << 33))
    environment.build(root)
    pins, project = called
    assert "--require-hashes" in pins
    assert "--no-deps" in project


@pytest.mark.cli
def test_tools_come_on_top_once(root, called, capsys):
    lock = root / "requirements-tools.lock"
    lock.touch()
    environment.build(root, tools=True)
    (words,) = called
    assert {"--require-hashes", "--no-compile", str(lock)} <= set(words)
    said = "environment: .venv from requirements-tools.lock, at most 0 packages\n"
    assert capsys.readouterr().out == said
    environment.build(root, tools=True)
    assert len(called) == 1


@pytest.mark.cli
def test_tools_go_with_an_environment_that_is_built_from_scratch(root, called):
    (root / "requirements-tools.lock").touch()
    environment.build(root, tools=True)
    other_version(root)
    environment.build(root)
    assert not (root / ".venv/.stamp-tools").exists()


def test_a_failed_step_is_one_line_and_is_tried_again(root, monkeypatch):
    (root / ".venv/.stamp").unlink()
    monkeypatch.setattr(sys, "_base_executable", "/no/such/python", raising=False)
    with pytest.raises(UserError, match="environment is not built") as error:
        environment.build(root)
    assert "\n" not in str(error.value)
    assert not (root / ".venv/.stamp").exists()


@pytest.mark.cli
@pytest.mark.skipif(os.name == "nt", reason="there a new process is started instead")
def test_a_script_goes_on_in_the_environment_once(root, called, monkeypatch):
    begun = []
    monkeypatch.setattr(os, "execve", lambda *call: begun.append(call))
    monkeypatch.setattr(sys, "argv", ["code/all.py", "spatial"])
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    environment.enter(root)
    ((path, command, variables),) = begun
    python = str(root / ".venv" / environment.PYTHON)
    assert (path, command) == (python, [python, "code/all.py", "spatial"])
    assert variables["PYTHONHASHSEED"] == "0"
    assert variables["OPENBLAS_NUM_THREADS"] == "1"
    assert variables["PATH"] == os.environ["PATH"]
    monkeypatch.setattr(os, "environ", variables)
    environment.enter(root)
    assert len(begun) == 1
