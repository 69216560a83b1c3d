"""One cross-section of values by unit code, for statistics of spatial autocorrelation."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights, as_labels, name_some

# Values whose spread is a smaller share of their size are constant up to the rounding of data with
# 12 significant digits.
_CONSTANT = 1e-8


@dataclass(frozen=True, eq=False)
class CrossSection:
    """A cross-section in the order of its codes, so that draws do not depend on that of the rows.

    ``z`` (n,) has mean 0 and mean square 1; ``back`` gives the positions of the caller's rows.
    """

    name: str
    weights: str
    units: tuple[str, ...]
    z: np.ndarray
    matrix: np.ndarray
    back: np.ndarray
    permutations: int


def cross_section(
    values: ArrayLike,
    units: Iterable[object],
    weights: SpatialWeights,
    name: str,
    permutations: int,
) -> CrossSection:
    """Check a variable and bring it into the order of its codes.

    Errors are those of ``morans_i``.
    """
    values, codes = np.asarray(values, dtype=float), as_labels(units)
    if values.shape != (len(codes),):
        raise UserError(f"{name}: {len(codes)} units for values of shape {values.shape}")
    missing = ~np.isfinite(values)
    if missing.any():
        raise UserError(
            f"{name} is missing or not finite for unit {name_some(np.array(codes)[missing])}"
        )
    if len(codes) < 4 or permutations < 1:
        raise UserError(f"{name}: autocorrelation needs 4 units and 1 permutation or more")
    weights.require_same_units(codes)
    order = np.argsort(np.array(codes))
    labels = tuple(codes[i] for i in order)
    away = values[order] - values.mean()
    spread = np.sqrt(np.mean(away**2))
    if spread <= _CONSTANT * np.abs(values).max():
        raise UserError(f"{name} is constant over the units; autocorrelation needs variation")
    back = np.argsort(order)
    return CrossSection(
        name, weights.name, labels, away / spread, weights.align(labels), back, permutations
    )


def permuted(values: np.ndarray, permutations: int, seed: int) -> np.ndarray:
    """Rows (R, n) of values in random order."""
    rng = np.random.default_rng(seed)
    return rng.permuted(np.tile(values, (permutations, 1)), axis=1)
