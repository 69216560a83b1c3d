import math

import pandas as pd
import pytest

from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.errors import UserError
from pilotzone.tables.regression import regression_grid
from pilotzone.tables.style import DASH, Style


def build(made_up, exhibit, style=None, **options):
    return regression_grid("made_up", exhibit, *made_up(exhibit, **options), style or Style())


def terms(panel):
    return [row.term for row in panel.rows if row.label]


def footer(table):
    return {row.term: row.cells for row in table.footer}


def test_rows_stand_in_the_order_of_declaration(made_up, did):
    coefficients, diagnostics = build(made_up, did).panels
    assert terms(coefficients) == ["zone_first", "zone_share", *CONTROLS["baseline"].variables]
    assert terms(diagnostics) == [
        "municipality_share:zone_first",
        "municipality_share:zone_share",
        "no_municipalities:zone_first",
        "no_municipalities:zone_share",
    ]
    assert diagnostics.title == "Municipalities"


def test_spatial_terms_stand_behind_the_controls_and_effects_in_panels(made_up, spatial):
    panels = build(made_up, spatial).panels
    names = ["zone_share", *CONTROLS["baseline"].variables]
    assert terms(panels[0]) == [*names, *(f"W:{name}" for name in names), "rho"]
    assert [panel.title for panel in panels[1:4]] == [
        "Direct effects",
        "Indirect effects",
        "Total effects",
    ]
    for kind, panel in zip(("direct", "indirect", "total"), panels[1:4], strict=True):
        assert terms(panel) == [f"{kind}:{name}" for name in names]
        assert panel.rows[0].label == ENGLISH.variable("zone_share")
    assert panels[0].rows[14].cells[0] == ""


def test_event_times_stand_in_the_order_of_numbers(made_up, did):
    estimates, models = made_up(did)
    extra = estimates[estimates["term"] == "zone_first"].head(1)
    names = ["event:10", "event:-4", "event:2"]
    extra = pd.concat([extra.assign(term=name) for name in names])
    files = (pd.concat([estimates, extra]), models)
    table = regression_grid("made_up", did, *files, Style())
    assert terms(table.panels[0])[:5] == [
        "zone_first",
        "zone_share",
        "event:-4",
        "event:2",
        "event:10",
    ]


def test_headings_span_equal_neighbours_and_numbers_stand_last(made_up, did):
    outcome, number = build(made_up, did).header
    spans = [(heading.text, heading.span) for heading in outcome.headings]
    assert spans == [("NQP index", 4), ("NQP index without e-commerce", 4)]
    assert number.texts == tuple(f"({i})" for i in range(1, 9))


def test_a_dimension_that_no_row_shows_becomes_a_heading(made_up):
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(
            outcome="nqp", treatment="zone_first", sample=("main", "pre_covid"), effects="unit"
        ),
    )
    assert [row.label for row in build(made_up, exhibit).header] == ["Outcome", "Sample", ""]
    estimates, models = made_up(exhibit)
    other = Exhibit(
        title="t", title_zh="t", columns=grid(outcome="nqp", treatment=("zone_first", "zone_share"))
    )
    estimates, models = made_up(other)
    renamed = estimates.assign(term="nqp_long")
    header = regression_grid("made_up", other, renamed, models, Style()).header
    assert [row.label for row in header] == ["Outcome", "Treatment", ""]


def test_footer_says_what_each_column_holds_constant(made_up, did, spatial):
    rows = footer(build(made_up, did))
    assert list(rows) == [
        "controls",
        "effect:unit",
        "effect:period",
        "n_clusters",
        "n_units",
        "nobs",
        "outcome_mean",
        "r2_within",
    ]
    assert rows["controls"] == ("No", "Yes") * 4
    assert rows["effect:unit"] == ("Yes",) * 8
    assert rows["nobs"] == ("299",) * 8
    assert rows["r2_within"] == ("0.444",) * 8
    rows = footer(build(made_up, spatial))
    assert rows["weights"] == ("Contiguity", "Contiguity")
    assert rows["loglik"] == ("862.498", "862.498")
    assert rows["n_clusters"] == ("30", "30")


def test_effects_that_only_some_columns_have(made_up):
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(
            outcome="nqp", treatment="zone_first", effects=("two_way", "unit_trends", "region_year")
        ),
    )
    table = build(made_up, exhibit)
    facts = {row.label: row.cells for row in table.footer}
    assert facts["Province effects"] == ("Yes", "Yes", "Yes")
    assert facts["Year effects"] == ("Yes", "Yes", "No")
    assert facts["Province trends"] == ("No", "Yes", "No")
    assert facts["Region (east, central, west) × year effects"] == ("No", "No", "Yes")


