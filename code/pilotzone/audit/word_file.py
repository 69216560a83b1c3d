"""The tables of a Word file as printed, read from its WordprocessingML without any of our writer.

Raised digits are read as superscripts; a cell that spans its row is the title of a panel.
"""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RAISED = str.maketrans("0123456789-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻")
Lines = list[list[str]]


def read(path: Path) -> list[Lines]:
    """Return the rows of every table of a file, spans written out."""
    with zipfile.ZipFile(path) as archive:
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    return [[_line(row) for row in table.iter(f"{SPACE}tr")] for table in body.iter(f"{SPACE}tbl")]


def parts(content: bytes) -> dict[str, bytes]:
    """Return the files of which a Word file is made, so that how they are packed does not count."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist())}


def sentences(content: bytes) -> list[str]:
    """Return the text of every paragraph of a Word file."""
    body = ElementTree.fromstring(content)
    found = ("".join(p.text or "" for p in one.iter(f"{SPACE}t")) for one in body.iter(f"{SPACE}p"))
    return [text for text in found if text]


def _line(row: ElementTree.Element) -> list[str]:
    cells = row.iter(f"{SPACE}tc")
    return spread([("".join(map(_run, c.iter(f"{SPACE}r"))), _span(c)) for c in cells])


def spread(cells: list[tuple[str, int]]) -> list[str]:
    """Return the texts of a row's cells with their spans written out."""
    if len(cells) == 1:
        ((title, width),) = cells
        return [title, *[""] * (width - 1)]
    return [text for text, width in cells for _ in range(width)]


def _span(cell: ElementTree.Element) -> int:
    found = cell.find(f"{SPACE}tcPr/{SPACE}gridSpan")
    return 1 if found is None else int(found.get(f"{SPACE}val", "1"))


def _run(run: ElementTree.Element) -> str:
    text = "".join(part.text or "" for part in run.iter(f"{SPACE}t"))
    place = run.find(f"{SPACE}rPr/{SPACE}vertAlign")
    raised = place is not None and place.get(f"{SPACE}val") == "superscript"
    return text.translate(RAISED) if raised else text
