"""Words of what a specification names: estimators, samples, controls, effects, variants."""

ESTIMATORS = {
    "twfe": ("Two-way fixed effects", "双向固定效应"),
    "twfe_inference": ("Two-way fixed effects", "双向固定效应"),
    "sar": ("Spatial lag (SAR)", "空间滞后(SAR)"),
    "sem": ("Spatial error (SEM)", "空间误差(SEM)"),
    "sdm": ("Spatial Durbin (SDM)", "空间杜宾(SDM)"),
    "slx": ("Spatial lag of X (SLX)", "自变量空间滞后(SLX)"),
    "sdem": ("Spatial Durbin error (SDEM)", "空间杜宾误差(SDEM)"),
    "gns": ("General nesting (GNS)", "广义嵌套(GNS)"),
    "dynamic_sdm": ("Dynamic spatial Durbin", "动态空间杜宾"),
    "sdm_groups": ("Spatial Durbin, by group", "空间杜宾(分组)"),
    "exposure_split": ("Exposure of treated and untreated apart", "处理组与未处理组的暴露"),
    "clean_controls": ("Against clean controls", "与未受影响的对照组比较"),
    "rings": ("Rings of distance to the nearest zone", "距最近综试区的距离环"),
    "exposure_net": ("Net of exposure to other zones", "剔除其他综试区暴露"),
    "pairs": ("Pairs of cities, pair and year effects", "城市对，城市对与年份固定效应"),
    "centralities": ("Two-way fixed effects", "双向固定效应"),
    "sdm_moderation": ("Spatial Durbin, with moderator", "空间杜宾(调节)"),
    "spatial_tests": ("Specification tests", "模型设定检验"),
    "relabelled_matrices": ("Relabelled matrices", "矩阵重新标号"),
    "random_graphs": ("Random graphs, same degrees", "同度随机图"),
    "event_study": ("Two-way event study, binned ends", "事件研究(两端合并)"),
    "event_study_unbinned": ("Two-way event study, all times", "事件研究(不合并)"),
    "honest_did": ("Event study of one cohort", "单一队列事件研究"),
    "goodman_bacon": ("Goodman-Bacon decomposition", "Goodman-Bacon分解"),
    "negative_weights": ("Weights of the two-way estimate", "双向固定效应权重"),
    "callaway_santanna": ("Callaway-Sant'Anna, not yet treated", "Callaway-Sant'Anna(尚未处理)"),
    "callaway_santanna_never": (
        "Callaway-Sant'Anna, never treated",
        "Callaway-Sant'Anna(从未处理)",
    ),
    "sun_abraham": ("Sun-Abraham", "Sun-Abraham"),
    "imputation": ("Imputation (Borusyak-Jaravel-Spiess)", "插补法(BJS)"),
    "two_stage": ("Two-stage (Gardner)", "两阶段(Gardner)"),
    "extended_twfe": ("Extended two-way (Wooldridge)", "扩展双向固定效应(Wooldridge)"),
    "stacked": ("Stacked regression", "堆叠回归"),
    "synthetic_did": ("Synthetic DID", "合成双重差分"),
    "fake_rollout": ("Random units in random years", "随机个体与年份"),
    "permuted_paths": ("Treatment paths permuted", "处理路径置换"),
    "in_time_placebo": ("Treatment two years early", "处理时间提前两年"),
    "heterogeneity": ("Two-way, by group", "双向固定效应(分组)"),
    "moderation": ("Two-way, with moderator", "双向固定效应(调节)"),
    "dose_bins": ("Two-way, bins of the dose", "双向固定效应(剂量分组)"),
    "mediation": ("Three-step mediation", "三步中介法"),
    "leave_one_out": ("Without each unit in turn", "逐一剔除个体"),
    "local_projection": ("Local projection", "局部投影"),
    "local_projection_jackknife": (
        "Local projection, split-panel jackknife",
        "局部投影(分割面板刀切)",
    ),
    "non_causality": ("Non-causality (Dumitrescu-Hurlin)", "非因果检验(Dumitrescu-Hurlin)"),
    "three_stage": ("Two equations by three-stage least squares", "联立方程三阶段最小二乘"),
    "psm_nearest": ("Nearest neighbour on the score", "最近邻匹配"),
    "psm_kernel": ("Kernel on the score", "核匹配"),
    "entropy_balancing": ("Entropy balancing", "熵平衡"),
}

