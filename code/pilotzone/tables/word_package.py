"""A Word file: its styles, its page, its parts, with one fixed time on all of them."""

import datetime
import functools
import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from pilotzone.tables.layout import Sheet
from pilotzone.tables.word_lines import LONG_EDGE, MARGIN, NORMAL, SHORT_EDGE, SMALL, TWENTIETHS
from pilotzone.tables.word_markup import runs

FONT, CHINESE_FONT = "Times New Roman", "SimSun"
STAMP = datetime.datetime(2025, 3, 7)
ZIP_STAMP = (2025, 3, 7, 0, 0, 0)
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
DOCUMENT = "word/document.xml"
BEGIN, END = "<w:body>", "</w:body>"
# Stands in the template for the title of the table.
TITLE = "TITLE-OF-THE-TABLE"
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
def template() -> dict[str, bytes]:
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
    page = f'<w:fldSimple {NAMESPACES} w:instr=" PAGE ">{runs("1")}</w:fldSimple>'
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


def section(sheet: Sheet) -> str:
    """Return the end of a section: the page of a sheet, with its number at the foot."""
    footer = re.search(rb'<w:footerReference[^>]* r:id="(\w+)"', template()[DOCUMENT])[1].decode()
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


def pack(body: str, title: str) -> bytes:
    """Return the file: the template's parts, one fixed time on all of them."""
    document = f"{XML}<w:document {NAMESPACES}>{BEGIN}{body}{END}</w:document>"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, part in template().items():
            entry = zipfile.ZipInfo(name, ZIP_STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = part.replace(TITLE.encode(), escape(title).encode())
            file.writestr(entry, document.encode() if name == DOCUMENT else content)
    return packed.getvalue()
