"""The pages and the list of conventions of a search."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.whose.blocks import CHOICES
from pilotzone.whose.matching import Convention, per_regression
from pilotzone.whose.misses import Miss, nearest
from pilotzone.whose.pages import Heading, Paragraph, Part, Table, as_html, as_markdown
from pilotzone.whose.power import Power, powers
from pilotzone.whose.search import Found, Question, silent
from pilotzone.whose.stars import verdicts

TITLE = "Whose table is this?"
MADE = ("cluster", "small_sample", "distribution", "parentheses", "r2")
NUMBERS = ("nobs", "estimate", "std_error", "p_value")
COLUMNS = ("column", *CHOICES, *MADE, *NUMBERS)
FILES = ("conventions.csv", "report.md", "report.html")
# Conventions that agree by chance below which a fit is hardly chance.
HARDLY = 0.05
# Values of a choice that are named in the report.
NAMED = 8
MEANING = (
    "A convention that fits shows that the printed numbers and this panel are consistent, not that "
    "the table was made that way. Where nothing fits, the table may rest on another vintage of the "
    "data, another sample, or a choice that was not among the candidates: a misfit is no "
    "accusation."
)


def frame(found: Sequence[Found]) -> pd.DataFrame:
    """Return the conventions that fit, sorted, a row each."""
    rows = [(one.column.number, *_cells(fit)) for one in found for fit in one.fits]
    made = pd.DataFrame(rows, columns=list(COLUMNS))
    return made.sort_values(list(COLUMNS), kind="stable", ignore_index=True)


def _cells(fit: Convention) -> tuple[object, ...]:
    numbers = (fit.nobs, fit.estimates[0], fit.std_errors[0], fit.p_values[0])
    return (*fit.choices, *(getattr(fit, name) for name in MADE), *numbers)


def write(
    asked: Question,
    found: Sequence[Found],
    names: Sequence[str],
    folder: Path,
    say: Callable[[str], None] = silent,
) -> None:
    """Write the list and the report; ``names`` of table, panel and configuration."""
    parts = list(_parts(asked, found, names, say))
    texts = (
        estimates.to_text(frame(found)),
        as_markdown(TITLE, parts),
        as_html(TITLE, parts),
    )
    for name, text in zip(FILES, texts, strict=True):
        estimates.replace_text(folder / name, text)


def _parts(
    asked: Question, found: Sequence[Found], names: Sequence[str], say: Callable[[str], None]
) -> Iterator[Part]:
    yield Paragraph(
        f"{names[0]}, column by column, against {names[1]} under the candidates of {names[2]}. "
        f"Every convention that gives all printed digits is a row of {FILES[0]}."
    )
    yield Paragraph(MEANING)
    yield from _samples(asked)
    chances = powers(asked, [one.column for one in found])
    for one, chance in zip(found, chances, strict=True):
        yield from _column(asked, one, chance)
        if one.fits:
            yield from _fits(one)
        else:
            yield from _misses(nearest(asked, one.column, say))


def _samples(asked: Question) -> Iterator[Part]:
    yield Heading("Samples")
    complete: dict[str, list[int]] = {name: [] for name in asked.candidates.samples}
    for sample in asked.candidates.rows():
        complete[sample.name].append(len(sample.rows))
    rows = [
        (name, str(int(kept.sum())), str(int((~kept).sum())), _span(complete[name]))
        for name, kept in asked.candidates.samples.items()
    ]
    header = ("sample", "rows", "left out by its conditions", "complete in a regression")
    yield Table(header, tuple(rows))
    for note in asked.candidates.table.notes:
        yield Paragraph(f"{note}.")
    yield Paragraph(
        "Rows in which a variable of a regression is empty, or has no value so many periods "
        "before, are left out of that regression; nobs counts what is left, with singletons or "
        "without."
    )


def _span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _column(asked: Question, found: Found, chance: Power) -> Iterator[Part]:
    column = found.column
    yield Heading(f"Column {column.number}")
    yield Paragraph(_told(asked, found))
    yield Table(
        ("step", "regressions"),
        (
            ("tried", str(found.passed.all)),
            ("with the printed N" if column.n else "N is not printed", str(found.passed.rows)),
            ("of these identified", str(found.passed.identified)),
            ("with the printed estimate and terms", str(found.passed.estimate)),
            ("with every printed digit", str(len({_regression(fit) for fit in found.fits}))),
        ),
    )
    yield Paragraph(_power(chance))


def _told(asked: Question, found: Found) -> str:
    each = per_regression(found.column, len(asked.config.errors))
    tried = found.passed.all * each
    fit = len(found.fits)
    said = f"{_number(tried)} conventions were tried, {_number(fit) if fit else 'none'} fit"
    said += f"{'s' if fit == 1 else ''} all {found.column.cells} printed numbers."
    if found.jointly:
        said += (
            f" By itself the column fits {_number(len(found.alone))}; kept are those whose sample, "
            f"small-sample rule, distribution, reading and R² fit all {found.beside} columns with "
            "this N as well."
        )
    elif found.fits and found.beside > 1:
        said += (
            f" No sample and rules fit all {found.beside} columns with this N together; listed is "
            "what fits this one by itself."
        )
    return said


def _power(found: Power) -> str:
    said = f"{found.expected:.2g}"
    return (
        f"Power: a random column with these digits would agree with {said} of the conventions on "
        f"average (its {found.numbers} independent numbers drawn one by one, with the spread that "
        "they have over the lattice). "
        + (
            "A fit is hardly chance."
            if found.expected < HARDLY
            else "A fit may be chance: little is printed, or much was tried."
        )
    )


def _fits(found: Found) -> Iterator[Part]:
    table = frame([found]).astype(str)
    alike, others = [], []
    for name in (*CHOICES, *MADE, "nobs"):
        counts = Counter(table[name])
        if len(counts) == 1:
            alike.append((name, _shown(next(iter(counts)))))
        else:
            others.append((name, _values(counts)))
    yield Paragraph("All conventions that fit share:")
    yield Table(("choice", "value"), tuple(alike))
    if others:
        yield Paragraph("They differ in, with the number of conventions:")
        yield Table(("choice", "values"), tuple(others))
    stars = verdicts(found.column, found.fits)
    if stars:
        yield Paragraph("The printed stars, by their levels, stand under:")
        yield Table(
            ("term", "stars", "levels", "stand under", "stars by convention"),
            tuple(
                (one.term, one.stars or "none", one.scheme, one.under, _stars(one.given))
                for one in stars
            ),
        )


def _stars(given: Sequence[int]) -> str:
    return ", ".join("*" * number or "none" for number in given)


def _misses(found: Sequence[Miss]) -> Iterator[Part]:
    if not found:
        yield Paragraph("No candidate holds the printed terms and is identified.")
        return
    yield Paragraph("The nearest misses, and the digits that differ:")
    rows = []
    for miss in found:
        regression = dict(zip(CHOICES, miss.convention.choices, strict=True))
        told = ", ".join(f"{name} {_shown(value)}" for name, value in regression.items())
        made = ", ".join(f"{name} {getattr(miss.convention, name)}" for name in MADE)
        differ = "; ".join(
            f"{one.term} {one.cell}: {one.printed} printed, {one.given} here"
            for one in miss.differences
        )
        rows.append((differ, f"{told}, {made}"))
    yield Table(("differs", "convention"), tuple(rows))


def _values(counts: Counter[str]) -> str:
    """Return values with their numbers, most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    said = ", ".join(f"{_shown(value)} ({_number(n)})" for value, n in ordered[:NAMED])
    return said + (f" and {len(ordered) - NAMED} more" if len(ordered) > NAMED else "")


def _shown(value: str) -> str:
    return value or "no controls"


def _regression(fit: Convention) -> tuple[object, ...]:
    return (*fit.choices, fit.nobs)


def _number(value: int) -> str:
    return f"{value:,}"
