"""Whole files made anew from the output and compared, every sign of them.

The report with its board, figures and scripts, the board for other programs, the generated parts
of README and docs, and the Word files with several tables. A difference is named by the exhibit or
the part in which it stands.
"""

import itertools
import re
from collections.abc import Collection, Iterator

from pilotzone import exhibits
from pilotzone.audit import word_file
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.report import journal
from pilotzone.tables import word

# What names the place of a line: an exhibit's table or article, a section, a generated part.
PLACE = re.compile(
    r'data-exhibit="([^"]+)"|<article id="([^"]+)"|id="(board|sources|group-\w+)"|<(style|script)>'
    r"|<!-- begin: (\w+)|^#+ (.+)$"
)
# Places named of one file; the rest are counted.
NAMED = 10
LONGEST = 60


def checks(project: Project) -> list[Check]:
    """Return a check for every whole file."""
    found = [_check(project, name) for name in project.products]
    collections = journal.collections(exhibits.paths())
    return [*found, *(_collection(project, name, ids) for name, ids in collections.items())]


def _check(project: Project, name: str) -> Check:
    path, summary = project.root / name, "made anew from output, every sign"
    if not path.is_file():
        return Check("whole files", name, summary, (f"{name}: not there; run make",))
    try:
        there = path.read_bytes().decode("utf-8")
        wanted = project.products[name](project.root)
    except Exception as error:  # a damaged file may fail in any way
        text = f"{name}: cannot be compared: {type(error).__name__}: {_first_line(error)}"
        return Check("whole files", name, summary, (text,))
    failures = tuple(f"{name}{text}" for text in differences(there, wanted))
    return Check("whole files", name, summary, failures, compared=len(wanted))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def differences(there: str, wanted: str) -> Iterator[str]:
    """Give where a text differs from the one that is made anew, a line for each place."""
    if there == wanted:
        return
    lines, others = there.split("\n"), wanted.split("\n")
    place, places = "", {}
    for line, other in itertools.zip_longest(lines, others):
        place = _place(other or "") or place
        if line != other:
            where = _within(other or "", line or "") or place
            places.setdefault(where, _apart(line, other))
    for where, said in list(places.items())[:NAMED]:
        yield f"{f', {where}' if where else ''}: {said}"
    if len(places) > NAMED:
        yield f": and {len(places) - NAMED} more places"


def _place(line: str) -> str:
    """Return the last place that a line begins."""
    found = [next(filter(None, match.groups())) for match in PLACE.finditer(line)]
    return found[-1] if found else ""


def _within(line: str, other: str) -> str:
    """Return the place, within a line, before its first sign that differs."""
    return _place(line[: _common(line, other)])


def _common(line: str, other: str) -> int:
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(line, other, strict=False))
    return sum(1 for _ in pairs)


def _apart(line: str | None, other: str | None) -> str:
    if line is None or other is None:
        return "lines are missing" if line is None else "lines too many"
    start = max(_common(line, other) - LONGEST // 3, 0)
    return f"'{line[start : start + LONGEST]}', anew '{other[start : start + LONGEST]}'"


def _collection(project: Project, file: str, ids: Collection[str]) -> Check:
    """Compare a Word file of several tables with those of its exhibits, in their order."""
    summary = "the tables of its exhibits, in their order"
    name, folder = f"output/{file}", project.output / "tables"
    paths = [folder / f"{one}.docx" for one in ids if one in project.exhibits]
    there = [path for path in paths if path.exists()]
    failures: Collection[str] = (f"{name}: not there; run make",)
    if (project.root / name).is_file():
        try:
            content = (project.root / name).read_bytes()
            failures = list(documents(content, word.combined([p.read_bytes() for p in there])))
        except Exception as error:  # a damaged file may fail in any way
            failures = [f"cannot be read: {type(error).__name__}: {_first_line(error)}"]
        failures = [f"{name}: {text}" for text in failures]
    return Check("whole files", name, summary, tuple(failures), compared=len(there))


def documents(one: bytes, other: bytes) -> Iterator[str]:
    """Give the parts in which two Word files differ, and the first paragraph that does."""
    there, wanted = word_file.parts(one), word_file.parts(other)
    for name in sorted(there.keys() | wanted.keys()):
        if name not in there or name not in wanted:
            yield f"part {name} {'too many' if name in there else 'missing'}"
        elif there[name] != wanted[name]:
            yield f"part {name} differs{_paragraph(name, there[name], wanted[name])}"


def _paragraph(name: str, there: bytes, wanted: bytes) -> str:
    if name != "word/document.xml":
        return ""
    pairs = zip(word_file.sentences(there), word_file.sentences(wanted), strict=False)
    apart = next(((a, b) for a, b in pairs if a != b), None)
    return f": {_apart(*apart)}" if apart else ": markup, or paragraphs behind the last"
