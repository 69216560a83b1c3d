"""Reasons and references of columns in both languages: what is raised has words, and all of them.

Words are made of codes and facts when a page is made; the codes are read here where they stand.
"""

import ast
import re
import string

import pandas as pd
import pytest

from pilotzone.catalogue import reasons
from pilotzone.catalogue.phrasebook import REASONS
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.errors import NotIdentified, Reason, UserError, decode, encode

FIELDS = ("reason", "reference")
# Beside ids of terms and symbols no English is left.
WORD = re.compile(r"[A-Za-z]{3,}")
KEPT = {"Hausman", "Anderson", "Rubin"}
WITHOUT_SPAN = {"cohort": 2015, "first": 2015, "last": 2019}
MAXIMA = {"rho": -0.765, "other": 0.856, "rival_rho": 0.679, "rival_other": -0.566}


@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        (
            (
                Reason("cohorts", {"cohorts": [2016, 2019, 2020]}),
                Reason("years", {"first": 2011, "last": 2020}),
                Reason("untreated_per_cell", {"low": 102, "high": 160}),
            ),
            "cohorts 2016, 2019, 2020; 2011-2020; untreated units per cell 102 to 160",
            "2016、2019、2020年队列；2011-2020年；每个组别-时间单元有102至160个未处理个体",
        ),
        (
            (Reason("stacked_cohorts", {"sizes": [(2016, 10, 219), (2019, 18, 146)]}),),
            "cohorts with treated units and units untreated throughout the window: "
            "2016 (10, 219), 2019 (18, 146)",
            "各队列（处理个体数，窗口期内始终未处理的个体数）：2016（10，219）、2019（18，146）",
        ),
        (
            (Reason("clean_controls", {"units": ["230000", "650000"]}),),
            "clean controls in the last year: Heilongjiang, Xinjiang",
            "最后一年未受影响的对照：黑龙江、新疆",
        ),
        (
            (
                Reason(
                    "no_effect",
                    {
                        "why": Reason(
                            "first_of_cells",
                            {
                                "why": Reason("no_period_before", WITHOUT_SPAN),
                                "cells": 5,
                                "reasons": 2,
                            },
                        )
                    },
                ),
            ),
            "no effect is identified: cohort 2015 has no period before treatment in 2015-2019 "
            "(5 cells; the first of 2 reasons)",
            "没有可识别的效应：2015年队列在2015-2019年没有处理前的时期（5个单元；2条原因之首）",
        ),
        (
            (
                Reason(
                    "in_cohort",
                    {
                        "cohort": 2016,
                        "why": Reason("few_placebos", {"controls": 4, "treated": 10}),
                    },
                ),
            ),
            "cohort 2016: placebo errors need more controls (4) than treated units (10)",
            "2016年队列：安慰剂标准误要求对照（4个）多于处理个体（10个）",
        ),
        (
            (
                Reason(
                    "rank_deficient",
                    {"dummies": 14, "missing": 1, "effects": ["unit", "period"]},
                ),
            ),
            "the 14 event dummies are rank deficient by 1 given unit and period effects: a path "
            "and any linear trend added to it fit alike",
            "给定个体与时期固定效应，14个事件虚拟变量的秩少1：任一路径加上线性趋势后拟合相同",
        ),
        (
            (Reason("flat_in_matched", {"variable": "openness", "units": 12}),),
            "'openness' has no variation within unit and period effects of the 12 matched units",
            "在12个匹配个体的个体与时期固定效应之内，“对外开放度”没有变异",
        ),
        (
            (Reason("group_without_treated", {"group": "coastal"}),),
            "no unit is treated in group coastal",
            "该组没有处理个体：沿海",
        ),
        (
            (Reason("event_before_and_cohort", {"cohort": 2020}),),
            "reference: event time −1 and cohort 2020",
            "以相对时间−1与2020年队列为参照",
        ),
        (
            (
                Reason(
                    "rival_maxima",
                    {**MAXIMA, "parameters": ["rho", "lambda"], "gap": 1.57, "region": 3.0},
                ),
            ),
            "rho and lambda are not told apart: the likelihood has maxima at (−0.765, 0.856) and "
            "(0.679, −0.566) that differ by 1.57, less than the 3.00 of a 95 % region",
            "ρ与λ无法区分：似然函数在(−0.765, 0.856)与(0.679, −0.566)均有极大值，二者相差1.57，"
            "小于95%置信域的3.00",
        ),
    ],
)
def test_reasons_in_both_languages(said, english, chinese):
    cell = encode(said)
    assert decode(cell) == said
    assert reasons.cell(cell, ENGLISH) == english
    assert reasons.cell(cell, CHINESE) == chinese


def test_a_finding_carries_its_reason_with_rounded_facts():
    finding = NotIdentified("flat_ridge", smallest=0.123456789, units=("a", "b"), n=3)
    assert finding.reason == Reason(
        "flat_ridge", {"smallest": 0.123457, "units": ("a", "b"), "n": 3}
    )
    assert str(finding) == "flat_ridge(smallest=0.123457, units=[a, b], n=3)"


