"""Rosters: which unit stands under a policy, and since when. One format for all of them.

A row is a unit as listed. ``unit_code`` is the prefecture-level unit that holds it, or a province,
which stands for all its units; ``date`` is a day, ``year`` the year where no day is known. A column
``coding_<name>`` says which rows count in an alternative coding: 1 or 0, or the year or day from
which the row counts there.
"""

import dataclasses
import datetime
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn

import pandas as pd

from pilotzone.catalogue.policies import CODING, MAIN, ROSTERS
from pilotzone.panels.raw import schema, source
from pilotzone.panels.raw.declared import UNITS_WITHOUT_PREFECTURE
from pilotzone.textfile import shown

REQUIRED, DATED = ("unit_code",), ("date", "year")
COLUMNS = (
    *("unit_code", "listed_code", "listed_name", "zone", "batch", "date", "year"),
    *("level", "status", "source", "note"),
)
# The one that the project derives from the approvals, which hold more than a roster can.
DERIVED = "pilot_zones"
FIRST_YEAR, LAST_YEAR = 1949, 2100
COUNTS, COUNTS_NOT = "1", "0"


@dataclasses.dataclass(frozen=True)
class Roster:
    """Rows of a policy as text, each column of :data:`COLUMNS` there, and the names of its codings.

    Attributes
    ----------
    name : str
    rows : DataFrame
    codings : tuple of str
        The first is the main one.
    """

    name: str
    rows: pd.DataFrame
    codings: tuple[str, ...]

    def since(self, coding: str = "") -> pd.Series:
        """Return the day or year from which each row counts in a coding; empty if it does not.

        Parameters
        ----------
        coding : the main one if empty.

        Returns
        -------
        Series of str
            ``YYYY-MM-DD`` or ``YYYY``.
        """
        rows, column = self.rows, CODING + (coding or self.codings[0])
        found = [day or year for day, year in rows[["date", "year"]].to_numpy().tolist()]
        if column in rows:
            # A cell that is neither 1 nor 0 is a day or year of its own.
            pairs = zip(rows[column].to_list(), found, strict=True)
            found = [{COUNTS: listed, COUNTS_NOT: ""}.get(cell, cell) for cell, listed in pairs]
        return pd.Series(found, index=rows.index, dtype=str)


def roster(name: str, rows: pd.DataFrame) -> Roster:
    """Return a roster with all columns of the format; those that are not given are empty."""
    codings = [c.removeprefix(CODING) for c in rows.columns if c.startswith(CODING)]
    absent = {column: "" for column in COLUMNS if column not in rows}
    return Roster(name, rows.assign(**absent), tuple(codings) or (MAIN,))


