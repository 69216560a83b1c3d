"""A table as HTML: a fragment for a page, without scripts and without styles of its own."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import takewhile

from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Row

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
# What a page needs to show the fragments with three rules.
STYLESHEET = """\
.exhibit { margin: 2em 0; }
.exhibit .scroll { overflow-x: auto; }
.exhibit table { border-collapse: collapse; border-block: 2px solid; margin: 0 auto; }
.exhibit caption { font-weight: bold; padding: 0.5em; }
.exhibit th, .exhibit td { font-weight: normal; padding: 0.1em 0.5em; vertical-align: top; }
.exhibit th[scope=row] { max-width: 24em; text-align: left; }
.exhibit .centred td { text-align: center; }
.exhibit .flush td { text-align: right; }
.exhibit td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.exhibit td.text { min-width: 9em; white-space: normal; }
.exhibit thead th, .exhibit .subhead th { text-align: center; vertical-align: bottom; }
.exhibit th.label { text-align: left; }
.exhibit thead tr:last-child > *, .exhibit .subhead.last > * { border-bottom: 1px solid; }
.exhibit th.span { border-bottom: 1px solid; }
.exhibit th.panel { font-style: italic; padding-top: 0.5em; text-align: left; }
.exhibit tfoot tr:first-child > * { border-top: 1px solid; }
.exhibit .warning { font-weight: bold; margin: 0.5em auto; max-width: 70em; }
.exhibit .notes { font-size: 0.85em; margin: 0.5em auto; max-width: 70em; }
"""
# A longer cell holds words, not a number or an interval, and may be broken.
LONGEST_NUMBER = 24
PAGE = """\
body {{ font-family: "Times New Roman", SimSun, serif; margin: 1em; }}
{tables}"""


def render(grid: Grid) -> str:
    """Return a table with its notes as one element, every text escaped.

    The rows of the body and below it carry their term as ``data-term``.
    """
    word = grid.lexicon.word("table")
    kind = "centred" if _bracketed(grid) else "flush"
    lines = [
        f'<div class="exhibit" id="table-{escape(grid.exhibit)}" '
        f'lang="{LANGUAGE_TAGS[grid.language]}">',
        *([f'<p class="warning">{escape(grid.warnings_text)}</p>'] if grid.warnings else []),
        '<div class="scroll">',
        f'<table class="{kind}" data-exhibit="{escape(grid.exhibit)}">',
        f"<caption>{word} {escape(grid.exhibit)}. {escape(grid.title)}</caption>",
        "<thead>",
        *_header(grid.header),
        "</thead>",
        *_bodies(grid),
        *(["<tfoot>", *_rows(grid.footer), "</tfoot>"] if grid.footer else []),
        "</table>",
        "</div>",
        f'<p class="notes"><em>{grid.lexicon.word("notes")}</em> {escape(grid.notes_text)}</p>',
        "</div>",
    ]
    return "\n".join(lines) + "\n"


def _bracketed(grid: Grid) -> bool:
    """Say whether brackets stand under estimates: such columns are centred, others flush right."""
    return any(row.kind == ERROR for panel in grid.panels for row in panel.rows)


def page(fragments: Sequence[str], title: str, language: str) -> str:
    """Return a document that holds fragments."""
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{LANGUAGE_TAGS[language]}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>\n{PAGE.format(tables=STYLESHEET)}</style>",
        "</head>",
        "<body>",
        *(fragment.rstrip("\n") for fragment in fragments),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _header(rows: Sequence[HeaderRow], kind: str = "") -> Iterator[str]:
    """Yield rows of headings; ``kind`` is the class of rows within the body."""
    for number, row in enumerate(rows):
        last = number == len(rows) - 1
        cells = [_heading(row.label, ' class="label"')]
        for heading in row.headings:
            ruled = ' class="span"' if heading.span > 1 and heading.text and not last else ""
            span = f' colspan="{heading.span}"' if heading.span > 1 else ""
            cells.append(_heading(heading.text, ruled + span, group=heading.span > 1))
        names = " ".join([kind, "last"] if last else [kind]) if kind else ""
        yield f"<tr{_class(names)}>{''.join(cells)}</tr>"


def _heading(text: str, attributes: str, *, group: bool = False) -> str:
    """Return a heading; an empty one heads nothing, so it is a plain cell."""
    if not text:
        return f"<td{attributes}></td>"
    return f'<th scope="{"colgroup" if group else "col"}"{attributes}>{escape(text)}</th>'


def _bodies(grid: Grid) -> Iterator[str]:
    for panel in grid.panels:
        yield "<tbody>"
        if panel.title:
            span = f'colspan="{grid.n_columns + 1}"'
            title = f'<th class="panel" scope="rowgroup" {span}>{escape(panel.title)}</th>'
            yield f"<tr>{title}</tr>"
        yield from _header(panel.header, "subhead")
        yield from _rows(panel.rows)
        yield "</tbody>"


def _rows(rows: Sequence[Row]) -> Iterator[str]:
    """Yield rows; a label heads its estimate and the brackets below."""
    for number, row in enumerate(rows):
        cells = [_cell(text) for text in row.cells]
        if row.kind != ERROR:
            below = list(takewhile(lambda other: other.kind == ERROR, rows[number + 1 :]))
            span = f' rowspan="{len(below) + 1}"' if below else ""
            cells.insert(0, f'<th scope="row"{span}>{escape(row.label)}</th>')
        term = f' data-term="{escape(row.term)}"' if row.term else ""
        yield f"<tr{_class('error' if row.kind == ERROR else '')}{term}>{''.join(cells)}</tr>"


def _cell(text: str) -> str:
    kind = _class("text" if len(text) > LONGEST_NUMBER else "")
    return f"<td{kind}>{escape(text)}</td>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
