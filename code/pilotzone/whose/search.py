"""The search: every block of the lattice against every column of the table."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from pilotzone.errors import UserError
from pilotzone.reader.tabular import read_table, shown
from pilotzone.whose import config as configuration
from pilotzone.whose import table as printed
from pilotzone.whose.blocks import blocks
from pilotzone.whose.candidates import Candidates
from pilotzone.whose.config import Config
from pilotzone.whose.matching import Convention, fitting, per_regression, survivors
from pilotzone.whose.table import Column


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


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """The conventions that fit a column.

    Attributes
    ----------
    alone : that fit the column by itself.
    fits : that fit it with what the columns of its sample share; ``alone`` if nothing does.
    jointly : whether the columns of its sample were used together.
    """

    column: Column
    alone: tuple[Convention, ...]
    fits: tuple[Convention, ...]
    jointly: bool


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


def search(asked: Question) -> list[Found]:
    """Return what fits each column, first by itself and then together."""
    known = {column.n for column in asked.columns}
    fits: dict[int, list[Convention]] = {column.number: [] for column in asked.columns}
    for block in blocks(asked.candidates, None if None in known else known):
        if block.projection is None:
            continue
        for job in block.jobs:
            slopes = block.slopes(job)
            for column in asked.columns:
                for regression in survivors(block, job, column, slopes):
                    fits[column.number] += fitting(regression, column)
    return _together(asked.columns, fits)


def _together(columns: Sequence[Column], fits: dict[int, list[Convention]]) -> list[Found]:
    """Keep what columns with the same N, which share a sample, have in common.

    A column that nothing fits alone says nothing about the others.
    """
    found = []
    for column in columns:
        alone = fits[column.number]
        others = [
            {one.shared for one in fits[other.number]}
            for other in columns
            if other.n == column.n and column.n is not None and fits[other.number]
        ]
        shared = set.intersection(*others) if others else set()
        kept = [one for one in alone if one.shared in shared]
        used = bool(kept) and len(others) > 1
        found.append(Found(column, tuple(alone), tuple(kept if used else alone), used))
    return found
