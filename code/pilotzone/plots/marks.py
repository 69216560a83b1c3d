"""Colours, markers and line styles: each series differs in shape too, so that grey prints hold.

Colours are those of Okabe and Ito (2008), told apart under every kind of colour vision; their
yellow is left out as too light for points on white.
"""

import dataclasses

from pilotzone.plots.source import Artist

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "0.45"
LIGHT = "0.85"


@dataclasses.dataclass(frozen=True)
class Mark:
    """How one series looks."""

    colour: str
    marker: str
    line: str = "-"


SERIES = (
    Mark(BLUE, "o"),
    Mark(VERMILION, "s"),
    Mark(GREEN, "^"),
    Mark(PURPLE, "D"),
    Mark(BLACK, "v"),
    Mark(ORANGE, "P"),
    Mark(SKY, "*"),
)
# Lines that are no series.
ZERO = {"color": BLACK, "linewidth": 0.6, "zorder": 1}
GUIDE = {"color": GREY, "linewidth": 0.8, "linestyle": (0, (4, 2)), "zorder": 1}
EDGE = 0.9


def handle(label: str, mark: Mark | None = None, **look: object) -> Artist:
    """Return an entry of a legend; ``look`` goes before the mark."""
    from matplotlib.lines import Line2D

    own = {"color": mark.colour, "marker": mark.marker} if mark else {}
    return Line2D([], [], label=label, **own | look)
