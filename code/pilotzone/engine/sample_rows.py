"""The rows of a sample for a description, by year and unit."""

import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.engine.rows import inside
from pilotzone.errors import UserError
from pilotzone.panels.store import Panel, Store

Parts = dict[str, pd.DataFrame]


def panel_of(what: Description, store: Store) -> Panel:
    """Return the panel of a description, which holds its variables."""
    panel = store.panel(what.rows.panel)
    panel.require(*what.variables)
    return panel


def rows_of(what: Description, store: Store) -> pd.DataFrame:
    """Return the rows of the sample of a description, sorted by unit and year."""
    return inside(what.rows, panel_of(what, store))


def wide(rows: pd.DataFrame, name: str, panel: Panel) -> pd.DataFrame:
    """Return a column by year and unit; a missing cell is refused."""
    table = rows.pivot(index=panel.period, columns=panel.unit, values=name)
    if table.isna().any(axis=None):
        lacking = table.isna()
        year = lacking.any(axis=1).idxmax()
        code = lacking.loc[year].idxmax()
        raise UserError(f"{panel.id}_panel.csv: '{name}' is missing for {code} {year}")
    return table


def by_variable(what: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return each variable of a description by year and unit."""
    panel, rows = panel_of(what, store), rows_of(what, store)
    return {name: wide(rows, name, panel) for name in what.variables}


def group_of_units(what: Description, store: Store, column: str) -> pd.Series:
    """Return the group of each unit."""
    panel, rows = panel_of(what, store), rows_of(what, store)
    panel.require(column)
    return rows.groupby(panel.unit)[column].first()
