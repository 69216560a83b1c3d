"""Names beside points, each at the place where it covers least of points and other names."""

import math
from collections.abc import Sequence

import numpy as np

from pilotzone.plots import sheet
from pilotzone.plots.source import Axes

CLEAR = 2.0
# A line is taken for so many small squares, of half such a side in points.
STEPS, THIN = 150, 1.0
# Places of a name beside its point, the best one first: shift in points, alignment.
PLACES = (
    ((5, 0), "left", "center"),
    ((4, 3), "left", "bottom"),
    ((4, -3), "left", "top"),
    ((-5, 0), "right", "center"),
    ((0, 5), "center", "bottom"),
    ((0, -5), "center", "top"),
    ((-4, 3), "right", "bottom"),
    ((-4, -3), "right", "top"),
    ((4, 10), "left", "bottom"),
    ((4, -10), "left", "top"),
)


def beside(
    axes: Axes,
    inches: tuple[float, float],
    points: np.ndarray,
    names: Sequence[str],
    size: float,
    lines: Sequence[Sequence[tuple[float, float]]] = (),
) -> None:
    """Write names beside points; the limits of the axes must be set.

    Parameters
    ----------
    axes : Axes
    inches : tuple of float
        Width and height of the panel.
    points : ndarray, shape (n, 2)
    names : sequence of n str
        Empty for a point that has none but must not be covered.
    size : float
        Size of the marks, in points.
    lines : sequence of pairs of points
        Straight lines, from and to, that names should not cross.
    """
    limits = np.array([axes.get_xlim(), axes.get_ylim()])
    panel = 72 * np.array(inches)
    at = (points - limits[:, 0]) * panel / np.diff(limits)[:, 0]
    reach = size / 2 + CLEAR
    taken = [np.concatenate([point - reach, point + reach]) for point in at]
    share = np.linspace(0, 1, STEPS)[:, None]
    for start, end in (np.asarray(line, dtype=float) for line in lines):
        steps = (start + share * (end - start) - limits[:, 0]) * panel / np.diff(limits)[:, 0]
        taken += [np.concatenate([step - THIN, step + THIN]) for step in steps]
    for point, place, name in zip(points, at, names, strict=True):
        if not name:
            continue
        letters = np.array([sheet.LETTER * len(name) + 0.3, 1.2]) * sheet.SMALL_POINTS
        boxes = [_box(place, letters, beside_it) for beside_it in PLACES]
        there = np.array(taken)
        covered = [_outside(box, panel) + math.fsum(_overlaps(box, there)) for box in boxes]
        best = int(np.argmin(covered))
        taken.append(boxes[best])
        shift, across, up = PLACES[best]
        look = {"textcoords": "offset points", "fontsize": sheet.SMALL_POINTS}
        axes.annotate(name, tuple(point), xytext=shift, ha=across, va=up, **look)


def _box(point: np.ndarray, size: np.ndarray, place: tuple) -> np.ndarray:
    """Return left, bottom, right, top of a name at a place beside a point, in points."""
    shift, *aligned = place
    parts = np.array([{"left": 0, "bottom": 0, "center": 0.5}.get(side, 1) for side in aligned])
    corner = point + shift - parts * size
    return np.concatenate([corner, corner + size])


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the areas that a box shares with others, shape (n, 4)."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    return np.maximum(sides, 0).prod(axis=1)


def _outside(box: np.ndarray, panel: np.ndarray) -> float:
    """Return the area of a box outside the panel."""
    (inside,) = _overlaps(box, np.array([[0, 0, *panel]]))
    return float(np.prod(box[2:] - box[:2])) - inside
