"""What stands behind a figure: an exhibit, its columns, their files, and the lines below it."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, Sample, Specification, phrasebook, reasons
from pilotzone.catalogue.spec import DIMENSIONS, LAST
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

    from pilotzone.plots.page import Page as Figure
else:
    # Matplotlib is loaded only where something is drawn; these stand in annotations alone.
    Artist = Axes = Figure = ScalarMappable = object


@dataclasses.dataclass(frozen=True)
class Column(estimates.Column):
    """A column with its words."""

    lexicon: Lexicon

    @property
    def units(self) -> tuple[str, str, str]:
        """The words for a unit, for several and for their count."""
        return self.lexicon.units(self.literal.rows.panel)

    def value(self, dimension: str) -> str:
        """Return the label of what the column has in a dimension."""
        return value(self.literal, dimension, self.lexicon)

    def described(self, dimensions: Sequence[str]) -> str:
        """Return what it has in some dimensions, the last one first; no variant is not told."""
        told = [d for d in reversed(dimensions) if d != "variant" or self.literal.variant]
        return " · ".join(map(self.value, told))


@dataclasses.dataclass(frozen=True)
class Picture:
    """What a figure is drawn from: an exhibit, the folder of its estimates files, the words."""

    exhibit_id: str
    exhibit: Exhibit
    folder: Path
    lexicon: Lexicon

    @property
    def title(self) -> str:
        """The title of the figure."""
        return self.exhibit.figure.title

    def path(self, part: str = "") -> Path:
        """Return the main file of the exhibit, or one of its parts."""
        return self.folder / f"{self.exhibit_id}{'.' if part else ''}{part}.csv"

    def read(self, part: str = "") -> pd.DataFrame:
        """Return the main file of the exhibit, or one of its parts."""
        return estimates.read(self.path(part))

    def choices(self, *names: str) -> list[str]:
        """Return choices of the figure that it must make.

        Raises
        ------
        UserError
            If it lacks one.
        """
        made = dict(self.exhibit.figure.choices)
        missing = sorted(set(names) - set(made))
        if missing:
            lacking = " and ".join(missing)
            raise UserError(f"{self.exhibit_id}: the figure lacks the choice {lacking}")
        return [made[name] for name in names]

    def variable(self, name: str) -> str:
        """Return the label of a variable or term."""
        return named(self.lexicon.term, name)

    def columns(self, estimators: Sequence[str] = ()) -> tuple[Column, ...]:
        """Return the columns in the order of the literal, those of the named estimators if any.

        Raises
        ------
        UserError
            If a file is missing or is that of other columns.
        """
        main = estimates.read_cautioned(self.folder, self.exhibit_id, self.exhibit)
        files = main, self.read("models")
        return tuple(
            Column(**vars(column), lexicon=self.lexicon)
            for column in estimates.columns_of(self.exhibit_id, self.exhibit, *files)
            if not estimators or column.literal.estimator in estimators
        )

    def chosen(self, estimators: tuple[str, ...] = ()) -> list[Column]:
        """Return the columns that the choices of the figure leave.

        A choice names a dimension of the columns and one or more of its values, with blanks
        between.

        Raises
        ------
        UserError
            If a choice is no dimension or no column fits the choices.
        """
        known = (*DIMENSIONS, LAST)
        asked = {name: text.split() for name, text in self.exhibit.figure.choices}
        unknown = sorted(set(asked) - set(known))
        if unknown:
            raise UserError(
                f"{self.exhibit_id}: '{unknown[0]}' is no choice; known: {', '.join(known)}"
            )
        found = [
            column
            for column in self.columns(estimators)
            if all(column.literal.dimension(name) in names for name, names in asked.items())
        ]
        if not found:
            kind = f" with estimator {' or '.join(estimators)}" if estimators else ""
            told = "".join(f", {name} {' or '.join(names)}" for name, names in asked.items())
            raise UserError(f"{self.exhibit_id}: no column{kind}{told}")
        return found

    def part(
        self, name: str, drawn: Sequence[Column], *, gaps: bool = False
    ) -> dict[str, pd.DataFrame]:
        """Return the rows of ``<id>.<name>.csv`` for each column that is drawn.

        With ``gaps`` a column may have none.

        Raises
        ------
        UserError
            If the file has no rows of a column.
        """
        frame = self.read(name) if drawn else pd.DataFrame({"column": []})
        blocks = dict(iter(frame.groupby("column", sort=False)))
        for column in drawn:
            if column.id not in blocks and not gaps:
                raise UserError(f"{self.path(name)}: no rows of column '{column.id}'")
            blocks.setdefault(column.id, frame.iloc[:0])
        return {column.id: blocks[column.id] for column in drawn}


def identified(found: Sequence[Column]) -> tuple[Column, ...]:
    """Return the columns that can be drawn."""
    return tuple(column for column in found if column.identified)


def events(column: Column) -> dict[int, dict[str, object]]:
    """Return the estimate rows of a column by years since treatment, sorted."""
    prefix = "event:"
    found = {
        int(term.removeprefix(prefix)): row
        for term, row in column.terms.items()
        if term.startswith(prefix)
    }
    return dict(sorted(found.items()))


def named(lookup: Callable[[str], str], name: str) -> str:
    """Return a label, or the id with spaces where no label is declared."""
    try:
        return lookup(name)
    except UserError:
        return name.replace("_", " ")


def value(literal: Specification, dimension: str, lexicon: Lexicon) -> str:
    """Return the label of what a column has in a dimension."""
    has = literal.dimension(dimension)
    if dimension in ("outcome", "treatment"):
        return named(lexicon.term, has)
    text = named(lambda _: lexicon.dimension(literal, dimension), has)
    if dimension == "controls" and not isinstance(literal.controls, str):
        return f"{_named_with(dimension, lexicon)}{text}"
    if dimension not in ("controls", "sample"):
        return text
    return f"{_named_with(dimension, lexicon)}{text[:1].lower()}{text[1:]}"


def _named_with(dimension: str, lexicon: Lexicon) -> str:
    """Return the name of a dimension before its value."""
    return f"{lexicon.word(dimension).lower()}{lexicon.mark('colon')}"


def say(name: str, lexicon: Lexicon, /, **parts: object) -> str:
    """Return a sentence of a caption with its parts filled in."""
    return lexicon.say(name, phrasebook.FIGURE_NOTES, **parts)


def foot(found: Sequence[Column]) -> list[str]:
    """Return the lines below a figure: samples with their N, and what is not identified and why."""
    shown = identified(found)
    if not found:
        return []
    lexicon = found[0].lexicon
    and_then = lexicon.mark("semicolon")
    samples = and_then.join(_samples(shown)) if shown else ""
    lines = [say("sample", lexicon, samples=samples)] if shown else []
    dimensions = estimates.varying(found)
    why: dict[str, list[str]] = {}
    for column in found:
        if not column.identified:
            reason = reasons.cell(str(column.model["reason"]), column.lexicon)
            why.setdefault(reason, []).append(column.described(dimensions))
    return lines + [
        say("not_drawn", lexicon, which=and_then.join(which) or say("all", lexicon), reason=reason)
        for reason, which in why.items()
    ]


def _samples(shown: Sequence[Column]) -> list[str]:
    counts: dict[Sample, set[int]] = {}
    for column in shown:
        counts.setdefault(column.literal.rows, set()).add(int(column.model["nobs"]))
    lexicon, texts = shown[0].lexicon, []
    for sample, nobs in counts.items():
        size = between(lexicon, min(nobs), max(nobs), ",")
        told = {"sample": lexicon.sample_label(sample), "size": size}
        if len(counts) > 1:
            texts.append(say("size_of", lexicon, short=lexicon.sample(sample), **told))
        else:
            texts.append(say("size", lexicon, **told))
    return texts


def between(lexicon: Lexicon, low: float, high: float, form: str) -> str:
    """Return two numbers as the ends of a range, a single one if they are the same."""
    if low == high:
        return format(low, form)
    return say("range", lexicon, low=format(low, form), high=format(high, form))


def p_text(p: float) -> str:
    """Return a p-value in words, three decimals."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def number(value: float, decimals: int = 3) -> str:
    """Return a number with a minus sign instead of a hyphen."""
    return f"{value:.{decimals}f}".replace("-", "−")
