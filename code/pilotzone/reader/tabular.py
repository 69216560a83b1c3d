"""A reader's table from a text file, a workbook or a Stata file, each cell with its place.

Cells stay as they were read until a column is asked for as numbers, whole numbers or names; then
a cell that is none is refused with its column and its line (row of the sheet, observation).
"""

import csv
import dataclasses
import datetime
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.textfile import absent, decoded, shown, there

MISSING = ("", ".", "na", "n/a", "#n/a", "nan", "null", "none")
# A square of a number beyond this leaves no room for sums of squares of squares.
LARGEST = 1e50
# Of a sheet; and so many empty rows in one stretch are a used range, not gaps in data.
LAST_ROW, EMPTY_RUN = 1_048_576, 200_000
# How a date becomes a period.
COUNTED = "give whole numbers that count the periods (the year, or year × 12 + month)"
OTHER_DELIMITERS = {";": "';'", "\t": "tabs", "|": "'|'"}
# The text of a cell that is none.
HELD = "\0list"
DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+")
DATE = re.compile(r"\d{4}(([-/年]\d{1,2}([-/月].*)?)|(\.\d{1,2}\.\d{1,2}))")


@dataclasses.dataclass(frozen=True)
class Table:
    """A table as read.

    Attributes
    ----------
    name : the file's name.
    frame : cells as read, columns named as in the header.
    place : what a row is called: ``line``, ``row`` (of a sheet) or ``observation``.
    places : line, row or observation of each row of the frame.
    notes : what a reader should know about how it was read.
    """

    name: str
    frame: pd.DataFrame
    place: str
    places: np.ndarray
    notes: tuple[str, ...] = ()

    def where(self, row: int) -> str:
        """Return the place of a row in words."""
        return f"{self.place} {self.places[row]}"

    def refuse(self, row: int, column: str, what: str) -> NoReturn:
        """Raise the error about a cell."""
        raise UserError(f"{self.name}, {self.where(row)}, column '{column}': {what}")

    def refuse_first(self, wrong: np.ndarray, column: str, what: str) -> None:
        """Raise the error about the first cell that is wrong, if one is."""
        if wrong.any():
            self.refuse(int(wrong.argmax()), column, what)


