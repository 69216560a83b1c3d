"""The effect along a moderator, with its interval."""

import pandas as pd

from pilotzone import estimates
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

ESTIMATORS = ("moderation",)
LAYOUT = sheet.Layout(width=1.9, height=1.15, left=0.62)


def draw(picture: Picture) -> Figure:
    """Return a line with its 95 % band for every column (``<id>.marginal.csv``)."""
    found = picture.chosen(ESTIMATORS)
    shown = source.identified(found)
    marginal = picture.part("marginal", shown)
    cells = sheet.lattice(shown, ("outcome", "controls"))
    names = dict.fromkeys(str(column.literal.option("moderator")) for column in found)
    moderator = ", ".join(picture.variable(name) for name in names)
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label=f"{moderator}, standard deviations from its mean",
        y_label="Effect of the treatment",
        notes=[
            source.say("marginal", picture.lexicon),
            *points.doubts(
                [row for column in shown for row in _rows(column)],
                picture.lexicon,
                "dashed",
                "no_band",
            ),
            *source.foot(found),
        ],
    )
    for column in shown:
        _panel(axes[column.id], column, marginal[column.id])
    groups = sheet.by_row_and_outcome(cells, shown, axes)
    sheet.same_limits(groups)
    sheet.label_first(groups)
    sheet.same_limits(sheet.by_row(cells, axes), "x")
    return figure


def _rows(column: Column) -> list[points.Row]:
    """Return the terms that make the line: the treatment, and its product with the moderator."""
    name = column.literal.treatment
    return [column.terms[term] for term in (name, f"{name}#{column.literal.option('moderator')}")]


def _panel(axes: Axes, column: Column, marginal: pd.DataFrame) -> None:
    rows, terms = marginal.sort_values("moderator"), _rows(column)
    axes.axhline(0, **marks.ZERO)
    if all(map(estimates.keeps_interval, terms)):
        band = rows["moderator"], rows["ci_low"], rows["ci_high"]
        axes.fill_between(*band, color=marks.SKY, alpha=0.45, linewidth=0)
    line = "--" if any(map(points.doubtful, terms)) else "-"
    axes.plot(rows["moderator"], rows["estimate"], line, color=marks.BLUE, linewidth=1.5)
    axes.margins(x=0)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))
    text = f"interaction {source.p_text(terms[-1]['p_value'])}"
    axes.text(
        0.02, 0.99, text, transform=axes.transAxes, ha="left", va="top", fontsize=sheet.SMALL_POINTS
    )
    axes.locator_params(axis="y", nbins=5)
