"""Further variables of a column: groups, moderators, mediators."""

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design
from pilotzone.errors import UserError


def with_values(data: Design, name: str, *, every_year: bool) -> Design:
    """Return the rows that can use a further variable, the others counted as dropped.

    Parameters
    ----------
    data : Design
    name : str
        A column of the panel.
    every_year : bool
        Whether a row needs the value of its own year, or its unit one of any year.

    Raises
    ------
    UserError
        If the panel has no such column, or the sample refuses missing cells.
    """
    data.panel.require(name)
    has = data.frame[name].notna()
    by_unit = has.groupby(data.unit)
    incomplete = data.spec.rows.incomplete
    if not every_year:
        has = by_unit.transform("any")
    elif incomplete == "drop_units":
        has = by_unit.transform("all")
    if has.all():
        return data
    lost = int((~has).sum())
    if incomplete == "refuse":
        row = data.frame[~has].iloc[0]
        raise UserError(
            f"'{name}' is missing for {row[data.panel.unit]} {row[data.panel.period]} and "
            f"{lost - 1} further rows of sample '{data.spec.rows.id}'; choose another one"
        )
    return data.without(~has.to_numpy())


def first_value(data: Design, name: str) -> np.ndarray:
    """Return each row's unit's value of a column in the first period in which it has one, (N,).

    Raises
    ------
    UserError
        If the panel has no such column, or a unit has no value in any period.
    """
    return first_values(data, name).loc[data.unit].to_numpy()


def first_values(data: Design, name: str) -> pd.Series:
    """Return the first value of each unit."""
    data.panel.require(name)
    first = data.frame.sort_values(data.panel.period).groupby(data.panel.unit)[name].first()
    lacking = first.index[first.isna()]
    if len(lacking):
        raise UserError(
            f"'{name}' is missing for {len(lacking)} of {len(first)} units in all years, the first "
            f"is {lacking[0]}; choose another variable or a sample without them"
        )
    return first
