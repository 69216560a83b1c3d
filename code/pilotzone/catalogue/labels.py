"""Labels of variables and terms in English and Chinese, from ``data/codebook.csv``."""

import contextlib
import csv
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pilotzone.catalogue.samples import OWN
from pilotzone.errors import UserError

DATA = Path(__file__).parents[3] / "data"
CODEBOOK = DATA / "codebook.csv"
PROVINCES = DATA / "raw" / "provinces.csv"
LANGUAGES = ("en", "zh")
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

# Words around a variable's label in a term such as ``indirect:zone_share``.
PREFIXES = {
    "W": ("W × {}", "W×{}"),
    "direct": ("Direct effect: {}", "直接效应：{}"),
    "indirect": ("Indirect effect: {}", "间接效应：{}"),
    "total": ("Total effect: {}", "总效应：{}"),
    "municipality_share": (
        "Municipalities' share of the variance of {}",
        "直辖市占{}变异的比重",
    ),
    "no_municipalities": ("Without municipalities: {}", "剔除直辖市：{}"),
}
ELEMENTS = {
    "labour": ("Labour", "劳动力"),
    "tools": ("Tools", "生产工具"),
    "labourers": ("Labourers", "劳动者"),
    "objects_of_labour": ("Objects of labour", "劳动对象"),
    "means_of_labour": ("Means of labour", "劳动资料"),
}
TERMS = {
    "rho": ("ρ", "ρ"),
    "lambda": ("λ", "λ"),
    "tau": ("τ (time lag)", "τ(时间滞后)"),
    "eta": ("η (space-time lag)", "η(时空滞后)"),
    "largest_root": ("Largest root", "最大特征根"),
    "overall:simple": ("Average effect: all treated cells", "平均效应：全部处理单元"),
    "overall:dynamic": ("Average effect: mean over event time", "平均效应：按相对时间"),
    "overall:group": ("Average effect: mean over cohorts", "平均效应：按队列"),
    "overall:calendar": ("Average effect: mean over years", "平均效应：按年份"),
    "overall:post": ("Mean effect after treatment", "处理后平均效应"),
    "test:leads": ("Leads jointly zero", "处理前系数联合检验"),
    "test:equality": ("Groups equal", "组间相等检验"),
    "test:romano_wolf": ("Family p (Romano-Wolf)", "Romano-Wolf多重检验p值"),
    "test:on_t": ("Place among the draws, by |t|", "抽样中的位置(按|t|)"),
    "test:on_coefficient": ("Place among the draws, by |coefficient|", "抽样中的位置(按系数)"),
    "draws:mean": ("Mean of the draws", "抽样均值"),
    "draws:sd": ("SD of the draws", "抽样标准差"),
    "slope:explains_lags": ("Slope that explains the lags", "可解释处理后系数的线性趋势斜率"),
    "slope:of_leads": ("Slope of the leads", "处理前系数的斜率"),
    "slope:joint_power_80": ("Slope found with power 80 %", "功效80%可检出的斜率"),
    "power:joint": ("Power of the joint test against it", "联合检验对该趋势的功效"),
    "power:individual": ("Power of the single tests against it", "单项检验对该趋势的功效"),
    "effective_clusters": ("Effective number of clusters", "有效聚类数"),
    "residuals": ("Residuals of the baseline", "基准回归残差"),
    "exposed": ("Untreated with a treated neighbour", "有处理邻居的未处理单位"),
    "share_negative": ("Share of treated cells with a negative weight", "负权重单元占比"),
    "sum_negative": ("Sum of negative weights", "负权重之和"),
    "step:total": ("Total effect (without the mediator)", "总效应(不含中介)"),
    "step:first": ("Effect on the mediator", "对中介变量的效应"),
    "step:second": ("Coefficient of the mediator", "中介变量系数"),
    "step:direct": ("Direct effect (with the mediator)", "直接效应(含中介)"),
    "near:treated": ("Treated, another zone near", "处理组，附近另有综试区"),
    "near:untreated": ("Untreated, a zone near", "未处理，附近有综试区"),
    "near:share_of_treated": (
        "Share of treated rows with another zone near",
        "处理组中附近另有综试区的占比",
    ),
    "pair:one": ("One city of the pair has a zone", "一方设区"),
    "pair:both": ("Both cities of the pair have a zone", "双方设区"),
    "left_out:lowest": ("Lowest without one unit", "逐一剔除：最小值"),
    "left_out:highest": ("Highest without one unit", "逐一剔除：最大值"),
    "left_out:share_same_sign": ("Share with the same sign", "符号一致的比例"),
    "matched:treated": ("Treated units with weight", "匹配处理单位数"),
    "matched:controls": ("Control units with weight", "匹配对照单位数"),
    "test:lm_error": ("LM error", "LM误差检验"),
    "test:robust_lm_error": ("Robust LM error", "稳健LM误差检验"),
    "test:lm_lag": ("LM lag", "LM滞后检验"),
    "test:robust_lm_lag": ("Robust LM lag", "稳健LM滞后检验"),
    "test:lr_unit_effects": ("LR: unit effects", "LR：个体效应"),
    "test:lr_period_effects": ("LR: period effects", "LR：时期效应"),
    "test:hausman": ("Hausman: fixed against random", "Hausman检验"),
    "test:lr_sdm_sar": ("LR: SDM against SAR", "LR：SDM与SAR"),
    "test:wald_sar": ("Wald: SDM against SAR", "Wald：SDM与SAR"),
    "test:lr_sdm_sem": ("LR: SDM against SEM", "LR：SDM与SEM"),
    "test:wald_sem": ("Wald: SDM against SEM", "Wald：SDM与SEM"),
    "test:rho": ("ρ among the draws", "ρ在抽样中的位置"),
    "test:indirect": ("Indirect effect among the draws", "间接效应在抽样中的位置"),
    "test:first_stage": ("First stage: F of the instruments", "第一阶段：工具变量F值"),
    "test:anderson_rubin": (
        "Coefficient zero whatever the first stage (Anderson-Rubin)",
        "系数为零（Anderson-Rubin，不依赖第一阶段强度）",
    ),
    "test:overidentification": ("Overidentification, J", "过度识别检验(J)"),
    "w_bar": ("W-bar, mean Wald statistic of the units", "W-bar（各个体Wald统计量均值）"),
    "test:z_bar": ("Z-bar, for long panels", "Z-bar（适用于长面板）"),
    "test:z_bar_tilde": ("Z-bar tilde, corrected for few periods", "Z-bar tilde（小T校正）"),
    "test:bootstrap": ("W-bar among panels without causality", "W-bar在无因果自助面板中的位置"),
    "breakdown:smoothness": ("Breakdown value, smoothness", "临界值(平滑性)"),
    "breakdown:relative_magnitudes": ("Breakdown value, relative size", "临界值(相对幅度)"),
}
# Terms with a number or a name in them.
TERM_FORMS = (
    (r"event:(?P<n>-?\d+)", "Event time {n}", "相对时间{n}"),
    (r"att:(?P<g>\d+):(?P<t>\d+)", "ATT({g}, {t})", "ATT({g}, {t})"),
    (r"cohort:(?P<g>\d+)", "Cohort {g}", "{g}年队列"),
    (r"calendar:(?P<t>\d+)", "Year {t}", "{t}年"),
    (r"weight:(?P<g>\d+):(?P<t>\d+)", "Cohort {g} in {t}", "{g}年队列，{t}年"),
    (r"bin:(?P<low>[\d.]+)-(?P<high>[\d.]+)", "Share in ({low}, {high}]", "占比({low}, {high}]"),
    (r"smoothness:(?P<m>.+)", "95 % interval, smoothness M = {m}", "95%区间，平滑性M={m}"),
    (
        r"relative_magnitudes:(?P<m>.+)",
        "95 % interval, relative size M = {m}",
        "95%区间，相对幅度M={m}",
    ),
    (
        r"ring:(?P<low>[\d.]+)-(?P<high>[\d.]+)",
        "Untreated, a zone within {low} to {high} km",
        "未处理，{low}至{high}公里内有综试区",
    ),
    (r"ring:(?P<low>[\d.]+)-", "Untreated, beyond {low} km", "未处理，{low}公里以外"),
    (r"horizon:(?P<n>\d+)", "Response at horizon {n}", "第{n}期响应"),
    (r"parallel_trends:.+", "95 % interval under parallel trends", "95%区间，平行趋势"),
)
GROUPS = {
    "treated": ("treated", "处理组"),
    "untreated": ("untreated", "未处理组"),
    "east": ("east", "东部"),
    "central": ("central", "中部"),
    "west": ("west", "西部"),
    "northeast": ("north-east", "东北"),
    "coastal": ("coastal", "沿海"),
    "inland": ("inland", "内陆"),
    "resource_based": ("resource-based", "资源型"),
    "not_resource_based": ("not resource-based", "非资源型"),
    "coastal_city": ("on the shore", "滨海"),
    "inland_city": ("not on the shore", "非滨海"),
    "municipality": ("municipality", "直辖市"),
    "city": ("other city", "其他城市"),
    "province": ("other province", "其他省份"),
    "over_5m": ("over 5 million", "500万以上"),
    "1m_to_5m": ("1 to 5 million", "100至500万"),
    "under_1m": ("under 1 million", "100万以下"),
    "low_digital_finance_index": ("low digital finance in 2013", "2013年数字金融较低"),
    "high_digital_finance_index": ("high digital finance in 2013", "2013年数字金融较高"),
    "state_owned": ("state-owned", "国有"),
    "not_state_owned": ("not state-owned", "非国有"),
    "low_ln_assets": ("small in the first year", "首年规模较小"),
    "high_ln_assets": ("large in the first year", "首年规模较大"),
    "low_marketisation": ("low marketisation in the first year", "首年市场化程度较低"),
    "high_marketisation": ("high marketisation in the first year", "首年市场化程度较高"),
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
COMPARISONS = {
    "treated vs never treated": ("Treated against never treated", "处理组与从未处理组"),
    "earlier vs later": ("Earlier against later treated", "先处理与后处理"),
    "later vs earlier": ("Later against earlier treated", "后处理与先处理"),
    "treated vs always treated": ("Treated against always treated", "处理组与一直处理组"),
}
VERDICTS = {
    "holds": ("holds", "成立"),
    "fragile": ("fragile", "不稳健"),
    "does not hold": ("does not hold", "不成立"),
    "not identified here": ("not identified here", "此处不可识别"),
    "needs licensed data": ("needs licensed data", "需授权数据"),
    "theory, not judged": ("theory, not judged", "理论,不作判断"),
}
STUDY_DESIGNS = {
    "two-way panel, spatial, moderation": "双向固定效应、空间、调节",
    "two-way panel, mediation, spatial": "双向固定效应、中介、空间",
    "theory of the five development concepts": "五大发展理念的理论分析",
    "multi-period DID, network": "多期双重差分、网络",
    "multi-period DID": "多期双重差分",
    "multi-period DID, spillover": "多期双重差分、溢出",
}
# Claims of the reviewed studies as worded in studies.py.
CLAIMS = {
    "Cross-border e-commerce raises new quality productive forces of provinces": (
        "跨境电商提升省域新质生产力"
    ),
    "Digital finance strengthens the effect": "数字金融强化该效应",
    "Positive spatial spillover between provinces": "省际正向空间溢出",
    "It works through digital trade (here: trade over GDP)": (
        "通过数字贸易发挥作用（此处：进出口占GDP）"
    ),
    "It works through industrial upgrading": "通过产业升级发挥作用",
    "The effect differs between regions": "效应存在地区差异",
    "Spatial transmission between provinces": "省际空间传导",
    "Works on all five development concepts (theory)": "作用于五大发展理念（理论）",
    "Zones raise new quality productive forces of cities": "综试区提升城市新质生产力",
    "Through the conversion on technology markets (here: of provinces)": (
        "通过技术市场转化（此处：省级）"
    ),
    "Through the efficiency of factor combination": "通过要素组合效率",
    "The network of city cooperation improves": "改善城市合作网络",
    "Zones raise new quality productive forces of listed firms": "综试区提升上市企业新质生产力",
    "Through digital transformation and eased financing constraints": (
        "通过数字化转型与缓解融资约束"
    ),
    "Through technological breakthrough (green invention patents, science share)": (
        "通过技术突破（绿色发明专利、科学支出占比）"
    ),
    "Through industrial upgrading (tertiary over secondary value added)": (
        "通过产业升级（三产与二产增加值之比）"
    ),
    "Positive spillover to other cities": "对其他城市的正向溢出",
    "Through agglomeration": "通过集聚",
    "Through factor allocation (finance and foreign investment over GRP)": (
        "通过要素配置（金融与外资占地区生产总值）"
    ),
    "Through exports (here: trade over GDP of provinces)": "通过出口（此处：省级进出口占GDP）",
    "Stronger in cities that are not resource-based": "非资源型城市效应更强",
    "Stronger in inland cities": "内陆城市效应更强",
    "Through digital trade, financing, integration and absorption": (
        "通过数字贸易、融资、融合与吸收"
    ),
    "Stronger where marketisation is low, and inland": "市场化水平低的地区与内陆效应更强",
}
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


@functools.cache
def codebook(panel: str = "") -> dict[str, dict[str, str]]:
    """Return the rows of the codebook by variable: those of one panel, or the first of each.

    A variable of several panels has one label; its unit may differ.
    """
    with CODEBOOK.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if panel in ("", row["panel"])]
    book: dict[str, dict[str, str]] = {}
    for row in rows:
        book.setdefault(row["variable"], row)
    return book


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
    if name in DECLARED:
        return DECLARED[name][LANGUAGES.index(language)]
    row = codebook().get(name)
    if row is None:
        raise UserError(f"data/codebook.csv has no variable '{name}'; add a row with its labels")
    return row[f"label_{language}"]


