"""Lines of cells in WordprocessingML."""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from pilotzone.tables.word_lines import PARTIAL, TWENTIETHS, Cell, Line

# Lines of a broken label after its first one stand this far in, in twentieths.
HANGING = 160
RAISED = re.compile("([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")


def row_markup(line: Line, widths: Sequence[int], style: str) -> str:
    """Return a line as a row of a table."""
    cells, start = [], 0
    for cell in line.cells:
        width = sum(widths[start : start + cell.span])
        cells.append(_cell(cell, line, width, style))
        start += cell.span
    heading = "<w:tblHeader/>" if line.heading else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{heading}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(cell: Cell, line: Line, width: int, style: str) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    merge = f'<w:vMerge w:val="{cell.merge}"/>' if cell.merge else ""
    rules = _rule("top", line.above) + _rule("bottom", line.below)
    borders = f"<w:tcBorders>{rules}</w:tcBorders>" if rules else ""
    settled = '<w:vAlign w:val="bottom"/>' if line.heading else ""
    keep = "<w:keepNext/>" if line.keep else ""
    under = f"<w:pBdr>{_rule('bottom', PARTIAL, space=1)}</w:pBdr>" if cell.rule else ""
    skip = f'<w:spacing w:before="{line.skip * TWENTIETHS}"/>' if line.skip else ""
    inset, tabs = round(TWENTIETHS * cell.indent), ""
    indent = f'<w:ind w:right="{inset}"/>' if inset and cell.align == "right" else ""
    if cell.hanging:
        indent = f'<w:ind w:left="{HANGING}" w:hanging="{HANGING}"/>'
    align = f'<w:jc w:val="{cell.align}"/>' if cell.align in ("center", "right") else ""
    if cell.align == "decimal":
        # In a cell a number goes to such a stop by itself.
        tabs = f'<w:tabs><w:tab w:val="decimal" w:pos="{inset}"/></w:tabs>'
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}{borders}{settled}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{keep}{under}{tabs}{skip}{indent}{align}</w:pPr>'
        f"{runs(cell.text, cell.mark)}</w:p></w:tc>"
    )


def _rule(edge: str, eighths: int, space: int = 0) -> str:
    if not eighths:
        return ""
    return f'<w:{edge} w:val="single" w:sz="{eighths}" w:space="{space}" w:color="000000"/>'


def runs(text: str, mark: str = "") -> str:
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


def attribute(text: str) -> str:
    """Return a text for the value of an attribute."""
    return escape(text, {'"': "&quot;"})
