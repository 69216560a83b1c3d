"""Checks of the units that are matched: treatment, covariates, codes and weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import TOLERANCE, encode
from pilotzone.methods.inference.columns import dependent, finite, listed, no_variation

HINT = "fill them or drop the units first"


def is_treated(d: ArrayLike) -> np.ndarray:
    """Treatment of units as (n,) bool, with treated units and controls among them."""
    values = np.asarray(d)
    if values.ndim != 1 or not np.isin(values, (0, 1)).all():
        raise UserError("treatment of units must be one column of true and false, or 1 and 0")
    mask = values == 1
    if mask.all() or not mask.any():
        sizes = {"treated": mask.sum(), "controls": (~mask).sum()}
        raise NotIdentified("matching_needs_units", **sizes)
    return mask


def column(values: ArrayLike, name: str, n: int) -> np.ndarray:
    """One finite number per unit."""
    found = finite(values, [name], HINT)
    if found.shape != (n,):
        raise UserError(f"'{name}' needs one value for each of {n} units, not {found.shape}")
    return found


def covariates(
    x: ArrayLike, names: Sequence[str] | None, n: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Covariates as finite (n, k) columns, and their names."""
    columns = np.asarray(x)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or len(columns) != n or not columns.shape[1]:
        raise UserError(f"covariates need {n} rows, one per unit; the shape is {columns.shape}")
    k = columns.shape[1]
    named = [f"covariate {j + 1}" for j in range(k)] if names is None else names
    if len(named) != k:
        raise UserError(f"{k} covariates for {len(named)} names: {listed(named)}")
    return finite(columns, named, HINT), tuple(named)


def standardised(columns: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Columns with mean 0 and variance 1, none constant, none explained by the others."""
    refuse_constant(columns, names)
    centred = columns - columns.mean(axis=0)
    scaled = centred / centred.std(axis=0)
    _refuse_collinear(scaled, names)
    return scaled


def refuse_constant(columns: np.ndarray, names: Sequence[str]) -> None:
    """Name the columns that do not vary."""
    flat = no_variation(columns, columns - columns.mean(axis=0))
    if flat.any():
        still = [name for name, is_flat in zip(names, flat, strict=True) if is_flat]
        raise UserError(
            f"{listed(still)}: the same value in all {len(columns)} units; leave it out"
        )


def _refuse_collinear(scaled: np.ndarray, names: Sequence[str]) -> None:
    """Name the columns of a linear dependence, found by pivoted QR."""
    r, pivot = linalg.qr(scaled, mode="r", pivoting=True)
    size = np.abs(np.diag(r))
    rank = int(np.count_nonzero(size > TOLERANCE * size[0]))
    if rank < scaled.shape[1]:
        together = listed([names[j] for j in dependent(r, pivot, rank)])
        raise UserError(f"{together} are collinear among the {len(scaled)} units; leave one out")


def codes_of(codes: ArrayLike, n: int) -> tuple[list, np.ndarray]:
    """Codes as plain values, and the (n,) rank of each."""
    values = np.asarray(codes)
    groups = encode(values, "codes")
    if len(values) != n:
        raise UserError(f"'codes' needs one code for each of {n} units, not {len(values)}")
    if groups.count < n:
        repeated = values[np.bincount(groups.codes)[groups.codes] > 1][0]
        raise UserError(f"code {repeated} stands for more than one unit; give one row per unit")
    return values.tolist(), np.argsort(np.argsort(values))


def listing(rows: np.ndarray, labels: Sequence[object], rank: np.ndarray) -> tuple:
    """Codes of the rows in ascending order."""
    return tuple(labels[i] for i in rows[np.argsort(rank[rows])])


def no_negative(weights: np.ndarray) -> np.ndarray:
    """The weights, refused where negative."""
    if np.any(weights < 0):
        raise UserError("'weights' has negative values; give 0 to units that are left out")
    return weights


def width(value: float, name: str) -> float:
    """A positive finite width."""
    if not 0 < value < np.inf:
        raise UserError(f"the {name} must be a positive number, not {value:g}")
    return float(value)
