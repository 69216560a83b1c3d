"""The output: nothing missing, orphaned or out of date, by digest and never by time."""

import dataclasses

from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.errors import UserError
from pilotzone.report import manifest
from pilotzone.report.manifest import Problem


def checks(project: Project) -> list[Check]:
    """Return the check of the output against the manifest and the exhibits."""
    found = problems(project)
    summary = f"output/manifest.csv against {len(project.exhibits)} exhibits"
    if project.long:
        summary += f"; not estimated anew, built by make bench: {', '.join(sorted(project.long))}"
    failures = tuple(f"output/{p.output}: {p.kind}, {p.reason}" for p in found)
    return [Check("completeness", "output", summary, failures)]


def problems(project: Project) -> list[Problem]:
    """Return what :func:`pilotzone.manifest.problems` finds, and estimates that are not there.

    The manifest calls a row without a file orphaned; where the exhibit exists, the file is missing.
    """
    try:
        found = manifest.problems(project.exhibits, project.output, project.estimates)
    except (UserError, TypeError) as error:
        return [Problem("outdated", manifest.NAME, f"cannot be read: {error}")]
    listed = manifest.read(project.output)
    named = {problem.output for problem in found}
    folder = project.estimates.relative_to(project.output).as_posix()
    for exhibit_id in project.exhibits:
        name = f"{folder}/{exhibit_id}.csv"
        if name not in named and not (project.output / name).exists():
            found.append(Problem("missing", name, "no such file"))
    mended = [_mended(problem, listed, project) for problem in found]
    return sorted(mended, key=dataclasses.astuple)


def _mended(problem: Problem, listed: dict[str, manifest.Entry], project: Project) -> Problem:
    gone = not (project.output / problem.output).exists()
    row = listed.get(problem.output)
    if problem.kind == "orphaned" and gone and row and row.exhibit in project.exhibits:
        return dataclasses.replace(problem, kind="missing", reason="no such file")
    return problem
