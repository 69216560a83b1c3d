"""Weights and moments of an index."""

import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.catalogue.indicators import NQP
from pilotzone.engine.sample_rows import Parts, panel_of, rows_of
from pilotzone.panels.store import Store

STATISTICS = {"mean": "mean", "sd": "std", "min": "min", "max": "max"}


def index_weights(what: Description, store: Store) -> Parts:
    """Weights by variant, and the system of indicators behind them."""
    system = pd.DataFrame(list(NQP.indicators)).rename(columns={"id": "indicator"})
    return {
        "": store.table(f"{what.rows.panel}_index_weights"),
        "rebuilt": store.table(f"{what.rows.panel}_rebuilt_weights"),
        "system": system.assign(position=system.index + 1),
    }


def long(what: Description, store: Store) -> pd.DataFrame:
    """Return the variants of an index with a row for each unit and year that has a value."""
    panel = panel_of(what, store)
    columns = {"id_vars": [panel.unit, panel.period], "value_vars": list(what.variables)}
    return rows_of(what, store).melt(**columns, var_name="variant").dropna(subset="value")


def index_summary(what: Description, store: Store) -> Parts:
    """Mean, sd, minimum and maximum of each variant by year; value and rank of each province."""
    values = long(what, store)
    by_year = values.groupby(["variant", "year"])["value"]
    summary = by_year.agg(**STATISTICS).reset_index()
    summary = summary.melt(id_vars=["variant", "year"], var_name="statistic")
    ranks = values.assign(rank=by_year.rank(ascending=False, method="min"))
    return {"": summary, "ranks": ranks}
