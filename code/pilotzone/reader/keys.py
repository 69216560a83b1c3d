"""Unit and period of each row of a reader's table, and what is no panel."""

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.reader import tabular
from pilotzone.reader.panel_config import PERIOD, THIRD, UNIT, WHOLE, Config
from pilotzone.reader.periods import Periods, read_periods
from pilotzone.reader.tabular import Table

# Of so many units with one row, and of so many rows behind the first of their unit-period, a table
# is of persons or firms drawn anew in each period.
MOSTLY, OFTEN = 0.9, 0.5
# In fewer rows a repeat is a slip.
FEWEST_ROWS = 20


def read_keys(table: Table, config: Config) -> tuple[pd.DataFrame, Periods]:
    """Return the keys of the columns that a configuration names, see :func:`keys_of`."""
    return keys_of(table, config.unit, config.period, word=config.period_word, triple=config.triple)


def keys_of(
    table: Table, unit: str, period: str, *, word: str = "", triple: str = ""
) -> tuple[pd.DataFrame, Periods]:
    """Return unit and period of each row, in the order of the file, and how periods are written.

    With a triple difference a unit is split by its third column: ``unit`` is the part, ``whole``
    the unit of the table, ``third`` the column.

    Raises UserError if a cell is none, two rows have the same keys, or there is one unit or period.
    """
    frame = pd.DataFrame({UNIT: tabular.names(table, unit)})
    if triple:
        whole, third = frame[UNIT], tabular.names(table, triple)
        parts = whole + " " + third
        frame = pd.DataFrame({UNIT: parts, WHOLE: whole, THIRD: third})
    periods = read_periods(table, period, word)
    frame[PERIOD] = periods.codes
    keys = pd.DataFrame({UNIT: pd.factorize(frame[UNIT])[0], PERIOD: periods.codes})
    again = keys.duplicated().to_numpy()
    _refuse_cross_sections(table, keys, int(again.sum()))
    if again.any():
        written = [periods.label(int(code)) for code in periods.codes]
        tabular.refuse_repeat(table, frame[[UNIT]].assign(**{PERIOD: written}), "unit", "period")
    told = [(keys[UNIT], "unit"), (keys[PERIOD], "period")]
    told += [(whole, "unit"), (third, "group of the triple difference")] if triple else []
    for values, name in told:
        if len(pd.unique(values)) < 2:
            raise UserError(f"{table.name}: one {name} only; a panel has two or more")
    return frame, periods


def _refuse_cross_sections(table: Table, keys: pd.DataFrame, repeats: int) -> None:
    """Refuse persons or firms that are drawn anew in each period."""
    if len(keys) < FEWEST_ROWS:
        return
    rows = np.bincount(keys[UNIT])
    way = (
        "average the rows to one for each group and period, name the group as 'unit' and the "
        "number of rows behind each average as 'weights'"
    )
    if keys[PERIOD].nunique() > 1 and np.mean(rows == 1) > MOSTLY:
        raise UserError(
            f"{table.name}: {np.sum(rows == 1)} of {len(rows)} units have one row: repeated "
            f"cross-sections and no panel; {way}"
        )
    if repeats > OFTEN * len(keys):
        raise UserError(
            f"{table.name}: {repeats} of {len(keys)} rows share unit and period with an earlier "
            f"one: repeated cross-sections and no panel; {way}"
        )
