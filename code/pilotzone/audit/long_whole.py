"""Columns and specifications of a long run that are quick enough to be made anew as a whole."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone import engine
from pilotzone.catalogue import Description
from pilotzone.engine import lattice
from pilotzone.estimates.schemas import Schema
from pilotzone.methods.multiverse.joint import LEVEL
from pilotzone.panels.store import Store

# Columns of the detectable effects, three seconds each.
COLUMNS = 2
# No number that is compared of a lattice hangs on its draws, but a roll-out has some.
DRAWS = 1
# Two machines differ by the last digits of sums.
RTOL, ATOL = 1e-6, 1e-10


def quick_columns(what: Description, panels: Store) -> dict[str, pd.DataFrame]:
    """Return the first columns, with all their draws."""
    return engine.described(dataclasses.replace(what, columns=what.columns[:COLUMNS]), panels)


def staggered(what: Description, panels: Store) -> dict[str, pd.DataFrame]:
    """Return what the staggered estimators of a lattice show, in all their specifications."""
    grid = what.lattice
    rollout = lattice.RollOut.of(grid, panels, DRAWS, what.seed, "")
    found = (one for s in grid.samples for one in lattice.staggered(grid, s, rollout, panels))
    rows, _ = lattice.counted(found, DRAWS, tuple(rollout.orders), grid.sign)
    claimed = rows["estimate"] * grid.sign > 0
    table = rows.assign(claimed=claimed, significant=claimed & (rows["p_value"] < LEVEL))
    shown = table.groupby("estimator").agg(
        median=("estimate", "median"),
        share_sign=("claimed", "mean"),
        share_significant=("significant", "mean"),
        specifications=("estimate", "size"),
    )
    shown = shown.reset_index(names="value")
    return {"choices": shown.assign(panel=grid.rows.panel, choice="estimator")}


def apart(made: pd.DataFrame, there: pd.DataFrame, schema: Schema) -> Iterator[str]:
    """Give the cells in which rows made anew differ from those of the output."""
    keys = list(schema.keys)
    how = {"how": "left", "validate": "one_to_one", "indicator": True}
    rows = made.merge(there, on=keys, suffixes=("_anew", ""), **how)
    for row in rows.to_dict("records"):
        place = " / ".join(str(row[key]) for key in keys)
        if row["_merge"] != "both":
            yield f"{place}: no such row"
            continue
        for name in (name for name in made if name not in keys):
            old, new = row[name], row[f"{name}_anew"]
            if name in schema.numbers:
                same = np.isclose(float(old), float(new), rtol=RTOL, atol=ATOL, equal_nan=True)
            else:
                same = old == new
            if not same:
                yield f"{place}: {name} is {old}, anew {new}"
