"""Exhibits estimated by warm processes, with a line of progress for each."""

import functools
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone.build import workers
from pilotzone.build.progress import count
from pilotzone.errors import UserError

if TYPE_CHECKING:
    from pilotzone.panels.store import FolderStore

# Of what runs at a time, so many stand by name.
NAMED = 3


def run(
    needs: Mapping[str, Collection[str]],
    derived: Path,
    target: Path,
    jobs: int,
    written: Callable[[str, Sequence[str]], None],
) -> None:
    """Estimate exhibits and write their files below ``target``.

    Parameters
    ----------
    needs : mapping from exhibit to exhibits
        Those among them that must be there before.
    derived : Path
        The built panels.
    target : Path
    jobs : int
        Processes at a time.
    written : callable
        Told each exhibit with the names of its files.

    Raises
    ------
    UserError
        At the end, naming what failed and what was skipped because of it.
    """
    from pilotzone import engine  # noqa: F401 - what is imported here the processes start with

    work = functools.partial(estimate, derived, target)
    total, number, bad = len(needs), 0, []
    for step in workers.steps(needs, work, jobs):
        if not step.ended and step.running:
            print(f"{count(0, total)} {_running(step.running)}", flush=True)
        for outcome in step.ended:
            number += 1
            print(outcome.trace, end="", file=sys.stderr, flush=True)
            error = outcome.error.removeprefix(f"{outcome.task}, ")
            if error and total == 1:
                raise UserError(f"{outcome.task}, {error}")
            if error:
                bad.append(outcome)
                said = f"{outcome.task}: {error}"
            else:
                written(outcome.task, outcome.result)
                said = "; ".join(filter(None, (outcome.task, _running(step.running))))
            print(f"{count(number, total)} {said}", flush=True)
    _refuse(bad, total)


def _running(tasks: Sequence[workers.Task]) -> str:
    """Return what runs, three of them by name, so that a line stays a line."""
    more = f" and {len(tasks) - NAMED} more" if len(tasks) > NAMED else ""
    return f"running: {', '.join(map(str, tasks[:NAMED]))}{more}" if tasks else ""


def _refuse(bad: Sequence[workers.Outcome], total: int) -> None:
    """Raise the names of what failed and of what was skipped, if there are any."""
    failed = [outcome.task for outcome in bad if not outcome.skipped]
    skipped = [outcome.task for outcome in bad if outcome.skipped]
    if failed:
        also = f"; skipped, as they need others: {', '.join(skipped)}" if skipped else ""
        raise UserError(
            f"{len(failed)} of {total} exhibits failed, see their lines above: "
            f"{', '.join(failed)}{also}"
        )


@functools.lru_cache(maxsize=1)
def store(derived: Path) -> "FolderStore":
    """Return the built panels, read once in each process."""
    from pilotzone.panels.store import FolderStore

    return FolderStore(derived)


def estimate(derived: Path, target: Path, exhibit_id: str) -> list[str]:
    """Write the files of an exhibit, the main one last, and return their names."""
    from pilotzone import engine, estimates, exhibits

    parts = engine.run(exhibit_id, store(derived), target)
    written = estimates.write(target, exhibit_id, exhibits.load(exhibit_id), parts)
    return [path.name for path in written]
