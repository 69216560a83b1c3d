"""The report: one page that needs nothing beside it, claims board first, then every exhibit.

What the page prints is read from ``output`` and from the literals. It can be read without scripts;
with them it is searched and filtered, and its tables are sorted.
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.claims import studies
from pilotzone.claims.facts import Verdict
from pilotzone.report import board, parts, sources
from pilotzone.report.article import article
from pilotzone.report.markup import MARKS, chinese_line, link, text, verdict
from pilotzone.report.parts import BOARD, Part, missing
from pilotzone.tables import web

__all__ = ["NAME", "build", "missing"]

NAME = "report.html"
TITLE = "Cross-border e-commerce pilot zones and new quality productive forces"
TITLE_ZH = "跨境电子商务综合试验区与新质生产力"
HERE = Path(__file__).parent
# The group whose exhibits stand below the board.
CLAIMS = "claims"
GROUPS = {
    CLAIMS: "Claims",
    "base": "Data, index and baseline",
    "did": "Provinces: difference in differences",
    "spatial": "Provinces: spatial models",
    "city": "Cities",
    "measure": "Measurement",
}


def build(output: Path) -> str:
    """Return the page from the files below ``output``; the same files give the same bytes.

    Raises
    ------
    UserError
        If an estimates file or a figure is missing, or a label is.
    """
    shown = parts.read(output)
    findings = estimates.read(output / "estimates" / f"{BOARD}.csv")
    table = estimates.read(output / "estimates" / f"{BOARD}.studies.csv")
    authors = {row.study: named(row) for row in table.itertuples()}
    found = board.bearings(findings)
    articles = {part.id: article(part, output, found.get(part.id, ()), authors) for part in shown}
    groups = {
        group: members
        for group in GROUPS
        if (members := [part for part in shown if part.group == group and part.id != BOARD])
    }
    lines = [
        _head(findings, shown, len(authors), int((table["kind"] == "reviewed").sum())),
        '<div class="columns">',
        f"<aside>{_filters(shown, groups, authors)}\n{_contents(groups)}</aside>",
        '<main id="main" tabindex="-1">',
        board.section(findings, authors, [articles[p.id] for p in shown if p.group == CLAIMS]),
        *(
            _section(group, [articles[part.id] for part in members])
            for group, members in groups.items()
            if group != CLAIMS
        ),
        sources.section(),
        "</main>",
        "</div>",
    ]
    return _document("\n".join(lines))


def named(row: object) -> str:
    """Return a study by number, authors and year, if these are known."""
    year = f" {row.year:.0f}" if row.year == row.year else ""
    return f"[{row.study}] {row.authors}{year}"


def _document(body: str) -> str:
    style = (HERE / "page.css").read_text(encoding="utf-8")
    script = (HERE / "page.js").read_text(encoding="utf-8")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(TITLE)}</title>\n<style>\n{web.STYLESHEET}{style}</style>\n</head>\n"
        f'<body>\n<a class="skip" href="#main">Skip to the claims board</a>\n{body}\n'
        f"<script>\n{script}</script>\n</body>\n</html>\n"
    )


def _head(findings: pd.DataFrame, shown: Sequence[Part], n_studies: int, reviewed: int) -> str:
    """Return the title, what was found, and how much stands below."""
    # Several studies make one claim on one regression, which counts once.
    distinct = findings.drop_duplicates(["claim", "column"])
    counts = distinct["evidence"].value_counts()
    tiles = "".join(
        f'<li class="{MARKS[name][0]}"><strong>{counts[name]}</strong> {verdict(name)}</li>'
        for name in Verdict
        if name in counts
    )
    models = [part.models for part in shown if part.models is not None]
    lost = sum(int((table["identified"] == "no").sum()) for table in models)
    return (
        f'<header class="page"><h1>{escape(TITLE)}</h1>\n{chinese_line(TITLE_ZH)}\n'
        f"<p>{len(findings)} claims, {len(distinct)} of them distinct, of the {reviewed} studies "
        f"of the review {text(studies.REVIEW)} and of {n_studies - reviewed} conceptual papers "
        "around it, judged on published figures.</p>\n"
        f'<ul class="verdicts">{tiles}</ul>\n'
        f"<p>{len(shown)} exhibits with {sum(map(len, models)):,} regression columns stand "
        f"below. {lost} columns are not identified by their design: they print a reason and no "
        "number.</p></header>"
    )


def _filters(
    shown: Sequence[Part], groups: Mapping[str, Sequence[Part]], authors: Mapping[int, str]
) -> str:
    """Return search and filters; they appear where scripts run."""
    roles = dict.fromkeys(role for part in shown for role in part.roles)
    choices = {
        "group": {group: GROUPS[group] for group in groups},
        "study": authors,
        "verdict": {name.name.lower(): str(name) for name in Verdict},
        "role": {role: role.capitalize() for role in roles},
    }
    selects = "".join(_select(name, options) for name, options in choices.items())
    return (
        '<form role="search" aria-label="Exhibits and claims" hidden>'
        '<div><label for="search">Search titles, variables, claims</label>'
        '<input type="search" id="search" autocomplete="off" spellcheck="false"></div>'
        f'{selects}<button type="reset">Show all</button>'
        '<p id="count" role="status" aria-live="polite"></p></form>'
    )


def _select(name: str, options: Mapping[object, str]) -> str:
    listed = "".join(f'<option value="{k}">{escape(said)}</option>' for k, said in options.items())
    return (
        f'<div><label for="filter-{name}">{name.capitalize()}</label>'
        f'<select id="filter-{name}"><option value="">All</option>{listed}</select></div>'
    )


def _contents(groups: Mapping[str, Sequence[Part]]) -> str:
    items = [f"<li>{link('#board', 'Claims board')}</li>"]
    for group, members in groups.items():
        links = "".join(
            f'<li data-for="{p.id}">{link(f"#{p.id}", p.exhibit.title)}</li>' for p in members
        )
        place = "#board" if group == CLAIMS else f"#group-{group}"
        items.append(f"<li>{link(place, GROUPS[group])}<ul>{links}</ul></li>")
    items.append(f"<li>{link('#sources', 'Data sources')}</li>")
    return f'<nav aria-label="Contents"><ul>{"".join(items)}</ul></nav>'


def _section(group: str, articles: Sequence[str]) -> str:
    heading = f'<h2 id="group-{group}">{escape(GROUPS[group])}</h2>'
    lines = [f'<section aria-labelledby="group-{group}" data-group="{group}">', heading, *articles]
    return "\n".join([*lines, "</section>"])
