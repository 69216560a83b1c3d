"""The periods of a reader's panel: years, quarters, months, and waves that are some years apart.

Estimators take periods as whole numbers, one more for the next period. Years are their own numbers;
a quarter is year × 4 + quarter, a month year × 12 + month, and periods that are all more than one
step apart (every second year) are waves, numbered from 1 on. A page prints what the reader's file
says.
"""

import dataclasses
import functools
import math
import re
from collections.abc import Mapping

import numpy as np

from pilotzone.errors import UserError
from pilotzone.reader import tabular
from pilotzone.reader.tabular import Table, shown

# A panel of more periods has dates or a sign for missing among them.
LONGEST = 10_000
# A first treated period so far behind the last is a sign for never, such as 9999.
TOO_LATE = 100
NEVER = 0
HINT = (
    "write quarters as 2003Q1, months as 2003-01, or give whole numbers that count the periods "
    "(the year, or year × 12 + month)"
)


@dataclasses.dataclass(frozen=True)
class Spelling:
    """A way to write periods that are parts of a year.

    Attributes
    ----------
    word, example : what one is called, and how it is written.
    form : pattern with the groups ``year`` and ``part``.
    parts : in a year.
    shown : makes the label of a year and a part.
    """

    word: str
    example: str
    form: re.Pattern
    parts: int
    shown: str

    def code(self, text: str) -> int | None:
        """Return the number of a period; None for another text."""
        found = self.form.fullmatch(text)
        if found is None or not 1 <= int(found["part"]) <= self.parts:
            return None
        return int(found["year"]) * self.parts + int(found["part"])

    def label(self, code: int) -> str:
        """Return how the file writes a period."""
        year, part = divmod(code - 1, self.parts)
        return self.shown.format(year=year, part=part + 1)


SPELLINGS = (
    Spelling(
        "quarter",
        "2003Q1",
        re.compile(r"(?P<year>\d{4})\s*[-:.]?\s*[Qq](?P<part>\d)"),
        4,
        "{year}Q{part}",
    ),
    Spelling(
        "month",
        "2003-01",
        re.compile(r"(?P<year>\d{4})\s*[-/Mm]\s*(?P<part>\d{1,2})"),
        12,
        "{year}-{part:02d}",
    ),
)


@dataclasses.dataclass(frozen=True)
class Periods:
    """The periods of a panel as numbers, and how they are written.

    Attributes
    ----------
    codes : (N,) of the rows.
    word : what one period is called, a key of the phrases' table PERIODS.
    spelling : of parts of a year; None for whole numbers.
    first, step : waves count from the first written period, so many apart; step 1 has no waves.
    calendar : whether the numbers are years.
    """

    codes: np.ndarray
    word: str
    spelling: Spelling | None
    first: int
    step: int

    @property
    def plain(self) -> bool:
        """Whether the numbers are what the file says."""
        return self.spelling is None and self.step == 1

    def label(self, code: int) -> str:
        """Return how the file writes a period."""
        written = code if self.step == 1 else self.first + (code - 1) * self.step
        return str(written) if self.spelling is None else self.spelling.label(written)

    def span(self, first: int, last: int) -> str:
        """Return how a run of periods is written."""
        ends = self.label(first), self.label(last)
        return ("–" if self.spelling is not None else "-").join(ends)

    def labels(self, codes: np.ndarray) -> Mapping[int, str]:
        """Return the label of each period; none where all are plain numbers."""
        return {} if self.plain else {int(code): self.label(int(code)) for code in np.unique(codes)}

    def first_treated(self, table: Table, column: str) -> np.ndarray:
        """Return a column of first treated periods as numbers, 0 for never, shape (N,).

        Between two waves it is the later one.

        Raises UserError at the first cell that is none, or lies so far behind the panel that it
        must be a sign for never.
        """
        written = _written(table, column, self.spelling, empty=NEVER)
        never = written == NEVER
        last = self.first + (int(self.codes.max()) - 1) * self.step
        last = int(self.codes.max()) if self.step == 1 else last
        late = ~never & (written > last + TOO_LATE * self.step)
        if late.any():
            row = int(late.argmax())
            cell = shown(tabular.cells(table, column)[row])
            table.refuse(
                row,
                column,
                f"'{cell}' is far behind the last period, {self.label(int(self.codes.max()))}; a "
                "unit that is never treated has 0 or an empty cell",
            )
        if self.step == 1:
            return written
        waves = np.ceil((written - self.first) / self.step).astype(int) + 1
        # What is treated before the first wave is treated in it.
        return np.where(never | (written < 0), written, np.maximum(waves, 1))


def read_periods(table: Table, column: str, word: str) -> Periods:
    """Return the periods of a table's rows.

    Parameters
    ----------
    word : what the configuration calls one period; empty if it does not say.

    Raises UserError at the first cell that is no period of the kind that the column has, or is more
    than 10,000 periods behind the first.
    """
    spelling = _spelling(table, column)
    if spelling is not None and word not in ("", spelling.word, "wave", "period"):
        raise UserError(
            f"{table.name}: column '{column}' holds {spelling.word}s such as {spelling.example}, "
            f"and 'period_word' is '{word}'; leave it out"
        )
    written = _written(table, column, spelling)
    table.refuse_first(written < 1, column, "periods are whole numbers from 1 on")
    first = int(written.min())
    table.refuse_first(
        written - first > LONGEST,
        column,
        f"more than {LONGEST} periods behind the first, {first}; {HINT}",
    )
    step = functools.reduce(math.gcd, (np.unique(written) - first).tolist(), 0) or 1
    codes = written if step == 1 else (written - first) // step + 1
    own = "year" if spelling is None else spelling.word
    return Periods(codes, word or (own if step == 1 else "wave"), spelling, first, step)


def _spelling(table: Table, column: str) -> Spelling | None:
    """Return how a column writes parts of a year, by its first cell; None for whole numbers."""
    text = tabular.cells(table, column)
    found = (one for one in SPELLINGS if len(text) and one.form.fullmatch(text[0]))
    return next(found, None)


def _written(
    table: Table, column: str, spelling: Spelling | None, *, empty: int | None = None
) -> np.ndarray:
    """Return a column of periods as numbers; ``empty`` stands for a missing cell, or 0."""
    if spelling is None:
        return tabular.whole_numbers(table, column, empty=empty, hint=HINT)
    text = tabular.cells(table, column)
    codes = [spelling.code(cell) for cell in text]
    if empty is not None:
        none = tabular.missing(text) | (text == "0")
        codes = [empty if lacking else code for lacking, code in zip(none, codes, strict=True)]
    wrong = np.array([code is None for code in codes])
    if wrong.any():
        row = int(wrong.argmax())
        cell = "is empty" if not text[row] else f"'{shown(text[row])}' is no {spelling.word}"
        table.refuse(row, column, f"{cell}; write {spelling.word}s such as {spelling.example}")
    return np.array(codes, dtype=int)
