"""Kernel densities of values in one period, on a grid that all periods share."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from pilotzone.errors import UserError

# The grid reaches so many bandwidths beyond the values: the kernel is below 0.012 of its height.
REACH = 3.0


@dataclass(frozen=True, eq=False)
class KernelDensity:
    """A Gaussian kernel density.

    Attributes
    ----------
    grid, density : (m,)
    mode, height : the point of the grid with the largest density, and that density.
    n_modes : local maxima on the grid.
    outside : mass that the kernel puts below 0 and above 1, where an index has no values.
    """

    grid: np.ndarray
    density: np.ndarray
    bandwidth: float
    mode: float
    height: float
    n_modes: int
    outside: float


def silverman_bandwidth(y: ArrayLike) -> float:
    r"""Rule of thumb, h = 0.9 min(s, IQR/1.34) n^(−1/5), of values (n,).

    s has the denominator n − 1, quartiles are interpolated linearly. Where half of the values are
    equal the range of the quartiles is zero and s is taken alone.
    Silverman (1986), Density Estimation for Statistics and Data Analysis, equation 3.31.

    Raises UserError if the values are all equal, fewer than two, or not finite.
    """
    y = np.asarray(y, dtype=float)
    if y.ndim != 1 or len(y) < 2 or not np.isfinite(y).all() or np.ptp(y) == 0:
        raise UserError("a bandwidth needs two different values and none that is missing")
    low, high = np.quantile(y, (0.25, 0.75))
    spread = y.std(ddof=1)
    scale = min(spread, (high - low) / 1.34) if high > low else spread
    return float(0.9 * scale * len(y) ** -0.2)


def common_grid(columns: ArrayLike, points: int = 101) -> np.ndarray:
    """Return a grid (points,) for all periods (T, n): from lowest to highest value and beyond."""
    columns = np.asarray(columns, dtype=float)
    reach = REACH * max(silverman_bandwidth(y) for y in columns)
    return np.linspace(columns.min() - reach, columns.max() + reach, points)


def kernel_density(y: ArrayLike, grid: np.ndarray, bandwidth: float | None = None) -> KernelDensity:
    r"""Gaussian kernel density of values (n,), f(x) = Σ_i φ((x − y_i)/h) / (n h), at a rising grid
    (m,).

    The kernel is not cut at the bounds of an index; what leaks is returned. h is the bandwidth, by
    ``silverman_bandwidth`` if left out; it raises UserError if that is not positive.
    """
    h = silverman_bandwidth(y) if bandwidth is None else float(bandwidth)
    if not h > 0:
        raise UserError(f"bandwidth {h:g} is not positive")
    y = np.asarray(y, dtype=float)
    z = (grid[:, None] - y) / h
    density = np.exp(-(z**2) / 2.0).mean(axis=1) / (h * np.sqrt(2.0 * np.pi))
    best = int(np.argmax(density))
    inner = density[1:-1]
    return KernelDensity(
        grid=grid,
        density=density,
        bandwidth=h,
        mode=float(grid[best]),
        height=float(density[best]),
        n_modes=int(((inner > density[:-2]) & (inner >= density[2:])).sum()),
        outside=float((special.ndtr(-y / h) + special.ndtr((y - 1.0) / h)).mean()),
    )
