"""Weights and moments of an index."""

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.catalogue.indicators import NQP
from pilotzone.engine.linear import estimate_rows
from pilotzone.engine.sample_rows import Parts, panel_of, rows_of
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels.store import Panel, Store

STATISTICS = {"mean": "mean", "sd": "std", "min": "min", "max": "max"}


def index_weights(what: Description, store: Store) -> Parts:
    """Weights by variant, and the system of indicators behind them."""
    system = pd.DataFrame(list(NQP.indicators)).rename(columns={"id": "indicator"})
    return {
        "": store.table(f"{what.rows.panel}_index_weights"),
        "rebuilt": store.table(f"{what.rows.panel}_rebuilt_weights"),
        "system": system.assign(position=system.index + 1),
    }


def _long(what: Description, store: Store) -> pd.DataFrame:
    """Return the variants of an index with a row for each unit and year that has a value."""
    panel = panel_of(what, store)
    columns = {"id_vars": [panel.unit, panel.period], "value_vars": list(what.variables)}
    return rows_of(what, store).melt(**columns, var_name="variant").dropna(subset="value")


def index_summary(what: Description, store: Store) -> Parts:
    """Mean, sd, minimum and maximum of each variant by year; value and rank of each province."""
    long = _long(what, store)
    by_year = long.groupby(["variant", "year"])["value"]
    summary = by_year.agg(**STATISTICS).reset_index()
    summary = summary.melt(id_vars=["variant", "year"], var_name="statistic")
    ranks = long.assign(rank=by_year.rank(ascending=False, method="min"))
    return {"": summary, "ranks": ranks}


def index_moments(what: Description, store: Store) -> Parts:
    """Weights and moments of an index; whether a missing row is predicted by the zone.

    The last where the roll-out knows the units in years in which the panel lacks them.
    """
    panel = panel_of(what, store)
    by_year = _long(what, store).groupby(["variant", "year"])["value"]
    moments = by_year.agg(nobs="size", **STATISTICS).reset_index()
    moments = moments.melt(id_vars=["variant", "year"], var_name="statistic")
    parts = {"": moments, "weights": store.table(f"{panel.id}_index_weights")}
    if "present" in panel.treatments:
        parts["absence"] = _absence(panel)
    return parts


def _absence(panel: Panel) -> pd.DataFrame:
    """Regress the absence of a row on the zone, over all cities of the panel in all years.

    With city and year effects: does a row get lost when the zone comes? With year effects alone:
    do cities that get a zone lack more rows?
    """
    every = panel.treatments
    every = every[every[panel.period].isin(panel.frame[panel.period])]
    unit, period = every[panel.unit].to_numpy(dtype=str), every[panel.period].to_numpy()
    absent = 1.0 - every["present"].to_numpy(dtype=float)
    treated = {"two_way": every["zone_city"], "period": (every["cohort"] > 0).astype(float)}
    rows = []
    for effects, x in treated.items():
        fit = twfe(
            absent,
            x.to_numpy(dtype=float)[:, None],
            ("zone_city",),
            np.empty((len(every), 0)),
            (),
            unit,
            period,
            unit_effects=effects == "two_way",
            cluster=unit,
        )
        kept = estimate_rows(fit).loc[0, ["estimate", "std_error", "statistic", "p_value"]]
        counts = {"df": fit.df, "nobs": fit.nobs, "share_absent": absent.mean()}
        rows.append({"effects": effects, **kept, **counts})
    return pd.DataFrame(rows)
