"""The table of the claims board."""

from collections.abc import Callable

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.phrasebook import CHECKS
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.grid import ERROR, Body, Panel, Parts, Row, single
from pilotzone.tables.style import DASH, Style


def claims(parts: Parts, style: Style) -> Body:
    """Return a line for each claim, in panels by study: estimate, shares, checks, verdict."""
    lexicon = style.lexicon
    heads = ("estimate_interval", "robustness_shares", *CHECKS, "verdict")
    header = (single(lexicon.word("claim"), [lexicon.word(head) for head in heads]),)
    panels = []
    for study, rows in parts[""].groupby("study"):
        lines = [line for row in rows.itertuples() for line in _claim(row, style)]
        panels.append(Panel(tuple(lines), _study(study, rows.iloc[0], lexicon)))
    rules = parts["rules"].set_index("rule")["bound"]
    bounds = {name: f"{bound:g}" for name, bound in rules.items()}
    for share in ("same_sign", "significant"):
        bounds[share] = f"{100 * rules[share]:g}{lexicon.space}%"
    bounds["folder"] = style.source.folder
    sentences = [lexicon.pick(pair).format(**bounds) for pair in phrasebook.CLAIM_NOTES.values()]
    return Body(header, tuple(panels), notes=tuple(sentences))


def _study(number: int, row: pd.Series, lexicon: Lexicon) -> str:
    design = lexicon.translated(row["design"], phrasebook.STUDY_DESIGNS)
    if row["unit"] not in phrasebook.UNITS:
        return f"[{number}] {design[0].upper()}{design[1:]}"
    unit = lexicon.units(row["unit"])[1].capitalize()
    return f"[{number}] {unit}{lexicon.mark('colon')}{design}"


def _claim(row: tuple, style: Style) -> list[Row]:
    """Return the line of a claim and what stands in brackets under it."""
    lexicon, name = style.lexicon, f"{row.study}:{row.claim}"
    missing = row.not_made.split()

    def check(field: str, text: Callable[[float, Style], str]) -> str:
        return DASH if field in missing else text(getattr(row, field), style)

    cells = (
        # No star: whether one may stand is for the table of the estimate to say.
        style.number(row.estimate),
        check("same_sign", lambda share, style: style.number(share)),
        *(check(field, lambda p, style: style.small_p(p)) for field in CHECKS),
        lexicon.word(row.verdict, phrasebook.VERDICTS),
    )
    first = Row(lexicon.translated(row.text, phrasebook.CLAIMS), cells, term=name)
    share = f"({style.number(row.significant)})" if pd.notna(row.significant) else ""
    below = (style.interval(row.ci_low, row.ci_high), share, *("",) * (len(CHECKS) + 1))
    return [first, Row("", below, kind=ERROR, term=name)] if any(below) else [first]
