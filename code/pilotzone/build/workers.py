"""Warm processes: each does one task after the other, and a task waits for those that it needs.

Where processes can be forked, they start with everything that the parent has imported.
"""

import argparse
import contextlib
import dataclasses
import graphlib
import io
import multiprocessing
import signal
import sys
import traceback
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from multiprocessing import connection

from pilotzone.errors import UserError

# On macOS a fork is not safe once system libraries run threads.
FORKS = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
Task = Hashable
Work = Callable[[Task], object]


def number(text: str) -> int:
    """Return how many processes an option names."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of processes; name 1 or more")
    return int(text)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    task : hashable
    result : object
        What the work returned.
    error : str
        Why there is no result, in one line.
    skipped : bool
        Whether it was not begun, because one that it needs has no result.
    trace : str
        Where an error arose that is not the user's.
    """

    task: Task
    result: object = None
    error: str = ""
    skipped: bool = False
    trace: str = ""


@dataclasses.dataclass(frozen=True)
class Step:
    """What has ended since the step before, and what runs after it.

    Attributes
    ----------
    ended : tuple of Outcome
    running : tuple of tasks
    """

    ended: tuple[Outcome, ...]
    running: tuple[Task, ...] = ()


class _Worker:
    """A process at the other end of a pipe."""

    def __init__(self, work: Work, alone: bool) -> None:
        context = multiprocessing.get_context("fork" if FORKS else "spawn")
        self.pipe, theirs = context.Pipe()
        # Not a daemon, so that a task may have processes of its own.
        self.process = context.Process(target=_serve, args=(theirs, work, alone))
        self.process.start()
        theirs.close()
        self.task = ""

    def begin(self, task: Task) -> None:
        self.task = task
        self.pipe.send(task)

    def outcome(self) -> Outcome:
        try:
            return self.pipe.recv()
        except EOFError:
            self.process.join()
            status = self.process.exitcode
            said = f"its process ended with exit status {status}; if memory was short, try JOBS=1"
            return Outcome(self.task, error=said)


def ordered(needs: Mapping[Task, Collection[Task]]) -> tuple[Task, ...]:
    """Return tasks with what they need before them.

    Raises
    ------
    UserError
        If some need each other.
    """
    try:
        return tuple(graphlib.TopologicalSorter(needs).static_order())
    except graphlib.CycleError as error:
        circle = ", ".join(error.args[1])
        raise UserError(f"exhibits need each other: {circle}; mend their needs") from None


def run(needs: Mapping[Task, Collection[Task]], work: Work, jobs: int) -> Iterator[Outcome]:
    """Give the outcome of each task, in the order in which they end; takes what `steps` takes."""
    for step in steps(needs, work, jobs):
        yield from step.ended


def steps(needs: Mapping[Task, Collection[Task]], work: Work, jobs: int) -> Iterator[Step]:
    """Give what has ended and what runs, at the start and whenever something ends.

    Parameters
    ----------
    needs : mapping from task to tasks
        In the order in which they are begun; needs outside the mapping count as done.
    work : callable
        A function that another process can import.
    jobs : int
        So many processes at a time.
    """
    within = {task: set(others) & needs.keys() for task, others in needs.items()}
    ordered(within)
    order = graphlib.TopologicalSorter(within)
    order.prepare()
    place = {task: position for position, task in enumerate(needs)}
    ready: list[Task] = []
    ended: list[Outcome] = []
    failed: set[Task] = set()
    idle: list[_Worker] = []
    busy: list[_Worker] = []
    try:
        while order.is_active():
            ready = sorted([*ready, *order.get_ready()], key=place.get)
            skipped = [skip for task in ready if (skip := _skipped(task, needs[task], failed))]
            ready = [task for task in ready if task not in {outcome.task for outcome in skipped}]
            while ready and len(busy) < jobs:
                busy.append(idle.pop() if idle else _Worker(work, alone=len(needs) == 1))
                busy[-1].begin(ready.pop(0))
            yield Step(tuple(ended), tuple(worker.task for worker in busy))
            ended = skipped
            pipes = connection.wait([w.pipe for w in busy]) if busy and not ended else ()
            for worker in [w for w in busy if w.pipe in pipes]:
                busy.remove(worker)
                ended.append(worker.outcome())
                idle += [worker] if worker.process.is_alive() else []
            failed |= {outcome.task for outcome in ended if outcome.error}
            order.done(*(outcome.task for outcome in ended))
        yield Step(tuple(ended))
    finally:
        for worker in busy:
            worker.process.terminate()
        for worker in idle:
            worker.pipe.send("")
        for worker in busy + idle:
            worker.process.join()


def _skipped(task: Task, needs: Collection[Task], failed: Collection[Task]) -> Outcome | None:
    absent = next((other for other in needs if other in failed), "")
    return Outcome(task, error=f"skipped, as it needs {absent}", skipped=True) if absent else None


class _NoTerminal(io.TextIOWrapper):
    """A stream on which no bar of progress is drawn: it would run across those of others."""

    def isatty(self) -> bool:
        """Say no."""
        return False


def _serve(pipe: connection.Connection, work: Work, alone: bool) -> None:
    """Do the tasks that come through the pipe until an empty one comes or the parent is gone."""
    # The parent hears of Ctrl-C too and ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not alone:
        sys.stderr = _NoTerminal(sys.stderr.buffer, line_buffering=True)
    parent = multiprocessing.parent_process().sentinel
    with contextlib.suppress(OSError, EOFError):
        while parent not in connection.wait([pipe, parent]) and (task := pipe.recv()):
            pipe.send(_done(task, work))


def _done(task: Task, work: Work) -> Outcome:
    try:
        return Outcome(task, work(task))
    except UserError as error:
        return Outcome(task, error=str(error))
    except Exception as error:  # the fault of one is not the others'
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        return Outcome(task, error=said, trace=traceback.format_exc())
