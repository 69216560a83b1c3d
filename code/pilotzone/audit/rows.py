"""The rows of a column, and who is whose neighbour, as the engine hands them to an estimator.

A second opinion takes these from the engine and nothing else: what is done with the rows is its
own.
"""

import numpy as np

from pilotzone.catalogue import Specification
from pilotzone.engine import matrix
from pilotzone.engine.design import Design, design
from pilotzone.engine.groups import with_groups
from pilotzone.panels.store import Store

__all__ = ["Design", "grouped", "kilometres", "neighbours", "rows_of"]


def rows_of(spec: Specification, store: Store) -> Design:
    """Return the rows of a column, sorted by unit and period."""
    return design(spec, store)


def neighbours(data: Design, store: Store) -> tuple[Design, np.ndarray]:
    """Return the rows of the units that a matrix places, and it (n, n) in the order of codes."""
    data, weights = matrix.placed(data, store)
    at = [weights.labels.index(unit) for unit in data.units]
    return data, weights.matrix[np.ix_(at, at)]


def kilometres(data: Design, store: Store) -> np.ndarray:
    """Return the distances (n, n) between the units, in the order of their codes."""
    return matrix.distances(data, store)


def grouped(data: Design) -> Design:
    """Return the rows of the units that have a group, with it as the column ``by``."""
    return with_groups(data)
