"""Words of how the index is spread over provinces and coupled with other systems."""

# How the index is spread: parts of a measure, regressions of growth, chains, coupling.
INEQUALITY = {
    "gini": ("Gini", "基尼系数"),
    "theil": ("Theil T", "泰尔指数"),
    "within": ("Within", "区域内"),
    "between": ("Net between", "区域间净值"),
    "transvariation": ("Transvariation", "超变密度"),
    "dagum_shares": ("Shares of the Gini", "基尼系数贡献率"),
    "theil_shares": ("Theil", "泰尔指数"),
    "theil_between": ("Between, share", "区域间占比"),
    "of_regions": ("Gini by region and pair", "各区域及区域间基尼系数"),
}

SPREAD = {
    "mean": ("Mean", "均值"),
    "sd": ("SD", "标准差"),
    "cv": ("CV", "变异系数"),
    "sd_log": ("SD of ln", "对数标准差"),
    "min": ("Min", "最小值"),
    "max": ("Max", "最大值"),
}

CONVERGENCE = {
    "initial": ("Initial level", "初始水平"),
    "speed": ("Speed", "收敛速度"),
    "half_life": ("Half-life", "半生命周期"),
    "W:initial": ("W × level", "W×初始水平"),
    "rho": ("ρ", "ρ"),
    "nobs": ("N", "观测值"),
    "sigma": ("Spread by year", "分年离散程度"),
    "beta": ("Growth on the initial level", "增长对初始水平的回归"),
    "cross_section": ("First to last year", "首年至末年"),
    "pooled": ("Annual", "逐年"),
    "period": ("Annual, year effects", "逐年，年份效应"),
    "period_controls": ("Annual, year effects, controls", "逐年，年份效应，控制变量"),
    "sar_period": ("Spatial lag, year effects", "空间滞后，年份效应"),
    "sdm_period": ("Spatial Durbin, year effects", "空间杜宾，年份效应"),
    "two_way": ("Annual, two-way effects", "逐年，双向效应"),
    "two_way_controls": ("Annual, two-way effects, controls", "逐年，双向效应，控制变量"),
    "sar_two_way_controls": (
        "Spatial lag, two-way effects, controls",
        "空间滞后，双向效应，控制变量",
    ),
    "sdm_two_way_controls": (
        "Spatial Durbin, two-way effects, controls",
        "空间杜宾，双向效应，控制变量",
    ),
    "without_convergence": ("Expected if no province converges", "若无省份收敛时的期望值"),
    "test:harris_tzavalis": ("Harris-Tzavalis z against it", "对此的Harris-Tzavalis z检验"),
}

SHAPE = {
    "bandwidth": ("Bandwidth", "带宽"),
    "mode": ("Highest point", "峰值位置"),
    "height": ("Density there", "峰值密度"),
    "n_modes": ("Local maxima", "峰数"),
    "outside": ("Mass outside [0, 1]", "[0, 1]以外的密度"),
}

CHAINS = {
    "transitions": ("Transitions", "转移次数"),
    "all": ("All provinces", "全部省份"),
    "of_lag": ("Neighbours in class {}", "邻域属第{}类"),
    "class": ("Class", "类别"),
    "ergodic": ("Ergodic distribution", "遍历分布"),
    "tests": ("Tests of equal probabilities", "转移概率相等检验"),
    "half": ("First and second half of the years", "前后两段时期"),
    "lag": ("Classes of the neighbours", "邻域类别"),
    "likelihood_ratio": ("LR", "LR"),
    "pearson": ("Q", "Q"),
    "statistic": ("Statistic", "统计量"),
    "df": ("df", "自由度"),
    "chi2": ("p, χ²", "p值(χ²)"),
    "permutation": ("p, permutation", "p值(置换)"),
    "n_sparse": ("Expected below 5", "期望频数小于5"),
}

CLASS_NUMERALS = ("I", "II", "III", "IV")

COUPLED = {
    "index_ecommerce": ("Index and e-commerce", "指数与跨境电商"),
    "elements": ("Elements of the index", "指数三要素"),
    "technology_organisation_institution": (
        "Technology, organisation, institution",
        "技术、组织、制度",
    ),
    "technology": ("technology", "技术"),
    "organisation": ("organisation", "组织"),
    "institution": ("institution", "制度"),
    "degree": ("Coupling coordination degree D", "耦合协调度D"),
    "by_class": ("Provinces by class", "各等级省份数"),
    "statistics": ("Over the provinces", "省份间统计"),
    "mean_coupling": ("Mean of C", "C均值"),
    "mean_level": ("Mean of T", "T均值"),
    "mean_degree": ("Mean of D", "D均值"),
    "mean_degree_without_k": ("Mean of D, C without the factor k", "D均值，C不含系数k"),
    "mean_degree_power": ("Mean of D, C as a power", "D均值，C取幂形式"),
    "mean_degree_no_range": ("Mean of D, levels not by their range", "D均值，水平未经极差标准化"),
    "correlation_degree_level": ("Correlation of D with T", "D与T的相关系数"),
    "cells_without_degree": ("Provinces with a level of zero", "水平为零的省份数"),
}

# Classes 1 … 10 of the coupling coordination degree as the field prints them.
COORDINATION = (
    ("extreme imbalance", "极度失调"),
    ("severe imbalance", "严重失调"),
    ("moderate imbalance", "中度失调"),
    ("mild imbalance", "轻度失调"),
    ("verge of imbalance", "濒临失调"),
    ("bare coordination", "勉强协调"),
    ("primary coordination", "初级协调"),
    ("intermediate coordination", "中级协调"),
    ("good coordination", "良好协调"),
    ("quality coordination", "优质协调"),
)
