"""A table as a Word file: three rules, Times New Roman and SimSun, headings on every page.

A table is one section, upright or across the page by its width. The cells are written as
WordprocessingML (ISO/IEC 29500-1, part 17), because a library's cell objects are slow on thousands
of cells; the library packs the file. Equal tables give equal bytes: no clock is read.
"""

import dataclasses
import datetime
import functools
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Panel, Row
from pilotzone.tables.layout import (
    COLUMN_GAP,
    NARROWEST_LABELS,
    Sheet,
    bracketed,
    column_ems,
    ems,
    fit_sheet,
    widest_label,
)

FONT, CHINESE_FONT = "Times New Roman", "SimSun"
STAMP = datetime.datetime(2025, 3, 7)
ZIP_STAMP = (2025, 3, 7, 0, 0, 0)

# A4 with margins of 2.5 cm; lengths in points, of which the file counts twentieths.
SHORT_EDGE, LONG_EDGE, MARGIN = 595.3, 841.9, 70.85
TWENTIETHS = 20
# A table stays upright if it can, keeps its type size if it can, and is split last.
NORMAL, SMALL = 9.0, 7.5
# Stars are as wide as digits here, and a number must not break where another font steps in.
WIDER = 1.1
SHEETS = (
    Sheet("TableText", False, SHORT_EDGE - 2 * MARGIN, WIDER * NORMAL),
    Sheet("TableText", True, LONG_EDGE - 2 * MARGIN, WIDER * NORMAL),
    Sheet("TableTextSmall", True, LONG_EDGE - 2 * MARGIN, WIDER * SMALL),
)
# Rules in eighths of a point: 1.5 pt above and below the table, 0.75 pt within, 0.5 pt partial.
OUTER, INNER, PARTIAL = 12, 6, 4
PANEL_SKIP = 4
# Lines of a broken label after its first one stand this far in, in twentieths.
HANGING = 160

XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
DOCUMENT = "word/document.xml"
BEGIN, END = "<w:body>", "</w:body>"
# Stands in the template for the title of the table.
TITLE = "TITLE-OF-THE-TABLE"
RAISED = re.compile("([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


@dataclasses.dataclass(frozen=True)
class _Cell:
    """A cell: its text and how it stands; ``rule`` is a partial rule under a heading."""

    text: str
    span: int = 1
    align: str = "left"
    indent: float = 0.0
    hanging: bool = False
    rule: bool = False
    mark: str = ""
    merge: str = ""


@dataclasses.dataclass(frozen=True)
class _Line:
    """A row of cells with the rules above and below it; ``keep`` holds it to the next one."""

    cells: tuple[_Cell, ...]
    heading: bool = False
    above: int = 0
    below: int = 0
    skip: int = 0
    keep: bool = False


def render(grid: Grid) -> bytes:
    """Return a table as a Word file of its own."""
    parts, sheet = fit_sheet(grid, SHEETS)
    tables = "".join(
        _caption(grid, continued=number > 0) + _table(part, sheet)
        for number, part in enumerate(parts)
    )
    return _pack(tables + _notes(grid) + _section(sheet), grid.title)


def combined(files: Sequence[bytes]) -> bytes:
    """Return the tables of several files of :func:`render` in one, numbered as they come."""
    bodies = []
    for number, file in enumerate(files, start=1):
        with zipfile.ZipFile(io.BytesIO(file)) as parts:
            text = parts.read(DOCUMENT).decode()
        body = text[text.index(BEGIN) + len(BEGIN) : text.rindex(END)]
        numbered = re.sub(r'(<w:bookmark(?:Start|End) w:id=)"1"', rf'\1"{number}"', body)
        bodies.append(re.sub(r"(<w:fldSimple .*?<w:t [^>]*>)1<", rf"\g<1>{number}<", numbered))
    return _pack("".join([*map(_closed, bodies[:-1]), *bodies[-1:]]), "")


def _closed(body: str) -> str:
    """Return a body that another may follow: its last paragraph, the notes, ends the section."""
    cut = body.rindex("<w:sectPr>")
    inside = body.rindex("</w:pPr>")
    return body[:inside] + body[cut:] + body[inside:cut]


# --- the table ------------------------------------------------------------------------------------


def _table(grid: Grid, sheet: Sheet) -> str:
    widths = column_points(grid, sheet)
    lines = list(_lines(grid, _indents(grid, widths, sheet)))
    lines[0] = dataclasses.replace(lines[0], above=OUTER)
    lines[-1] = dataclasses.replace(lines[-1], below=OUTER, keep=True)
    twentieths = [round(TWENTIETHS * width) for width in widths]
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in twentieths)
    margin = f'w:w="{round(TWENTIETHS * COLUMN_GAP / 2)}" w:type="dxa"'
    rows = "".join(_row(line, twentieths, sheet.style) for line in lines)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(twentieths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left {margin}/><w:right {margin}/>'
        f'</w:tblCellMar><w:tblCaption w:val="{_attribute(grid.title)}"/>'
        f'<w:tblDescription w:val="{_attribute(grid.exhibit)}"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def column_points(grid: Grid, sheet: Sheet) -> list[float]:
    """Return the widths of the labels and of each column, which together fill the text.

    What the labels leave is shared out evenly over the columns.
    """
    needed = [width * sheet.size + COLUMN_GAP for width in column_ems(grid)]
    widest = min(widest_label(grid) * sheet.size + COLUMN_GAP, sheet.width / 2)
    room = max(sheet.width - sum(needed), NARROWEST_LABELS * sheet.size)
    label = min(room, widest)
    spare = (sheet.width - label - sum(needed)) / len(needed)
    return [label, *(width + spare for width in needed)]


def _indents(grid: Grid, widths: Sequence[float], sheet: Sheet) -> list[float]:
    """Return how far numbers flush right stand from the edge: the widest is centred."""
    if bracketed(grid):
        return []
    rows = [*(row for panel in grid.panels for row in panel.rows), *grid.footer]
    widest = [max((ems(row.cells[i]) for row in rows), default=0) for i in range(grid.n_columns)]
    return [
        max((width - COLUMN_GAP - ems_of * sheet.size) / 2, 0.0)
        for width, ems_of in zip(widths[1:], widest, strict=True)
    ]


def _lines(grid: Grid, indents: Sequence[float]) -> Iterator[_Line]:
    yield from _headings(grid.header, INNER, repeated=True)
    for number, panel in enumerate(grid.panels):
        yield from _panel(panel, grid, indents, first=number == 0)
    for number, line in enumerate(_body(grid.footer, indents)):
        yield dataclasses.replace(line, above=0 if number else INNER)


def _panel(panel: Panel, grid: Grid, indents: Sequence[float], *, first: bool) -> Iterator[_Line]:
    above = INNER if panel.header and not first else 0
    if panel.title:
        # No slanted Chinese type: such a title is bold.
        mark = "i" if grid.lexicon.english else "b"
        cell = _Cell(panel.title, span=grid.n_columns + 1, mark=mark)
        skip = 0 if first or panel.header else PANEL_SKIP
        yield _Line((cell,), above=above, skip=skip, keep=True)
        above = 0
    for number, line in enumerate(_headings(panel.header, INNER)):
        yield dataclasses.replace(line, above=0 if number else above, keep=True)
    yield from _body(panel.rows, indents)


def _headings(rows: Sequence[HeaderRow], below: int, *, repeated: bool = False) -> Iterator[_Line]:
    last = len(rows) - 1
    for number, row in enumerate(rows):
        cells = [
            _Cell(h.text, h.span, "center", rule=number < last and h.span > 1 and bool(h.text))
            for h in row.headings
        ]
        yield _Line(
            (_Cell(row.label), *cells), heading=repeated, below=below if number == last else 0
        )


def _body(rows: Sequence[Row], indents: Sequence[float]) -> Iterator[_Line]:
    """Yield the rows; a label runs on beside the brackets under its estimate."""
    align = "right" if indents else "center"
    shifts = indents or [0.0] * (len(rows[0].cells) if rows else 0)
    for number, row in enumerate(rows):
        followed = number + 1 < len(rows) and rows[number + 1].kind == ERROR
        merge = "continue" if row.kind == ERROR else "restart" if followed else ""
        cells = [
            _Cell(text, align=align, indent=indent)
            for text, indent in zip(row.cells, shifts, strict=True)
        ]
        yield _Line((_Cell(row.label, hanging=True, merge=merge), *cells), keep=followed)


# --- WordprocessingML -----------------------------------------------------------------------------


def _row(line: _Line, widths: Sequence[int], style: str) -> str:
    cells, start = [], 0
    for cell in line.cells:
        width = sum(widths[start : start + cell.span])
        cells.append(_cell(cell, line, width, style))
        start += cell.span
    heading = "<w:tblHeader/>" if line.heading else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{heading}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(cell: _Cell, line: _Line, width: int, style: str) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    merge = f'<w:vMerge w:val="{cell.merge}"/>' if cell.merge else ""
    rules = _rule("top", line.above) + _rule("bottom", line.below)
    borders = f"<w:tcBorders>{rules}</w:tcBorders>" if rules else ""
    settled = '<w:vAlign w:val="bottom"/>' if line.heading else ""
    keep = "<w:keepNext/>" if line.keep else ""
    under = f"<w:pBdr>{_rule('bottom', PARTIAL, space=1)}</w:pBdr>" if cell.rule else ""
    skip = f'<w:spacing w:before="{line.skip * TWENTIETHS}"/>' if line.skip else ""
    indent = f'<w:ind w:right="{round(TWENTIETHS * cell.indent)}"/>' if cell.indent else ""
    if cell.hanging:
        indent = f'<w:ind w:left="{HANGING}" w:hanging="{HANGING}"/>'
    align = f'<w:jc w:val="{cell.align}"/>' if cell.align != "left" else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}{borders}{settled}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{keep}{under}{skip}{indent}{align}</w:pPr>'
        f"{_runs(cell.text, cell.mark)}</w:p></w:tc>"
    )


