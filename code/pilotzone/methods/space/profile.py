"""Concentrated likelihoods of one spatial parameter, and their maximum.

L(r) and S(r) are those of the head of ``panel_ml``.
"""

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
    """L(r) of one spatial parameter; ``squares`` gives S(r) and two derivatives for r (g,)."""

    squares: Callable[[np.ndarray], Jet]
    sample: Sample

    def loglik(self, r: np.ndarray) -> np.ndarray:
        """L(r) for r (g,)."""
        gaussian = concentrated_loglik(self.squares(r)[0], self.sample)
        return gaussian + self.sample.repeats * self.sample.determinant.value(r)

    def slopes(self, r: float) -> tuple[float, float]:
        """First and second derivative of L at r."""
        s, first, second = (part[0] for part in self.squares(np.array([r])))
        of_determinant = self.sample.determinant.slopes(r)
        half, m = self.sample.nobs / 2.0, self.sample.repeats
        slope = -half * first / s + m * of_determinant[0]
        bend = -half * (second / s - (first / s) ** 2) + m * of_determinant[1]
        return float(slope), float(bend)


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
    own, lagged = design.triangle[design.k :, design.k :].T
    bend = lagged @ lagged
    lowest = own @ lagged / bend
    least = ((own - lowest * lagged) ** 2).sum()

    def squares(r: np.ndarray) -> Jet:
        away = r - lowest
        return least + bend * away**2, 2.0 * bend * away, np.full_like(r, 2.0 * bend)

    return squares


def _error_squares(design: Design) -> Callable:
    """S(lambda) of generalised least squares in the coordinates of the triangle."""
    k = design.k
    own, lagged = design.triangle[:, : k + 1], design.triangle[:, k + 1 :]

    def squares(r: np.ndarray) -> Jet:
        value, first, second = filtered_form(own, lagged, k, r)
        return value[:, 0, 0], first[:, 0, 0], second[:, 0, 0]

    return squares


def filtered_form(own: np.ndarray, lagged: np.ndarray, k: int, r: np.ndarray) -> Jet:
    """Cross products Q (g, p, p) of p outcomes less r of their lags, and two derivatives.

    The k regressors Z, lagged alike, are taken out. With E the residuals and V = WY - WZ B:
    Q' = -(E'V + V'E) by the envelope theorem and Q'' = 2 V'V - 2 H'(Z'Z)^-1 H,
    H = Z'V + (WZ)'E.
    """
    both = own - r[:, None, None] * lagged
    z, y = both[..., :k], both[..., k:]
    q, upper = np.linalg.qr(z)
    score = q.swapaxes(-1, -2) @ y
    e = y - q @ score
    v = lagged[:, k:] - lagged[:, :k] @ np.linalg.solve(upper, score)
    h = z.swapaxes(-1, -2) @ v + lagged[:, :k].T @ e
    bent = np.linalg.solve(upper.swapaxes(-1, -2), h)
    value, mixed = e.swapaxes(-1, -2) @ e, e.swapaxes(-1, -2) @ v
    second = v.swapaxes(-1, -2) @ v - bent.swapaxes(-1, -2) @ bent
    return value, -mixed - mixed.swapaxes(-1, -2), 2.0 * second


def maximise(profile: Profile, interval: tuple[float, float], name: str) -> float:
    """Find the maximum of a concentrated likelihood inside an open interval.

    A grid that is denser towards the ends finds the highest hill, Newton's method kept in a
    shrinking bracket its top to 1e-12. It raises UserError if the likelihood of the parameter
    ``name`` is flat or rises up to a bound.
    """
    low, high = interval
    grid = search_grid(interval)
    values = profile.loglik(grid)
    if np.ptp(values) < _EDGE:
        raise UserError(f"{name} is not identified: the likelihood is flat; change the weights")
    best = int(np.argmax(values))
    rising = profile.slopes(grid[best])[0] > 0
    other = best + 1 if rising else best - 1
    if not 0 <= other < len(grid):
        bound = high if rising else low
        raise UserError(
            f"{name} runs to the bound {bound:.4g} of its interval, as with a shock that all units "
            "share; add period effects or change the weights"
        )
    bracket = (grid[best], grid[other]) if rising else (grid[other], grid[best])
    return _newton(profile, bracket, grid[best])


def search_grid(interval: tuple[float, float]) -> np.ndarray:
    """Nodes inside an open interval, denser towards its ends."""
    low, high = interval
    width = high - low
    nodes = low + width * (1.0 - np.cos(np.pi * np.arange(1, _GRID) / _GRID)) / 2.0
    return np.concatenate([[low + _EDGE * width], nodes, [high - _EDGE * width]])


def _newton(profile: Profile, bracket: tuple[float, float], start: float) -> float:
    low, high = bracket
    r = start
    for _ in range(_MAX_STEPS):
        slope, bend = profile.slopes(r)
        step = -slope / bend if bend < 0 else np.inf
        if abs(step) < _STEP:
            return float(r + step)
        low, high = (r, high) if slope > 0 else (low, r)
        r = r + step if low < r + step < high else (low + high) / 2.0
    return float(r)
