"""Tables of the descriptive exhibits, each from the parts that its producer wrote."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, labels, reasons
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.catalogue.treatments import TIMINGS
from pilotzone.errors import UserError
from pilotzone.tables import disparity as distribution
from pilotzone.tables import notes, uncertainty
from pilotzone.tables.grid import ERROR, Grid, HeaderRow, Heading, Panel, Row, single, spanned
from pilotzone.tables.style import DASH, MINUS, Style, count

Parts = Mapping[str, pd.DataFrame]
# The index and the one that is reported beside it everywhere.
MAIN_VARIANT = "nqp"
HEADLINE = (MAIN_VARIANT, "nqp_no_ecommerce")
STATISTICS = ("mean", "sd", "min", "max")
RANKED = 5
# Twelve digits in the files leave the sum of weights closer to one than this.
SUM_TOLERANCE = 1e-6
# Exhibits of group measure, whose producers take the main sample whole.
OF_MAIN = (*distribution.BUILDERS, "index_uncertainty")


def descriptive_grid(exhibit_id: str, exhibit: Exhibit, folder: Path, style: Style) -> Grid:
    """Return the table of an exhibit without regression columns.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    folder : Path
        The estimates files.
    style : Style

    Raises
    ------
    UserError
        If the exhibit describes something for which there is no table, or a file is missing.
    """
    if exhibit.describe not in BUILDERS:
        known = ", ".join(BUILDERS)
        raise UserError(f"{exhibit_id}: no table for '{exhibit.describe}'; known: {known}")
    builder, names = BUILDERS[exhibit.describe]
    files = {part: folder / f"{exhibit_id}{'.' if part else ''}{part}.csv" for part in names}
    parts = {part: estimates.read(path) for part, path in files.items()}
    header, panels, footer, sentences = builder(parts, style)
    if exhibit.describe in OF_MAIN:
        samples = notes.samples_text(["main"], style.language)
        sentences = (notes.say("sample", style.language, samples=samples), *sentences)
    return Grid(
        exhibit=exhibit_id,
        title=exhibit.title if style.language == "en" else exhibit.title_zh,
        language=style.language,
        header=header,
        panels=panels,
        footer=footer,
        notes=(
            *sentences,
            *exhibit.notes_in(style.language),
            notes.say("sources", style.language),
        ),
    )


Built = tuple[tuple[HeaderRow, ...], tuple[Panel, ...], tuple[Row, ...], tuple[str, ...]]


def index_weights(parts: Parts, style: Style) -> Built:
    """Return indicators by element, one column per variant.

    A variant weighted within each year would need a column per year; it shows the mean weight.
    """
    language = style.language
    weights = parts[""].copy()
    weights[["variant", "year"]] = (
        weights["variant"].str.split(":", expand=True, n=1).reindex(columns=[0, 1])
    )
    by_year = weights[weights["year"].notna()]
    table = weights.groupby(["indicator", "variant"])["weight"].mean().unstack()
    variants = _in_codebook_order(table.columns)
    stem = labels.variable(MAIN_VARIANT, language)
    header = (
        HeaderRow("", (Heading(stem, len(variants)),)),
        single(
            labels.word("indicator", language),
            [labels.variant(v, MAIN_VARIANT, language) for v in variants],
        ),
    )
    panels = _weight_panels(parts["system"], table[variants], style)
    sentences = [notes.say("index_weights", language)]
    if len(by_year):
        sentences.append(_by_year_note(by_year, language))
    loadings = [v for v in variants if abs(table[v].sum() - 1) > SUM_TOLERANCE]
    if loadings:
        sentences.append(notes.say("loadings", language, variants=_names(loadings, language)))
    return header, panels, (), tuple(sentences)


def _weight_panels(system: pd.DataFrame, table: pd.DataFrame, style: Style) -> tuple[Panel, ...]:
    """Return the rows of a table of indicators by variants, in panels by element."""
    panels = []
    for element, indicators in system.sort_values("position").groupby("element", sort=False):
        rows = [
            Row(
                f"{labels.variable(i.indicator, style.language)} ({i.sign.replace('-', MINUS)})",
                tuple(style.number(weight) for weight in table.loc[i.indicator]),
                term=i.indicator,
            )
            for i in indicators.itertuples()
        ]
        panels.append(Panel(tuple(rows), labels.word(element, style.language, labels.ELEMENTS)))
    return tuple(panels)


def _by_year_note(by_year: pd.DataFrame, language: str) -> str:
    return notes.say(
        "weights_by_year",
        language,
        variants=_names(by_year["variant"].unique(), language),
        first=by_year["year"].min(),
        last=by_year["year"].max(),
        file="index_weights.csv",
    )


def _names(variants: Iterable[str], language: str) -> str:
    joint = labels.mark("list", language)
    text = joint.join(labels.variant(v, MAIN_VARIANT, language) for v in variants)
    return text[0].upper() + text[1:]


def index_summary(parts: Parts, style: Style) -> Built:
    """Return moments by year of the index and of the index without e-commerce, then the ranks."""
    language = style.language
    table = parts[""].pivot(index="year", columns=["variant", "statistic"], values="value")
    keys = [(variant, statistic) for variant in HEADLINE for statistic in STATISTICS]
    table = table[keys].dropna(how="all")
    names = spanned("", [labels.variable(variant, language) for variant, _ in keys])
    header = (
        names,
        single(labels.word("year", language), [labels.word(s, language) for _, s in keys]),
    )
    rows = [
        Row(str(year), tuple(style.number(value) for value in values), term=str(year))
        for year, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    ranks = _rank_panel(parts["ranks"], names, style)
    sentence = notes.say("index_summary", language, file="index_summary.csv")
    return header, (Panel(tuple(rows)), ranks), (), (sentence,)


def _rank_panel(ranks: pd.DataFrame, names: HeaderRow, style: Style) -> Panel:
    """Return the provinces at the top and at the bottom in the first and the last year."""
    language = style.language
    shown = ranks[ranks["variant"].isin(HEADLINE)]
    years = [shown["year"].min(), shown["year"].max()]
    blocks = [
        shown[(shown["variant"] == variant) & (shown["year"] == year)]
        .sort_values(["rank", "province_code"])
        .reset_index(drop=True)
        for variant in HEADLINE
        for year in years
    ]
    places = list(range(len(blocks[0])))
    ends = places if len(places) <= 2 * RANKED else places[:RANKED] + places[-RANKED:]
    rows = []
    for place in ends:
        cells: list[str] = []
        for block in blocks:
            row = block.loc[place]
            cells += [labels.unit_name(row["province_code"], language), style.number(row["value"])]
        rows.append(Row(str(place + 1), tuple(cells), term=f"rank:{place + 1}"))
    heads = [str(int(year)) for year in years for _ in (0, 1)] * len(HEADLINE)
    header = (names, spanned(labels.word("rank", language), heads))
    return Panel(tuple(rows), header=header)


def descriptives(parts: Parts, style: Style) -> Built:
    """Return the usual moments, in panels by sample and kind of variable."""
    language = style.language
    table = parts[""]
    fields = [f for f in table.columns if f not in ("sample", "variable")]
    header = (
        single(labels.word("variable", language), [labels.word(f, language) for f in fields]),
    )
    order = list(labels.codebook())
    table = table.assign(
        place=[order.index(v) for v in table["variable"]],
        kind=[labels.codebook()[v]["kind"] for v in table["variable"]],
    )
    table = table.assign(panel=[list(labels.KINDS).index(kind) for kind in table["kind"]])
    table = table.sort_values(["panel", "place"])
    samples = [name for name in SAMPLES if name in set(table["sample"])]
    panels = []
    for sample in samples:
        for kind, block in table[table["sample"] == sample].groupby("kind", sort=False):
            title = labels.word(kind, language, labels.KINDS)
            if len(samples) > 1:
                of_sample = labels.word(sample, language, labels.SAMPLES)
                title = f"{of_sample}{labels.mark('colon', language)}{title}"
            rows = [_moments(row, fields, style) for row in block.to_dict("records")]
            panels.append(Panel(tuple(rows), title))
    text = notes.samples_text(samples, language)
    return header, tuple(panels), (), (notes.say("sample", language, samples=text),)


def _moments(row: dict[str, object], fields: list[str], style: Style) -> Row:
    variable = str(row["variable"])
    cells = [count(row[f]) if f == "nobs" else style.number(row[f]) for f in fields]
    return Row(labels.variable(variable, style.language), tuple(cells), term=variable)


def rollout(parts: Parts, style: Style) -> Built:
    """Return cohorts, provinces not yet treated and identified effects by timing rule."""
    language = style.language
    by_year, cohorts, effects = parts[""], parts["cohorts"], parts["group_time"]
    timings = [timing for timing in TIMINGS if timing in set(by_year["timing"])]

    left = by_year[by_year["untreated"] > 0].groupby("timing")["year"].max()
    number = effects.groupby("timing").size()
    identified = effects[effects["identified"] == "yes"].groupby("timing").size()
    facts = {
        "last_untreated_year": _by_timing(left, timings, DASH),
        "group_time_all": _by_timing(number, timings, "0"),
        "group_time_identified": _by_timing(identified, timings, "0"),
    }
    footer = tuple(Row(labels.word(f, language), cells, term=f) for f, cells in facts.items())
    panels = (
        Panel(
            _count_rows(cohorts, "cohort", "n_units", timings, language),
            labels.word("first_treated", language),
        ),
        Panel(
            _count_rows(by_year, "year", "untreated", timings, language),
            labels.word("untreated", language),
        ),
    )
    header = (
        single(
            labels.word("timing", language),
            [labels.word(t, language, labels.TIMINGS) for t in timings],
        ),
    )
    return header, panels, footer, (notes.say("group_time", language),)


def _by_timing(table: pd.Series, timings: list[str], missing: str) -> tuple[str, ...]:
    return tuple(count(table[t]) if t in table.index else missing for t in timings)


def _count_rows(
    table: pd.DataFrame, key: str, value: str, timings: list[str], language: str
) -> tuple[Row, ...]:
    """Return one row for each cohort or year; cohort 0 are the units never treated."""
    rows = []
    for label, block in table.groupby(key):
        name = str(label) if label else labels.word("never_treated", language)
        cells = _by_timing(block.set_index("timing")[value], timings, "0")
        rows.append(Row(name, cells, term=f"{value}:{label}"))
    return tuple(rows)


def sample_flow(parts: Parts, style: Style) -> Built:
    """Return the rows and units that remain after each step, in panels by sample."""
    language = style.language
    table = parts[""]
    fields = ("rows", "units", "dropped")
    panels = []
    for sample in [name for name in SAMPLES if name in set(table["sample"])]:
        block = table[table["sample"] == sample].sort_values("step")
        rows = [
            Row(
                reasons.reason(row["reason"], language),
                tuple(count(row[field]) for field in fields),
                term=f"{sample}:{row['step']}",
            )
            for row in block.to_dict("records")
        ]
        panels.append(Panel(tuple(rows), labels.word(sample, language, labels.SAMPLES)))
    header = (
        single(labels.word("step", language), [labels.word(field, language) for field in fields]),
    )
    return header, tuple(panels), (), (notes.say("sample_flow", language),)


def _in_codebook_order(names: pd.Index) -> list[str]:
    return [name for name in labels.codebook() if name in set(names)]


# The builder of each kind of table and the parts that it reads.
def decomposition_grid(
    exhibit_id: str,
    exhibit: Exhibit,
    comparisons: pd.DataFrame,
    models: pd.DataFrame,
    style: Style,
) -> Grid:
    """Return the comparisons behind a two-way coefficient, in panels by outcome, sums first."""
    language = style.language
    panels = []
    for outcome, rows in comparisons.groupby("outcome", sort=False):
        ordered = pd.concat([rows[rows["treated"] == "all"], rows[rows["treated"] != "all"]])
        lines = [
            Row(
                _comparison(row, language),
                (style.number(row.weight), style.number(row.estimate)),
                term=row.comparison,
            )
            for row in ordered.itertuples()
        ]
        total = float(rows.loc[rows["treated"] == "all"].eval("weight * estimate").sum())
        lines.append(
            Row(
                labels.word("twfe", language, labels.ESTIMATORS),
                (style.number(1.0), style.number(total)),
                term="twfe",
            )
        )
        panels.append(Panel(tuple(lines), labels.variable(outcome, language)))
    heads = [labels.word(name, language) for name in ("weight", "estimate")]
    return Grid(
        exhibit=exhibit_id,
        title=exhibit.title if language == "en" else exhibit.title_zh,
        language=language,
        header=(single(labels.word("comparison", language), heads),),
        panels=tuple(panels),
        notes=(
            notes.samples_text(models["sample"].unique(), language) + labels.mark("stop", language),
            *_not_decomposed(models, language),
            *exhibit.notes_in(language),
            notes.say("sources", language),
        ),
    )


def _not_decomposed(models: pd.DataFrame, language: str) -> list[str]:
    """Return the outcomes without comparisons and why."""
    lost = models[models["identified"] == "no"]
    return [
        notes.say(
            "not_identified",
            language,
            what=labels.variable(row.outcome, language),
            reason=reasons.reason_text(row.reason, language),
        )
        for row in lost.itertuples()
    ]


def _comparison(row: object, language: str) -> str:
    text = labels.word(row.comparison, language, labels.COMPARISONS)
    if row.treated == "all":
        return text
    joint = " against " if language == "en" else "对"
    control = row.control if row.control != "0" else labels.word("never_treated", language).lower()
    return f"{row.treated}{joint}{control}"


def design_audit(parts: Parts, style: Style) -> Built:
    """Return bias, spread, size and power by design and estimator."""
    language = style.language
    fields = ("truth", "bias", "sd", "size", "power")
    header = (single("", [labels.word(field, language) for field in fields]),)
    panels = []
    for design, rows in parts[""].groupby("design", sort=False):
        lines = [
            Row(
                labels.word(row.estimator, language, labels.ESTIMATORS),
                tuple(style.number(getattr(row, field)) for field in fields),
                term=row.estimator,
            )
            for row in rows.itertuples()
        ]
        panels.append(Panel(tuple(lines), labels.word(design, language, labels.DESIGNS)))
    draws = int(parts[""]["draws"].iloc[0])
    return header, tuple(panels), (), (notes.say("simulated", language, draws=draws),)


def moran(parts: Parts, style: Style) -> Built:
    """Return Moran's I by year and matrix with stars of the permutation p, panels by variable."""
    language = style.language
    table = parts[""]
    table = table[table["statistic"] == "moran:permutation"]
    matrices = [m for m in labels.WEIGHTS if m in set(table["weights"])]
    header = (
        single(
            labels.word("year", language),
            [labels.word(m, language, labels.WEIGHTS) for m in matrices],
        ),
    )
    panels = []
    for outcome, rows in table.groupby("outcome", sort=False):
        cells = rows.set_index(["year", "weights"])
        lines = [
            Row(
                str(int(year)),
                tuple(
                    style.estimate(*cells.loc[(year, m), ["value", "p_value"]]) for m in matrices
                ),
                term=str(int(year)),
            )
            for year in sorted(rows["year"].unique())
        ]
        panels.append(Panel(tuple(lines), labels.term(outcome, language)))
    return header, tuple(panels), (), (notes.say("moran", language),)