def _rule(edge: str, eighths: int, space: int = 0) -> str:
    if not eighths:
        return ""
    return f'<w:{edge} w:val="single" w:sz="{eighths}" w:space="{space}" w:color="000000"/>'


def _runs(text: str, mark: str = "") -> str:
    """Return text as runs; powers are raised digits, which every font has."""
    marked = f"<w:{mark}/>" if mark else ""
    runs = []
    for piece in RAISED.split(text):
        raised = '<w:vertAlign w:val="superscript"/>' if RAISED.match(piece) else ""
        look = f"<w:rPr>{marked}{raised}</w:rPr>" if marked or raised else ""
        written = escape(piece.translate(LOWERED) if raised else piece)
        if piece:
            runs.append(f'<w:r>{look}<w:t xml:space="preserve">{written}</w:t></w:r>')
    return "".join(runs)


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _caption(grid: Grid, *, continued: bool) -> str:
    """Return the caption; Word counts the tables, and a mark named after the exhibit finds them."""
    word = grid.lexicon.word("table")
    before, after = (f"{word} ", ". ") if grid.lexicon.english else (word, "\u3000")
    same = r"\c " if continued else ""
    number = f'<w:fldSimple w:instr=" SEQ {word} {same}\\* ARABIC ">{_runs("1")}</w:fldSimple>'
    numbered = _runs(before) + number
    if not continued:
        name = _attribute(f"tab_{grid.exhibit}")
        numbered = f'<w:bookmarkStart w:id="1" w:name="{name}"/>{numbered}<w:bookmarkEnd w:id="1"/>'
    more = f" ({grid.lexicon.word('continued')})" if continued else ""
    style = '<w:pPr><w:pStyle w:val="Caption"/></w:pPr>'
    return f"<w:p>{style}{numbered}{_runs(after)}{_runs(grid.title + more)}</w:p>"


def _notes(grid: Grid) -> str:
    heading = grid.lexicon.word("notes")
    mark = "i" if grid.lexicon.english else "b"
    style = '<w:pPr><w:pStyle w:val="TableNotes"/></w:pPr>'
    text = _runs(heading, mark) + _runs(grid.lexicon.space + grid.notes_text)
    return f"<w:p>{style}{text}</w:p>"


# --- the file -------------------------------------------------------------------------------------


FONTS = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{CHINESE_FONT}" w:cs="{FONT}"/>'

# Names by which Word knows its own styles.
BUILT_IN = {"Caption": "caption", "Footer": "footer"}


def _style(name: str, size: float, *, paragraph: str, look: str = "", base: str = "Normal") -> str:
    """Return a paragraph style; every one names the Chinese font, so that no theme decides."""
    half = round(2 * size)
    on = f'<w:basedOn w:val="{base}"/>' if base else ""
    default = "" if base else ' w:default="1"'
    written = BUILT_IN.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{name}"><w:name w:val="{written}"/>{on}'
        f"<w:qFormat/><w:pPr>{paragraph}</w:pPr><w:rPr>{FONTS}{look}"
        f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/></w:rPr></w:style>'
    )


