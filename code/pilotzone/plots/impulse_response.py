"""Responses of the outcome over the years after a unit of treatment."""

import pandas as pd

from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

LAYOUT = sheet.Layout(width=2.2, height=1.7, left=0.55, below=0.35)
PARTS = ("direct", "indirect")


def draw(picture: Picture) -> Figure:
    """Return direct and indirect responses of ``<id>.responses.csv``, a panel per column."""
    found = picture.columns()
    shown = source.identified(found)
    parts = picture.part("responses", shown)
    cells = sheet.lattice(shown, ("effects",))
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Years after",
        y_label="Effect on the outcome",
        notes=[source.say("impulse", picture.lexicon), *source.foot(found)],
    )
    for column in shown:
        _panel(axes[column.id], parts[column.id])
    return figure


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    axes.axhline(0, **marks.ZERO)
    for part, mark, line in zip(PARTS, marks.SERIES, ("-", "--"), strict=False):
        own = rows[rows["part"] == part].sort_values("horizon")
        axes.plot(own["horizon"], own["estimate"], line, color=mark.colour, label=part)
        axes.fill_between(
            own["horizon"],
            own["ci_low"],
            own["ci_high"],
            color=mark.colour,
            alpha=0.18,
            linewidth=0,
        )
