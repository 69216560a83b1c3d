"""The report: one page that needs nothing beside it, verdicts and main exhibits first.

What the page prints is read from ``output`` and from the literals. Everything else than verdicts
and main figures is folded. It can be read without scripts; with them it is searched and filtered,
its tables are sorted and its figures open in full size. There is one in English and one in Chinese.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.claims import studies
from pilotzone.claims.facts import Verdict
from pilotzone.exhibits import main
from pilotzone.report import board, finder, parts, sources
from pilotzone.report.article import article
from pilotzone.report.markup import MARKS, link, other_language, text, verdict
from pilotzone.report.parts import BOARD, Part, missing
from pilotzone.report.words import GROUPS, PAGE
from pilotzone.tables import web

__all__ = ["NAME", "NAMES", "build", "missing"]

# The page in each language.
NAMES = {lexicon: lexicon.word("file", PAGE) for lexicon in (ENGLISH, CHINESE)}
NAME = NAMES[ENGLISH]
HERE = Path(__file__).parent
MAIN = (*main.FIGURES, *main.TABLES)


def build(output: Path, lexicon: Lexicon = ENGLISH) -> str:
    """Return the page from the files below ``output``; the same files give the same bytes.

    Raises
    ------
    UserError
        If an estimates file or a figure is missing, or a label is.
    """
    shown = {part.id: part for part in parts.read(output, lexicon)}
    findings = estimates.read(output / "estimates" / f"{BOARD}.csv")
    table = estimates.read(output / "estimates" / f"{BOARD}.studies.csv")
    authors = {row.study: named(row, lexicon) for row in table.itertuples()}
    found = board.bearings(findings)
    articles = {
        name: article(part, output, found.get(name, ()), authors, lexicon)
        for name, part in shown.items()
    }
    groups = {group: [part for part in shown.values() if part.group == group] for group in GROUPS}
    groups = {group: members for group, members in groups.items() if members}
    lines = [
        _head(findings, list(shown.values()), table, lexicon),
        '<div class="columns">',
        f"<aside>{finder.form(list(shown.values()), groups, authors, lexicon)}\n"
        f"{finder.contents(groups, lexicon)}</aside>",
        '<main id="main" tabindex="-1">',
        '<p id="nothing"></p>',
        board.section(findings, authors, dict(table[["study", "doi"]].values), lexicon),
        _main(articles, lexicon),
        *(_group(group, members, articles, lexicon) for group, members in groups.items()),
        sources.section(lexicon),
        "</main>",
        "</div>",
    ]
    return _document("\n".join(lines), lexicon)


def named(row: object, lexicon: Lexicon) -> str:
    """Return a study by number, authors and year, if these are known."""
    year = f" {row.year:.0f}" if row.year == row.year else ""
    return f"[{row.study}] {lexicon.pick((row.authors, row.authors_zh))}{year}"


def _document(body: str, lexicon: Lexicon) -> str:
    style = (HERE / "page.css").read_text(encoding="utf-8")
    script = (HERE / "page.js").read_text(encoding="utf-8")
    word = lexicon.of(PAGE)
    return (
        f'<!DOCTYPE html>\n<html lang="{web.LANGUAGE_TAGS[lexicon.language]}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(word('title'))}</title>\n<style>\n{web.STYLESHEET}{style}</style>\n"
        f'</head>\n<body>\n<a class="skip" href="#main">{word("skip")}</a>\n{body}\n'
        f'<dialog aria-label="{word("figure").format(id="")}"><form method="dialog"><button>'
        f'{word("close")}</button></form><div tabindex="0"></div></dialog>\n'
        f"{finder.synonyms()}\n<script>\n{script}</script>\n</body>\n</html>\n"
    )


def _head(
    findings: pd.DataFrame, shown: Sequence[Part], table: pd.DataFrame, lexicon: Lexicon
) -> str:
    """Return the title, what was found, and how much stands below."""
    # Several studies make one claim on one regression, which counts once.
    distinct = findings.drop_duplicates(["claim", "column"])
    counts = distinct["evidence"].value_counts()
    tiles = "".join(
        f'<li class="{MARKS[name][0]}"><strong>{counts[name]}</strong> '
        f"{verdict(name, lexicon)}</li>"
        for name in Verdict
        if name in counts
    )
    models = [part.models for part in shown if part.models is not None]
    reviewed = int((table["kind"] == "reviewed").sum())
    asked = lexicon.say(
        *("asked", PAGE),
        claims=len(findings),
        distinct=len(distinct),
        reviewed=reviewed,
        conceptual=len(table) - reviewed,
        review=studies.REVIEW,
    )
    below = lexicon.say(
        *("shown", PAGE),
        exhibits=len(shown),
        columns=f"{sum(map(len, models)):,}",
        lost=sum(int((found["identified"] == "no").sum()) for found in models),
    )
    return (
        f'<header class="page"><h1>{escape(lexicon.word("title", PAGE))}</h1>\n'
        f"{_other_page(lexicon)}\n<p>{text(asked)}</p>\n"
        f'<ul class="verdicts">{tiles}</ul>\n<p>{below}</p></header>'
    )


def _other_page(lexicon: Lexicon) -> str:
    """Return the link to the page in the other language, by its title there."""
    other = CHINESE if lexicon.english else ENGLISH
    tag = web.LANGUAGE_TAGS[other.language]
    return other_language(
        f'<a id="other" href="{NAMES[other]}" hreflang="{tag}">{other.word("title", PAGE)}</a>',
        other,
    )


def _main(articles: Mapping[str, str], lexicon: Lexicon) -> str:
    """Return the main figures, as pictures, and the main tables, folded."""
    drawn = "\n".join(articles[name] for name in main.FIGURES)
    listed = "\n".join(articles[name] for name in main.TABLES)
    return (
        '<section aria-labelledby="main-exhibits" data-group="">'
        f'<h2 id="main-exhibits">{lexicon.word("main", PAGE)}</h2>\n'
        f'<p>{lexicon.word("main_said", PAGE)}</p>\n<div class="gallery">\n{drawn}\n</div>\n'
        f"{listed}\n</section>"
    )


def _group(
    group: str, members: Sequence[Part], articles: Mapping[str, str], lexicon: Lexicon
) -> str:
    """Return the exhibits of a group, folded, with links to those that stand further up."""
    above = [
        link(f"#{part.id}", lexicon.pick((part.exhibit.title, part.exhibit.title_zh)))
        for part in members
        if part.id in MAIN
    ]
    links = lexicon.say("among_main", PAGE, links="; ".join(above)) if above else ""
    counted = lexicon.say("exhibits", PAGE, n=len(members))
    lines = [
        f'<section aria-labelledby="group-{group}" data-group="{group}"><details class="group">'
        f'<summary><h2 id="group-{group}">{escape(lexicon.word(group, GROUPS))}</h2> '
        f"<span>{counted}</span></summary>",
        *([f"<p>{links}</p>"] if links else []),
        *(articles[part.id] for part in members if part.id not in MAIN),
    ]
    return "\n".join([*lines, "</details></section>"])
