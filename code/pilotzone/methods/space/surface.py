"""Concentrated likelihoods of two parameters, and their maximum.

Two models of this room leave a likelihood in the lag rho and one more parameter s: the general
nesting model, where s is the lag of the error, and random effects, where s says how much of a
unit's mean is noise. Given s the regressors are fixed, so that the sum of squares is a quadratic
form in c = (1, -rho):

    L(rho, s) = -N/2 (ln 2 pi + 1 + ln S/N) + j(rho) + h(s),    S = c' Q(s) c

with Q(s) the 2 x 2 cross products of y and W y that the regressors leave, j the log-determinant of
the lag, and h what the transformation by s adds. A model is the three functions Q, j and h, each
with two derivatives; nothing here reads data.

Such a surface can have several hills. All hills of a grid are climbed, so that the highest is
found and the caller can see how far below it the others end.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.space.algebra import Jet, Term

# Newton's method doubles its digits per step, so that steps shorter than this share of the width
# of the search leave two to go.
_NEAR = 1e-6
_POLISH = 2
_MAX_STEPS = 200
_MAX_HALVINGS = 40
# Log-likelihoods closer than this share of their size differ by rounding.
_ROUNDING = 1e-13
# A likelihood that varies less over the whole grid says nothing.
_LEVEL = 1e-6
# A maximum within this share of the width of an end lies at the bound.
_EDGE = 1e-5
# A climb that comes this close to an end stops there.
_FRAME = 1e-6
# Curvature, relative to that of a likelihood with unit information per parameter, that a flat
# ridge does not reach.
_FLAT = 1e-8

# -2 ln 0.05, the 95 % quantile of chi2 with two degrees of freedom.
_REGION = 5.991464547107979


@dataclass(frozen=True, eq=False)
class Repeated:
    """A term that counts ``times`` times."""

    term: Term
    times: int

    def value(self, r: np.ndarray) -> np.ndarray:
        """Values (g,) at r (g,)."""
        return self.times * self.term.value(r)

    def slopes(self, r: float) -> tuple[float, float]:
        """First and second derivative at r."""
        first, second = self.term.slopes(r)
        return self.times * first, self.times * second


@dataclass(frozen=True, eq=False)
class Surface:
    """The concentrated log-likelihood L(rho, s) of the module's head.

    Attributes
    ----------
    quadratic : Q and its first two derivatives, each (g, 2, 2), at s (g,).
    jacobian, penalty : j and h.
    nobs : N.
    forms : what ``quadratic`` gave so far; a climb asks for value and slopes at the same s.
    """

    quadratic: Callable[[np.ndarray], Jet]
    jacobian: Term
    penalty: Term
    nobs: int
    forms: dict[bytes, Jet] = field(default_factory=dict, repr=False)

    def loglik(self, rho: np.ndarray, s: np.ndarray) -> np.ndarray:
        """L on the grid of rho (a,) and s (b,), as (a, b)."""
        sides = np.stack([np.ones_like(rho), -rho])
        squares = np.einsum("ia,bij,ja->ab", sides, self._forms_at(s)[0], sides)
        variance = np.maximum(squares / self.nobs, np.finfo(float).tiny)
        fit = -self.nobs / 2.0 * (np.log(2.0 * np.pi * variance) + 1.0)
        return fit + self.jacobian.value(rho)[:, None] + self.penalty.value(s)

    def at(self, point: np.ndarray) -> float:
        """L at one point (rho, s)."""
        return float(self.loglik(point[:1], point[1:])[0, 0])

    def slopes(self, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gradient (2,) and Hessian (2, 2) of L at one point (rho, s)."""
        side, turn = np.array([1.0, -point[0]]), np.array([0.0, -1.0])
        form, first, second = (part[0] for part in self._forms_at(point[1:]))
        squares = side @ form @ side
        gradient = np.array([2.0 * turn @ form @ side, side @ first @ side]) / squares
        mixed = 2.0 * turn @ first @ side
        bend = np.array([[2.0 * turn @ form @ turn, mixed], [mixed, side @ second @ side]])
        bend = bend / squares - np.outer(gradient, gradient)
        firsts, seconds = zip(
            self.jacobian.slopes(point[0]), self.penalty.slopes(point[1]), strict=True
        )
        slope = -self.nobs / 2.0 * gradient + np.array(firsts)
        return slope, -self.nobs / 2.0 * bend + np.diag(seconds)

    def _forms_at(self, s: np.ndarray) -> Jet:
        key = s.tobytes()
        if key not in self.forms:
            self.forms[key] = self.quadratic(s)
        return self.forms[key]


