"""Moments of an index with missing rows, and whether the zone predicts which are missing."""

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.engine.fits import estimate_rows
from pilotzone.engine.index_tables import STATISTICS, long
from pilotzone.engine.sample_rows import Parts, panel_of
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels.store import Panel, Store


def index_moments(what: Description, store: Store) -> Parts:
    """Weights and moments of an index; whether a missing row is predicted by the zone.

    The last where the roll-out knows the units in years in which the panel lacks them. Flagged
    cells that the indicators read, where the panel counts them.
    """
    panel = panel_of(what, store)
    by_year = long(what, store).groupby(["variant", "year"])["value"]
    moments = by_year.agg(nobs="size", **STATISTICS).reset_index()
    moments = moments.melt(id_vars=["variant", "year"], var_name="statistic")
    weights = store.table(f"{panel.id}_index_weights")
    # A variant by year, or of sums, names the index in one of its pieces.
    named = [not {*what.variables}.isdisjoint(name.split(":")) for name in weights["variant"]]
    parts = {"": moments, "weights": weights[named].reset_index(drop=True)}
    if "present" in panel.treatments:
        parts["absence"] = _absence(panel)
    if "flagged" in panel.frame:
        parts["flagged"] = store.table(f"{panel.id}_flagged")
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
