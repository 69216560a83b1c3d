"""The table of how the index is coupled with other systems."""

import pandas as pd

from pilotzone.catalogue import codebook, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Body, Panel, Parts, Row, single, spanned
from pilotzone.tables.sentences import say
from pilotzone.tables.style import Style, count

ALL = "all"


def coupling(parts: Parts, style: Style) -> Body:
    """Return degrees by province in the first and last year, classes and what D rests on."""
    lexicon = style.lexicon
    word = lexicon.of(phrasebook.COUPLED)
    table = parts[""]
    coupled = set(table["system"])
    systems = [s for s in phrasebook.COUPLED if s in coupled]
    years = [int(table["year"].min()), int(table["year"].max())]
    columns = [(system, year) for system in systems for year in years]
    names = spanned("", [word(system) for system, _ in columns])
    header = (names, single(word("degree"), [str(year) for _, year in columns]))
    by_column = table.set_index(["system", "year", "province_code"]).sort_index()
    degrees = by_column["degree"].to_dict()
    there = set(table["province_code"])
    codes = [code for code in codebook.provinces() if code in there]
    rows = [
        Row(
            lexicon.unit_name(code),
            tuple(style.number(degrees[(*column, code)]) for column in columns),
            term=code,
        )
        for code in codes
    ]
    panels = (
        Panel(tuple(rows)),
        _class_panel(by_column, columns, style),
        _statistics_panel(parts["statistics"], columns, style),
    )
    return Body(header, panels, notes=_coupling_notes(parts, systems, style))


def _class_panel(table: pd.DataFrame, columns: list[tuple[str, int]], style: Style) -> Panel:
    """Return how many provinces are in each of the ten classes."""
    rows = []
    for number, names in enumerate(phrasebook.COORDINATION, start=1):
        name = style.lexicon.pick(names)
        low, high = (number - 1) / 10, number / 10
        cells = tuple(str(int((table.loc[column, "class"] == number).sum())) for column in columns)
        rows.append(Row(f"{name} ({low:g}-{high:g})", cells, term=f"class:{number}"))
    return Panel(tuple(rows), style.lexicon.word("by_class", phrasebook.COUPLED))


def _statistics_panel(table: pd.DataFrame, columns: list[tuple[str, int]], style: Style) -> Panel:
    values = table.set_index(["system", "year", "statistic"])["value"]
    rows = []
    for name in [s for s in phrasebook.COUPLED if s in set(table["statistic"])]:
        cells = [values[system, str(year), name] for system, year in columns]
        shown = count if name == "cells_without_degree" else style.number
        label = style.lexicon.word(name, phrasebook.COUPLED)
        rows.append(Row(label, tuple(map(shown, cells)), term=name))
    return Panel(tuple(rows), style.lexicon.word("statistics", phrasebook.COUPLED))


def _coupling_notes(parts: Parts, systems: list[str], style: Style) -> tuple[str, ...]:
    lexicon = style.lexicon
    word = lexicon.of(phrasebook.COUPLED)
    joint = lexicon.mark("semicolon")
    values = parts["statistics"].set_index(["system", "year", "statistic"])["value"]
    correlations = joint.join(
        f"{style.number(values[system, ALL, 'correlation_degree_level'])} ({word(system)})"
        for system in systems
    )
    said = [
        _system_note(system, parts["indicators"], lexicon)
        for system in systems
        if set(parts["indicators"].query("system == @system")["part"]) & set(phrasebook.COUPLED)
    ]
    indicators = lexicon.space.join(said)
    return (say("coupling", lexicon, correlations=correlations, indicators=indicators),)


def _system_note(system: str, table: pd.DataFrame, lexicon: Lexicon) -> str:
    """Return the indicators of a system's parts."""
    word, listed = lexicon.of(phrasebook.COUPLED), lexicon.mark("list")
    rows = table[table["system"] == system]
    told = [
        say(
            "coupled_part",
            lexicon,
            part=word(part),
            indicators=listed.join(
                lexicon.variable(row.indicator) + ("" if row.sign == "+" else " (−)")
                for row in rows[rows["part"] == part].itertuples()
            ),
        )
        for part in phrasebook.COUPLED
        if part in set(rows["part"])
    ]
    parts = lexicon.mark("semicolon").join(told)
    return say("coupled_system", lexicon, system=word(system), parts=parts)
