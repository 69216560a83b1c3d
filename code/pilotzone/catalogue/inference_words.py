"""How errors were made, in words: by what the models file says of a column."""

# How the errors of a kind are made.
COMPUTED: dict[str, tuple[str, str]] = {
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
}
