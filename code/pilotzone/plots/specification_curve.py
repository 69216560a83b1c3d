"""All combinations of choices: t statistics in order, and below them who made which choice."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.treatments import coding_and_timing
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.plots import marks, sheet, source
from pilotzone.plots.source import Axes, Column, Figure, Picture

SIGNIFICANT = 0.05
# Dark where significant. In grey the sign is read from the side of the line at zero.
# In grey too a light one is not the other.
KINDS = (
    ("positive, p < 0.05", marks.BLUE),
    ("positive, p ≥ 0.05", "#7FB5DC"),
    ("negative, p ≥ 0.05", "#FAE3D0"),
    ("negative, p < 0.05", marks.VERMILION),
)
HEADS = {
    "coding": "Coding of the treatment",
    "timing": "Timing",
    "outcome": "Index",
    "sample": "Sample",
    "controls": "Controls",
    "weights": "Weights",
    "effects": "Effects",
    "estimator": "Model",
    "variant": "Variant",
}
LEFT, RIGHT = 2.75, 1.35
WIDTH = sheet.FULL - LEFT - RIGHT
CURVE, ROW, BETWEEN = 1.8, 0.15, 0.19
BEFORE_ROWS = 0.85
SHARES = ("%\nt > 0", "%\nt > 0,\np < .05", "%\nt < 0,\np < .05")


def draw(picture: Picture) -> Figure:
    """Return the t statistics of an exhibit's columns in order, above a row for every choice.

    Choices of the figure leave some of the columns. Outcomes have scales of their own, so the
    coefficients themselves cannot share an axis.

    Raises
    ------
    UserError
        If no column is identified.
    """
    from matplotlib.patches import Patch

    from pilotzone.plots.page import Page

    found = picture.chosen()
    table = curve(found)
    if table.empty:
        raise UserError(
            f"{picture.exhibit_id}: no column is identified, there is nothing to put in order"
        )
    blocks = choices(table)
    n_rows = sum(len(names) for names in blocks.values())
    matrix = n_rows * ROW + len(blocks) * BETWEEN
    legend, foot, width = (
        [Patch(color=c, label=text) for text, c in KINDS],
        sheet.MARGIN,
        sheet.FULL,
    )
    above = sheet.legend_inches(legend, width) + 2 * sheet.MARGIN
    height = above + CURVE + BEFORE_ROWS + matrix + foot
    figure = Page(
        width, height, picture.title, [*_notes(table, picture.lexicon), *source.foot(found)]
    )
    sheet.write_legend(figure, legend)
    bottom = foot + matrix + BEFORE_ROWS
    box = (LEFT / width, bottom / height, WIDTH / width, CURVE / height)
    _curve(figure.add_axes(box), table)
    words = {name: _words(name, values, found) for name, values in blocks.items()}
    _rows(figure, table, words, foot + matrix)
    return figure


def curve(found: Sequence[Column]) -> pd.DataFrame:
    """Return one row per identified column, in order of t: t, p, df and the choices made.

    Columns: ``t, p, df, kind`` (position in ``KINDS``) and one per dimension of ``HEADS``.
    """
    rows = []
    for column in source.identified(found):
        literal = column.literal
        term = column.terms[literal.treatment]
        row = {"t": term["estimate"] / term["std_error"], "p": term["p_value"], "df": term["df"]}
        row |= {name: literal.dimension(name) for name in HEADS if hasattr(literal, name)}
        row["coding"], row["timing"] = coding_and_timing(literal.treatment)
        rows.append(row)
    table = pd.DataFrame(rows, columns=["t", "p", "df", *HEADS])
    table = table.sort_values("t", kind="stable").reset_index(drop=True)
    significant = (table["p"] < SIGNIFICANT).to_numpy()
    positive = (table["t"] > 0).to_numpy()
    kind = np.where(positive, np.where(significant, 0, 1), np.where(significant, 3, 2))
    return table.assign(kind=kind)


def choices(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the values of each dimension that varies, by the share of positive coefficients."""
    blocks = {}
    for name in HEADS:
        share = (table["t"] > 0).groupby(table[name], sort=False).mean()
        if len(share) > 1:
            blocks[name] = list(share.sort_values(ascending=False, kind="stable").index)
    return blocks


def shares(table: pd.DataFrame) -> tuple[float, float, float]:
    """Return the shares of positive, significantly positive and significantly negative columns."""
    kind = table["kind"]
    return float((kind <= 1).mean()), float((kind == 0).mean()), float((kind == 3).mean())


def critical(table: pd.DataFrame) -> dict[str, float]:
    """Return the two-sided critical value of t by degrees of freedom."""
    return {
        df: estimates.tail_probability(np.zeros(1), "t", float(df))[1]
        for df in sorted(set(table["df"]), key=float)
    }


