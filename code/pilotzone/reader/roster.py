"""A reader's roster of a dated policy: read, checked, and set against the years of a panel."""

import re
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import name_some
from pilotzone.panels.raw import Places
from pilotzone.panels.raw.policies import (
    CODING,
    COLUMNS,
    DATED,
    REQUIRED,
    Roster,
    by_unit,
    check,
    roster,
)
from pilotzone.reader import tabular
from pilotzone.reader.tabular import Table, shown

FORMAT = "docs/policies.md explains the format"
# A year that a sheet keeps as a number, and a day that it keeps with a time of day.
WITHOUT_POINT = re.compile(r"^(\d+)\.0+$")
WITHOUT_TIME = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ]00:00:00(\.0+)?$")


def read_roster(path: Path, places: Places) -> tuple[Roster, Table]:
    """Read a reader's roster, and the table behind it with the place of each row.

    Raises UserError as :func:`pilotzone.reader.tabular.read_table`; if a column is none of the
    format, a unit is unknown, a date is none, or a unit counts from two dates in a coding.
    """
    table = tabular.read_table(path)
    _check_header(table)
    rows = pd.DataFrame({name: _texts(table, name) for name in table.frame})
    made = roster(path.stem, rows)

    def refuse(row: int, column: str, what: str) -> NoReturn:
        told = column if column in table.frame else DATED[0] if DATED[0] in rows else DATED[1]
        table.refuse(row, told, what)

    check(made, places.provinces, places.cities, table.where, refuse)
    return made, table


def _check_header(table: Table) -> None:
    """Refuse a column that is none of the format, and a table that lacks one that it needs."""
    columns = [str(name) for name in table.frame]
    tabular.require(table, dict.fromkeys(REQUIRED, "the code of the unit"))
    if not set(DATED) & set(columns):
        raise UserError(f"{table.name}: neither a column 'date' nor a column 'year'; {FORMAT}")
    for name in columns:
        coding = name.startswith(CODING) and re.fullmatch(r"\w+", name.removeprefix(CODING))
        if name not in COLUMNS and not coding:
            raise UserError(
                f"{table.name}: column '{shown(name)}' is none of a roster: {', '.join(COLUMNS)}; "
                f"an alternative coding is '{CODING}<name>' with letters, digits and '_'; {FORMAT}"
            )


def _texts(table: Table, column: str) -> np.ndarray:
    """Return the cells of a column as text; a year without a point, a day without its hours."""
    cells = tabular.cells(table, column)
    if column in (*REQUIRED, *DATED) or column.startswith(CODING):
        cells = [WITHOUT_TIME.sub(r"\1", WITHOUT_POINT.sub(r"\1", cell)) for cell in cells]
    return np.array(cells, dtype=object)


def refuse_later(table: Table, made: Roster, coding: str, places: Places, last: int) -> None:
    """Refuse the first unit that counts from a year behind the last one of the panel."""
    spread = by_unit(made, coding, places.cities)
    later = spread[spread["since"].str[:4].astype(int) > last]
    if len(later):
        units = name_some(sorted(set(later["city_code"])))
        row, since = int(later.iloc[0]["row"]), later.iloc[0]["since"]
        column = CODING + (coding or made.codings[0])
        column = column if column in table.frame else DATED[DATED[0] not in table.frame]
        table.refuse(
            row,
            column,
            f"{since} is after the panel, which ends in {last}: {units}; leave such rows out, or "
            "say LATER=untreated (--later untreated): they are untreated in all its years",
        )