def city_index(parts: Parts, style: Style) -> Built:
    """Return the weights, the moments by year and the regressions of absence of the city index."""
    language = style.language
    weights = parts["weights"].pivot(index="indicator", columns="variant", values="weight")
    variants = list(dict.fromkeys(parts["weights"]["variant"]))
    names = [_city_variant(variant, language) for variant in variants]
    header = (single(labels.word("indicator", language), names),)
    lines = [
        Row(
            labels.variable(indicator, language),
            tuple(style.number(w) if pd.notna(w) else "" for w in weights.loc[indicator, variants]),
            term=indicator,
        )
        for indicator in _in_codebook_order(weights.index)
    ]
    absence = parts["absence"]
    sentence = notes.say(
        "city_index",
        language,
        cities=count(int(absence.loc[absence["effects"] == "two_way", "df"].iloc[0]) + 1),
        nobs=count(int(absence["nobs"].iloc[0])),
    )
    panels = (
        Panel(tuple(lines)),
        _city_moments(parts[""], len(variants), style),
        _absence_panel(absence, len(variants), style),
    )
    return header, panels, (), (sentence,)


def firm_index(parts: Parts, style: Style) -> Built:
    """Return the weights of the index of firms by variant and its moments by year.

    A variant weighted within each year shows its mean weights.
    """
    language = style.language
    weights = parts["weights"].assign(variant=parts["weights"]["variant"].str.partition(":")[0])
    variants = [name for name in labels.codebook("firm") if name in set(weights["variant"])]
    table = weights.groupby(["indicator", "variant"])["weight"].mean().unstack()[variants]
    names = [labels.variable(variant, language) for variant in variants]
    header = (single(labels.word("indicator", language), names),)
    lines = [
        Row(
            labels.variable(indicator, language),
            tuple(style.number(w) if pd.notna(w) else "" for w in table.loc[indicator]),
            term=indicator,
        )
        for indicator in _in_codebook_order(table.index)
    ]
    summary = parts[""][parts[""]["variant"] == variants[0]]
    panels = (Panel(tuple(lines)), _city_moments(summary, len(variants), style))
    return header, panels, (), ()


