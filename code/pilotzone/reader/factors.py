"""Columns of a reader's table that become several of the frame, or groups of units.

``C(column)`` among the controls is a dummy for each value but the first; a column of
``heterogeneity`` is a group for each unit.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.reader import tabular
from pilotzone.reader.panel_config import FACTOR, UNIT, column_of
from pilotzone.reader.tabular import Table, shown

# A factor of more values belongs to the effects or the clusters, not to the lines of a table.
MOST_LEVELS = 40
# A column of numbers with more values is split at its median.
MOST_GROUPS = 8
Labels = dict[str, tuple[str, str]]


def read_controls(
    table: Table, names: Sequence[str], ids: Mapping[str, str]
) -> tuple[dict[str, np.ndarray], Labels]:
    """Return the columns of controls by their name in the frame, and labels of dummies.

    Raises UserError at a cell that is no number, or if a factor has an empty cell, one value or
    too many.
    """
    columns: dict[str, np.ndarray] = {}
    labels: Labels = {}
    for name in names:
        column = column_of(name)
        if FACTOR.fullmatch(name) is None:
            columns[ids[column]] = _numbers(table, column)
            continue
        values = tabular.names(table, column)
        levels = np.unique(values)
        if not 2 <= len(levels) <= MOST_LEVELS:
            raise UserError(
                f"{table.name}: C({shown(column)}) has {len(levels)} values; a factor has from 2 "
                f"to {MOST_LEVELS}"
            )
        for number, level in enumerate(levels[1:], start=2):
            dummy = f"{ids[column]}__{number}"
            columns[dummy] = (values == level).astype(float)
            labels[dummy] = (f"{column}: {level}", f"{column}：{level}")
    return columns, labels


def _numbers(table: Table, column: str) -> np.ndarray:
    """Return a control as numbers; one of texts is told how to become a factor."""
    try:
        return tabular.numbers(table, column)
    except UserError as error:
        texts = not any(
            cell.strip("-+").replace(".", "").isdigit() for cell in _some(table, column)
        )
        way = f"; write C({shown(column)}) for a factor" if texts else ""
        raise UserError(f"{error}{way}") from None


def _some(table: Table, column: str) -> list[str]:
    """Return the texts of a column that are not missing."""
    text = tabular.cells(table, column)
    return text[~tabular.missing(text)].tolist()


def read_groups(
    table: Table, column: str, name: str, frame: pd.DataFrame
) -> tuple[np.ndarray, Labels]:
    """Return the group of each row as the engine splits by it, and labels of the groups.

    Few values are a group each; more numbers stay as they are and are split at the median of the
    units' first ones.

    Raises UserError if there is one group, or a unit changes its group.
    """
    values = tabular.names(table, column)
    levels = np.unique(values)
    if len(levels) > MOST_GROUPS:
        halves = {f"low_{name}": ("below the median of {}", "{}低于中位数")}
        halves[f"high_{name}"] = ("above the median of {}", "{}高于中位数")
        told = {key: tuple(text.format(column) for text in pair) for key, pair in halves.items()}
        return tabular.numbers(table, column), told
    if len(levels) < 2:
        raise UserError(f"{table.name}: column '{shown(column)}' has one group; it needs two")
    first = pd.Series(values).groupby(frame[UNIT]).transform("first").to_numpy()
    moved = values != first
    if moved.any():
        row = int(moved.argmax())
        unit = shown(frame[UNIT][row])
        told = f"unit '{unit}' is in group '{shown(values[row])}' here, '{shown(first[row])}' above"
        table.refuse(row, column, f"{told}; a unit has one group")
    codes = {level: f"{name}__{number}" for number, level in enumerate(levels, start=1)}
    labels = {code: (f"{column} {level}", f"{column}{level}") for level, code in codes.items()}
    return np.array([codes[value] for value in values], dtype=object), labels
