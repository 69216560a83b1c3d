"""The numbers of a grid against the estimates, by arithmetic of its own.

A cell is read as text: its digits stand for every number that rounds to them, its asterisks for the
levels of the tables. The estimate must be one of these numbers and its p-value must have these
asterisks. Tables of descriptions hold means and sums of estimates; they are compared as renderings
only.
"""

import dataclasses
import math
import re
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from pilotzone.audit.project import Project, has_terms, read
from pilotzone.audit.rounding import interval
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.columns import by_id
from pilotzone.catalogue.spec import DIMENSIONS
from pilotzone.catalogue.words import ENGLISH
from pilotzone.estimates import read_cautioned, records
from pilotzone.tables.grid import ERROR, Grid, Row

LEVELS = (0.01, 0.05, 0.10)
DASH = "—"
VALUE = re.compile(r"([^*\s]+?)(\*{0,3})")
BOUNDS = re.compile(r"\[(\S+), (\S+)\]")
P_VALUE = re.compile(r"\[p (?:= (\S+)|(< \S+))\]")
BELOW = re.compile(r"<\s*(\S+)")
# The text of a number has 12 digits, the tables print fewer.
SLACK = 1e-12
SIGNIFICANT = 0.05
# Shares that an audit of inference measured, behind the other cells of a line.
MEASURED = ("size", "coverage")
# What a listing prints of a term, under these heads.
LISTED = ("estimate", "error", "p_value", "interval", "observations")
HEADS = {ENGLISH.word(name): name for name in (*LISTED, *MEASURED)}
HEADS[ENGLISH.word("statistic")] = "estimate"
MODEL_FIELDS = ("n_clusters", "n_units", "nobs", "outcome_mean", "r2_within", "loglik")

Estimate = Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Source:
    """The estimates behind a grid: columns in order, rows by column and term, models by column."""

    exhibit: Exhibit
    columns: tuple[str, ...]
    rows: Mapping[tuple[str, str], Estimate]
    models: Mapping[str, Mapping[str, object]]


def trace(exhibit_id: str, project: Project, grid: Grid) -> tuple[int, list[str]]:
    """Return how many printed numbers of a table were compared, and what is wrong."""
    exhibit, _ = project.exhibits[exhibit_id]
    if not has_terms(exhibit):
        return 0, []
    rows = records(read_cautioned(project.estimates, exhibit_id, exhibit))
    models = records(read(project.estimates / f"{exhibit_id}.models.csv"))
    by_term = {(row["column"], row["term"]): row for row in rows}
    source = Source(exhibit, exhibit.column_ids(), by_term, {row["column"]: row for row in models})
    compared = list(TRACERS[exhibit.layout](grid, source))
    return len(compared), [f"{exhibit_id}: {text}" for text in compared if text]


# Each tracer gives one text per printed number, empty if it is right.
def side_by_side(grid: Grid, source: Source) -> Iterator[str]:
    """Compare a table with a column for every column of the exhibit."""
    for panel in grid.panels:
        if panel.header:
            continue
        for row in panel.rows:
            for column, text in zip(source.columns, row.cells, strict=True):
                yield from _under_term(row, text, column, source)
    for row in grid.footer:
        if row.term in MODEL_FIELDS:
            for column, text in zip(source.columns, row.cells, strict=True):
                value = source.models[column][row.term]
                if text != DASH and (text or not math.isnan(value)):
                    yield _number(text, value, f"{column} / {row.term}")


def _under_term(row: Row, text: str, column: str, source: Source) -> Iterator[str]:
    place = f"{column} / {row.term}"
    there = source.rows.get((column, row.term))
    if there is None:
        if text not in ("", DASH):
            yield f"{place}: '{text}' is printed, there is no estimate"
    elif row.kind == ERROR:
        yield from _bracket(text, there, place)
    elif not text:
        yield f"{place}: nothing is printed, there is an estimate"
    else:
        yield from _value(text, there, place)


def _value(text: str, there: Estimate, place: str) -> Iterator[str]:
    if BOUNDS.fullmatch(text):
        yield from _bracket(text, there, place)
        return
    match = VALUE.fullmatch(text)
    name = "statistic" if math.isnan(there["estimate"]) else "estimate"
    yield _number(match[1] if match else text, there[name], f"{place}: {name}")
    starred = name == "estimate" and not (there.get("caution") or math.isnan(there["p_value"]))
    wanted = sum(there["p_value"] < level for level in LEVELS) if starred else 0
    if match and len(match[2]) != wanted:
        p = there["p_value"]
        yield f"{place}: '{text}' has {len(match[2])} stars, p = {p:.6g} has {wanted}"


def _bracket(text: str, there: Estimate, place: str) -> Iterator[str]:
    """Compare what stands in brackets: an interval, a p-value or a standard error."""
    bounds, p_value = BOUNDS.fullmatch(text), P_VALUE.fullmatch(text)
    if bounds:
        yield _number(bounds[1], there["ci_low"], f"{place}: ci_low")
        yield _number(bounds[2], there["ci_high"], f"{place}: ci_high")
    elif p_value:
        yield _number(p_value[1] or p_value[2], there["p_value"], f"{place}: p_value")
    elif there.get("withheld"):
        if not text:
            yield f"{place}: an error is withheld and no reason is printed"
    elif text:
        yield _number(text.strip("()"), there["std_error"], f"{place}: std_error")


