"""Warm processes: order, failures, a process that dies."""

import os
import time

import pytest

from pilotzone.build import workers
from pilotzone.errors import UserError


def work(task):
    if task.startswith("bad"):
        raise UserError("a wrong cell")
    if task.startswith("fault"):
        raise ValueError("a bug\nwith details")
    if task.startswith("die"):
        os._exit(3)
    return os.getpid()


def outcomes(needs, jobs=2):
    return {outcome.task: outcome for outcome in workers.run(needs, work, jobs)}


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_so_many_processes_do_all_tasks(jobs):
    found = outcomes({str(number): () for number in range(9)}, jobs)
    assert len(found) == 9
    assert not any(outcome.error for outcome in found.values())
    assert 1 <= len({outcome.result for outcome in found.values()}) <= jobs


def test_a_task_waits_for_what_it_needs_and_knows_no_other():
    needs = {"last": ("middle", "not here"), "middle": ("first",), "first": (), "other": ()}
    assert [o.task for o in workers.run(needs, work, 1)] == ["first", "middle", "last", "other"]


def test_what_runs_is_told_at_the_start_and_whenever_something_ends():
    needs = {"first": (), "middle": ("first",), "last": ("middle",), "bad": (), "after": ("bad",)}
    told = [([o.task for o in step.ended], step.running) for step in workers.steps(needs, work, 1)]
    assert told == [
        ([], ("first",)),
        (["first"], ("middle",)),
        (["middle"], ("last",)),
        (["last"], ("bad",)),
        (["bad"], ()),
        (["after"], ()),
    ]


def test_no_tasks_are_no_steps_but_the_last():
    assert [(step.ended, step.running) for step in workers.steps({}, work, 2)] == [((), ())]


def test_the_others_finish_when_one_fails_or_its_process_dies():
    found = outcomes({"bad": (), "a": (), "die": (), "b": (), "fault": (), "c": ()})
    assert found["bad"].error == "a wrong cell"
    assert found["fault"].error == "ValueError: a bug"
    assert "with details" in found["fault"].trace
    assert "exit status 3" in found["die"].error
    assert all(found[task].result for task in "abc")


def test_what_needs_a_failure_is_skipped_with_all_that_follows():
    found = outcomes({"bad": (), "b": ("bad",), "c": ("b",), "d": ("a",), "a": ()})
    assert found["b"].error == "skipped, as it needs bad"
    assert found["c"].error == "skipped, as it needs b"
    assert [task for task, outcome in found.items() if outcome.skipped] == ["b", "c"]
    assert found["d"].result


def test_no_process_is_left_behind():
    found = outcomes({str(number): () for number in range(4)})
    for process in {outcome.result for outcome in found.values()}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_leaving_early_ends_what_is_under_way():
    begun = time.monotonic()
    running = workers.run({"quick": (), "slow": ()}, quick_or_slow, 2)
    assert next(running).task == "quick"
    running.close()
    assert time.monotonic() - begun < 10


def quick_or_slow(task):
    if task == "slow":
        time.sleep(30)


@pytest.mark.parametrize("forks", [False])
def test_without_forks_processes_are_spawned(monkeypatch, forks):
    monkeypatch.setattr(workers, "FORKS", forks)
    found = {o.task: o.result for o in workers.run({"1": (), "2": ()}, str.upper, 2)}
    assert found == {"1": "1", "2": "2"}