def _city_variant(variant: str, language: str) -> str:
    kind, _, name = variant.rpartition(":")
    text = labels.variable(name, language)
    comma = labels.mark("comma", language)
    return f"{text}{comma}{labels.word(kind, language)}" if kind else text


def _city_moments(summary: pd.DataFrame, width: int, style: Style) -> Panel:
    """Return mean and standard deviation of the index by year, N behind."""
    language = style.language
    table = summary[summary["variant"] == summary["variant"].iloc[0]]
    table = table.pivot(index="year", columns="statistic", values="value")
    fields = ["nobs", "mean", "sd"][:width]
    rows = [
        Row(
            str(int(year)),
            tuple(count(row[f]) if f == "nobs" else style.number(row[f]) for f in fields),
            term=f"year:{year}",
        )
        for year, row in table.iterrows()
    ]
    heads = [labels.word(field, language) for field in fields]
    title = labels.word("moments", language)
    return Panel(tuple(rows), header=(single(title, heads),))


def _absence_panel(table: pd.DataFrame, width: int, style: Style) -> Panel:
    language = style.language
    rows = [
        Row(
            labels.word(row.effects, language, labels.EFFECT_SETS),
            (
                style.estimate(row.estimate, row.p_value),
                style.number(row.std_error),
                style.number(row.share_absent),
            )[:width],
            term=f"absence:{row.effects}",
        )
        for row in table.itertuples()
    ]
    heads = [labels.word(name, language) for name in ("estimate", "error", "share_absent")]
    title = labels.word("absence", language)
    return Panel(tuple(rows), header=(single(title, heads[:width]),))


