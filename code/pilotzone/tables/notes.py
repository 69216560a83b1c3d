"""The notes under a table, derived from what was estimated."""

import math
from collections.abc import Sequence
from itertools import groupby

import pandas as pd

from pilotzone.catalogue import Exhibit, labels, reasons
from pilotzone.catalogue.effects import EFFECTS
from pilotzone.catalogue.places import MUNICIPALITIES
from pilotzone.catalogue.samples import OWN, SAMPLES
from pilotzone.errors import UserError
from pilotzone.estimates import LEVEL
from pilotzone.tables.columns import Column
from pilotzone.tables.style import MINUS, STARS, Style

SENTENCES = {
    "model": ("Model: {model}; {effects}.", "模型：{model}；{effects}。"),
    "sample": ("Sample: {samples}.", "样本：{samples}。"),
    "sample_counts": (
        "{sample}; {nobs} observations of {n_units} {units}, dropped rows: {n_dropped}",
        "{sample}；{n_units}个{units}共{nobs}个观测，剔除{n_dropped}行",
    ),
    "inference": ("{shown}: {how}.", "{shown}：{how}。"),
    "se": ("Standard errors in parentheses", "括号内为标准误"),
    "t": (
        "Estimates over standard errors in parentheses; standard errors",
        "括号内为估计值与标准误之比；标准误",
    ),
    "ci": (
        "{level} % intervals in square brackets; standard errors",
        "方括号内为{level}%置信区间；标准误",
    ),
    "crv1": (
        "clustered by {cluster} (CRV1, G = {clusters}), with the factor G/(G−1) · (N−1)/(N−K), "
        "in which effects nested in the clusters count as one and all others in full; "
        "p-values and intervals from t(G−1) = t({df})",
        "按{cluster}聚类（CRV1，G={clusters}），乘以G/(G−1)·(N−1)/(N−K)，嵌套于聚类的固定效应计为一个，"
        "其余全部计入；p值与区间取自t(G−1)=t({df})",
    ),
    "information": (
        "expected information of the exact maximum likelihood, uncorrected for the number of "
        "effects; p-values and intervals from the normal distribution",
        "取自精确极大似然的期望信息矩阵，未作固定效应个数校正；p值与区间取自正态分布",
    ),
    "crv3": (
        "clustered by {cluster} (CRV3, jackknife, G = {clusters}), with the factor (G−1)/G; "
        "p-values and intervals from t(G−1) = t({df})",
        "按{cluster}聚类（CRV3，刀切法，G={clusters}），乘以(G−1)/G；p值与区间取自t(G−1)=t({df})",
    ),
    "wild_rademacher": (
        "restricted wild cluster bootstrap with Rademacher weights; p symmetric in |t|, "
        "(1+#)/(1+R); intervals by inverting the test",
        "约束野聚类自助（Rademacher权重）；p值对|t|对称，(1+#)/(1+R)；区间由检验反演",
    ),
    "wild_webb": (
        "restricted wild cluster bootstrap with Webb weights; p symmetric in |t|, (1+#)/(1+R); "
        "intervals by inverting the test",
        "约束野聚类自助（Webb权重）；p值对|t|对称，(1+#)/(1+R)；区间由检验反演",
    ),
    "wild_rademacher_unit#period": (
        "restricted wild bootstrap with a Rademacher weight per row, errors by clusters",
        "约束野自助（逐观测Rademacher权重），误差按聚类",
    ),
    "permutation": (
        "whole treatment paths permuted over units, on |t|, (1+#)/(1+R)",
        "处理路径在个体间置换，基于|t|，(1+#)/(1+R)",
    ),
    "matrices": (
        "place of the statistic among matrices drawn anew, by absolute value, (1+#)/(1+R)",
        "统计量绝对值在重新抽取的矩阵中的位置，(1+#)/(1+R)",
    ),
    "driscoll_kraay": (
        "Driscoll-Kraay with a Bartlett kernel over years, all effects counted, t(T−1)",
        "Driscoll-Kraay（按年Bartlett核），固定效应全部计入自由度，t(T−1)",
    ),
    "conley": (
        "Conley with a Bartlett kernel in distance within years, own serial correlation kept, "
        "t(G−1)",
        "Conley（年内按距离Bartlett核），保留自身序列相关，t(G−1)",
    ),
    "dyadic": (
        "robust to a city in common between two pairs, t(n−1) with n cities",
        "对共有城市的城市对稳健，t(n−1)，n为城市数",
    ),
    "split_panel": (
        "by unit, from the weights that the jackknife gives each outcome, t(G−1)",
        "按个体聚类，取自刀切估计量对各观测被解释变量的权重，t(G−1)",
    ),
    "conventional": (
        "for independent errors of one variance, degrees of freedom with all effects in full",
        "误差独立同方差，自由度计入全部固定效应",
    ),
    "non_causality": (
        "Z-bar and Z-bar tilde two-sided from the normal distribution; W-bar among panels made "
        "without causality from each unit's own lags and errors of whole years, (1+#)/(1+R)",
        "Z-bar与Z-bar tilde取自正态分布（双侧）；W-bar置于无因果的自助面板中"
        "（以各个体自身滞后与整年残差生成），(1+#)/(1+R)",
    ),
    "influence": (
        "from influence functions, clustered by unit, no small-sample factor; p-values and "
        "intervals from the normal distribution",
        "取自影响函数，按个体聚类，无小样本校正；p值与区间取自正态分布",
    ),
    "influence_sums": (
        "from influence functions summed by {cluster} (G = {clusters}), no small-sample factor; "
        "p-values and intervals from the normal distribution",
        "取自按{cluster}加总的影响函数（G={clusters}），无小样本校正；p值与区间取自正态分布",
    ),
    "permutation_groups": (
        "whole treatment paths of {cluster} permuted, on |t|, (1+#)/(1+R)",
        "处理路径按{cluster}置换，基于|t|，(1+#)/(1+R)",
    ),
    "bootstrap_clusters": (
        "percentile intervals from a bootstrap of clusters ({cluster}, G = {clusters})",
        "按{cluster}整群自助抽样的百分位区间（G={clusters}）",
    ),
    "placebo": (
        "by placebo: random untreated units in the place of the treated; p from the normal "
        "distribution",
        "安慰剂法：以随机未处理个体代替处理组；p值取自正态分布",
    ),
    "bootstrap": (
        "percentile intervals from a bootstrap of units",
        "个体自助抽样的百分位区间",
    ),
    "chi2": (
        "chi-squared tests; LM on data freed of unit effects, Hausman on transformed data",
        "卡方检验；LM基于剔除个体效应的数据，Hausman基于变换数据",
    ),
    "errors": ("Errors and p-values: {how}.", "误差与p值：{how}。"),
    "lines": (
        "Each line is a column of output/estimates/{exhibit}.csv; controls, effects and sample as "
        "the line says, else two-way effects and the main sample.",
        "每行对应output/estimates/{exhibit}.csv中的一列；控制变量、固定效应与样本如行名所示，否则为双向固定效应与基准样本。",
    ),
    "weights": ("Weights, rows sum to one: {what}.", "空间权重（行标准化）：{what}。"),
    "compared": ("Compared: {what}.", "各行说明：{what}。"),
    "support": (
        "Cohorts behind each coefficient, column ({column}): {cohorts}.",
        "各系数对应的队列，第({column})列：{cohorts}。",
    ),
    "not_identified": ("Not identified: {what}: {reason}.", "不可识别：{what}——{reason}。"),
    "effects": (
        "Direct, indirect and total effects: value at the point estimates; standard errors and "
        "intervals from joint normal draws of all coefficients ({draws}), p-values from the "
        "normal distribution.",
        "直接、间接与总效应：在点估计处取值；标准误与区间取自全部系数的联合正态抽样（{draws}），"
        "p值取自正态分布。",
    ),
    "draws": ("{draws} draws, seed {seed}", "{draws}次，种子{seed}"),
    "municipalities": (
        "Municipalities: {names}. Their share is that of the sum of squares of the treatment "
        "freed of unit and period effects; the rows below it are estimated without them.",
        "直辖市：{names}。其比重指剔除个体与时期效应后处理变量平方和中的比重；其下各行为剔除直辖市后的估计。",
    ),
    "stars": ("{marks}.", "{marks}。"),
    "unidentified": (
        "Column {columns} is not identified: {reason}.",
        "第{columns}列不可识别：{reason}。",
    ),
    "partly": ("Column {columns}: {reason}.", "第{columns}列：{reason}。"),
    "sources": ("Sources: data/README.md.", "数据来源：data/README.md。"),
    "province_sample": (
        "Province panel without {names}, {first}-{last}",
        "省级面板（不含{names}），{first}-{last}年",
    ),
    "own_sample": ("Own panel, {first}-{last}", "自有面板，{first}-{last}"),
    "firm_sample": ("{what}, {first}-{last}", "{what}，{first}-{last}年"),
    "own_sources": ("Source: {file}.", "数据来源：{file}。"),
    "index_weights": (
        "Columns are variants of the index; the sign behind an indicator is its direction.",
        "各列为指数的不同口径；指标后的符号表示方向。",
    ),
    "weights_by_year": (
        "{variants}: mean of the weights of {first}-{last}, each year weighted on its own; the "
        "weights of each year stand in output/estimates/{file}.",
        "{variants}：{first}-{last}年各年权重的均值；各年权重见output/estimates/{file}。",
    ),
    "loadings": (
        "{variants}: loadings, which need not sum to one.",
        "{variants}：载荷，和不必为一。",
    ),
    "index_summary": (
        "Over the provinces of each year. All variants stand in output/estimates/{file}.",
        "按年对各省份计算。全部口径见output/estimates/{file}。",
    ),
    "group_time": (
        "A group-time effect is identified if a unit not yet treated in that year and a year "
        "before treatment remain.",
        "若当年仍有未处理单位且存在处理前年份，则该组别-时间效应可识别。",
    ),
    "city_index": (
        "Weights of the entropy method over the complete rows; sums by province: the same "
        "indicators of city figures summed to provinces. Absence: a linear probability of a "
        "missing row over {cities} cities in all years ({nobs} rows), clustered by city; with city "
        "and year effects on the zone in force, with year effects alone on getting one by the "
        "last year. Why rows are missing: exhibit sample_flow.",
        "权重为完整观测上的熵值法；按省加总：城市数据加总到省后的同一指标。缺失：{cities}个城市全部年份（{nobs}行）"
        "观测缺失的线性概率模型，按城市聚类；双向固定效应下对设区状态回归，仅年份效应下对样本期末前是否设区回归。"
        "缺失原因见表sample_flow。",
    ),
    "moran": (
        "Moran's I; stars by permutation, two-sided. Geary's C, p-values under "
        "randomisation and local statistics stand in output/estimates/moran.csv and "
        "moran.local.csv.",
        "Moran's I；星号依置换检验（双侧）。Geary's C、随机化p值与局部统计量见"
        "output/estimates/moran.csv与moran.local.csv。",
    ),
    "gini": (
        "Every province counts once. Shares of the Gini sum to one; contributions of each region "
        "and pair of regions stand in output/estimates/measure_gini.contributions.csv. Theil's "
        "share within regions is one less the share between.",
        "各省份权重相同。基尼系数的贡献率之和为一；各区域与区域对的贡献见"
        "output/estimates/measure_gini.contributions.csv。泰尔指数的区域内占比为一减区域间占比。",
    ),
    "gini_changes": (
        "Change of the Gini from {first} to {last}: {changes}.",
        "{first}年至{last}年基尼系数的变化：{changes}。",
    ),
    "gini_change": (
        "{change} ({variant}, highest in {year})",
        "{change}（{variant}，最高为{year}年）",
    ),
    "convergence": (
        "Growth: ln of the index less its ln {steps} years before over {steps} years in the line "
        "from the first to the last year, else from one year to the next. Speed: −ln(1 + b) a "
        "year, over {steps} years −ln(1 + {steps}b)/{steps}; errors by the delta method; half-life "
        "ln 2 over the speed, — where gaps do not close. Controls: {controls}, of the year before. "
        "Spread: denominator n − 1.",
        "增长：首年至末年一行为{steps}年间指数对数之差除以{steps}，其余为相邻两年对数之差。收敛速度：每年"
        "−ln(1+b)，{steps}年间为−ln(1+{steps}b)/{steps}；标准误用Delta法；半生命周期为ln2除以收敛速度，差距不缩小时为—。"
        "控制变量：{controls}，取上一年。离散程度的分母为n−1。",
    ),
    "hc1": (
        "robust to heteroskedasticity (HC1), t(n−2)",
        "异方差稳健（HC1），t(n−2)",
    ),
    "crv1_unit": (
        "clustered by province (CRV1), t({df})",
        "按省份聚类（CRV1），t({df})",
    ),
    "kernel": (
        "Gaussian kernel, bandwidth by Silverman's rule 0.9 min(SD, IQR/1.34) n^(−1/5), {points} "
        "points from three bandwidths below the lowest to three above the highest value of all "
        "years. The curves stand in output/estimates/measure_kernel.csv.",
        "高斯核，带宽按Silverman法则0.9·min(标准差，四分位距/1.34)·n^(−1/5)，在全部年份最低值以下三个带宽至最高值以上"
        "三个带宽之间取{points}点。曲线见output/estimates/measure_kernel.csv。",
    ),
    "markov": (
        "Classes by quantiles of all provinces and years together; rows: class in a year, columns: "
        "class in the next. Neighbours: their mean by contiguity, in the same classes. Tests: "
        "likelihood ratio and Pearson's Q of equal rows, with {draws} permutations of the labels "
        "of the groups among the transitions from a class; in the last column the cells with an "
        "expected count below 5, of all that are not zero.",
        "类别按全部省份与年份合并的分位数划分；行为当年类别，列为次年类别。邻域：邻接省份均值，采用同一类别界限。检验："
        "各行相等的似然比与Pearson Q，并将组别标签在同一起始类别的转移之间置换{draws}次；"
        "末列为期望频数小于5的格数与非零格数。",
    ),
    "coupling": (
        "D is the root of C times T: T is the mean of the k levels of a system, C their geometric "
        "mean over T, for two levels 2 (U1 U2)^(1/2)/(U1 + U2). Without the factor k C is C/k, for "
        "two (U1 U2/(U1 + U2)²)^(1/2); as a power it is C^(2k), for two (U1 U2/T²)². Over all "
        "provinces and years the correlation of D with T is {correlations}. {indicators}",
        "D为C与T之积的平方根：T为系统内k个水平的均值，C为其几何均值与T之比，两个水平时为2(U1·U2)^(1/2)/(U1+U2)。"
        "不含系数k时为C/k，两个水平时为(U1·U2/(U1+U2)²)^(1/2)；幂形式为C^(2k)，两个水平时为(U1·U2/T²)²。"
        "全部省份与年份中D与T的相关系数：{correlations}。{indicators}",
    ),
    "coupled_system": (
        "{system}: {parts}.",
        "{system}：{parts}。",
    ),
    "coupled_part": ("{part} from {indicators}", "{part}取{indicators}"),
    "simulated": (
        "{draws} draws per design; size and power: share of draws with p < 0.05.",
        "每种设计{draws}次抽样；检验水平与功效：p<0.05的比例。",
    ),
    "sample_flow": (
        "Each row is what remains after its step.",
        "各行为该步骤之后的保留数。",
    ),
}


