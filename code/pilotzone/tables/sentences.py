"""Sentences under tables, in both languages; a hole is filled by what was estimated."""

from pilotzone.catalogue.phrasebook import SENTENCES
from pilotzone.catalogue.words import Lexicon


def say(key: str, lexicon: Lexicon, **parts: object) -> str:
    """Return a sentence with its parts filled in."""
    return lexicon.say(key, SENTENCES, **parts)
