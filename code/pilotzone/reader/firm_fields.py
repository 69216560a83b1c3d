"""The fields of a reader's firms: cells as numbers and names, and columns in an unlikely unit."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.reader import firm_config, tabular
from pilotzone.reader.firm_config import FIELDS, POSITIVE, RD_COSTS, Config
from pilotzone.reader.tabular import Table, shown
from pilotzone.reader.treatment import city_codes

KEYS = ["firm", "year"]
YEARS = range(1978, 2101)
UNKNOWN = "unknown"
# A part this many times its whole is no question of units that a reader may overlook.
ABSURD = 10.0


def read_fields(table: Table, config: Config, cities: pd.Series) -> tuple[pd.DataFrame, list[str]]:
    """Return the fields of each row of the file, and what was set to missing or to zero."""
    columns = config.columns
    frame = pd.DataFrame({"firm": tabular.names(table, columns["firm"])})
    frame["year"] = tabular.whole_numbers(table, columns["year"])
    wrong = ~frame["year"].isin(YEARS).to_numpy()
    table.refuse_first(wrong, columns["year"], "is no calendar year of four digits")
    frame["city_code"] = city_codes(table, columns["city_code"], cities)
    _refuse_two_places(table, frame)
    tabular.refuse_repeat(table, frame[KEYS], *KEYS)
    found = {}
    for name in (name for name in columns if name not in frame):
        if FIELDS[name].kind == "name":
            text = tabular.cells(table, columns[name])
            found[name] = np.where(tabular.missing(text), UNKNOWN, text).astype(str)
        else:
            found[name] = _numbers(table, config, name)
    notes = []
    for name in (name for name in POSITIVE if name in found):
        none = found[name] <= 0
        found[name][none] = np.nan
        if none.any():
            notes.append(f"{name}: {none.sum()} cells of zero or less count as missing")
    frame = frame.assign(**found)
    if config.empty_rd_is_zero:
        notes += _filled(frame, (*RD_COSTS, "rd_staff"))
    return frame, notes + _filled(frame, ("special_treatment",))


def _refuse_two_places(table: Table, frame: pd.DataFrame) -> None:
    """Refuse a firm with two rows in a year that lie in different cities."""
    repeat = tabular.first_repeat(frame[KEYS])
    if repeat is None:
        return
    row, first = repeat
    firm, year = frame.loc[row, KEYS]
    here, there = frame.loc[[row, first], "city_code"]
    if here != there:
        raise UserError(
            f"{table.name}, {table.where(row)}: firm '{shown(firm)}' is in {here} in {year}, and "
            f"in {there} in {table.where(first)}; a firm has one registered place in a year"
        )


def _numbers(table: Table, config: Config, name: str) -> np.ndarray:
    """Return a field as numbers, amounts in yuan; refuse what its kind cannot be."""
    column, kind = config.columns[name], FIELDS[name].kind
    values = tabular.numbers(table, column)
    if kind == "money":
        values = values * firm_config.MONEY[config.money]
    if kind == "count" or name in firm_config.NEVER_NEGATIVE:
        table.refuse_first(values < 0, column, f"is below 0; {name} cannot be")
    if kind == "flag":
        strange = ~np.isin(values, (0.0, 1.0)) & ~np.isnan(values)
        table.refuse_first(strange, column, f"{name} should be 0, 1 or empty")
    return values


def _filled(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """Set empty cells of some fields to zero, in the frame, and count them."""
    notes = []
    for name in (name for name in names if name in frame):
        empty = frame[name].isna()
        frame.loc[empty, name] = 0.0
        if empty.any():
            notes.append(f"{name}: {empty.sum()} empty cells count as 0")
    return notes


# Factors by which a column may be off, in words.
FACTORS = {1e3: "thousands", 1e4: "10,000s", 1e6: "millions", 1e8: "100 millions"}


def plausible(table: Table, config: Config, frame: pd.DataFrame) -> list[str]:
    """Return a line for each column whose size beside another one is unlikely.

    Raises UserError if the median of a part is more than ten times its whole.
    """
    notes = []
    for name in (name for name in config.columns if name in FIELDS):
        field = FIELDS[name]
        column = config.columns[name]
        if field.beside in frame:
            ratio = float((frame[name] / frame[field.beside]).median())
            if field.within and ratio > ABSURD:
                raise UserError(
                    f"{table.name}, column '{shown(column)}': {name} is {ratio:.3g} times "
                    f"{field.beside} in the median row, and a part of it; one of the two is in "
                    "another unit"
                )
            notes += _unlikely(table.name, column, field, ratio)
        if field.within in frame:
            more = int((frame[name] > frame[field.within]).sum())
            if more:
                notes.append(
                    f"{table.name}, column '{shown(column)}': {name} is more than {field.within} "
                    f"in {more} rows"
                )
    return notes


def _unlikely(file: str, column: str, field: firm_config.Field, ratio: float) -> list[str]:
    """Return the line about a ratio outside its usual bounds; none inside."""
    if not (ratio < field.low or ratio > field.high):
        return []
    fits = {field.id: 1.0, field.beside: -1.0}
    words = [
        f"{name} in {' or '.join(found)}"
        for name, sign in fits.items()
        if (found := [w for f, w in FACTORS.items() if field.low <= ratio * f**sign <= field.high])
    ]
    guess = f"; {', or '.join(words)} where {field.unit} are meant?" if words else ""
    return [
        f"{file}, column '{shown(column)}': {field.id} is {ratio:.3g} times {field.beside} in the "
        f"median row, usually {field.low:g} to {field.high:g}{guess}"
    ]
