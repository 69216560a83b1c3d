"""Every printed cell against its estimate: each rendering, and the grid behind all of them.

A rendering is read back and compared, cell by cell, with the grid that the estimates give. The
numbers of the grid are compared with the estimates by arithmetic of this module's own
(:mod:`pilotzone.audit.cells`), which shares no code with the one that printed them.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pilotzone import tables
from pilotzone.audit import cells, products, web_page, word_file
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.tables import latex, markdown, word
from pilotzone.tables.grid import Grid
from pilotzone.tables.layout import fit

Lines = list[list[str]]


@dataclasses.dataclass(frozen=True)
class Rendering:
    """How a kind of file prints a grid, and how it is read back.

    Attributes
    ----------
    files : from the output folder and the exhibits to pairs of exhibit and file.
    parse : from a file and an exhibit to the lines of its tables as printed.
    lines : from a grid to the lines that such a file should hold.
    whole : from a file and a grid to what else differs, titles, notes and layout among it; None
        where the whole file is compared elsewhere (:mod:`pilotzone.audit.products`).
    """

    files: Callable[[Path, Iterable[str]], Iterable[tuple[str, Path]]]
    parse: Callable[[Path, str], list[Lines]]
    lines: Callable[[Grid], list[Lines]]
    whole: Callable[[Path, Grid], Iterable[str]] | None = None


def _one_per_exhibit(ending: str) -> Callable[[Path, Iterable[str]], Iterable[tuple[str, Path]]]:
    def files(output: Path, ids: Iterable[str]) -> Iterable[tuple[str, Path]]:
        return [(i, output / "tables" / f"{i}.{ending}") for i in ids]

    return files


def _tables_of_report(output: Path, ids: Iterable[str]) -> Iterable[tuple[str, Path]]:
    return [(exhibit_id, output / "report.html") for exhibit_id in ids]


def _text(render: Callable[[Grid], str]) -> Callable[[Path, Grid], Iterable[str]]:
    def whole(path: Path, grid: Grid) -> Iterable[str]:
        if path.read_text(encoding="utf-8") != render(grid):
            return ["title, notes or layout are not those that the estimates give"]
        return []

    return whole


def _document(path: Path, grid: Grid) -> Iterable[str]:
    return products.documents(path.read_bytes(), word.render(grid))


# A further kind of file is a further entry here.
RENDERINGS = {
    "md": Rendering(
        _one_per_exhibit("md"),
        lambda path, _: [markdown.parse(path.read_text(encoding="utf-8"))],
        lambda grid: [grid.lines()],
        _text(markdown.render),
    ),
    "tex": Rendering(
        _one_per_exhibit("tex"),
        lambda path, _: latex.parse(path.read_text(encoding="utf-8")),
        lambda grid: [part.lines() for part in fit(grid).parts],
        _text(latex.render),
    ),
    "docx": Rendering(
        _one_per_exhibit("docx"),
        lambda path, _: word_file.read(path),
        lambda grid: [part.lines() for part in word.parts(grid)],
        _document,
    ),
    "html": Rendering(
        _tables_of_report,
        lambda path, exhibit_id: [web_page.read(path, exhibit_id)],
        lambda grid: [grid.lines()],
    ),
}


def checks(project: Project) -> list[Check]:
    """Return the check of the numbers of all tables and one for each kind of rendering."""
    grids, failures = {}, []
    for exhibit_id, (exhibit, _) in project.exhibits.items():
        try:
            grids[exhibit_id] = tables.build(exhibit_id, exhibit, project.estimates)
        except Exception as error:  # a damaged file may fail in any way
            text = str(error).partition("\n")[0]
            failures.append(f"{exhibit_id}: the estimates make no table: {text}")
    traced = [_traced(i, project, grid) for i, grid in grids.items()]
    failures += [failure for _, found in traced for failure in found]
    count = sum(number for number, _ in traced)
    summary, size = "value, stars and brackets of every number", f"{count} of {len(grids)} tables"
    name = "numbers against estimates"
    whole = Check("printed", name, summary, tuple(failures), size, compared=count)
    return [whole, *(_check(kind, project, grids) for kind in RENDERINGS)]


def _traced(exhibit_id: str, project: Project, grid: Grid) -> tuple[int, list[str]]:
    try:
        return cells.trace(exhibit_id, project, grid)
    except Exception as error:  # a damaged file may fail in any way
        return 0, [f"{exhibit_id}: cannot be traced: {type(error).__name__}: {error}"]


def _check(kind: str, project: Project, grids: dict[str, Grid]) -> Check:
    rendering, failures, count = RENDERINGS[kind], [], 0
    files = list(rendering.files(project.output, grids))
    absent = list(dict.fromkeys(path for _, path in files if not path.is_file()))
    for path in absent:
        failures.append(f"output/{path.relative_to(project.output).as_posix()}: not there")
    for exhibit_id, path in files:
        if path in absent:
            continue
        name = path.relative_to(project.output).as_posix()
        wanted = rendering.lines(grids[exhibit_id])
        count += sum(bool(text) for lines in wanted for line in lines for text in line[1:])
        found = _file_failures(rendering, path, exhibit_id, grids[exhibit_id], wanted)
        place = name if path.stem == exhibit_id else f"{name}, {exhibit_id}"
        failures += [f"output/{place}: {failure}" for failure in found]
    size = f"{count} cells of {sum(path not in absent for _, path in files)} tables"
    summary = "cell by cell, and title, notes and layout" if rendering.whole else "cell by cell"
    name = f"{kind} against estimates"
    return Check("printed", name, summary, tuple(failures), size, compared=count)


def _file_failures(
    rendering: Rendering, path: Path, exhibit_id: str, grid: Grid, wanted: list[Lines]
) -> Iterator[str]:
    try:
        there = rendering.parse(path, exhibit_id)
        rest = [] if rendering.whole is None else list(rendering.whole(path, grid))
    except Exception as error:  # a damaged file may fail in any way
        yield f"cannot be read: {str(error).partition(chr(10))[0]}"
        return
    yield from _cell_failures(there, wanted) if there != wanted else rest


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