WEIGHTS = {
    "contiguity": ("Contiguity", "邻接"),
    "inverse_distance": ("Inverse distance", "反距离"),
    "inverse_distance_squared": ("Inverse squared distance", "反距离平方"),
    "economic": ("Economic distance", "经济距离"),
    "nested": ("GDP over distance", "经济地理嵌套"),
    "nearest_6": ("6 nearest neighbours", "最近6邻"),
    "own": ("Own matrix", "自有矩阵"),
}

# Short names for a heading; a sample's full description stands in spec.SAMPLES.
SAMPLES = {
    "main": ("Main", "基准样本"),
    "long": ("Long", "长样本"),
    "pre_covid": ("Pre-2020", "疫情前"),
    "no_municipalities": ("No municipalities", "剔除直辖市"),
    "no_service_pilots": ("No service pilots", "剔除服务试点"),
    "from_2014": ("From 2014", "2014年起"),
    "from_2016": ("From 2016", "2016年起"),
    "from_2019": ("From 2019", "2019年起"),
    "2014_to_2018": ("2014-2018", "2014-2018年"),
    "to_2018": ("To 2018", "2018年止"),
    "cohort_2016": ("Cohort 2016, 2013-2018", "2016年队列，2013-2018"),
    "cohort_2016_long": ("Cohort 2016, 2011-2018", "2016年队列，2011-2018"),
    "city": ("All rows", "全部观测"),
    "balanced": ("Balanced", "平衡面板"),
    "balanced_linked": ("Balanced, bordering", "平衡面板(相邻)"),
    "city_no_municipalities": ("No municipalities or sub-provincial", "剔除直辖市与副省级城市"),
    "city_no_batch_5": ("No batch 5", "剔除第五批"),
    "city_no_later_zones": ("No zones after 2020", "剔除2020年后设区城市"),
    "city_no_service_pilots": ("No service pilots", "剔除服务试点城市"),
    "city_no_north_east": ("No north-east", "剔除东北"),
    "city_no_redrawn": ("No redrawn borders", "剔除区划调整城市"),
    "city_pre_covid": ("To 2019", "2019年止"),
    "city_cohort_2016": ("Cohort 2016", "2016年队列"),
    "city_cohort_2019": ("Cohort 2019", "2019年队列"),
    "city_cohort_2020": ("Cohort 2020", "2020年队列"),
    "city_sums": ("Sums by province", "按省加总"),
    "own": ("Own panel", "自有面板"),
    "firm_all": ("All complete rows", "全部完整观测"),
    "firm": ("By the sample rules", "按样本规则"),
    "firm_balanced": ("Balanced", "平衡面板"),
    "firm_stayers": ("Firms that never move", "未迁址企业"),
    "firm_no_municipalities": ("No municipalities", "剔除直辖市"),
    "firm_pre_covid": ("To 2019", "2019年止"),
}

# Samples of firms without their years, which are those of the reader's panel.
FIRM_SAMPLES = {
    "firm_all": "指数各指标齐全的企业",
    "firm": "指标齐全且符合样本规则的企业",
    "firm_balanced": "各年均有观测的企业",
    "firm_stayers": "从未迁址的企业",
    "firm_no_municipalities": "直辖市以外的企业",
    "firm_pre_covid": "2019年止的企业样本",
}

# Samples of cities in full; the English stands in spec.SAMPLES.
CITY_SAMPLES = {
    "city": "六项指标齐全的城市，2011-2020年",
    "balanced": "各年均有观测的城市，2011-2020年",
    "balanced_linked": "各年均有观测且与另一此类城市相邻的城市，2011-2020年",
    "city_no_municipalities": "剔除直辖市与副省级城市的城市样本，2011-2020年",
    "city_no_batch_5": "剔除第五批综试区的城市样本，2011-2020年",
    "city_no_later_zones": "剔除2020年后设区城市的城市样本，2011-2020年",
    "city_no_service_pilots": "剔除2012-2015年服务试点城市的城市样本，2011-2020年",
    "city_no_north_east": "剔除东北的城市样本，2011-2020年",
    "city_no_redrawn": "剔除行政区划调整城市的城市样本，2011-2020年",
    "city_pre_covid": "六项指标齐全的城市，2011-2019年",
    "city_cohort_2016": "平衡样本中2016年首次处理与2020年止未处理的城市，2011-2020年",
    "city_cohort_2019": "平衡样本中2019年首次处理与2020年止未处理的城市，2011-2020年",
    "city_cohort_2020": "平衡样本中2020年首次处理与2020年止未处理的城市，2011-2020年",
    "city_sums": "平衡样本城市按省加总，2011-2020年",
}