def say(key: str, language: str, **parts: object) -> str:
    """Return a sentence with its parts filled in."""
    return SENTENCES[key][labels.LANGUAGES.index(language)].format(**parts)


def regression_notes(exhibit: Exhibit, table: tuple[Column, ...], style: Style) -> tuple[str, ...]:
    """Return the sentences under a table of regression columns.

    Raises
    ------
    UserError
        If a model row names a kind of inference that has no sentence.
    """
    language = style.language
    sentences = [_model(table, language), *_sample(table, language), *_inference(table, style)]
    sentences += [*_effects(table, language), *_municipalities(table, language)]
    if style.stars_shown and any(column.identified for column in table):
        sentences.append(stars_note(language))
    sentences += [*_unidentified(table, language), *_weights(table, language)]
    return (*sentences, *exhibit.notes_in(language), say("sources", language))


def _weights(table: tuple[Column, ...], language: str) -> list[str]:
    """Return what a spatial column says of its matrix: the largest weight of one neighbour."""
    texts = [
        reasons.reason_text(str(column.model["reference"]), language)
        if column.literal.weights and column.identified
        else ""
        for column in table
    ]
    return [say("weights", language, what=by_columns(texts, language))] if any(texts) else []


def listing_notes(
    exhibit_id: str, exhibit: Exhibit, table: tuple[Column, ...], names: Sequence[str], style: Style
) -> tuple[str, ...]:
    """Return the sentences under a table with a line for each column.

    ``names`` are the lines' own descriptions, in the order of the columns.
    """
    language = style.language
    samples = list(dict.fromkeys(c.literal.sample for c in table))
    sentences = [
        say("lines", language, exhibit=exhibit_id),
        say("sample", language, samples=samples_text(samples, language)),
        *_errors(table, language),
        *_municipalities(table, language),
    ]
    if style.stars_shown:
        sentences.append(stars_note(language))
    sentences += _compared(table, names, language)
    sentences += _lines_not_identified(table, names, language)
    return (*sentences, *exhibit.notes_in(language), say("sources", language))


