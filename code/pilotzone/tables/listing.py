"""Tables with a line for each regression column, and summaries of very many of them."""

import dataclasses
import functools
import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import Exhibit, Specification, phrasebook
from pilotzone.catalogue.phrasebook import SIMULATION, TRUTHS
from pilotzone.catalogue.spec import DIMENSIONS, LAST
from pilotzone.estimates import Column, columns_of, records, varying
from pilotzone.tables.cautions import withheld
from pilotzone.tables.finish import finished
from pilotzone.tables.grid import HEAD, Body, Grid, Panel, Row, natural, single
from pilotzone.tables.listing_notes import listing_notes
from pilotzone.tables.regression import PANELS, SPATIAL_PARAMETERS, fitted, panel_of
from pilotzone.tables.sentences import say
from pilotzone.tables.style import DASH, Style, count

# Terms that a line per column leaves to the estimates file and the figure.
LEFT_OUT = ("att", "event", "cohort", "calendar", "weight")
FIELDS = ("estimate", "error", "p_value", "interval", "observations")
# What an audit measured, beside columns that differ in their inference.
MEASURED = ("size", "coverage")
# A dimension at its usual value says nothing beside one that is not.
USUAL = {
    "weights": ("none",),
    "sample": ("main", "city", "firm"),
    "effects": ("two_way",),
    "estimator": ("twfe",),
    "variant": ("none",),
}
SIGNIFICANT = 0.05
# Pieces of a term's name: the statistic of a test, and how often its rule rejects under the null.
TEST, OF_TEST = "test", "size"


def listing_grid(
    exhibit_id: str,
    exhibit: Exhibit,
    estimates: pd.DataFrame,
    models: pd.DataFrame,
    style: Style,
) -> Grid:
    """Return one line per column and term, in panels by outcome and treatment.

    A column that is not identified has a dash and its reason in a note.
    """
    table = columns_of(exhibit_id, exhibit, estimates, models)
    measured = MEASURED if _compares_inference(table) else ()
    names = _names(table, style)
    by_treatment = "treatment" in varying(table)
    panels: dict[str, list[Row]] = {}
    blocks = _blocks(table, style)
    for column, name in zip(table, names, strict=True):
        title = _panel_title(column, by_treatment, style)
        made = _lines(column, name, blocks[title], style)
        lines = [_beside(row, column, measured, style) for row in made]
        panels.setdefault(title, []).extend(lines)
    first = "statistic" if _tests_alone(table) else FIELDS[0]
    heads = [style.lexicon.word(field) for field in (first, *FIELDS[1:], *measured)]
    said = [say("measured", style.lexicon)] if measured else []
    body = Body(
        (single("", heads),),
        tuple(Panel(tuple(rows), title) for title, rows in panels.items()),
        notes=(*_notes(exhibit_id, exhibit, table, names, style), *said),
    )
    return finished(exhibit_id, exhibit, body, style)


def _compares_inference(table: tuple[Column, ...]) -> bool:
    """Say whether columns differ in their inference and some of it has been measured."""
    rows = [row for column in table for row in column.terms.values()]
    audited = any(not math.isnan(row.get(name, math.nan)) for row in rows for name in MEASURED)
    return audited and len({column.literal.inference.id for column in table}) > 1


def _tests_alone(table: Sequence[Column]) -> bool:
    """Say whether all that is printed are statistics of tests, and what is known of them."""
    kinds = {row["term"].partition(":")[0] for column in table for row in _shown(column)}
    return TEST in kinds and kinds <= {TEST, OF_TEST}


def _beside(row: Row, column: Column, measured: Sequence[str], style: Style) -> Row:
    """Return a line with what was measured of its inference behind it."""
    there = column.terms.get(row.term, {}) if any(row.cells[:1]) else {}
    cells = (style.number(there.get(name, math.nan)) for name in measured)
    return dataclasses.replace(row, cells=(*row.cells, *cells))


def _notes(
    exhibit_id: str,
    exhibit: Exhibit,
    table: tuple[Column, ...],
    names: Sequence[str],
    style: Style,
) -> tuple[str, ...]:
    # A summary prints no term of a column, so that there is no star to explain.
    listed = exhibit.layout == "list"
    shown = [[row["term"] for row in _shown(column)] if listed else [] for column in table]
    return listing_notes(exhibit_id, table, names, shown, style)


def _place(literal: Specification) -> tuple[str, ...]:
    return tuple(map(literal.dimension, DIMENSIONS))


def _panel_title(column: Column, by_treatment: bool, style: Style) -> str:
    texts = [style.lexicon.variable(column.literal.outcome)]
    if by_treatment:
        texts.append(style.lexicon.variable(column.literal.treatment))
    return " · ".join(texts)


def _names(table: Sequence[Column], style: Style) -> list[str]:
    """Return what tells each column from the others with its outcome and treatment."""
    groups: dict[tuple[str, str], list[Column]] = {}
    for column in table:
        groups.setdefault((column.literal.outcome, column.literal.treatment), []).append(column)
    names: dict[str, str] = {}
    # Once for a group: with a thousand columns, asking anew for each would take seconds.
    for peers in groups.values():
        names |= _told_apart(peers, style)
    return [names[column.id] for column in table]


