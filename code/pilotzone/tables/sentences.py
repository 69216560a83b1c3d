"""Sentences under tables, in both languages; a hole is filled by what was estimated."""

from pilotzone.catalogue import reasons
from pilotzone.catalogue.phrasebook import SENTENCES
from pilotzone.catalogue.words import Lexicon


def say(key: str, lexicon: Lexicon, **parts: object) -> str:
    """Return a sentence with its parts filled in."""
    return lexicon.say(key, SENTENCES, **parts)


def not_identified(what: str, reason: str, lexicon: Lexicon) -> str:
    """Return that something is not identified, and why."""
    return say("not_identified", lexicon, what=what, reason=reasons.cell(reason, lexicon))
