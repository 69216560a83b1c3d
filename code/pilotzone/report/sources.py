"""The published figures behind an exhibit, and the list of all of them."""

import csv

from pilotzone.catalogue import codebook
from pilotzone.catalogue.controls import POLICIES
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.report.markup import frame, text
from pilotzone.report.parts import Part
from pilotzone.report.words import PAGE

LIST = codebook.DATA / "raw" / "sources.csv"
# Columns of the list that the page shows.
SHOWN = ("file", "content", "publisher", "unverified")
# Files behind a panel, and behind the matrices of its units.
FIGURES = {
    "province": ("pilot_zones.csv", "province_figures.csv", "exchange_rate.csv", "provinces.csv"),
    "province_2024": (
        *("pilot_zones.csv", "province_figures.csv", "exchange_rate.csv", "provinces.csv"),
    ),
    "city": ("pilot_zones.csv", "city_figures.csv", "cities.csv"),
    "city_sums": ("pilot_zones.csv", "city_figures.csv", "cities.csv", "provinces.csv"),
}
BORDERS = {"province": "province_contiguity.csv", "city": "city_contiguity.csv"}
# Descriptions with a policy among their indicators.
WITH_POLICIES = {"coupling": ("policy_free_trade_zones",)}


def of_exhibit(part: Part) -> list[str]:
    """Return the files of published figures that an exhibit rests on."""
    columns = part.exhibit.columns
    panels = list(dict.fromkeys(column.rows.panel for column in columns))
    described = part.exhibit.describe
    if described:
        # What reads other exhibits rests on all panels.
        panels = sorted(part.exhibit.panels() or ("province", "city"), reverse=True)
    names = [name for panel in panels for name in FIGURES[panel]]
    if any(column.weights for column in columns) or (described and described.matrices):
        names += [BORDERS[panel] for panel in panels]
    used = {control for column in columns for control in column.control_variables}
    used |= set(WITH_POLICIES.get(described.kind if described else "", ()))
    names += [f"policies/{p.removeprefix('policy_')}.csv" for p in POLICIES if p in used]
    return list(dict.fromkeys(names))


def anchor(name: str) -> str:
    """Return the place of a file in the list."""
    return f"source-{name.removesuffix('.csv').replace('/', '-')}"


def section(lexicon: Lexicon = ENGLISH) -> str:
    """Return the list of all published figures, as the data folder keeps it, folded."""
    word = lexicon.of(PAGE)
    with LIST.open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    rows = "\n".join(_row(row) for row in listed)
    head = "".join(f'<th scope="col">{word(f"source_{name}")}</th>' for name in SHOWN)
    more = word("sources_said").format(link='<a href="../data/README.md">data/README.md</a>')
    return (
        '<section aria-labelledby="sources"><details class="group">'
        f'<summary><h2 id="sources">{word("sources")}</h2> '
        f"<span>{len(listed)}</span></summary>\n"
        f"<p>{more}</p>\n{frame(word('scrolls').format(name=word('sources')))}"
        f'<table id="source-list" data-sortable><caption>{word("sources_caption")}</caption>\n'
        f'<thead><tr>{head}</tr></thead>\n<tbody lang="en">\n{rows}\n</tbody></table></div>'
        "</details></section>"
    )


def _row(row: dict[str, str]) -> str:
    name, *said = (row[field] for field in SHOWN)
    cells = "".join(f"<td>{text(content)}</td>" for content in said)
    return (
        f'<tr id="{anchor(name)}"><th scope="row"><a href="../data/raw/{name}">{name}</a></th>'
        f"{cells}</tr>"
    )