def _told_apart(peers: Sequence[Column], style: Style) -> dict[str, str]:
    """Return by id what tells each of some columns from the others."""
    lexicon, dimensions = style.lexicon, varying(peers)
    places = Counter(_place(column.literal) for column in peers)
    tested: dict[str, set[bool]] = {}
    for column in peers:
        tested.setdefault(column.literal.estimator, set()).add(_tested(column.literal))
    names = {}
    for column in peers:
        literal = column.literal
        told = [d for d in dimensions if d in USUAL and literal.dimension(d) not in USUAL[d]]
        # Columns that nothing else tells apart differ by their inference; a test by resampling
        # among columns of the same estimator with its own errors is told too.
        alike = places[_place(literal)] > 1
        if alike or (_tested(literal) and len(tested[literal.estimator]) > 1):
            told.append(LAST)
        texts = [lexicon.dimension(literal, d) for d in told]
        if "controls" in dimensions:
            word, colon = lexicon.controls(literal.controls, within=True), lexicon.mark("colon")
            texts.append(f"{lexicon.word('controls').lower()}{colon}{word}")
        names[column.id] = lexicon.mark("comma").join(texts) or lexicon.word("main_variant")
    return names


def _tested(literal: Specification) -> bool:
    """Say whether a function of its own makes the treatment's row in place of its errors."""
    return bool(literal.inference.kind.function)


Blocks = Mapping[str, Style]


def _blocks(table: Sequence[Column], style: Style) -> dict[str, Blocks]:
    """Return the style of each term in each panel: one number of decimals.

    A term that has no error takes that of the whole panel.
    """
    by_treatment = "treatment" in varying(table)
    found: dict[str, dict[str, list[dict[str, object]]]] = {}
    for column in table:
        terms = found.setdefault(_panel_title(column, by_treatment, style), {})
        for row in _shown(column) if column.identified else ():
            terms.setdefault(row["term"], []).append(row)
    blocks = {}
    for title, terms in found.items():
        whole = [row for rows in terms.values() for row in rows]
        with_error = {t: any(row["std_error"] > 0 for row in rows) for t, rows in terms.items()}
        blocks[title] = {
            term: fitted(rows if with_error[term] else whole, style) for term, rows in terms.items()
        }
    return blocks


def _lines(column: Column, label: str, blocks: Blocks, style: Style) -> list[Row]:
    if not column.identified:
        cells = (DASH, "", "", "", count(column.model["nobs"]))
        return [Row(label, cells, term=column.literal.treatment)]
    shown = _shown(column)
    first, *rest = shown
    observations = count(column.model["nobs"])
    # Anything but the treatment stands on a line that names it.
    if first["term"] == column.literal.treatment:
        rows = [Row(label, (*_cells(first, blocks), observations), term=first["term"])]
    else:
        rows = [Row(label, ("", "", "", "", observations), HEAD)]
        rest = shown
    below = [
        Row(
            f"· {style.lexicon.term(term['term'])}",
            (*_cells(term, blocks), ""),
            term=term["term"],
        )
        for term in rest
    ]
    return rows + below


def _shown(column: Column) -> list[dict[str, object]]:
    """Return the terms that a listing prints, the treatment first."""
    summed = [
        term for term in column.terms.values() if term["term"].partition(":")[0] not in LEFT_OUT
    ]
    # An exhibit of nothing but cells or events prints them.
    return sorted(
        summed or list(column.terms.values()),
        key=lambda term: _position(term["term"], column.literal.treatment),
    )


@functools.cache
def _position(term: str, treatment: str) -> tuple:
    """Return the sort key of a term: coefficients, lags in space, spatial parameters, effects.

    Among each kind the treatment's own come first; what is known of a test stands behind it.
    """
    kind, _, of = term.partition(":")
    name = f"{TEST}:{of}_{OF_TEST}" if kind == OF_TEST else term
    other = term.rpartition(":")[2].partition("#")[0] != treatment
    lag = "W" in term.split(":")
    return PANELS.index(panel_of(term)), kind in SPATIAL_PARAMETERS, lag, other, natural(name)


def _cells(term: dict[str, object], blocks: Blocks) -> tuple[str, ...]:
    estimate, p_value, style = term["estimate"], term["p_value"], blocks[term["term"]]
    if math.isnan(estimate):
        first = style.number(term["statistic"])
    elif term["term"].partition(":")[0] in COUNTED:
        first = count(estimate)
    else:
        first = style.estimate(estimate, p_value, term.get("caution", ""))
    if math.isnan(term["std_error"]):
        error = withheld(term, style)
    else:
        error = f"({style.number(term['std_error'])})"
    return first, error, style.small_p(p_value), style.interval(term["ci_low"], term["ci_high"])


