"""A page of headings, paragraphs, lists and tables, as Markdown and as HTML."""

import dataclasses
from collections.abc import Sequence
from html import escape

from pilotzone.tables import markdown

STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;border-top:2px solid;border-bottom:2px solid}"
    "th,td{padding:.2rem .7rem;text-align:left}thead{border-bottom:1px solid}"
    ".scroll{overflow-x:auto}"
)


@dataclasses.dataclass(frozen=True)
class Heading:
    """A heading below the title."""

    text: str

    def markdown(self) -> str:
        """Return it as Markdown."""
        return f"## {markdown.escape(self.text)}"

    def html(self) -> str:
        """Return it as HTML."""
        return f"<h2>{escape(self.text)}</h2>"


@dataclasses.dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str

    def markdown(self) -> str:
        """Return it as Markdown."""
        return markdown.escape(self.text)

    def html(self) -> str:
        """Return it as HTML."""
        return f"<p>{escape(self.text)}</p>"


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of texts."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """Return it as Markdown."""
        lines = [self.header, tuple("---" for _ in self.header), *self.rows]
        return "\n".join("| " + " | ".join(map(markdown.escape, line)) + " |" for line in lines)

    def html(self) -> str:
        """Return it as HTML."""
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.header)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows
        )
        return (
            f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )


Part = Heading | Paragraph | Table


def as_markdown(title: str, parts: Sequence[Part]) -> str:
    """Return the page as Markdown."""
    return "\n\n".join([f"# {markdown.escape(title)}", *(part.markdown() for part in parts)]) + "\n"


def as_html(title: str, parts: Sequence[Part]) -> str:
    """Return the page as HTML that needs no other file."""
    body = "\n".join(part.html() for part in parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )
