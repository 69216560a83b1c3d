"""Any regression table, typed in by hand: can its cells be right together?

A printed number stands for every number that rounds to it. A row is possible if there is a true
coefficient and a true standard error that give all its cells (:mod:`pilotzone.audit.feasible`).
Where there is none, the smallest sets of cells that contradict each other are named.

The reference distribution is t with ``df`` degrees of freedom, or with ``clusters`` - 1; a row that
fits the normal distribution only is remarked on. A row without either may rest on any t
distribution with three degrees of freedom or more, and on the normal; then only what none of them
allows is called impossible.
"""

import csv
import dataclasses
import io
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from pilotzone.audit.feasible import (
    Reference,
    Rules,
    corners,
    p_range,
    possible,
    stands_for,
    values,
)
from pilotzone.errors import UserError
from pilotzone.textfile import decoded

NEEDED = ("term", "estimate", "stars", "n")
ONE_OF = ("std_error", "t")
OPTIONAL = ("p", "ci_low", "ci_high", "df", "clusters")
# Of a table for ``code/whose.py``; a row says nothing of them.
BESIDE = ("column", "r2")
COLUMNS = (*NEEDED[:2], *ONE_OF, *NEEDED[2:], *OPTIONAL, *BESIDE)
# Cells that restrict coefficient and error, from what is printed first to what is derived last.
CELLS = ("estimate", "std_error", "t", "ci_low", "ci_high", "p", "stars")
# Fewer clusters than four say nothing.
FEWEST_DF = 3.0
LONGEST = 40
# Of a coefficient or an error; a p-value may be smaller.
LARGEST = 10**99
BRACKETS = {("(", ")"), ("[", "]")}
Row = TypeVar("Row")


@dataclasses.dataclass(frozen=True)
class TypedRow:
    """A row as typed.

    Attributes
    ----------
    line : its line in the file.
    cells : texts of the cells that are not empty, by column; stars always.
    clusters : given only where the reference comes from them.
    column : the regression to which the row belongs, as typed.
    """

    line: int
    term: str
    cells: dict[str, str]
    n: int
    reference: Reference
    clusters: int | None = None
    column: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """What is wrong with a row, or worth a remark if it is possible."""

    line: int
    term: str
    text: str
    impossible: bool = True


@dataclasses.dataclass(frozen=True)
class Findings:
    """All findings of a table of so many rows."""

    rows: int
    findings: tuple[Finding, ...]


def levels(text: str) -> tuple[float, ...]:
    """Return the levels of the stars, that of most stars first.

    Raises UserError if they are not rising probabilities.
    """
    try:
        found = tuple(float(part) for part in text.replace(",", " ").split())
    except ValueError:
        raise UserError(f"--stars '{text}': levels are numbers such as 0.01 0.05 0.1") from None
    rising = all(a < b for a, b in itertools.pairwise((0.0, *found, 1.0)))
    if not found or not rising:
        raise UserError(f"--stars '{text}': levels rise from above 0 to below 1")
    return found


def level(text: str) -> float:
    """Return the level of the intervals.

    Raises UserError if it is not between 0 and 1.
    """
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 < found < 1:
        raise UserError(f"--level '{text}': a number between 0 and 1, such as 0.95")
    return found


def read(path: Path) -> list[TypedRow]:
    """Return the rows of a typed table.

    Raises UserError if the file cannot be read, a column is missing, unknown or stands twice, or a
    cell is not what its column says.
    """
    return parsed(path, _check_header, _row)