# Terms that count units or factors.
COUNTED = ("matched", "factors")
BALANCE = ("mean_treated", "mean_before", "mean_after", "difference_before", "difference_after")


def balance_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return the balance of covariates, a panel for each way of matching.

    Balance depends on the units and not on outcome and controls, so that the first column of an
    estimator stands for all of them.
    """
    lexicon = style.lexicon
    heads = (single("", [lexicon.word(name) for name in BALANCE]),)
    first: dict[str, str] = {}
    balanced = set(table["column"])
    for column, literal in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        if column in balanced:
            first.setdefault(literal.estimator, column)
    panels = []
    for estimator, column in first.items():
        lines = [
            Row(
                lexicon.variable(row.variable),
                tuple(style.number(getattr(row, name)) for name in BALANCE),
                term=row.variable,
            )
            for row in table[table["column"] == column].itertuples()
        ]
        title = lexicon.estimator(estimator)
        word = lexicon.word("balance")
        panels.append(Panel(tuple(lines), f"{word}{lexicon.mark('colon')}{title}", heads))
    return tuple(panels)


# The terms of a simulation in the order of printing.
SIMULATED_TERMS = {
    **{name: phrasebook.TERMS[name] for name in ("tau", "eta", "rho")},
    **phrasebook.SIMULATED_TERMS,
}


def simulation_panels(table: pd.DataFrame, exhibit: Exhibit, style: Style) -> tuple[Panel, ...]:
    """Return bias and coverage of an estimator in simulated panels, a panel for each truth.

    Columns with the same effects and the same truth share a simulation, which is printed once.
    """
    lexicon = style.lexicon
    heads = (single("", [lexicon.word(name, SIMULATION) for name in SIMULATION]),)
    panels: dict[tuple[object, ...], Panel] = {}
    for design in TRUTHS:
        chosen = table[table["design"] == design]
        own_truths = chosen.groupby("term")["truth"].nunique().max() > 1
        of_column: dict[str, dict[str, dict[str, float]]] = {}
        for row in records(chosen):
            of_column.setdefault(row["column"], {})[row["term"]] = row
        for column, literal in zip(exhibit.column_ids(), exhibit.columns, strict=True):
            rows = of_column.get(column, {})
            texts = [lexicon.effects(literal.effects)]
            if own_truths:
                texts.insert(0, lexicon.variable(literal.treatment))
            title = lexicon.word(design, TRUTHS) + lexicon.mark("colon")
            title += lexicon.mark("comma").join(texts)
            numbers = (row[name] for row in rows.values() for name in SIMULATION)
            shared = (design, literal.effects, *numbers)
            if rows:
                panels.setdefault(shared, Panel(_simulated(rows, design, style), title, heads))
    return tuple(panels.values())


def _simulated(
    rows: Mapping[str, Mapping[str, float]], design: str, style: Style
) -> tuple[Row, ...]:
    return tuple(
        Row(
            style.lexicon.word(term, SIMULATED_TERMS),
            tuple(style.number(rows[term][name]) for name in SIMULATION),
            term=f"{design}:{term}",
        )
        for term in SIMULATED_TERMS
    )


def summary_grid(
    exhibit_id: str,
    exhibit: Exhibit,
    estimates: pd.DataFrame,
    models: pd.DataFrame,
    style: Style,
) -> Grid:
    """Return, by value of each dimension, how many columns there are and of which sign."""
    table = columns_of(exhibit_id, exhibit, estimates, models)
    names = _names(table, style)
    frame = pd.DataFrame([_facts(column) for column in table])
    panels = []
    for dimension in varying(table):
        literals = {c.literal.dimension(dimension): c.literal for c in table}
        rows = tuple(
            Row(
                style.lexicon.dimension(literals[value], dimension),
                _shares(rows, style),
                term=value,
            )
            for value, rows in frame.groupby(dimension, sort=False)
        )
        panels.append(Panel(rows, style.lexicon.word(dimension)))
    heads = (
        "columns",
        "share_positive",
        "share_positive_significant",
        "share_negative_significant",
        "median_t",
    )
    header = (single("", [style.lexicon.word(head) for head in heads]),)
    body = Body(header, tuple(panels), notes=_notes(exhibit_id, exhibit, table, names, style))
    return finished(exhibit_id, exhibit, body, style)


def _facts(column: Column) -> dict[str, object]:
    term = column.terms.get(column.literal.treatment)
    return {d: column.literal.dimension(d) for d in DIMENSIONS} | {
        "t": term["statistic"] if term else np.nan,
        "p": term["p_value"] if term else np.nan,
    }


def _shares(rows: pd.DataFrame, style: Style) -> tuple[str, ...]:
    known = rows.dropna(subset="t")
    significant = known["p"] < SIGNIFICANT
    values = (
        (known["t"] > 0).mean(),
        ((known["t"] > 0) & significant).mean(),
        ((known["t"] < 0) & significant).mean(),
        known["t"].median(),
    )
    return (count(len(known)), *(style.number(float(value)) for value in values))
