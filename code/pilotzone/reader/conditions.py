"""Conditions on the rows of a reader's table: ``column == value``, parsed and never evaluated."""

import operator
import re
from collections.abc import Mapping, Sequence

import numpy as np

from pilotzone.errors import UserError
from pilotzone.reader import tabular
from pilotzone.reader.tabular import Table, shown

SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
FORM = re.compile(r"^\s*(?P<column>.+?)\s*(?P<sign>==|!=|<=|>=|<|>)\s*(?P<value>.+?)\s*$")
# Signs that compare texts too.
OF_TEXTS = ("==", "!=")


def check_samples(where: str, samples: Mapping[str, object]) -> None:
    """Refuse samples, by name, that are no lists of conditions; ``where`` begins a complaint."""
    for sample, conditions in samples.items():
        listed = conditions if isinstance(conditions, list) else [None]
        if not all(isinstance(one, str) and one for one in listed):
            raise UserError(f"{where}: samples.{shown(sample)} should be a list of conditions")


def left_out(table: Table, conditions: Sequence[str], where: str) -> np.ndarray:
    """Return the rows (N,) that meet any of the conditions: those that a sample leaves out.

    A value that is a number is compared with numbers, an empty cell meets no such condition; any
    other value is a text.

    Parameters
    ----------
    table : Table
    conditions : sequence of str
    where : str
        What a complaint begins with.

    Raises
    ------
    UserError
        If a condition has another form, its column is not there, or a text is asked for its size.
    """
    lost = np.zeros(len(table.frame), dtype=bool)
    for text in conditions:
        found = FORM.match(text)
        if found is None:
            raise UserError(
                f"{where}'{shown(text)}' is no condition; write column {' or '.join(SIGNS)} value"
            )
        lost |= _meets(table, **found.groupdict(), where=where)
    return lost


def _meets(table: Table, column: str, sign: str, value: str, where: str) -> np.ndarray:
    if column not in table.frame:
        raise UserError(f"{where}{table.name} has no column '{shown(column)}'")
    try:
        bound = float(value)
    except ValueError:
        if sign not in OF_TEXTS:
            raise UserError(
                f"{where}'{shown(value)}' is no number; a text takes == or !="
            ) from None
        cells = table.frame[column].astype(str).str.strip().to_numpy()
        return SIGNS[sign](cells, value.strip("'\""))
    cells = tabular.numbers(table, column)
    return ~np.isnan(cells) & SIGNS[sign](cells, bound)
