"""The estimate of every policy in every coding by every rule of timing, one mark an estimator."""

from collections.abc import Sequence

from pilotzone.errors import UserError
from pilotzone.plots import marks, points, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

# The mean over all treated cells, where an estimator has no coefficient of the treatment.
SIMPLE = "overall:simple"
LINE_INCHES, STEP = 0.26, 0.2
USUAL = "two_way"


def draw(picture: Picture) -> Figure:
    """Return a line for every treatment with the estimate and interval of each estimator.

    What is not identified has no point; the table says why.

    Raises
    ------
    UserError
        If no column is identified.
    """
    found = [
        column
        for column in source.identified(picture.columns())
        if {column.literal.treatment, SIMPLE} & column.terms.keys()
    ]
    if not found:
        raise UserError(f"{picture.exhibit_id}: no column is identified, there is nothing to draw")
    treatments = list(dict.fromkeys(column.literal.treatment for column in found))
    looks = dict(zip(dict.fromkeys(map(_design, found)), marks.SERIES, strict=False))
    layout = sheet.Layout(width=2.8, height=0.2 + LINE_INCHES * len(treatments), left=2.9)
    shown = [term(column) for column in found]
    figure, axes = sheet.sheet(
        picture.title,
        [sheet.Cell("all", row="", column=picture.variable(found[0].literal.outcome))],
        layout,
        x_label="Estimate with 95 % interval",
        notes=[*points.doubts(shown, picture.lexicon), *source.foot(found)],
        legend=[
            marks.handle(_name(design, picture), mark, linestyle="", markersize=4)
            for design, mark in looks.items()
        ],
    )
    for number, (design, mark) in enumerate(looks.items()):
        own = [column for column in found if _design(column) == design]
        shift = (number - (len(looks) - 1) / 2) * STEP
        places = [treatments.index(column.literal.treatment) + shift for column in own]
        rows = list(map(term, own))
        points.draw(axes["all"], places, rows, mark, size=3, across=True, elinewidth=0.8)
    _lines(axes["all"], [picture.variable(name) for name in treatments])
    return figure


def term(column: Column) -> points.Row:
    """Return the row of a column that is drawn: its treatment, or the mean over treated cells."""
    return column.terms.get(column.literal.treatment) or column.terms[SIMPLE]


def _design(column: Column) -> tuple[str, str]:
    return column.literal.estimator, column.literal.effects


def _name(design: tuple[str, str], picture: Picture) -> str:
    """Return what an estimator is called; effects beside units and years are told."""
    estimator, effects = design
    name, lexicon = picture.lexicon.estimator(estimator), picture.lexicon
    return name if effects == USUAL else f"{name}, {lexicon.effects(effects).lower()}"


def _lines(axes: Axes, labels: Sequence[str]) -> None:
    axes.axvline(0, **marks.ZERO)
    axes.set_yticks(range(len(labels)), labels, fontsize=sheet.SMALL_POINTS)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=marks.LIGHT, linewidth=0.4)
    axes.set_axisbelow(True)