def _number(text: str, value: float, place: str) -> str:
    """Return what is wrong with a printed number; an empty text if nothing is."""
    if isinstance(value, float) and math.isnan(value):
        return f"{place}: '{text}' is printed, there is no number"
    below = BELOW.fullmatch(text)
    try:
        if below:
            right = value < interval(below[1]).high
        else:
            right = interval(text).holds(value, SLACK * abs(value))
    except ValueError as error:
        return f"{place}: {error}"
    return "" if right else f"{place}: '{text}' is printed, the number is {value:.6g}"


def listed(grid: Grid, source: Source) -> Iterator[str]:
    """Compare a table with a line for every column and term.

    A line does not say its column. It is right if the estimates of its term hold a row with all its
    numbers; each row of the estimates stands for one line.
    """
    unused = dict(source.rows)
    # A column that is empty from top to bottom is not printed.
    heads = [HEADS[text] for text in grid.header[-1].texts]
    for panel in grid.panels:
        if panel.header not in ((), grid.header):
            continue
        for row in panel.rows:
            printed = dict(zip(heads, row.cells, strict=False))
            *texts, observations = (printed.get(name, "") for name in LISTED)
            measured = [printed[name] for name in MEASURED if name in printed]
            if observations:
                yield from _counted(row, observations, source)
            if any(texts) and texts[0] != DASH:
                yield from _line(row, (*texts, *measured), unused)


def _counted(row: Row, text: str, source: Source) -> Iterator[str]:
    known = [model["nobs"] for model in source.models.values()]
    if not any(interval(text).holds(n) for n in known if n == n):
        yield f"'{row.label}': no column has '{text}' observations"
    else:
        yield ""


def _line(row: Row, texts: Sequence[str], unused: dict[tuple[str, str], Estimate]) -> Iterator[str]:
    """Find the estimate of a line and cross it off."""
    candidates = [key for key in unused if key[1] == row.term]
    nearest: list[str] = []
    for key in candidates:
        compared = list(_fields(texts, unused[key], " / ".join(key)))
        wrong = [text for text in compared if text]
        if not wrong:
            del unused[key]
            yield from compared
            return
        nearest = wrong if not nearest or len(wrong) < len(nearest) else nearest
    said = f"; nearest is {nearest[0]}" if nearest else ""
    yield f"'{row.label}': no estimate of '{row.term}' has {', '.join(filter(None, texts))}{said}"


def _fields(texts: Sequence[str], there: Estimate, place: str) -> Iterator[str]:
    first, error, p_value, bounds, *measured = texts
    names = ("estimate", "std_error", "p_value", "ci_low")
    for name, text in zip(names, texts[:4], strict=True):
        if not text and not math.isnan(there[name]):
            yield f"{place}: {name} is not printed"
    if first:
        yield from _value(first, there, place)
    if p_value:
        yield _number(p_value, there["p_value"], f"{place}: p_value")
    for text in filter(None, (error, bounds)):
        yield from _bracket(text, there, place)
    for text, name in zip(measured, MEASURED, strict=False):
        if text:
            yield _number(text, there[name], f"{place}: {name}")
        elif first and not math.isnan(there[name]):
            yield f"{place}: {name} is not printed"


def summed_up(grid: Grid, source: Source) -> Iterator[str]:
    """Count again how many columns there are by value of each dimension, and of which sign."""
    columns = by_id(source.exhibit).items()
    varying = [d for d in DIMENSIONS if len({spec.dimension(d) for _, spec in columns}) > 1]
    for dimension, panel in zip(varying, grid.panels, strict=True):
        for row in panel.rows:
            found = [
                source.rows[column, spec.treatment]
                for column, spec in columns
                if spec.dimension(dimension) == row.term and (column, spec.treatment) in source.rows
            ]
            for name, text in zip(_SUMS, row.cells, strict=True):
                yield _number(text, _SUMS[name](found), f"{dimension} = {row.term}: {name}")


def _share(sign: int, level: float) -> Callable[[Sequence[Estimate]], float]:
    def share(found: Sequence[Estimate]) -> float:
        hits = [row for row in found if sign * row["statistic"] > 0 and row["p_value"] < level]
        return len(hits) / len(found) if found else math.nan

    return share


def _median(found: Sequence[Estimate]) -> float:
    return statistics.median(row["statistic"] for row in found) if found else math.nan


_SUMS: dict[str, Callable[[Sequence[Estimate]], float]] = {
    "columns": len,
    "share positive": _share(1, math.inf),
    "share positive and significant": _share(1, SIGNIFICANT),
    "share negative and significant": _share(-1, SIGNIFICANT),
    "median t": _median,
}
TRACERS: dict[str, Callable[[Grid, Source], Iterator[str]]] = {
    "columns": side_by_side,
    "list": listed,
    "summary": summed_up,
}
