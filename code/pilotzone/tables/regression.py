"""Tables of regression columns: terms, diagnostics, footer."""

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from pilotzone.catalogue import Exhibit, Specification, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.estimates import Column, columns_of
from pilotzone.tables import notes
from pilotzone.tables.cautions import withheld
from pilotzone.tables.finish import finished
from pilotzone.tables.grid import ERROR, Body, Grid, HeaderRow, Panel, Row, natural, single, spanned
from pilotzone.tables.style import DASH, Style, count

EFFECT_PANELS = ("direct", "indirect", "total")
DIAGNOSTIC_PREFIXES = ("municipality_share", "no_municipalities")
PANELS = ("", *EFFECT_PANELS, "diagnostics")
SPATIAL_PARAMETERS = ("rho", "lambda")
# Named terms stand in the order in which their labels are declared.
ORDER = tuple(phrasebook.TERMS)
# Where terms that are neither treatments nor controls stand among them.
OTHER_TERMS = ""


def regression_grid(
    exhibit_id: str,
    exhibit: Exhibit,
    estimates: pd.DataFrame,
    models: pd.DataFrame,
    style: Style,
) -> Grid:
    """Return the table of an exhibit with regression columns.

    Columns stand in the order of the exhibit's literal. Rows: treatments, other terms, controls as
    declared, spatial lags, spatial parameters; direct, indirect and total effects; diagnostics.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    estimates, models : DataFrame
        The files ``<id>.csv`` and ``<id>.models.csv``.
    style : Style

    Raises
    ------
    UserError
        If the files hold other columns than the exhibit, or a term has no label.
    """
    table = columns_of(exhibit_id, exhibit, estimates, models)
    body = Body(
        header_rows(table, style),
        tuple(term_panels(table, style)),
        tuple(footer_rows(table, style)),
        notes.regression_notes(table, style),
    )
    return finished(exhibit_id, exhibit, body, style)


def header_rows(table: tuple[Column, ...], style: Style) -> tuple[HeaderRow, ...]:
    """Return the outcomes, whatever else varies and is no row of the table, and the numbers."""
    lexicon = style.lexicon

    def row(field: str, texts: list[str]) -> HeaderRow:
        return spanned(lexicon.word(field), texts)

    declared = [column.literal for column in table]
    rows = [row("outcome", [lexicon.variable(c.outcome) for c in declared])]
    hidden = any(c.identified and c.literal.treatment not in c.terms for c in table)
    if hidden and _varies(declared, "treatment"):
        rows.append(row("treatment", [lexicon.variable(c.treatment) for c in declared]))
    for field in ("sample", "estimator", "variant"):
        if _varies(declared, field):
            rows.append(row(field, [lexicon.dimension(c, field) for c in declared]))
    rows.append(single("", [f"({i})" for i in range(1, len(table) + 1)]))
    return tuple(rows)


def _varies(declared: list[Specification], field: str) -> bool:
    return len({literal.dimension(field) for literal in declared}) > 1


def term_panels(table: tuple[Column, ...], style: Style) -> list[Panel]:
    """Return the terms in panels: coefficients, effects, diagnostics."""
    present = {term for column in table for term in column.terms}
    present |= {column.literal.treatment for column in table if not column.identified}
    ordered = sorted(present, key=lambda term: _position(term, table))
    panels = []
    for name in PANELS:
        terms = [term for term in ordered if panel_of(term) == name]
        rows = [row for term in terms for row in _term_rows(term, table, style)]
        if rows:
            title = style.lexicon.word(name) if name else ""
            panels.append(Panel(tuple(rows), title))
    return panels


def panel_of(term: str) -> str:
    """Return the panel in which a term stands."""
    prefix, _, rest = term.partition(":")
    if rest and prefix in DIAGNOSTIC_PREFIXES:
        return "diagnostics"
    return prefix if rest and prefix in EFFECT_PANELS else ""


def _position(term: str, table: tuple[Column, ...]) -> tuple:
    """Return the sort key of a term: panel, kind of term, then the order of declaration."""
    treatments = dict.fromkeys(column.literal.treatment for column in table)
    controls = dict.fromkeys(x for column in table for x in column.literal.control_variables)
    declared = (*treatments, OTHER_TERMS, *controls)
    panel = panel_of(term)
    outer, inner = term.split(":", 1) if panel == "diagnostics" else ("", term)
    prefix, _, rest = inner.partition(":")
    base = rest if prefix in ("W", *EFFECT_PANELS) else inner
    return (
        PANELS.index(panel),
        DIAGNOSTIC_PREFIXES.index(outer) if outer else 0,
        PANELS.index(panel_of(inner)),
        base in SPATIAL_PARAMETERS,
        prefix == "W",
        declared.index(base if base in declared else OTHER_TERMS),
        ORDER.index(base) if base in ORDER else -1,
        natural(base),
    )