# Variables of a reader's panel, and what its units are called.
DECLARED: dict[str, tuple[str, str]] = {}


@contextlib.contextmanager
def declared(variables: Mapping[str, tuple[str, str]], units: str) -> Iterator[None]:
    """Know the variables of a reader's panel and its kind of units inside the block.

    A variable that the codebook knows too has the reader's label there: nothing of the project is
    rendered in the block.

    Parameters
    ----------
    variables : mapping from variable to its English and Chinese label
    units : str
        A key of :data:`UNITS`.
    """
    DECLARED.update(variables)
    UNITS[OWN] = UNITS[units]
    try:
        yield
    finally:
        DECLARED.clear()
        del UNITS[OWN]


def term(name: str, language: str = "en") -> str:
    """Return the label of a term: a variable, a parameter, or a prefix before either."""
    position = LANGUAGES.index(language)
    prefix, _, rest = name.partition(":")
    if rest and prefix in PREFIXES:
        return PREFIXES[prefix][position].format(term(rest, language))
    if name in TERMS:
        return TERMS[name][position]
    left, _, right = name.partition("#")
    if right:
        by = word(right, language, GROUPS) if right in GROUPS else variable(right, language)
        return f"{term(left, language)} × {by}"
    for pattern, *forms in TERM_FORMS:
        found = re.fullmatch(pattern, name)
        if found:
            return forms[position].format(**found.groupdict()).replace("-", "−")
    return variable(name, language)


