import itertools

import pandas as pd
import pytest

from pilotzone import estimates, exhibits, tables
from pilotzone.catalogue import Exhibit, codebook, reasons
from pilotzone.catalogue.descriptions import DESCRIPTIONS
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import Reason, UserError, encode
from pilotzone.tables import kinds, latex, markdown
from pilotzone.tables.layout import fit
from pilotzone.tables.style import DASH, Style

CODES = [code for code in codebook.provinces() if code != "540000"]


def reason(code, **facts):
    return encode([Reason(code, facts)])


def system():
    rows = [
        ("students_per_10k", "labourers", "+", 1),
        ("so2_intensity", "objects_of_labour", "-", 2),
        ("ecommerce_intensity", "means_of_labour", "+", 3),
    ]
    frame = pd.DataFrame(rows, columns=["indicator", "element", "sign", "position"])
    return frame.assign(formula="x / y")


def index_weights():
    by_variant = {
        "nqp": (0.2, 0.3, 0.5),
        "nqp_by_year:2013": (0.1, 0.3, 0.6),
        "nqp_by_year:2014": (0.3, 0.3, 0.4),
        "nqp_pca": (0.6, -0.1, 0.7),
        "nqp_no_ecommerce": (0.4, 0.6, None),
    }
    rows = [
        (variant, indicator, weight)
        for variant, weights in by_variant.items()
        for indicator, weight in zip(system()["indicator"], weights, strict=True)
        if weight is not None
    ]
    return {"": pd.DataFrame(rows, columns=["variant", "indicator", "weight"]), "system": system()}


def index_summary():
    years, variants = (2013, 2014, 2022), ("nqp", "nqp_no_ecommerce", "nqp_long")
    statistics = {"mean": 0.2, "sd": 0.1, "min": 0.05, "max": 0.7}
    summary = [
        (variant, year, statistic, value + (year - 2013) / 100)
        for variant, year in itertools.product(variants, years)
        for statistic, value in statistics.items()
    ]
    summary += [("nqp_long", 2011, "mean", 0.1)]
    ranks = [
        (variant, year, code, (100 - place) / 200, place)
        for variant, year in itertools.product(variants, years)
        for place, code in enumerate(reversed(CODES) if year == 2022 else CODES, start=1)
    ]
    return {
        "": pd.DataFrame(summary, columns=["variant", "year", "statistic", "value"]),
        "ranks": pd.DataFrame(ranks, columns=["variant", "year", "province_code", "value", "rank"]),
    }


def descriptives():
    rows = [
        ("main", name, 300, 0.5, 0.1, 0.0, 0.45, 1.0)
        for name in ("urbanisation", "zone_first", "nqp", "gdp_per_capita")
    ]
    fields = ["sample", "variable", "nobs", "mean", "sd", "min", "median", "max"]
    return {"": pd.DataFrame(rows, columns=fields)}


def rollout():
    by_year = [("half_year", y, 0, 0, u) for y, u in ((2018, 19), (2019, 4), (2020, 0))]
    by_year += [("next_year", y, 0, 0, u) for y, u in ((2018, 3), (2019, 2), (2020, 1))]
    cohorts = [("half_year", 2019, 15, "", 2019), ("next_year", 2020, 3, "", 2020)]
    cohorts += [("half_year", 0, 2, "", 2019)]
    group_time = [
        ("half_year", 2019, 2019, 15, 4, "yes", ""),
        ("half_year", 2019, 2020, 15, 0, "no", reason("no_untreated_left")),
        ("next_year", 2020, 2020, 3, 1, "yes", ""),
    ]
    names = {
        "": "timing year first_treated treated untreated",
        "cohorts": "timing cohort n_units units last_untreated_year",
        "group_time": "timing cohort year n_treated n_controls identified reason",
    }
    data = {"": by_year, "cohorts": cohorts, "group_time": group_time}
    return {part: pd.DataFrame(data[part], columns=names[part].split()) for part in data}


