"""Panels and estimates made anew, from the published figures, in a folder of their own."""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from pilotzone import engine, estimates, exhibits
from pilotzone.audit import workers
from pilotzone.catalogue import Exhibit
from pilotzone.errors import UserError
from pilotzone.panels.store import FolderStore


@dataclasses.dataclass(frozen=True)
class Made:
    """What was made anew.

    Attributes
    ----------
    derived, estimates : Path
        Folders of the panels and of the estimates files.
    failures : tuple of str
        What could not be made, and why.
    exhibits : tuple of str
        Those whose estimates were made.
    """

    derived: Path
    estimates: Path
    failures: tuple[str, ...]
    exhibits: tuple[str, ...]


def make(raw_folder: Path, exhibits: Mapping[str, Exhibit], folder: Path, processes: int) -> Made:
    """Build the panels and estimate the exhibits below ``folder``.

    Parameters
    ----------
    raw_folder : Path
        The published figures.
    exhibits : mapping from id to Exhibit
    folder : Path
        An empty folder.
    processes : int
    """
    derived, target = folder / "derived", folder / "estimates"
    target.mkdir(parents=True)
    try:
        build_panels(raw_folder, derived)
    except (UserError, ValueError) as error:
        return Made(derived, target, (f"panels: {error}",), ())
    said: dict[str, str] = {}
    for ready in rounds(exhibits):
        tasks = [(exhibit_id, derived, target) for exhibit_id in ready]
        found = workers.each(_estimate, tasks, "estimating anew", processes)
        said |= {exhibit_id: message for (exhibit_id, *_), message in found}
    failures = tuple(f"{i}: {said[i]}" for i in exhibits if said[i])
    made = tuple(i for i in exhibits if not said[i])
    return Made(derived, target, failures, made)


def rounds(exhibits: Mapping[str, Exhibit]) -> Iterator[list[str]]:
    """Give the exhibits in groups, each after those whose estimates it reads.

    Raises
    ------
    UserError
        If exhibits wait for each other.
    """
    waiting = {i: set(exhibit.needs) for i, exhibit in exhibits.items()}
    while waiting:
        ready = [i for i, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            raise UserError(f"exhibits need each other: {', '.join(waiting)}; mend their needs")
        yield ready
        for exhibit_id in ready:
            del waiting[exhibit_id]


def build_panels(raw_folder: Path, derived: Path) -> None:
    """Write the panels of the published figures.

    Raises
    ------
    UserError
        If a figure is not what the tables of variables say.
    """
    from pilotzone.panels import city, files, province, raw

    figures = raw.read_raw(raw_folder)
    files.write_province(province.build(figures), derived)
    files.write_city(city.build(figures), derived)


@functools.lru_cache(maxsize=1)
def panels(derived: Path) -> FolderStore:
    """Return the built panels, read once in each process."""
    return FolderStore(derived)


def _estimate(task: tuple[str, Path, Path]) -> str:
    """Write the estimates of an exhibit and return why not, if they cannot be made."""
    exhibit_id, derived, target = task
    try:
        parts = engine.run(exhibit_id, panels(derived), target)
        estimates.write(target, exhibit_id, exhibits.load(exhibit_id), parts)
    except (UserError, ValueError) as error:
        return str(error).partition("\n")[0]
    return ""
