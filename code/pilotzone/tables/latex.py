"""A table as LaTeX: three rules, numbers aligned at the point, small enough for an A4 page.

One ``table`` environment, or several where one page does not hold the table, for ``\\input`` into
a document with the packages of :data:`PACKAGES`; a compiler that is given the file alone takes it
for a document. Plain ASCII apart from Chinese text.
"""

import re
from collections.abc import Iterator, Sequence

from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Panel, Row, body_columns
from pilotzone.tables.layout import (
    Layout,
    column_ems,
    fit,
    heading_limits,
    pointed,
    signed_around,
    wrap,
)

SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "[": r"{[}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "−": r"$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "²": r"$^{2}$",
    "—": r"{---}",
    "…": r"{\ldots}",
    "†": r"$\dagger$",
}
GREEK = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
    *("lambda", "mu", "nu", "xi", "", "pi", "rho", "varsigma", "sigma", "tau", "upsilon"),
    *("phi", "chi", "psi", "omega"),
)
SPECIALS |= {chr(ord("α") + i): rf"$\{name}$" for i, name in enumerate(GREEK) if name}
DIGITS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
MARKS = str.maketrans({digit: mark for mark, digit in DIGITS.items()})
POWER = f"[{''.join(DIGITS)}]{{2,}}"
ESCAPED = re.compile("|".join([POWER, *map(re.escape, SPECIALS)]))
UNESCAPED = {escaped: char for char, escaped in SPECIALS.items()}
RAISED = re.compile("|".join([r"\$\^\{([^}]*)\}\$", *map(re.escape, UNESCAPED)]))
STARS = re.compile(r"(?<=\S)\*{1,3}$")
GLUED = "{}"
PACKAGES = ("booktabs", "multirow", "siunitx", "threeparttable")
# Numbers are set as they are written, at their point: reading them would take most of the time.
ALIGNED = r"\sisetup{parse-numbers=false,input-decimal-markers={.}}"
ALIGNING = "S"
MARKUP = {"−": "-", ",": "{,}", "<": "{<}"}
COUNT = re.compile(r"−?[\d,]+", re.ASCII)
# A line of type, in units of its size.
LINE = 1.2
# The lines of a number and of what stands under it.
PAIR = 2
# Widths are good to a few per cent: a label that fills a line up to here may take another.
SURE = 0.97


def escape(text: str) -> str:
    """Return text with everything that LaTeX would read as a command, or not know, replaced."""
    return ESCAPED.sub(lambda match: SPECIALS.get(match[0]) or _superscript(match[0]), text)


def _superscript(power: str) -> str:
    return f"$^{{{''.join(DIGITS[char] for char in power)}}}$"


def cell(text: str, *, aligned: bool = False) -> str:
    """Return a cell as text, or as a number for alignment at its point; stars are raised."""
    marks = STARS.search(text)
    plain, raised = (text[: marks.start()], marks.group()) if marks else (text, "")
    if aligned and pointed(text):
        number = "".join(MARKUP.get(char, char) for char in plain)
        return number + (f"^{{{raised}}}" if raised else "")
    printed = escape(plain) + (f"$^{{{raised}}}$" if raised else "")
    return f"{{{printed}}}" if aligned and text else printed


# LaTeX makes \@nodocument \relax when a document begins: a file that is read before begins its own.
ALONE = r"\expandafter\ifx\csname @nodocument\endcsname\relax\else"
END = "pilotzoneend"


def render(grid: Grid) -> str:
    """Return the table, for ``\\input`` or to be compiled alone."""
    head = [
        ALONE,
        *_preamble(grid.language),
        rf"\def\{END}{{\end{{document}}}}",
        r"\begin{document}",
        r"\fi",
    ]
    return "\n".join([*head, fragment(grid) + rf"\csname {END}\endcsname", ""])


def fragment(grid: Grid) -> str:
    """Return the ``table`` environments alone."""
    layout = fit(grid)
    last = len(layout.parts) - 1
    environments = [
        _environment(part, layout, first=number == 0, last=number == last)
        for number, part in enumerate(layout.parts)
    ]
    return "\n".join(environments)