VARIANT_FORMS = (
    (r"cutoff:(?P<n>.+)", "inverse distance to {n} km", "反距离，截断{n}公里"),
    (r"neighbours:(?P<n>.+)", "{n} nearest neighbours", "最近{n}邻"),
    (r"exponent:(?P<n>.+)", "distance to the power −{n}", "距离的−{n}次方"),
    (r"near:(?P<n>.+)", "another zone within {n} km", "{n}公里内另有综试区"),
    (r"floor:(?P<n>.+)", "income distance, floor {n} of the mean", "经济距离，下限为均值的{n}"),
)


def variant_name(name: str, language: str = "en") -> str:
    """Return the label of a variant: a declared one, or a form with a number in it."""
    for pattern, *forms in VARIANT_FORMS:
        found = re.fullmatch(pattern, name)
        if found:
            return forms[LANGUAGES.index(language)].format(**found.groupdict())
    return word(name, language, VARIANTS)


def word(name: str, language: str = "en", table: Mapping[str, tuple[str, str]] = WORDS) -> str:
    """Return the label of a name from one of this module's tables.

    Raises
    ------
    UserError
        If the table has no such name.
    """
    if name not in table:
        first = next(iter(table.values()))[0]
        raise UserError(f"labels.py has no label for '{name}'; add it to the table of '{first}'")
    return table[name][LANGUAGES.index(language)]


def translated(text: str, language: str, table: Mapping[str, str]) -> str:
    """Return an English text as it stands, or in Chinese from one of this module's tables.

    Raises
    ------
    UserError
        If the table has no such text.
    """
    if text not in table:
        first = next(iter(table))
        raise UserError(f"labels.py has no Chinese for '{text}'; add it to the table of '{first}'")
    return text if language == "en" else table[text]


def mark(name: str, language: str = "en") -> str:
    """Return a mark of :data:`MARKS` with the space that belongs behind it."""
    return word(name, language, MARKS)


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


def cluster(name: str, panel: str, language: str = "en") -> str:
    """Return by what errors are clustered, as it stands within a sentence."""
    label = _grouping(name, panel, language) if name in CLUSTERS else name
    return label.lower() if language == "en" else label


# Names of clusters that have a label; a reader's own column has none.
CLUSTERS = ("unit", "province_code", "city_code")


def _grouping(name: str, panel: str, language: str) -> str:
    if name == "unit":
        return UNITS[panel][LANGUAGES.index(language)][0].capitalize()
    if name == "period":
        return word("year", language)
    if name in ("province_code", "city_code"):
        units = UNITS[name.removesuffix("_code")]
        return units[LANGUAGES.index(language)][0].capitalize()
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