CHECKS = ("wild_p", "randomisation_p", "lead_p", "interaction_p", "placebo_p")
CLAIM_NOTES = {
    "en": (
        "Verdicts. Holds: the claimed sign, p < {main_p} by the headline column's own inference, "
        "wild p and paths p < {small_sample_p}, leads p > {lead_p}, at least {same_sign} of the "
        "robustness columns with the claimed sign and at least {significant} with p < {main_p}. "
        "Does not hold: the opposite sign, or p of {fails_p} or more. Fragile: neither. "
        "Heterogeneity goes by the test of groups or of the interaction (groups p) and its "
        "direction, spillover by the indirect effect and its place among relabelled matrices "
        "(matrix p < {small_sample_p}). A check that was not made (—) counts as not passed.",
        "Robust share: of the robustness columns those with the claimed sign, in brackets those "
        "with p < {main_p}. They have the headline's treatment id: other codings and timings are "
        "other treatments. Wild: cluster bootstrap, Rademacher weights. Paths: treatment paths "
        "dealt to other units. Leads: joint test of the binned event study. All of the headline's "
        "own regression. Between two groups the estimate is the difference of their effects.",
        "The column behind each line, the number of robustness columns and the other linked "
        "columns stand in output/estimates/claims.csv and claims.columns.csv. Studies by their "
        "number in the review.",
    ),
    "zh": (
        "结论规则。成立：符号与论断一致，主列按自身推断p<{main_p}，野聚类与置换p<{small_sample_p}，"
        "处理前系数联合p>{lead_p}，稳健性各列中至少{same_sign}符号一致、至少{significant}的p<{main_p}。"
        "不成立：符号相反或p不小于{fails_p}。不稳健：介于两者之间。异质性依组间或交互项检验（分组p）及其方向，"
        "溢出依间接效应及其在重新标号矩阵中的位置（矩阵p<{small_sample_p}）。未作的检验（—）按未通过计。",
        "稳健占比：稳健性各列中符号一致的比例，括号内为p<{main_p}的比例；各列与主列的处理变量相同，"
        "其他编码与时点视为其他处理。野聚类：Rademacher权重的聚类自助；置换：将处理路径分给其他个体；"
        "处理前：两端合并的事件研究联合检验；均针对主列同一回归。两组之间的估计值为两组效应之差。",
        "各行所用的列、稳健性列数与其他相关列见output/estimates/claims.csv与claims.columns.csv。"
        "研究编号同综述。",
    ),
}


