"""Every rendering is read back and compared with the estimates, cell by cell.

The numbers expected here are made with decimal arithmetic, apart from the code that prints them:
equal texts are the only tolerance. Word files and pages are read by a reader of their own kind.
"""

import io
import re
from decimal import ROUND_HALF_EVEN, Decimal

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from pilotzone import exhibits
from pilotzone.catalogue import codebook
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.tables import latex, markdown, web, word
from pilotzone.tables.grid import Grid, Panel, Row, single
from pilotzone.tables.layout import fit
from pilotzone.tables.regression import regression_grid
from pilotzone.tables.style import SHOWN, Style

PANEL_OF = {"direct": "Direct effects", "indirect": "Indirect effects", "total": "Total effects"}
BOOKTABS = {"toprule", "midrule", "cmidrule", "bottomrule", "addlinespace"}
PLAIN_COMMANDS = BOOKTABS | {
    "begin",
    "end",
    "centering",
    "caption",
    "label",
    "small",
    "footnotesize",
    "scriptsize",
    "setlength",
    "tabcolsep",
    "multicolumn",
    "textit",
    "shortstack",
    "quad",
    "par",
    "smallskip",
    "linewidth",
    "vspace",
    "cdot",
    "arraybackslash",
    "item",
    "multirow",
    "raggedright",
    "sloppy",
    "emergencystretch",
    "extracolsep",
    "fill",
}
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
CONTROLS_AND_COUNTS = ("控制变量", "省份固定效应", "年份固定效应", "观测值")


TEXT, RUN, PARAGRAPH, ROW, CELL, VALUE = map(qn, ("w:t", "w:r", "w:p", "w:tr", "w:tc", "w:val"))
RAISED_RUN = f"{qn('w:rPr')}/{qn('w:vertAlign')}[@{VALUE}='superscript']"
SPAN, MERGE = (f"{qn('w:tcPr')}/{qn(name)}" for name in ("w:gridSpan", "w:vMerge"))


def run_text(run):
    """Return the text of a run, raised digits as such."""
    text = "".join(node.text or "" for node in run.iter(TEXT))
    raised = run.find(RAISED_RUN)
    return text if raised is None else text.replace("−", "-").translate(RAISED)


def paragraph_text(paragraph):
    return "".join(map(run_text, paragraph.iter(RUN)))


def word_cell(cell):
    """Return the text of a cell and the columns that it spans; a merged one holds none."""
    span, merge = cell.find(SPAN), cell.find(MERGE)
    merged = merge is not None and merge.get(VALUE) == "continue"
    text = "\n".join(map(paragraph_text, cell.iterchildren(PARAGRAPH)))
    assert not (merged and text)
    return text, 1 if span is None else int(span.get(VALUE))


def word_tables(file):
    """Return the printed lines of every table of a Word file, and its paragraphs."""
    document = docx.Document(io.BytesIO(file))
    found = [
        [
            spread(*zip(*map(word_cell, row.iterchildren(CELL)), strict=True))
            for row in table._tbl.iterchildren(ROW)
        ]
        for table in document.tables
    ]
    return found, [paragraph_text(paragraph._p) for paragraph in document.paragraphs]


def spread(texts, spans):
    """Write a spanning heading above each of its columns, a title in the first one alone."""
    if spans[0] > 1:
        return [texts[0], *[""] * (spans[0] - 1)]
    return [text for text, span in zip(texts, spans, strict=True) for _ in range(span)]


class Page:
    """The rows of the tables of a page and their terms, with the texts of captions and notes."""

    def __init__(self, text):
        root = html.fromstring(text)
        self.rows, self.terms, below = [], [], 0
        self.texts = {tag: [e.text_content() for e in root.iter(tag)] for tag in ("caption", "p")}
        for row in root.iter("tr"):
            texts, spans = ([""], [1]) if below else ([], [])
            below -= bool(below)
            for cell in row:
                assert not len(cell)
                texts.append(cell.text or "")
                spans.append(int(cell.get("colspan", 1)))
                below = int(cell.get("rowspan", below + 1)) - 1
            self.terms.append(row.get("data-term", ""))
            self.rows.append(spread(texts, spans))


