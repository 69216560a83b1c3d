"""Word files: three rules, fonts, headings on every page, equal bytes; and what a program prints.

Lengths are compared in the file's own unit, a twentieth of a point, to one unit for rounding.
"""

import datetime
import io
import os
import re
import shutil
import subprocess
import zipfile

import docx
import pytest
from docx.enum.section import WD_ORIENTATION
from docx.oxml.ns import qn

from pilotzone.tables import layout, word, word_lines, word_package
from pilotzone.tables.grid import ERROR, Grid, Panel, Row, single, spanned

FIXED = datetime.datetime(2025, 3, 7, tzinfo=datetime.UTC)


def opened(file):
    return docx.Document(io.BytesIO(file))


def parts(file):
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def value(element, path):
    found = element.find("/".join(map(qn, path.split("/"))))
    return None if found is None else found.get(qn("w:val"))


def rule(cell, edge):
    """Return the thickness of a cell's border in eighths of a point; 0 without one."""
    found = cell.find("/".join(map(qn, ("w:tcPr", "w:tcBorders", f"w:{edge}"))))
    return 0 if found is None else int(found.get(qn("w:sz")))


def rules(row, edge):
    return [rule(cell, edge) for cell in row.tc_lst]


@pytest.fixture
def table():
    """Return a table with every part: spans, a panel with a header of its own, a footer, notes."""
    panels = (
        Panel(
            (Row("a", ("0.1***", "−2.0")), Row("", ("(0.2)", ""), kind=ERROR), Row("b", ("", "")))
        ),
        Panel((Row("c", ("1.0×10⁻⁷", "[p = 0.5]")),), "Title", (single("", ("left", "right")),)),
    )
    header = (spanned("Outcome", ("index", "index")), single("", ("(1)", "(2)")))
    return Grid(
        "made_up", "Made & up", "en", header, panels, (Row("N", ("3", "4")),), ("One.", "Two.")
    )


@pytest.fixture
def rows(table):
    return opened(word.render(table)).tables[0]._tbl.tr_lst


def test_equal_tables_give_equal_bytes_without_a_clock(table):
    file = word.render(table)
    word_package.template.cache_clear()
    assert word.render(table) == file
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        assert {part.date_time for part in archive.infolist()} == {word_package.ZIP_STAMP}
    properties = opened(file).core_properties
    assert properties.created == properties.modified == FIXED
    assert properties.title == "Made & up"
    assert "python" not in "".join(parts(file).values())


def test_every_style_names_both_fonts_and_no_run_another(table):
    content = parts(word.render(table))
    fonts = re.findall(r"<w:rFonts[^>]*>", content["word/styles.xml"])
    styles = re.findall(
        r'<w:style w:type="(?:paragraph|character)".*?</w:style>', content["word/styles.xml"]
    )
    assert len([s for s in styles if "<w:rFonts" in s]) == len(fonts) - 1 == 6
    for font in fonts:
        assert set(re.findall(r'w:(\w+)="([^"]*)"', font)) == {
            ("ascii", "Times New Roman"),
            ("hAnsi", "Times New Roman"),
            ("cs", "Times New Roman"),
            ("eastAsia", "SimSun"),
        }
    assert "rFonts" not in content["word/document.xml"]
    assert not any("theme" in name for name in content)
    used = set(re.findall(r'<w:pStyle w:val="(\w+)"', content["word/document.xml"]))
    assert used == {"Caption", "TableText", "TableNotes"}
    assert used <= set(re.findall(r'w:styleId="(\w+)"', content["word/styles.xml"]))


def test_three_rules_and_those_around_inner_headings_and_the_footer(rows):
    above = [set(rules(row, "top")) for row in rows]
    below = [set(rules(row, "bottom")) for row in rows]
    # Outcome, numbers | a, its error, b | title, inner heading, c | N.
    assert above == [{12}, {0}, {0}, {0}, {0}, {6}, {0}, {0}, {6}]
    assert below == [{0}, {6}, {0}, {0}, {0}, {0}, {6}, {0}, {12}]


def test_no_vertical_rules_and_partial_ones_under_spans_alone(table, rows):
    text = parts(word.render(table))["word/document.xml"]
    for edge in ("left", "right", "insideV", "insideH", "start", "end"):
        assert f"<w:{edge} w:val=" not in text
    partial = [
        (number, place)
        for number, row in enumerate(rows)
        for place, cell in enumerate(row.tc_lst)
        if cell.find(f".//{qn('w:pBdr')}") is not None
    ]
    assert partial == [(0, 1)]


def test_headings_repeat_and_rows_stay_whole(rows):
    path = "/".join(map(qn, ("w:trPr", "w:tblHeader")))
    assert [row.find(path) is not None for row in rows] == [True, True] + [False] * 7
    assert all(row.find("/".join(map(qn, ("w:trPr", "w:cantSplit")))) is not None for row in rows)
    kept = [bool(row.xpath(".//w:keepNext")) for row in rows]
    # The estimate with its error, the title and heading with their rows, the last row with notes.
    assert kept == [False, False, True, False, False, True, True, False, True]


def test_a_label_stands_beside_its_estimate_and_the_brackets(rows):
    merges = [value(row.tc_lst[0], "w:tcPr/w:vMerge") for row in rows]
    assert merges == [None, None, "restart", "continue", None, None, None, None, None]


def test_points_stand_below_each_other_and_counts_flush_right(table, rows):
    # An estimate and its error, which have a point, and a text in the place of one.
    assert {value(c.p_lst[0], "w:pPr/w:jc") for c in rows[2].tc_lst[1:]} <= {None, "center"}
    stops = [c.find(f".//{qn('w:tab')}") for r in rows[2:4] for c in r.tc_lst[1:2]]
    assert {stop.get(qn("w:val")) for stop in stops} == {"decimal"}
    assert len({stop.get(qn("w:pos")) for stop in stops}) == 1
    plain = Grid("x", "t", "en", (single("", ("(1)",)),), (Panel((Row("a", ("1",)),)),))
    cell = opened(word.render(plain)).tables[0]._tbl.tr_lst[1].tc_lst[1]
    assert value(cell.p_lst[0], "w:pPr/w:jc") == "right"
    indent = int(cell.find(f".//{qn('w:ind')}").get(qn("w:right")))
    room = int(cell.find(f".//{qn('w:tcW')}").get(qn("w:w"))) - 20 * layout.COLUMN_GAP
    width = 20 * layout.ems("1") * word_lines.WIDER * word_lines.NORMAL
    assert 2 * indent + width == pytest.approx(room, abs=2)


def test_caption_above_and_notes_below(table):
    document = opened(word.render(table))
    assert [child.tag for child in document.element.body] == [
        qn(name) for name in ("w:p", "w:tbl", "w:p", "w:sectPr")
    ]
    caption, notes = document.paragraphs
    assert caption.style.name.lower() == "caption"
    assert "".join(node.text for node in caption._p.iter(qn("w:t"))) == "Table 1. Made & up"
    assert notes.text == "Notes: One. Two."
    assert document.element.xpath("//w:bookmarkStart/@w:name") == ["tab_made_up"]
    assert " PAGE " in parts(word.render(table))["word/footer1.xml"]


def test_powers_are_raised_digits(table):
    text = parts(word.render(table))["word/document.xml"]
    assert not re.search("[⁰¹²³⁴-⁹⁻]", text)
    raised = opened(word.render(table)).element.xpath("//w:r[w:rPr/w:vertAlign]//w:t/text()")
    assert raised == ["−7"]


def wide(count, text="−0.123***"):
    columns = tuple(f"({i})" for i in range(1, count + 1))
    body = (Row("label", (text,) * count), Row("", ("(0.1)",) * count, kind=ERROR))
    return Grid("wide", "Wide", "en", (single("", columns),), (Panel(body),), notes=("N.",))


def shape(file):
    """Return orientation and the widths of the tables of a file."""
    document = opened(file)
    widths = [sum(int(column.get(qn("w:w"))) for column in t._tbl.tblGrid) for t in document.tables]
    return document.sections[0], widths


@pytest.mark.parametrize(
    ("count", "landscape", "style", "tables_"),
    [
        (4, False, "TableText", 1),
        (10, True, "TableText", 1),
        (16, True, "TableTextSmall", 1),
        (24, True, "TableText", 2),
    ],
)
def test_a_wide_table_lies_across_then_shrinks_then_splits(count, landscape, style, tables_):
    file = word.render(wide(count))
    section, widths = shape(file)
    assert (section.orientation == WD_ORIENTATION.LANDSCAPE) is landscape
    assert (section.page_width > section.page_height) is landscape
    room = (section.page_width - section.left_margin - section.right_margin) / 635
    assert widths == pytest.approx([room] * tables_, abs=count)
    assert f'<w:pStyle w:val="{style}"/>' in parts(file)["word/document.xml"]
    captions = [p for p in opened(file).paragraphs if p.style.name.lower() == "caption"]
    texts = ["".join(node.text for node in p._p.iter(qn("w:t"))) for p in captions]
    assert texts == ["Table 1. Wide", *["Table 1. Wide (continued)"] * (tables_ - 1)]


