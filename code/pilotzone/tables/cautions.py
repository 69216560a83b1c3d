"""What stands against a star, and in the place of an error that is withheld."""

import math
from collections.abc import Mapping, Sequence

from pilotzone.catalogue import reasons
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import decode
from pilotzone.estimates import Column
from pilotzone.tables.sentences import say
from pilotzone.tables.style import Style

# So many lines, and terms of one line, are named before they are counted.
NAMED = 1


def withheld(row: Mapping[str, object], style: Style) -> str:
    """Return in brackets why a term has no error, for its place; an empty text for none."""
    said = row.get("withheld", "")
    return f"({reasons.cell(said, style.lexicon)})" if said else ""


def caution_notes(
    table: Sequence[Column], names: Sequence[str], shown: Sequence[Sequence[str]], style: Style
) -> list[str]:
    """Return why printed terms carry no star, each reason behind the lines or columns it holds for.

    ``shown`` are the terms that each column prints.
    """
    lexicon, said = style.lexicon, {}
    for column, name, terms in zip(table, names, shown, strict=True):
        by_reason: dict[str, list[str]] = {}
        for term in terms:
            row = column.terms[term]
            starred = column.identified and not math.isnan(row["p_value"])
            for reason in decode(row.get("caution", "")) if starred else ():
                by_reason.setdefault(reasons.say([reason], lexicon), []).append(term)
        for text, which in by_reason.items():
            place = _place(name, which, len(terms), column, lexicon)
            said.setdefault(text, []).append(place)
    joint, dash = lexicon.mark("semicolon"), lexicon.mark("dash")
    texts = [f"{joint.join(few(where, lexicon))}{dash}{text}" for text, where in said.items()]
    return [say("no_stars", lexicon, what=" | ".join(texts))] if texts else []


def few(texts: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return the first texts, and how many more there are: a note is no list of a table."""
    distinct = list(dict.fromkeys(texts))
    more = len(distinct) - NAMED
    return [*distinct[:NAMED], say("and_more", lexicon, n=more)] if more > 0 else distinct


def _place(name: str, which: list[str], shown: int, column: Column, lexicon: Lexicon) -> str:
    """Return a line with the terms meant, unless they are all it prints or the treatment alone."""
    if len(which) == shown or which == [column.literal.treatment]:
        return name
    terms = which if len(which) <= NAMED else [*which[:NAMED], "…"]
    labels = [term if term == "…" else lexicon.term(term) for term in terms]
    inside = lexicon.mark("list").join(labels)
    return f"{name} ({inside})" if lexicon.english else f"{name}（{inside}）"
