"""A reader's weight matrix: joined by its labels, each row divided by its sum."""

from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue.samples import OWN
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights, name_some, row_normalise
from pilotzone.reader import tabular
from pilotzone.reader.tabular import Table, shown


def read_matrix(
    file: str, folder: Path, unit: pd.Series
) -> tuple[SpatialWeights | None, list[str]]:
    """Return the weight matrix of a file, see :func:`from_table`; None without a file."""
    if not file:
        return None, []
    return from_table(tabular.read_table(folder / file), unit)


def from_table(table: Table, unit: pd.Series) -> tuple[SpatialWeights, list[str]]:
    """Return the weight matrix with rows that sum to one, and a note if it had others.

    Parameters
    ----------
    table : the labels of the rows, then a column for each unit.
    unit : the units of the panel.

    Raises UserError if the matrix has other units than the panel, a weight is negative or no
    number, a unit is its own neighbour or has none.
    """
    first, *columns = table.frame.columns
    rows = tabular.names(table, first)
    _same_units(table.name, rows, columns, unit)
    matrix = np.column_stack([tabular.numbers(table, column) for column in rows])
    for wrong, what in (
        (np.isnan(matrix), "is empty"),
        (matrix < 0, "is below 0"),
        (np.eye(len(rows), dtype=bool) & (matrix != 0), "a unit is no neighbour of its own"),
    ):
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            table.refuse(int(row), rows[column], what)
    sums = matrix.sum(axis=1)
    normalised = row_normalise(matrix, rows)
    one = np.allclose(sums, 1, atol=1e-8)
    notes = [] if one else [f"{table.name}: each row divided by its sum"]
    return SpatialWeights(OWN, tuple(rows), normalised), notes


def _same_units(file: str, rows: np.ndarray, columns: list[str], unit: pd.Series) -> None:
    """Refuse a matrix whose rows or columns are not the units of the panel."""
    units = set(unit)
    for side, codes in (("rows", list(rows)), ("columns", list(columns))):
        twice = sorted({code for code in codes if codes.count(code) > 1})
        lacking, other = sorted(units - set(codes)), sorted(set(codes) - units)
        for wrong, what in ((twice, "name twice"), (lacking, "lack"), (other, "have another")):
            if wrong:
                raise UserError(
                    f"{file}: its {side} {what} unit, {name_some(map(shown, wrong))}; rows and "
                    "columns must bear the panel's units, each once"
                )
