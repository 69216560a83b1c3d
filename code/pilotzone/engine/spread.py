"""Long work in tasks whose files stay: on all cores or past one machine, and resumed.

A task that has its files is not done again, so that a run which was ended goes on where it stood,
and one that is done twice writes the same. ``WORKERS`` says how many processes (all cores if it is
not said), ``BACKEND=dask`` with ``SCHEDULER=tcp://…`` takes the workers of a running scheduler;
they read and write the folders of the project, which they need to share.
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pilotzone.errors import UserError

BACKENDS = ("loky", "dask")
# How long a scheduler has to answer.
PATIENCE = "10s"
Work = Callable[[object], None]


def spread(
    name: str,
    tasks: Sequence[object],
    work: Work,
    done: Callable[[object], bool],
    most: int | None = None,
) -> None:
    """Do the tasks that are not done, with a line for each.

    Parameters
    ----------
    name : str
        What the lines begin with.
    tasks : sequence
    work : callable
        A function that another process can import; it writes the files of a task.
    done : callable
        Whether a task has its files.
    most : int, optional
        Processes that the work is worth; as many as there are tasks if left out.

    Raises
    ------
    UserError
        If the number of workers or the backend is none, the scheduler does not answer, or the disk
        is full.
    """
    import joblib

    waiting = [task for task in tasks if not done(task)]
    if not waiting:
        return
    already, total = len(tasks) - len(waiting), len(tasks)
    with _backend(min(most or total, len(waiting))) as options, _plain_errors():
        parallel = joblib.Parallel(return_as="generator", max_nbytes=None, **options)
        made = parallel(joblib.delayed(_done)(work, task) for task in waiting)
        for number, _ in enumerate(made, start=already + 1):
            print(f"{name} [{number}/{total}]", flush=True)


def _done(work: Work, task: object) -> None:
    work(task)


@contextlib.contextmanager
def _backend(most: int) -> Iterator[dict[str, object]]:
    backend, workers = os.environ.get("BACKEND", "loky"), os.environ.get("WORKERS", "")
    if backend not in BACKENDS:
        raise UserError(f"BACKEND={backend} is not known; known: {', '.join(BACKENDS)}")
    if workers and (not workers.isdecimal() or int(workers) < 1):
        raise UserError(f"WORKERS={workers} is no number of processes; name 1 or more")
    count = int(workers) if workers else os.cpu_count() or 1
    if backend == "loky":
        count = min(count, most)
        try:
            yield {"n_jobs": count, "backend": "loky" if count > 1 else "sequential"}
        finally:
            # Idle workers would keep their parent for minutes.
            if count > 1:
                from joblib.externals.loky import get_reusable_executor

                get_reusable_executor().shutdown()
        return
    address = os.environ.get("SCHEDULER", "")
    if not address:
        raise UserError("BACKEND=dask needs SCHEDULER=, the address of a running scheduler")
    try:
        from dask.distributed import Client
    except ImportError:
        raise UserError(
            "BACKEND=dask needs dask: .venv/bin/python -m pip install 'dask[distributed]'"
        ) from None
    import joblib

    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(f"SCHEDULER={address} does not answer: {error}") from None
    with client, joblib.parallel_config(backend="dask"):
        yield {"n_jobs": count if workers else -1}


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Say in one line that the disk is full; what is half-written has been taken away."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise UserError(f"no space left on the disk: {error.filename or 'unknown file'}") from None


def folder(below: Path, told: object, sources: Sequence[Path]) -> Path:
    """Return a folder of its own for what decides the numbers: what is told, and sources."""
    content = b"".join(path.read_bytes() for path in sources)
    made = below / hashlib.sha256(repr(told).encode() + content).hexdigest()[:16]
    made.mkdir(parents=True, exist_ok=True)
    return made
