import dataclasses

import pandas as pd
import pytest

from pilotzone import estimates, tables
from pilotzone.catalogue import Exhibit, cut, grid
from pilotzone.catalogue.samples import CITY_SAMPLES
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.errors import Reason, UserError, encode
from pilotzone.tables.notes import by_columns, column_numbers
from pilotzone.tables.regression import regression_grid
from pilotzone.tables.style import Style


def notes(made_up, exhibit, style=None, **changes):
    estimates, models = made_up(exhibit)
    for field, values in changes.items():
        models[field] = values
    return regression_grid("made_up", exhibit, estimates, models, style or Style()).notes


def test_column_numbers():
    assert column_numbers([1, 2, 3, 5, 7, 8], ENGLISH) == "(1)-(3), (5), (7)-(8)"
    assert column_numbers([1, 2, 3, 5, 7, 8], CHINESE) == "(1)-(3)、(5)、(7)-(8)"


def test_what_all_columns_share_is_said_once():
    assert by_columns(["a", "a"], ENGLISH) == "a"
    assert by_columns(["a", "b", "a"], ENGLISH) == "(1), (3) a; (2) b"
    assert by_columns(["a", "", "a"], ENGLISH) == "(1), (3) a"
    assert by_columns(["甲", "乙", "甲"], CHINESE) == "(1)、(3) 甲；(2) 乙"


def test_sentences_of_a_clustered_table(made_up, did):
    text = " ".join(notes(made_up, did))
    assert "Model: two-way fixed effects; province effects, year effects." in text
    assert (
        "Sample: 30 provinces without Tibet, 2013-2022; 299 observations of 30 provinces, "
        "dropped rows: 1." in text
    )
    assert "Standard errors in parentheses: clustered by province (CRV1, G = 30)" in text
    assert "factor G/(G−1) · (N−1)/(N−K)" in text
    assert "effects nested in the clusters count as one" in text
    assert "t(G−1) = t(29)" in text
    assert "Municipalities: Beijing, Tianjin, Shanghai, Chongqing." in text
    assert "*** p < 0.01, ** p < 0.05, * p < 0.10." in text
    assert text.endswith("Sources: data/README.md.")


def test_sentences_of_a_likelihood_table(made_up, spatial):
    text = " ".join(notes(made_up, spatial))
    assert "Model: (1) spatial lag (SAR); (2) spatial Durbin (SDM)" in text
    assert "clustered by province (G = 30) with the terms that tie the scores of pairs" in text
    assert "(5000 draws, seed 7)" in text
    assert "CRV1" not in text


@pytest.mark.parametrize(
    ("show", "start", "starred"),
    [
        ("se", "Standard errors in parentheses", True),
        ("t", "Estimates over standard errors in parentheses", True),
        ("ci", "95 % intervals in square brackets", True),
        ("nostars", "Standard errors in parentheses", False),
    ],
)
def test_the_notes_follow_the_style(show, start, starred, made_up, did):
    sentences = notes(made_up, did, Style(show))
    assert any(sentence.startswith(start) for sentence in sentences)
    assert any("*** p" in sentence for sentence in sentences) == starred


def test_what_differs_is_said_by_column(made_up):
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(outcome="nqp", treatment="zone_first", sample=("main", "no_municipalities")),
        notes=("A fact about the design.",),
    )
    sentences = notes(made_up, exhibit, nobs=[300, 260], n_units=[30, 26], n_clusters=[30, 26])
    text = " ".join(sentences)
    assert "(1) 30 provinces without Tibet, 2013-2022; 300 observations of 30 provinces" in text
    assert "(2) 26 provinces without Tibet and the four municipalities, 2013-2022; 260" in text
    assert "(1) clustered by province (CRV1, G = 30)" in text
    assert "(2) clustered by province (CRV1, G = 26)" in text
    assert sentences[-2] == "A fact about the design."


def test_a_treatment_out_of_its_time_is_told(made_up):
    moved, led = Reason("moved_forward", {"years": 2}), Reason("lead_beside", {"years": 1})
    exhibit = Exhibit(
        title="T",
        title_zh="题",
        columns=grid(outcome="nqp", treatment="zone_first", controls=("none", "baseline")),
    )
    # The file is sorted by column: "baseline" goes before "none".
    reference = [encode([led, Reason("lead_by_clusters")]), encode([moved])]
    text = " ".join(notes(made_up, exhibit, reference=reference))
    assert (
        "Compared: (1) treatment moved 2 years forward, rows before treatment only; (2) beside it "
        "the lead of the treatment (years: 1), rows where it is known only; errors of the lead by "
        "clusters." in text
    )


