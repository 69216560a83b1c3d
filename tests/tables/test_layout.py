"""Tables on a printed page: broken labels, type sizes, parts."""

import dataclasses
import functools
import operator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.catalogue import Exhibit, grid
from pilotzone.tables import latex, layout, markdown
from pilotzone.tables.grid import ERROR, Grid, Panel, Row, columns, single, spanned
from pilotzone.tables.layout import Line, ems, fit, wrap
from pilotzone.tables.regression import regression_grid
from pilotzone.tables.style import Style


@given(st.text(st.sampled_from("ab é新质(),"), max_size=60), st.floats(1, 20))
def test_broken_lines_join_to_the_text(text, limit):
    text = " ".join(text.split())
    lines = wrap(text, limit)
    joined = "".join(
        (" " if line.continued and not line.glued else "") + line.text for line in lines
    )
    assert joined == text
    for line in lines:
        assert ems(line.text) <= limit or len(wrap(line.text, limit)) == 1


def test_widths_are_those_of_computer_modern_on_a4():
    # Widths of cmr10 in its units: digit 0.500, period 0.278, minus 0.778, parenthesis 0.389.
    assert ems("−0.123") == pytest.approx(4 * 0.500 + 0.278 + 0.778, rel=0.01)
    assert ems("(0.123)") == pytest.approx(4 * 0.500 + 0.278 + 2 * 0.389, rel=0.01)
    # Raised digits and stars are set at 0.70 to 0.75 of the size, the widest in the smallest type.
    assert ems("×10⁻⁷***") == pytest.approx(0.778 + 1.0 + 0.75 * (0.778 + 0.5 + 3 * 0.5), rel=0.05)
    # A4 without margins of 2.5 cm, in points.
    assert 400 < layout.TEXT_WIDTH < (21.0 - 5.0) / 2.54 * 72.27
    assert 600 < layout.TEXT_HEIGHT < (29.7 - 5.0) / 2.54 * 72.27


@given(st.text(st.sampled_from("0.,() *aB新−"), max_size=200))
def test_widths_are_added_exactly(text):
    """The exact sum, rounded once: what no version of Python's sum promises."""
    exact = sum(map(Fraction, map(ems, text)), Fraction())
    assert ems(text) == float(exact)


def test_a_width_at_which_the_two_sums_of_python_differ():
    # One after the other (up to 3.11) and compensated (since): a line of just this width broke in
    # the one and not in the other.
    text = "0.058" * 7
    one_by_one = functools.reduce(operator.add, map(ems, text))
    assert one_by_one != ems(text) == 15.96
    assert [line.text for line in wrap(f"{text} a", 15.96)] == [text, "a"]


def test_chinese_breaks_between_characters_but_not_at_a_bracket():
    assert wrap("新质生产力", 3) == (Line("新质生"), Line("产力", continued=True, glued=True))
    assert wrap("新质(生产)力", 3.0)[0].text == "新质"


def test_a_broken_label_runs_on_beside_the_standard_error():
    rows = (
        Row("aaaa bbbb cccc", ("1",)),
        Row("", ("(2)",), kind=ERROR),
        Row("dddd eeee", ("3",)),
    )
    lines = [(line.text, cells) for line, cells in layout.body_lines(rows, 5.0, len)]
    assert lines == [
        ("aaaa", ("1",)),
        ("bbbb", ("(2)",)),
        ("cccc", ("",)),
        ("dddd", ("3",)),
        ("eeee", ("",)),
    ]


def many_columns(made_up, outcomes):
    exhibit = Exhibit(
        title="Many",
        title_zh="多列",
        columns=grid(
            outcome=outcomes,
            treatment=("zone_first", "zone_share"),
            controls=("none", "baseline"),
        ),
    )
    return regression_grid("made_up", exhibit, *made_up(exhibit), Style())


def test_eight_columns_stand_on_one_page(made_up, did):
    files = made_up(did)
    files[0]["estimate"], files[0]["std_error"] = -0.1234, 0.0567
    for show in ("se", "t"):
        arranged = fit(regression_grid("made_up", did, *files, Style(show)))
        assert len(arranged.parts) == 1
        size = next(points for name, points, _ in layout.SIZES if name == arranged.size)
        room = layout.label_room(layout.column_ems(arranged.parts[0]), size)
        assert layout.NARROWEST_LABELS <= arranged.label_ems <= room


def test_more_columns_than_a_page_holds_are_split(made_up):
    outcomes = ("nqp", "nqp_equal", "nqp_frozen", "nqp_pca", "nqp_long")
    table = many_columns(made_up, outcomes)
    parts = fit(table).parts
    numbers = [number for part in parts for number in part.header[-1].texts]
    assert len(parts) > 1
    assert numbers == [f"({i})" for i in range(1, 21)]
    text = latex.render(table)
    assert text.count(r"\begin{table}") == len(parts)
    assert text.count("(continued)") == len(parts) - 1
    assert text.count(r"\label{") == text.count(r"\textit{Notes:}") == 1


def test_more_rows_than_a_page_holds_are_split_before_a_panel(made_up, spatial):
    table = regression_grid("made_up", spatial, *made_up(spatial), Style())
    parts = fit(table).parts
    assert len(parts) > 1
    assert tuple(row for part in parts for p in part.panels for row in p.rows) == tuple(
        row for p in table.panels for row in p.rows
    )
    assert [p.title for part in parts for p in part.panels] == [p.title for p in table.panels]
    assert [bool(part.footer) for part in parts] == [False] * (len(parts) - 1) + [True]


def test_a_long_panel_is_split_between_terms():
    rows = [
        row
        for i in range(60)
        for row in (Row(f"term {i}", (f"{i}",)), Row("", ("(1)",), kind=ERROR))
    ]
    table = Grid("x", "t", "en", (single("", ("(1)",)),), (Panel(tuple(rows), "Panel"),))
    parts = fit(table).parts
    assert len(parts) > 1
    for part in parts:
        assert part.panels[0].title == "Panel"
        assert part.panels[0].rows[0].label
        assert part.panels[0].rows[-1].kind == ERROR


def test_chosen_columns_keep_their_headings_and_lose_empty_rows():
    table = Grid(
        "x",
        "t",
        "en",
        (spanned("", ("a", "a", "b")),),
        (Panel((Row("r", ("1", "", "")), Row("s", ("", "2", "3")))),),
    )
    cut = columns(table, (1, 2))
    assert cut.lines() == [["", "a", "b"], ["s", "2", "3"]]
    with pytest.raises(dataclasses.FrozenInstanceError):
        cut.title = "u"


def test_the_terminal_page_breaks_long_headings_and_labels(made_up, did):
    table = regression_grid("made_up", did, *made_up(did), Style())
    page = markdown.terminal(table)
    width = max(len(line) for line in page.splitlines() if line.startswith("|"))
    assert width <= 160 < max(map(len, markdown.render(table).splitlines()))
    assert "without" in page
    for line in table.lines():
        for text in line[1:]:
            assert all(word in page for word in text.split())


def test_padding_counts_a_chinese_character_twice():
    assert markdown.display_width("省份ab") == 6
