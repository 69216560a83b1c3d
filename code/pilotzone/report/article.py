"""An exhibit on the page: specification, claims, table, figure, files."""

import base64
import struct
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pilotzone import exhibits, plots
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.errors import UserError
from pilotzone.report import manifest, sources, specification
from pilotzone.report.board import Bearing
from pilotzone.report.markup import (
    chinese_line,
    definitions,
    frame,
    link,
    search_words,
    text,
    verdict,
)
from pilotzone.report.parts import BOARD, Part
from pilotzone.tables import web
from pilotzone.tables.grid import ERROR, Grid

# Longer tables are folded; wider ones are printed across.
LONG, WIDE = 60, 8
WEB_FRAME = '<div class="scroll">'


def article(
    part: Part, output: Path, bearings: Sequence[Bearing], authors: Mapping[int, str]
) -> str:
    """Return an exhibit as one element.

    Parameters
    ----------
    part : Part
    output : Path
        The folder in which the page stands; links are relative to it.
    bearings : sequence of Bearing
        The claims that the exhibit bears on.
    authors : mapping from study to its name
    """
    tags = "".join(f"<li>{tag}</li>" for tag in part.roles)
    # The board itself is about all studies.
    about = authors if part.id == BOARD else dict.fromkeys(b.study for b in bearings)
    lines = [
        f'<article id="{part.id}" aria-labelledby="title-{part.id}" data-group="{part.group}" '
        f'data-roles="{" ".join(part.roles)}" data-studies="{" ".join(map(str, about))}" '
        f'data-search="{search_words(_searched(part, bearings))}">',
        f'<h3 id="title-{part.id}">{link(f"#{part.id}", part.exhibit.title)}</h3>',
        chinese_line(part.exhibit.title_zh),
        f'<ul class="tags"><li><code>{part.id}</code></li>{tags}</ul>',
        f"<p>{text(part.purpose)}</p>",
        definitions(specification.in_words(part), "specification"),
        _claims(bearings, authors),
        _table(part),
        _figure(part, output) if _drawn(part, output) else "",
        definitions(_files(part, output), "files"),
        "</article>",
    ]
    return "\n".join(line for line in lines if line)


def _searched(part: Part, bearings: Sequence[Bearing]) -> str:
    """Return what the search reads: titles, ids, labels in both languages, claims."""
    exhibit = part.exhibit
    names = dict.fromkeys(
        name for c in exhibit.columns for name in (c.outcome, c.treatment, *c.control_variables)
    )
    estimators = dict.fromkeys(c.estimator for c in exhibit.columns)
    texts = [part.id, exhibit.title, exhibit.title_zh, part.purpose, *names]
    for lexicon in (ENGLISH, CHINESE):
        texts += [lexicon.variable(name) for name in names]
        texts += [lexicon.estimator(name) for name in estimators]
        texts += [b.text if lexicon.english else b.text_zh for b in bearings]
    return " ".join(texts)


def _claims(bearings: Sequence[Bearing], authors: Mapping[int, str]) -> str:
    """Return the claims that the exhibit bears on, each with its verdict."""
    items = "".join(
        f"<li>{text(authors[b.study])}: {link(f'#{b.anchor}', b.text)} ({b.use}) "
        f"{verdict(b.verdict)}</li>"
        for b in bearings
    )
    return f'<div class="bears"><p>Bears on</p><ul>{items}</ul></div>' if items else ""


def _table(part: Part) -> str:
    """Return the table; a long one is folded."""
    grid = part.grid
    fragment = web.render(grid).replace(WEB_FRAME, frame(f"Table {part.id}, scrolls"), 1)
    if _sortable(grid):
        fragment = fragment.replace("<table ", "<table data-sortable ", 1)
    if grid.n_columns > WIDE:
        fragment = f'<div class="wide">{fragment}</div>'
    lines = sum(len(panel.rows) for panel in grid.panels)
    if lines <= LONG and part.id != BOARD:
        return fragment
    return f"<details><summary>Table of {lines:,} lines</summary>\n{fragment}</details>"


def _sortable(grid: Grid) -> bool:
    """Say whether each line stands for itself under the table's own heading."""
    return not any(
        panel.header or any(row.kind == ERROR for row in panel.rows) for panel in grid.panels
    )


def _drawn(part: Part, output: Path) -> bool:
    return exhibits.drawn(part.id, part.exhibit, output / "estimates")


def _figure(part: Part, output: Path) -> str:
    path = output / "figures" / f"{part.id}.png"
    if not path.exists():
        raise UserError(f"{path}: not there; run `make`")
    return picture(part.id, part.exhibit, path, f"output/estimates/{part.id}.csv")


def picture(exhibit_id: str, exhibit: Exhibit, path: Path, numbers: str) -> str:
    """Return a drawn figure within the page; ``numbers`` is the file that it shows."""
    content = path.read_bytes()
    title, notes = plots.caption(path)
    caption = "<br>".join(map(text, (title or exhibit.figure.title, *notes)))
    width, height = struct.unpack(">II", content[16:24])
    return (
        f'<figure id="figure-{exhibit_id}"><img width="{width}" height="{height}" '
        f'alt="{text(_alternative(exhibit, numbers))}" '
        f'src="data:image/png;base64,{base64.b64encode(content).decode()}">'
        f"<figcaption>Figure {exhibit_id}. {caption}</figcaption></figure>"
    )


def _alternative(exhibit: Exhibit, numbers: str) -> str:
    """Return what stands for a figure: its title, what its kind shows, where the numbers are."""
    figure = exhibit.figure
    drawn_by = sys.modules[plots.FIGURES[figure.kind].__module__]
    shows = " ".join((drawn_by.__doc__ or "").split("\n\n")[0].split())
    return f"{figure.title}. {shows} Numbers: {numbers}."


def _files(part: Part, output: Path) -> list[tuple[str, str]]:
    """Return links to what the exhibit is made from and to what it is printed as."""
    files = manifest.estimates_files(part.id, output / "estimates")
    numbers = [f"estimates/{path.name}" for path in files]
    printed = (
        *(f"tables/{part.id}.{ending}" for ending in ("md", "tex", "docx")),
        f"figures/{part.id}.png",
        f"figures/print/{part.id}.pdf",
    )
    return [
        ("Literals", link(f"../{part.source}", part.source)),
        ("Numbers", _links(numbers)),
        ("Printed", _links([name for name in printed if (output / name).exists()])),
        ("Data", ", ".join(link(f"#{sources.anchor(n)}", n) for n in sources.of_exhibit(part))),
    ]


def _links(names: list[str]) -> str:
    return ", ".join(link(name, Path(name).name) for name in names)