def test_two_sets_of_controls_are_named(made_up):
    sets = ("none", "baseline", "without_openness")
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(outcome="nqp", treatment="zone_first", controls=sets),
    )
    table = regression_grid("made_up", exhibit, *made_up(exhibit), Style())
    assert footer(table)["controls"] == ("None", "Baseline", "Baseline without trade")


def test_a_column_that_is_not_identified_prints_a_dash_and_its_reason(made_up, did):
    name = "nqp:zone_share:none"
    table = build(made_up, did, unidentified=(name,))
    position = did.column_ids().index(name)
    cells = {row.term: row.cells[position] for p in table.panels for row in p.rows if row.label}
    assert cells.pop("zone_share") == DASH
    assert set(cells.values()) == {""}
    facts = {term: texts[position] for term, texts in footer(table).items()}
    assert {facts[f] for f in ("n_clusters", "n_units", "nobs", "r2_within")} == {DASH}
    assert not any(char.isdigit() for text in facts.values() for char in text)
    reason = "the treatment does not vary within unit and period effects"
    assert f"Not identified: (3): {reason}." in table.notes


def test_an_exhibit_without_any_identified_column_has_no_number(made_up, did):
    table = build(made_up, did, unidentified=did.column_ids())
    printed = [text for p in table.panels for row in p.rows for text in row.cells]
    assert set(printed) == {DASH, ""}
    assert printed.count(DASH) == len(did.columns)
    assert any("Not identified: (1)-(8)" in note for note in table.notes)
    assert not any("p < " in note for note in table.notes)


def test_a_test_prints_its_statistic_over_its_p_value(made_up, did):
    estimates, models = made_up(did)
    here = estimates["column"] == "nqp:zone_first:none"
    row = estimates[here & (estimates["term"] == "zone_first")]
    blank = {"estimate": math.nan, "std_error": math.nan, "statistic": 4.25, "p_value": 0.0391}
    extra = row.assign(term="nqp_long", **blank)
    table = regression_grid("made_up", did, pd.concat([estimates, extra]), models, Style())
    value, below = [row for row in table.panels[0].rows if row.term == "nqp_long"]
    assert (value.cells[0], below.cells[0]) == ("4.250", "[p = 0.039]")


def test_chinese_labels(made_up, did):
    table = build(made_up, did, Style(lexicon=CHINESE))
    assert table.title == "虚构列"
    facts = [row.label for row in table.footer]
    assert facts[:3] == ["控制变量", "省份固定效应", "年份固定效应"]
    assert "观测值" in facts
    assert table.footer[0].cells[:2] == ("否", "是")
    for panel in table.panels:
        for row in panel.rows:
            assert not row.label or any("\u4e00" <= char <= "\u9fff" for char in row.label)


def test_files_of_other_columns_are_refused(made_up, did):
    estimates, models = made_up(did)
    with pytest.raises(UserError, match=r"other columns \(nqp:zone_first:none\); run `make "):
        regression_grid(
            "made_up", did, estimates, models[models["column"] != "nqp:zone_first:none"], Style()
        )
    strange = estimates.assign(column="somewhere_else")
    with pytest.raises(UserError, match="somewhere_else"):
        regression_grid("made_up", did, strange, models, Style())


def test_a_term_without_a_label_is_refused(made_up, did):
    estimates, models = made_up(did)
    extra = estimates.head(1).assign(term="no_such_variable")
    with pytest.raises(UserError, match="no variable 'no_such_variable'"):
        regression_grid("made_up", did, pd.concat([estimates, extra]), models, Style())


def test_a_bound_without_estimate_prints_its_interval(made_up, did):
    estimates, models = made_up(did)
    here = estimates["column"] == "nqp:zone_first:none"
    row = estimates[here & (estimates["term"] == "zone_first")]
    blank = dict.fromkeys(("estimate", "std_error", "statistic", "p_value"), math.nan)
    bounds = [
        row.assign(term=term, **blank, ci_low=low, ci_high=0.5)
        for term, low in (("smoothness:0.01", -0.25), ("smoothness:0.002", -0.125))
    ]
    table = regression_grid("made_up", did, pd.concat([estimates, *bounds]), models, Style())
    printed = [row for row in table.panels[0].rows if row.term.startswith("smoothness")]
    assert [row.term for row in printed] == ["smoothness:0.002", "smoothness:0.01"]
    assert [row.cells[0] for row in printed] == ["[−0.125, 0.500]", "[−0.250, 0.500]"]