def _compared(table: tuple[Column, ...], names: Sequence[str], language: str) -> list[str]:
    """Return what the lines are compared with, each text behind the names that have it."""
    compared: dict[str, list[str]] = {}
    for column, name in zip(table, names, strict=True):
        if column.identified and column.model["reference"]:
            text = reasons.reason_text(str(column.model["reference"]), language)
            compared.setdefault(text, []).append(name)
    joint, dash = labels.mark("semicolon", language), labels.mark("dash", language)
    texts = [f"{joint.join(dict.fromkeys(n))}{dash}{text}" for text, n in compared.items()]
    return [say("compared", language, what=" | ".join(texts))] if texts else []


def _errors(table: tuple[Column, ...], language: str) -> list[str]:
    """Return how the errors of a listing were made, each kind behind the estimators that have it.

    If an estimator has all the kinds, the estimators tell nothing and are left out.
    """
    made: dict[str, list[str]] = {}
    for column in table:
        how = _how(column, language) if column.identified and _has_errors(column) else ""
        if how:
            label = labels.word(column.literal.estimator, language, labels.ESTIMATORS)
            made.setdefault(how, []).append(label)
    if not made:
        return []
    joint, colon = labels.mark("semicolon", language), labels.mark("colon", language)
    if set.intersection(*map(set, made.values())):
        return [say("errors", language, how=joint.join(made))]
    joint = joint if language == "en" else labels.mark("list", language)
    texts = [f"{joint.join(dict.fromkeys(names))}{colon}{how}" for how, names in made.items()]
    return [say("errors", language, how=" | ".join(texts))]


