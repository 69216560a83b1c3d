"""Labels of variables and terms in English and Chinese, from ``data/codebook.csv``."""

import csv
import functools
import re
from collections.abc import Mapping
from pathlib import Path

from pilotzone.errors import UserError

DATA = Path(__file__).parents[2] / "data"
CODEBOOK = DATA / "codebook.csv"
PROVINCES = DATA / "raw" / "provinces.csv"
LANGUAGES = ("en", "zh")

# Words around a variable's label in a term such as ``indirect:zone_share``.
PREFIXES = {
    "W": ("W × {}", "W×{}"),
    "direct": ("Direct effect: {}", "直接效应:{}"),
    "indirect": ("Indirect effect: {}", "间接效应:{}"),
    "total": ("Total effect: {}", "总效应:{}"),
    "municipality_share": (
        "Municipalities' share of the variance of {}",
        "直辖市占{}变异的比重",
    ),
    "no_municipalities": ("Without municipalities: {}", "剔除直辖市:{}"),
}
ELEMENTS = {
    "labourers": ("Labourers", "劳动者"),
    "objects_of_labour": ("Objects of labour", "劳动对象"),
    "means_of_labour": ("Means of labour", "劳动资料"),
}
TERMS = {"rho": ("ρ", "ρ"), "lambda": ("λ", "λ")}

# Fixed words of tables; a name that stands in an estimates file has its words here or above.
WORDS = {
    "yes": ("Yes", "是"),
    "no": ("No", "否"),
    "outcome": ("Outcome", "被解释变量"),
    "treatment": ("Treatment", "核心解释变量"),
    "sample": ("Sample", "样本"),
    "estimator": ("Model", "模型"),
    "controls": ("Controls", "控制变量"),
    "clusters": ("Clusters", "聚类数"),
    "weights": ("Weights matrix", "空间权重矩阵"),
    "observations": ("Observations", "观测值"),
    "r2_within": ("R² within", "组内R²"),
    "loglik": ("Log-likelihood", "对数似然值"),
    "direct": ("Direct effects", "直接效应"),
    "indirect": ("Indirect effects", "间接效应"),
    "total": ("Total effects", "总效应"),
    "diagnostics": ("Municipalities", "直辖市诊断"),
    "continued": ("continued", "续"),
    "notes": ("Notes", "注"),
    "table": ("Table", "表"),
    "variable": ("Variable", "变量"),
    "indicator": ("Indicator", "指标"),
    "year": ("Year", "年份"),
    "rank": ("Rank", "排名"),
    "timing": ("Timing", "时点规则"),
    "step": ("Step", "步骤"),
    "rows": ("Rows", "行数"),
    "units": ("Units", "单位数"),
    "dropped": ("Dropped", "剔除"),
    "main_variant": ("baseline", "基准"),
    "nobs": ("N", "观测值"),
    "mean": ("Mean", "均值"),
    "sd": ("SD", "标准差"),
    "min": ("Min", "最小值"),
    "median": ("Median", "中位数"),
    "max": ("Max", "最大值"),
    "first_treated": ("Provinces first treated in", "首次处理的省份数"),
    "untreated": ("Provinces not yet treated in", "尚未处理的省份数"),
    "never_treated": ("Never treated", "从未处理"),
    "last_untreated_year": (
        "Last year with an untreated province",
        "仍有未处理省份的最后年份",
    ),
    "group_time_all": ("Group-time effects", "组别-时间效应"),
    "group_time_identified": ("Group-time effects identified", "其中可识别"),
}
# A unit of a panel: one, several, the count in a table's footer.
UNITS = {
    "province": (("province", "provinces", "Provinces"), ("省份", "省份", "省份数")),
    "city": (("city", "cities", "Cities"), ("城市", "城市", "城市数")),
    "firm": (("firm", "firms", "Firms"), ("企业", "企业", "企业数")),
}
ESTIMATORS = {
    "twfe": ("Two-way fixed effects", "双向固定效应"),
    "sar": ("Spatial lag (SAR)", "空间滞后(SAR)"),
    "sem": ("Spatial error (SEM)", "空间误差(SEM)"),
    "sdm": ("Spatial Durbin (SDM)", "空间杜宾(SDM)"),
}
WEIGHTS = {
    "contiguity": ("Contiguity", "邻接"),
    "inverse_distance": ("Inverse distance", "反距离"),
    "inverse_distance_squared": ("Inverse squared distance", "反距离平方"),
    "economic": ("Economic distance", "经济距离"),
    "nested": ("GDP over distance", "经济地理嵌套"),
}
# Short names for a heading; a sample's full description stands in spec.SAMPLES.
SAMPLES = {
    "main": ("Main", "基准样本"),
    "long": ("Long", "长样本"),
    "pre_covid": ("Pre-2020", "疫情前"),
    "no_municipalities": ("No municipalities", "剔除直辖市"),
}
CONTROL_SETS = {"none": ("None", "无"), "baseline": ("Baseline", "基准")}
TIMINGS = {
    "half_year": ("Half year", "半年规则"),
    "same_year": ("Same year", "批复当年"),
    "next_year": ("Next year", "批复次年"),
    "exposure": ("Exposure", "按天数折算"),
}
KINDS = {
    "index": ("Index", "指数"),
    "treatment": ("Treatments", "处理变量"),
    "proxy": ("Proxy", "代理变量"),
    "control": ("Controls", "控制变量"),
    "indicator": ("Indicators", "指标"),
    "level": ("Other outcomes", "其他结果变量"),
}
# Reasons of the sample flow as written by the panels, with what varies in them.
REASONS = (
    (r"rows of the published figures", "Published figures", "已公布数据"),
    (r"rows of sample (?P<sample>\w+)", "Rows of: {sample}", "{sample}的观测"),
    (r"years outside (?P<years>[\d-]+)", "Years outside {years}", "{years}年以外"),
    (r"unit (?P<unit>\d+) excluded", "{unit} left out", "剔除{unit}"),
)