def _environment(grid: Grid, layout: Layout, *, first: bool, last: bool) -> str:
    continued = grid.lexicon.word("continued")
    title = escape(grid.title) + ("" if first else f" ({continued})")
    kinds = list(map(_column, body_columns(grid)))
    labels = rf"@{{}}>{{\raggedright\arraybackslash}}p{{{layout.label_ems:.1f}em}}"
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        *([] if first else [r"\addtocounter{table}{-1}"]),
        # Chinese classes spread lines; a table is laid out for lines that are not.
        *([] if grid.lexicon.english else [r"\linespread{1}"]),
        rf"\{layout.size}",
        r"\begin{threeparttable}",
        rf"\caption{{{title}}}",
        *([rf"\label{{tab:{grid.exhibit}}}"] if first else []),
        *([rf"\textbf{{{escape(grid.warnings_text)}}}\par"] if first and grid.warnings else []),
        r"\setlength{\tabcolsep}{3pt}",
        rf"\begin{{tabular*}}{{\linewidth}}{{@{{\extracolsep{{\fill}}}}{labels}{''.join(kinds)}@{{}}}}",
        r"\toprule",
        *_tabular(grid, layout, [kind.startswith(ALIGNING) for kind in kinds]),
        r"\bottomrule",
        r"\end{tabular*}",
        *(_notes(grid) if last else []),
        r"\end{threeparttable}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _column(cells: Sequence[str]) -> str:
    """Return the kind of a column: numbers aligned at the point, counts flush right, or text."""
    ends = [parts[1] for parts in map(pointed, cells) if parts]
    if not ends:
        return "r" if any(map(COUNT.fullmatch, cells)) else "c"
    # Numbers of equal ends, flush right, stand with their points below each other as they are.
    if len(set(map(len, ends))) == 1 and all(end[1:].isdecimal() for end in ends):
        return "r"
    room = signed_around(cells)
    return f"{ALIGNING}[table-format={'-' * room.sign}{room.before}.{room.after}]"


def _tabular(grid: Grid, layout: Layout, aligned: list[bool]) -> Iterator[str]:
    yield from _header(grid.header, grid, layout)
    yield r"\midrule"
    for number, panel in enumerate(grid.panels):
        yield from _panel(panel, grid, layout, aligned, first=number == 0)
    if grid.footer:
        yield r"\midrule"
        yield from _body(grid.footer, layout.label_ems, aligned)


def _panel(
    panel: Panel, grid: Grid, layout: Layout, aligned: list[bool], *, first: bool
) -> Iterator[str]:
    if panel.header:
        yield r"\midrule"
    elif not first:
        yield r"\addlinespace"
    if panel.title:
        title = rf"\textit{{{escape(panel.title)}}}"
        yield rf"\multicolumn{{{grid.n_columns + 1}}}{{@{{}}l}}{{{title}}} \\"
    yield from _header(panel.header, grid, layout)
    if panel.header:
        yield r"\midrule"
    yield from _body(panel.rows, layout.label_ems, aligned)


def _header(rows: tuple[HeaderRow, ...], grid: Grid, layout: Layout) -> Iterator[str]:
    widths = [width + layout.spare_ems for width in column_ems(grid, signed_around)] if rows else []
    for row in rows:
        limits = heading_limits(row, widths)
        texts = [
            _heading(heading.text, heading.span, limit)
            for heading, limit in zip(row.headings, limits, strict=True)
        ]
        yield " & ".join([escape(row.label), *texts]) + r" \\"
        rules = list(_cmidrules(row))
        if rules:
            yield " ".join(rules)


def _heading(text: str, span: int, limit: float) -> str:
    stacked = _stack(text, limit, "c")
    return rf"\multicolumn{{{span}}}{{c}}{{{stacked}}}"


def _stack(text: str, limit: float, align: str) -> str:
    lines = wrap(text, limit)
    if len(lines) == 1:
        return escape(text)
    joined = escape(lines[0].text) + "".join(
        rf"\\{GLUED if line.glued else ''}{escape(line.text)}" for line in lines[1:]
    )
    return rf"\shortstack[{align}]{{{joined}}}"


def _cmidrules(row: HeaderRow) -> Iterator[str]:
    start = 2
    for heading in row.headings:
        if heading.span > 1 and heading.text:
            yield rf"\cmidrule(lr){{{start}-{start + heading.span - 1}}}"
        start += heading.span


def _body(rows: tuple[Row, ...], label_ems: float, aligned: list[bool]) -> Iterator[str]:
    """Yield the rows; a label runs on beside the brackets under its estimate."""
    for number, row in enumerate(rows):
        pair = number + 1 < len(rows) and rows[number + 1].kind == ERROR
        label = escape(row.label)
        if pair and row.label:
            label = rf"\multirow[t]{{{_height(row, label_ems)}}}{{=}}{{{label}}}"
        # What a label needs beyond the two lines that it spans.
        more = _height(rows[number - 1], label_ems) - PAIR if row.kind == ERROR else 0
        skip = f"[{more * LINE:.1f}em]" if more > 0 else ""
        cells = [cell(text, aligned=point) for text, point in zip(row.cells, aligned, strict=True)]
        yield " & ".join([label, *cells]) + rf" \\{skip}"


