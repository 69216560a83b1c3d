"""What finds an exhibit on the page: search, filters, contents."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.claims.facts import Verdict
from pilotzone.report import words
from pilotzone.report.markup import link
from pilotzone.report.parts import Part
from pilotzone.report.words import GROUPS, PAGE, ROLES


def form(
    shown: Sequence[Part],
    groups: Mapping[str, Sequence[Part]],
    authors: Mapping[int, str],
    lexicon: Lexicon,
) -> str:
    """Return search and filters; they appear where scripts run."""
    word = lexicon.of(PAGE)
    roles = dict.fromkeys(role for part in shown for role in part.roles)
    choices = {
        "group": {group: lexicon.word(group, GROUPS) for group in groups},
        "study": authors,
        "verdict": {name.name.lower(): lexicon.word(name, phrasebook.VERDICTS) for name in Verdict},
        "role": {role: lexicon.word(role, ROLES).capitalize() for role in roles},
    }
    selects = "".join(_select(name, options, lexicon) for name, options in choices.items())
    return (
        f'<form id="finder" role="search" aria-label="{word("form")}" '
        f'data-count="{word("count")}" data-nothing="{word("nothing")}" hidden>'
        f'<div><label for="search">{word("search")}</label>'
        '<input type="search" id="search" name="q" autocomplete="off" spellcheck="false"></div>'
        f'{selects}<button type="reset">{word("reset")}</button>'
        '<p id="count" role="status" aria-live="polite"></p></form>'
    )


def _select(name: str, options: Mapping[object, str], lexicon: Lexicon) -> str:
    listed = "".join(f'<option value="{k}">{escape(said)}</option>' for k, said in options.items())
    return (
        f'<div><label for="filter-{name}">{lexicon.word(name, PAGE)}</label>'
        f'<select id="filter-{name}" name="{name}"><option value="">{lexicon.word("all", PAGE)}'
        f"</option>{listed}</select></div>"
    )


def contents(groups: Mapping[str, Sequence[Part]], lexicon: Lexicon) -> str:
    """Return links to the parts of the page and, by group, to every exhibit."""
    word = lexicon.of(PAGE)
    items = [f"<li>{link(f'#{at}', word(said))}</li>" for at, said in _FIRST.items()]
    for group, members in groups.items():
        links = "".join(
            f'<li data-for="{part.id}">'
            f"{link(f'#{part.id}', lexicon.pick((part.exhibit.title, part.exhibit.title_zh)))}</li>"
            for part in members
        )
        head = link(f"#group-{group}", lexicon.word(group, GROUPS))
        items.append(f"<li>{head}<ul>{links}</ul></li>")
    items.append(f"<li>{link('#sources', word('sources'))}</li>")
    return f'<nav aria-label="{word("contents")}"><ul>{"".join(items)}</ul></nav>'


_FIRST = {"board": "board", "main-exhibits": "main"}


def synonyms() -> str:
    """Return the words that find one another, as data of the page."""
    listed = json.dumps(words.synonyms(), ensure_ascii=False, separators=(",", ":"))
    return f'<script type="application/json" id="synonyms">{listed}</script>'