def _lines_of(points: int) -> str:
    """Return an exact line skip, so that Chinese labels and Latin numbers share their baseline."""
    skip = TWENTIETHS * points
    return f'<w:spacing w:before="0" w:after="0" w:line="{skip}" w:lineRule="exact"/>'


def _styles() -> str:
    tight = '<w:spacing w:before="0" w:after="0"/>'
    caption = '<w:keepNext/><w:spacing w:before="120" w:after="80"/><w:jc w:val="center"/>'
    notes = '<w:spacing w:before="60" w:after="0"/><w:jc w:val="both"/>'
    return (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{FONTS}<w:sz w:val="21"/><w:szCs w:val="21"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
        + _style("Normal", 10.5, paragraph=tight, base="")
        + _style(
            "Caption", 10.5, paragraph=caption + '<w:outlineLvl w:val="0"/>', look="<w:b/><w:bCs/>"
        )
        + _style("TableText", NORMAL, paragraph=_lines_of(11))
        + _style("TableTextSmall", SMALL, paragraph=_lines_of(9), base="TableText")
        + _style("TableNotes", 8.0, paragraph=notes)
        + _style("Footer", NORMAL, paragraph='<w:jc w:val="center"/>')
        + '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr>'
        '</w:style><w:style w:type="numbering" w:default="1" w:styleId="NoList">'
        '<w:name w:val="No List"/></w:style>'
    )


SETTINGS = (
    '<w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/>'
    '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:useFELayout/>'
    '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
    'w:val="15"/></w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/>'
    '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/>'
)


@functools.cache
def _template() -> dict[str, bytes]:
    """Return the parts of an empty file with the styles, page numbers and a fixed time."""
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    _keep_parts(document.part.rels, ("styles", "settings"))
    _keep_parts(document.part.package.rels, ("officeDocument", "core-properties"))
    for element, content in (
        (document.styles.element, _styles()),
        (document.settings.element, SETTINGS),
    ):
        element[:] = parse_xml(f"<w:body {NAMESPACES}>{content}</w:body>")
    footer = document.sections[0].footer
    footer.is_linked_to_previous = False
    page = f'<w:fldSimple {NAMESPACES} w:instr=" PAGE ">{_runs("1")}</w:fldSimple>'
    footer.paragraphs[0]._p.append(parse_xml(page))
    properties = document.core_properties
    properties.title = TITLE
    properties.author = properties.last_modified_by = "pilotzone"
    properties.comments = properties.keywords = ""
    properties.created = properties.modified = STAMP
    draft = io.BytesIO()
    document.save(draft)
    with zipfile.ZipFile(draft) as parts:
        return {name: parts.read(name) for name in parts.namelist()}


def _keep_parts(relations: dict, kinds: Sequence[str]) -> None:
    for key in [k for k, r in relations.items() if r.reltype.rsplit("/", 1)[1] not in kinds]:
        relations.pop(key)


def _section(sheet: Sheet) -> str:
    footer = re.search(rb'<w:footerReference[^>]* r:id="(\w+)"', _template()[DOCUMENT])[1].decode()
    edges = [round(TWENTIETHS * edge) for edge in (SHORT_EDGE, LONG_EDGE)]
    width, height = edges[::-1] if sheet.landscape else edges
    orient = ' w:orient="landscape"' if sheet.landscape else ""
    margin = round(TWENTIETHS * MARGIN)
    margins = " ".join(f'w:{edge}="{margin}"' for edge in ("top", "right", "bottom", "left"))
    return (
        f'<w:sectPr><w:footerReference w:type="default" r:id="{footer}"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"{orient}/>'
        f'<w:pgMar {margins} w:header="{margin // 2}" w:footer="{margin // 2}" w:gutter="0"/>'
        "</w:sectPr>"
    )


def _pack(body: str, title: str) -> bytes:
    """Return the file: the template's parts, one fixed time on all of them."""
    document = f"{XML}<w:document {NAMESPACES}>{BEGIN}{body}{END}</w:document>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, template in _template().items():
            part = zipfile.ZipInfo(name, ZIP_STAMP)
            part.compress_type = zipfile.ZIP_DEFLATED
            content = template.replace(TITLE.encode(), escape(title).encode())
            file.writestr(part, document.encode() if name == DOCUMENT else content)
    return packed.getvalue()
