"""Sentences under tables, in both languages; a hole is filled by what was estimated."""

from pilotzone.catalogue.words import Lexicon
from pilotzone.tables.measure_sentences import MEASURES

# Under tables of regression columns.
COLUMNS = {
    "model": ("Model: {model}; {effects}.", "模型：{model}；{effects}。"),
    "flow": ("Rows by step, {sample}: {steps}.", "逐步保留的观测，{sample}：{steps}。"),
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
    "errors": ("Errors and p-values: {how}.", "误差与p值：{how}。"),
    "lines": (
        "Each line is a column of {folder}{exhibit}.csv; controls, effects and sample as "
        "the line says, else two-way effects and the main sample.",
        "每行对应{folder}{exhibit}.csv中的一列；控制变量、固定效应与样本如行名所示，否则为双向固定效应与基准样本。",
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
    "sources_of": (
        "Sources: data/README.md; exhibit file {file}.",
        "数据来源：data/README.md；设定文件{file}。",
    ),
    "own_sources": ("Source: {file}.", "数据来源：{file}。"),
}
# Under tables of the data and the index.
DATA = {
    "index_weights": (
        "Columns are variants of the index; the sign behind an indicator is its direction.",
        "各列为指数的不同口径；指标后的符号表示方向。",
    ),
    "weights_by_year": (
        "{variants}: mean of the weights of {first}-{last}, each year weighted on its own; the "
        "weights of each year stand in {folder}{file}.",
        "{variants}：{first}-{last}年各年权重的均值；各年权重见{folder}{file}。",
    ),
    "loadings": (
        "{variants}: loadings, which need not sum to one.",
        "{variants}：载荷，和不必为一。",
    ),
    "index_summary": (
        "Over the provinces of each year. All variants stand in {folder}{file}.",
        "按年对各省份计算。全部口径见{folder}{file}。",
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
        "randomisation and local statistics stand in {folder}moran.csv and "
        "moran.local.csv.",
        "Moran's I；星号依置换检验（双侧）。Geary's C、随机化p值与局部统计量见"
        "{folder}moran.csv与moran.local.csv。",
    ),
    "simulated": (
        "{draws} draws per design; size and power: share of draws with p < 0.05.",
        "每种设计{draws}次抽样；检验水平与功效：p<0.05的比例。",
    ),
    "sample_flow": (
        "Each row is what remains after its step.",
        "各行为该步骤之后的保留数。",
    ),
}
SENTENCES = {**COLUMNS, **DATA, **MEASURES}


def say(key: str, lexicon: Lexicon, **parts: object) -> str:
    """Return a sentence with its parts filled in."""
    return lexicon.say(key, SENTENCES, **parts)