def _has_errors(column: Column) -> bool:
    return any(
        not (math.isnan(row["std_error"]) and math.isnan(row["p_value"]))
        for row in column.terms.values()
    )


def _lines_not_identified(
    table: tuple[Column, ...], names: Sequence[str], language: str
) -> list[str]:
    """Return the reasons; a name with several of them stands behind its treatment."""
    comma = labels.mark("comma", language)
    joint = comma if language == "en" else labels.mark("semicolon", language)
    lost = [
        (name, labels.variable(column.literal.treatment, language), str(column.model["reason"]))
        for column, name in zip(table, names, strict=True)
        if not column.identified
    ]
    names_of: dict[str, list[str]] = {}
    for name, treatment, reason in lost:
        alone = len({other[2] for other in lost if other[0] == name}) == 1
        names_of.setdefault(reason, []).append(name if alone else f"{treatment}{comma}{name}")
    return [
        say(
            "not_identified",
            language,
            what=joint.join(dict.fromkeys(what)),
            reason=reasons.reason_text(reason, language),
        )
        for reason, what in names_of.items()
    ]


def support_notes(
    support: pd.DataFrame, column_ids: Sequence[str], language: str
) -> tuple[str, ...]:
    """Return, for each event study, the cohorts that have rows at each event time."""
    semicolon, colon, listed = (labels.mark(n, language) for n in ("semicolon", "colon", "list"))
    said: dict[str, list[int]] = {}
    for position, column in enumerate(column_ids, start=1):
        rows = support[support["column"] == column]
        ordered = sorted(rows.itertuples(), key=lambda row: int(row.term.split(":")[1]))
        text = semicolon.join(
            row.term.split(":")[1].replace("-", MINUS) + colon + row.cohorts.replace(" ", listed)
            for row in ordered
        )
        if text:
            said.setdefault(text, []).append(position)
    return tuple(
        say(
            "support",
            language,
            column=column_numbers(where, language).replace("(", "").replace(")", ""),
            cohorts=text,
        )
        for text, where in said.items()
    )


