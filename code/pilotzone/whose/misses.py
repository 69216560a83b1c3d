"""The nearest misses of a column that nothing fits, and the digits that differ."""

import dataclasses
from collections.abc import Callable

import numpy as np

from pilotzone.whose.blocks import Block, Regression, blocks
from pilotzone.whose.matching import (
    Convention,
    Judged,
    convention,
    holds,
    holds_t,
    judge,
    quantile,
)
from pilotzone.whose.search import Question, Watch, silent
from pilotzone.whose.table import NOTHING, Column, Printed, Row

# Regressions of a block that are compared in full, those with the nearest estimates.
PER_BLOCK = 60
SHOWN = 5


@dataclasses.dataclass(frozen=True)
class Difference:
    """A printed cell and what a convention gives in its place, with as many decimals."""

    term: str
    cell: str
    printed: str
    given: str


@dataclasses.dataclass(frozen=True, eq=False)
class Miss:
    """A convention that gives all but some digits."""

    convention: Convention
    differences: tuple[Difference, ...]


def nearest(
    asked: Question, column: Column, say: Callable[[str], None] = silent, most: int = SHOWN
) -> list[Miss]:
    """Return the conventions with the fewest cells that differ, one for each regression.

    Of each block the regressions whose estimate is nearest to the printed one are compared.
    """
    watch = Watch(asked.config.regressions, say)
    best: list[tuple[tuple[float, float], Convention]] = []
    for block in blocks(asked.candidates, lambda number, nobs: True):
        watch.step(block.count)
        for regression in _near(block, column):
            judged = judge(regression, column)
            wrong = np.where(judged.possible, judged.wrong, np.iinfo(int).max)
            if not judged.possible.any() or not judged.r2_possible.any():
                continue
            fewest = int(wrong.min()) + int(judged.r2_wrong[judged.r2_possible].min())
            key = (fewest, _distance(column, float(judged.estimates[0])))
            if len(best) < most or key < best[-1][0]:
                best.append((key, _one_of(regression, column, judged, wrong)))
                best = sorted(best, key=lambda one: one[0])[:most]
    return [Miss(one, differences(one, column)) for _, one in best]


def _near(block: Block, column: Column) -> list[Regression]:
    """Return the regressions of a block that hold the printed controls, nearest estimates first."""
    found = []
    wanted = set(column.terms[1:])
    for job in block.jobs:
        slopes = block.slopes(job)
        held = [wanted <= set(controls) for controls in job.subsets]
        for at, of in np.argwhere(~np.isnan(slopes) & np.array(held)):
            found.append((_distance(column, slopes[at, of]), job.pairs[at], job.subsets[of]))
    found.sort(key=lambda one: one[0])
    return [Regression(block, pair, controls) for _, pair, controls in found[:PER_BLOCK]]


def _distance(column: Column, estimate: float) -> float:
    """Return how many units of the last digit an estimate is off."""
    printed = column.rows[0].cells.get("estimate")
    return abs(estimate - printed.middle) / printed.width if printed else 0.0


def _one_of(
    regression: Regression, column: Column, judged: Judged, wrong: np.ndarray
) -> Convention:
    """Return the first of the conventions with the fewest wrong cells, nearest in its error."""
    places = np.argwhere(wrong == wrong.min())
    cells = column.rows[0].cells
    beside = cells.get("std_error") or cells.get("t")
    if beside is not None:
        errors, t = judged.errors[0], np.abs(judged.t[0])
        off = []
        for e, r, _, h in places:
            values = errors if column.brackets[h] == "std_error" else t
            off.append(abs(values[e, r] - abs(beside.middle)))
        places = places[np.argsort(off, kind="stable")]
    kinds = np.flatnonzero(judged.r2_possible)
    right = [k for k in kinds if not judged.r2_wrong[k]]
    return convention(regression, column, judged, places[0], right[0] if right else kinds[0])


def differences(found: Convention, column: Column) -> tuple[Difference, ...]:
    """Return the printed cells that a convention does not give."""
    made = []
    focal = column.rows[0].term
    if column.n not in (None, found.nobs):
        made.append(Difference(focal, "n", str(column.n), str(found.nobs)))
    if column.clusters not in (None, found.clusters):
        made.append(Difference(focal, "clusters", str(column.clusters), str(found.clusters)))
    for at, row in enumerate(column.rows):
        made += _of_row(found, column, row, at)
    if column.r2 and not holds(column.r2, np.array(found.share)):
        made.append(Difference(focal, "r2", column.r2.text, _like(column.r2, found.share)))
    return tuple(made)


def _of_row(found: Convention, column: Column, row: Row, at: int) -> list[Difference]:
    b, s = found.estimates[at], found.std_errors[at]
    q = float(quantile(np.array(found.df), found.distribution))
    values = {"estimate": b, "p": found.p_values[at], "ci_low": b - q * s, "ci_high": b + q * s}
    beside = {"std_error": s, "t": b / s if s else np.nan}
    exchanged = {"std_error": beside["t"], "t": s}
    if {"std_error", "t"} <= set(row.cells):
        values |= beside if found.parentheses == "std_error" else exchanged
    elif found.parentheses != NOTHING:
        values |= dict.fromkeys(("std_error", "t"), beside[found.parentheses])
    made = []
    for name, printed in row.cells.items():
        if name == "r2":
            continue
        value = np.array(values[name])
        of_t = name in ("std_error", "t") and float(value) == beside["t"]
        if not (holds_t if of_t else holds)(printed, value):
            made.append(Difference(row.term, name, printed.text, _like(printed, float(value))))
    df = np.inf if found.distribution == "normal" else found.df
    if row.df is not None and row.df != df:
        made.append(Difference(row.term, "df", f"{row.df:g}", f"{df:g}"))
    return made


def _like(printed: Printed, value: float) -> str:
    """Return a number with the decimals of a printed one."""
    plain = printed.text.lstrip("<").lower()
    if "e" in plain or "×" in plain:
        return f"{value:.3e}"
    return f"{value:.{len(plain.partition('.')[2])}f}"
