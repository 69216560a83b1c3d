"""Contributions to the Gini coefficient by year: stacked bars, a panel for each variant."""

from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, labels
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LAYOUT = sheet.Layout(width=2.5, height=2.0, left=0.42, below=0.3)
# From below; hatches keep the parts apart in grey.
PARTS = {
    "between": (marks.BLUE, ""),
    "within": (marks.ORANGE, "///"),
    "transvariation": (marks.LIGHT, "..."),
}
BAR = {"width": 0.8, "edgecolor": "0.25", "linewidth": 0.4}


def draw(exhibit_id: str, exhibit: Exhibit, folder: Path) -> "Figure":
    """Return the parts of Dagum's decomposition in ``<id>.csv``.

    Raises
    ------
    UserError
        If the file has no such parts.
    """
    path = folder / f"{exhibit_id}.csv"
    table = estimates.read(path)
    table = table[(table["measure"] == "dagum") & table["part"].isin(PARTS)]
    if table.empty:
        raise UserError(f"{path}: no parts of Dagum's decomposition")
    variants = [name for name in labels.codebook() if name in set(table["variant"])]
    cells = tuple(sheet.Cell(v, "", labels.variable(v)) for v in variants)
    figure, axes = sheet.sheet(
        exhibit.figure.title,
        cells,
        LAYOUT,
        x_label="",
        y_label="Gini coefficient",
        notes=[
            "Dagum's parts, which sum to the Gini coefficient over the provinces, each counted "
            "once. Regions: east, central, west.",
            f"Sample: {SAMPLES['main'].label}.",
        ],
        legend=_handles(),
    )
    for variant in variants:
        _panel(axes[variant], table[table["variant"] == variant])
    sheet.same_limits([list(axes.values())])
    sheet.label_first([list(axes.values())])
    return figure


def _handles() -> list[object]:
    from matplotlib.patches import Patch

    return [
        Patch(
            facecolor=colour,
            hatch=hatch,
            edgecolor=BAR["edgecolor"],
            linewidth=BAR["linewidth"],
            label=labels.word(part, "en", labels.INEQUALITY),
        )
        for part, (colour, hatch) in PARTS.items()
    ]


def _panel(axes: "Axes", rows: "pd.DataFrame") -> None:
    table = rows.pivot(index="year", columns="part", values="value")
    below = table[list(PARTS)].cumsum(axis=1).shift(axis=1, fill_value=0.0)
    for part, (colour, hatch) in PARTS.items():
        axes.bar(
            table.index,
            table[part],
            bottom=below[part],
            facecolor=colour,
            hatch=hatch,
            label=labels.word(part, "en", labels.INEQUALITY),
            **BAR,
        )
    axes.set_xticks([table.index.min(), table.index.max()])