def sample_flow():
    rows = [
        ("province", "main", 1, reason("years_outside", first=2013, last=2022), 300, 30, 90),
        ("province", "main", 0, reason("rows_of_sample", sample="long"), 390, 30, 0),
        ("province", "long", 0, reason("published_figures"), 434, 31, 0),
        ("province", "long", 1, reason("units_excluded", units=["540000"]), 420, 30, 14),
    ]
    fields = ["panel", "sample", "step", "reason", "rows", "units", "dropped"]
    return {"": pd.DataFrame(rows, columns=fields)}


PARTS = {f.__name__: f for f in (index_weights, index_summary, descriptives, rollout, sample_flow)}


def build(folder, name, style=None, **parts):
    exhibit = Exhibit(title="Title", title_zh="标题", describe=exhibits.load(name).describe)
    estimates.write(folder, name, exhibit, PARTS[name]() | parts)
    return tables.build(name, exhibit, folder, style)


def body(table):
    return {row.label: row.cells for panel in table.panels for row in panel.rows}


def test_weights_stand_by_element_with_the_mean_of_yearly_weights(tmp_path):
    table = build(tmp_path, "index_weights")
    assert [panel.title for panel in table.panels] == [
        "Labourers",
        "Objects of labour",
        "Means of labour",
    ]
    assert table.header[1].texts == (
        "baseline",
        "without e-commerce",
        "weighted within the year",
        "first principal component",
    )
    assert body(table) == {
        "Higher-education students (+)": ("0.200", "0.400", "0.200", "0.600"),
        "SO2 emissions over GDP (−)": ("0.300", "0.600", "0.300", "−0.100"),
        "E-commerce sales over GDP (+)": ("0.500", "", "0.500", "0.700"),
    }
    assert any(
        n.startswith("Weighted within the year: mean of the weights of 2013-2014")
        for n in table.notes
    )
    assert any(n.startswith("First principal component: loadings") for n in table.notes)


def test_summary_shows_moments_and_both_ends_of_the_ranks(tmp_path):
    moments, ranks = build(tmp_path, "index_summary").panels
    assert [row.label for row in moments.rows] == ["2013", "2014", "2022"]
    assert moments.rows[1].cells == ("0.210", "0.110", "0.060", "0.710") * 2
    assert ranks.header[1].texts == ("2013", "2013", "2022", "2022") * 2
    assert [row.label for row in ranks.rows] == [*"12345", "26", "27", "28", "29", "30"]
    assert ranks.rows[0].cells[:4] == ("Beijing", "0.495", "Xinjiang", "0.495")
    assert ranks.rows[-1].cells[:4] == ("Xinjiang", "0.350", "Beijing", "0.350")


def test_descriptives_stand_by_kind_in_the_order_of_the_codebook(tmp_path):
    table = build(tmp_path, "descriptives")
    assert [panel.title for panel in table.panels] == [
        "Index",
        "Treatments",
        "Controls",
        "Indicators",
    ]
    assert table.header[0].texts == ("N", "Mean", "SD", "Min", "Median", "Max")
    assert body(table)["NQP index"] == ("300", "0.500", "0.100", "0.000", "0.450", "1.000")
    assert "Sample: 30 provinces without Tibet, 2013-2022." in table.notes


def test_rollout_counts_cohorts_untreated_and_identified_effects(tmp_path):
    table = build(tmp_path, "rollout")
    assert table.header[0].texts == ("Half year", "Next year")
    first, untreated = ({r.label: r.cells for r in p.rows} for p in table.panels)
    assert first == {"Never treated": ("2", "0"), "2019": ("15", "0"), "2020": ("0", "3")}
    assert untreated == {"2018": ("19", "3"), "2019": ("4", "2"), "2020": ("0", "1")}
    assert [row.cells for row in table.footer] == [("2019", "2020"), ("2", "1"), ("1", "1")]


def test_no_untreated_year_is_a_dash(tmp_path):
    table = build(tmp_path, "rollout", **{"": rollout()[""].assign(untreated=0)})
    assert table.footer[0].cells == (DASH, DASH)


