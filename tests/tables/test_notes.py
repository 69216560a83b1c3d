import dataclasses

import pytest

from pilotzone.catalogue import record_words
from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.samples import CITY_SAMPLES
from pilotzone.catalogue.words import CHINESE, ENGLISH, Lexicon
from pilotzone.errors import UserError
from pilotzone.tables.listing import listing_grid
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
    assert "expected information of the exact maximum likelihood, uncorrected" in text
    assert "normal distribution" in text
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


def test_chinese_tables_print_the_chinese_notes_of_an_exhibit(made_up, did):
    told = dataclasses.replace(did, notes=("A fact.",), notes_zh=("一项事实。",))
    assert notes(made_up, told)[-2] == "A fact."
    assert notes(made_up, told, Style(lexicon=CHINESE))[-2] == "一项事实。"
    listing = dataclasses.replace(told, layout="list")
    assert listed(made_up, listing)[-2] == "A fact."
    assert listed(made_up, listing, "zh")[-2] == "一项事实。"


def test_chinese_tables_print_reasons_in_chinese(made_up, did):
    reason = "3 clusters by region3: too few groups to estimate an error from"
    name = "nqp:zone_share:none"
    estimates, models = made_up(did, unidentified=(name,))
    models.loc[models["column"] == name, "reason"] = reason
    table = regression_grid("made_up", did, estimates, models, Style(lexicon=CHINESE))
    assert "第(3)列不可识别：按三大地区聚类仅3组：组数过少，无法估计标准误。" in table.notes
    table = regression_grid("made_up", did, estimates, models, Style())
    assert f"Column (3) is not identified: {reason}." in table.notes


def test_every_sample_of_cities_has_a_chinese_description():
    assert record_words.CITY_SAMPLES.keys() == CITY_SAMPLES.keys()
    for name in CITY_SAMPLES:
        assert ENGLISH.sample_label(name) == CITY_SAMPLES[name].label
        years = f"{CITY_SAMPLES[name].first_year}-{CITY_SAMPLES[name].last_year}年"
        assert CHINESE.sample_label(name).endswith(years)


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


def test_chinese_notes(made_up, did, spatial):
    for exhibit in (did, spatial):
        for sentence in notes(made_up, exhibit, Style(lexicon=CHINESE)):
            assert sentence.endswith("。")
    text = "".join(notes(made_up, did, Style(lexicon=CHINESE)))
    assert "按省份聚类" in text
    assert CHINESE.unit_name("540000") in text


def test_inference_without_a_sentence_is_refused(made_up, did):
    with pytest.raises(UserError, match="no words for 'jackknife'"):
        notes(made_up, did, inference="jackknife")


# Notes of a listing ----------------------------------------------------------------------------

KINDS = {
    "slx": "information",
    "sdm": "information",
    "exposure_split": "crv1:unit",
    "clean_controls": "permutation",
}
HOW = {
    "en": "Errors and p-values: Spatial lag of X (SLX); Spatial Durbin (SDM): expected information "
    "of the exact maximum likelihood, uncorrected for the number of effects; p-values and "
    "intervals from the normal distribution | Exposure of treated and untreated apart: clustered "
    "by province (CRV1, G = 30), with the factor G/(G−1) · (N−1)/(N−K), in which effects nested in "
    "the clusters count as one and all others in full; p-values and intervals from t(G−1) = t(29) "
    "| Against clean controls: whole treatment paths permuted over units, on |t|, (1+#)/(1+R).",
    "zh": "误差与p值：自变量空间滞后(SLX)、空间杜宾(SDM)：取自精确极大似然的期望信息矩阵，"
    "未作固定效应个数校正；p值与区间取自正态分布 | 处理组与未处理组的暴露：按省份聚类"
    "（CRV1，G=30），乘以G/(G−1)·(N−1)/(N−K)，嵌套于聚类的固定效应计为一个，其余全部计入；"
    "p值与区间取自t(G−1)=t(29) | 与未受影响的对照组比较：处理路径在个体间置换，基于|t|，"
    "(1+#)/(1+R)。",
}


@pytest.fixture
def spillovers():
    """A listing of the estimators of spatial_did, each twice."""
    return Exhibit(
        title="t",
        title_zh="t",
        columns=grid(
            outcome="nqp",
            treatment="zone_first",
            controls=("none", "baseline"),
            weights="contiguity",
            estimator=tuple(KINDS),
        ),
        layout="list",
    )


def listed(made_up, exhibit, language="en", unidentified=(), **changes):
    estimates, models = made_up(exhibit, unidentified=unidentified)
    for field, values in changes.items():
        models[field] = values
    grid = listing_grid("made_up", exhibit, estimates, models, Style(lexicon=Lexicon(language)))
    return grid.notes


def kinds_of(exhibit):
    """The kinds in the order of the files, which are sorted by column."""
    pairs = zip(exhibit.column_ids(), exhibit.columns, strict=True)
    return [KINDS[literal.estimator] for _, literal in sorted(pairs, key=lambda pair: pair[0])]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_listing_names_the_estimators_of_each_kind_of_error(language, made_up, spillovers):
    assert HOW[language] in listed(made_up, spillovers, language, inference=kinds_of(spillovers))


def test_errors_of_one_kind_name_no_estimator(made_up, spillovers):
    sentences = listed(made_up, spillovers, inference="permutation")
    assert (
        "Errors and p-values: whole treatment paths permuted over units, on |t|, (1+#)/(1+R)."
        in sentences
    )


def test_an_estimator_with_all_kinds_of_error_is_not_named(made_up):
    columns = grid(outcome="nqp", treatment="zone_first", controls=("none", "baseline"))
    exhibit = Exhibit(title="t", title_zh="t", columns=columns, layout="list")
    sentences = listed(made_up, exhibit, inference=["permutation", "bootstrap"])
    assert (
        "Errors and p-values: percentile intervals from a bootstrap of units; whole treatment "
        "paths permuted over units, on |t|, (1+#)/(1+R)." in sentences
    )


def test_a_listing_without_errors_has_no_sentence_on_them(made_up, spillovers):
    sentences = listed(made_up, spillovers, unidentified=spillovers.column_ids())
    assert not any(sentence.startswith("Errors") for sentence in sentences)


def test_a_name_with_several_reasons_stands_behind_its_treatment(made_up):
    exhibit = Exhibit(
        title="t",
        title_zh="t",
        columns=grid(outcome="nqp", treatment=("zone_first", "zone_share")),
        layout="list",
    )
    ids = exhibit.column_ids()
    same = listed(made_up, exhibit, unidentified=ids)
    assert "Not identified: baseline: every unit is treated from the first year on." in same
    sentences = listed(made_up, exhibit, unidentified=ids, reason=["first", "second"])
    assert "Not identified: Pilot zone in the province, baseline: first." in sentences
    assert "Not identified: Share of units with a pilot zone, baseline: second." in sentences
