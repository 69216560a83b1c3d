"""What stands behind a figure: the columns of its exhibit, their files, and the lines below it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, Specification, labels
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.catalogue.spec import DIMENSIONS
from pilotzone.errors import UserError


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of an exhibit: its id, its literal, its model row and its estimate rows by term."""

    id: str
    literal: Specification
    model: dict[str, object]
    terms: dict[str, dict[str, object]]

    @property
    def identified(self) -> bool:
        """Say whether the design identifies the estimand."""
        return self.model["identified"] == "yes"


def columns(
    exhibit_id: str, exhibit: Exhibit, folder: Path, estimators: Sequence[str] = ()
) -> tuple[Column, ...]:
    """Return the columns in the order of the literal, those of the named estimators if any.

    Raises
    ------
    UserError
        If a file is missing or lacks a column of the exhibit.
    """
    path = folder / f"{exhibit_id}.models.csv"
    models = {row["column"]: row for row in estimates.read(path).to_dict("records")}
    terms: dict[str, dict[str, dict[str, object]]] = {}
    main = estimates.read(folder / f"{exhibit_id}.csv")
    if "term" in main.columns:
        for row in main.to_dict("records"):
            terms.setdefault(row["column"], {})[row["term"]] = row
    pairs = [
        (i, literal)
        for i, literal in zip(exhibit.column_ids(), exhibit.columns, strict=True)
        if not estimators or literal.estimator in estimators
    ]
    for column_id, _ in pairs:
        if column_id not in models:
            raise UserError(
                f"{path}: no column '{column_id}'; run `make {folder / exhibit_id}.csv`"
            )
    return tuple(Column(i, literal, models[i], terms.get(i, {})) for i, literal in pairs)


def chosen(
    exhibit_id: str, exhibit: Exhibit, folder: Path, estimators: tuple[str, ...] = ()
) -> list[Column]:
    """Return the columns that the choices of the figure leave.

    A choice names a dimension of the columns and one or more of its values, with blanks between.

    Raises
    ------
    UserError
        If a choice is no dimension or no column fits the choices.
    """
    asked = {name: text.split() for name, text in exhibit.figure.choices}
    unknown = sorted(set(asked) - set(DIMENSIONS))
    if unknown:
        raise UserError(
            f"{exhibit_id}: '{unknown[0]}' is no choice; known: {', '.join(DIMENSIONS)}"
        )
    found = [
        column
        for column in columns(exhibit_id, exhibit, folder, estimators)
        if all(getattr(column.literal, name) in names for name, names in asked.items())
    ]
    if not found:
        kind = f" with estimator {' or '.join(estimators)}" if estimators else ""
        told = "".join(f", {name} {' or '.join(names)}" for name, names in asked.items())
        raise UserError(f"{exhibit_id}: no column{kind}{told}")
    return found


def part(
    exhibit_id: str, folder: Path, name: str, drawn: Sequence[Column]
) -> dict[str, pd.DataFrame]:
    """Return the rows of ``<id>.<name>.csv`` for each column that is drawn.

    Raises
    ------
    UserError
        If the file has no rows of a column.
    """
    path = folder / f"{exhibit_id}.{name}.csv"
    frame = estimates.read(path) if drawn else pd.DataFrame({"column": []})
    blocks = dict(iter(frame.groupby("column", sort=False)))
    for column in drawn:
        if column.id not in blocks:
            raise UserError(f"{path}: no rows of column '{column.id}'")
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


def named(
    lookup: Callable[..., str], name: str, table: Mapping[str, tuple[str, str]] | None = None
) -> str:
    """Return a label, or the id with spaces where no label is declared."""
    try:
        return lookup(name) if table is None else lookup(name, "en", table)
    except UserError:
        return name.replace("_", " ")


def variable(name: str) -> str:
    """Return the label of a variable or term."""
    return named(labels.term, name)


WORDS = {
    "controls": labels.CONTROL_SETS,
    "sample": labels.SAMPLES,
    "weights": labels.WEIGHTS,
    "effects": labels.EFFECT_SETS,
    "estimator": labels.ESTIMATORS,
    "variant": labels.VARIANTS,
}


def value(literal: Specification, dimension: str) -> str:
    """Return the label of what a column has in a dimension."""
    name = getattr(literal, dimension)
    if dimension not in WORDS:
        return variable(name)
    text = named(labels.word, name, WORDS[dimension])
    named_with = ("controls", "sample")
    return f"{dimension}: {text[:1].lower()}{text[1:]}" if dimension in named_with else text


def varying(found: Sequence[Column]) -> list[str]:
    """Return the dimensions in which columns differ."""
    return [d for d in DIMENSIONS if len({getattr(c.literal, d) for c in found}) > 1]


def described(literal: Specification, dimensions: Sequence[str]) -> str:
    """Return what a column has in some dimensions, the last one first; no variant is not told."""
    told = [d for d in reversed(dimensions) if d != "variant" or literal.variant]
    return " · ".join(value(literal, d) for d in told)


def foot(found: Sequence[Column]) -> list[str]:
    """Return the lines below a figure: samples with their N, and what is not identified and why."""
    shown = identified(found)
    lines = [f"Sample: {'; '.join(_samples(shown))}."] if shown else []
    dimensions = varying(found)
    reasons: dict[str, list[str]] = {}
    for column in found:
        if not column.identified:
            text = described(column.literal, dimensions)
            reasons.setdefault(str(column.model["reason"]), []).append(text)
    return lines + [
        f"Not identified, not drawn: {'; '.join(which) or 'all'}. Reason: {reason}."
        for reason, which in reasons.items()
    ]


def _samples(shown: Sequence[Column]) -> list[str]:
    counts: dict[str, set[int]] = {}
    for column in shown:
        counts.setdefault(column.literal.sample, set()).add(int(column.model["nobs"]))
    texts = []
    for name, nobs in counts.items():
        short = f"{named(labels.word, name, labels.SAMPLES)}: " if len(counts) > 1 else ""
        size = " to ".join(f"{n:,}" for n in sorted({min(nobs), max(nobs)}))
        texts.append(f"{short}{SAMPLES[name].label}, N = {size}")
    return texts


def p_text(p: float) -> str:
    """Return a p-value in words, three decimals."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def number(value: float, decimals: int = 3) -> str:
    """Return a number with a minus sign instead of a hyphen."""
    return f"{value:.{decimals}f}".replace("-", "−")
