"""The comparisons of cohorts behind a two-way estimate: weight against estimate."""

import pandas as pd

from pilotzone.catalogue.phrasebook import COMPARISONS
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, names, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

ESTIMATORS = ("goodman_bacon",)
LAYOUT = sheet.Layout(width=4.5, height=2.7, left=0.55, below=1.15)
MARK_POINTS = 5.5
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
            source.say("bacon", picture.lexicon),
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
    _names(axes, pairs, lexicon, two_way)
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.15),
        frameon=False,
        fontsize=sheet.SMALL_POINTS,
        borderaxespad=0,
    )


def _names(axes: Axes, pairs: pd.DataFrame, lexicon: Lexicon, two_way: float) -> None:
    """Name every point by its pair."""
    texts = [
        f"{lexicon.period(pair['treated'])} / "
        f"{NEVER.get(pair['control']) or lexicon.period(pair['control'])}"
        for _, pair in pairs.iterrows()
    ]
    inches = LAYOUT.stretched(1), LAYOUT.height
    spots = pairs[["weight", "estimate"]].to_numpy()
    lines = [[(x, y) for x in axes.get_xlim()] for y in (0, two_way)]
    names.beside(axes, inches, spots, texts, MARK_POINTS, lines)