def places(errors):
    """Return how many decimals show two digits of the smallest error: three to eight."""
    smallest = min(Decimal(repr(error)) for error in errors)
    return min(max(3, 1 - smallest.adjusted()), 8)


def rounded(value, decimals=3):
    exact = Decimal(repr(float(value)))
    step = Decimal(1).scaleb(-decimals)
    return f"{exact.quantize(step, ROUND_HALF_EVEN):f}".replace("-", "−")


def marks(p_value, show):
    if show == "nostars" or p_value != p_value:
        return ""
    return "*" * sum(p_value < level for level in (0.01, 0.05, 0.10))


def below(row, show, decimals):
    if row["std_error"] != row["std_error"]:
        return ""
    if show == "ci":
        return f"[{rounded(row['ci_low'], decimals)}, {rounded(row['ci_high'], decimals)}]"
    if show == "t":
        return f"({rounded(row['statistic'])})"
    return f"({rounded(row['std_error'], decimals)})"


def expected_cells(exhibit, estimates, show):
    """Return (value, what stands below) by panel title, label and column number."""
    ids = exhibit.column_ids()
    blocks = estimates.groupby(["outcome", "term"])["std_error"].agg(
        lambda e: places(e.dropna()) if e.notna().any() else 3
    )
    cells = {}
    for row in estimates.to_dict("records"):
        prefix, _, rest = row["term"].partition(":")
        title = "Municipalities" if "municipalit" in prefix else PANEL_OF.get(prefix, "")
        label = ENGLISH.term(rest if prefix in PANEL_OF else row["term"])
        number = f"({ids.index(row['column']) + 1})"
        decimals = int(blocks[row["outcome"], row["term"]])
        value = rounded(row["estimate"], decimals) + marks(row["p_value"], show)
        cells[title, label, number] = (value, below(row, show, decimals))
    return cells


def printed_cells(tables, footer):
    """Return the same from the printed lines of one or several tables."""
    cells = {}
    for lines in tables:
        numbers = next(line[1:] for line in lines if re.fullmatch(r"\(\d+\)", line[1]))
        title, label = "", ""
        for line in lines[[line[1:] for line in lines].index(numbers) + 1 :]:
            if line[0] in footer:
                continue
            if line[0] and not any(line[1:]):
                title = line[0]
                continue
            first = bool(line[0])
            label = line[0] or label
            for number, text in zip(numbers, line[1:], strict=True):
                if text:
                    value = cells.get((title, label, number), ("", ""))[0]
                    cells[title, label, number] = (text, "") if first else (value, text)
    return cells


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("name", ["did", "spatial"])
def test_every_cell_of_every_rendering_is_an_estimate(name, show, made_up, request):
    exhibit = request.getfixturevalue(name)
    estimates, models = made_up(exhibit)
    table = regression_grid("made_up", exhibit, estimates, models, Style(show))
    footer = {row.label for row in table.footer}
    wanted = expected_cells(exhibit, estimates, show)
    assert len(wanted) == len(estimates)
    assert printed_cells([markdown.parse(markdown.render(table))], footer) == wanted
    assert printed_cells(latex.parse(latex.render(table)), footer) == wanted
    assert printed_cells(word_tables(word.render(table))[0], footer) == wanted
    assert printed_cells([Page(web.render(table)).rows], footer) == wanted


@pytest.mark.parametrize("name", ["did", "spatial"])
@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_a_rendering_reads_back_as_the_grid(name, language, made_up, request):
    exhibit = request.getfixturevalue(name)
    files = made_up(exhibit, unidentified=exhibit.column_ids()[1:2])
    table = regression_grid("made_up", exhibit, *files, Style(lexicon=Lexicon(language)))
    assert markdown.parse(markdown.render(table)) == table.lines()
    assert_reads_back(table)


