"""Words of the pages alone: heads of rows and columns, marks, units."""

# What joins pieces of text.
MARKS = {
    "comma": (", ", "，"),
    "semicolon": ("; ", "；"),
    "colon": (": ", "："),
    "list": (", ", "、"),
    "stop": (".", "。"),
    # Behind a name that may hold a colon itself.
    "dash": (": ", "——"),
}

# Fixed words of tables; a name that stands in an estimates file has its words here or above.
WORDS = {
    "yes": ("Yes", "是"),
    "no": ("No", "否"),
    "outcome": ("Outcome", "被解释变量"),
    "treatment": ("Treatment", "核心解释变量"),
    "sample": ("Sample", "样本"),
    "estimator": ("Model", "模型"),
    "variant": ("Variant", "口径"),
    "controls": ("Controls", "控制变量"),
    "variables": ("{n} variables", "{n}个变量"),
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
    "notes": ("Notes:", "注："),
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
    "first_treated": ("Units first treated in", "首次处理的单位数"),
    "untreated": ("Units not yet treated in", "尚未处理的单位数"),
    "never_treated": ("Never treated", "从未处理"),
    "last_untreated_year": (
        "Last year with an untreated unit",
        "仍有未处理单位的最后年份",
    ),
    "group_time_all": ("Group-time effects", "组别-时间效应"),
    "balance": ("Balance", "平衡性"),
    "mean_treated": ("Mean, treated", "处理组均值"),
    "mean_before": ("Mean of controls, before", "对照组均值(前)"),
    "mean_after": ("Mean of controls, after", "对照组均值(后)"),
    "difference_before": ("Standardised difference, before", "标准化差异(前)"),
    "difference_after": ("Standardised difference, after", "标准化差异(后)"),
    "estimate": ("Estimate", "估计值"),
    "truth": ("True effect", "真实效应"),
    "bias": ("Bias", "偏误"),
    "size": ("Size", "检验水平"),
    "power": ("Power", "功效"),
    "error": ("Error", "标准误"),
    "p_value": ("p", "p值"),
    "interval": ("95 % interval", "95%区间"),
    "effects": ("Effects", "固定效应"),
    "columns": ("Columns", "列数"),
    "share_positive": ("Positive", "为正"),
    "share_positive_significant": ("Positive, p < 0.05", "显著为正"),
    "share_negative_significant": ("Negative, p < 0.05", "显著为负"),
    "median_t": ("Median t", "t中位数"),
    "not_identified": ("Not identified", "不可识别"),
    "comparison": ("Comparison", "比较类型"),
    "weight": ("Weight", "权重"),
    "treated": ("Treated", "处理队列"),
    "control": ("Control", "对照队列"),
    "moments": ("Moments by year", "分年统计"),
    "absence": ("Absence of a row on the zone", "观测缺失对设区的回归"),
    "share_absent": ("Share of rows absent", "缺失比例"),
    "sums": ("sums by province", "按省加总"),
    "group_time_identified": ("Group-time effects identified", "其中可识别"),
    "claim": ("Claim", "论断"),
    "estimate_interval": ("Estimate [95 % interval]", "估计值[95%区间]"),
    "robustness_shares": ("Robust share", "稳健占比"),
    "wild_p": ("Wild p", "野聚类p"),
    "randomisation_p": ("Paths p", "置换p"),
    "lead_p": ("Leads p", "处理前p"),
    "interaction_p": ("Groups p", "分组p"),
    "placebo_p": ("Matrix p", "矩阵p"),
    "verdict": ("Verdict", "结论"),
}

# A unit of a panel: one, several, the count in a table's footer.
UNITS = {
    "province": (("province", "provinces", "Provinces"), ("省份", "省份", "省份数")),
    "city": (("city", "cities", "Cities"), ("城市", "城市", "城市数")),
    "firm": (("firm", "firms", "Firms"), ("企业", "企业", "企业数")),
    "city_sums": (("province", "provinces", "Provinces"), ("省份", "省份", "省份数")),
    "other": (("unit", "units", "Units"), ("个体", "个体", "个体数")),
}

ELEMENTS = {
    "labour": ("Labour", "劳动力"),
    "tools": ("Tools", "生产工具"),
    "labourers": ("Labourers", "劳动者"),
    "objects_of_labour": ("Objects of labour", "劳动对象"),
    "means_of_labour": ("Means of labour", "劳动资料"),
}

KINDS = {
    "index": ("Index", "指数"),
    "treatment": ("Treatments", "处理变量"),
    "proxy": ("Proxy", "代理变量"),
    "control": ("Controls", "控制变量"),
    "indicator": ("Indicators", "指标"),
    "level": ("Other outcomes", "其他结果变量"),
}

DESIGNS = {
    "no_effect": ("No effect", "无效应"),
    "constant": ("Constant effect of 0.02", "恒定效应0.02"),
    "growing": ("Effect growing by 0.005 a year", "每年增长0.005的效应"),
    "cohort_specific": (
        "Effect of 0.04 on cohorts to 2016, none later",
        "2016年前队列0.04，其后为零",
    ),
    "no_effect_pre_trend": ("No effect, pre-trend of 0.002 a year", "无效应，处理前趋势每年0.002"),
}

COMPARISONS = {
    "treated vs never treated": ("Treated against never treated", "处理组与从未处理组"),
    "earlier vs later": ("Earlier against later treated", "先处理与后处理"),
    "later vs earlier": ("Later against earlier treated", "后处理与先处理"),
    "treated vs always treated": ("Treated against always treated", "处理组与一直处理组"),
}

# Behind what effects and trends belong to.
CONSTANT = {
    "effects": (" effects", "固定效应"),
    "trends": (" trends", "时间趋势"),
}
