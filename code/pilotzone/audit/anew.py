"""Panels and estimates made anew, from the published figures, in a folder of their own."""

import dataclasses
import functools
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pilotzone.build import estimating, workers
from pilotzone.catalogue import Exhibit


@dataclasses.dataclass(frozen=True)
class Made:
    """What was made anew.

    Attributes
    ----------
    derived, estimates : folders of the panels and of the estimates files.
    failures : what could not be made, and why.
    exhibits : those whose estimates were made.
    """

    derived: Path
    estimates: Path
    failures: tuple[str, ...]
    exhibits: tuple[str, ...]


def make(
    raw_folder: Path,
    exhibits: Mapping[str, Exhibit],
    folder: Path,
    processes: int,
    there: Path | None = None,
) -> Made:
    """Build the panels and estimate the exhibits below ``folder``.

    Parameters
    ----------
    raw_folder : the published figures.
    exhibits : mapping from id to Exhibit
    folder : an empty folder.
    there : estimates of exhibits that some need and that are not made anew: lent for the time.

    Raises UserError if exhibits wait for each other.
    """
    derived, target = folder / "derived", folder / "estimates"
    target.mkdir(parents=True)
    try:
        build_panels(raw_folder, derived)
    except Exception as error:  # the failure of a check, whatever it is
        text = f"panels: {str(error).partition(chr(10))[0]}"
        return Made(derived, target, (text,), ())
    needs = {exhibit_id: exhibit.needs for exhibit_id, exhibit in exhibits.items()}
    work = functools.partial(estimating.estimate, derived, target)
    lent = {other for one in needs.values() for other in one} - exhibits.keys()
    borrowed = [path for other in sorted(lent) for path in _files(there, other)]
    for path in borrowed:
        shutil.copy(path, target)
    found = each(needs, work, "estimating anew", processes)
    errors = {outcome.task: outcome.error.partition("\n")[0] for outcome in found}
    for path in borrowed:
        (target / path.name).unlink()
    failures = tuple(f"{i}: {errors[i]}" for i in exhibits if errors[i])
    return Made(derived, target, failures, tuple(i for i in exhibits if not errors[i]))


def _files(folder: Path | None, exhibit_id: str) -> list[Path]:
    """Return the files of an exhibit below a folder, if there is one."""
    return (
        [*folder.glob(f"{exhibit_id}.csv"), *folder.glob(f"{exhibit_id}.*.csv")] if folder else []
    )


def each(
    needs: Mapping[workers.Task, Collection[workers.Task]],
    work: workers.Work,
    description: str,
    processes: int,
) -> Iterator[workers.Outcome]:
    """Give the outcomes of :func:`pilotzone.build.workers.run`, with a bar on a terminal."""
    from tqdm import tqdm

    ended = workers.run(needs, work, processes)
    yield from tqdm(ended, desc=description, total=len(needs), leave=False, disable=None)


def build_panels(raw_folder: Path, derived: Path) -> None:
    """Write the panels of the published figures.

    Raises UserError if a figure is not what the tables of variables say.
    """
    from pilotzone.panels import city, files, province, raw

    figures = raw.read_raw(raw_folder)
    files.write_province(province.build(figures), derived)
    files.write_city(city.build(figures), derived)
