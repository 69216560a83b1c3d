"""What stands below the lines of projections and of systems: rows, simulations, instruments."""

from collections.abc import Callable, Iterator

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.phrasebook import FEEDBACK
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Panel, Row, single
from pilotzone.tables.style import Style, count

COUNTED = ("nobs", "n_units", "first_year", "last_year", "bandwidth")
HORIZONS = COUNTED
SMALL_SAMPLE = ("truth", "bias", "sd", "mean_error", "coverage")
INSTRUMENTS = ("coefficient", "std_error", "p_value")
# Columns of the table above; a panel with fewer leaves the last ones empty.
WIDTH = 5


def _blocks(table: pd.DataFrame, exhibit: Exhibit) -> Iterator[tuple[Specification, pd.DataFrame]]:
    """Yield the rows of each column in the order of the literal, equal ones once."""
    seen = []
    for column, literal in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        rows = table[table["column"] == column].drop(columns=["exhibit", "column"])
        rows = rows.reset_index(drop=True)
        if len(rows) and not any(rows.equals(other) for other in seen):
            seen.append(rows)
            yield literal, rows


def _panel(
    rows: pd.DataFrame, key: str, fields: tuple[str, ...], title: str, style: Style
) -> Panel:
    lexicon = style.lexicon

    blank = [""] * (WIDTH - len(fields))

    def text(field: str, value: object) -> str:
        return count(value) if field in COUNTED else style.number(value)

    def name(value: object) -> str:
        return lexicon.term(f"{key}:{value:g}" if key == "horizon" else str(value))

    lines = [
        Row(name(row[key]), (*(text(f, row[f]) for f in fields), *blank), term=f"{key}:{row[key]}")
        for row in rows.to_dict("records")
    ]
    heads = [*(lexicon.word(field, FEEDBACK) for field in fields), *blank]
    return Panel(tuple(lines), title, (single("", heads),))


def _title(part: str, texts: list[str], lexicon: Lexicon) -> str:
    word = lexicon.word(part, FEEDBACK)
    if not texts:
        return word
    return word + lexicon.mark("colon") + lexicon.mark("comma").join(texts)


def horizon_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return the rows behind each horizon, once where columns agree."""
    title = _title("horizons", [], style.lexicon)
    return tuple(
        _panel(rows, "horizon", HORIZONS, title, style) for _, rows in _blocks(table, exhibit)
    )


def small_sample_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return bias and coverage by horizon, a panel for each direction and kind of error."""
    panels = []
    for literal, rows in _blocks(table, exhibit):
        words = [
            style.lexicon.estimator(literal.estimator),
            *([style.lexicon.variant_name(literal.variant)] if literal.variant else []),
            style.lexicon.variable(literal.outcome),
        ]
        title = _title("small_sample", words, style.lexicon)
        panels.append(_panel(rows, "horizon", SMALL_SAMPLE, title, style))
    return tuple(panels)


def instrument_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return the variables left out of each equation, a panel for each equation and choice."""
    panels = []
    for literal, rows in _blocks(table, exhibit):
        texts = [style.lexicon.variant_name(literal.variant)] if literal.variant else []
        # The first stage is that of the other variable, which stands in this equation.
        (outcome,) = rows["excluded_from"].unique()
        word = style.lexicon.word("excluded_from", FEEDBACK)
        texts.append(word.format(style.lexicon.variable(outcome)))
        title = _title("instruments", texts, style.lexicon)
        panels.append(_panel(rows, "instrument", INSTRUMENTS, title, style))
    return tuple(panels)


PARTS: dict[str, Callable[[pd.DataFrame, Exhibit, Style], tuple[Panel, ...]]] = {
    "horizons": horizon_panels,
    "small_sample": small_sample_panels,
    "instruments": instrument_panels,
}
