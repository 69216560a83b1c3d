"""The comparisons of cohorts behind a two-way estimate: weight against estimate."""

import math

import numpy as np
import pandas as pd

from pilotzone.catalogue.phrasebook import COMPARISONS
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

ESTIMATORS = ("goodman_bacon",)
LAYOUT = sheet.Layout(width=3.9, height=3.0, left=0.55, below=0.92)
NAME_POINTS = 6.0
MARK_POINTS, CLEAR = 5.5, 2.0
# Places of a name beside its point, the best one first: shift in points, alignment.
PLACES = (
    ((5, 0), "left", "center"),
    ((4, 3), "left", "bottom"),
    ((4, -3), "left", "top"),
    ((-5, 0), "right", "center"),
    ((0, 5), "center", "bottom"),
    ((0, -5), "center", "top"),
)

# The cohort of units that are never treated.
NEVER = {"0": "never"}


def draw(picture: Picture) -> Figure:
    """Return a scatter for every outcome of ``<id>.csv``, kinds of comparison told apart.

    Raises
    ------
    UserError
        If the file lacks an outcome of the exhibit.
    """
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    pairs = picture.read()
    figure, axes = sheet.sheet(
        picture.title,
        sheet.lattice(shown, ("outcome",)),
        LAYOUT,
        y_label="Difference in differences of the pair",
        notes=[
            "A pair is named treated cohort / cohort it is compared with. Dashed line: the two-way "
            "estimate, the sum of all weights times estimates.",
            *source.foot(found),
        ],
    )
    for column in shown:
        own = pairs[pairs["outcome"] == column.literal.outcome]
        if own.empty:
            raise UserError(f"{picture.path()}: no comparisons for '{column.literal.outcome}'")
        _panel(axes[column.id], own, picture.lexicon)
    sheet.same_limits([list(axes.values())], "x")
    return figure


def _panel(axes: Axes, own: pd.DataFrame, lexicon: Lexicon) -> None:
    sums = own[(own["treated"] == "all") & (own["control"] == "all")]
    pairs = own.drop(sums.index)
    two_way = float((sums["weight"] * sums["estimate"]).sum())
    axes.axhline(0, **marks.ZERO)
    axes.axhline(two_way, **marks.GUIDE)
    handles = []
    for (_, total), mark in zip(sums.iterrows(), marks.SERIES, strict=False):
        block = pairs[pairs["comparison"] == total["comparison"]]
        label = (
            f"{source.named(lexicon.of(COMPARISONS), total['comparison'])}: "
            f"weight {total['weight']:.3f}, mean {source.number(total['estimate'], 4)}"
        )
        (line,) = axes.plot(
            block["weight"],
            block["estimate"],
            linestyle="",
            marker=mark.marker,
            color=mark.colour,
            markersize=MARK_POINTS,
            label=label,
        )
        handles.append(line)
    label = f"Two-way estimate: {source.number(two_way, 4)}"
    handles.append(marks.handle(label, **marks.GUIDE | {"zorder": 2}))
    axes.set_xlim(0, 1.2 * float(pairs["weight"].max()))
    axes.set_xlabel("Weight of the comparison", labelpad=2)
    _names(axes, pairs, lexicon)
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.14),
        frameon=False,
        fontsize=7,
        borderaxespad=0,
    )


def _names(axes: Axes, pairs: pd.DataFrame, lexicon: Lexicon) -> None:
    """Name every point, each at the place where it covers least of points and other names."""
    limits = np.array([axes.get_xlim(), axes.get_ylim()])
    inches = np.array([LAYOUT.width, LAYOUT.height])
    scale = 72 * inches / np.diff(limits, axis=1)[:, 0]
    at = (pairs[["weight", "estimate"]].to_numpy() - limits[:, 0]) * scale
    reach = MARK_POINTS / 2 + CLEAR
    taken = [np.concatenate([point - reach, point + reach]) for point in at]
    for point, (_, pair) in zip(at, pairs.iterrows(), strict=True):
        control = NEVER.get(pair["control"]) or lexicon.period(pair["control"])
        text = f"{lexicon.period(pair['treated'])} / {control}"
        size = np.array([sheet.LETTER * NAME_POINTS * len(text), 1.2 * NAME_POINTS])
        boxes = [_box(point, size, place) for place in PLACES]
        covered = [
            _outside(box, 72 * inches) + math.fsum(_overlap(box, other) for other in taken)
            for box in boxes
        ]
        best = int(np.argmin(covered))
        taken.append(boxes[best])
        shift, across, up = PLACES[best]
        axes.annotate(
            text,
            (pair["weight"], pair["estimate"]),
            xytext=shift,
            textcoords="offset points",
            ha=across,
            va=up,
            fontsize=NAME_POINTS,
        )


def _box(point: np.ndarray, size: np.ndarray, place: tuple) -> np.ndarray:
    """Return left, bottom, right, top of a name at a place beside a point, in points."""
    shift, *aligned = place
    parts = np.array([{"left": 0, "bottom": 0, "center": 0.5}.get(side, 1) for side in aligned])
    corner = point + shift - parts * size
    return np.concatenate([corner, corner + size])


def _overlap(box: np.ndarray, other: np.ndarray) -> float:
    """Return the area that two boxes share."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    return float(np.prod(np.maximum(sides, 0)))


def _outside(box: np.ndarray, panel: np.ndarray) -> float:
    """Return the area of a box outside the panel."""
    return float(np.prod(box[2:] - box[:2])) - _overlap(box, np.array([0, 0, *panel]))