def parsed(
    path: Path,
    check_header: Callable[[str, Sequence[str]], None],
    row: Callable[[int, dict[str, str]], Row],
) -> list[Row]:
    """Return the rows of a typed table of any columns.

    Parameters
    ----------
    check_header : takes the file's name and the header.
    row : takes a line number and the texts of its cells by column; ValueError says what is wrong.

    Raises UserError if the file cannot be read or has no row, a line has more or fewer cells than
    the header, and what the two functions refuse.
    """
    lines = _lines(path)
    header = [name.strip() for name in lines[0][1]] if lines else []
    check_header(path.name, header)
    if len(lines) < 2:
        raise UserError(f"{path.name}: no row below the header")
    rows = []
    for number, cells in lines[1:]:
        if len(cells) != len(header):
            raise UserError(
                f"{path.name}, line {number}: {len(cells)} cells, the header has {len(header)}"
            )
        typed = dict(zip(header, (" ".join(cell.split()) for cell in cells), strict=True))
        try:
            rows.append(row(number, typed))
        except UserError:
            raise
        except ValueError as error:
            raise UserError(f"{path.name}, line {number}: {error}") from None
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not blank, with their numbers."""
    text, _ = decoded(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except csv.Error as error:
        raise UserError(f"{path.name}: is not CSV: {error}") from None


def check_names(name: str, header: Sequence[str], known: Sequence[str]) -> None:
    """Refuse a header with a column that is not known or stands twice."""
    for column in header:
        if column not in known:
            raise UserError(
                f"{name}: unknown column '{shortened(column)}'; known: {', '.join(known)}"
            )
        if header.count(column) > 1:
            raise UserError(f"{name}: column '{column}' stands twice")


def _check_header(name: str, header: Sequence[str]) -> None:
    check_names(name, header, COLUMNS)
    lacking = [column for column in NEEDED if column not in header]
    if lacking:
        needed = "term, estimate, std_error or t, stars, n"
        raise UserError(f"{name}: no column '{lacking[0]}'; needed: {needed}")
    if not set(ONE_OF) & set(header):
        raise UserError(f"{name}: neither a column 'std_error' nor 't'")


def _row(number: int, typed: dict[str, str]) -> TypedRow:
    """Return a row with every cell checked; ValueError says what is wrong."""
    if not typed["term"]:
        raise ValueError("no term")
    if not typed["estimate"]:
        raise ValueError(f"'{shortened(typed['term'])}' has no estimate")
    cells = number_cells(typed)
    cells["stars"] = star_cell(typed)
    n = count("n", typed["n"])
    row = TypedRow(
        *(number, typed["term"], cells, n, Reference(FEWEST_DF, math.inf)),
        column=typed.get("column", ""),
    )
    if typed.get("df"):
        return dataclasses.replace(row, reference=degrees(typed["df"]))
    if typed.get("clusters"):
        clusters = cluster_count(typed["clusters"])
        df = clusters - 1.0
        return dataclasses.replace(row, reference=Reference(df, df), clusters=clusters)
    return row


def number_cells(typed: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the numbers of a row, without brackets; ValueError for what is none."""
    cells = {}
    for name in CELLS[:-1]:
        if typed.get(name):
            text = typed[name]
            # Tables print errors in brackets.
            cells[name] = text[1:-1].strip() if (text[0], text[-1]) in BRACKETS else text
            _check_number(name, cells[name])
    return cells


def star_cell(typed: Mapping[str, str]) -> str:
    """Return the stars of a row; ValueError for anything else."""
    stars = typed.get("stars", "")
    if set(stars) - {"*"}:
        raise ValueError(f"stars '{shortened(stars)}' are no asterisks")
    return stars


