"""A table as a Word file: three rules, Times New Roman and SimSun, headings on every page.

A table is one section, upright or across the page by its width. The cells are written as
WordprocessingML (ISO/IEC 29500-1, part 17), because a library's cell objects are slow on thousands
of cells; the library packs the file. Equal tables give equal bytes: no clock is read.
"""

import io
import re
import zipfile
from collections.abc import Sequence

from pilotzone.tables.grid import Grid, blocks
from pilotzone.tables.layout import COLUMN_GAP, Sheet, fit_sheet
from pilotzone.tables.word_lines import SHEETS, TWENTIETHS, column_points, lines, stands
from pilotzone.tables.word_markup import attribute, row_markup, runs
from pilotzone.tables.word_package import BEGIN, DOCUMENT, END, pack, section


def render(grid: Grid) -> bytes:
    """Return a table as a Word file of its own."""
    cuts, sheet = fit_sheet(grid, SHEETS)
    there = [_table(block, cut, sheet) for cut in cuts for block in blocks(cut)]
    tables = "".join(
        _caption(grid, continued=number > 0)
        + (_warning(grid) if grid.warnings and not number else "")
        + table
        for number, table in enumerate(there)
    )
    return pack(tables + _notes(grid) + section(sheet), grid.title)


def parts(grid: Grid) -> list[Grid]:
    """Return the tables of the file: columns that fit a sheet, and blocks of long listings."""
    return [block for cut in fit_sheet(grid, SHEETS)[0] for block in blocks(cut)]


def combined(files: Sequence[bytes]) -> bytes:
    """Return the tables of several files of :func:`render` in one, numbered as they come."""
    bodies = []
    for number, file in enumerate(files, start=1):
        with zipfile.ZipFile(io.BytesIO(file)) as parts:
            text = parts.read(DOCUMENT).decode()
        body = text[text.index(BEGIN) + len(BEGIN) : text.rindex(END)]
        numbered = re.sub(r'(<w:bookmark(?:Start|End) w:id=)"1"', rf'\1"{number}"', body)
        bodies.append(re.sub(r"(<w:fldSimple .*?<w:t [^>]*>)1<", rf"\g<1>{number}<", numbered))
    return pack("".join([*map(_closed, bodies[:-1]), *bodies[-1:]]), "")


def _closed(body: str) -> str:
    """Return a body that another may follow: its last paragraph, the notes, ends the section."""
    cut = body.rindex("<w:sectPr>")
    inside = body.rindex("</w:pPr>")
    return body[:inside] + body[cut:] + body[inside:cut]


def _table(grid: Grid, whole: Grid, sheet: Sheet) -> str:
    """Return a block with the columns of the whole table, so that all blocks look alike."""
    widths = column_points(whole, sheet)
    twentieths = [round(TWENTIETHS * width) for width in widths]
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in twentieths)
    margin = f'w:w="{round(TWENTIETHS * COLUMN_GAP / 2)}" w:type="dxa"'
    made = lines(grid, stands(whole, widths, sheet))
    rows = "".join(row_markup(line, twentieths, sheet.style) for line in made)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(twentieths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left {margin}/><w:right {margin}/>'
        f'</w:tblCellMar><w:tblCaption w:val="{attribute(grid.title)}"/>'
        f'<w:tblDescription w:val="{attribute(grid.exhibit)}"/></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def _caption(grid: Grid, *, continued: bool) -> str:
    """Return the caption; Word counts the tables, and a mark named after the exhibit finds them."""
    word = grid.lexicon.word("table")
    before, after = (f"{word} ", ". ") if grid.lexicon.english else (word, "\u3000")
    same = r"\c " if continued else ""
    number = f'<w:fldSimple w:instr=" SEQ {word} {same}\\* ARABIC ">{runs("1")}</w:fldSimple>'
    numbered = runs(before) + number
    if not continued:
        name = attribute(f"tab_{grid.exhibit}")
        numbered = f'<w:bookmarkStart w:id="1" w:name="{name}"/>{numbered}<w:bookmarkEnd w:id="1"/>'
    more = f" ({grid.lexicon.word('continued')})" if continued else ""
    style = '<w:pPr><w:pStyle w:val="Caption"/></w:pPr>'
    return f"<w:p>{style}{numbered}{runs(after)}{runs(grid.title + more)}</w:p>"


def _warning(grid: Grid) -> str:
    style = '<w:pPr><w:pStyle w:val="TableNotes"/><w:keepNext/></w:pPr>'
    return f"<w:p>{style}{runs(grid.warnings_text, 'b')}</w:p>"


def _notes(grid: Grid) -> str:
    heading = grid.lexicon.word("notes")
    mark = "i" if grid.lexicon.english else "b"
    style = '<w:pPr><w:pStyle w:val="TableNotes"/></w:pPr>'
    text = runs(heading, mark) + runs(grid.lexicon.space + grid.notes_text)
    return f"<w:p>{style}{text}</w:p>"