def by_columns(texts: Sequence[str], language: str = "en") -> str:
    """Join the texts of the columns: one text if all agree, else each behind its columns.

    An empty text stands for a column to which the sentence does not apply.
    """
    groups: dict[str, list[int]] = {}
    for position, text in enumerate(texts, start=1):
        if text:
            groups.setdefault(text, []).append(position)
    if len(groups) == 1 and all(texts):
        return next(iter(groups))
    joint = labels.mark("semicolon", language)
    return joint.join(f"{column_numbers(where, language)} {text}" for text, where in groups.items())


def column_numbers(positions: Sequence[int], language: str = "en") -> str:
    """Return column numbers with runs joined: (1)-(3), (5)."""
    runs = [
        [position for _, position in run]
        for _, run in groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0])
    ]
    numbers = [f"({r[0]})" if len(r) == 1 else f"({r[0]})-({r[-1]})" for r in runs]
    return labels.mark("list", language).join(numbers)


def samples_text(names: Sequence[str], language: str) -> str:
    """Return the descriptions of samples, one behind the other."""
    return labels.mark("semicolon", language).join(sample_text(name, language) for name in names)


def sample_text(name: str, language: str) -> str:
    """Return the description of a sample: the declared one, or one made of its literals."""
    sample = SAMPLES[name]
    if language == "en":
        return sample.label
    if name in labels.CITY_SAMPLES:
        return labels.CITY_SAMPLES[name]
    if name == OWN:
        return say("own_sample", language, first=sample.first_year, last=sample.last_year)
    if name in labels.FIRM_SAMPLES:
        what, years = labels.FIRM_SAMPLES[name], (sample.first_year, sample.last_year)
        return say("firm_sample", language, what=what, first=years[0], last=years[1])
    return say(
        "province_sample",
        language,
        names=labels.mark("list", language).join(
            labels.unit_name(code, language) for code in sample.excluded
        ),
        first=sample.first_year,
        last=sample.last_year,
    )


