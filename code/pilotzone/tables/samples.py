"""Tables of the data: moments of variables, the roll-out of the zones, the sample flow."""

import pandas as pd

from pilotzone.catalogue import codebook, phrasebook, reasons
from pilotzone.catalogue.samples import in_order
from pilotzone.catalogue.treatments import TIMINGS
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Body, Panel, Parts, Row, single
from pilotzone.tables.sentences import say
from pilotzone.tables.style import DASH, Style, count


def descriptives(parts: Parts, style: Style) -> Body:
    """Return the usual moments, in panels by kind of variable."""
    lexicon = style.lexicon
    table = parts[""]
    fields = [f for f in table.columns if f not in ("sample", "variable")]
    header = (single(lexicon.word("variable"), [lexicon.word(f) for f in fields]),)
    order = list(codebook.codebook())
    table = table.assign(
        place=[order.index(v) for v in table["variable"]],
        kind=[codebook.codebook()[v]["kind"] for v in table["variable"]],
    )
    table = table.assign(panel=[list(phrasebook.KINDS).index(kind) for kind in table["kind"]])
    table = table.sort_values(["panel", "place"])
    panels = []
    for kind, block in table.groupby("kind", sort=False):
        rows = [_moments(row, fields, style) for row in block.to_dict("records")]
        panels.append(Panel(tuple(rows), lexicon.word(kind, phrasebook.KINDS)))
    return Body(header, tuple(panels))


def _moments(row: dict[str, object], fields: list[str], style: Style) -> Row:
    variable = str(row["variable"])
    cells = [count(row[f]) if f == "nobs" else style.number(row[f]) for f in fields]
    return Row(style.lexicon.variable(variable), tuple(cells), term=variable)


def rollout(parts: Parts, style: Style) -> Body:
    """Return cohorts, provinces not yet treated and identified effects by timing rule."""
    lexicon = style.lexicon
    by_year, cohorts, effects = parts[""], parts["cohorts"], parts["group_time"]
    timings = [timing for timing in TIMINGS if timing in set(by_year["timing"])]

    left = by_year[by_year["untreated"] > 0].groupby("timing")["year"].max()
    number = effects.groupby("timing").size()
    identified = effects[effects["identified"] == "yes"].groupby("timing").size()
    facts = {
        "last_untreated_year": _by_timing(left, timings, DASH),
        "group_time_all": _by_timing(number, timings, "0"),
        "group_time_identified": _by_timing(identified, timings, "0"),
    }
    footer = tuple(Row(lexicon.word(f), cells, term=f) for f, cells in facts.items())
    first = _count_rows(cohorts, "cohort", "n_units", timings, lexicon)
    later = _count_rows(by_year, "year", "untreated", timings, lexicon)
    panels = (
        Panel(first, lexicon.word("first_treated")),
        Panel(later, lexicon.word("untreated")),
    )
    header = (single(lexicon.word("timing"), [lexicon.timing(t) for t in timings]),)
    return Body(header, panels, footer, (say("group_time", lexicon),))


def _by_timing(table: pd.Series, timings: list[str], missing: str) -> tuple[str, ...]:
    return tuple(count(table[t]) if t in table.index else missing for t in timings)


def _count_rows(
    table: pd.DataFrame, key: str, value: str, timings: list[str], lexicon: Lexicon
) -> tuple[Row, ...]:
    """Return one row for each cohort or year; cohort 0 are the units never treated."""
    rows = []
    for label, block in table.groupby(key):
        name = str(label) if label else lexicon.word("never_treated")
        cells = _by_timing(block.set_index("timing")[value], timings, "0")
        rows.append(Row(name, cells, term=f"{value}:{label}"))
    return tuple(rows)


def sample_flow(parts: Parts, style: Style) -> Body:
    """Return the rows and units that remain after each step, in panels by sample."""
    lexicon = style.lexicon
    table = parts[""]
    fields = ("rows", "units", "dropped")
    panels = []
    for sample in in_order(table["sample"]):
        block = table[table["sample"] == sample].sort_values("step")
        rows = [
            Row(
                reasons.cell(row["reason"], lexicon),
                tuple(count(row[field]) for field in fields),
                term=f"{sample}:{row['step']}",
            )
            for row in block.to_dict("records")
        ]
        panels.append(Panel(tuple(rows), lexicon.sample(sample)))
    header = (single(lexicon.word("step"), [lexicon.word(field) for field in fields]),)
    return Body(header, tuple(panels), notes=(say("sample_flow", lexicon),))
