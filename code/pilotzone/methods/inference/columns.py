"""Columns of numbers as they come in: checked, centred, measured, and taken in blocks."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg

from pilotzone.errors import UserError
from pilotzone.methods.inference.cluster import TOLERANCE

# Columns and numbers held at a time: a block stays in the processor's cache for small panels and
# below 32 MB for large ones.
BLOCK_COLUMNS = 500
BLOCK_NUMBERS = 4_000_000
# Numbers carry about 16 digits; what is left of a column below the 13th is rounding.
LAST_DIGITS = 1e-13
# Singular values below this share of the largest count as zero: dummies are 0 and 1, so that a
# true deficiency lies at rounding (1e-15) and the smallest honest one far above.
RANK_TOLERANCE = 1e-9


def finite(
    values: ArrayLike, names: Sequence[str], hint: str = "fill them or drop the rows first"
) -> np.ndarray:
    """One column, or as many as names, as numbers; or an error that names the first bad one."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise UserError(f"{listed(names)}: not all are numbers; give numbers") from None
    if not np.isfinite(numbers).all():
        bad = np.count_nonzero(~np.isfinite(numbers), axis=0).reshape(-1)
        first = int(np.argmax(bad > 0))
        raise UserError(f"'{names[first]}' has {bad[first]} missing or infinite values; {hint}")
    return numbers


def as_columns(x: ArrayLike, n: int, name: str) -> np.ndarray:
    """The array as (n, k), still in its own type; a vector is one column."""
    x = np.asarray(x)
    if x.ndim not in (1, 2) or len(x) != n:
        raise UserError(f"the {name} should have {n} rows, as the effects; the shape is {x.shape}")
    return x[:, None] if x.ndim == 1 else x


def matrix(x: ArrayLike, names: Sequence[str], n: int) -> np.ndarray:
    """The columns as a finite (n, k) matrix with one name for each."""
    if not names:
        raise UserError("there is no regressor; give at least one")
    x = as_columns(x, n, f"array of {listed(names)}")
    if x.shape[1] != len(names):
        raise UserError(f"{x.shape[1]} columns for {len(names)} names: {listed(names)}")
    return finite(x, names)


def no_variation(x: np.ndarray, x_tilde: np.ndarray) -> np.ndarray:
    """Which columns (k,) are explained by the effects up to rounding.

    The length of x̃ is at most 1e-9 of that of x − mean(x), or the last digits of x; x and x̃ are
    (N, k), before and after ``FixedEffects.residualise``.
    """
    digits = LAST_DIGITS * column_lengths(np.asarray(x, dtype=float))
    return column_lengths(x_tilde) <= TOLERANCE * column_lengths(centred(x)) + digits


def centred(x: np.ndarray) -> np.ndarray:
    """A new array of floats with column means zero: the intercept is always among the effects."""
    x = np.asarray(x, dtype=float)
    return x - x.mean(axis=0)


def column_lengths(x: np.ndarray) -> np.ndarray:
    """Euclidean length of each column."""
    return np.sqrt(np.einsum("ij,ij->j", x, x))


def column_blocks(n: int, columns: int) -> Iterator[slice]:
    """Slices of columns such that a block of n rows is bounded."""
    width = min(BLOCK_COLUMNS, max(1, BLOCK_NUMBERS // max(n, 1)))
    for first in range(0, columns, width):
        yield slice(first, min(first + width, columns))


def listed(names: Sequence[str]) -> str:
    """Quoted names, the last after 'and'."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def dependent(r: np.ndarray, pivot: np.ndarray, rank: int) -> list[int]:
    """Positions of columns that depend on each other, from their pivoted QR; rank is not full."""
    share = linalg.solve_triangular(r[:rank, :rank], r[:rank, rank])
    return sorted({pivot[rank], *pivot[:rank][np.abs(share) > np.sqrt(TOLERANCE)]})


def rank_deficiency(columns: np.ndarray) -> int:
    """Return how many columns of a residualised matrix are linear combinations of the others."""
    values = np.linalg.svd(columns, compute_uv=False)
    return int((values <= RANK_TOLERANCE * values.max(initial=0.0)).sum())
