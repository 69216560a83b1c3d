"""Weights and moments of an index."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Description
from pilotzone.catalogue.indicators import NQP
from pilotzone.engine.sample_rows import Parts, panel_of, rows_of
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels.store import Panel, Store

STATISTICS = {"mean": "mean", "sd": "std", "min": "min", "max": "max"}


def index_weights(what: Description, store: Store) -> Parts:
    """Weights by variant, and the system of indicators behind them."""
    system = pd.DataFrame(
        [
            {
                "indicator": i.id,
                "element": i.element,
                "sign": i.sign,
                "formula": i.formula,
                "position": position,
            }
            for position, i in enumerate(NQP.indicators, start=1)
        ]
    )
    return {
        "": store.table(f"{what.rows.panel}_index_weights"),
        "rebuilt": store.table(f"{what.rows.panel}_rebuilt_weights"),
        "system": system,
    }


def index_summary(what: Description, store: Store) -> Parts:
    """Mean, sd, minimum and maximum of each variant by year; value and rank of each province."""
    panel = panel_of(what, store)
    long = (
        rows_of(what, store)
        .melt(
            id_vars=[panel.unit, panel.period], value_vars=list(what.variables), var_name="variant"
        )
        .dropna(subset="value")
    )
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
    parts = {"": _moments(what, store), "weights": store.table(f"{panel.id}_index_weights")}
    if "present" in panel.treatments:
        parts["absence"] = _absence(panel)
    return parts


def _moments(what: Description, store: Store) -> pd.DataFrame:
    """Return N, mean, sd, minimum and maximum of variants of an index by year."""
    panel = panel_of(what, store)
    long = (
        rows_of(what, store)
        .melt(
            id_vars=[panel.unit, panel.period], value_vars=list(what.variables), var_name="variant"
        )
        .dropna(subset="value")
    )
    summary = long.groupby(["variant", "year"])["value"].agg(nobs="size", **STATISTICS)
    return summary.reset_index().melt(id_vars=["variant", "year"], var_name="statistic")


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
        row = estimates.rows(
            fit.names, fit.coefficients, fit.std_errors, distribution="t", df=fit.df
        ).iloc[0]
        kept = row[["estimate", "std_error", "statistic", "p_value"]].to_dict()
        rows.append(
            {
                "effects": effects,
                **kept,
                "df": fit.df,
                "nobs": fit.nobs,
                "share_absent": absent.mean(),
            }
        )
    return pd.DataFrame(rows)
