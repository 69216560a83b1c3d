"""Columns of a raw table: what a cell must be, and what a failing one is told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.panels.raw.source import Source, fault

if TYPE_CHECKING:
    from pandera.errors import SchemaError
    from pandera.pandas import Column

Rule = tuple[Callable[[pd.Series], pd.Series], str]


def column(dtype: type, *rules: Rule) -> "Column":
    """Return a pandera column; a rule is a test on the column and what a failing cell is told.

    Every cell is read as text, so text has no type to check or to turn into.
    """
    import pandera.pandas as pa

    checks = [pa.Check(test, error=told) for test, told in rules]
    return pa.Column(None if dtype is str else dtype, checks, coerce=dtype is not str)


def filled(cells: pd.Series) -> pd.Series:
    """Say which cells are not blank."""
    return cells.str.strip() != ""


def is_date(cells: pd.Series) -> pd.Series:
    """Say which cells are a day YYYY-MM-DD."""
    written = cells.str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    return written & pd.to_datetime(cells, format="%Y-%m-%d", errors="coerce").notna()


def text(*rules: Rule) -> "Column":
    """Return a column of text that may not be empty."""
    return column(str, (filled, "is empty"), *rules)


def texts(*names: str) -> dict[str, "Column"]:
    """Return columns of text by name."""
    return {name: text() for name in names}


def one_of(known: Collection[str], what: str) -> Rule:
    """Return the rule that a cell is among the known ones."""
    return (lambda cells: cells.isin(known)), f"is not {what}"


def between(low: float, high: float) -> Rule:
    """Return the rule that a number lies within bounds."""
    return (lambda cells: cells.between(low, high)), f"is outside {low} to {high}"


def number(*rules: Rule) -> "Column":
    """Return a column of finite numbers."""
    return column(float, (np.isfinite, "is not a finite number"), *rules)


def positive() -> "Column":
    """Return a column of numbers above 0."""
    return number(((lambda cells: cells > 0), "is not above 0"))


def year(span: tuple[int, int]) -> "Column":
    """Return a column of years within a span."""
    return column(int, between(*span))


def yes_no() -> "Column":
    """Return a column of 0 and 1."""
    return column(int, between(0, 1))


def known_province(provinces: pd.DataFrame) -> Rule:
    """Return the rule that a cell is the code of a province."""
    return one_of(provinces["province_code"], "a province code of provinces.csv")


def province(provinces: pd.DataFrame) -> "Column":
    """Return a column of province codes."""
    return text(known_province(provinces))


def validate(source: Source, columns: Mapping[str, "Column"], key: Sequence[str]) -> pd.DataFrame:
    """Return the table with its types, or raise the first failure as one line."""
    import pandera.pandas as pa

    schema = pa.DataFrameSchema(
        dict(columns), strict=True, unique=list(key), report_duplicates="exclude_first"
    )
    try:
        frame = schema.validate(source.frame)
    except pa.errors.SchemaErrors as several:
        failure = several.schema_errors[0]
    except pa.errors.SchemaError as single:
        failure = single
    else:
        return frame.sort_values(list(key), ignore_index=True)
    raise _one_line(source, failure, key) from None


def _one_line(source: Source, failure: "SchemaError", key: Sequence[str]) -> UserError:
    """Turn pandera's error into one line: first failing row by line, and how many more."""
    folder, name, reason = source.folder, source.name, failure.reason_code.name
    if reason == "COLUMN_NOT_IN_DATAFRAME":
        return fault(folder, name, "header", str(failure.failure_cases), "the column is missing")
    if reason == "COLUMN_NOT_IN_SCHEMA":
        return fault(folder, name, "header", str(failure.failure_cases), "unexpected column")
    rows = sorted(set(failure.failure_cases["index"]))
    row = source.frame.loc[rows[0]]
    column = ", ".join(key) if reason == "DUPLICATES" else failure.schema.name
    what = _what(row, failure, column)
    others = [str(row[part]) for part in key if part != column]
    if others and reason != "DUPLICATES":
        what += f" ({', '.join(others)})"
    if len(rows) > 1:
        what += f" (and {len(rows) - 1} more)"
    return fault(folder, name, f"line {rows[0] + 2}", column, what)


def _what(row: pd.Series, failure: "SchemaError", column: str) -> str:
    reason = failure.reason_code.name
    if reason == "DUPLICATES":
        parts = ", ".join(str(row[part]) for part in column.split(", "))
        return f"a second row for {parts}"
    blank = not row[column].strip()
    if reason not in ("DATATYPE_COERCION", "SERIES_CONTAINS_NULLS"):
        return f"{'the cell' if blank else repr(row[column])} {failure.check.error}"
    if blank:
        return "the cell is empty"
    kind = "whole number" if failure.schema.dtype.type == np.int64 else "number"
    return f"'{row[column]}' is not a {kind}"


def complete(
    source: Source, column: str, wanted: Collection[object], found: Collection[object]
) -> None:
    """Refuse a table in which a unit or year has no row."""
    absent = sorted(set(wanted) - set(found))
    if absent:
        more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        raise fault(source.folder, source.name, str(absent[0]), column, f"no row{more}")
