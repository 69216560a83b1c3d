"""The table of ranks and of the bootstrap, from made-up files."""

import itertools

import pandas as pd
import pytest

from pilotzone import estimates, exhibits, tables
from pilotzone.catalogue import Exhibit, codebook
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables import markdown
from pilotzone.tables.style import Style

KINDS = ("variants", "indicators", "provinces")
CODES = ("110000", "310000", "120000")
YEARS = ("2022", "mean")
MEMBERS = {
    "variants": ("nqp", "nqp_pca"),
    "indicators": ("so2_intensity",),
    "provinces": ("110000", "310000"),
}


def parts():
    ranks = [
        ("nqp", kind, year, code, place, max(1, place - 1), place + 0.5, place + 1, 10)
        for kind, year, (place, code) in itertools.product(KINDS, YEARS, enumerate(CODES, start=1))
    ]
    agreement = [
        ("nqp", kind, year, member, 0.9 - 0.1 * number, 30, number, CODES[number])
        for kind, year in itertools.product(KINDS, YEARS)
        for number, member in enumerate(MEMBERS[kind])
    ]
    bootstrap = [
        ("nqp", "zone_share", controls, kind, 0.05, 0.02, 0.06, 0.03, 1.5, 0.01, 0.1, 998, 1)
        for controls, kind in itertools.product(
            ("baseline", "none"), ("rebuilt", "fixed", "rebuilt_to_scale")
        )
    ]
    names = {
        "": "base perturbation year province_code rank lowest median highest n_indices",
        "agreement": "base perturbation year member spearman n_provinces largest_move "
        "province_code",
        "bootstrap": "outcome treatment controls index estimate std_error mean sd ratio ci_low "
        "ci_high draws n_degenerate",
    }
    rows = {"": ranks, "agreement": agreement, "bootstrap": bootstrap}
    return {part: pd.DataFrame(rows[part], columns=names[part].split()) for part in rows}


@pytest.fixture
def build(tmp_path):
    describe = exhibits.load("index_uncertainty").describe
    exhibit = Exhibit(title="t", title_zh="t", describe=describe)
    estimates.write(tmp_path, "index_uncertainty", exhibit, parts())
    return lambda language="en": tables.build(
        "index_uncertainty", exhibit, tmp_path, Style(lexicon=Lexicon(language))
    )


def test_provinces_stand_by_rank_with_median_and_range(build):
    rows = build().panels[0].rows
    assert [row.label for row in rows] == ["Beijing", "Shanghai", "Tianjin"]
    assert rows[1].cells == ("2", *("2.5 [1, 3]",) * 3) * 2


def test_agreement_names_the_province_that_moves_most(build):
    rows = {row.label: row.cells for row in build().panels[1].rows}
    assert list(rows) == [
        "First principal component",
        "Without: SO2 emissions over GDP",
        "Without a province: the lowest",
    ]
    assert rows["First principal component"] == ("0.800", "30", "1", "Shanghai") * 2
    assert rows["Without: SO2 emissions over GDP"] == ("0.900", "30", "0", "") * 2
    assert rows["Without a province: the lowest"] == ("0.800", "30", "1", "Shanghai") * 2


def test_the_bootstrap_stands_by_column_with_the_fixed_index_first(build):
    rows = build().panels[2].rows
    kinds = [row.term.rsplit(":", 2)[1:] for row in rows]
    order = ["fixed", "rebuilt", "rebuilt_to_scale"]
    assert kinds == [[c, kind] for c in ("none", "baseline") for kind in order]
    expected = ("0.050", "0.020", "0.060", "0.030", "1.500", "[0.010, 0.100]", "998", "1")
    assert rows[0].cells == expected
    assert rows[0].label.endswith("controls: none · index fixed")


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_the_rendering_reads_back(build, language):
    table = build(language)
    assert markdown.parse(markdown.render(table)) == table.lines()
    widths = {len(row.cells) for panel in table.panels for row in panel.rows}
    assert widths == {table.n_columns} == {8}