@functools.cache
def codebook() -> dict[str, dict[str, str]]:
    """Return the rows of the codebook by variable."""
    with CODEBOOK.open(encoding="utf-8", newline="") as file:
        return {row["variable"]: row for row in csv.DictReader(file)}


@functools.cache
def provinces() -> dict[str, dict[str, str]]:
    """Return names and the cell on the tile-grid map of each province by code."""
    with PROVINCES.open(encoding="utf-8", newline="") as file:
        return {row["province_code"]: row for row in csv.DictReader(file)}


def variable(name: str, language: str = "en") -> str:
    """Return the label of a variable.

    Raises
    ------
    UserError
        If the codebook has no such variable.
    """
    row = codebook().get(name)
    if row is None:
        raise UserError(f"data/codebook.csv has no variable '{name}'; add a row with its labels")
    return row[f"label_{language}"]


def term(name: str, language: str = "en") -> str:
    """Return the label of a term: a variable, a parameter, or a prefix before either."""
    position = LANGUAGES.index(language)
    prefix, _, rest = name.partition(":")
    if rest and prefix in PREFIXES:
        return PREFIXES[prefix][position].format(term(rest, language))
    if name in TERMS:
        return TERMS[name][position]
    return variable(name, language)


def word(name: str, language: str = "en", table: Mapping[str, tuple[str, str]] = WORDS) -> str:
    """Return the label of a name from one of this module's tables.

    Raises
    ------
    UserError
        If the table has no such name.
    """
    if name not in table:
        raise UserError(f"labels.py has no label for '{name}'; add it beside {next(iter(table))}")
    return table[name][LANGUAGES.index(language)]


def effect(name: str, panel: str, language: str = "en") -> str:
    """Return the label of a declared effect: ``unit``, ``period``, ``unit#trend``, ``a#period``."""
    parts = name.split("#")
    english = language == "en"
    names = [_grouping(part, panel, language) for part in parts if part != "trend"]
    later = [name[0].lower() + name[1:] for name in names[1:]]
    joined = " × ".join(names[:1] + later) if english else "×".join(names)
    if "trend" in parts:
        return f"{joined} trends" if english else f"{joined}时间趋势"
    return f"{joined} effects" if english else f"{joined}固定效应"


def _grouping(name: str, panel: str, language: str) -> str:
    if name == "unit":
        return UNITS[panel][LANGUAGES.index(language)][0].capitalize()
    if name == "period":
        return word("year", language)
    return variable(name, language)


def unit_name(code: str, language: str = "en") -> str:
    """Return the name of a province; any other code is its own name."""
    row = provinces().get(code)
    return row[f"name_{language}"] if row else code


def variant(name: str, base: str, language: str = "en") -> str:
    """Return what tells an index variant from its base: its label without the base's label."""
    label, stem = variable(name, language), variable(base, language)
    rest = label.removeprefix(stem).strip(" ,()")
    return rest if rest else word("main_variant", language)


def reason(text: str, language: str = "en") -> str:
    """Return a reason of the sample flow in words, with names in place of codes."""
    for pattern, *forms in REASONS:
        found = re.fullmatch(pattern, text)
        if found:
            parts = {k: _named(k, v, language) for k, v in found.groupdict().items()}
            return forms[LANGUAGES.index(language)].format(**parts)
    raise UserError(f"labels.py has no words for the reason '{text}'; add a row to REASONS")


def _named(kind: str, text: str, language: str) -> str:
    if kind == "sample":
        return word(text, language, SAMPLES)
    return unit_name(text, language) if kind == "unit" else text
