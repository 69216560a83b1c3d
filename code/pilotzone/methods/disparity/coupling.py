"""Coupling coordination degree of systems that are each measured by a level between 0 and 1."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import UserError

# Upper bounds of the first nine of ten classes; a bound belongs to the class above it.
BOUNDS = np.arange(1, 10) / 10
SPELLINGS = ("geometric", "without_k", "power")


@dataclass(frozen=True, eq=False)
class Coordination:
    """Coupling C, level T and degree D = sqrt(C T), (N,); without any level C is missing, D
    zero."""

    coupling: np.ndarray
    level: np.ndarray
    degree: np.ndarray


def coupling(u: ArrayLike, spelling: str = "geometric", power: float = 2.0) -> np.ndarray:
    r"""Coupling C of k systems, a measure of how equal their levels are.

    Three formulas circulate under the same name, with U_1 … U_k the levels:

    * ``geometric``: C = k (Π U)^(1/k) / Σ U, geometric over arithmetic mean, 1 where all levels
      are equal. For two systems 2 √(U₁U₂)/(U₁ + U₂).
    * ``without_k``: C′ = (Π U)^(1/k) / Σ U = C/k, for two systems √(U₁U₂/(U₁ + U₂)²). It never
      exceeds 1/k, so that D never exceeds √(1/k).
    * ``power``: C″ = [Π U / (Σ U/k)^k]^p = C^(k p), for two systems [U₁U₂/((U₁ + U₂)/2)²]^p; it
      is the first formula if p = 1/k.

    Liao Chongbin (1999), Tropical Geography 19(2), 171-177, has the power with p ≥ 2 and the
    ten classes. Cong Xiaonan (2019), Economic Geography 39(4), 18-25, and Wang Shujia et al.
    (2021), Journal of Natural Resources 36(3), 793-810, on the formula without k.

    Parameters
    ----------
    u : (N, k) levels in [0, 1], k ≥ 2.
    spelling : {'geometric', 'without_k', 'power'}
    power : p, positive; used by ``power`` alone.

    Returns
    -------
    (N,) array, missing where all levels of a row are zero.

    Raises UserError if a level is missing or outside [0, 1], there are fewer than two, or an option
    is unknown.
    """
    u = _levels(u)
    k = u.shape[1]
    if spelling not in SPELLINGS:
        raise UserError(f"coupling '{spelling}' is unknown; known: {', '.join(SPELLINGS)}")
    if spelling == "power" and not power > 0:
        raise UserError(f"power {power:g} of the coupling is not positive")
    mean = u.mean(axis=1)
    geometric = u.prod(axis=1) ** (1.0 / k)
    # The geometric mean exceeds the arithmetic one by rounding alone.
    c = np.minimum(np.divide(geometric, mean, where=mean > 0, out=np.full(len(u), np.nan)), 1.0)
    if spelling == "without_k":
        return c / k
    return c ** (k * power) if spelling == "power" else c


def coordination(u: ArrayLike, spelling: str = "geometric", power: float = 2.0) -> Coordination:
    r"""Coupling coordination degree, D = √(C T) with T = Σ U/k, the levels weighing alike.

    With the geometric spelling D = √((Π U)^(1/k)): the root of the geometric mean of the levels,
    so that D is high wherever all of them are and says little beyond it.
    Errors are those of ``coupling``.

    Parameters
    ----------
    u, spelling, power : see ``coupling``.
    """
    c = coupling(u, spelling, power)
    level = np.asarray(u, dtype=float).mean(axis=1)
    return Coordination(c, level, np.sqrt(np.where(level > 0, c, 0.0) * level))


def classes(degree: ArrayLike) -> np.ndarray:
    """Return the class 1 … 10 of each degree in [0, 1], tenths with their lower bound; 1 in 10."""
    return np.searchsorted(BOUNDS, np.asarray(degree, dtype=float), side="right") + 1


def _levels(u: ArrayLike) -> np.ndarray:
    u = np.asarray(u, dtype=float)
    if u.ndim != 2 or u.shape[1] < 2:
        raise UserError("coupling needs the levels of two systems or more, one column for each")
    if not np.isfinite(u).all():
        raise UserError("coupling needs a level in every cell; leave out rows that lack one")
    if u.min() < 0 or u.max() > 1:
        raise UserError(
            f"coupling needs levels from 0 to 1, here {u.min():.6g} to {u.max():.6g}; "
            "standardise them by their range"
        )
    return u
