"""An exhibit on the page: specification, claims, table, figure, files."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pilotzone import exhibits, plots
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.errors import UserError
from pilotzone.exhibits import main
from pilotzone.report import manifest, packed, pictures, sources, specification
from pilotzone.report.board import Bearing
from pilotzone.report.markup import (
    definitions,
    frame,
    link,
    other_language,
    search_words,
    text,
    verdict,
)
from pilotzone.report.parts import BOARD, Part
from pilotzone.report.words import PAGE, ROLES, USES
from pilotzone.tables import web
from pilotzone.tables.grid import ERROR, Grid

# Longer tables are folded and, unless they are main ones, packed; wider ones are printed across.
LONG, WIDE = 30, 8
WEB_FRAME = '<div class="scroll">'
TERM = re.compile(r' data-term="[^"]*"')


def article(
    part: Part,
    output: Path,
    bearings: Sequence[Bearing],
    authors: Mapping[int, str],
    lexicon: Lexicon = ENGLISH,
) -> str:
    """Return an exhibit as one element, folded; of a main figure the picture is seen.

    Parameters
    ----------
    part : Part
    output : Path
        The folder in which the page stands; links are relative to it.
    bearings : sequence of Bearing
        The claims that the exhibit bears on.
    authors : mapping from study to its name
    lexicon : Lexicon
    """
    # The board itself is about all studies.
    about = authors if part.id == BOARD else dict.fromkeys(b.study for b in bearings)
    figure = _figure(part, output, lexicon) if _drawn(part, output) else ""
    seen = part.id in main.FIGURES
    title, other = _titles(part.exhibit, lexicon)
    lines = [
        f'<article id="{part.id}" aria-labelledby="title-{part.id}" data-group="{part.group}" '
        f'data-roles="{" ".join(part.roles)}" data-studies="{" ".join(map(str, about))}" '
        f'data-search="{search_words(_searched(part, bearings))}">',
        figure if seen else "",
        f'<details><summary><h3 id="title-{part.id}">{text(title)}</h3></summary>',
        other,
        _tags(part, lexicon),
        f'<p lang="en">{text(part.purpose)}</p>',
        definitions(specification.in_words(part, lexicon), "specification"),
        _claims(bearings, authors, lexicon),
        _table(part, lexicon),
        "" if seen else figure,
        definitions(_files(part, output, lexicon), "files"),
        "</details></article>",
    ]
    return "\n".join(line for line in lines if line)


def _titles(exhibit: Exhibit, lexicon: Lexicon) -> tuple[str, str]:
    """Return the title, and a line with that in the other language."""
    other = CHINESE if lexicon.english else ENGLISH
    pair = exhibit.title, exhibit.title_zh
    return lexicon.pick(pair), other_language(text(other.pick(pair)), other)


def _tags(part: Part, lexicon: Lexicon) -> str:
    tags = "".join(f"<li>{lexicon.word(role, ROLES)}</li>" for role in part.roles)
    own = f'<a href="#{part.id}"><code>{part.id}</code></a>'
    return f'<ul class="tags"><li>{own}</li>{tags}</ul>'


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


def _claims(bearings: Sequence[Bearing], authors: Mapping[int, str], lexicon: Lexicon) -> str:
    """Return the claims that the exhibit bears on, each with its verdict."""
    items = "".join(
        f"<li>{text(authors[b.study])}: {link(f'#{b.anchor}', lexicon.pick((b.text, b.text_zh)))} "
        f"({lexicon.word(b.use, USES)}) {verdict(b.verdict, lexicon)}</li>"
        for b in bearings
    )
    said = lexicon.word("bears", PAGE)
    return f'<div class="bears"><p>{said}</p><ul>{items}</ul></div>' if items else ""


def _table(part: Part, lexicon: Lexicon) -> str:
    """Return the table; a long one is folded, and packed if it is no main one."""
    grid = part.grid
    name = lexicon.say("scrolls", PAGE, name=lexicon.say("table", PAGE, id=part.id))
    fragment = web.render(grid).replace(WEB_FRAME, frame(name), 1)
    fragment = TERM.sub("", fragment)
    if _sortable(grid):
        fragment = fragment.replace("<table ", "<table data-sortable ", 1)
    if grid.n_columns > WIDE:
        fragment = f'<div class="wide">{fragment}</div>'
    lines = sum(len(panel.rows) for panel in grid.panels)
    if lines <= LONG:
        return fragment
    said = lexicon.say("long_table", PAGE, lines=f"{lines:,}")
    if part.id not in main.TABLES:
        fragment = _packed(part, fragment, lexicon)
    return f"<details><summary>{said}</summary>\n{fragment}</details>"


def _packed(part: Part, fragment: str, lexicon: Lexicon) -> str:
    """Return a table that the script unfolds, with a link to the same table until then."""
    beside = link(f"tables/{part.id}.md", f"tables/{part.id}.md")
    said = lexicon.say("beside", PAGE, link=beside)
    return f'<div id="table-{part.id}" data-packed="{packed.pack(fragment)}"><p>{said}</p></div>\n'


def _sortable(grid: Grid) -> bool:
    """Say whether each line stands for itself under the table's own heading."""
    return all(
        panel.header in ((), grid.header) and all(row.kind != ERROR for row in panel.rows)
        for panel in grid.panels
    )


