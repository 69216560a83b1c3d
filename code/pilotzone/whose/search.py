"""The search: every block of the lattice against every column of the table."""

import dataclasses
import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pilotzone.errors import UserError
from pilotzone.reader.tabular import read_table, shown
from pilotzone.whose import config as configuration
from pilotzone.whose import table as printed
from pilotzone.whose.blocks import Block, blocks
from pilotzone.whose.candidates import Candidates
from pilotzone.whose.config import Config
from pilotzone.whose.matching import Convention, fitting, per_regression, survivors
from pilotzone.whose.table import Column

# Between two lines of progress.
SECONDS = 2
# Conventions of a column that are kept.
MOST_FITS = 500_000


@dataclasses.dataclass(frozen=True, eq=False)
class Question:
    """A printed table, a panel and what is tried on it."""

    columns: tuple[Column, ...]
    candidates: Candidates

    @property
    def config(self) -> Config:
        """The candidates of each choice."""
        return self.candidates.config

    def tried(self, column: Column) -> int:
        """Return the number of conventions, singletons counted once."""
        return self.config.regressions * per_regression(column, len(self.config.errors))


@dataclasses.dataclass
class Passed:
    """How many regressions are left after each step.

    Attributes
    ----------
    all : tried, with and without singletons where there are any.
    rows : with the printed N.
    identified : of these, those whose treatment has a coefficient.
    estimate : of these, with all printed controls and the printed estimate of the treatment.
    """

    all: int = 0
    rows: int = 0
    identified: int = 0
    estimate: int = 0

    def count_rows(self, block: Block, column: Column) -> None:
        """Count the regressions of a block."""
        self.all += block.count
        self.rows += block.count if column.n in (None, block.nobs) else 0

    def count_identified(self, block: Block, column: Column, slopes: np.ndarray) -> None:
        """Count the coefficients of a block."""
        if column.n in (None, block.nobs):
            self.identified += int((~np.isnan(slopes)).sum())


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """The conventions that fit a column.

    Attributes
    ----------
    passed : regressions left after each step.
    alone : that fit the column by itself.
    fits : that fit it with what the columns of its sample share; ``alone`` if nothing does.
    jointly : whether the columns of its sample were used together.
    beside : number of columns with its N that fit something, itself included.
    """

    column: Column
    passed: Passed
    alone: tuple[Convention, ...]
    fits: tuple[Convention, ...]
    jointly: bool
    beside: int


def question(table: Path, panel: Path, config: Path) -> Question:
    """Read a table, a panel and a configuration.

    Raises UserError if one of them cannot be used, a term is no column of the panel or no
    candidate, the lattice is above its limit or has fewer regressions than the table columns.
    """
    choices = configuration.read(config)
    rows = printed.read(table)
    frame = read_table(panel)
    named = (*choices.treatments, *choices.regressors)
    for row in rows:
        where = f"{table.name}, line {row.line}: term '{shown(row.term)}'"
        if row.term not in frame.frame:
            raise UserError(f"{where} is no column of {panel.name}")
        if row.term not in named:
            raise UserError(f"{where} is no treatment and no control of {config.name}; name it")
    columns = printed.columns(table.name, rows, choices.treatments, choices.regressors)
    if len(columns) > choices.regressions:
        raise UserError(
            f"{table.name}: {len(columns)} columns, but {config.name} allows for "
            f"{choices.regressions} regressions; name more outcomes or other choices"
        )
    asked = Question(tuple(columns), Candidates(frame, choices))
    configuration.check_limit(max(asked.tried(column) for column in columns))
    return asked


class Watch:
    """Says now and then how much of a long search is done."""

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self.total, self.say, self.done = total, say, 0
        self.last = time.monotonic()

    def step(self, count: int) -> None:
        """Count regressions; singletons may bring them above the total, which is not said."""
        self.done = min(self.done + count, self.total)
        if time.monotonic() - self.last > SECONDS:
            self.last = time.monotonic()
            self.say(f"[{self.done}/{self.total}] regressions")


def silent(line: str) -> None:
    """Say nothing."""


def search(asked: Question, say: Callable[[str], None] = silent) -> list[Found]:
    """Return what fits each column, first by itself and then together.

    ``say`` takes a line of progress every few seconds.
    """
    watch = Watch(asked.config.regressions, say)
    known = {column.n for column in asked.columns}
    fits: dict[int, list[Convention]] = {column.number: [] for column in asked.columns}
    passed = {column.number: Passed() for column in asked.columns}
    for block in blocks(asked.candidates, lambda _, nobs: None in known or nobs in known):
        watch.step(block.count)
        for column in asked.columns:
            passed[column.number].count_rows(block, column)
        for job in block.jobs if block.projection else ():
            slopes = block.slopes(job)
            for column in asked.columns:
                found = passed[column.number]
                found.count_identified(block, column, slopes)
                for regression in survivors(block, job, column, slopes):
                    found.estimate += 1
                    fits[column.number] += fitting(regression, column)
                    _check_fits(column, len(fits[column.number]))
    return _together(asked.columns, fits, passed)


def _check_fits(column: Column, count: int) -> None:
    """Refuse a column that says so little that its conventions fill the memory."""
    if count > MOST_FITS:
        raise UserError(
            f"column {column.number}: more than {MOST_FITS} conventions fit what is printed; type "
            "more of its cells, or name fewer candidates"
        )


def _together(
    columns: Sequence[Column], fits: dict[int, list[Convention]], passed: dict[int, Passed]
) -> list[Found]:
    """Keep what columns with the same N, which share a sample, have in common.

    A column that nothing fits alone says nothing about the others.
    """
    found = []
    for column in columns:
        alone = fits[column.number]
        others = [
            set(itertools.chain.from_iterable(one.shared for one in fits[other.number]))
            for other in columns
            if other.n == column.n and column.n is not None and fits[other.number]
        ]
        shared = set.intersection(*others) if others else set()
        kept = [one for one in alone if shared.intersection(one.shared)]
        used = bool(kept) and len(others) > 1
        fitted = tuple(kept if used else alone)
        found.append(Found(column, passed[column.number], tuple(alone), fitted, used, len(others)))
    return found
