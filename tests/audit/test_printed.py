"""Printed tables: a number, a star or a note typed wrong is named with its file and cell."""

import dataclasses
import zipfile

import pytest

from pilotzone import estimates, tables
from pilotzone.audit import cells, printed
from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.words import ENGLISH
from pilotzone.tables.grid import Grid, Panel, Row, single
from pilotzone.tables.listing import summary_grid
from pilotzone.tables.style import SHOWN, Style

pytestmark = pytest.mark.usefixtures("tables_once")


def failures(project):
    return [failure for check in printed.checks(project) for failure in check.failures]


def test_sound_tables_pass(project):
    checks = printed.checks(project)
    assert [check.failures for check in checks] == [()] * 5
    assert [check.name.split()[0] for check in checks] == ["numbers", "md", "tex", "docx", "html"]
    for built in checks[-2:]:
        assert built.measured == checks[1].measured


def test_word_files_and_report_must_be_there(project):
    (project.output / "report.html").unlink()
    for path in project.output.glob("tables/*.docx"):
        path.unlink()
    word, html = printed.checks(project)[-2:]
    for check in (word, html):
        assert check.measured == "0 cells of 0 tables"
        assert check.failures[-1] == "nothing was compared"
    assert html.failures[0] == "output/report.html: not there"
    assert "output/tables/did_baseline.docx: not there" in word.failures


def test_a_cell_and_a_table_of_the_report_are_named(project, edit):
    path = project.output / "report.html"
    edit(path, "<td>0.058***</td>", "<td>0.058</td>")
    (found,) = failures(project)
    assert found == (
        "output/report.html, did_baseline: 'Share of units with a pilot zone', cell 3: '0.058', "
        "the estimates give '0.058***'"
    )
    edit(path, "<td>0.058</td>", "<td>0.058***</td>")
    edit(path, 'data-exhibit="sample_flow"', "")
    (found,) = failures(project)
    assert found == "output/report.html, sample_flow: cannot be read: no table of sample_flow"


def test_a_cell_of_a_word_file_typed_wrong_is_named(project):
    path = project.output / "tables/did_baseline.docx"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["word/document.xml"]
    assert b"(0.020)" in text
    parts["word/document.xml"] = text.replace(b"(0.020)", b"(0.002)", 1)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    (found,) = failures(project)
    assert found == (
        "output/tables/did_baseline.docx: 'Share of units with a pilot zone', cell 3: '(0.002)', "
        "the estimates give '(0.020)'"
    )
    path.write_bytes(b"x")
    (found,) = failures(project)
    assert found.startswith("output/tables/did_baseline.docx: cannot be read: ")


@pytest.mark.parametrize(
    ("name", "old", "new", "failure"),
    [
        ("md", "0.058***", "0.058**", "cell 3: '0.058**', the estimates give '0.058***'"),
        ("md", "(0.020)", "(0.021)", "cell 3: '(0.021)', the estimates give '(0.020)'"),
        ("tex", "0.058^{***}", "0.058^{*}", "cell 3: '0.058*', the estimates give '0.058***'"),
    ],
)
def test_a_cell_typed_wrong_is_named(project, edit, name, old, new, failure):
    path = project.output / f"tables/did_baseline.{name}"
    edit(path, old, new)
    (found,) = failures(project)
    assert found.startswith(f"output/tables/did_baseline.{name}: ")
    assert "'Share of units with a pilot zone'" in found
    assert found.endswith(failure)


@pytest.mark.parametrize("ending", ["md", "tex"])
def test_a_changed_note_and_a_lost_line_are_named(project, edit, ending):
    path = project.output / f"tables/did_baseline.{ending}"
    whole = path.read_text(encoding="utf-8")
    edit(path, "CRV1", "CRV2")
    (found,) = failures(project)
    assert found == (
        f"output/tables/did_baseline.{ending}: title, notes or layout are not those that the "
        "estimates give"
    )
    lines = whole.splitlines(keepends=True)
    lost = next(line for line in lines if "Observations" in line)
    path.write_text(whole.replace(lost, ""), encoding="utf-8")
    (found,) = failures(project)
    assert "lines of 8 cells in 1 parts, the estimates give" in found


def test_damaged_tables_and_estimates_are_named(project):
    (project.output / "tables/did_baseline.md").write_bytes(b"\xff")
    (project.output / "tables/sample_flow.md").write_text("| x |\n")
    (project.estimates / "spatial_baseline.csv").write_text("x\n")
    found = failures(project)
    assert any("did_baseline.md: cannot be read" in f for f in found)
    assert any("sample_flow.md: cannot be read" in f for f in found)
    assert any(f.startswith("spatial_baseline: the estimates make no table") for f in found)


@pytest.mark.parametrize("show", SHOWN)
def test_the_numbers_are_read_in_every_style_with_stars(project, show):
    exhibit, _ = project.exhibits["spatial_baseline"]
    made = tables.build("spatial_baseline", exhibit, project.estimates, Style(show=show))
    count, found = cells.trace("spatial_baseline", project, made)
    assert count > 100
    if show == "nostars":
        assert found
        assert all("has 0 stars" in failure for failure in found)
    elif show == "t":
        # What stands in round brackets is taken for the standard error.
        assert all("std_error" in failure for failure in found)
    else:
        assert found == []


