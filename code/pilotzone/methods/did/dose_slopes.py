"""Slopes of controls of a dose, from the changes of units that have not switched yet."""

from typing import NamedTuple

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.cluster import TOLERANCE


class Slopes(NamedTuple):
    """θ̂ (..., k) of one first dose, and what each unit adds to its error (..., n, k)."""

    theta: np.ndarray
    psi: np.ndarray


def slopes_of(
    table: np.ndarray, x: np.ndarray, switch: np.ndarray, stratum: np.ndarray
) -> dict[int, Slopes]:
    """Return the slopes of controls in each first dose, from its not yet switched rows.

    Of a table (n, T) or of several, (R, n, T).
    """
    changes, moved = np.diff(table, axis=-1), np.diff(np.moveaxis(x, -1, 0), axis=-1)
    made = {}
    for level in np.unique(stratum):
        own = stratum == level
        rows = own[:, None] & (np.arange(1, table.shape[-1]) < switch[:, None])
        count = np.maximum(rows.sum(axis=0), 1)
        left_x, left_y = (_centred(values, rows, count) for values in (moved, changes))
        gram = np.einsum("jit,kit->jk", left_x, left_x)
        values = np.linalg.eigvalsh(gram)
        if values[0] < TOLERANCE * max(values[-1], TOLERANCE):
            raise NotIdentified("collinear_controls")
        inverse = np.linalg.inv(gram)
        theta = np.einsum("kit,...it->...k", left_x, left_y) @ inverse
        factor = np.sqrt(count / np.maximum(count - 1, 1))
        rest = (left_y - np.tensordot(theta, left_x, axes=1)) * factor
        scores = np.einsum("kit,...it->...ik", left_x, rest)
        psi = scores @ inverse - own[:, None] * theta[..., None, :] / len(x)
        made[int(level)] = Slopes(theta, psi)
    return made


def _centred(values: np.ndarray, rows: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return values (..., n, T) of some rows less their mean in the period, zero elsewhere."""
    sums = np.where(rows, values, 0.0).sum(axis=-2, keepdims=True)
    return np.where(rows, values - sums / count, 0.0)
