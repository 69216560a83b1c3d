"""Reasons in words: why rows were dropped, what a column compares, why it is not identified.

Between rooms a reason is a code with facts (:mod:`pilotzone.errors`); words in both languages are
made here, when a page is made.
"""

import string
from collections.abc import Callable, Iterable, Mapping

from pilotzone.catalogue.phrasebook import REASONS, TERMS
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import Reason, UserError, decode

# Parameters as a Chinese page prints them; an English one keeps their names.
PARAMETERS = {
    "tau": "τ",
    "eta": "η",
    "rho": "ρ",
    "lambda": "λ",
    "x1": "自变量系数",
    "short:indirect:x1": "自变量的短期间接效应",
}
# Effects of a regression as a Chinese page prints them.
FACTORS = {"unit": "个体", "period": "时期", "group": "分组"}
SLOPES = "slopes"
# Facts that are a period.
DATES = {"cohort", "period", "base", "first", "last", "start", "end", "year"}
# A piece of the real line, by whether it has no lower and no upper end.
PIECES = {
    (True, False): "all up to {1}",
    (False, True): "all from {0}",
    (False, False): "{0} to {1}",
}
ZH_PIECES = {(True, False): "{1}以下", (False, True): "{0}以上", (False, False): "{0}至{1}"}


def cell(text: str, lexicon: Lexicon) -> str:
    """Return in words what a cell of a file holds."""
    return say(decode(text), lexicon)


def say(reasons: Iterable[Reason], lexicon: Lexicon) -> str:
    """Return reasons in words, one behind the other.

    Raises
    ------
    UserError
        If a code has no words.
    """
    return lexicon.mark("semicolon").join(_one(reason, lexicon) for reason in reasons)


def _one(reason: Reason, lexicon: Lexicon) -> str:
    if reason.code not in REASONS:
        raise UserError(
            f"no words for the reason '{reason.code}'; add them to catalogue/phrases/reasons.toml"
        )
    form = lexicon.pick(REASONS[reason.code])
    return _Formatter(lexicon).vformat(form, (), _dated(reason.facts, lexicon))


def _dated(facts: Mapping[str, object], lexicon: Lexicon) -> Mapping[str, object]:
    """Return facts with periods as the panel writes them; those of a window are events."""
    if not lexicon.periods or "event" in facts:
        return facts
    told = {name: lexicon.period(facts[name]) for name in DATES & facts.keys()}
    if "cohorts" in facts:
        told["cohorts"] = tuple(map(lexicon.period, _listed(facts["cohorts"])))
    if "sizes" in facts:
        told["sizes"] = tuple((lexicon.period(g), *counts) for g, *counts in facts["sizes"])
    return {**facts, **told}


class _Formatter(string.Formatter):
    """Fills a form with facts; a format that names a kind of fact is spelt out in words."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def format_field(self, value: object, format_spec: str) -> str:
        if format_spec in KINDS:
            return KINDS[format_spec](value, self.lexicon)
        text = format(value, format_spec)
        negative = isinstance(value, int | float) and text.startswith("-")
        return "−" + text[1:] if negative else text


def _listed(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _joined(value: object, lexicon: Lexicon, name: Callable[[object], str]) -> str:
    return lexicon.mark("list").join(name(one) for one in _listed(value))


def _units(value: object, lexicon: Lexicon) -> str:
    """Return names of units, their codes where not all have a name."""
    codes = [str(one) for one in _listed(value)]
    names = [lexicon.unit_name(code) for code in codes]
    all_named = all(name != code for name, code in zip(names, codes, strict=True))
    return lexicon.mark("list").join(names if all_named else codes)


def _variables(value: object, lexicon: Lexicon) -> str:
    if lexicon.english:
        *first, last = (f"'{one}'" for one in _listed(value))
        return f"{', '.join(first)} and {last}" if first else last
    return _joined(value, lexicon, lambda one: f"“{_in_chinese(str(one), lexicon)}”")


def _in_chinese(name: str, lexicon: Lexicon) -> str:
    """Return the label of a variable or of a side of a pair; else the name itself."""
    if f"pair:{name}" in TERMS:
        return lexicon.term(f"pair:{name}")
    return _or_itself(lexicon.variable, name)


def _or_itself(look_up: Callable[[str], str], name: object) -> str:
    try:
        return look_up(str(name))
    except UserError:
        return str(name)


def _effects(value: object, lexicon: Lexicon) -> str:
    names = [str(one) for one in _listed(value)]
    factors = [name for name in names if name != SLOPES]
    if lexicon.english:
        words = " and ".join(factors) + " effects" if factors else "an intercept"
        return words + (" and slopes" if SLOPES in names else "")
    spelt = ["×".join(FACTORS.get(part, part) for part in name.split("#")) for name in factors]
    return "与".join(spelt) + "固定效应" + ("及个体趋势" if SLOPES in names else "")


def _parameters(value: object, lexicon: Lexicon) -> str:
    if lexicon.english:
        return " and ".join(map(str, _listed(value)))
    return "与".join(PARAMETERS.get(str(one), str(one)) for one in _listed(value))


def _sizes(value: Iterable[tuple[object, ...]], lexicon: Lexicon) -> str:
    """Return a cohort and two counts behind it, for each."""
    form = "{} ({}, {})" if lexicon.english else "{}（{}，{}）"
    return lexicon.mark("list").join(form.format(*one) for one in value)


def _cluster(value: object, lexicon: Lexicon) -> str:
    """Return by what errors are clustered, as it stands within a sentence."""
    name = str(value)
    if name in FACTORS:
        return name if lexicon.english else FACTORS[name]
    label = _or_itself(lexicon.variable, name)
    return label[0].lower() + label[1:] if lexicon.english and label != name else label


def _pieces(value: Iterable[tuple[object, object]], lexicon: Lexicon) -> str:
    """Return pieces of the real line; what does not end is None."""
    joint, forms = ("与", ZH_PIECES) if not lexicon.english else (" and ", PIECES)
    return joint.join(
        forms[(low is None, high is None)].format(*map(_signed, (low, high))) for low, high in value
    )


def _signed(value: object) -> str:
    return "" if value is None else format(value, ".3f").replace("-", "−")


KINDS: Mapping[str, Callable[[object, Lexicon], str]] = {
    "variable": _variables,
    "variables": _variables,
    "label": lambda value, lexicon: lexicon.variable(str(value)),
    "units": _units,
    "years": lambda value, lexicon: _joined(value, lexicon, str),
    "group": lambda value, lexicon: _or_itself(lexicon.group, value),
    "sample": lambda value, lexicon: lexicon.sample(str(value)),
    "matrix": lambda value, lexicon: (
        str(value) if lexicon.english else _or_itself(lexicon.matrix, value)
    ),
    "cluster": _cluster,
    "effects": _effects,
    "parameters": _parameters,
    "reason": lambda value, lexicon: _one(value, lexicon),
    "reasons": say,
    "sizes": _sizes,
    "pieces": _pieces,
}
