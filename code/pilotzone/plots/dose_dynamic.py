"""Effects of a dose by periods since it rose, and what the two-way column weighs instead."""

import itertools

from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

EFFECTS, WEIGHTS = "dose_dynamic", "negative_weights"
LAYOUT = sheet.Layout(width=1.35, height=1.3, left=0.45)
# First words of the terms that are drawn, and the side of zero on which they stand.
SIDES = {"normalised": 1, "normalised_placebo": -1}


def draw(picture: Picture) -> Figure:
    """Return a panel for every column: effects by horizon, or two-way weights by year."""
    found = picture.chosen((EFFECTS, WEIGHTS))
    shown = source.identified(found)
    cells = sheet.lattice(shown, ("outcome", "treatment", "sample", "controls"))
    cohorts = sorted({g for column in shown for g, _ in _weights(column)})
    looks = dict(zip(cohorts, itertools.cycle(marks.SERIES), strict=False))
    drawn = [row for column in shown for _, row in _effects(column)]
    figure, axes = sheet.sheet(
        picture.title,
        cells,
        LAYOUT,
        x_label="Period since the first dose (above), year (below)",
        notes=[
            source.say("dose_dynamic", picture.lexicon),
            *points.doubts(drawn, picture.lexicon),
            *source.foot(found),
        ],
        legend=[marks.handle(f"cohort {g}", mark) for g, mark in looks.items()],
    )
    for column in shown:
        if column.literal.estimator == EFFECTS:
            _draw_effects(axes[column.id], column)
        else:
            _draw_weights(axes[column.id], column, looks)
    return figure


def _effects(column: Column) -> list[tuple[int, points.Row]]:
    """Return places and rows of effects and placebos by unit of dose, in order."""
    found = []
    for term, row in column.terms.items():
        head, _, number = term.partition(":")
        if head in SIDES:
            # Effect 1 is that of the switch itself, placebo 1 two periods before it.
            found.append((int(number) - 1 if SIDES[head] > 0 else -1 - int(number), row))
    return sorted(found, key=lambda one: one[0])


def _weights(column: Column) -> dict[tuple[int, int], float]:
    """Return the weight by cohort and year."""
    found = {}
    for term, row in column.terms.items():
        head, *where = term.split(":")
        if head == "weight":
            cohort, year = map(int, where)
            found[cohort, year] = row["estimate"]
    return found


def _draw_effects(axes: Axes, column: Column) -> None:
    places, rows = zip(*_effects(column), strict=True)
    axes.axhline(0, **marks.ZERO)
    axes.axvline(-0.5, **marks.GUIDE)
    points.draw(axes, places, rows, marks.SERIES[0], size=3.5, elinewidth=1.0)
    axes.set_xticks(range(min(places), max(places) + 1))
    axes.locator_params(axis="y", nbins=5)


def _draw_weights(axes: Axes, column: Column, looks: dict[int, marks.Mark]) -> None:
    weights = _weights(column)
    axes.axhline(0, **marks.ZERO)
    for cohort, mark in looks.items():
        path = sorted((t, w) for (g, t), w in weights.items() if g == cohort)
        if path:
            axes.plot(
                *zip(*path, strict=True), color=mark.colour, marker=mark.marker, markersize=3, lw=1
            )
    axes.locator_params(axis="x", nbins=4, integer=True)
    axes.locator_params(axis="y", nbins=5)
