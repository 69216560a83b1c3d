"""A design as cells by unit and period, for regressions under dealt treatment paths."""

import numpy as np

from pilotzone.engine.design import Design
from pilotzone.methods.multiverse.products import Cells

TREND = "unit#trend"


def cells_of(data: Design) -> Cells | None:
    """Return the rows as cells, all alike; None where rows are weighted or effects are others.

    Those of units, periods and trends, and what is held beside them, are told by cells.
    """
    if data.row_weights is not None:
        return None
    trends = [effect for effect in data.effects if effect.endswith("#trend")]
    # Group × period holds the periods too.
    by_period = "period" in data.effects or any(e.endswith("#period") for e in data.extra_effects)
    if "unit" not in data.effects or not by_period or set(trends) - {TREND}:
        return None
    return Cells.of(data.unit, data.period, trends=bool(trends))


def held_columns(data: Design) -> np.ndarray:
    """Return what is held beside units, periods and trends, (N, k)."""
    columns = [data.controls] if data.control_names else []
    for labels in data.extra_factors:
        columns.append((labels[:, None] == np.unique(labels)[1:]).astype(float))
    for variable in data.by_period:
        dummies = data.period[:, None] == np.unique(data.period)[1:]
        columns.append(dummies * variable[:, None])
    return np.hstack(columns) if columns else np.empty((len(data.unit), 0))