# Variants of a column that no other dimension tells apart.
VARIANTS = {
    "": ("Main", "基准"),
    "lee_yu": ("Lee-Yu transformation", "Lee-Yu变换"),
    "rings": ("rings of distance", "距离环"),
    "simulated": ("simulated errors", "模拟标准误"),
    "delta": ("delta-method errors", "Delta法标准误"),
    "without_2015": ("without cohort 2015", "剔除2015年队列"),
    "crv1": ("Clusters by province (CRV1)", "省份聚类(CRV1)"),
    "own_crv1": ("Clusters (CRV1)", "聚类(CRV1)"),
    "own_crv3": ("Jackknife over clusters (CRV3)", "聚类刀切(CRV3)"),
    "crv3": ("Jackknife over provinces (CRV3)", "省份刀切(CRV3)"),
    "wild_rademacher": ("Wild cluster bootstrap, Rademacher", "野聚类自助(Rademacher)"),
    "wild_webb": ("Wild cluster bootstrap, Webb", "野聚类自助(Webb)"),
    "wild_subcluster": ("Wild subcluster bootstrap", "野子聚类自助"),
    "randomisation": ("Randomisation of treatment paths", "处理路径随机化"),
    "driscoll_kraay": ("Driscoll-Kraay, lag 2 (T = 10)", "Driscoll-Kraay(滞后2期)"),
    "driscoll_kraay_by_horizon": ("Driscoll-Kraay errors", "Driscoll-Kraay标准误"),
    "one_lag": ("1 lag", "滞后1期"),
    "two_lags": ("2 lags", "滞后2期"),
    "own_controls": ("own controls", "各自的控制变量"),
    "own_controls_conventional": (
        "own controls, conventional errors",
        "各自的控制变量，常规标准误",
    ),
    "own_controls_and_zones": ("own controls and zones", "各自的控制变量与综试区"),
    "conley_500": ("Conley, 500 km", "Conley(500公里)"),
    "conley_1000": ("Conley, 1,000 km", "Conley(1000公里)"),
    "conley_1500": ("Conley, 1,500 km", "Conley(1500公里)"),
    "region_year": ("Clusters by region", "地区聚类"),
    "gravity": ("ln strength of the link", "联系强度(对数)"),
    "mass_sum": ("sum of the two ln masses", "两城市质量对数之和"),
    "frozen_masses": ("ln strength, masses of 2011-2014", "联系强度(质量固定为2011-2014年)"),
    "link": ("linked or not", "是否有联系"),
    "gravity_in_time": ("ln strength, placebo from 2013", "联系强度，2013年安慰剂"),
    "link_in_time": ("linked or not, placebo from 2013", "是否有联系，2013年安慰剂"),
    "crv1_city": ("Clusters by city (CRV1)", "城市聚类(CRV1)"),
    "crv3_city": ("Jackknife over cities (CRV3)", "城市刀切(CRV3)"),
    "province_clusters": ("Clusters by province (CRV1)", "省份聚类(CRV1)"),
    "conley_200": ("Conley, 200 km", "Conley(200公里)"),
    "past_outcome": ("past index among the covariates", "协变量含前期指数"),
    "resource_based": ("By resource base", "按资源型"),
    "coastal_city": ("By shore", "按滨海"),
    "size_class": ("By size", "按规模"),
    "municipality": ("Municipalities apart", "直辖市"),
    "lagged_treatment": ("Treatment of the year before", "滞后一期处理"),
    "first_difference": ("First differences", "一阶差分"),
    "winsorised_variables": ("Outcome and controls winsorised 1 %", "变量1%缩尾"),
    "initial": ("Moderator of 2013", "2013年调节变量"),
    "contemporaneous": ("Moderator of the year", "当年调节变量"),
    "region3": ("By region", "按地区"),
    "coastal": ("By coast", "沿海与内陆"),
    "digital_finance_index": ("By digital finance", "按数字金融"),
    "indicator": ("Indicators", "指标"),
    "concept": ("Concepts", "发展理念"),
    "technology_turnover_intensity": ("Mediator: technology market", "中介：技术市场"),
    "rd_intensity": ("Mediator: R&D intensity", "中介：研发强度"),
    "openness": ("Mediator: trade", "中介：对外开放"),
    "ecommerce_intensity": ("Mediator: e-commerce", "中介：电子商务"),
    "firm_clusters": ("clusters by firm", "企业聚类"),
    "state_owned": ("By ownership", "按产权"),
    "ln_assets": ("By size", "按规模"),
    "marketisation": ("By marketisation", "按市场化程度"),
    "sa_index": ("Mediator: SA index", "中介：SA指数"),
    "digital_transformation": ("Mediator: digital transformation", "中介：数字化转型"),
}

