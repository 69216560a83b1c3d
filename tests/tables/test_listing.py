"""Tables with a line per column, their summaries, and balance panels, from the built files.

Printed numbers are those of the files rounded to three decimals.
"""

import re

import pytest

from pilotzone import estimates, exhibits
from pilotzone.tables.style import DASH


@pytest.fixture(scope="module")
def folder(root):
    return root / "output/estimates"


def rows(made):
    return [row for panel in made.panels for row in panel.rows]


def test_every_identified_column_has_its_line_and_estimate(committed_table, folder):
    made = committed_table("inference")
    table = estimates.read(folder / "inference.csv")
    printed = [row for row in rows(made) if row.term in ("zone_share", "zone_first")]
    models = estimates.read(folder / "inference.models.csv")
    assert len(printed) == len(models)
    shown = [row.cells[0] for row in printed if row.cells[0] != DASH]
    assert len(shown) == (models["identified"] == "yes").sum()
    for row in printed:
        if row.cells[0] == DASH:
            continue
        values = table.loc[table["term"] == row.term, "estimate"]
        number = float(row.cells[0].rstrip("*").replace("−", "-"))
        assert min(abs(values - number)) < 0.0006


def test_an_unidentified_column_has_a_dash_and_its_reason(committed_table):
    made = committed_table("inference")
    dashes = [row for row in rows(made) if row.cells[0] == DASH]
    assert len(dashes) == 2
    assert any("Not identified: Clusters by region" in note for note in made.notes)


def test_notes_name_cohorts_years_and_controls_of_staggered_columns(committed_table):
    text = " ".join(committed_table("staggered").notes)
    assert "cohorts 2015, 2016, 2019; 2013-2019; untreated units per cell 4 to 29" in text
    assert "no unit is never treated" in text


def test_the_summary_counts_columns_and_signs(committed_table, folder):
    made = committed_table("coding_matrix")
    table = estimates.read(folder / "coding_matrix.csv")
    for panel in made.panels:
        assert sum(int(row.cells[0]) for row in panel.rows) == len(table) == 1200
    line = next(row for row in rows(made) if row.term == "zone_share")
    own = table[table["column"].str.contains(":zone_share:")]
    assert float(line.cells[1]) == pytest.approx((own["statistic"] > 0).mean(), abs=5e-4)


def test_balance_stands_under_the_matched_estimates(committed_table, folder):
    made = committed_table("psm_did")
    table = estimates.read(folder / "psm_did.balance.csv")
    panels = [panel for panel in made.panels if panel.title.startswith("Balance")]
    assert len(panels) == 3
    kernel = next(panel for panel in panels if "Kernel" in panel.title)
    own = table[table["column"] == "nqp:none:psm_kernel"].set_index("variable")
    for row in kernel.rows:
        assert float(row.cells[3]) == pytest.approx(
            own.loc[row.term, "difference_before"], abs=5e-4
        )


def test_event_studies_name_the_cohorts_behind_each_coefficient(committed_table):
    text = " ".join(committed_table("event_study").notes)
    assert "−3: 2016, 2019, 2020" in text
    assert "rank deficient by 1" in text


@pytest.mark.parametrize("name", sorted(exhibits.paths()))
def test_no_table_prints_a_missing_number(name, committed_table):
    for language in ("en", "zh"):
        for row in rows(committed_table(name, language)):
            assert not any(re.search(r"\bnan\b|\binf\b", cell) for cell in row.cells), row


# Names of variables stand in the codebook as they are.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff）”][,:;]|[,:;][\u4e00-\u9fff（“]")


@pytest.mark.parametrize("name", sorted(exhibits.paths()))
def test_chinese_notes_have_chinese_punctuation_and_no_english_sentence(name, committed_table):
    for note in committed_table(name, "zh").notes:
        assert note.endswith("。"), note
        assert not HALF_WIDTH.search(note), note
        # Four English words in a row are a sentence; names of methods and people are shorter.
        assert not re.search(r"(?:\b[a-z]{2,} ){3}[a-z]{2,}\b", note), note


def test_values_of_an_attribute_are_named_in_the_sample_flow(committed_table):
    flow = [row.label for row in rows(committed_table("sample_flow", "zh"))]
    assert "剔除：四大地区=东北" in flow
    assert not any("northeast" in label for label in flow)


def test_statistics_have_a_head_of_their_own_and_no_star_to_explain(committed_table):
    for language, heads in (("en", ("Statistic", "Estimate")), ("zh", ("统计量", "估计值"))):
        for name, head in zip(("spatial_tests", "staggered"), heads, strict=True):
            made = committed_table(name, language)
            assert made.header[0].headings[0].text == head
    assert not any("***" in note for note in committed_table("spatial_tests").notes)
    assert any("***" in note for note in committed_table("staggered").notes)


def test_what_is_known_of_a_test_stands_below_it(committed_table):
    terms = [row.term for row in committed_table("spatial_tests").panels[0].rows]
    at = terms.index("test:lr_sdm_sar")
    assert terms[at + 1 : at + 3] == ["test:lr_sdm_sar_drawn", "size:lr_sdm_sar"]
    assert "Outcomes drawn under the null: 199 draws" in " ".join(
        committed_table("spatial_tests").notes
    )


def test_terms_stand_in_the_order_of_a_regression_table(committed_table):
    made = committed_table("spatial_moderation")
    kinds = [row.term.partition(":")[0] for row in made.panels[0].rows]
    own = "zone_share", "zone_share#digital_finance_index"
    assert list(dict.fromkeys(kinds)) == [*own, "W", "rho", "direct", "indirect", "total"]


def test_a_single_term_that_is_not_the_treatment_is_named(committed_table):
    made = rows(committed_table("spatial_did"))
    at = next(n for n, row in enumerate(made) if "never-treated" in row.label)
    assert not any(made[at].cells[:4])
    assert made[at + 1].term == "W:zone_first"
    assert made[at + 1].label == "· W × Pilot zone in the province"


def test_a_table_with_measured_size_says_where_it_was_measured(committed_table):
    told = "blank: not measured"
    assert any(told in note for note in committed_table("inference").notes)
    assert not any(told in note for note in committed_table("robustness").notes)


@pytest.mark.slow
def test_no_note_prints_the_name_of_an_event_time(committed_table):
    for name in exhibits.paths():
        for note in committed_table(name).notes:
            assert not re.search(r"\bevent:\S", note), (name, note)


def test_the_board_of_claims_carries_no_star(committed_table):
    made = committed_table("claims")
    assert not any("*" in cell for row in rows(made) for cell in row.cells)
    assert not any("***" in note for note in made.notes)
