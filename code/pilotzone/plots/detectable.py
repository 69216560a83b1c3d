"""Minimal detectable effects in standard deviations of the outcome, provinces beside cities."""

import pandas as pd

from pilotzone.catalogue.words import Lexicon
from pilotzone.estimates.detectable import COHORT, POWER, USUAL
from pilotzone.estimates.line_order import in_order
from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Figure, Picture

LINE_INCHES = 0.17
# Small, medium and large effects, and the numbers on the scale.
GUIDES = (0.2, 0.5, 1.0)
TICKS = (0.2, 0.5, 1, 2, 5)
# Lines between the points of two samples.
STEP = 0.2
NEIGHBOURS = "W:"


def _notes(lexicon: Lexicon) -> list[str]:
    guides = lexicon.mark("list").join(f"{guide:g}" for guide in GUIDES)
    return [
        source.say("detectable", lexicon, power=f"{100 * POWER:g}", guides=guides),
        source.say("detectable_unit", lexicon),
        source.say("detectable_neighbours", lexicon),
    ]


def draw(picture: Picture) -> Figure:
    """Return a dot for every line of the table that has a number, a panel for each kind of unit."""
    table = in_order(picture.read())
    table, lexicon = table[table["ratio"].notna()], picture.lexicon
    panels = dict(iter(table.groupby("panel", sort=False)))
    most = max((len(set(_keys(rows))) for rows in panels.values()), default=1)
    looks = dict(zip(dict.fromkeys(table["sample"]), marks.SERIES, strict=False))
    figure, axes = sheet.sheet(
        picture.title,
        [sheet.Cell(panel, row=lexicon.units(panel)[2], column="") for panel in panels],
        sheet.Layout(width=3.0, height=LINE_INCHES * most, left=2.7),
        x_label="Detectable effect in standard deviations of the outcome",
        notes=_notes(lexicon),
        legend=[
            marks.handle(lexicon.sample(sample), mark, linestyle="", markersize=4)
            for sample, mark in looks.items()
        ],
    )
    for panel, rows in panels.items():
        _panel(axes[panel], rows, looks, lexicon, most)
    sheet.same_limits([list(axes.values())], "x")
    return figure


def _keys(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Return the line of each row: estimator, effects, and the cohort or the kind of term."""
    whole = ~rows["term"].str.startswith((COHORT, NEIGHBOURS))
    return list(zip(rows["estimator"], rows["effects"], rows["term"].mask(whole, ""), strict=True))


def _name(key: tuple[str, str, str], lexicon: Lexicon) -> str:
    """Return what stands beside a line: the estimator, or the cohort below it."""
    estimator, effects, term = key
    if term.startswith(COHORT):
        return lexicon.term(term)
    name = lexicon.estimator(estimator)
    name += f", {lexicon.effects(effects).lower()}" if effects != USUAL else ""
    return f"{name}: neighbours" if term else name


def _panel(
    axes: Axes, rows: pd.DataFrame, looks: dict[str, marks.Mark], lexicon: Lexicon, most: int
) -> None:
    lines = list(dict.fromkeys(_keys(in_order(rows, ("estimator", "effects", "cohort")))))
    shown = [sample for sample in looks if sample in set(rows["sample"])]
    for number, sample in enumerate(shown):
        block = rows[rows["sample"] == sample]
        shift = (number - (len(shown) - 1) / 2) * STEP
        mark = looks[sample]
        place = [lines.index(key) + shift for key in _keys(block)]
        axes.plot(block["ratio"], place, mark.marker, color=mark.colour, markersize=4)
    for guide in GUIDES:
        axes.axvline(guide, **marks.GUIDE)
    axes.set_xscale("log")
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.set_xticks([], minor=True)
    axes.set_yticks(
        range(len(lines)), [_name(key, lexicon) for key in lines], fontsize=sheet.SMALL_POINTS
    )
    axes.set_ylim(most - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=marks.LIGHT, linewidth=0.4)
    axes.set_axisbelow(True)