def _term_rows(term: str, table: tuple[Column, ...], style: Style) -> list[Row]:
    fitted = _fitted(term, table, style)
    printed = [_printed(term, column, fitted[column.literal.outcome]) for column in table]
    plain = panel_of(term) in EFFECT_PANELS
    label = style.lexicon.term(term.partition(":")[2] if plain else term)
    rows = [Row(label, tuple(value for value, _ in printed), term=term)]
    if any(below for _, below in printed):
        rows.append(Row("", tuple(below for _, below in printed), kind=ERROR, term=term))
    return rows


def _fitted(term: str, table: tuple[Column, ...], style: Style) -> dict[str, Style]:
    """Return the style of a term under each outcome: one number of decimals."""
    blocks: dict[str, list[dict[str, object]]] = {c.literal.outcome: [] for c in table}
    for column in table:
        if term in column.terms:
            blocks[column.literal.outcome].append(column.terms[term])
    return {outcome: fitted(rows, style) for outcome, rows in blocks.items()}


def fitted(rows: Sequence[Mapping[str, object]], style: Style) -> Style:
    """Return the style of a block of estimate rows."""
    return style.fitting([r["std_error"] for r in rows], [r["estimate"] for r in rows])


def _printed(term: str, column: Column, style: Style) -> tuple[str, str]:
    """Return the text of an estimate and of what stands under it."""
    if not column.identified:
        return (DASH if term == column.literal.treatment else ""), ""
    row = column.terms.get(term)
    if row is None:
        return "", ""
    if math.isnan(row["estimate"]) and math.isnan(row["statistic"]):
        return style.interval(row["ci_low"], row["ci_high"]), ""
    if math.isnan(row["estimate"]):
        return style.number(row["statistic"]), style.p_value(row["p_value"])
    value = style.estimate(row["estimate"], row["p_value"], row.get("caution", ""))
    if math.isnan(row["std_error"]):
        below = style.p_value(row["p_value"]), withheld(row, style)
        return value, " ".join(filter(None, below))
    interval = (row["ci_low"], row["ci_high"])
    return value, style.below(row["std_error"], row["statistic"], interval)


def footer_rows(table: tuple[Column, ...], style: Style) -> list[Row]:
    """Return the rows below the coefficients: what each column holds constant, and its counts."""
    lexicon = style.lexicon
    panel = table[0].literal.rows.panel
    counts = {
        "n_clusters": lexicon.word("clusters"),
        "n_units": lexicon.units(panel)[2],
        "nobs": lexicon.word("observations"),
    }
    rows = _held_constant([column.literal for column in table], panel, lexicon)
    for field, label in counts.items():
        rows += _model_row(field, label, table, count)
    means = style.fine(column.model["outcome_mean"] for column in table)
    rows += _model_row("outcome_mean", lexicon.word("outcome_mean"), table, means.number)
    for field in ("r2_within", "loglik"):
        rows += _model_row(field, lexicon.word(field), table, style.number)
    return rows


def _held_constant(declared: list[Specification], panel: str, lexicon: Lexicon) -> list[Row]:
    """Return the rows of controls, effects and weights matrix."""
    answer = {True: lexicon.word("yes"), False: lexicon.word("no")}
    if len({literal.controls for literal in declared if literal.control_variables}) > 1:
        texts = [lexicon.controls(literal.controls) for literal in declared]
    else:
        texts = [answer[bool(literal.control_variables)] for literal in declared]
    rows = [_fact("controls", texts, lexicon)]
    held = [literal.effects_named for literal in declared]
    for effect in dict.fromkeys(effect for effects in held for effect in effects):
        cells = tuple(answer[effect in effects] for effects in held)
        rows.append(Row(lexicon.effect(effect, panel), cells, term=f"effect:{effect}"))
    if any(literal.weights for literal in declared):
        texts = [lexicon.matrix(literal.weights) for literal in declared]
        rows.append(_fact("weights", texts, lexicon))
    if any(literal.row_weights for literal in declared):
        names = [literal.row_weights for literal in declared]
        texts = [lexicon.variable(name) if name else answer[False] for name in names]
        rows.append(_fact("row_weights", texts, lexicon))
    corrected = [literal.chosen("correction") == "lee_yu" for literal in declared]
    if len(set(corrected)) > 1:
        rows.append(_fact("lee_yu", [answer[one] for one in corrected], lexicon))
    return rows


def _fact(field: str, texts: list[str], lexicon: Lexicon) -> Row:
    return Row(lexicon.word(field), tuple(texts), term=field)


def _model_row(
    field: str, label: str, table: tuple[Column, ...], text: Callable[[float], str]
) -> list[Row]:
    """Return a row of a model field, a dash where the design identifies nothing."""
    identified = [c for c in table if c.identified]
    if all(math.isnan(c.model[field]) for c in identified):
        return []
    cells = [text(c.model[field]) if c.identified else DASH for c in table]
    return [Row(label, tuple(cells), term=field)]