def _drawn(part: Part, output: Path) -> bool:
    return exhibits.drawn(part.id, part.exhibit, output / "estimates")


def _figure(part: Part, output: Path, lexicon: Lexicon) -> str:
    path = output / "figures" / f"{part.id}.png"
    if not path.exists():
        raise UserError(f"{path}: not there; run `make`")
    return picture(part.id, part.exhibit, path, f"output/estimates/{part.id}.csv", lexicon)


def picture(
    exhibit_id: str, exhibit: Exhibit, path: Path, numbers: str, lexicon: Lexicon = ENGLISH
) -> str:
    """Return a drawn figure within the page; ``numbers`` is the file that it shows."""
    name = lexicon.say("figure", PAGE, id=exhibit_id)
    own, notes = plots.caption(path, lexicon.language)
    title = lexicon.pick((own or exhibit.figure.title, exhibit.title_zh))
    caption = "<br>".join(map(text, (title, *notes)))
    shown = pictures.picture(
        path,
        _alternative(exhibit, lexicon.pick((exhibit.figure.title, title)), numbers, lexicon),
        lexicon.say("full_size", PAGE, id=name),
    )
    said = f"<figcaption>{name}. {caption}</figcaption>"
    return f'<figure id="figure-{exhibit_id}">{shown}{said}</figure>'


def _alternative(exhibit: Exhibit, title: str, numbers: str, lexicon: Lexicon) -> str:
    """Return what stands for a figure: its title, what its kind shows, where the numbers are."""
    drawn_by = sys.modules[plots.FIGURES[exhibit.figure.kind].__module__]
    shows = " ".join((drawn_by.__doc__ or "").split("\n\n")[0].split())
    return lexicon.say("alternative", PAGE, title=title, shows=shows, numbers=numbers)


def _files(part: Part, output: Path, lexicon: Lexicon) -> list[tuple[str, str]]:
    """Return links to what the exhibit is made from and to what it is printed as."""
    word = lexicon.of(PAGE)
    files = manifest.estimates_files(part.id, output / "estimates")
    numbers = [f"estimates/{path.name}" for path in files]
    printed = (
        *(f"tables/{part.id}.{ending}" for ending in ("md", "tex", "docx")),
        f"figures/{part.id}.png",
        f"figures/print/{part.id}.pdf",
    )
    data = ", ".join(link(f"#{sources.anchor(n)}", n) for n in sources.of_exhibit(part))
    return [
        (word("literals"), link(f"../{part.source}", part.source)),
        (word("numbers"), _links(numbers)),
        (word("printed"), _links([name for name in printed if (output / name).exists()])),
        (word("data"), data),
    ]


def _links(names: list[str]) -> str:
    return ", ".join(link(name, Path(name).name) for name in names)
