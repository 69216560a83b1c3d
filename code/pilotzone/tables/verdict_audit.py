"""The table of how often the rules err."""

import math

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.tables.grid import Body, Panel, Parts, Row, single
from pilotzone.tables.style import Style

# Verdicts that stand in one column: with and without an assumption.
HEADS = {
    "supported": ("supported", "supported under an assumption"),
    "contradicted": ("contradicted", "contradicted under an assumption"),
    "ruled out": ("ruled out",),
    "explained by trend": ("explained by trend",),
    "cannot tell": ("cannot tell", "not testable here"),
}
# Most that a wrong verdict may be drawn, and least that a detectable effect must be found.
WRONG, EXPLAINED, FOUND = 0.05, 0.07, 0.60
ONE_SIDED = 1.645
MISSED = "†"


def bar(verdict: str) -> float:
    """Return the largest share that a verdict may have where it is wrong."""
    return EXPLAINED if verdict == "explained by trend" else WRONG


def misses(share: float, limit: float, draws: int, *, at_least: bool = False) -> bool:
    """Say whether a share is beyond its limit by more than the error of the simulation."""
    reach = ONE_SIDED * math.sqrt(limit * (1 - limit) / draws)
    return share < limit - reach if at_least else share > limit + reach


def verdict_audit(parts: Parts, style: Style) -> Body:
    """Return shares of verdicts: a panel for each kind and noise, a line for each world."""
    lexicon = style.lexicon
    heads = [lexicon.word(name, phrasebook.VERDICTS) for name in HEADS]
    header = (single(lexicon.word("world"), heads),)
    audit, panels = parts[""], []
    cells = missed = 0
    for (kind, unit, noise), rows in audit.groupby(["kind", "unit", "noise"], sort=False):
        title = lexicon.mark("list").join(
            (
                lexicon.word(kind, phrasebook.CLAIM_KINDS),
                lexicon.units(unit)[1],
                lexicon.word(noise, phrasebook.NOISES),
            )
        )
        lines = []
        for world in phrasebook.WORLDS:
            found = [_cell(rows[rows["world"] == world], head, style) for head in HEADS]
            cells += len(found)
            missed += sum(text.endswith(MISSED) for text in found)
            lines.append(Row(lexicon.word(world, phrasebook.WORLDS), tuple(found), term=world))
        panels.append(Panel(tuple(lines), title))
    bounds = {"wrong": 100 * WRONG, "explained": 100 * EXPLAINED, "found": 100 * FOUND}
    said = lexicon.word("bars", phrasebook.AUDITED).format(
        **{name: f"{bound:g}" for name, bound in bounds.items()},
        draws=int(audit["draws"].iloc[0]),
        space=lexicon.space,
        cells=cells,
        missed=missed,
    )
    return Body(header, tuple(panels), notes=(said,))


def _cell(rows: pd.DataFrame, head: str, style: Style) -> str:
    """Return the share of a verdict in a world, marked where it misses its bar."""
    mine = rows[rows["verdict"].isin(HEADS[head])]
    share, draws = float(mine["share"].sum()), int(rows["draws"].iloc[0])
    wrong = (mine["truth"] == "false").any() and misses(share, bar(head), draws)
    must = head == "supported" and rows["world"].iloc[0] == "detectable"
    lacks = must and misses(share, FOUND, draws, at_least=True)
    return style.number(share) + (MISSED if wrong or lacks else "")
