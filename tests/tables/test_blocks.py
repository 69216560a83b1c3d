"""Long listings in blocks: the heads stand again where the last ones are out of sight."""

import io
import itertools
import re

import docx
import pytest

from pilotzone.tables import latex, markdown, web, word
from pilotzone.tables.grid import (
    PAGE,
    Grid,
    HeaderRow,
    Heading,
    Panel,
    Row,
    blocks,
    headed,
    single,
)
from pilotzone.tables.layout import fit


def opened(file):
    return docx.Document(io.BytesIO(file))


HEADS = (single("", ("Estimate", "Error")),)


def panel(name, count, header=()):
    rows = tuple(Row(f"{name} {i}", (f"0.{i:03}", "(0.001)"), term=name) for i in range(count))
    return Panel(rows, f"Outcome {name}", header)


def listing(*sizes):
    names = "abcdefgh"[: len(sizes)]
    panels = [panel(name, size) for name, size in zip(names, sizes, strict=True)]
    footer = (Row("N", ("9", "")),)
    return Grid("made_up", "Made up", "en", HEADS, headed(HEADS, panels), footer, notes=("N.",))


def heads(grid):
    return [bool(panel.header) for panel in grid.panels]


@pytest.mark.parametrize(
    ("sizes", "again"),
    [
        ((PAGE - 1, 5), [False, False]),
        ((PAGE, 5), [False, True]),
        ((30, 10, 30, 9, 2), [False, False, True, False, False]),
        ((90, 90, 3), [False, True, True]),
        ((300,), [False]),
    ],
)
def test_heads_stand_again_above_the_first_panel_behind_a_page(sizes, again):
    table = listing(*sizes)
    assert heads(table) == again
    assert all(p.header in ((), HEADS) for p in table.panels)


def test_nothing_is_repeated_where_a_panel_has_heads_of_its_own_or_no_title():
    own = (single("", ("Mean", "SD")),)
    mixed = (panel("a", 90), panel("b", 5, own), panel("c", 5))
    assert headed(HEADS, mixed) == mixed
    untitled = (panel("a", 90), Panel(panel("b", 5).rows))
    assert headed(HEADS, untitled) == untitled


def test_blocks_hold_every_row_once_and_the_footer_stands_last():
    table = listing(20, 20, 2, 50)
    parts = blocks(table)
    assert [[p.title[-1] for p in part.panels] for part in parts] == [["a", "b"], ["c", "d"]]
    assert [row for part in parts for p in part.panels for row in p.rows] == [
        row for p in table.panels for row in p.rows
    ]
    assert [bool(part.footer) for part in parts] == [False, True]
    assert not any(map(any, map(heads, parts)))
    assert blocks(listing(5, 5)) == [listing(5, 5)]
    assert blocks(listing()) == [listing()]


def test_word_has_a_table_for_each_block_that_repeats_heads_and_outcome():
    table = listing(90, 90, 3)
    document = opened(word.render(table))
    assert len(document.tables) == 3
    for made, block in zip(document.tables, blocks(table), strict=True):
        repeated = [bool(row._tr.xpath("w:trPr/w:tblHeader")) for row in made.rows]
        assert made._tbl.tblGrid.xml == document.tables[0]._tbl.tblGrid.xml
        # The heads and the one outcome of the block, then rows that stand once.
        assert repeated == [True, True] + [False] * (len(made.rows) - 2)
        assert made.rows[1].cells[0].text == block.panels[0].title
    captions = [p for p in document.paragraphs if p.style.name.lower() == "caption"]
    assert len(captions) == 3


def test_word_repeats_no_title_where_a_block_has_several():
    (made,) = opened(word.render(listing(5, 5))).tables
    repeated = [bool(row._tr.xpath("w:trPr/w:tblHeader")) for row in made.rows]
    assert repeated == [True] + [False] * (len(made.rows) - 1)


def test_no_page_of_latex_has_the_same_heads_twice_in_a_row():
    table = listing(70, 45, 60, 2)
    parts = fit(table).parts
    assert len(parts) > 1
    for part, lines in zip(parts, latex.parse(latex.render(table)), strict=True):
        assert lines == part.lines()
        at = [n for n, line in enumerate(lines) if line == ["", "Estimate", "Error"]]
        assert at[0] == 0
        assert all(later - before > 2 for before, later in itertools.pairwise(at))
        assert not part.panels[0].header


def test_markdown_and_html_have_the_heads_of_each_block():
    table = listing(45, 45, 45)
    lines = markdown.parse(markdown.render(table))
    assert [line[1:] for line in lines].count(["Estimate", "Error"]) == 3
    page = web.render(table)
    assert len(re.findall(r'<tr class="subhead last">.*?Estimate', page)) == 2
    assert page.count("<thead>") == 1


def test_columns_of_a_listing_that_do_not_fit_a_sheet_are_cut_in_each_block():
    wide = tuple(f"a heading {i}" for i in range(40))
    rows = tuple(Row(f"r{i}", ("−0.123***",) * 40) for i in range(50))
    header = (HeaderRow("", tuple(map(Heading, wide))),)
    panels = headed(header, (Panel(rows, "One"), Panel(rows, "Two")))
    table = Grid("wide", "Wide", "en", header, panels)
    parts = word.parts(table)
    pieces = len(parts) // 2
    assert pieces > 1
    assert [part.panels[0].title for part in parts] == ["One", "Two"] * pieces
    assert sum(part.n_columns for part in parts) == 2 * len(wide)


@pytest.mark.parametrize("name", ["spatial_baseline", "did_baseline"])
def test_a_regression_table_side_by_side_stays_one(name, committed_table):
    assert len(blocks(committed_table(name))) == 1


def test_committed_listings_name_what_they_are_about_on_every_page(committed_table):
    for name in ("spatial_effects", "late_batches", "claim_evidence"):
        table = committed_table(name)
        parts = blocks(table)
        assert len(parts) > 2
        for part in parts:
            # So many lines stand below heads that are not repeated.
            before = sum(len(p.rows) for p in part.panels[:-1])
            assert before < PAGE
