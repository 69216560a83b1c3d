"""A table as LaTeX: three rules, only booktabs needed, small enough for an A4 page.

One ``table`` environment, or several where one page does not hold the table, for ``\\input``; a
compiler that is given the file alone takes it for a document. Plain ASCII apart from Chinese text.
"""

import re
from collections.abc import Iterator, Sequence

from pilotzone.tables.grid import Grid, HeaderRow, Panel, Row
from pilotzone.tables.layout import (
    Layout,
    body_lines,
    bracketed,
    column_ems,
    fit,
    heading_limits,
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
CONTINUED = r"\quad "


def escape(text: str) -> str:
    """Return text with everything that LaTeX would read as a command, or not know, replaced."""
    return ESCAPED.sub(lambda match: SPECIALS.get(match[0]) or _superscript(match[0]), text)


def _superscript(power: str) -> str:
    return f"$^{{{''.join(DIGITS[char] for char in power)}}}$"


def cell(text: str) -> str:
    """Return an escaped cell with its stars raised."""
    marks = STARS.search(text)
    if not marks:
        return escape(text)
    return f"{escape(text[: marks.start()])}$^{{{marks.group()}}}$"


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
    align = "c" if bracketed(grid) else "r"
    lines = [
        r"\begin{table}[htbp]",
        r"\centering",
        *([] if first else [r"\addtocounter{table}{-1}"]),
        rf"\caption{{{title}}}",
        *([rf"\label{{tab:{grid.exhibit}}}"] if first else []),
        # Chinese classes spread lines; a table is laid out for lines that are not.
        *([] if grid.lexicon.english else [r"\linespread{1}"]),
        r"\vspace{4pt}",
        rf"\{layout.size}",
        r"\setlength{\tabcolsep}{3pt}",
        rf"\begin{{tabular}}{{@{{}}l*{{{grid.n_columns}}}{{{align}}}@{{}}}}",
        r"\toprule",
        *_tabular(grid, layout),
        r"\bottomrule",
        r"\end{tabular}",
        *(_notes(grid) if last else []),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _tabular(grid: Grid, layout: Layout) -> Iterator[str]:
    yield from _header(grid.header, grid, layout)
    yield r"\midrule"
    for number, panel in enumerate(grid.panels):
        yield from _panel(panel, grid, layout, first=number == 0)
    if grid.footer:
        yield r"\midrule"
        yield from _body(grid.footer, layout.label_ems)


def _panel(panel: Panel, grid: Grid, layout: Layout, *, first: bool) -> Iterator[str]:
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
    yield from _body(panel.rows, layout.label_ems)


def _header(rows: tuple[HeaderRow, ...], grid: Grid, layout: Layout) -> Iterator[str]:
    widths = [width + layout.spare_ems for width in column_ems(grid)]
    for row in rows:
        limits = heading_limits(row, widths)
        texts = [
            _heading(heading.text, heading.span, limit)
            for heading, limit in zip(row.headings, limits, strict=True)
        ]
        yield " & ".join([_stack(row.label, layout.label_ems, "l"), *texts]) + r" \\"
        rules = list(_cmidrules(row))
        if rules:
            yield " ".join(rules)


def _heading(text: str, span: int, limit: float) -> str:
    stacked = _stack(text, limit, "c")
    return rf"\multicolumn{{{span}}}{{c}}{{{stacked}}}" if span > 1 else stacked


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


def _body(rows: tuple[Row, ...], label_ems: float) -> Iterator[str]:
    for line, cells in body_lines(rows, label_ems):
        indent = CONTINUED + (GLUED if line.glued else "") if line.continued else ""
        yield " & ".join([indent + escape(line.text), *map(cell, cells)]) + r" \\"


def _notes(grid: Grid) -> Iterator[str]:
    yield r"\par\smallskip"
    yield r"\begin{minipage}{\linewidth}\footnotesize"
    heading, space = grid.lexicon.word("notes"), grid.lexicon.space
    yield rf"\textit{{{heading}}}{space}{escape(grid.notes_text)}"
    yield r"\end{minipage}"


def standalone(text: str, language: str = "en") -> str:
    """Return a document around fragments, for pdflatex; Chinese needs xelatex and ctex."""
    lines = [*_preamble(language), r"\begin{document}", text.rstrip(), r"\end{document}", ""]
    return "\n".join(lines)


def _preamble(language: str) -> list[str]:
    document = "article" if language == "en" else "ctexart"
    return [
        rf"\documentclass[11pt,a4paper]{{{document}}}",
        r"\usepackage[margin=2.5cm]{geometry}",
        r"\usepackage{booktabs}",
        # A listing of very many lines is as many floats one behind the other.
        r"\maxdeadcycles=1000",
    ]


def collection(names: Sequence[str], language: str = "en") -> str:
    """Return a document that reads the fragments of these names from its folder."""
    return standalone("\n\\clearpage\n".join(rf"\input{{{name}}}" for name in names), language)


def parse(text: str) -> list[list[list[str]]]:
    """Return the printed lines of every tabular of a fragment, as :meth:`Grid.lines` gives them."""
    bodies = re.findall(r"\\begin\{tabular\}[^\n]*\n(.*?)\\end\{tabular\}", text, flags=re.DOTALL)
    return [_parse_body(body) for body in bodies]


def _parse_body(body: str) -> list[list[str]]:
    rows: list[list[str]] = []
    labelled = 0
    for line in body.splitlines():
        if not line.endswith(r" \\"):
            continue
        row = _parse_row(line.removesuffix(r" \\"))
        if not row[0].startswith(CONTINUED):
            labelled = len(rows) if row[0] else labelled
            rows.append(row)
            continue
        rest = row[0].removeprefix(CONTINUED)
        glue = "" if rest.startswith(GLUED) else " "
        rows[labelled][0] += glue + rest.removeprefix(GLUED)
        if any(row[1:]):
            rows.append(["", *row[1:]])
    return [[unescape(text) for text in row] for row in rows]


def _parse_row(line: str) -> list[str]:
    cells: list[str] = []
    for text in re.split(r"(?<!\\) & ", f" {line}"):
        spanning = re.fullmatch(r"\s*\\multicolumn\{(\d+)\}\{(@\{\}l|c)\}\{(.*)\}", text)
        span, kind, inner = spanning.groups() if spanning else ("1", "c", text.strip(" "))
        if kind == "c":
            cells += [_unstack(inner)] * int(span)
        else:
            title = inner.removeprefix(r"\textit{").removesuffix("}")
            cells += [title, *[""] * (int(span) - 1)]
    return cells


def _unstack(text: str) -> str:
    stacked = re.fullmatch(r"\\shortstack\[[lc]\]\{(.*)\}", text)
    if not stacked:
        return text
    return stacked[1].replace(rf"\\{GLUED}", "").replace(r"\\", " ")


def unescape(text: str) -> str:
    """Return the text that :func:`cell` made this of."""
    return RAISED.sub(
        lambda match: UNESCAPED.get(match[0]) or match[1].translate(MARKS),
        text,
    )
