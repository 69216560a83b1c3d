"""The table of the claims board."""

from collections.abc import Callable

import pandas as pd

from pilotzone.catalogue import phrasebook
from pilotzone.catalogue.phrasebook import CHECKS
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables import notes
from pilotzone.tables.grid import (
    ERROR,
    Body,
    Panel,
    Parts,
    Row,
    single,
)
from pilotzone.tables.style import DASH, Style

CLAIM_NOTES = {
    "verdicts": (
        "Verdicts. Holds: the claimed sign, p < {main_p} by the headline column's own inference, "
        "wild p and paths p < {small_sample_p}, leads p > {lead_p}, at least {same_sign} of the "
        "robustness columns with the claimed sign and at least {significant} with p < {main_p}. "
        "Does not hold: the opposite sign, or p of {fails_p} or more. Fragile: neither. "
        "Heterogeneity goes by the test of groups or of the interaction (groups p) and its "
        "direction, spillover by the indirect effect and its place among relabelled matrices "
        "(matrix p < {small_sample_p}). A check that was not made (—) counts as not passed.",
        "结论规则。成立：符号与论断一致，主列按自身推断p<{main_p}，野聚类与置换p<{small_sample_p}，"
        "处理前系数联合p>{lead_p}，稳健性各列中至少{same_sign}符号一致、至少{significant}的p<{main_p}。"
        "不成立：符号相反或p不小于{fails_p}。不稳健：介于两者之间。异质性依组间或交互项检验（分组p）及其方向，"
        "溢出依间接效应及其在重新标号矩阵中的位置（矩阵p<{small_sample_p}）。未作的检验（—）按未通过计。",
    ),
    "checks": (
        "Robust share: of the robustness columns those with the claimed sign, in brackets those "
        "with p < {main_p}. They have the headline's treatment id: other codings and timings are "
        "other treatments. Wild: cluster bootstrap, Rademacher weights. Paths: treatment paths "
        "dealt to other units. Leads: joint test of the binned event study. All of the headline's "
        "own regression. Between two groups the estimate is the difference of their effects.",
        "稳健占比：稳健性各列中符号一致的比例，括号内为p<{main_p}的比例；各列与主列的处理变量相同，"
        "其他编码与时点视为其他处理。野聚类：Rademacher权重的聚类自助；置换：将处理路径分给其他个体；"
        "处理前：两端合并的事件研究联合检验；均针对主列同一回归。两组之间的估计值为两组效应之差。",
    ),
    "files": (
        "The column behind each line, the number of robustness columns and the other linked "
        "columns stand in {folder}claims.csv and claims.columns.csv. Studies by their "
        "number in the review.",
        "各行所用的列、稳健性列数与其他相关列见{folder}claims.csv与claims.columns.csv。"
        "研究编号同综述。",
    ),
}


def claims(parts: Parts, style: Style) -> Body:
    """Return a line for each claim, in panels by study: estimate, shares, checks, verdict."""
    lexicon = style.lexicon
    heads = ("estimate_interval", "robustness_shares", *CHECKS, "verdict")
    header = (single(lexicon.word("claim"), [lexicon.word(head) for head in heads]),)
    panels = []
    for study, rows in parts[""].groupby("study"):
        lines = [line for row in rows.itertuples() for line in _claim(row, style)]
        panels.append(Panel(tuple(lines), _study(study, rows.iloc[0], lexicon)))
    rules = parts["rules"].set_index("rule")["bound"]
    bounds = {name: f"{bound:g}" for name, bound in rules.items()}
    for share in ("same_sign", "significant"):
        bounds[share] = f"{100 * rules[share]:g}{lexicon.space}%"
    bounds["folder"] = style.source.folder
    sentences = [lexicon.pick(pair).format(**bounds) for pair in CLAIM_NOTES.values()]
    if style.stars_shown:
        sentences.append(notes.stars_note(lexicon))
    return Body(header, tuple(panels), notes=tuple(sentences))


def _study(number: int, row: pd.Series, lexicon: Lexicon) -> str:
    design = lexicon.translated(row["design"], phrasebook.STUDY_DESIGNS)
    if row["unit"] not in phrasebook.UNITS:
        return f"[{number}] {design[0].upper()}{design[1:]}"
    unit = lexicon.units(row["unit"])[1].capitalize()
    return f"[{number}] {unit}{lexicon.mark('colon')}{design}"


def _claim(row: tuple, style: Style) -> list[Row]:
    """Return the line of a claim and what stands in brackets under it."""
    lexicon, name = style.lexicon, f"{row.study}:{row.claim}"
    missing = row.not_made.split()

    def check(field: str, text: Callable[[float, Style], str]) -> str:
        return DASH if field in missing else text(getattr(row, field), style)

    cells = (
        style.estimate(row.estimate, row.p_value) if pd.notna(row.estimate) else "",
        check("same_sign", lambda share, style: style.number(share)),
        *(check(field, lambda p, style: style.small_p(p)) for field in CHECKS),
        lexicon.word(row.verdict, phrasebook.VERDICTS),
    )
    first = Row(lexicon.translated(row.text, phrasebook.CLAIMS), cells, term=name)
    share = f"({style.number(row.significant)})" if pd.notna(row.significant) else ""
    below = (style.interval(row.ci_low, row.ci_high), share, *("",) * (len(CHECKS) + 1))
    return [first, Row("", below, kind=ERROR, term=name)] if any(below) else [first]
