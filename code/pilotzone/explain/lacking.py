"""All that an exhibit lacks before it can be estimated and rendered, in one list."""

import string
from collections.abc import Callable, Iterator
from pathlib import Path

from pilotzone import estimates, plots, tables
from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.codebook import codebook
from pilotzone.catalogue.reasons import REASONS
from pilotzone.catalogue.spec import DIMENSIONS
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.errors import Reason, UserError, decode
from pilotzone.tables.kinds import KINDS
from pilotzone.tables.style import Style

LEXICONS = (ENGLISH, CHINESE)
# Options of an estimator that name columns of a panel.
NAMING = ("by", "moderator", "mediator", "covariates", "own", "excluded")


def lacking(exhibit_id: str, exhibit: Exhibit, folder: Path) -> list[str]:
    """Return what an exhibit lacks, a line each; none if it is complete.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    folder : Path
        The estimates files; what is read from them is left out while they are not there.
    """
    found = list(_literals(exhibit))
    for number, column in enumerate(exhibit.columns, start=1):
        found += [f"column {number}: {line}" for line in _column(column)]
    found += _schemas(exhibit)
    if (folder / f"{exhibit_id}.csv").exists():
        found += [*_terms(exhibit_id, exhibit, folder), *_reasons(exhibit_id, folder)]
        for lexicon in LEXICONS:
            style = Style(lexicon=lexicon)
            found += _tried(lambda s=style: tables.build(exhibit_id, exhibit, folder, s))
    else:
        found.append(f"estimates: run `make output/estimates/{exhibit_id}.csv`")
    return list(dict.fromkeys(found))


def _tried(attempt: Callable[[], object]) -> list[str]:
    """Return what an attempt is refused for."""
    try:
        attempt()
    except UserError as refusal:
        return [str(refusal)]
    return []


def _literals(exhibit: Exhibit) -> Iterator[str]:
    if not exhibit.title or not exhibit.title_zh:
        yield "title and title_zh: say what is shown, in both languages"
    if exhibit.notes and not exhibit.notes_zh:
        yield f"notes_zh: {len(exhibit.notes)} notes have no Chinese"
    if exhibit.describe and exhibit.describe.kind not in KINDS:
        yield f"table: tables/kinds.py has no table for descriptions '{exhibit.describe.kind}'"
    if exhibit.figure and exhibit.figure.kind not in plots.FIGURES:
        known = ", ".join(plots.FIGURES)
        yield f"figure: '{exhibit.figure.kind}' is not known; known: {known}"


def _column(column: Specification) -> Iterator[str]:
    named = [column.outcome, column.treatment, *column.control_variables]
    named += [n for key, text in column.options if key in NAMING for n in str(text).split()]
    unknown = [name for name in dict.fromkeys(named) if name not in codebook()]
    for name in unknown:
        yield f"data/codebook.csv has no variable '{name}'; add a row with its labels"
    # The words of controls are those of their variables.
    dimensions = [d for d in (*DIMENSIONS[2:], "inference") if d != "controls" or not unknown]
    for lexicon in LEXICONS:
        for dimension in dimensions:
            yield from _words(column, dimension, lexicon)


def _words(column: Specification, dimension: str, lexicon: Lexicon) -> list[str]:
    found = _tried(lambda: lexicon.dimension(column, dimension))
    if not found and dimension != "weights" and not lexicon.dimension(column, dimension):
        found = [f"{dimension} '{column.dimension(dimension)}' has no words"]
    return [f"{line} ({lexicon.language})" for line in found]


def _schemas(exhibit: Exhibit) -> list[str]:
    parts = exhibit.describe.record.parts if exhibit.describe else ("", "models")
    return [line for part in parts for line in _tried(lambda p=part: estimates.schema(exhibit, p))]


def _terms(exhibit_id: str, exhibit: Exhibit, folder: Path) -> Iterator[str]:
    if exhibit.describe:
        return
    table = estimates.read(folder / f"{exhibit_id}.csv")
    for name in dict.fromkeys(table["term"]) if "term" in table else ():
        for lexicon in LEXICONS:
            for line in _tried(lambda n=name, words=lexicon: words.term(n)):
                yield f"term '{name}': {line}"


def _reasons(exhibit_id: str, folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob(f"{exhibit_id}.*csv")):
        table = estimates.read(path)
        for field in {"reason", "reference"} & set(table.columns):
            for cell in dict.fromkeys(table[field]):
                for reason in decode(cell):
                    yield from _said(reason)


def _said(reason: Reason) -> Iterator[str]:
    """Yield what the words of a reason lack: a code, a fact."""
    if reason.code not in REASONS:
        yield f"catalogue/reasons has no words for '{reason.code}'"
        return
    for form in REASONS[reason.code]:
        fields = {name for _, name, _, _ in string.Formatter().parse(form) if name}
        for name in sorted(fields - reason.facts.keys()):
            yield f"reason '{reason.code}' has no fact '{name}', which its words name"
    for value in reason.facts.values():
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Reason):
                yield from _said(inner)
