"""The effect of a unit's own zone and of a zone within rings of distance around it."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from pilotzone import estimates
from pilotzone.catalogue import reasons
from pilotzone.errors import UserError
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Artist, Axes, Column, Figure, Picture

ESTIMATORS = ("rings",)
RING, PART = "ring:", "rings"
WIDTH, HEIGHT, LEFT = 4.6, 2.5, 0.8
# Inches below an axis: its numbers and label, and a line of counts.
SCALE, COUNT_LINE = 0.52, 0.15
# In mean widths of a ring: the own zone and the border left of the rings, the reference right of
# them, the room at both ends, all columns beside each other.
OWN, BORDER, REFERENCE, END, SPREAD = -0.75, -0.2, 0.6, 0.45, 0.44

Counts = Mapping[str, tuple[int, int]]


@dataclasses.dataclass(frozen=True)
class Distances:
    """The axis: own zone, rings by their edges in km, and everything beyond the last one."""

    own: str
    edges: tuple[tuple[float, float], ...]

    @property
    def step(self) -> float:
        """Mean width of a ring."""
        return float(np.mean([outer - inner for inner, outer in self.edges]))

    @property
    def outermost(self) -> float:
        """Outer edge of the last ring."""
        return self.edges[-1][1]

    @property
    def places(self) -> dict[str, float]:
        """Place of every term, a ring at its middle."""
        return {
            self.own: OWN * self.step,
            **{f"{RING}{low:g}-{high:g}": (low + high) / 2 for low, high in self.edges},
            f"{RING}{self.outermost:g}-": self.outermost + REFERENCE * self.step,
        }

    @property
    def texts(self) -> list[str]:
        """What stands at the places."""
        rings = [f"{low:g}-{high:g}" for low, high in self.edges]
        return ["own zone", *rings, f"> {self.outermost:g}"]


def draw(picture: Picture) -> Figure:
    """Return estimates with 95 % intervals by distance to the nearest zone, columns side by side.

    Reads ``<id>.csv``, ``<id>.models.csv`` and, if it is there, ``<id>.rings.csv``: rows and units
    of a column by the term of the main file, with ``ring:<km>-`` for the reference. Choices of the
    figure: dimensions of a column, each a name or several with spaces between; what is not chosen
    is not restricted.

    Raises
    ------
    UserError
        If a choice is no dimension, no column fits the choices, they leave several outcomes or
        treatments or more columns than markers, a column has no ring, or ``<id>.rings.csv`` lacks
        a term that is drawn.
    """
    found = _chosen(picture)
    shown = source.identified(found)
    distances = Distances(found[0].literal.treatment, _edges(picture, shown))
    counts = _count_lines(_counts(picture, shown, distances))
    figure, axes = sheet.sheet(
        picture.title,
        [sheet.Cell("all", "", found[0].value("outcome"))] if shown else [],
        sheet.Layout(WIDTH, HEIGHT, LEFT, below=SCALE + 2 * COUNT_LINE * len(counts) - 0.1),
        notes=[*(_notes(shown, distances, counts) if shown else ()), *source.foot(found)],
        legend=_legend(shown) if len(shown) > 1 else (),
    )
    if shown:
        _panel(axes["all"], shown, distances)
        _scale(axes["all"], distances)
        _write_counts(axes["all"], shown, distances, counts)
    return figure


def _chosen(picture: Picture) -> list[Column]:
    """Return the columns with rings that the choices of the figure leave."""
    found = picture.chosen(ESTIMATORS)
    for name in ("outcome", "treatment"):
        values = sorted({getattr(column.literal, name) for column in found})
        if len(values) > 1:
            raise UserError(
                f"{picture.exhibit_id}: one picture for the {name}s {', '.join(values)}"
            )
    if len(found) > len(marks.SERIES):
        raise UserError(
            f"{picture.exhibit_id}: {len(found)} columns for {len(marks.SERIES)} markers"
        )
    return found


def _edges(picture: Picture, shown: Sequence[Column]) -> tuple[tuple[float, float], ...]:
    """Return inner and outer edge of all rings, from the inside."""
    found = set()
    for column in shown:
        terms = [term for term in column.terms if term.startswith(RING)]
        if not terms:
            raise UserError(
                f"{picture.exhibit_id}: column '{column.id}' has no term '{RING}<from>-<to>'"
            )
        found |= {tuple(map(float, term.removeprefix(RING).split("-"))) for term in terms}
    return tuple(sorted(found))


def _counts(picture: Picture, shown: Sequence[Column], distances: Distances) -> dict[str, Counts]:
    """Return rows and units by term for each column; nothing where the exhibit counts none."""
    path = picture.path(PART)
    if not path.exists():
        return {}
    blocks = picture.part(PART, shown)
    counts = {
        key: dict(zip(b["ring"], zip(b["n_rows"], b["n_units"], strict=True), strict=True))
        for key, b in blocks.items()
    }
    for column in shown:
        for term in distances.places:
            if term in column.terms and term not in counts[column.id]:
                raise UserError(f"{path}: column '{column.id}' has no row '{term}'")
    return counts


def _count_lines(counts: Mapping[str, Counts]) -> dict[str, Counts]:
    """Return a line of counts for each column, or one line if all columns have the same."""
    lines = list(counts.values())
    return {"": lines[0]} if lines and lines.count(lines[0]) == len(lines) else dict(counts)


def _panel(axes: Axes, shown: Sequence[Column], distances: Distances) -> None:
    axes.axhline(0, **marks.ZERO)
    axes.axvline(BORDER * distances.step, **marks.GUIDE)
    reach = SPREAD * distances.step / 2
    shifts = np.linspace(-reach, reach, len(shown)) if len(shown) > 1 else [0.0]
    for column, mark, shift in zip(shown, marks.SERIES, shifts, strict=False):
        places = [place + shift for t, place in distances.places.items() if t in column.terms]
        look = {"size": 4.2, "elinewidth": 1.2, "capsize": 2, "label": column.id}
        points.draw(axes, places, _rows(column, distances), mark, **look)
    *_, beyond = distances.places.values()
    axes.plot(beyond, 0, "D", markersize=4, color="white", markeredgecolor=marks.BLACK)


def _rows(column: Column, distances: Distances) -> list[points.Row]:
    """Return the terms of a column that stand at a place, in the order of places."""
    return [column.terms[term] for term in distances.places if term in column.terms]


def _scale(axes: Axes, distances: Distances) -> None:
    """Set places and labels, which belong beside the axes: the counts stand below them."""
    first, *_, last = places = list(distances.places.values())
    axes.set_xticks(places, distances.texts, fontsize=sheet.SMALL_POINTS)
    axes.set_xlim(first - END * distances.step, last + END * distances.step)
    text = f"Kilometres to the nearest zone (reference: beyond {distances.outermost:g} km)"
    axes.set_xlabel(text, labelpad=3)
    axes.set_ylabel("Effect on the outcome")


def _write_counts(
    axes: Axes, shown: Sequence[Column], distances: Distances, lines: Mapping[str, Counts]
) -> None:
    """Write rows and units below the axis, with the marker of the column where these differ."""
    looks = dict(zip((column.id for column in shown), marks.SERIES, strict=False))
    look = {"va": "center", "fontsize": sheet.SMALL_POINTS, "color": marks.GREY}
    depth = SCALE
    for key, counts in lines.items():
        for position, head in enumerate(("rows", shown[0].units[1])):
            y = -depth / HEIGHT
            axes.text(-0.05, y, head, transform=axes.transAxes, ha="right", **look)
            for term, place in distances.places.items():
                if term in counts:
                    text, across = f"{counts[term][position]:,.0f}", axes.get_xaxis_transform()
                    axes.text(place, y, text, transform=across, ha="center", **look)
            depth += COUNT_LINE
        if key:
            look_of = {"marker": looks[key].marker, "color": looks[key].colour, "markersize": 3.5}
            middle = -(depth - 1.5 * COUNT_LINE) / HEIGHT
            axes.plot(-0.03, middle, transform=axes.transAxes, clip_on=False, **look_of)


def _notes(shown: Sequence[Column], distances: Distances, lines: Mapping[str, Counts]) -> list[str]:
    (unit, units, _), lexicon = shown[0].units, shown[0].lexicon
    note = source.say("rings", lexicon, units=units, km=f"{distances.outermost:g}")
    if lines:
        note += source.say("rings_counts", lexicon, unit=unit, units=units)
    years = dict.fromkeys(
        reasons.cell(str(column.model["reference"]), column.lexicon) for column in shown
    )
    drawn = [row for column in shown for row in _rows(column, distances)]
    doubts = points.doubts(drawn, lexicon)
    told = [source.say("rings_years", lexicon, years=text) for text in years if text]
    return [note, *doubts, *told]


def _legend(shown: Sequence[Column]) -> list[Artist]:
    dimensions = estimates.varying(shown)
    return [
        marks.handle(column.described(dimensions), mark, markersize=4.2)
        for column, mark in zip(shown, marks.SERIES, strict=False)
    ]
