import pytest

from pilotzone import labels
from pilotzone.errors import UserError
from pilotzone.spec import Exhibit, grid
from pilotzone.tables.notes import by_columns, column_numbers
from pilotzone.tables.regression import regression_grid
from pilotzone.tables.style import Style


def notes(made_up, exhibit, style=None, **changes):
    estimates, models = made_up(exhibit)
    for field, values in changes.items():
        models[field] = values
    return regression_grid("made_up", exhibit, estimates, models, style or Style()).notes


def test_column_numbers():
    assert column_numbers([1, 2, 3, 5, 7, 8]) == "(1)-(3), (5), (7)-(8)"


def test_what_all_columns_share_is_said_once():
    assert by_columns(["a", "a"]) == "a"
    assert by_columns(["a", "b", "a"]) == "(1), (3) a; (2) b"
    assert by_columns(["a", "", "a"]) == "(1), (3) a"


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


def test_chinese_notes(made_up, did, spatial):
    for exhibit in (did, spatial):
        for sentence in notes(made_up, exhibit, Style(language="zh")):
            assert sentence.endswith("。")
    text = "".join(notes(made_up, did, Style(language="zh")))
    assert "按省份聚类" in text
    assert labels.unit_name("540000", "zh") in text


def test_inference_without_a_sentence_is_refused(made_up, did):
    with pytest.raises(UserError, match="no sentence for inference 'jackknife'"):
        notes(made_up, did, inference="jackknife")
