"""Reasons and references of columns in both languages: what the engine writes has its Chinese."""

import ast
import re

import pandas as pd
import pytest

from pilotzone.catalogue import reasons
from pilotzone.catalogue.reasons import reason_text
from pilotzone.catalogue.words import CHINESE
from pilotzone.catalogue.words import ENGLISH as EN

FIELDS = ("reason", "reference")
# Beside ids of terms and symbols no English is left.
ENGLISH = re.compile(r"[A-Za-z]{3,}")
KEPT = {"Hausman"}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "cohorts 2016, 2019, 2020; 2011-2020; untreated units per cell 102 to 160",
            "2016、2019、2020年队列；2011-2020年；每个组别-时间单元有102至160个未处理个体",
        ),
        (
            "cohorts with treated units and units untreated throughout the window: "
            "2016 (10, 219), 2019 (18, 146)",
            "各队列（处理个体数，窗口期内始终未处理的个体数）：2016（10，219）、2019（18，146）",
        ),
        (
            "clean controls in the last year: Heilongjiang, Xinjiang",
            "最后一年未受影响的对照：黑龙江、新疆",
        ),
        (
            "no effect is identified: cohort 2015 has no period before treatment in 2015-2019 "
            "(5 cells; the first of 2 reasons)",
            "没有可识别的效应：2015年队列在2015-2019年没有处理前的时期（5个单元；2条原因之首）",
        ),
        (
            "cohort 2016: placebo errors need more controls (4) than treated units (10)",
            "2016年队列：安慰剂标准误要求对照（4个）多于处理个体（10个）",
        ),
        (
            "the 14 event dummies are rank deficient by 1 given unit and period effects: a path "
            "and any linear trend added to it fit alike",
            "给定个体与时期固定效应，14个事件虚拟变量的秩少1：任一路径加上线性趋势后拟合相同",
        ),
        (
            "'openness' has no variation within unit and period effects of the 12 matched units",
            "在12个匹配个体的个体与时期固定效应之内，“对外开放度”没有变异",
        ),
        ("no unit is treated in group coastal", "该组没有处理个体：沿海"),
        ("event:-1 cohort:2020", "以相对时间−1与2020年队列为参照"),
        (
            "rho and lambda are not told apart: the likelihood has maxima at (-0.765, 0.856) and "
            "(0.679, -0.566) that differ by 1.57, less than the 3.00 of a 95 % region",
            "ρ与λ无法区分：似然函数在(−0.765, 0.856)与(0.679, −0.566)均有极大值，二者相差1.57，"
            "小于95%置信域的3.00",
        ),
    ],
)
def test_clauses_in_chinese(english, chinese):
    assert reason_text(english, CHINESE) == chinese


def test_english_stays_but_for_the_signs_of_numbers():
    text = "bias -0.024 at (-0.765, 0.856) in 2013-2019; ring:0-50 rests on event:-1"
    assert reason_text(text, EN) == (
        "bias −0.024 at (−0.765, 0.856) in 2013-2019; ring:0-50 rests on event:-1"
    )


def test_a_clause_without_a_form_stays_english():
    assert reason_text("the moon; cohort 2016", CHINESE) == "the moon；2016年队列"
    assert reason_text("", CHINESE) == reason_text("", EN) == ""


def test_nothing_in_the_estimates_falls_through(root):
    texts = set()
    for path in sorted((root / "output/estimates").glob("*.models.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        texts |= {text for field in FIELDS for text in table[field]}
    left = {
        (text, word)
        for text in texts - {""}
        for word in ENGLISH.findall(reason_text(text, CHINESE))
        if word not in KEPT
    }
    assert len(texts) > 50
    assert not left


def messages(root):
    """Yield the text of every refusal to identify that is written where it is raised."""
    for folder in ("engine", "did", "inference", "space", "distribution", "feedback"):
        for path in sorted((root / "code/pilotzone" / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotIdentified":
                    yield from map(spelled, node.args)


def spelled(node):
    """Return a text with a plausible value in every hole, or nothing if it is not a literal."""
    if isinstance(node, ast.Constant):
        return node.value
    text = ""
    for piece in node.values if isinstance(node, ast.JoinedStr) else ():
        if isinstance(piece, ast.Constant):
            text += piece.value
        else:
            text += WRITTEN.get(ast.unparse(piece.value), "2019")
    return text


# What stands in the holes that take no number.
WRITTEN = {
    "panel.span": "2013-2019",
    "reason": "is explained by pair and period effects",
    "effects.description": "unit and period effects",
    "' and '.join(names)": "rho and lambda",
    "name": "rho",
    "_quoted(names)": "'openness'",
    "solution.message": "2019",
}


def test_every_refusal_to_identify_has_its_chinese(root):
    # A hole alone is a text made elsewhere; that of a bin is no number.
    made = [text.replace("dose in 2019", "dose in bin:0-0.25") for text in messages(root)]
    texts = [text for text in made if " " in text]
    assert len(texts) > 50
    left = {
        (text, word)
        for text in texts
        for word in ENGLISH.findall(reason_text(text, CHINESE))
        if word not in KEPT | {"logit", "rho", "WXb"}
    }
    assert not left


def test_no_form_hides_one_behind_it():
    """A form found at its own words is the first that fits them."""
    filled = {"n": "7", "span": "2013-2019", "years": "2016, 2019", "ring": "0-50"}
    filled |= {"quoted": "'openness'", "parameter": "rho"}
    patterns = list(reasons._reason_patterns())
    for form, chinese in reasons.REASON_FORMS.items():
        text = re.sub(
            r"\{(\w+)\}", lambda hole: filled.get(hole[1].rstrip("0123456789"), "some text"), form
        )
        first = next(found for pattern, found in patterns if pattern.fullmatch(text))
        assert first == chinese, form