@pytest.mark.parametrize("count", [4, 8, 16])
def test_no_number_is_wider_than_its_column(count):
    cut, sheet = layout.fit_sheet(wide(count), word_lines.SHEETS)
    for part in cut:
        for points in word_lines.column_points(part, sheet)[1:]:
            # Stars and digits are half as wide as the type is high, the minus 0.56, the point 0.25.
            needed = (0.56 + 4 * 0.5 + 0.25 + 3 * 0.5) * word_lines.NORMAL
            if sheet.style == "TableTextSmall":
                needed *= word_lines.SMALL / word_lines.NORMAL
            assert points - layout.COLUMN_GAP >= needed


def test_several_files_become_one_numbered_in_order(table):
    files = [word.render(wide(16)), word.render(table), word.render(wide(24))]
    document = opened(word.combined(files))
    assert word.combined(files) == word.combined(files)
    captions = [p._p for p in document.paragraphs if p.style.name.lower() == "caption"]
    assert ["".join(node.text for node in p.iter(qn("w:t")))[:8] for p in captions] == [
        "Table 1.",
        "Table 2.",
        "Table 3.",
        "Table 3.",
    ]
    assert [s.orientation == WD_ORIENTATION.LANDSCAPE for s in document.sections] == [1, 0, 1]
    numbers = document.element.xpath("//w:bookmarkStart/@w:id")
    assert numbers == document.element.xpath("//w:bookmarkEnd/@w:id") == ["1", "2", "3"]
    alone = [t._tbl.xml for file in files for t in opened(file).tables]
    assert [t._tbl.xml for t in document.tables] == alone


def program(name):
    """Return the path of a program; without it skip, or fail where all must be there."""
    path = shutil.which(name)
    if path is None and os.environ.get("PILOTZONE_ALL_TOOLS") == "1":
        pytest.fail(f"{name} is not installed")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.fixture(scope="module")
def printed(committed_table, tmp_path_factory):
    """Return the printed pages of an upright, a wide, a long and a Chinese table."""
    office, text, info = map(program, ("soffice", "pdftotext", "pdfinfo"))
    folder = tmp_path_factory.mktemp("printed")
    chosen = (
        ("did_baseline", "en"),
        ("city_trends", "en"),
        ("robustness", "en"),
        ("did_baseline", "zh"),
    )
    files = []
    for exhibit_id, language in chosen:
        built = committed_table(exhibit_id, language)
        files.append(folder / f"{exhibit_id}_{language}.docx")
        files[-1].write_bytes(word.render(built))
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += ["--convert-to", "pdf", "--outdir", str(folder), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)

    def read(path):
        pdf = path.with_suffix(".pdf")
        pages = subprocess.run(
            [text, "-layout", pdf, "-"], check=True, capture_output=True, text=True
        )
        size = subprocess.run([info, pdf], check=True, capture_output=True, text=True).stdout
        width, height = map(float, re.search(r"Page size: +([\d.]+) x ([\d.]+)", size).groups())
        return pages.stdout.removesuffix("\f").split("\f"), width > height

    return {path.stem: read(path) for path in files}


@pytest.mark.cli
def test_a_printed_table_is_whole_and_its_numbers_stay_in_one_line(printed, committed_table):
    (page,), landscape = printed["did_baseline_en"]
    assert not landscape
    assert "Table 1. Pilot zones" in page
    built = committed_table("did_baseline")
    for row in (*(row for panel in built.panels for row in panel.rows), *built.footer):
        cells = [text for text in row.cells if text]
        assert re.search(r"\s+".join(map(re.escape, cells)), page), row
    assert "Notes:" in page
    assert page.index("Notes:") > page.index("Observations")


@pytest.mark.cli
def test_a_wide_table_is_printed_across_the_page(printed):
    (page,), landscape = printed["city_trends_en"]
    assert landscape
    assert re.search(r"\s+".join(re.escape(f"({i})") for i in range(1, 13)), page)


@pytest.mark.cli
def test_a_long_table_repeats_its_heading_on_every_page(printed, committed_table):
    pages, landscape = printed["robustness_en"]
    assert not landscape
    assert len(pages) > 1
    heads = [len(re.findall(r"Estimate +Error +p ", page)) for page in pages]
    # Once a page, and once more where a block of the listing begins on it.
    assert min(heads) >= 1
    assert (
        len(pages) <= sum(heads) <= len(pages) + len(word.parts(committed_table("robustness"))) - 1
    )
    assert [("Notes:" in page) for page in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.cli
def test_a_chinese_table_is_printed_in_chinese(printed):
    (page,), _ = printed["did_baseline_zh"]
    text = "".join(page.split())
    for label in ("表1", "控制变量", "省份固定效应", "年份固定效应", "观测值", "括号内为标准误"):
        assert label in text
