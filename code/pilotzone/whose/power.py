r"""With how many conventions would a random table of these digits agree?

Every printed number is drawn anew, independently, from a normal distribution with the spread
:math:`\sigma` that the number has over the lattice (interquartile range over 1.349). A convention
then agrees by chance with a cell of last digit u with probability

.. math:: \int f(x)^2\,dx \cdot u = \frac{u}{2\sigma\sqrt{\pi}},

at most one, with N by the share of pairs of regressions with the same N; with the column by the
product. Times the conventions tried it is the expected number that agree. Of a row only two of
estimate, error or t, p, and interval are counted: the others follow from them. Conventions are
counted even where they give the same digits, since each is a row of the result.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from pilotzone.whose.blocks import Regression, blocks
from pilotzone.whose.matching import Judged, judge, per_regression
from pilotzone.whose.search import Question
from pilotzone.whose.table import Column

# Blocks and regressions of each from which spreads are taken.
BLOCKS, PER_BLOCK = 40, 5
# What a row tells, the first two that are printed.
INDEPENDENT = (("estimate",), ("std_error", "t"), ("ci_low",), ("ci_high",), ("p",))


@dataclasses.dataclass(frozen=True)
class Power:
    """Chance agreement of a column.

    Attributes
    ----------
    probability : that a convention agrees with a random column.
    expected : conventions that do.
    numbers : printed numbers that were counted, N and R² among them.
    """

    probability: float
    expected: float
    numbers: int


def power(asked: Question, column: Column) -> Power:
    """Return with how many conventions a random column of the same digits would agree."""
    return powers(asked, (column,))[0]


def powers(asked: Question, columns: Sequence[Column]) -> list[Power]:
    """Return the same of several columns, for which the blocks are projected once."""
    sizes = [
        (block.nobs, block.count) for block in blocks(asked.candidates, lambda number, nobs: False)
    ]
    drawn = _drawn(asked, columns, -(-len(sizes) // BLOCKS))
    return [_of(asked, *each, sizes) for each in zip(columns, drawn, strict=True)]


def _of(
    asked: Question, column: Column, drawn: Sequence[Judged], sizes: Sequence[tuple[int, int]]
) -> Power:
    chances = _cells(column, drawn) if drawn else []
    if column.n:
        weight: dict[int, int] = {}
        for nobs, count in sizes:
            weight[nobs] = weight.get(nobs, 0) + count
        shares = np.array(list(weight.values())) / sum(weight.values())
        chances.append(float((shares**2).sum()))
    probability = math.prod(chances)
    tried = sum(count for _, count in sizes) * per_regression(column, len(asked.config.errors))
    return Power(probability, probability * tried, len(chances))


def _drawn(asked: Question, columns: Sequence[Column], every: int) -> list[list[Judged]]:
    """Return some regressions of every so many blocks, compared with each column."""
    made: list[list[Judged]] = [[] for _ in columns]
    for block in blocks(asked.candidates, lambda number, nobs: number % every == 0):
        for job in block.jobs if block.projection else ():
            slopes = block.slopes(job)
            for column, judged in zip(columns, made, strict=True):
                held = [set(column.terms[1:]) <= set(controls) for controls in job.subsets]
                places = np.argwhere(~np.isnan(slopes) & np.array(held))
                for at, of in places[:: max(1, -(-len(places) // PER_BLOCK))]:
                    one = Regression(block, job.pairs[at], job.subsets[of])
                    judged.append(judge(one, column))
    return made


def _cells(column: Column, drawn: Sequence[Judged]) -> list[float]:
    """Return the chance of each number that is counted."""
    chances = []
    for at, row in enumerate(column.rows):
        there = [next((n for n in names if n in row.cells), None) for names in INDEPENDENT]
        for name in [name for name in there if name][:2]:
            values = np.concatenate([_values(name, one, at) for one in drawn])
            chances.append(_chance(row.cells[name].width, values))
    if column.r2:
        chances.append(_chance(column.r2.width, np.concatenate([one.shares for one in drawn])))
    return chances


def _values(name: str, judged: Judged, at: int) -> np.ndarray:
    """Return what a cell of a row would show under the rules of a regression."""
    estimate, errors, t = judged.estimates[at], judged.errors[at], judged.t[at]
    if name == "estimate":
        return np.array([estimate])
    if name == "std_error":
        return errors.ravel()
    if name == "t":
        return t.ravel()
    if name == "p":
        return np.array([math.erfc(abs(one) / math.sqrt(2)) for one in t.ravel()])
    return (estimate + (-2 if name == "ci_low" else 2) * errors).ravel()


def _chance(unit: float, values: np.ndarray) -> float:
    """Return the chance that two numbers of this spread show the same digits."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 1.0
    # A few regressions far out say nothing about where most numbers lie.
    middle = float(np.subtract(*np.percentile(known, [75, 25]))) / 1.349
    spread = min(middle, float(known.std())) or float(known.std())
    return min(1.0, unit / (2 * spread * math.sqrt(math.pi))) if spread else 1.0
