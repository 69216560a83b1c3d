"""Work shared by processes, with a bar of progress."""

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

PROCESSES = 2
Task = TypeVar("Task")
Found = TypeVar("Found")


def each(
    work: Callable[[Task], Found], tasks: Sequence[Task], description: str, processes: int
) -> Iterator[tuple[Task, Found]]:
    """Give each task with its result, in the order in which they are done.

    Parameters
    ----------
    work : callable
        A function of a module, so that another process can import it.
    tasks : sequence
    description : str
        What the bar says; there is none where the output is no terminal.
    processes : int
        With one, nothing is started.
    """
    from tqdm import tqdm

    bar = tqdm(total=len(tasks), desc=description, leave=False, disable=None)
    with bar:
        for done in _results(work, tasks, processes):
            bar.update()
            yield done


def _results(
    work: Callable[[Task], Found], tasks: Sequence[Task], processes: int
) -> Iterator[tuple[Task, Found]]:
    if processes == 1 or len(tasks) < 2:
        for task in tasks:
            yield task, work(task)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_quiet) as pool:
        futures = {pool.submit(work, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _quiet() -> None:
    """Drop the bars of the engine's own loops, which would run across the one bar shown."""
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115 - open as long as the process
