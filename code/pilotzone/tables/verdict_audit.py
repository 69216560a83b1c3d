"""The table of how often the rules err."""

import pandas as pd

from pilotzone.catalogue import Description, phrasebook
from pilotzone.catalogue.words import Lexicon
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
CASE = ["kind", "unit", "noise"]
MISSED = "†"


def verdict_audit(parts: Parts, style: Style) -> Body:
    """Return shares of verdicts: a panel for each kind and noise, a line for each world."""
    lexicon, bars = style.lexicon, parts["bars"]
    heads = [lexicon.word(name, phrasebook.VERDICTS) for name in HEADS]
    header = (single(lexicon.word("world"), heads),)
    panels, missed = [], bars[bars["missed"] == 1]
    marked = set(missed[[*CASE, "world", "verdict"]].itertuples(index=False, name=None))
    for case, rows in parts[""].groupby(CASE, sort=False):
        kind, unit, noise = case
        words = (
            lexicon.word(kind, phrasebook.CLAIM_KINDS),
            lexicon.units(unit)[1],
            lexicon.word(noise, phrasebook.NOISES),
        )
        lines, shares = [], rows.groupby(["world", "verdict"])["share"].sum()
        for world in phrasebook.WORLDS:
            texts = (
                _share(shares, world, head, style)
                + (MISSED if (*case, world, head) in marked else "")
                for head in HEADS
            )
            lines.append(Row(lexicon.word(world, phrasebook.WORLDS), tuple(texts), term=world))
        panels.append(Panel(tuple(lines), lexicon.mark("list").join(words)))
    return Body(header, tuple(panels), notes=(_bars(bars, style),))


def of_draws(description: Description, lexicon: Lexicon) -> str:
    """Return how the worlds were drawn and tested, as the exhibit declares it."""
    told = {"permutations": description.option("permutations"), "seed": description.seed}
    return lexicon.say("drawn", phrasebook.AUDITED, **told)


def _share(shares: pd.Series, world: str, head: str, style: Style) -> str:
    return style.number(sum(float(shares.get((world, name), 0.0)) for name in HEADS[head]))


def _bars(bars: pd.DataFrame, style: Style) -> str:
    """Return the bars in words, and how many of the shares that have one miss it."""
    wrong = bars[bars["truth"] == "false"].groupby("verdict")["bar"].first()
    bounds = {
        "wrong": wrong["supported"],
        "explained": wrong["explained by trend"],
        "found": bars[bars["truth"] == "true"]["bar"].iloc[0],
    }
    return style.lexicon.word("bars", phrasebook.AUDITED).format(
        **{name: f"{100 * bound:g}" for name, bound in bounds.items()},
        draws=int(bars["draws"].iloc[0]),
        space=style.lexicon.space,
        cells=len(bars),
        missed=int(bars["missed"].sum()),
    )
