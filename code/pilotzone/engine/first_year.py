"""Variables of a unit by their value in the first period in which it has one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.panels.store import Panel


def first_values(panel: Panel, name: str) -> pd.Series:
    """Return each unit's value of a column in the first period in which it has one.

    Raises
    ------
    UserError
        If the panel has no such column, or a unit has no value in any period.
    """
    kept = panel.kept.get((name, "first"))
    if kept is not None:
        return kept
    panel.require(name)
    # Rows stand by unit, then period.
    first = panel.frame.groupby(panel.unit)[name].first()
    lacking = first.index[first.isna()]
    if len(lacking):
        raise UserError(
            f"'{name}' is missing for {len(lacking)} of {len(first)} units in all years, the first "
            f"is {lacking[0]}; choose another variable or a sample without them"
        )
    panel.kept[name, "first"] = first
    return first


def standardised(panel: Panel, names: Sequence[str], *, logs: bool) -> list[np.ndarray]:
    """Return the first values of each row's unit with mean 0 and standard deviation 1, (N,) each.

    Raises
    ------
    UserError
        As :func:`first_values`, or if a logarithm does not exist: for how many units.
    """
    found = []
    for name in names:
        first = first_values(panel, name).astype(float)
        if logs:
            first = _logarithm(first, name)
        values = first.loc[panel.frame[panel.unit]].to_numpy()
        spread = values.std() if np.ptp(values) > 0 else 1.0
        found.append((values - values.mean()) / spread)
    return found


def _logarithm(first: pd.Series, name: str) -> pd.Series:
    none = first.index[first <= 0]
    if len(none):
        raise UserError(
            f"ln {name} × period: {len(none)} of {len(first)} units have zero or less in their "
            f"first year, the first is {none[0]}; leave them out"
        )
    return np.log(first)
