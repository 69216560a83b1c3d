"""The tables of the report page as printed, read from its HTML without any of our writer.

A heading that spans its columns stands above each of them; a cell that spans its row is the title
of a panel; a label that heads two rows is empty in the second. A long table is
packed in an attribute: its HTML by zlib and base64.
"""

import base64
import functools
import zlib
from html.parser import HTMLParser
from pathlib import Path

from pilotzone.audit.word_file import spread
from pilotzone.errors import UserError

Lines = list[list[str]]
CELLS = ("th", "td")


def read(path: Path, exhibit_id: str) -> Lines:
    """Return the rows of an exhibit's table, spans written out.

    Raises UserError if the page has no such table.
    """
    found = _tables(path.read_text(encoding="utf-8"))
    if exhibit_id not in found:
        raise UserError(f"no table of {exhibit_id}")
    return found[exhibit_id]


@functools.lru_cache(maxsize=1)
def _tables(page: str) -> dict[str, Lines]:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.tables


class _Reader(HTMLParser):
    """Collect the rows of every table that names its exhibit."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, Lines] = {}
        self._lines: Lines | None = None
        self._cells: list[tuple[str, int]] = []
        self._text: str | None = None
        self._span = 1
        # Rows that a label above still heads.
        self._headed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "data-packed" in given:
            inner = _Reader()
            inner.feed(zlib.decompress(base64.b64decode(given["data-packed"] or "")).decode())
            inner.close()
            self.tables |= inner.tables
        if tag == "table" and "data-exhibit" in given:
            self._lines = self.tables.setdefault(given["data-exhibit"] or "", [])
        if self._lines is None:
            return
        if tag == "tr":
            self._cells = [("", 1)] if self._headed else []
            self._headed = max(self._headed - 1, 0)
        elif tag in CELLS:
            self._text, self._span = "", int(given.get("colspan") or 1)
            self._headed = int(given.get("rowspan") or self._headed + 1) - 1

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._lines = None
        elif tag in CELLS and self._text is not None:
            self._cells.append((self._text, self._span))
            self._text = None
        elif tag == "tr" and self._lines is not None:
            self._lines.append(spread(self._cells))
