"""Every check of ``make audit``, in the order in which a doubt would arise."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from pilotzone.audit import (
    anew,
    completeness,
    consistency,
    declared,
    drift,
    inputs,
    printed,
    second_opinion,
)
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check


def run(project: Project, processes: int = 2) -> Iterator[Check]:
    """Give the checks of a project, each when it is made.

    The panels are built and the exhibits estimated anew in a temporary folder, from the published
    figures alone; what lies in the output is judged by them.
    """
    yield from inputs.checks(project)
    yield from completeness.checks(project)
    with tempfile.TemporaryDirectory() as folder:
        exhibits = {i: project.exhibits[i][0] for i in project.made_by_make}
        made = anew.make(project.raw, exhibits, Path(folder), processes, project.estimates)
        yield from drift.checks(project, made)
        if made.exhibits:
            yield from second_opinion.checks(project, made.derived, processes)
        else:
            yield Check("second opinion", "all programs", "nothing", ("there are no panels",))
    yield from consistency.checks(project)
    yield from declared.checks(project)
    yield from printed.checks(project)
