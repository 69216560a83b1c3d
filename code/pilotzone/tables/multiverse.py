"""The table of a multiverse: joint tests, and which choice moves the estimate."""

import pandas as pd

from pilotzone.catalogue import Description, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import Body, Panel, Parts, Row, single
from pilotzone.tables.style import DASH, Style, count

FREE = "free"
SHAPLEY, SIGN = "shapley:", "shapley_sign:"


def multiverse(parts: Parts, style: Style) -> Body:
    """Return the joint tests, then the Shapley shares of the choices in size and sign."""
    lexicon, table = style.lexicon, parts[""]
    said = phrasebook.MULTIVERSE
    ways = ("p_free", "p_within")[: table["within"].nunique()]
    heads = [lexicon.word(name, said) for name in ("value", *ways)]
    panels = (
        Panel(_joint(table, style), lexicon.word("joint", said)),
        Panel(_shares(table, style), lexicon.word("moves", said)),
    )
    first, values = table.iloc[0], table.set_index("statistic")["value"]
    note = lexicon.say(
        "said",
        said,
        specifications=count(first["specifications"]),
        permutations=count(first["permutations"]),
    )
    lost = [name for name in ("not_dealt", "undefined") if values[name]]
    counts = (lexicon.say(name, said, n=count(values[name])) for name in lost)
    full = (table.loc[table["statistic"] == "full_lattice", "value"] == 1).any()
    more = lexicon.word("full" if full else "part", said)
    return Body((single("", heads),), panels, notes=(note, more, *counts))


def of_lattice(description: Description, lexicon: Lexicon) -> str:
    """Return what a lattice is made of beside what the table names, and its seed."""
    lattice, mark = description.lattice, lexicon.mark("list")
    controls = mark.join(map(lexicon.controls, lattice.sets))
    if lattice.controls:
        named = mark.join(map(lexicon.variable, lattice.controls))
        controls = lexicon.say("every_subset", phrasebook.MULTIVERSE, controls=named)
    return lexicon.say(
        "lattice",
        phrasebook.MULTIVERSE,
        samples=mark.join(map(lexicon.sample, lattice.samples)),
        effects=mark.join(map(lexicon.effects, lattice.effects)),
        controls=controls or DASH,
        cluster=lexicon.cluster(lattice.cluster, description.rows.panel),
        seed=description.seed,
    )


def _joint(table: pd.DataFrame, style: Style) -> tuple[Row, ...]:
    lexicon, rows = style.lexicon, []
    for name in phrasebook.JOINT:
        found = table[table["statistic"] == name].set_index("within")
        free = found.loc[FREE]
        others = [style.small_p(p) for p in found.drop(FREE)["p_value"]]
        value = style.small_p if name == "smallest_p" else style.number
        cells = (value(free["value"]), style.small_p(free["p_value"]), *others)
        rows.append(Row(lexicon.word(name, phrasebook.JOINT), cells, term=name))
    return tuple(rows)


def _shares(table: pd.DataFrame, style: Style) -> tuple[Row, ...]:
    """Return a line for each choice, the largest share first; heads stand in the first line."""
    lexicon, empty = style.lexicon, [""] * (table["within"].nunique() - 1)
    values = table.set_index("statistic")["value"]
    sizes = values[values.index.str.startswith(SHAPLEY)].sort_values(ascending=False)
    head = tuple(lexicon.word(name, phrasebook.MULTIVERSE) for name in ("size", "sign"))
    lines = [Row("", (*head, *empty), kind="head")]
    for statistic, size in sizes.items():
        choice = statistic.removeprefix(SHAPLEY)
        cells = style.number(size), style.number(values[f"{SIGN}{choice}"]), *empty
        lines.append(Row(lexicon.choice(choice), cells, term=statistic))
    return tuple(lines)