def find_peaks(surface: Surface, rho: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Climb from every hill of a grid of rising nodes, whose first and last are the bounds.

    Returns points (rho, s, L), (p, 3), the highest first, each once. A climb that ends at a bound
    is one of them: its coordinate lies within 1e-5 of the width of that bound. Raises NotIdentified
    if all nodes have the same height.
    """
    values = surface.loglik(rho, s)
    if np.ptp(values) < _LEVEL:
        raise NotIdentified("likelihood_flat")
    box = np.array([[rho[0], rho[-1]], [s[0], s[-1]]])
    tops = [_climb(surface, np.array([rho[i], s[j]]), box) for i, j in _grid_hills(values)]
    peaks: list[np.ndarray] = []
    for top in sorted(tops, key=lambda top: -top[2]):
        gaps = [np.abs(top[:2] - peak[:2]) / np.ptp(box, axis=1) for peak in peaks]
        if not any(np.all(gap < _EDGE) for gap in gaps):
            peaks.append(top)
    return np.array(peaks)


def require_interior(
    surface: Surface, peak: np.ndarray, bounds: np.ndarray, names: tuple[str, str]
) -> None:
    """Refuse, naming it, a maximum at a bound or on a flat ridge.

    ``peak`` (3,) is of ``find_peaks``, ``bounds`` (2, 2) are low and high of rho and of s,
    ``names`` those of the parameters, for the reason.
    """
    for value, (low, high), name in zip(peak[:2], bounds, names, strict=True):
        near = _EDGE * (high - low)
        if value - low < near or high - value < near:
            bound = low if value - low < near else high
            raise NotIdentified("highest_at_bound", parameters=names, bound=bound, parameter=name)
    curvature = -np.linalg.eigvalsh(surface.slopes(peak[:2])[1])[::-1]
    if curvature[0] <= _FLAT * max(surface.nobs, curvature[1]):
        raise NotIdentified(
            "flat_ridge", parameters=names, smallest=curvature[0], largest=curvature[1]
        )


def require_alone(peaks: np.ndarray, names: tuple[str, str]) -> None:
    """Refuse a maximum that another one rivals; both points are named.

    A second maximum within the 95 % likelihood-ratio region of the first, 2 (L1 - L2) below the
    chi2(2) quantile 5.99, fits the data as well in the sense of that test, and no error computed at
    the first says so. See ``require_interior``.
    """
    if len(peaks) > 1 and 2.0 * (peaks[0, 2] - peaks[1, 2]) < _REGION:
        raise NotIdentified(
            "rival_maxima",
            parameters=names,
            rho=peaks[0, 0],
            other=peaks[0, 1],
            rival_rho=peaks[1, 0],
            rival_other=peaks[1, 1],
            gap=peaks[0, 2] - peaks[1, 2],
            region=_REGION / 2,
        )


def _grid_hills(values: np.ndarray) -> np.ndarray:
    """Positions (p, 2) that no neighbour, diagonal ones included, exceeds."""
    a, b = values.shape
    framed = np.pad(values, 1, constant_values=-np.inf)
    around = [
        framed[1 + i : 1 + i + a, 1 + j : 1 + j + b]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    return np.argwhere(values >= np.max(around, axis=0))


def _climb(surface: Surface, start: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Newton's method with steps that rise and stay inside the box: the top (rho, s, L)."""
    width = np.ptp(box, axis=1)
    # A start on the frame is moved inside, where the derivatives exist.
    point = np.clip(start, box[:, 0] + _FRAME * width, box[:, 1] - _FRAME * width)
    height = surface.at(point)
    for _ in range(_MAX_STEPS):
        step = _inside(_ascent(surface, point, width), point, box)
        step, height = _rising(surface, point, step, height)
        point = point + step
        if np.any(np.minimum(point - box[:, 0], box[:, 1] - point) < _FRAME * width):
            return np.append(point, height)
        if np.all(np.abs(step) < _NEAR * width):
            break
    for _ in range(_POLISH):
        point = point + _inside(_ascent(surface, point, width), point, box)
    return np.append(point, surface.at(point))


def _ascent(surface: Surface, point: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Newton's step, with the curvature taken positive where the surface is not concave."""
    slope, hessian = surface.slopes(point)
    values, vectors = np.linalg.eigh(hessian * np.outer(width, width))
    size = np.maximum(np.abs(values), _FLAT)
    return width * (vectors @ ((vectors.T @ (slope * width)) / size))


def _inside(step: np.ndarray, point: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Shorten a step so that it covers nine tenths of the way to a bound at most."""
    room = np.where(step > 0, box[:, 1] - point, point - box[:, 0])
    return step * min(1.0, 0.9 / max(np.max(np.abs(step) / room), 0.9))


def _rising(
    surface: Surface, point: np.ndarray, step: np.ndarray, height: float
) -> tuple[np.ndarray, float]:
    """Halve a step until the surface is no lower there: the step and the height."""
    for _ in range(_MAX_HALVINGS):
        reached = surface.at(point + step)
        if reached >= height - _ROUNDING * abs(height):
            return step, reached
        step = step / 2.0
    return np.zeros_like(step), height