def assert_reads_back(table):
    """Compare all cells, the title and the notes of the four renderings with the grid."""
    notes = " ".join(table.notes) if table.language == "en" else "".join(table.notes)
    page = markdown.render(table)
    assert markdown.parse(page) == table.lines()
    assert markdown.unescape(page).split("\n\n")[-1].strip().endswith(notes)
    text = latex.render(table)
    assert latex.parse(text) == [part.lines() for part in fit(table).parts]
    assert latex.escape(notes) in text
    parts = word.parts(table)
    lines, paragraphs = word_tables(word.render(table))
    assert lines == [part.lines() for part in parts]
    assert len(paragraphs) == len(parts) + 1
    assert all(table.title in paragraph for paragraph in paragraphs[:-1])
    assert paragraphs[-1].endswith(notes)
    read = Page(web.render(table))
    assert read.rows == table.lines()
    assert read.texts["caption"][0].endswith(table.title)
    assert read.texts["p"][0].endswith(notes)


@pytest.fixture(scope="module", params=codebook.LANGUAGES)
def committed(request, committed_table):
    """Return the tables of all exhibits in one language."""
    return [committed_table(name, request.param) for name in exhibits.paths()]


@pytest.mark.slow
def test_every_rendering_of_every_exhibit_reads_back(committed):
    assert len(committed) == len(exhibits.paths())
    for table in committed:
        assert_reads_back(table)


def test_committed_tables_are_those_of_the_committed_estimates(committed, root):
    for table in committed:
        if table.language == "en":
            stem = root / "output/tables" / table.exhibit
            assert stem.with_suffix(".md").read_text(encoding="utf-8") == markdown.render(table)
            assert stem.with_suffix(".tex").read_text(encoding="utf-8") == latex.render(table)
        else:
            assert re.search("[\u4e00-\u9fff]", latex.render(table))


def test_rows_of_a_page_carry_their_terms(committed):
    table = next(table for table in committed if table.exhibit == "did_baseline")
    rows = [row for panel in table.panels for row in panel.rows]
    terms = [row.term for row in (*rows, *table.footer)]
    assert [term for term in Page(web.render(table)).terms if term] == terms


def test_chinese_tables_name_controls_effects_and_observations(committed_table):
    table = committed_table("did_baseline", "zh")
    for lines in (
        markdown.parse(markdown.render(table)),
        *latex.parse(latex.render(table)),
        *word_tables(word.render(table))[0],
        Page(web.render(table)).rows,
    ):
        assert {line[0] for line in lines} >= set(CONTROLS_AND_COUNTS)


def test_latex_needs_few_packages(made_up, did):
    files = made_up(did)
    files[0]["estimate"], files[0]["std_error"] = -0.1234, 0.0567
    files[0]["p_value"] = 0.5
    table = regression_grid("made_up", did, *files, Style())
    text = latex.fragment(table)
    assert text.isascii()
    assert text in latex.render(table)
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1
    assert r"\cmidrule(lr){2-5} \cmidrule(lr){6-9}" in text
    assert r"\caption{Made-up columns \& 100 \% of them}" in text
    assert set(re.findall(r"(?<!\\)\\([a-z]+)", text)) <= PLAIN_COMMANDS
    page = latex.standalone(text)
    assert re.findall(r"\\usepackage(?:\[.*\])?\{(.*)\}", page) == [
        "geometry",
        "booktabs,multirow,siunitx,threeparttable",
    ]
    assert "ctexart" in latex.standalone(text, "zh")


texts = st.text(
    st.sampled_from("ab Z09.,:;()[]{}<>&%$#_~^\\|−×ρλτ²·—⁻⁶⁵*+/'\"=-"), min_size=1, max_size=20
).map(str.strip)


@given(texts)
def test_escaped_text_reads_back(text):
    assert latex.unescape(latex.cell(text)) == text
    assert markdown.unescape(markdown.escape(text)) == text
    table = Grid(
        "x", text, "en", (single(text, (text, "(2)")),), (Panel((Row(text, (text, "")),)),)
    )
    assert word_tables(word.render(table))[0] == [table.lines()]
    assert Page(web.render(table)).rows == table.lines()


@given(texts.filter(lambda text: text.strip("* ") == text))
def test_escaped_text_survives_in_a_table(text):
    table = Grid("x", "t", "en", (single("", ("(1)", "(2)")),), (Panel((Row(text, ("1", "")),)),))
    spaced = " ".join(text.split())
    assert markdown.parse(markdown.render(table))[1][0] == text
    assert " ".join(latex.parse(latex.render(table))[0][1][0].split()) == spaced
