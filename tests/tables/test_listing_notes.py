import dataclasses

import pytest

from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import Reason, encode
from pilotzone.tables.listing import listing_grid
from pilotzone.tables.style import Style

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
        columns=tuple(
            column
            for estimator, kind in KINDS.items()
            for column in grid(
                outcome="nqp",
                treatment="zone_first",
                controls=("none", "baseline"),
                weights="contiguity",
                estimator=estimator,
                inference=Inference(kind, draws=99, seed=1) if kind == "permutation" else "",
            )
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


@pytest.mark.parametrize(
    ("outcomes", "treatments", "first", "second"),
    [
        (
            "nqp",
            ("zone_first", "zone_share"),
            "Pilot zone in the province",
            "Share of units with a pilot zone",
        ),
        (("nqp", "nqp_long"), "zone_first", "NQP index", "NQP index, 13 indicators from 2011"),
    ],
)
def test_a_name_with_several_reasons_stands_behind_what_tells_it_apart(
    made_up, outcomes, treatments, first, second
):
    columns = grid(outcome=outcomes, treatment=treatments)
    exhibit = Exhibit(title="t", title_zh="t", columns=columns, layout="list")
    ids = exhibit.column_ids()
    same = listed(made_up, exhibit, unidentified=ids)
    reason = "the treatment does not vary within unit and period effects"
    assert f"Not identified: baseline: {reason}." in same
    two = [encode([Reason(code)]) for code in ("one_treated_unit", "one_control_unit")]
    sentences = listed(made_up, exhibit, unidentified=ids, reason=two)
    assert f"Not identified: {first}, baseline: one treated unit." in sentences
    assert f"Not identified: {second}, baseline: one control unit." in sentences


def test_of_texts_behind_the_same_names_one_is_said(made_up):
    treatments = ("zone_first", "zone_share", "zone_count")
    columns = grid(outcome="nqp", treatment=treatments, controls=("none", "baseline"))
    exhibit = Exhibit(title="t", title_zh="t", columns=columns, layout="list")
    # The files are sorted: count, first, share, each with baseline before none.
    roots = [encode([Reason("simulated_at_root", {"draws": 9, "root": r})]) for r in (0.9, 0.5)]
    told = listed(made_up, exhibit, reference=[*roots[:1] * 4, *roots[1:] * 2])
    names = "controls: none; controls: baseline"
    text = "9 simulated panels with largest root"
    assert f"Compared: {names}: {text} 0.900; and 1 more." in told
    by_controls = listed(made_up, exhibit, reference=roots * 3)
    parts = (f"controls: none: {text} 0.500", f"controls: baseline: {text} 0.900")
    assert f"Compared: {' | '.join(parts)}." in by_controls


def test_a_listing_prints_the_chinese_notes_of_an_exhibit(made_up, did):
    told = dataclasses.replace(did, notes=("A fact.",), notes_zh=("一项事实。",), layout="list")
    assert listed(made_up, told)[-2] == "A fact."
    assert listed(made_up, told, "zh")[-2] == "一项事实。"


@pytest.fixture
def durbin():
    """A listing of two spatial columns and one without a matrix."""
    spatial = grid(
        outcome="nqp",
        treatment="zone_first",
        controls=("none", "baseline"),
        weights="contiguity",
        estimator="sdm",
        inference=Inference(draws=50, seed=7),
    )
    columns = (*spatial, *grid(outcome="nqp", treatment="zone_first"))
    return lambda n: Exhibit(title="t", title_zh="t", columns=columns[:n], layout="list")


WEIGHT = Reason("largest_row_weight", {"weight": 0.5})


@pytest.mark.parametrize(
    ("count", "what"),
    [
        (2, "largest row weight 0.500"),
        (3, "Contiguity, Spatial Durbin (SDM), controls: none; Contiguity, Spatial Durbin (SDM), "),
    ],
)
def test_what_is_said_of_all_lines_names_none(made_up, durbin, count, what):
    exhibit = durbin(count)
    spatial = [literal.weights != "" for literal in exhibit.columns]
    pairs = sorted(zip(exhibit.column_ids(), spatial, strict=True))
    reference = [encode([WEIGHT]) if placed else "" for _, placed in pairs]
    sentences = listed(made_up, exhibit, reference=reference)
    assert any(s.startswith(f"Weights, rows sum to one: {what}") for s in sentences)
    assert not any(s.startswith("Compared") for s in sentences)


def test_how_the_errors_of_effects_were_made(made_up, durbin):
    drawn = listed(made_up, durbin(3))
    assert any("joint normal draws of all coefficients (50 draws, seed 7)" in s for s in drawn)
    assert not any("delta method" in s for s in drawn)
    exhibit = durbin(2)
    estimates, models = made_up(exhibit)
    made = listing_grid("made_up", exhibit, estimates.assign(draws=float("nan")), models, Style())
    assert "Direct, indirect and total effects: errors by the delta method." in made.notes
    assert not any("joint normal draws" in s for s in made.notes)
