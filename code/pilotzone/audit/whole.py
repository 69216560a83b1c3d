"""Every check of ``make audit``, in the order in which a doubt would arise."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pilotzone.audit import (
    anew,
    completeness,
    consistency,
    declared,
    drift,
    inputs,
    long_again,
    long_runs,
    panels,
    printed,
    products,
    second_opinion,
)
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check


def run(project: Project, processes: int = 2) -> Iterator[Check]:
    """Give the checks of a project, each when it is made.

    The panels are built and the exhibits estimated anew in a temporary folder, from the published
    figures alone; what lies in the output is judged by them. A check that cannot be made is a
    failed one, whatever stops it.
    """
    yield from _guarded("inputs", lambda: inputs.checks(project))
    yield from _guarded("completeness", lambda: completeness.checks(project))
    with tempfile.TemporaryDirectory() as folder:
        exhibits = {i: project.exhibits[i][0] for i in project.made_by_make}
        made = anew.make(project.raw, exhibits, Path(folder), processes, project.estimates)
        yield from _guarded("drift", lambda: drift.checks(project, made))
        if made.exhibits:
            yield from _guarded("drift", lambda: panels.checks(project, made.derived))
            yield from _guarded("long runs", lambda: long_again.checks(project, made.derived))
            yield from _guarded(
                "second opinion", lambda: second_opinion.checks(project, made.derived, processes)
            )
        else:
            yield Check("second opinion", "all programs", "nothing", ("there are no panels",))
    for area, check in (
        ("consistency", consistency.checks),
        ("consistency", declared.checks),
        ("long runs", long_runs.checks),
        ("printed", printed.checks),
        ("whole files", products.checks),
    ):
        yield from _guarded(area, lambda check=check: check(project))


def _guarded(area: str, make: Callable[[], Iterable[Check]]) -> list[Check]:
    """Return checks, or a failed one that says why they could not be made."""
    try:
        return list(make())
    except Exception as error:  # a damaged file may fail in any way
        text = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        return [Check(area, "could not be made", "nothing", (text,))]
