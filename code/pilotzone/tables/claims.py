"""The tables of the claims board and of its vetoes."""

import collections
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from pilotzone.catalogue import phrasebook, reasons
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import decode
from pilotzone.tables.grid import ERROR, Body, Panel, Parts, Row, single
from pilotzone.tables.style import Style, count

# Sentences under the board and under the vetoes.
TOLD = ("readings", "verdicts", "vetoes", "windows", "errors", "forms", "data", "files")
CHECKED = ("vetoes", "windows", "power", "beside")
HEADS = ("own_design", "estimate_interval", "detectable", "evidence", "decided_by", "caveat")
# As printed; the last where columns of a form differ.
SIGNS = {"+": "+", "-": "−", "0": "0", "+-": "±"}


def claims(parts: Parts, style: Style) -> Body:
    """Return a line for each claim, in panels by study: both readings and what decided."""
    lexicon = style.lexicon
    header = (single(lexicon.word("claim"), [lexicon.word(head) for head in HEADS]),)
    studies = parts["studies"].set_index("study")
    panels = [
        Panel(
            tuple(line for row in rows.itertuples() for line in _claim(row, style)),
            _study(number, studies.loc[number], lexicon),
        )
        for number, rows in parts[""].groupby("study")
    ]
    told = error_rates(parts["errors"])
    return Body(header, tuple(panels), notes=_notes(parts["rules"], style, TOLD, told))


def error_rates(errors: pd.DataFrame) -> dict[str, str]:
    """Return how often the rules err, in percent, by what the sentence about it names."""
    wrong = errors[errors["truth"] == "false"].set_index("verdict")
    found = errors[errors["truth"] == "true"]
    names = ("supported", "contradicted", "ruled out", "explained by trend")
    shares = {name.split(" by")[0].replace(" ", "_"): wrong.loc[name, "share"] for name in names}
    shares |= {"found": found["share"].min()}
    limits = {
        "wrong_limit": wrong.loc["supported", "bar"],
        "explained_limit": wrong.loc["explained by trend", "bar"],
        "found_limit": found["bar"].max(),
    }
    return {name: f"{100 * share:.1f}" for name, share in shares.items()} | {
        **{name: f"{100 * limit:g}" for name, limit in limits.items()},
        "worlds": count(errors["draws"].iloc[0]),
        "missed": count(errors["missed"].sum()),
        "cells": count(errors["n_cells"].sum()),
    }