def claims(parts: Parts, style: Style) -> Built:
    """Return a line for each claim, in panels by study: estimate, shares, checks, verdict."""
    language = style.language
    heads = ("estimate_interval", "robustness_shares", *CHECKS, "verdict")
    header = (
        single(labels.word("claim", language), [labels.word(head, language) for head in heads]),
    )
    panels = []
    for study, rows in parts[""].groupby("study"):
        lines = [line for row in rows.itertuples() for line in _claim(row, style)]
        panels.append(Panel(tuple(lines), _study(study, rows.iloc[0], language)))
    rules = parts["rules"].set_index("rule")["bound"]
    bounds = {name: f"{bound:g}" for name, bound in rules.items()}
    space = " " if language == "en" else ""
    for share in ("same_sign", "significant"):
        bounds[share] = f"{100 * rules[share]:g}{space}%"
    sentences = [text.format(**bounds) for text in CLAIM_NOTES[language]]
    if style.stars_shown:
        sentences.append(notes.stars_note(language))
    return header, tuple(panels), (), tuple(sentences)


def _study(number: int, row: pd.Series, language: str) -> str:
    design = labels.translated(row["design"], language, labels.STUDY_DESIGNS)
    if row["unit"] not in labels.UNITS:
        return f"[{number}] {design[0].upper()}{design[1:]}"
    unit = labels.UNITS[row["unit"]][labels.LANGUAGES.index(language)][1].capitalize()
    return f"[{number}] {unit}{labels.mark('colon', language)}{design}"