def read_table(path: Path) -> Table:
    """Read a table by its file's ending: ``.csv`` (or ``.txt``), ``.xlsx``, ``.dta``, ``.parquet``.

    Raises UserError if the file is missing, empty, of another kind, or not what its ending says; if
    two columns have one name or there is no row.
    """
    if not there(path):
        raise absent(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"{path.name}: a table is {', '.join(READERS)}; save it as one of these")
    table = reader(path)
    names = [str(name) for name in table.frame.columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserError(f"{path.name}: two columns are called '{shown(twice)}'; rename one")
    if table.frame.empty:
        raise UserError(f"{path.name}: no rows below the header")
    return table


def _read_text(path: Path) -> Table:
    text, note = decoded(path)
    numbered = list(_lines(path.name, text))
    header = [name.strip() for name in numbered[0][1]]
    first = text.lstrip().partition("\n")[0]
    likely = max(OTHER_DELIMITERS, key=first.count)
    if first.count(likely) > first.count(","):
        raise UserError(
            f"{path.name}: columns are separated by {OTHER_DELIMITERS[likely]}, not by commas; "
            "save it with commas or as .xlsx"
        )
    for line, cells in numbered:
        if len(cells) != len(header):
            raise UserError(
                f"{path.name}, line {line}: {len(cells)} fields where the header has {len(header)}"
            )
    return _table(path.name, "line", header, numbered[1:], [note] if note else [])


def _lines(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each line that is not blank, with the number of its first line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UserError(f"{name}, line {line}: no readable fields ({error})") from None


def _read_workbook(path: Path) -> Table:
    import openpyxl

    try:
        # Read-only holds no object per cell: 60,000 rows take a fraction of the memory.
        book = openpyxl.load_workbook(path, data_only=True, read_only=True)
        sheet = book.worksheets[0]
        # Some programs write a wrong extent of the sheet; the rows themselves are counted.
        sheet.reset_dimensions()
        rows = _filled(path.name, sheet.values)
        book.close()
    except UserError:
        raise
    except Exception as error:  # whatever a parser says about bytes that are no workbook
        raise UserError(f"{path.name}: no readable .xlsx ({shown(error)})") from None
    width = max((len(cells) for _, cells in rows), default=0)
    rows = [(i, cells + [None] * (width - len(cells))) for i, cells in rows]
    if not rows:
        raise UserError(f"{path.name}: the sheet '{sheet.title}' is empty")
    header = ["" if cell is None else _text(cell) for cell in rows[0][1]]
    others = len(book.worksheets) - 1
    notes = [f"{path.name}: read the first sheet, '{sheet.title}', of {others + 1}"]
    return _table(path.name, "row", header, rows[1:], notes if others else [])


def _filled(name: str, sheet: Iterable[tuple[object, ...]]) -> list[tuple[int, list[object]]]:
    """Return the rows of a sheet that hold something, each cut behind its last cell.

    A used range may reach millions of rows beyond the data; such rows are passed by, not kept.
    """
    found, last = [], 0
    for number, cells in enumerate(sheet, start=1):
        if number > LAST_ROW:
            raise UserError(f"{name}: more than {LAST_ROW} rows, which no sheet has; save it anew")
        if number - last > EMPTY_RUN:
            raise UserError(
                f"{name}: {EMPTY_RUN} empty rows behind row {last}; delete them, or save it as .csv"
            )
        filled = [place for place, cell in enumerate(cells, start=1) if cell is not None]
        if filled:
            found.append((number, list(cells[: filled[-1]])))
            last = number
    return found


def _read_frame(path: Path) -> Table:
    ending = path.suffix.lower()
    as_stored = {"convert_dates": False, "convert_categoricals": False}
    try:
        stata = ending == ".dta"
        frame = pd.read_stata(path, **as_stored) if stata else pd.read_parquet(path)
    except Exception as error:  # whatever a parser says about bytes of another kind
        raise UserError(f"{path.name}: no readable {ending} ({shown(error)})") from None
    place = "observation" if stata else "row"
    return Table(path.name, frame, place, np.arange(1, len(frame) + 1))


READERS: dict[str, Callable[[Path], Table]] = {
    **dict.fromkeys((".csv", ".txt"), _read_text),
    ".xlsx": _read_workbook,
    **dict.fromkeys((".dta", ".parquet"), _read_frame),
}


def _table(
    name: str, place: str, header: list[str], rows: list[tuple[int, list[object]]], notes: list[str]
) -> Table:
    """Return a table without rows that are empty throughout; a note counts them."""
    header = [text or f"column {k}" for k, text in enumerate(header, start=1)]
    filled = [(i, cells) for i, cells in rows if any(_text(cell) for cell in cells)]
    if len(filled) < len(rows):
        notes = [*notes, f"{name}: {len(rows) - len(filled)} empty rows left out"]
    frame = pd.DataFrame([cells for _, cells in filled], columns=header, dtype=object)
    return Table(name, frame, place, np.array([i for i, _ in filled], dtype=int), tuple(notes))


def first_repeat(keys: pd.DataFrame) -> tuple[int, int] | None:
    """Return the first row whose keys an earlier row has, and that row; None if there is none."""
    twice = keys.duplicated().to_numpy()
    if not twice.any():
        return None
    row = int(twice.argmax())
    return row, int((keys == keys.iloc[row]).all(axis=1).to_numpy().argmax())


def refuse_repeat(table: Table, keys: pd.DataFrame, unit: str, period: str) -> None:
    """Refuse a unit with two rows in a period; ``keys`` holds both, under whatever names."""
    repeat = first_repeat(keys)
    if repeat is None:
        return
    row, first = repeat
    one, when = keys.iloc[row]
    raise UserError(
        f"{table.name}, {table.where(row)}: {unit} '{shown(one)}' in {when} stands in "
        f"{table.where(first)} already; keep one row for each {unit} and {period}"
    )


def require(table: Table, wanted: Mapping[str, str]) -> None:
    """Refuse a table that lacks a column; ``wanted`` says what each is for."""
    for column, role in wanted.items():
        if column not in table.frame:
            there = ", ".join(f"'{shown(name)}'" for name in table.frame.columns)
            raise UserError(
                f"{table.name}: no column '{shown(column)}' ({role}); its columns: {there}"
            )


def _text(cell: object) -> str:
    """Return a cell as text: whole numbers without a point, dates as ISO 8601."""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if not pd.api.types.is_scalar(cell):
        return HELD
    if pd.isna(cell):
        return ""
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool | np.bool_):
        return str(int(cell))
    if isinstance(cell, float | np.floating):
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    return " ".join(str(cell).split())


def cells(table: Table, column: str) -> np.ndarray:
    """Return the cells of a column as text, shape (N,).

    Raises UserError at the first cell that holds a list (a column of lists, of .parquet).
    """
    return _texts(table, column, np.arange(len(table.frame)))


def _texts(table: Table, column: str, rows: np.ndarray) -> np.ndarray:
    """Return the cells of some rows of a column as text."""
    of_rows = table.frame[column].iloc[rows]
    try:
        # Units and periods repeat: each value is written once.
        codes, distinct = pd.factorize(of_rows, use_na_sentinel=False)
    except TypeError:  # a list has no place among distinct values
        codes, distinct = np.arange(len(of_rows)), of_rows
    text = np.array([_text(cell) for cell in distinct], dtype=object)[codes]
    held = np.flatnonzero(text == HELD)
    if len(held):
        table.refuse(int(rows[held[0]]), column, "holds a list, not one value")
    return text


def missing(text: np.ndarray) -> np.ndarray:
    """Say which cells are empty or marked as missing, shape (N,)."""
    return _of_each(lambda cell: cell.lower() in MISSING, text)


def _of_each(test: Callable[[str], object], text: np.ndarray) -> np.ndarray:
    """Say which texts pass a test, shape (N,); each value is asked once."""
    codes, distinct = pd.factorize(text)
    return np.array([bool(test(cell)) for cell in distinct], dtype=bool)[codes]


def numbers(table: Table, column: str) -> np.ndarray:
    """Return a column as numbers, missing cells as NaN, shape (N,).

    Raises UserError at the first cell that is no number; column and line are named.
    """
    values = _read_at_once(table.frame[column])
    # Only what is no number at first sight is looked at cell by cell.
    left = np.flatnonzero(~(np.abs(values) <= LARGEST))
    if not len(left):
        return values
    text = _texts(table, column, left)
    absent = missing(text)
    again = pd.to_numeric(pd.Series(np.where(absent, "nan", text)), errors="coerce")
    values[left] = again.to_numpy(dtype=float)
    wrong = left[~absent & ~(np.abs(values[left]) <= LARGEST)]
    if len(wrong):
        row = int(wrong[0])
        said = text[list(left).index(row)]
        what = "is a date" if DATE.fullmatch(said) else "is no number"
        if DECIMAL_COMMA.fullmatch(said):
            what += "; write decimals with a point, 0.5 and not 0,5"
        if np.isfinite(values[row]):
            what = f"is beyond {LARGEST:g}"
        table.refuse(row, column, f"'{shown(said)}' {what}")
    return values


def _read_at_once(cells: pd.Series) -> np.ndarray:
    """Return text and numbers as numbers, NaN for what is none and for any other kind of cell."""
    if pd.api.types.is_float_dtype(cells) or pd.api.types.is_integer_dtype(cells):
        return cells.to_numpy(dtype=float, na_value=np.nan, copy=True)
    plain = cells.map(type).isin((str, int, float)).to_numpy()
    read = pd.to_numeric(cells.astype(object).where(plain, None), errors="coerce")
    return read.to_numpy(dtype=float, copy=True)


def whole_numbers(
    table: Table, column: str, *, empty: int | None = None, hint: str = COUNTED
) -> np.ndarray:
    """Return a column as whole numbers of at most nine digits, shape (N,).

    Parameters
    ----------
    empty : what a missing cell stands for; without it a missing cell is refused.
    hint : what is said behind the refusal of a date.

    Raises UserError at the first other cell; a date is told how to become one.
    """
    text = cells(table, column)
    absent = missing(text)
    dates = _of_each(DATE.fullmatch, text)
    if dates.any():
        row = int(dates.argmax())
        table.refuse(
            row,
            column,
            f"'{shown(text[row])}' is a date; {hint}",
        )
    values = numbers(table, column)
    if empty is not None:
        values = np.where(absent, empty, values)
    wrong = ~(np.abs(values) < 10**9) | (values != np.round(values))
    if wrong.any():
        row = int(wrong.argmax())
        what = "is empty" if absent[row] else f"'{shown(text[row])}' is no whole number"
        table.refuse(row, column, what)
    return values.astype(int)


def names(table: Table, column: str) -> np.ndarray:
    """Return a column as names (codes of units): text, whole numbers without a point, shape (N,).

    Raises UserError at the first empty cell.
    """
    codes, distinct = pd.factorize(cells(table, column))
    text = np.array([re.sub(r"^(\d+)\.0+$", r"\1", cell) for cell in distinct])[codes]
    table.refuse_first(text == "", column, "is empty")
    return text.astype(str)