def shortened(text: str) -> str:
    """Return a text cut after forty signs."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _check_number(name: str, text: str) -> None:
    try:
        known = stands_for(name, text)
    except ValueError:
        raise ValueError(f"{name} '{shortened(text)}' is not a number") from None
    size = max(abs(known.low), abs(known.high))
    if name != "p" and not 1 / LARGEST < size < LARGEST:
        raise ValueError(f"{name} '{shortened(text)}' is beyond the numbers of a table")


def count(name: str, text: str) -> int:
    """Return a whole number above zero; ValueError for anything else."""
    digits = text.isascii() and text.isdigit() and len(text) <= 15
    if not digits or int(text) == 0:
        raise ValueError(f"{name} '{shortened(text)}' is not a whole number above zero")
    return int(text)


def cluster_count(text: str) -> int:
    """Return a number of clusters; ValueError if it is none, or one alone."""
    clusters = count("clusters", text)
    if clusters < 2:
        raise ValueError("one cluster gives no error; two are the fewest")
    return clusters


def degrees(text: str) -> Reference:
    """Return the distribution with the degrees of freedom typed; ValueError below one."""
    try:
        df = float(text)
    except ValueError:
        df = math.nan
    if not df >= 1:
        raise ValueError(f"df '{shortened(text)}' is not a number from 1 on; inf is the normal")
    return Reference(df, df)


def check(rows: Sequence[TypedRow], stars: Sequence[float], confidence: float) -> Findings:
    """Return what is impossible in a table, and what fits the normal distribution only.

    Parameters
    ----------
    stars : levels, that of most stars first.
    confidence : level of the intervals.

    Raises UserError if a row has more stars than there are levels.
    """
    for row in rows:
        given = len(row.cells.get("stars", ""))
        if given > len(stars):
            raise UserError(
                f"line {row.line}, {shortened(row.term)}: {given} stars, but "
                f"--stars gives {len(stars)} levels"
            )
    rules = Rules(tuple(stars), confidence)
    return Findings(len(rows), tuple(finding for row in rows for finding in _of_row(row, rules)))


def _of_row(row: TypedRow, rules: Rules) -> Iterator[Finding]:
    df = row.reference.low
    if row.clusters and row.clusters > row.n:
        yield Finding(row.line, row.term, f"{row.clusters} clusters cannot be right with n {row.n}")
    elif row.n <= df < math.inf and df == row.reference.high:
        yield Finding(row.line, row.term, f"df {df:g} cannot be right with n {row.n}")
    conflicts = list(contradictions(row, rules))
    if conflicts and row.clusters and possible(row.cells, Reference(df, math.inf), rules):
        yield Finding(
            row.line,
            row.term,
            f"{_cell(row, conflicts[0][-1])} fits the normal distribution, or more than the "
            f"{df:g} degrees of freedom of its clusters, only",
            impossible=False,
        )
        return
    # One line for a cell, with the fewest cells that rule it out.
    first = {conflict[-1]: conflict for conflict in reversed(conflicts)}
    for suspect in sorted(first, key=CELLS.index):
        others = first[suspect][:-1]
        yield Finding(row.line, row.term, _explained(row, suspect, others, rules))
    if len(first) > 1:
        yield from _mended(row, rules)


def _mended(row: TypedRow, rules: Rules) -> Iterator[Finding]:
    """Give the cells that may be the only wrong ones."""
    alone = [
        name
        for name in row.cells
        if possible(_some(row, [n for n in row.cells if n != name]), row.reference, rules)
    ]
    if alone:
        names = " or without ".join(_cell(row, name) for name in alone)
        text = f"without {names} the other cells fit"
        yield Finding(row.line, row.term, text, impossible=False)


def contradictions(row: TypedRow, rules: Rules) -> Iterator[tuple[str, ...]]:
    """Give the smallest sets of cells that no coefficient and error fit, derived cells last."""
    if possible(row.cells, row.reference, rules):
        return
    found: list[set[str]] = []
    for size in range(1, len(row.cells) + 1):
        for names in itertools.combinations(row.cells, size):
            known = any(smaller <= set(names) for smaller in found)
            if not known and not possible(_some(row, names), row.reference, rules):
                found.append(set(names))
                yield names


def _some(row: TypedRow, names: Sequence[str]) -> dict[str, str]:
    return {name: row.cells[name] for name in names}


def _explained(row: TypedRow, suspect: str, others: Sequence[str], rules: Rules) -> str:
    """Return which cell cannot be right, beside which others, and what they allow."""
    if not others:
        return f"{_cell(row, suspect)} cannot be right by itself"
    beside = " and ".join(_cell(row, name) for name in others)
    said = f"{_cell(row, suspect)} cannot be right beside {beside}"
    region = corners(_some(row, others), row.reference, rules)
    if suspect not in ("p", "stars"):
        return f"{said}, which allow {_range(*values(region, suspect, row.reference, rules))}"
    low, high = p_range(region, row.reference)
    if "p" in others:
        given = stands_for("p", row.cells["p"])
        low, high = max(low, float(given.low)), min(high, float(given.high))
    said = f"{said}: p is {_range(low, high)} ({row.reference})"
    if suspect == "p":
        return said
    levels_of = {k: rules.p_of(k) for k in range(len(rules.stars) + 1)}
    allowed = [k for k, p in levels_of.items() if float(p.low) <= high and low <= float(p.high)]
    wanted = " or ".join(f"'{'*' * k}'" if k else "none" for k in allowed)
    return f"{said}, stars would be {wanted}"


def _cell(row: TypedRow, name: str) -> str:
    if name == "stars":
        return f"stars '{row.cells[name]}'" if row.cells[name] else "no stars"
    return f"{name} {row.cells[name]}"


def _range(low: float, high: float) -> str:
    texts = f"{low:.4g}", f"{high:.4g}"
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} to {texts[1]}"


def report(name: str, found: Findings) -> str:
    """Return one line per finding and a closing one."""
    lines = [
        f"{'FAIL' if finding.impossible else 'note'}  line {finding.line}, "
        f"{shortened(finding.term)}: {finding.text}"
        for finding in found.findings
    ]
    wrong = {finding.line for finding in found.findings if finding.impossible}
    said = f"{len(wrong)} cannot be right" if wrong else "all can be right"
    return "\n".join([*lines, f"{name}: {found.rows} rows, {said}"]) + "\n"
