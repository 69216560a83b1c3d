"""Long work in tasks: done once, resumed, on other backends, and what stops it in one line."""

import errno
import functools
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from pilotzone.engine import spread as module
from pilotzone.engine.spread import folder, spread
from pilotzone.errors import UserError
from pilotzone.estimates import replace_bytes


def square(where, task):
    """Write the square of a task."""
    replace_bytes(Path(where) / f"{task}.txt", str(task**2).encode())


def refuse(where, task):
    """Fail at a task."""
    if task == 3:
        raise UserError("three is too much")
    square(where, task)


def run(where, tasks, work=square):
    spread(
        "squares",
        tasks,
        functools.partial(work, str(where)),
        lambda task: (where / f"{task}.txt").exists(),
    )


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_task_has_its_file_whatever_the_number_of_workers(tmp_path, monkeypatch, workers):
    monkeypatch.setenv("WORKERS", workers)
    run(tmp_path, range(5))
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {f"{n}.txt": str(n**2) for n in range(5)}


def test_what_is_done_is_not_done_again_and_lines_count_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORKERS", "1")
    (tmp_path / "1.txt").write_text("kept")
    run(tmp_path, range(3))
    assert (tmp_path / "1.txt").read_text() == "kept"
    assert capsys.readouterr().out.splitlines() == ["squares [2/3]", "squares [3/3]"]
    run(tmp_path, range(3))
    assert capsys.readouterr().out == ""


def test_a_task_that_fails_keeps_what_was_done_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKERS", "1")
    with pytest.raises(UserError, match="three is too much"):
        run(tmp_path, range(6), refuse)
    assert {path.name for path in tmp_path.iterdir()} == {"0.txt", "1.txt", "2.txt"}


def wait(where, task):
    """Be killed at a task."""
    if task == 2:
        (Path(where) / "waits").touch()
        time.sleep(60)
    square(where, task)


@pytest.mark.slow
@pytest.mark.cli
def test_a_killed_run_keeps_what_was_done_and_goes_on_from_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORKERS", "1")
    # A fork has imported everything already.
    process = multiprocessing.get_context("fork").Process(
        target=run, args=(tmp_path, range(4), wait)
    )
    process.start()
    for _ in range(600):
        if (tmp_path / "waits").exists():
            break
        time.sleep(0.05)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == ["0.txt", "1.txt"]
    capsys.readouterr()
    run(tmp_path, range(4))
    assert "squares [3/4]" in capsys.readouterr().out
    assert (tmp_path / "3.txt").read_text() == "9"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORKERS", "0", "WORKERS=0 is no number of processes"),
        ("WORKERS", "many", "WORKERS=many is no number of processes"),
        ("BACKEND", "spark", "BACKEND=spark is not known; known: loky, dask"),
        ("BACKEND", "dask", "needs SCHEDULER="),
    ],
)
def test_a_wrong_setting_is_refused_before_any_work(tmp_path, monkeypatch, name, value, said):
    monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=said):
        run(tmp_path, range(2))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_named(tmp_path, monkeypatch):
    pytest.importorskip("dask.distributed")
    monkeypatch.setenv("BACKEND", "dask")
    monkeypatch.setenv("SCHEDULER", "tcp://127.0.0.1:9")
    monkeypatch.setattr(module, "PATIENCE", "1s")
    with pytest.raises(UserError, match=r"SCHEDULER=tcp://127\.0\.0\.1:9 does not answer"):
        run(tmp_path, range(2))


@pytest.mark.slow
def test_dask_does_the_same_work_on_processes_of_its_own(tmp_path, monkeypatch):
    distributed = pytest.importorskip("dask.distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as one:
        monkeypatch.setenv("BACKEND", "dask")
        monkeypatch.setenv("SCHEDULER", one.scheduler_address)
        run(tmp_path, range(4))
    assert {path.name for path in tmp_path.iterdir()} == {f"{n}.txt" for n in range(4)}


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKERS", "1")

    def full(draft, path):
        assert draft.read_bytes() == b"0"
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UserError, match="no space left on the disk"):
        run(tmp_path, range(2))
    assert not list(tmp_path.iterdir())


def test_a_folder_is_that_of_what_decides_the_numbers(tmp_path):
    source = tmp_path / "source.py"
    source.write_text("one")
    first = folder(tmp_path, ("told", 1), [source])
    assert first.is_dir()
    assert folder(tmp_path, ("told", 1), [source]) == first
    assert folder(tmp_path, ("told", 2), [source]) != first
    source.write_text("two")
    assert folder(tmp_path, ("told", 1), [source]) != first
