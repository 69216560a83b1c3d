"""What stands below the lines of projections and of systems: rows, simulations, instruments."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.phrasebook import FEEDBACK
from pilotzone.catalogue.words import Lexicon
from pilotzone.estimates import records
from pilotzone.tables.grid import HEAD, Panel, Row, single
from pilotzone.tables.style import Style, count

COUNTED = ("nobs", "n_units", "first_year", "last_year", "bandwidth")
HORIZONS = COUNTED
SMALL_SAMPLE = ("truth", "bias", "sd", "mean_error", "coverage")
INSTRUMENTS = ("coefficient", "std_error", "p_value")
# Columns of the table above; a panel with fewer leaves the last ones empty.
WIDTH = 5
Lines = Sequence[Mapping[str, object]]


def _blocks(table: pd.DataFrame, exhibit: Exhibit) -> Iterator[tuple[Specification, Lines]]:
    """Yield the rows of each column in the order of the literal, equal ones once."""
    of_column: dict[str, list[dict]] = {}
    for row in records(table.drop(columns="exhibit")):
        of_column.setdefault(row.pop("column"), []).append(row)
    seen = {"[]"}
    for column, literal in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        rows = of_column.get(column, [])
        # As texts: a missing number is not even itself.
        if repr(rows) not in seen:
            seen.add(repr(rows))
            yield literal, rows


def _panel(
    blocks: Sequence[tuple[str, Lines]],
    key: str,
    fields: tuple[str, ...],
    title: str,
    style: Style,
) -> Panel:
    """Return a panel with the lines of each block, under its name where there are several."""
    blank = [""] * (WIDTH - len(fields))
    lines = []
    for name, rows in blocks:
        if len(blocks) > 1:
            lines.append(Row(name, ("",) * WIDTH, HEAD))
        lines += _lines(rows, key, fields, style)
    heads = [*(style.lexicon.word(field, FEEDBACK) for field in fields), *blank]
    return Panel(tuple(lines), title, (single("", heads),))


def _lines(rows: Lines, key: str, fields: tuple[str, ...], style: Style) -> list[Row]:
    lexicon = style.lexicon
    blank = [""] * (WIDTH - len(fields))

    def text(field: str, value: object) -> str:
        return count(value) if field in COUNTED else style.number(value)

    def name(value: object) -> str:
        return lexicon.term(f"{key}:{value:g}" if key == "horizon" else str(value))

    return [
        Row(name(row[key]), (*(text(f, row[f]) for f in fields), *blank), term=f"{key}:{row[key]}")
        for row in rows
    ]


def _title(part: str, texts: list[str], lexicon: Lexicon) -> str:
    word = lexicon.word(part, FEEDBACK)
    if not texts:
        return word
    return word + lexicon.mark("colon") + lexicon.mark("comma").join(texts)


def horizon_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return the rows behind each horizon, once where columns agree, else under their sample."""
    title = _title("horizons", [], style.lexicon)
    blocks = [(style.lexicon.sample(one.rows), rows) for one, rows in _blocks(table, exhibit)]
    return (_panel(blocks, "horizon", HORIZONS, title, style),) if blocks else ()


def small_sample_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return bias and coverage by horizon, a panel for each outcome and kind of error.

    Several treatments of an outcome stand one below the other.
    """
    lexicon = style.lexicon
    panels: dict[str, list[tuple[str, Lines]]] = {}
    for literal, rows in _blocks(table, exhibit):
        words = [
            lexicon.estimator(literal.estimator),
            *([lexicon.variant_name(literal.variant)] if literal.variant else []),
            lexicon.variable(literal.outcome),
        ]
        title = _title("small_sample", words, lexicon)
        panels.setdefault(title, []).append((lexicon.variable(literal.treatment), rows))
    return tuple(
        _panel(blocks, "horizon", SMALL_SAMPLE, title, style) for title, blocks in panels.items()
    )


def instrument_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return the variables left out of each equation, a panel for each equation and choice."""
    panels = []
    for literal, rows in _blocks(table, exhibit):
        texts = [style.lexicon.variant_name(literal.variant)] if literal.variant else []
        # The first stage is that of the other variable, which stands in this equation.
        (outcome,) = {row["excluded_from"] for row in rows}
        word = style.lexicon.word("excluded_from", FEEDBACK)
        texts.append(word.format(style.lexicon.variable(outcome)))
        title = _title("instruments", texts, style.lexicon)
        panels.append(_panel([("", rows)], "instrument", INSTRUMENTS, title, style))
    return tuple(panels)


PARTS: dict[str, Callable[[pd.DataFrame, Exhibit, Style], tuple[Panel, ...]]] = {
    "horizons": horizon_panels,
    "small_sample": small_sample_panels,
    "instruments": instrument_panels,
}