VARIANT_FORMS = (
    (r"cutoff:(?P<n>.+)", "inverse distance to {n} km", "反距离，截断{n}公里"),
    (r"neighbours:(?P<n>.+)", "{n} nearest neighbours", "最近{n}邻"),
    (r"exponent:(?P<n>.+)", "distance to the power −{n}", "距离的−{n}次方"),
    (r"near:(?P<n>.+)", "another zone within {n} km", "{n}公里内另有综试区"),
    (r"floor:(?P<n>.+)", "income distance, floor {n} of the mean", "经济距离，下限为均值的{n}"),
)

CONTROL_SETS = {
    "none": ("None", "无"),
    "baseline": ("Baseline", "基准"),
    "without_openness": ("Baseline without trade", "基准(剔除开放度)"),
    "without_urbanisation": ("Baseline without urbanisation", "基准(剔除城镇化)"),
    "without_secondary_share": ("Baseline without secondary share", "基准(剔除二产占比)"),
    "with_big_data_zones": ("Baseline and big-data zones", "基准+大数据试验区"),
    "with_broadband_china": ("Baseline and Broadband China", "基准+宽带中国"),
    "with_digital_economy_zones": ("Baseline and digital-economy zones", "基准+数字经济试验区"),
    "with_free_trade_zones": ("Baseline and free-trade zones", "基准+自贸区"),
    "with_all_policies": ("Baseline and all four policies", "基准+四项政策"),
    "city": ("City", "城市控制变量"),
    "city_without_finance": ("City without finance", "城市控制变量(剔除金融)"),
    "city_without_fdi_share": ("City without FDI", "城市控制变量(剔除外资)"),
    "city_with_big_data_zones": ("City and big-data zones", "城市控制变量+大数据试验区"),
    "city_with_broadband_china": ("City and Broadband China", "城市控制变量+宽带中国"),
    "city_with_digital_economy_zones": (
        "City and digital-economy zones",
        "城市控制变量+数字经济试验区",
    ),
    "city_with_free_trade_zones": ("City and free-trade zones", "城市控制变量+自贸区"),
    "city_with_all_policies": ("City and all four policies", "城市控制变量+四项政策"),
    "firm": ("Firm", "企业控制变量"),
    "firm_without_financing": ("Firm without size, age, cash flow", "企业控制变量(仅治理)"),
    "own": ("Own", "自有控制变量"),
}

EFFECT_SETS = {
    "none": ("No effects", "无固定效应"),
    "unit": ("Unit effects", "个体固定效应"),
    "period": ("Year effects", "年份固定效应"),
    "two_way": ("Unit and year effects", "双向固定效应"),
    "unit_trends": ("Unit trends", "个体时间趋势"),
    "region_year": ("Region × year effects", "地区×年份效应"),
    "province_year": ("Province × year effects", "省份×年份效应"),
    "industry_year": ("Industry × year effects", "行业×年份效应"),
}

TIMINGS = {
    "half_year": ("Half year", "半年规则"),
    "same_year": ("Same year", "批复当年"),
    "next_year": ("Next year", "批复次年"),
    "exposure": ("Exposure", "按天数折算"),
}

# How the errors of a kind are made.
INFERENCES = {
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