def test_what_a_matrix_says_is_not_what_the_treatment_says(made_up, spatial):
    count = len(spatial.columns)
    largest = Reason("largest_row_weight", {"weight": 0.5})
    both = encode([Reason("moved_forward", {"years": 2}), largest])
    text = " ".join(notes(made_up, spatial, reference=[both] * count))
    assert "Weights, rows sum to one: largest row weight 0.500." in text
    assert "Compared: treatment moved 2 years forward, rows before treatment only." in text


def test_chinese_tables_print_the_chinese_notes_of_an_exhibit(made_up, did):
    told = dataclasses.replace(did, notes=("A fact.",), notes_zh=("一项事实。",))
    assert notes(made_up, told)[-2] == "A fact."
    assert notes(made_up, told, Style(lexicon=CHINESE))[-2] == "一项事实。"


def test_chinese_tables_print_reasons_in_chinese(made_up, did):
    reason = Reason("few_clusters", {"clusters": 3, "cluster": "region3"})
    name = "nqp:zone_share:none"
    estimates, models = made_up(did, unidentified=(name,))
    models.loc[models["column"] == name, "reason"] = encode([reason])
    table = regression_grid("made_up", did, estimates, models, Style(lexicon=CHINESE))
    assert "第(3)列不可识别：按三大地区聚类仅3组：组数过少，无法估计标准误。" in table.notes
    table = regression_grid("made_up", did, estimates, models, Style())
    told = "3 clusters by region (east, central, west): too few groups to estimate an error from"
    assert f"Not identified: (3): {told}." in table.notes


def test_every_sample_of_cities_has_a_chinese_description():
    for sample in CITY_SAMPLES:
        assert ENGLISH.sample_label(sample.id) == sample.label[0]
        years = f"{sample.first_year}-{sample.last_year}年"
        assert CHINESE.sample_label(sample).endswith(years)


def test_clusters_by_province_are_named_in_a_table_of_cities(made_up):
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(outcome="nqp_city", treatment="zone_city", sample="city"),
    )
    inference = "crv1:province_code"
    assert "按省份聚类" in "".join(
        notes(made_up, exhibit, Style(lexicon=CHINESE), inference=inference)
    )
    assert "clustered by province (" in " ".join(notes(made_up, exhibit, inference=inference))


@pytest.mark.parametrize("layout", ["columns", "list", "summary"])
def test_rows_of_an_inline_sample_are_told_in_every_layout(made_up, layout):
    without = cut(
        "main", id="from_2015", words=("South", "南方"), excluded=("440000",), first_year=2015
    )
    columns = grid(outcome="nqp", treatment="zone_first", sample=("main", without))
    exhibit = Exhibit(title="t", title_zh="t", columns=columns, layout=layout)
    made_up(exhibit)
    steps = (
        (Reason("rows_of_sample", {"sample": "main"}), 300, 30, 0),
        (Reason("years_outside", {"first": 2015, "last": 2022}), 240, 30, 60),
        (Reason("units_excluded", {"units": ["440000"]}), 232, 29, 8),
    )
    flow = [
        ("province", "from_2015", step, encode([reason]), *counts)
        for step, (reason, *counts) in enumerate(steps)
    ]
    fields = ["panel", "sample", "step", "reason", "rows", "units", "dropped"]
    parts = {"flow": pd.DataFrame(flow, columns=fields)}
    estimates.write(made_up.folder, "made_up", exhibit, parts)
    told = {
        "en": "Rows by step, South: Rows of: Main 300; Years outside 2015-2022 240; "
        "Guangdong left out 232.",
        "zh": "逐步保留的观测，南方：基准样本的观测 300；2015-2022年以外 240；剔除广东 232。",
    }
    for language, sentence in told.items():
        style = Style(lexicon=Lexicon(language))
        table = tables.build("made_up", exhibit, made_up.folder, style)
        assert table.notes[-2] == sentence


def test_chinese_notes(made_up, did, spatial):
    for exhibit in (did, spatial):
        for sentence in notes(made_up, exhibit, Style(lexicon=CHINESE)):
            assert sentence.endswith("。")
    text = "".join(notes(made_up, did, Style(lexicon=CHINESE)))
    assert "按省份聚类" in text
    assert CHINESE.unit_name("540000") in text


def test_inference_without_a_sentence_is_refused(made_up, did):
    with pytest.raises(UserError, match="no words for 'by_hand'"):
        notes(made_up, did, inference="by_hand")
