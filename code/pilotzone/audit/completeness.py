"""The output: nothing missing, orphaned or out of date, by digest and never by time."""

import dataclasses

from pilotzone import exhibits
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.report import journal, manifest
from pilotzone.report.manifest import Problem

# What no exhibit makes.
BESIDE = {
    *(manifest.NAME, "audit.md", "benchmark.csv", "benchmark.machine.csv"),
    *("report.html", "report.zh.html"),
    *(journal.MAIN, journal.APPENDIX, journal.NAME, "main.pdf"),
}
IN_DATA = {"README.md", "SHA256SUMS", "codebook.csv"}
# Folders whose files other checks answer for, or a reader.
OTHERS = {
    "output": (
        *("estimates", "figures", "custom", "mine", "firm", "synthetic", "multiverse"),
        *("notebooks", "policy", "whose", "faultbench"),
    ),
    "data": ("raw", "derived"),
}


def checks(project: Project) -> list[Check]:
    """Return the check of the output against the manifest and the exhibits."""
    found = problems(project)
    summary = "output/manifest.csv against the exhibits; figures are those that were written"
    measured = f"{len(project.exhibits)} exhibits"
    if project.long:
        measured += f"; not estimated anew, built by make bench: {', '.join(sorted(project.long))}"
    failures = tuple(f"output/{p.output}: {p.kind}, {p.reason}" for p in found)
    return [
        *(Check("completeness", "output", summary, failures, measured, len(project.exhibits)),),
        _strangers(project),
    ]


def _strangers(project: Project) -> Check:
    """Return the check for files that nothing makes and nothing lists, anywhere below a folder."""
    found = []
    for folder, known in ((project.output, _of_output(project)), (project.root / "data", IN_DATA)):
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            name = path.relative_to(folder).as_posix()
            within = any(name == one or name.startswith(f"{one}/") for one in OTHERS[folder.name])
            if path.is_file() and not within and name not in known:
                found.append(f"{folder.name}/{name}: nothing makes it")
    summary = "no file below output and data that nothing makes or lists"
    return Check("completeness", "orphans", summary, tuple(found))


def _of_output(project: Project) -> set[str]:
    """Return the files below the output that something makes."""
    made = {name.removeprefix("output/") for name in project.products}
    made |= {f"tables/{i}.{ending}" for i in project.exhibits for ending in ("md", "tex", "docx")}
    return made | BESIDE


def problems(project: Project) -> list[Problem]:
    """Return what :func:`pilotzone.manifest.problems` finds, and estimates that are not there.

    The manifest calls a row without a file orphaned; where the exhibit exists, the file is missing.
    """
    try:
        found = manifest.problems(project.exhibits, project.output, project.estimates)
    except Exception as error:  # whatever is said about bytes of another kind
        text = f"cannot be read: {str(error).partition(chr(10))[0]}"
        return [Problem("outdated", manifest.NAME, text)]
    listed = manifest.read(project.output)
    named = {problem.output for problem in found}
    folder = project.estimates.relative_to(project.output).as_posix()
    for exhibit_id in project.exhibits:
        name = f"{folder}/{exhibit_id}.csv"
        if name not in named and not (project.output / name).exists():
            found.append(Problem("missing", name, "no such file"))
    known = {exhibit_id: exhibit for exhibit_id, (exhibit, _) in project.exhibits.items()}
    drawn = [i for i, exhibit in known.items() if exhibits.drawn(i, exhibit, project.estimates)]
    found += manifest.printed_problems(project.output, drawn)
    mended = [_mended(problem, listed, project) for problem in found]
    return sorted(mended, key=dataclasses.astuple)


def _mended(problem: Problem, listed: dict[str, manifest.Entry], project: Project) -> Problem:
    gone = not (project.output / problem.output).exists()
    row = listed.get(problem.output)
    if problem.kind == "orphaned" and gone and row and row.exhibit in project.exhibits:
        return dataclasses.replace(problem, kind="missing", reason="no such file")
    return problem