def replaced(made, old, new):
    """Return a grid with a cell replaced wherever it stands."""

    def rows(those):
        return tuple(
            dataclasses.replace(row, cells=tuple(new if c == old else c for c in row.cells))
            for row in those
        )

    panels = tuple(dataclasses.replace(p, rows=rows(p.rows)) for p in made.panels)
    return dataclasses.replace(made, panels=panels, footer=rows(made.footer))


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        ("0.058***", "0.058**", "'0.058**' has 2 stars, p = 0.00"),
        ("0.058***", "0.059***", "estimate: '0.059' is printed, the number is 0.057"),
        ("0.058***", "", "nothing is printed, there is an estimate"),
        ("0.058***", "none", "'none' is not a number"),
        ("(0.020)", "(0.02)", ""),
        ("(0.020)", "(0.022)", "std_error: '0.022' is printed"),
        ("300", "301", "nobs: '301' is printed, the number is 300"),
        ("0.161", "0.161*", "'0.161*' has 1 stars, p = nan has 0"),
    ],
)
def test_a_renderer_that_prints_something_else_is_found(project, old, new, failure):
    exhibit, _ = project.exhibits["did_baseline"]
    made = tables.build("did_baseline", exhibit, project.estimates)
    _, found = cells.trace("did_baseline", project, replaced(made, old, new))
    assert bool(found) is bool(failure)
    assert not found or any(failure in text for text in found)


COLUMNS = grid(outcome=("nqp", "nqp_equal"), treatment=("zone_first", "zone_share"))
LISTED = Exhibit(title="t", title_zh="t", columns=COLUMNS, layout="list")


@pytest.fixture
def source():
    values = {
        ("nqp:zone_first", "zone_first"): (0.12345, 0.05, 0.02, 0.02, 0.22),
        ("nqp:zone_share", "zone_share"): (-0.5, 0.1, 0.0001, -0.7, -0.3),
        ("nqp_equal:zone_first", "zone_first"): (0.2, 0.4, 0.6, -0.6, 1.0),
        ("nqp_equal:zone_share", "zone_share"): (0.3, 0.1, 0.004, 0.1, 0.5),
    }
    names = ("estimate", "std_error", "p_value", "ci_low", "ci_high")
    rows = {
        key: dict(zip(names, numbers, strict=True)) | {"statistic": numbers[0] / numbers[1]}
        for key, numbers in values.items()
    }
    models = {column: {"nobs": 300.0, "identified": "yes"} for column, _ in rows}
    return cells.Source(LISTED, LISTED.column_ids(), rows, models)


def listing(*lines):
    rows = tuple(Row("x", cells, term=term) for term, cells in lines)
    return Grid(
        "e", "t", "en", (single("", [ENGLISH.word(name) for name in cells.LISTED]),), (Panel(rows),)
    )


RIGHT = [
    ("zone_first", ("0.123**", "(0.050)", "0.020", "[0.020, 0.220]", "300")),
    ("zone_share", ("−0.500***", "(0.100)", "<0.001", "[−0.700, −0.300]", "300")),
    ("zone_first", ("0.200", "(0.400)", "0.600", "[−0.600, 1.000]", "300")),
]


def test_a_listing_is_right_if_every_line_has_an_estimate_of_its_own(source):
    assert not [text for text in cells.listed(listing(*RIGHT), source) if text]


@pytest.mark.parametrize(
    ("place", "text", "failure"),
    [
        (0, "0.123***", "no estimate of 'zone_first' has 0.123***"),
        (0, "0.124**", "no estimate of 'zone_first' has 0.124**"),
        (1, "", "no estimate of 'zone_first' has 0.123**, 0.020"),
        (2, "0.03", "nearest is nqp:zone_first / zone_first: p_value: '0.03' is printed"),
        (3, "[0.020, 0.230]", "ci_high: '0.230' is printed, the number is 0.22"),
        (4, "301", "no column has '301' observations"),
    ],
)
def test_a_line_typed_wrong_is_named(source, place, text, failure):
    term, texts = RIGHT[0]
    changed = tuple(text if i == place else old for i, old in enumerate(texts))
    (found,) = [t for t in cells.listed(listing((term, changed), *RIGHT[1:]), source) if t]
    assert failure in found


def test_the_same_estimate_cannot_stand_twice(source):
    (found,) = [t for t in cells.listed(listing(RIGHT[0], RIGHT[0]), source) if t]
    assert "no estimate of 'zone_first'" in found


def test_a_summary_is_counted_again(source):
    import pandas as pd

    frame = pd.DataFrame(
        [
            {"exhibit": "e", "column": column, "term": term, **row}
            for (column, term), row in source.rows.items()
        ]
    ).reindex(columns=list(estimates.ESTIMATES.order))
    models = pd.DataFrame(
        [{"exhibit": "e", "column": c, **model} for c, model in source.models.items()]
    ).reindex(columns=list(estimates.MODELS.order))
    models[["reason", "reference", "sample", "inference"]] = ["", "", "main", "crv1:unit"]
    made = summary_grid("e", LISTED, frame, models, Style())
    compared = list(cells.summed_up(made, source))
    assert len(compared) == 20
    assert not any(compared)
    wrong = replaced(made, "0.500", "0.400")
    assert any("share positive" in text for text in cells.summed_up(wrong, source))