def _curve(axes: Axes, table: pd.DataFrame) -> None:
    edges = np.arange(len(table) + 1) - 0.5
    for number, (label, colour) in enumerate(KINDS):
        own = (table["kind"] == number).to_numpy()
        heights = np.where(own, table["t"], np.nan)
        axes.stairs(np.nan_to_num(heights), edges, fill=True, color=colour, label=label, lw=0)
    axes.axhline(0, **marks.ZERO)
    for bound in critical(table).values():
        for sign in (-1, 1):
            axes.axhline(sign * bound, **{**marks.GUIDE, "linewidth": 0.6})
    axes.set_xlim(-0.5, len(table) - 0.5)
    axes.set_ylabel("t statistic")
    axes.set_xlabel("Combinations in order of t", labelpad=1)
    sheet.plain(axes)


def _rows(
    figure: Figure, table: pd.DataFrame, words: dict[str, dict[str, str]], top: float
) -> None:
    """Draw a block of rows for every dimension, with the shares of each row at the right."""
    _line(figure, top + 0.28, "", SHARES)
    _line(figure, top - 0.02, "All combinations", shares(table))
    y = top
    for name, texts in words.items():
        y -= BETWEEN
        _write(figure, sheet.MARGIN, y + 0.06, HEADS[name], ha="left", weight="bold")
        for number, (value, text) in enumerate(texts.items()):
            own = table[table[name] == value]
            _line(figure, y - (number + 0.5) * ROW, text, shares(own))
        y -= len(texts) * ROW
        _stripes(figure, y, stripes(table, name, list(texts)), int((table["t"] <= 0).sum()))


def stripes(table: pd.DataFrame, name: str, values: Sequence[str]) -> np.ndarray:
    """Return colours (choices, combinations, 3): white where a combination chose otherwise."""
    from matplotlib.colors import to_rgb

    colours = np.array([to_rgb(colour) for _, colour in KINDS])[table["kind"]]
    chosen = table[name].to_numpy() == np.array(values, dtype=object)[:, None]
    return np.where(chosen[:, :, None], colours, 1.0)


def _stripes(figure: Figure, bottom: float, image: np.ndarray, n_negative: int) -> None:
    width, height = figure.get_size_inches()
    box = (LEFT / width, bottom / height, WIDTH / width, len(image) * ROW / height)
    axes = figure.add_axes(box, xticks=[], yticks=[])
    axes.imshow(image, aspect="auto", interpolation="antialiased")
    borders = np.arange(len(image) - 1) + 0.5
    axes.hlines(borders, -0.5, image.shape[1] - 0.5, "0.6", linewidth=0.4)
    axes.axvline(n_negative - 0.5, color=marks.BLACK, linewidth=0.6)
    axes.spines[:].set_linewidth(0.4)


def _line(figure: Figure, y: float, text: str, values: Sequence[str | float]) -> None:
    """Write what stands left and right of a row: its name and its shares."""
    _write(figure, LEFT - 0.06, y, text, ha="right")
    for part, value in zip((0.3, 0.62, 0.94), values, strict=True):
        shown = value if isinstance(value, str) else f"{100 * value:.0f}"
        _write(figure, LEFT + WIDTH + part * RIGHT, y, shown, ha="right")


def _write(figure: Figure, x: float, y: float, text: str, **look: str) -> None:
    width, height = figure.get_size_inches()
    figure.text(x / width, y / height, text, va="center", fontsize=sheet.SMALL_POINTS, **look)


def _words(name: str, values: Sequence[str], found: Sequence[Column]) -> dict[str, str]:
    """Return the label of each value of a dimension; indices without what all begin with."""
    lexicon = found[0].lexicon
    lookups = {"coding": lexicon.variable, "timing": lexicon.timing}
    if name in lookups:
        return {value: source.named(lookups[name], value) for value in values}
    column_of = {column.literal.dimension(name): column.literal for column in found}
    texts = {
        value: source.named(lambda _, v=value: lexicon.dimension(column_of[v], name), value)
        for value in values
    }
    if name != "outcome":
        return texts
    stem = min(values, key=len)
    return {
        value: text if value == stem else text.removeprefix(texts[stem]).strip(" ,")
        for value, text in texts.items()
    }


# So many critical values are named one by one.
FEW_BOUNDS = 3


def _notes(table: pd.DataFrame, lexicon: Lexicon) -> list[str]:
    each = [
        source.say("critical", lexicon, value=f"{value:.3f}", df=df)
        for df, value in critical(table).items()
    ]
    bounds = (
        lexicon.mark("semicolon").join(each)
        if len(each) <= FEW_BOUNDS
        else source.say("range", lexicon, low=each[0], high=each[-1])
    )
    return [source.say("combinations", lexicon, n=f"{len(table):,}", bounds=bounds)]
