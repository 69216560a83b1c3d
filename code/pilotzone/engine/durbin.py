"""Spatial Durbin models with several columns of treatment."""

import numpy as np

from pilotzone.engine.cautions import thin_cells, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.groups import group_columns
from pilotzone.engine.likelihood import about, estimate_rows, model_fields
from pilotzone.engine.matrix import matrix
from pilotzone.engine.moderation import moderator_columns
from pilotzone.engine.spatial_panel import fitted, stacked
from pilotzone.panels.store import Store


def moderated(data: Design, store: Store) -> Result:
    """Spatial Durbin model with the treatment times a moderator."""
    columns, names, _ = moderator_columns(data)
    return _durbin(data, store, columns, names)


def by_group(data: Design, store: Store) -> Result:
    """Spatial Durbin model with one treatment per group of units."""
    columns, names = group_columns(data)
    # An effect in a group, on neighbours too, rests on the group's treated units.
    cells = {
        f"{kind}{name}": column != 0
        for name, column in zip(names, columns, strict=True)
        for kind in ("", "W:", "direct:", "indirect:", "total:")
    }
    return with_cautions(_durbin(data, store, columns, names), thin_cells(data, cells))


def _durbin(
    data: Design, store: Store, columns: list[np.ndarray], names: tuple[str, ...]
) -> Result:
    """Return the treatment's terms of a spatial Durbin model with several treatment columns."""
    weights = matrix(data, store)
    panel = stacked(data, weights, (np.column_stack(columns), names))
    result = fitted(panel, weights, data, "sdm")
    rows = about(estimate_rows(result, weights, data), names, ("rho",))
    return Result(rows, model_fields(result, weights, data))