def _within_sentence(label: str) -> str:
    return label[0].lower() + label[1:]


def _model(table: tuple[Column, ...], language: str) -> str:
    models, effects = [], []
    for column in table:
        panel = SAMPLES[column.literal.sample].panel
        model = labels.word(column.literal.estimator, language, labels.ESTIMATORS)
        names = [labels.effect(e, panel, language) for e in EFFECTS[column.literal.effects]]
        models.append(_within_sentence(model))
        effects.append(labels.mark("list", language).join(map(_within_sentence, names)))
    return say(
        "model",
        language,
        model=by_columns(models, language),
        effects=by_columns(effects, language),
    )


def _sample(table: tuple[Column, ...], language: str) -> list[str]:
    position = labels.LANGUAGES.index(language)
    texts = [
        say(
            "sample_counts",
            language,
            sample=sample_text(column.literal.sample, language),
            units=labels.UNITS[SAMPLES[column.literal.sample].panel][position][1],
            **{key: int(column.model[key]) for key in ("nobs", "n_units", "n_dropped")},
        )
        if column.identified
        else ""
        for column in table
    ]
    return [say("sample", language, samples=by_columns(texts, language))] if any(texts) else []


def _inference(table: tuple[Column, ...], style: Style) -> list[str]:
    texts = [_how(column, style.language) if column.identified else "" for column in table]
    if not any(texts):
        return []
    shown = "se" if style.show == "nostars" else style.show
    return [
        say(
            "inference",
            style.language,
            shown=say(shown, style.language, level=f"{100 * LEVEL:g}"),
            how=by_columns(texts, style.language),
        )
    ]