def _claim(row: tuple, style: Style) -> list[Row]:
    """Return the line of a claim and what stands in brackets under it."""
    language, name = style.language, f"{row.study}:{row.claim}"
    missing = row.not_made.split()

    def check(field: str, text: Callable[[float, Style], str]) -> str:
        return DASH if field in missing else text(getattr(row, field), style)

    cells = (
        style.estimate(row.estimate, row.p_value) if pd.notna(row.estimate) else "",
        check("same_sign", lambda share, style: style.number(share)),
        *(check(field, lambda p, style: style.small_p(p)) for field in CHECKS),
        labels.word(row.verdict, language, labels.VERDICTS),
    )
    first = Row(labels.translated(row.text, language, labels.CLAIMS), cells, term=name)
    share = f"({style.number(row.significant)})" if pd.notna(row.significant) else ""
    below = (style.interval(row.ci_low, row.ci_high), share, *("",) * (len(CHECKS) + 1))
    return [first, Row("", below, kind=ERROR, term=name)] if any(below) else [first]


BUILDERS: dict[str, tuple[Callable[[Parts, Style], Built], tuple[str, ...]]] = {
    "index_weights": (index_weights, ("", "system")),
    "index_summary": (index_summary, ("", "ranks")),
    "descriptives": (descriptives, ("",)),
    "rollout": (rollout, ("", "cohorts", "group_time")),
    "city_rollout": (rollout, ("", "cohorts", "group_time")),
    "city_index": (city_index, ("", "weights", "absence")),
    "sample_flow": (sample_flow, ("",)),
    "firm_index": (firm_index, ("", "weights")),
    "firm_sample_flow": (sample_flow, ("",)),
    "design_audit": (design_audit, ("",)),
    "moran": (moran, ("",)),
    "claims": (claims, ("", "rules")),
    "index_uncertainty": (uncertainty.index_uncertainty, ("", "agreement", "bootstrap")),
    **distribution.BUILDERS,
}
