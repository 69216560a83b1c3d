"""Concentrated likelihoods of one spatial parameter, and their maximum.

L(r) and S(r) are those of the head of ``panel_ml``.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.space.algebra import Jet
from pilotzone.methods.space.design import Design, Sample

# The search covers the stable interval without this share of its width at either end.
_EDGE = 1e-6
_GRID = 64
_STEP = 1e-12
_MAX_STEPS = 100


@dataclass(frozen=True, eq=False)
class Profile:
    """L(r) of one spatial parameter; ``squares`` gives S(r) and two derivatives for r (g,).

    It may be that of a stack of R designs: r is then (R, g), or the same (g,) for all.
    """

    squares: Callable[[np.ndarray], Jet]
    sample: Sample

    def loglik(self, r: np.ndarray) -> np.ndarray:
        """L(r) for r (..., g)."""
        gaussian = concentrated_loglik(self.squares(r)[0], self.sample)
        return gaussian + self.sample.repeats * self.sample.determinant.value(r)

    def slopes(self, r: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and second derivative of L at one r, or (R,) of a stack at its own."""
        s, first, second = (part[..., 0] for part in self.squares(np.asarray(r)[..., None]))
        of_determinant = self.sample.determinant.slopes(r)
        half, m = self.sample.nobs / 2.0, self.sample.repeats
        slope = -half * first / s + m * of_determinant[0]
        bend = -half * (second / s - (first / s) ** 2) + m * of_determinant[1]
        return slope, bend


def concentrated_loglik(squares: np.ndarray, sample: Sample) -> np.ndarray:
    """Gaussian log-likelihood at sigma2 = squares / N, without the log-determinant."""
    # An exact fit would be the logarithm of zero; it is refused by name later.
    variance = np.maximum(squares / sample.nobs, np.finfo(float).tiny)
    return -sample.nobs / 2.0 * (np.log(2.0 * np.pi * variance) + 1.0)


def build_profile(design: Design, sample: Sample) -> Profile:
    """Return the concentrated log-likelihood of a model with a lag of the outcome or the error."""
    squares = _error_squares if design.structure.lag_error else _lag_squares
    return Profile(squares(design), sample)


def _lag_squares(design: Design) -> Callable:
    """S(rho) = |e_y - rho e_Wy|^2 with the residuals of My and MWy on MZ: a quadratic."""
    # Written about its minimum, so that a sum of squares near zero keeps its digits.
    below = design.triangle[..., design.k :, :]
    own, lagged = below[..., design.k], below[..., design.k + 1]
    bend = (lagged**2).sum(axis=-1, keepdims=True)
    lowest = (own * lagged).sum(axis=-1, keepdims=True) / bend
    least = ((own - lowest * lagged) ** 2).sum(axis=-1, keepdims=True)

    def squares(r: np.ndarray) -> Jet:
        away = r - lowest
        return least + bend * away**2, 2.0 * bend * away, 2.0 * bend

    return squares


def _error_squares(design: Design) -> Callable:
    """S(lambda) of generalised least squares in the coordinates of the triangle."""
    k = design.k
    own, lagged = design.triangle[..., : k + 1], design.triangle[..., k + 1 :]

    def squares(r: np.ndarray) -> Jet:
        value, first, second = filtered_form(own, lagged, k, r)
        return value[..., 0, 0], first[..., 0, 0], second[..., 0, 0]

    return squares


def filtered_form(own: np.ndarray, lagged: np.ndarray, k: int, r: np.ndarray) -> Jet:
    """Cross products Q (..., g, p, p) of p outcomes less r (..., g) of their lags, and two slopes.

    The k regressors Z, lagged alike, are taken out of columns (..., N, k + p). With E the residuals
    and V = WY - WZ B: Q' = -(E'V + V'E) by the envelope theorem and
    Q'' = 2 V'V - 2 H'(Z'Z)^-1 H, H = Z'V + (WZ)'E.
    """
    lagged = lagged[..., None, :, :]
    both = own[..., None, :, :] - r[..., None, None] * lagged
    z, y = both[..., :k], both[..., k:]
    q, upper = np.linalg.qr(z)
    score = q.swapaxes(-1, -2) @ y
    e = y - q @ score
    v = lagged[..., k:] - lagged[..., :k] @ np.linalg.solve(upper, score)
    h = z.swapaxes(-1, -2) @ v + lagged[..., :k].swapaxes(-1, -2) @ e
    bent = np.linalg.solve(upper.swapaxes(-1, -2), h)
    value, mixed = e.swapaxes(-1, -2) @ e, e.swapaxes(-1, -2) @ v
    second = v.swapaxes(-1, -2) @ v - bent.swapaxes(-1, -2) @ bent
    return value, -mixed - mixed.swapaxes(-1, -2), 2.0 * second


def maximise(profile: Profile, interval: tuple[float, float], name: str) -> float:
    """Find the maximum of a concentrated likelihood inside an open interval, see ``search``.

    It raises UserError if the likelihood of the parameter ``name`` is flat or rises up to a bound.
    """
    top = float(search(profile, interval))
    if np.isnan(top):
        raise UserError(f"{name} is not identified: the likelihood is flat; change the weights")
    if top in interval:
        raise UserError(
            f"{name} runs to the bound {top:.4g} of its interval, as with a shock that all units "
            "share; add period effects or change the weights"
        )
    return top


def search(profile: Profile, interval: tuple[float, float]) -> np.ndarray:
    """Return where each of a stack of likelihoods is highest inside an open interval, (...).

    A grid that is denser towards the ends finds the highest hill, Newton's method kept in a
    shrinking bracket its top to 1e-12. A likelihood that rises up to a bound has the bound, a flat
    one NaN.
    """
    grid = search_grid(interval)
    values = profile.loglik(grid)
    best = values.argmax(axis=-1)
    around = grid.take(best - 1, mode="clip"), grid.take(best + 1, mode="clip")
    top = _newton(profile, around, grid[best])
    low, high = interval
    top = np.where(top <= grid[0], low, np.where(top >= grid[-1], high, top))
    return np.where(np.ptp(values, axis=-1) < _EDGE, np.nan, top)


@functools.lru_cache
def search_grid(interval: tuple[float, float]) -> np.ndarray:
    """Nodes inside an open interval, denser towards its ends; one array that is not changed."""
    low, high = interval
    width = high - low
    nodes = low + width * (1.0 - np.cos(np.pi * np.arange(1, _GRID) / _GRID)) / 2.0
    grid = np.concatenate([[low + _EDGE * width], nodes, [high - _EDGE * width]])
    grid.flags.writeable = False
    return grid


def _newton(profile: Profile, bracket: tuple[np.ndarray, np.ndarray], r: np.ndarray) -> np.ndarray:
    """Climb from r (...) inside each bracket, which slopes at r narrow, until all stand still.

    One that stands still stays there, whatever is beside it.
    """
    low, high = bracket
    there = np.zeros(np.shape(r), dtype=bool)
    for _ in range(_MAX_STEPS):
        slope, bend = profile.slopes(r)
        low, high = np.where(slope > 0, r, low), np.where(slope > 0, high, r)
        hill = bend < 0
        step = -slope / np.where(hill, bend, 1.0)
        still = hill & (np.abs(step) < _STEP)
        ahead = r + step
        ahead = np.where(still | (hill & (low < ahead) & (ahead < high)), ahead, (low + high) / 2.0)
        r = np.where(there, r, ahead)
        # At an end of the grid the likelihood may rise out of it: nothing is left of the bracket.
        there |= still | (low == high)
        if there.all():
            break
    return r
