"""Bounds of an effect against the change of the untreated outcome that is allowed."""

import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("bounded_variation",)
LAYOUT = sheet.Layout(width=2.4, height=1.7, left=0.5)
# Rows of the mean over all periods.
ALL = "all"


def draw(picture: Picture) -> Figure:
    """Return set and interval of ``<id>.bounds.csv`` by the bound, a panel per column."""
    found = picture.columns(ESTIMATORS)
    shown = source.identified(found)
    bounds = picture.part("bounds", shown)
    figure, axes = sheet.sheet(
        picture.title,
        sheet.lattice(shown, ("outcome",)),
        LAYOUT,
        x_label="Allowed change a year, multiple of the largest before",
        y_label="Mean effect",
        notes=[source.say("bounds", picture.lexicon), *source.foot(found)],
    )
    for column in shown:
        _panel(axes[column.id], column, bounds[column.id])
    sheet.same_limits([list(axes.values())])
    return figure


def _panel(axes: Axes, column: Column, bounds: pd.DataFrame) -> None:
    rows = bounds[bounds["period"] == ALL].sort_values("m")
    axes.axhline(0, **marks.ZERO)
    axes.fill_between(rows["m"], rows["ci_low"], rows["ci_high"], color=marks.SKY, alpha=0.45, lw=0)
    axes.fill_between(rows["m"], rows["low"], rows["high"], color=marks.BLUE, alpha=0.8, lw=0)
    axes.plot(rows["m"], rows["low"], rows["m"], rows["high"], color=marks.BLUE, linewidth=1.2)
    end = column.terms.get("breakdown:bounded_variation")
    if end and end["estimate"] <= rows["m"].max():
        at = end["estimate"]
        axes.axvline(at, color=marks.BLACK, linewidth=0.9, linestyle="--")
        text = f"breakdown {source.number(at, 2)}"
        across = axes.get_xaxis_transform()
        axes.text(
            at - 0.03,
            0.03,
            text,
            transform=across,
            ha="right",
            va="bottom",
            fontsize=sheet.SMALL_POINTS,
        )
    axes.margins(x=0)