def test_a_code_without_words_is_refused_and_an_empty_cell_says_nothing():
    with pytest.raises(UserError, match="no words for the reason 'moon'; add them to catalogue"):
        reasons.say((Reason("moon"),), CHINESE)
    assert reasons.cell("", CHINESE) == reasons.cell("", ENGLISH) == ""


def test_nothing_in_the_estimates_falls_through(root):
    cells = set()
    for path in sorted((root / "output/estimates").glob("*.models.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        cells |= {cell for field in FIELDS for cell in table[field]}
    cells -= {""}
    assert len(cells) > 50
    assert not {
        (cell, word)
        for cell in cells
        for word in WORD.findall(reasons.cell(cell, CHINESE))
        if word not in KEPT
    }


def holes(form):
    """Return the fields of a form with their format."""
    return {name: spec for _, name, spec, _ in string.Formatter().parse(form) if name}


def given(root):
    """Yield the code and the facts of every reason that is written out in the code."""
    for path in sorted((root / "code/pilotzone").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "NotIdentified(" not in text and "Reason(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            called = getattr(node, "func", None)
            name = getattr(called, "id", getattr(called, "attr", ""))
            if name not in ("NotIdentified", "Reason") or not isinstance(node, ast.Call):
                continue
            code = node.args[0] if node.args else None
            facts = {word.arg for word in node.keywords}
            whole = None not in facts
            if len(node.args) > 1:
                whole = isinstance(node.args[1], ast.Dict) and all(node.args[1].keys)
                keys = node.args[1].keys if whole else []
                whole = whole and all(isinstance(key, ast.Constant) for key in keys)
                facts = {key.value for key in keys} if whole else set()
            if isinstance(code, ast.Constant):
                yield f"{path.name}:{node.lineno}", code.value, facts if whole else None


def test_every_reason_that_is_given_has_words_for_its_facts(root):
    found = list(given(root))
    assert len(found) > 80
    for place, code, facts in found:
        assert code in REASONS, f"{place}: no words for '{code}'"
        if facts is not None:
            assert set(holes(REASONS[code][0])) <= facts, f"{place}: {code}"


def test_no_words_are_left_over(root):
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted((root / "code/pilotzone").rglob("*.py"))
    )
    # A code that is put together from its first part.
    made = {"simulation_fails_": ("textbook", "panel")}
    known = {f"{start}{end}" for start, ends in made.items() for end in ends if start in text}
    rest = [
        code
        for code in REASONS
        if f'"{code}"' not in text and code not in known and not _made_of(code, text)
    ]
    assert not rest


def _made_of(code, text):
    """Return whether a code is one of a pair: the plain one, and that with more behind it."""
    return any(
        f'"{code.removesuffix(end)}' in text and f'{end}"' in text
        for end in ("_without", "_many", "_in")
        if code.endswith(end)
    )


def test_both_languages_say_the_same_facts():
    for code, (english, chinese) in REASONS.items():
        assert set(holes(english)) >= set(holes(chinese)), code
        for name, spec in {**holes(english), **holes(chinese)}.items():
            known = spec in reasons.KINDS or re.fullmatch(r"[.,]?\d*[a-z]?", spec)
            assert known, f"{code}: {name}:{spec}"


def test_chinese_words_hold_no_english():
    for code, (_, chinese) in REASONS.items():
        literal = "".join(text for text, _, _, _ in string.Formatter().parse(chinese))
        left = [w for w in WORD.findall(literal) if w not in KEPT | {"logit", "WXb"}]
        assert not left, code


@pytest.mark.parametrize(
    ("pieces", "english", "chinese"),
    [
        (
            [[None, -2.1646], [0.6643, None]],
            "that set is all up to −2.165 and all from 0.664",
            "该置信集为−2.165以下与0.664以上",
        ),
        (
            [[None, -1.0], [0.5, 0.75]],
            "that set is all up to −1.000 and 0.500 to 0.750",
            "该置信集为−1.000以下与0.500至0.750",
        ),
    ],
)
def test_pieces_of_the_line_in_words(pieces, english, chinese):
    written = encode([Reason("set_of_pieces", {"pieces": pieces})])
    assert reasons.cell(written, ENGLISH) == english
    assert reasons.cell(written, CHINESE) == chinese


def test_clusters_are_said_by_their_label():
    facts = {"clusters": 4, "cluster": "region4", "fewest": 10}
    for cluster, english, chinese in (
        ("region4", "region (four-region scheme)", "四大地区"),
        ("unit", "unit", "个体"),
        ("a_readers_own", "a_readers_own", "a_readers_own"),
    ):
        one = [Reason("clusters_below", {**facts, "cluster": cluster})]
        assert reasons.say(one, ENGLISH).startswith(f"4 clusters by {english}, fewer than 10")
        assert reasons.say(one, CHINESE).startswith(f"按{chinese}聚类仅4组")