def _how(column: Column, language: str) -> str:
    """Return how a column's errors were made; an empty text for a column that has none."""
    kind, _, cluster = str(column.model["inference"]).partition(":")
    if kind == "none":
        return ""
    if kind not in SENTENCES:
        raise UserError(f"notes.py has no sentence for inference '{kind}'; add one to SENTENCES")
    panel = SAMPLES[column.literal.sample].panel
    clusters = column.model["n_clusters"]
    return say(
        kind,
        language,
        cluster=labels.cluster(cluster or "unit", panel, language),
        clusters="" if math.isnan(clusters) else int(clusters),
        df=_degrees_of_freedom(column),
    )


def _degrees_of_freedom(column: Column) -> str:
    """Return the degrees of freedom of the column itself, not of its diagnostics."""
    found = {
        row["df"]
        for term, row in column.terms.items()
        if row["distribution"] == "t" and not term.startswith("no_municipalities:")
    }
    return " / ".join(sorted(found))


def _effects(table: tuple[Column, ...], language: str) -> list[str]:
    texts, joint = [], labels.mark("list", language)
    for column in table:
        draws = {
            int(row["draws"])
            for term, row in column.terms.items()
            if term.startswith(("direct:", "indirect:", "total:")) and not math.isnan(row["draws"])
        }
        made = sorted(draws)
        seed = column.model["seed"]
        texts.append(
            say("draws", language, draws=joint.join(map(str, made)), seed=int(seed)) if made else ""
        )
    return [say("effects", language, draws=by_columns(texts, language))] if any(texts) else []


def _municipalities(table: tuple[Column, ...], language: str) -> list[str]:
    if not any(term.startswith("municipality_share:") for c in table for term in c.terms):
        return []
    names = [labels.unit_name(code, language) for code in MUNICIPALITIES]
    return [say("municipalities", language, names=labels.mark("list", language).join(names))]


def stars_note(language: str) -> str:
    """Return what the stars stand for."""
    marks = [f"{mark} p < {level:.2f}" for level, mark in STARS]
    return say("stars", language, marks=labels.mark("comma", language).join(marks))


def _unidentified(table: tuple[Column, ...], language: str) -> list[str]:
    """Return what is not identified: whole columns, or a part of a column with its reason."""
    positions: dict[tuple[str, str], list[int]] = {}
    for position, column in enumerate(table, start=1):
        if column.model["reason"]:
            kind = "partly" if column.identified else "unidentified"
            positions.setdefault((kind, str(column.model["reason"])), []).append(position)
    return [
        say(
            kind,
            language,
            columns=column_numbers(where, language),
            reason=reasons.reason_text(reason, language),
        )
        for (kind, reason), where in positions.items()
    ]
