"""The last step of every table: title, notes of the exhibit, and where the numbers come from."""

from pilotzone import exhibits
from pilotzone.catalogue import Exhibit
from pilotzone.tables.grid import Body, Grid, headed
from pilotzone.tables.sentences import say
from pilotzone.tables.style import Style


def literals_file(exhibit_id: str) -> str:
    """Return an exhibit's file of literals below the root; an empty text if there is none."""
    path = exhibits.paths((*exhibits.GROUPS, *exhibits.READERS)).get(exhibit_id)
    return f"code/pilotzone/exhibits/{path.parent.name}/{path.name}" if path else ""


def finished(exhibit_id: str, exhibit: Exhibit, body: Body, style: Style) -> Grid:
    """Return a table from what its builder made; its last note is where the numbers come from.

    One that is no regression table side by side is a listing: if it is long, its heads are
    repeated.
    """
    file = style.source.file or literals_file(exhibit_id)
    of = "own_sources" if style.source.file else "sources_of" if file else "sources"
    side_by_side = exhibit.columns and exhibit.layout == "columns"
    panels = body.panels if side_by_side else headed(body.header, body.panels)
    return Grid(
        exhibit=exhibit_id,
        title=style.lexicon.pick((exhibit.title, exhibit.title_zh)),
        language=style.language,
        header=body.header,
        panels=panels,
        footer=body.footer,
        notes=(*body.notes, *exhibit.notes_in(style.language), say(of, style.lexicon, file=file)),
    )
