"""Spatial weights as callers have them: a DataFrame, libpysal's ``W`` or ``Graph``, or ours."""

from typing import Any

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.reader.tabular import Table

# A DataFrame, SpatialWeights, libpysal.weights.W or libpysal.graph.Graph.
Matrix = Any
NAME = "spatial_weights"


def as_table(matrix: Matrix) -> Table:
    """Return a matrix as a table with the labels of its rows in the first column.

    libpysal is not needed: what its objects hold is read by their attributes.

    Raises
    ------
    UserError
        If it is none of the known kinds.
    """
    frame = _frame(matrix)
    frame.columns = [_label(name) for name in frame.columns]
    labels = [_label(name) for name in frame.index]
    whole = pd.concat([pd.Series(labels, name="\0unit"), frame.reset_index(drop=True)], axis=1)
    return Table(NAME, whole, "row", np.array(labels, dtype=object))


def _frame(matrix: Matrix) -> pd.DataFrame:
    if isinstance(matrix, pd.DataFrame):
        return matrix.copy()
    if isinstance(matrix, SpatialWeights):
        return pd.DataFrame(matrix.matrix, index=matrix.labels, columns=matrix.labels)
    if hasattr(matrix, "unique_ids") and hasattr(matrix, "sparse"):
        ids = list(matrix.unique_ids)
        return pd.DataFrame(matrix.sparse.toarray(), index=ids, columns=ids)
    if hasattr(matrix, "id_order") and hasattr(matrix, "full"):
        values, ids = matrix.full()
        return pd.DataFrame(values, index=ids, columns=ids)
    raise UserError(
        f"{NAME} is a {type(matrix).__name__}; give a DataFrame with units as index and columns, "
        "a libpysal W or Graph, or a SpatialWeights"
    )


def _label(name: object) -> str:
    """Return a unit as text, as the units of a panel are: whole numbers without a point."""
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
