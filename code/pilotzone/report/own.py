"""The report on a reader's panel: one page that needs nothing beside it, what can be told first."""

import dataclasses
from collections.abc import Sequence
from html import escape
from pathlib import Path

from pilotzone.catalogue import Exhibit, phrasebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.report.article import WEB_FRAME, picture
from pilotzone.report.markup import frame, link, text
from pilotzone.tables import web
from pilotzone.tables.grid import Grid

HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Shown:
    """An exhibit on the page.

    Attributes
    ----------
    id : str
    exhibit : Exhibit
    grid : Grid or None
        None where it could not be made.
    figure : Path or None
        Its picture, if one is drawn.
    files : tuple of str
        What it is printed as and rests on, relative to the page.
    refused : str
        Why it, or its figure, could not be made.
    """

    id: str
    exhibit: Exhibit
    grid: Grid | None = None
    figure: Path | None = None
    files: tuple[str, ...] = ()
    refused: str = ""


def build(
    title: str,
    overview: Sequence[tuple[str, Sequence[str]]],
    notes: Sequence[str],
    shown: Sequence[Shown],
    lexicon: Lexicon,
) -> str:
    """Return the page; the same arguments give the same bytes.

    Parameters
    ----------
    title : str
    overview : pairs of a head and its lines
        The first screen.
    notes : what was found on reading the files.
    shown : the exhibits in the order of the argument.
    lexicon : the reader's words.
    """
    word = lexicon.of(phrasebook.OVERVIEW)
    items = "".join(f"<li>{link(f'#{one.id}', _title(one, lexicon))}</li>" for one in shown)
    body = [
        f'<header class="page"><h1>{text(title)}</h1></header>',
        '<main id="main" tabindex="-1">',
        _screen(overview, notes, lexicon),
        f"<p>{link('tables/all_tables.docx', word('tables'))}</p>",
        f'<nav aria-label="{escape(word("contents"))}"><ul>{items}</ul></nav>',
        *(_article(one, lexicon) for one in shown),
        "</main>",
    ]
    style = (HERE / "page.css").read_text(encoding="utf-8")
    return (
        f'<!DOCTYPE html>\n<html lang="{web.LANGUAGE_TAGS[lexicon.language]}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{web.STYLESHEET}{style}</style>\n</head>\n"
        "<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _title(one: Shown, lexicon: Lexicon) -> str:
    return lexicon.pick((one.exhibit.title, one.exhibit.title_zh))


def _screen(
    overview: Sequence[tuple[str, Sequence[str]]], notes: Sequence[str], lexicon: Lexicon
) -> str:
    """Return the first screen, and the notes below it, folded."""
    word = lexicon.of(phrasebook.OVERVIEW)
    pairs = "".join(
        f"<div><dt>{text(head)}</dt><dd>{'<br>'.join(map(text, lines))}</dd></div>"
        for head, lines in overview
    )
    told = "".join(f"<li>{text(line)}</li>" for line in notes)
    return (
        f'<section aria-labelledby="overview"><h2 id="overview">{text(word("heading"))}</h2>\n'
        f'<dl class="specification">{pairs}</dl>\n'
        f"<details><summary>{text(word('notes'))}</summary><ul>{told}</ul></details></section>"
    )


def _article(one: Shown, lexicon: Lexicon) -> str:
    lines = [
        f'<article id="{one.id}" aria-labelledby="title-{one.id}">',
        f'<h3 id="title-{one.id}">{link(f"#{one.id}", _title(one, lexicon))}</h3>',
    ]
    if one.grid is None:
        return "\n".join([*lines, f"<p>{text(one.refused)}</p>", "</article>"])
    fragment = web.render(one.grid).replace(WEB_FRAME, frame(f"Table {one.id}, scrolls"), 1)
    lines.append(fragment)
    if one.refused:
        lines.append(f"<p>{text(one.refused)}</p>")
    if one.figure:
        lines.append(picture(one.id, one.exhibit, one.figure, f"{one.id}.csv"))
    files = ", ".join(link(name, Path(name).name) for name in one.files)
    return "\n".join([*lines, f'<p class="files">{files}</p>', "</article>"])