def _height(row: Row, label_ems: float) -> int:
    """Return how many lines a label beside a number and its error spans, both at least."""
    return max(PAIR, len(wrap(row.label, SURE * label_ems)))


def _notes(grid: Grid) -> Iterator[str]:
    # A path may not be broken: the line before it may be set wide.
    yield r"\begin{tablenotes}[flushleft]\footnotesize\sloppy\emergencystretch=10em"
    heading, space = grid.lexicon.word("notes"), grid.lexicon.space
    yield rf"\item \textit{{{heading}}}{space}{escape(grid.notes_text)}"
    yield r"\end{tablenotes}"


def standalone(text: str, language: str = "en", packages: Sequence[str] = ()) -> str:
    """Return a document around fragments, for pdflatex; Chinese needs xelatex and ctex.

    ``packages`` are asked for beside those of the tables.
    """
    more = [rf"\usepackage{{{name}}}" for name in packages]
    lines = [*_preamble(language), *more, r"\begin{document}", text.rstrip(), r"\end{document}", ""]
    return "\n".join(lines)


def _preamble(language: str) -> list[str]:
    document = "article" if language == "en" else "ctexart"
    return [
        rf"\documentclass[11pt,a4paper]{{{document}}}",
        r"\usepackage[margin=2.5cm]{geometry}",
        rf"\usepackage{{{','.join(PACKAGES)}}}",
        ALIGNED,
        # A listing of very many lines is as many floats one behind the other.
        r"\maxdeadcycles=1000",
    ]


def collection(names: Sequence[str], language: str = "en") -> str:
    """Return a document that reads the fragments of these names from its folder."""
    return standalone("\n\\clearpage\n".join(rf"\input{{{name}}}" for name in names), language)


def parse(text: str) -> list[list[list[str]]]:
    """Return the printed lines of every tabular of a fragment, as :meth:`Grid.lines` gives them."""
    found = re.findall(
        r"\\begin\{tabular\*\}([^\n]*)\n(.*?)\\end\{tabular\*\}", text, flags=re.DOTALL
    )
    return [
        [_parse_row(row, _aligned(columns)) for row in re.findall(ROW, body, re.MULTILINE)]
        for columns, body in found
    ]


def _aligned(columns: str) -> list[bool]:
    """Return which columns behind the labels align numbers at their points."""
    kinds = re.findall(rf"{ALIGNING}\[[^]]*\]|[rc]", columns.rpartition("em}")[2])
    return [kind.startswith(ALIGNING) for kind in kinds]


ROW = r"^(.*) \\\\(?:\[[\d.]+em\])?$"
SPANNING = re.compile(r"\s*\\multicolumn\{(\d+)\}\{(@\{\}l|c)\}\{(.*)\}")
LABEL = re.compile(r"\\multirow\[t\]\{\d\}\{=\}\{(.*)\}")


def _parse_row(line: str, aligned: list[bool]) -> list[str]:
    first, *rest = re.split(r"(?<!\\) & ", f" {line}")
    title = SPANNING.fullmatch(first)
    if title:
        text = title[3].removeprefix(r"\textit{").removesuffix("}")
        return [unescape(text), *[""] * (int(title[1]) - 1)]
    label = LABEL.fullmatch(first.strip(" "))
    cells = [unescape(label[1] if label else first.strip(" "))]
    for text in rest:
        spanning = SPANNING.fullmatch(text)
        span, inner = (int(spanning[1]), spanning[3]) if spanning else (1, text.strip(" "))
        braced = not spanning and aligned[len(cells) - 1]
        cells += [_text(inner, braced=braced)] * span
    return cells


PRINTED = re.compile(
    r"(?P<number>(?:\(|\{<\})?-?[\d{},]+\.\d+\)?)(?:\^\{(?P<stars>\*+)\})?", re.ASCII
)


def _text(cell: str, *, braced: bool) -> str:
    """Return the text that :func:`cell` or a heading made this of."""
    read = PRINTED.fullmatch(cell)
    if braced and read:
        text = read["number"]
        for char, markup in MARKUP.items():
            text = text.replace(markup, char)
        return text + (read["stars"] or "")
    inner = cell[1:-1] if braced and cell else cell
    stacked = re.fullmatch(r"\\shortstack\[[lc]\]\{(.*)\}", inner)
    if stacked:
        inner = stacked[1].replace(rf"\\{GLUED}", "").replace(r"\\", " ")
    return unescape(inner)


def unescape(text: str) -> str:
    """Return the text that :func:`escape` made this of, and its raised stars."""
    return RAISED.sub(
        lambda match: UNESCAPED.get(match[0]) or match[1].translate(MARKS),
        text,
    )
