"""Robust intervals against the size of the violation of parallel trends."""

import numpy as np
import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("honest_did",)
ORIGINAL = "parallel_trends"
# Restriction: how it looks, its head in the panel, the symbol of its bound.
RESTRICTIONS = {
    ORIGINAL: (marks.Mark(marks.BLACK, "o"), "", ""),
    "smoothness": (marks.Mark(marks.BLUE, "s"), "Smoothness", "M"),
    "relative_magnitudes": (
        marks.Mark(marks.VERMILION, "^", (0, (3, 1))),
        "Relative magnitudes",
        "M̄",
    ),
}
GAP = 0.9
LAYOUT = sheet.Layout(width=4.5, height=1.6, left=0.5, below=0.5)
FREE_ABOVE = 0.26


def draw(picture: Picture) -> Figure:
    """Return the intervals of ``<id>.intervals.csv``, a panel per column, the original first.

    Each panel has a scale of its own: intervals of cohorts and outcomes differ by magnitudes.
    """
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    intervals = picture.part("intervals", shown)
    figure, axes = sheet.sheet(
        picture.title,
        sheet.lattice(shown, ("outcome", "controls", "sample")),
        LAYOUT,
        x_label="Bound on the violation",
        y_label="95 % interval of the mean effect",
        notes=[
            *(source.say(n, picture.lexicon) for n in ("honest", "breakdown")),
            *source.foot(found),
        ],
    )
    for column in shown:
        _panel(axes[column.id], column, intervals[column.id])
        _words(axes[column.id], column, intervals[column.id])
    return figure


def _places(intervals: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of drawing with their place on the axis."""
    order = {name: number for number, name in enumerate(RESTRICTIONS)}
    rows = intervals.assign(order=intervals["restriction"].map(order))
    rows = rows.sort_values(["order", "m"], kind="stable").reset_index(drop=True)
    return rows.assign(place=rows.index + GAP * rows["order"])


def _panel(axes: Axes, column: Column, intervals: pd.DataFrame) -> None:
    rows = _places(intervals)
    axes.axhline(0, **marks.ZERO)
    for name, block in rows.groupby("restriction", sort=False):
        mark = RESTRICTIONS[name][0]
        middle = (block["ci_low"] + block["ci_high"]) / 2
        _, _, (bars,) = axes.errorbar(
            block["place"],
            middle,
            yerr=(block["ci_high"] - block["ci_low"]) / 2,
            fmt="none",
            ecolor=mark.colour,
            elinewidth=1.6,
            capsize=3.5,
            label=name,
        )
        bars.set_linestyle(mark.line)
    estimate = column.terms["overall:post"]["estimate"]
    axes.plot(rows["place"].iloc[0], estimate, "o", color=marks.BLACK, markersize=4.5)
    names = ["original" if r == ORIGINAL else "" for r in rows["restriction"]]
    texts = [n or f"{m:g}" for n, m in zip(names, rows["m"], strict=True)]
    axes.set_xticks(rows["place"], texts)
    axes.set_xlim(-0.8, rows["place"].iloc[-1] + 0.6)


def _words(axes: Axes, column: Column, intervals: pd.DataFrame) -> None:
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + FREE_ABOVE * (high - low))
    for name, block in _places(intervals).groupby("restriction", sort=False):
        mark, head, symbol = RESTRICTIONS[name]
        if not head:
            continue
        words = {"ha": "center", "color": mark.colour, "fontsize": sheet.SMALL_POINTS}
        middle = block["place"].mean()
        found = column.terms.get(f"breakdown:{name}")
        value = f"{symbol} = {_digits(found['estimate'])}" if found else "none"
        across = axes.get_xaxis_transform()
        text = f"{head}\nbreakdown: {value}"
        axes.text(middle, 0.99, text, transform=across, va="top", **words)
        axes.text(middle, -0.24, symbol, transform=across, va="center", **words)


def _digits(bound: float) -> str:
    """Return a bound with three digits that count, and no power of ten."""
    return np.format_float_positional(bound, precision=3, fractional=False, trim="-")