def _notes(
    bounds: pd.DataFrame, style: Style, wanted: Sequence[str], more: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return rules in words, with their bounds."""
    table = dict(bounds.to_numpy())
    filled = {rule: f"{bound:g}" for rule, bound in table.items()}
    filled |= {"draws": count(table["draws"]), "seed": f"{table['seed']:.0f}"}
    filled |= {"folder": style.source.folder, "space": style.lexicon.space, **(more or {})}
    return tuple(style.lexicon.say(name, phrasebook.CLAIM_NOTES, **filled) for name in wanted)


def _study(number: int, row: pd.Series, lexicon: Lexicon) -> str:
    design = row["design"] if lexicon.english else row["design_zh"]
    if row["unit"] not in phrasebook.UNITS:
        return f"[{number}] {design[0].upper()}{design[1:]}"
    unit = lexicon.units(row["unit"])[1].capitalize()
    return f"[{number}] {unit}{lexicon.mark('colon')}{design}"


def _claim(row: tuple, style: Style) -> list[Row]:
    """Return the line of a claim and what stands in brackets under it."""
    lexicon, name = style.lexicon, f"{row.study}:{row.number}"
    style = style.fitting([row.std_error], [row.own_estimate])
    cells = (
        lexicon.word(row.own_design, phrasebook.OWN_DESIGNS),
        style.number(row.estimate),
        style.number(row.detectable_effect),
        lexicon.word(row.evidence, phrasebook.VERDICTS),
        briefly(row, lexicon),
        doubts(row.caveat, lexicon),
    )
    first = Row(row.claim if lexicon.english else row.claim_zh, cells, term=name)
    own = style.interval(row.own_ci_low, row.own_ci_high)
    own = f"{style.number(row.own_estimate)} {own}".strip()
    below = (own, style.interval(row.ci_low, row.ci_high), "", signs(row.forms), "", "")
    return [first, Row("", below, kind=ERROR, term=name)] if any(below) else [first]


def briefly(row: tuple, lexicon: Lexicon) -> str:
    """Return in few words what decided reading B: a cell is as wide as its longest text."""
    said = [name for name in row.decided_by.split() if name != "reason"]
    words = (lexicon.word(name, phrasebook.DECIDED_BRIEFLY) for name in said)
    return lexicon.mark("list").join(words) if said else _brief_reason(row.reason, lexicon)


def _brief_reason(reason: str, lexicon: Lexicon) -> str:
    """Return a cell of reasons in few words; as it is where there are none."""
    brief, codes = phrasebook.DECIDED_BRIEFLY, [one.code for one in decode(reason)]
    if not set(codes) <= set(brief):
        return reasons.cell(reason, lexicon)
    return lexicon.mark("list").join(lexicon.word(code, brief) for code in codes)


def decided(row: tuple, lexicon: Lexicon) -> str:
    """Return in words what decided reading B."""
    words = phrasebook.DECIDED | phrasebook.VETOES
    said = [
        reasons.cell(row.reason, lexicon) if name == "reason" else lexicon.word(name, words)
        for name in row.decided_by.split()
    ]
    joined = lexicon.mark("list").join(said)
    return joined[:1].upper() + joined[1:]


def doubts(caveat: str, lexicon: Lexicon) -> str:
    """Return in words how many series behind a claim carry a doubt; their names are in the file."""
    found = collections.Counter(pair.partition(":")[2] for pair in caveat.split())
    return lexicon.mark("list").join(
        lexicon.say(doubt, phrasebook.DOUBTS, n=n) for doubt, n in sorted(found.items())
    )


def signs(forms: str) -> str:
    """Return the signs in level, logarithm and by Poisson, in this order."""
    return " ".join(SIGNS[pair.partition(":")[2]] for pair in forms.split())


def claim_checks(parts: Parts, style: Style) -> Body:
    """Return a line for each veto of each claim that is judged on estimates."""
    lexicon = style.lexicon
    heads = ("estimate", "bound", "p_value", "power", "state")
    header = (single(lexicon.word("check"), [lexicon.word(head) for head in heads]),)
    others = dict(list(parts["beside"].groupby(["study", "number"])))
    none, panels = parts["beside"][:0], []
    for place, rows in parts[""].groupby(["study", "number"]):
        fitted = style.fitting((), rows["estimate"])
        vetoes = [_check(row, fitted) for row in rows.itertuples()]
        more = [_beside(row, fitted) for row in others.get(place, none).itertuples()]
        panels.append(Panel((*vetoes, *more), _judged(rows.iloc[0], style)))
    return Body(header, tuple(panels), notes=_notes(parts["rules"], style, CHECKED))


def _judged(row: pd.Series, style: Style) -> str:
    """Return a claim with the sample on which it is judged."""
    lexicon = style.lexicon
    several = lexicon.units(row["panel"])[1]
    n, units, treated = (count(row[name]) for name in ("nobs", "n_units", "n_treated"))
    told = {"sample": lexicon.sample(row["sample"]), "n": n, "units": units, "treated": treated}
    rests_on = lexicon.say("rests_on", phrasebook.JUDGED_ON, several=several, **told)
    claim = row["claim"] if lexicon.english else row["claim_zh"]
    return f"[{row['study']}.{row['number']}] {claim}{lexicon.mark('colon')}{rests_on}"


def _check(row: tuple, style: Style) -> Row:
    lexicon = style.lexicon
    state = lexicon.word(row.state, phrasebook.STATES)
    said = left_out(row.left_out, lexicon) or _brief_reason(row.reason, lexicon)
    cells = (
        style.number(row.estimate),
        style.number(row.bound),
        style.small_p(row.p_value),
        style.number(row.power),
        lexicon.mark("colon").join(filter(None, (state, said))),
    )
    return Row(lexicon.word(row.check, phrasebook.VETOES), cells, term=row.check)


def _beside(row: tuple, style: Style) -> Row:
    """Return a line that no rule reads."""
    lexicon = style.lexicon
    label = lexicon.word(row.check, phrasebook.BESIDE_CHECKS)
    if row.of:
        named = lexicon.sample if row.check == "breakdown" else lexicon.variable
        label += lexicon.mark("colon") + named(row.of)
    numbers = style.number(row.estimate), "", style.small_p(row.p_value), ""
    said = _brief_reason(row.reason, lexicon)
    said = said or lexicon.word("no_veto", phrasebook.BESIDE_CHECKS)
    if row.check == "breakdown" and math.isnan(row.estimate):
        said = lexicon.word("no_breakdown", phrasebook.BESIDE_CHECKS)
    if not math.isnan(row.choices):
        said = lexicon.say("of_choices", phrasebook.BESIDE_CHECKS, n=count(row.choices))
    return Row(label, (*numbers, said), term=f"{row.check}:{row.of}")


def left_out(what: str, lexicon: Lexicon) -> str:
    """Return in words what was left out where the estimate is nearest to the other sign."""
    kind, _, name = what.partition(":")
    if not what:
        return ""
    return lexicon.say(kind if kind == "cohort" else name, phrasebook.LEFT_OUT, name=name)
