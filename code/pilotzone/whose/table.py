"""A printed regression table, column by column: what each of its numbers stands for.

The rows are those of :mod:`pilotzone.audit.typed_table`, with the column of the table that they
stand in and its R². Here any cell but the term may be empty.
"""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from pilotzone.audit import typed_table
from pilotzone.audit.feasible import stands_for
from pilotzone.errors import UserError

COLUMNS = typed_table.COLUMNS
# What stands beside an estimate.
READINGS = ("std_error", "t")
NOTHING = "none"
# Computed numbers are right to about ten digits; a number at the edge counts as printed rightly.
SLACK = 1e-9


@dataclasses.dataclass(frozen=True)
class Printed:
    """A printed number and the ends of the numbers that round to it."""

    text: str
    low: float
    high: float

    @classmethod
    def of(cls, name: str, text: str) -> "Printed":
        """Return what the text of a cell stands for; ValueError if it is no number."""
        known = stands_for(name, text)
        slack = SLACK * max(abs(float(known.low)), abs(float(known.high)))
        return cls(text, float(known.low) - slack, float(known.high) + slack)

    @property
    def width(self) -> float:
        """A unit of the last digit."""
        return self.high - self.low

    @property
    def middle(self) -> float:
        """The number that is printed."""
        return (self.low + self.high) / 2

    @property
    def signed(self) -> bool:
        """Say whether it is printed with a minus."""
        return self.high < 0 or self.text.startswith(("-", "−"))


@dataclasses.dataclass(frozen=True)
class Row:
    """A printed row.

    Attributes
    ----------
    line : its line in the file.
    column : of the table, from 1 on.
    cells : printed numbers by name: estimate, std_error, t, p, ci_low, ci_high, r2.
    stars : asterisks; empty for none.
    n, df, clusters : None where the cell is empty; ``df`` may be infinite.
    """

    line: int
    column: int
    term: str
    cells: dict[str, Printed]
    stars: str
    n: int | None = None
    df: float | None = None
    clusters: int | None = None


@dataclasses.dataclass(frozen=True)
class Column:
    """A printed column: its rows, the first of them that of the treatment."""

    number: int
    rows: tuple[Row, ...]
    n: int | None
    clusters: int | None
    r2: Printed | None

    @property
    def terms(self) -> tuple[str, ...]:
        """The terms of the rows, that of the treatment first."""
        return tuple(row.term for row in self.rows)

    @property
    def brackets(self) -> tuple[str, ...]:
        """The readings of what stands beside the estimates: labelled rightly, or exchanged."""
        there = {name for row in self.rows for name in ("std_error", "t") if name in row.cells}
        if not there:
            return (NOTHING,)
        return READINGS[::-1] if there == {"t"} else READINGS

    @property
    def cells(self) -> int:
        """Number of printed numbers that a convention must give."""
        of_rows = sum(len(row.cells) - ("r2" in row.cells) for row in self.rows)
        of_rows += sum(row.df is not None for row in self.rows)
        return of_rows + sum(one is not None for one in (self.n, self.clusters, self.r2))


def read(path: Path) -> list[Row]:
    """Return the rows of a printed table.

    Raises UserError if the file cannot be read, a column is unknown or stands twice, there is no
    column ``term`` or ``estimate``, a cell is not what its column says, or a term stands twice in
    a column.
    """
    rows = typed_table.parsed(path, _check_header, _row)
    seen: dict[tuple[int, str], int] = {}
    for row in rows:
        key = (row.column, row.term)
        if key in seen:
            raise UserError(
                f"{path.name}, line {row.line}: '{typed_table.shortened(row.term)}' stands in line "
                f"{seen[key]} of column {row.column} already"
            )
        seen[key] = row.line
    return rows


def _check_header(name: str, header: Sequence[str]) -> None:
    typed_table.check_names(name, header, COLUMNS)
    for needed in ("term", "estimate"):
        if needed not in header:
            raise UserError(f"{name}: no column '{needed}'; known: {', '.join(COLUMNS)}")


def _row(line: int, typed: dict[str, str]) -> Row:
    """Return a row with every cell checked; ValueError says what is wrong."""
    if not typed["term"]:
        raise ValueError("no term")
    texts = typed_table.number_cells(typed)
    cells = {name: Printed.of(name, text) for name, text in texts.items()}
    if typed.get("r2"):
        cells["r2"] = _r2(typed["r2"])
    for name in ("p", "r2"):
        if name in cells and cells[name].low > 1:
            raise ValueError(f"{name} '{typed_table.shortened(typed[name])}' is above 1")
    return Row(
        line=line,
        column=typed_table.count("column", typed["column"]) if typed.get("column") else 1,
        term=typed["term"],
        cells=cells,
        stars=typed_table.star_cell(typed),
        n=_given(typed, "n", lambda text: typed_table.count("n", text)),
        df=_given(typed, "df", lambda text: typed_table.degrees(text).low),
        clusters=_given(typed, "clusters", typed_table.cluster_count),
    )


def _given(typed: dict[str, str], name: str, parse: Callable[[str], float]) -> float | None:
    return parse(typed[name]) if typed.get(name) else None


def _r2(text: str) -> Printed:
    try:
        return Printed.of("r2", text)
    except ValueError:
        raise ValueError(f"r2 '{typed_table.shortened(text)}' is not a number") from None


def columns(
    name: str, rows: Sequence[Row], treatments: Sequence[str], others: Sequence[str]
) -> list[Column]:
    """Return the columns of a table in their order.

    Parameters
    ----------
    name : of the file, for complaints.
    treatments, others : terms that may stand in the row of the treatment, and in other rows.

    Raises UserError if a column has no row of a treatment or two of them, or two numbers of rows,
    clusters or R².
    """
    made = []
    for number in sorted({row.column for row in rows}):
        mine = [row for row in rows if row.column == number]
        where = f"{name}, column {number}"
        focal = _focal(where, mine, treatments, others)
        rest = [row for row in mine if row is not focal]
        made.append(
            Column(
                number,
                (focal, *rest),
                _one(where, "n", [row.n for row in mine]),
                _one(where, "clusters", [row.clusters for row in mine]),
                _one(where, "r2", [row.cells.get("r2") for row in mine]),
            )
        )
    return made


def _focal(
    where: str, rows: Sequence[Row], treatments: Sequence[str], others: Sequence[str]
) -> Row:
    """Return the row of the treatment: a treatment that is no control as well, if there is one."""
    of_any = [row for row in rows if row.term in treatments]
    found = [row for row in of_any if row.term not in others] or of_any
    if not found:
        raise UserError(
            f"{where}: no row of a treatment; a term should be one of {', '.join(treatments)}"
        )
    if len(found) > 1:
        names = " and ".join(f"'{row.term}'" for row in found[:2])
        raise UserError(
            f"{where}: two rows of treatments, {names}; name those held constant in 'controls'"
        )
    return found[0]


def _one(where: str, name: str, values: Sequence[object]) -> object:
    """Return the one value of a column, None if no row gives it."""
    given = [value for value in values if value is not None]
    shown = list(dict.fromkeys(getattr(value, "text", str(value)) for value in given))
    if len(shown) > 1:
        raise UserError(f"{where}: {name} is {shown[0]} in one row and {shown[1]} in another")
    return given[0] if given else None
