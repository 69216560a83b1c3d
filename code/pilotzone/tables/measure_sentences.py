"""Sentences under the tables of measurement, in both languages."""

MEASURES = {
    "gini": (
        "Every province counts once. Shares of the Gini sum to one; contributions of each region "
        "and pair of regions stand in {folder}measure_gini.contributions.csv. Theil's "
        "share within regions is one less the share between.",
        "各省份权重相同。基尼系数的贡献率之和为一；各区域与区域对的贡献见"
        "{folder}measure_gini.contributions.csv。泰尔指数的区域内占比为一减区域间占比。",
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
        "years. The curves stand in {folder}measure_kernel.csv.",
        "高斯核，带宽按Silverman法则0.9·min(标准差，四分位距/1.34)·n^(−1/5)，在全部年份最低值以下三个带宽至最高值以上"
        "三个带宽之间取{points}点。曲线见{folder}measure_kernel.csv。",
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
}