def policy_rosters(
    folder: Path, provinces: pd.DataFrame, cities: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Return the validated rows of the project's rosters by the stem of their files."""
    found = {}
    for stem, declared in ROSTERS.items():
        if stem == DERIVED:
            continue
        table = source.read(folder, f"policies/{stem}.csv")
        several = {CODING + name: schema.text() for name in declared.codings if name != MAIN}
        optional = ("listed_code", "zone", "date", "note")
        columns = {
            name: schema.column(str) if name in optional else schema.text() for name in COLUMNS
        }
        key = ("unit_code", "listed_name", "batch")
        frame = schema.validate(table, columns | several, key)

        def refuse(row: int, column: str, what: str, name: str = table.name) -> NoReturn:
            raise source.fault(folder, name, f"line {row + 2}", column, what)

        check(roster(stem, table.frame), provinces, cities, lambda row: f"line {row + 2}", refuse)
        found[stem] = frame
    return found


def check(
    made: Roster,
    provinces: pd.DataFrame,
    cities: pd.DataFrame,
    where: Callable[[int], str],
    refuse: Callable[[int, str, str], NoReturn],
) -> None:
    """Refuse the first cell of a roster that cannot be meant.

    Parameters
    ----------
    made : Roster
    provinces, cities : DataFrame
        The units that there are.
    where : gives the place of a row in words.
    refuse : takes row, column and what is wrong; it raises.
    """
    units = {*cities["city_code"], *provinces["province_code"], *UNITS_WITHOUT_PREFECTURE}
    for row, cells in enumerate(made.rows[[*REQUIRED, *DATED]].to_numpy().tolist()):
        _check_row(row, *cells, units, refuse)
    for coding in made.codings:
        column = CODING + coding
        if column in made.rows:
            for row, cell in enumerate(made.rows[column].to_list()):
                if cell not in (COUNTS, COUNTS_NOT) and not (_is_day(cell) or _is_year(cell)):
                    what = f"'{shown(cell)}' is none of 1, 0, a year and a day YYYY-MM-DD"
                    refuse(row, column, what if cell else "is empty; give 1 or 0")
        _check_dates(made, coding, cities, where, refuse)


def _check_row(
    row: int,
    unit: str,
    date: str,
    year: str,
    units: Collection[str],
    refuse: Callable[[int, str, str], NoReturn],
) -> None:
    """Refuse a unit that is none, a date or year that is none, and a row without either."""
    if unit not in units:
        told = "prefecture-level units stand in data/raw/cities.csv, provinces in provinces.csv"
        refuse(row, "unit_code", f"'{shown(unit)}' is no unit; {told}" if unit else "is empty")
    if date and not _is_day(date):
        refuse(row, "date", f"'{shown(date)}' is not a day YYYY-MM-DD")
    if year and not _is_year(year):
        refuse(row, "year", f"'{shown(year)}' is not a year from {FIRST_YEAR} to {LAST_YEAR}")
    if not date and not year:
        refuse(row, "year", "is empty, and so is 'date'; give a day or a year")
    if date and year and date[:4] != year:
        refuse(row, "date", f"{date} is not in the year of its row, {year}")


def _check_dates(
    made: Roster,
    coding: str,
    cities: pd.DataFrame,
    where: Callable[[int], str],
    refuse: Callable[[int, str, str], NoReturn],
) -> None:
    """Refuse a coding in which no row counts, or a unit counts from two dates."""
    spread = by_unit(made, coding, cities)
    column = CODING + coding if CODING + coding in made.rows else "date"
    if not len(spread):
        refuse(0, column, "no row below counts for a prefecture-level unit")
    first: dict[str, tuple[str, int]] = {}
    for city, since, row in spread.to_numpy().tolist():
        there, above = first.setdefault(city, (since, row))
        if since != there:
            refuse(
                row,
                column,
                f"unit {city} counts from {since} here and from {there} in {where(above)}; keep "
                f"one of the rows, or say by columns {CODING}<name> of 1 and 0 which of them "
                "counts",
            )


def by_unit(made: Roster, coding: str, cities: pd.DataFrame) -> pd.DataFrame:
    """Return the prefecture-level units that count in a coding, a province spread over its own.

    Returns
    -------
    DataFrame
        ``city_code, since, row``: the day or year and the position of the row; units that no
        prefecture holds are left out.
    """
    # A municipality is a province of one unit, with one code.
    held: dict[str, set[str]] = {}
    for city, province in cities[["city_code", "province_code"]].to_numpy().tolist():
        for code in (city, province):
            held.setdefault(code, set()).add(city)
    listed = zip(made.rows["unit_code"].to_list(), made.since(coding).to_list(), strict=True)
    found = [
        (city, since, row)
        for row, (unit, since) in enumerate(listed)
        if since
        for city in sorted(held.get(unit, ()))
    ]
    columns = zip(*found, strict=True) if found else ((), (), ())
    types = {"city_code": str, "since": str, "row": int}.items()
    pairs = zip(types, columns, strict=True)
    return pd.DataFrame({name: pd.Series(cells, dtype=kind) for (name, kind), cells in pairs})


def _is_day(cell: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell, flags=re.ASCII) or not _is_year(cell[:4]):
        return False
    try:
        datetime.date.fromisoformat(cell)
    except ValueError:
        return False
    return True


def _is_year(cell: str) -> bool:
    written = re.fullmatch(r"\d{4}", cell, flags=re.ASCII)
    return bool(written) and FIRST_YEAR <= int(cell) <= LAST_YEAR
