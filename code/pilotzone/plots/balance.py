"""Balance of covariates before and after matching: standardised differences of means."""

import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

LAYOUT = sheet.Layout(width=1.3, height=1.1, left=0.15, below=0.3, outer=1.6)
# A rule of thumb of the field: below this a difference counts as small.
SMALL = 0.1


def draw(picture: Picture) -> Figure:
    """Return a panel per way of matching; balance does not depend on outcome and controls."""
    found = picture.columns()
    shown = source.identified(found)
    first = list({c.literal.estimator: c for c in reversed(shown)}.values())[::-1]
    parts = picture.part("balance", first)
    cells = tuple(sheet.Cell(c.id, "", c.value("estimator")) for c in first)
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Standardised difference of means",
        notes=[
            source.say("balance", picture.lexicon),
            *source.foot(found),
        ],
    )
    for column in first:
        _panel(axes[column.id], parts[column.id], picture)
    sheet.same_limits([list(axes.values())], "x")
    if len({tuple(parts[column.id]["variable"]) for column in first}) == 1:
        sheet.label_first([list(axes.values())])
    return figure


def _panel(axes: Axes, rows: pd.DataFrame, picture: Picture) -> None:
    mark = marks.SERIES[0]
    places = range(len(rows))
    axes.axvline(0, **marks.ZERO)
    for side in (-SMALL, SMALL):
        axes.axvline(side, color="0.5", linewidth=0.6, linestyle=":")
    look = {"linestyle": "", "marker": mark.marker, "color": mark.colour}
    for when, fill in (("before", "none"), ("after", mark.colour)):
        found = rows[f"difference_{when}"]
        axes.plot(found, places, markerfacecolor=fill, label=when, **look)
    axes.set_yticks(list(places), [picture.variable(name) for name in rows["variable"]])
    axes.set_ylim(-0.6, len(rows) - 0.4)