def test_sample_flow_stands_by_sample_and_step(tmp_path):
    table = build(tmp_path, "sample_flow")
    assert [panel.title for panel in table.panels] == ["Long", "Main"]
    assert body(table) == {
        "Published figures": ("434", "31", "0"),
        "Tibet left out": ("420", "30", "14"),
        "Rows of: Long": ("390", "30", "0"),
        "Years outside 2013-2022": ("300", "30", "90"),
    }


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_renderings_read_back_as_the_grid(name, language, tmp_path):
    table = build(tmp_path, name, Style(lexicon=Lexicon(language)))
    assert markdown.parse(markdown.render(table)) == table.lines()
    text = latex.render(table)
    assert latex.parse(text) == [part.lines() for part in fit(table).parts]
    assert text.isascii() or language == "zh"


def test_every_descriptive_exhibit_has_a_table():
    loaded = [exhibits.load(i) for i in exhibits.paths()]
    described = {one.describe.kind for one in loaded if one.describe}
    assert described >= {exhibits.load(name).describe.kind for name in PARTS}
    assert described <= set(DESCRIPTIONS) == set(kinds.KINDS)


def test_a_kind_without_a_table_is_named(tmp_path, monkeypatch):
    monkeypatch.delitem(kinds.KINDS, "moran")
    with pytest.raises(UserError, match="no table for 'moran'"):
        tables.build("moran", exhibits.load("moran"), tmp_path)


def test_a_reason_without_words_is_refused():
    with pytest.raises(UserError, match="no words for the reason 'the moon'"):
        reasons.say([Reason("the moon")], Lexicon())


def index_2024():
    weights = [("nqp_2024", "gdp_per_capita", 0.4), ("nqp_2024", "ecommerce_intensity", 0.6)]
    weights += [("nqp_2024_no_ecommerce", "gdp_per_capita", 1.0)]
    weights += [("nqp_2024_equal", i, 0.5) for i in ("gdp_per_capita", "ecommerce_intensity")]
    moments = [
        (variant, 2024, statistic, value)
        for variant in ("nqp_2024", "nqp_2024_no_ecommerce", "nqp_2024_equal")
        for statistic, value in (("nobs", 30), ("mean", 0.262), ("sd", 0.139))
    ]
    power, later = "power_generation_100m_kwh", "vintage_2025"
    flagged = [
        ("ecommerce_intensity", "ecommerce_sales_100m_cny", 2024, "jump", 1, "650000"),
        ("nonthermal_power_share", power, 2024, later, 2, "110000 120000"),
        ("nonthermal_power_share", "power_generation_thermal_100m_kwh", 2024, later, 2, "110000"),
    ]
    names = ["indicator", "variable", "year", "flag", "cells", "units"]
    return {
        "": pd.DataFrame(moments, columns=["variant", "year", "statistic", "value"]),
        "weights": pd.DataFrame(weights, columns=["variant", "indicator", "weight"]),
        "flagged": pd.DataFrame(flagged, columns=names),
    }


PARTS["index_2024"] = index_2024


@pytest.mark.parametrize(
    ("language", "indicator", "flag", "note"),
    [
        ("en", "E-commerce sales over GDP", "jump on the year before", "over GDP: Xinjiang."),
        ("zh", "电子商务销售额占GDP比重", "较上年突变", "：新疆。"),
    ],
)
def test_flagged_cells_are_counted_below_the_index_and_doubted_ones_named(
    tmp_path, language, indicator, flag, note
):
    table = build(tmp_path, "index_2024", Style(lexicon=Lexicon(language)))
    *_, moments, flagged = table.panels
    assert [row.label for row in moments.rows] == ["2024"]
    assert flagged.rows[0].label == indicator
    assert flagged.rows[0].cells == ("2024", flag, "1")
    # Both terms of the share: one line, two cells a province.
    assert flagged.rows[1].cells[2] == "4"
    assert len(flagged.rows) == 2
    assert note in table.notes[0]
    assert "Beijing" not in " ".join(table.notes[:1])
