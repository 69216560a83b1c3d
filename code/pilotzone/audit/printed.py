"""Every printed cell against its estimate: each rendering, and the grid behind all of them.

A rendering is read back and compared, cell by cell, with the grid that the estimates give. The
numbers of the grid are compared with the estimates by arithmetic of this module's own
(:mod:`pilotzone.audit.cells`), which shares no code with the one that printed them.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pilotzone import tables
from pilotzone.audit import cells, web_page, word_file
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.errors import UserError
from pilotzone.tables import latex, markdown, word
from pilotzone.tables.grid import Grid
from pilotzone.tables.layout import fit, fit_sheet

Lines = list[list[str]]
# A damaged file may fail in any of these ways while a table is made of it.
DAMAGED = (
    *(UserError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError),
    *word_file.DAMAGED,
)


@dataclasses.dataclass(frozen=True)
class Rendering:
    """How a kind of file prints a grid, and how it is read back.

    Attributes
    ----------
    files : from the output folder and the exhibits to pairs of exhibit and file.
    parse : from a file and an exhibit to the lines of its tables as printed.
    lines : from a grid to the lines that such a file should hold.
    text : from a grid to the whole file, where that is text: title and notes are compared as well.
    committed : False for files that make builds and a clone does not hold.
    """

    files: Callable[[Path, Iterable[str]], Iterable[tuple[str, Path]]]
    parse: Callable[[Path, str], list[Lines]]
    lines: Callable[[Grid], list[Lines]]
    text: Callable[[Grid], str] | None = None
    committed: bool = True


def _one_per_exhibit(ending: str) -> Callable[[Path, Iterable[str]], Iterable[tuple[str, Path]]]:
    def files(output: Path, ids: Iterable[str]) -> Iterable[tuple[str, Path]]:
        paths = {exhibit_id: output / "tables" / f"{exhibit_id}.{ending}" for exhibit_id in ids}
        return [(exhibit_id, path) for exhibit_id, path in paths.items() if path.exists()]

    return files


def _tables_of_report(output: Path, ids: Iterable[str]) -> Iterable[tuple[str, Path]]:
    path = output / "report.html"
    return [(exhibit_id, path) for exhibit_id in ids] if path.exists() else []


# A further kind of file is a further entry here.
RENDERINGS = {
    "md": Rendering(
        _one_per_exhibit("md"),
        lambda path, _: [markdown.parse(path.read_text(encoding="utf-8"))],
        lambda grid: [grid.lines()],
        markdown.render,
    ),
    "tex": Rendering(
        _one_per_exhibit("tex"),
        lambda path, _: latex.parse(path.read_text(encoding="utf-8")),
        lambda grid: [part.lines() for part in fit(grid).parts],
        latex.render,
    ),
    "docx": Rendering(
        _one_per_exhibit("docx"),
        lambda path, _: word_file.read(path),
        lambda grid: [part.lines() for part in fit_sheet(grid, word.SHEETS)[0]],
        committed=False,
    ),
    "html": Rendering(
        _tables_of_report,
        lambda path, exhibit_id: [web_page.read(path, exhibit_id)],
        lambda grid: [grid.lines()],
        committed=False,
    ),
}


def checks(project: Project) -> list[Check]:
    """Return the check of the numbers of all tables and one for each kind of rendering."""
    grids, failures = {}, []
    for exhibit_id, (exhibit, _) in project.exhibits.items():
        try:
            grids[exhibit_id] = tables.build(exhibit_id, exhibit, project.estimates)
        except DAMAGED as error:
            text = str(error).partition("\n")[0]
            failures.append(f"{exhibit_id}: the estimates make no table: {text}")
    traced = [cells.trace(i, project, grid) for i, grid in grids.items()]
    failures += [failure for _, found in traced for failure in found]
    count = sum(number for number, _ in traced)
    summary = f"{count} numbers of {len(grids)} tables: value, stars and brackets"
    whole = Check("printed", "numbers against estimates", summary, tuple(failures))
    return [whole, *(_check(kind, project, grids) for kind in RENDERINGS)]


def _check(kind: str, project: Project, grids: dict[str, Grid]) -> Check:
    rendering, failures, count = RENDERINGS[kind], [], 0
    files = list(rendering.files(project.output, grids))
    for exhibit_id, path in files:
        name = path.relative_to(project.output).as_posix()
        wanted = rendering.lines(grids[exhibit_id])
        count += sum(bool(text) for lines in wanted for line in lines for text in line[1:])
        found = list(_file_failures(rendering, path, exhibit_id, grids[exhibit_id], wanted))
        failures += [f"output/{name}: {failure}" for failure in found]
    size = f"{count} cells of {len(files)} tables"
    summary = f"{size if rendering.committed else 'the tables that are built'}, cell by cell"
    measured = "" if rendering.committed else size
    return Check("printed", f"{kind} against estimates", summary, tuple(failures), measured)


def _file_failures(
    rendering: Rendering, path: Path, exhibit_id: str, grid: Grid, wanted: list[Lines]
) -> Iterator[str]:
    try:
        there = rendering.parse(path, exhibit_id)
    except DAMAGED as error:
        yield f"cannot be read: {error}"
        return
    if there != wanted:
        yield from _cell_failures(there, wanted)
    elif rendering.text and path.read_text(encoding="utf-8") != rendering.text(grid):
        yield "title, notes or layout are not those that the estimates give"


def _cell_failures(there: list[Lines], wanted: list[Lines]) -> Iterator[str]:
    """Give the cells in which printed lines differ from those wanted."""
    sizes = [[len(line) for line in lines] for lines in there]
    expected = [[len(line) for line in lines] for lines in wanted]
    if sizes != expected:
        yield f"{_shape(there)}, the estimates give {_shape(wanted)}"
        return
    for number, (lines, others) in enumerate(zip(there, wanted, strict=True), start=1):
        label = ""
        part = f"part {number}, " if len(there) > 1 else ""
        for line, other in zip(lines, others, strict=True):
            label = other[0] or label
            for place, (text, right) in enumerate(zip(line, other, strict=True)):
                if text != right:
                    where = f"cell {place}" if place else "label"
                    yield f"{part}'{label}', {where}: '{text}', the estimates give '{right}'"


def _shape(there: list[Lines]) -> str:
    lines = [line for part in there for line in part]
    widths = "/".join(map(str, sorted({len(line) - 1 for line in lines})))
    return f"{len(lines)} lines of {widths} cells in {len(there)} parts"
