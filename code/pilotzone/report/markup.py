"""Small pieces of markup: text with Chinese marked as such, links, lists."""

import re
from collections.abc import Sequence
from html import escape

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.claims.facts import Verdict
from pilotzone.tables.web import LANGUAGE_TAGS

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff]+")
DOI = re.compile(r"\b10\.\d{4,9}/[^\s;,<]*[^\s;,.<]")
# A verdict is told by a mark and a word, and by colour only in addition.
MARKS = {
    Verdict.SUPPORTED: ("supported", "●"),
    Verdict.ASSUMED: ("assumed", "◐"),
    Verdict.CONTRADICTED: ("contradicted", "✕"),
    Verdict.CONTRADICTED_ASSUMED: ("contradicted", "✕"),
    Verdict.RULED_OUT: ("ruled", "○"),
    Verdict.EXPLAINED: ("explained", "↗"),
    Verdict.CANNOT_TELL: ("unknown", "?"),
    Verdict.NOT_TESTABLE: ("untestable", "◇"),
    Verdict.LICENSED: ("licensed", "□"),
    Verdict.THEORY: ("theory", "–"),
}


def text(content: str) -> str:
    """Return a text for the page, with runs of Chinese marked as such and DOIs as links."""
    return DOI.sub(lambda found: doi(found[0]), _marked(content))


def _marked(content: str) -> str:
    mark = f'<span lang="{LANGUAGE_TAGS["zh"]}">'
    return CHINESE.sub(lambda run: f"{mark}{run[0]}</span>", escape(content))


def doi(name: str) -> str:
    """Return a link to what a DOI names; nothing is asked of it before a reader does."""
    return f'<a href="https://doi.org/{escape(name)}">{escape(name)}</a>'


def other_language(content: str, other: Lexicon) -> str:
    """Return a line of markup in the language that the page is not in."""
    return f'<p class="other" lang="{LANGUAGE_TAGS[other.language]}">{content}</p>'


def search_words(content: str) -> str:
    """Return what the search reads: each word once, in lower case."""
    return escape(" ".join(dict.fromkeys(content.lower().split())))


def link(target: str, content: str) -> str:
    """Return a link with a text."""
    return f'<a href="{escape(target)}">{_marked(content)}</a>'


def verdict(name: str, lexicon: Lexicon = ENGLISH) -> str:
    """Return a verdict as mark and word."""
    kind, mark = MARKS[Verdict(name)]
    shown = escape(lexicon.word(name, phrasebook.VERDICTS))
    return f'<span class="verdict {kind}"><span aria-hidden="true">{mark}</span> {shown}</span>'


def definitions(pairs: Sequence[tuple[str, str]], kind: str) -> str:
    """Return a list of terms with their descriptions, the latter being markup."""
    items = "".join(f"<div><dt>{term}</dt><dd>{said}</dd></div>" for term, said in pairs)
    return f'<dl class="{kind}">{items}</dl>' if items else ""


def frame(name: str) -> str:
    """Return the opening tag of a frame that takes the focus, so that the keys can scroll it."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(name)}">'
