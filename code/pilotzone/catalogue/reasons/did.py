"""Words of what the designs of differences, their errors and their tests cannot identify."""

REASONS: dict[str, tuple[str, str]] = {
    # Cells of staggered adoption, and what is averaged over them.
    "no_effect": (
        "no effect is identified: {why:reason}",
        "没有可识别的效应：{why:reason}",
    ),
    "no_effect_without": (
        "no effect is identified without cohort {without:years}: {why:reason}",
        "剔除{without:years}年队列后没有可识别的效应：{why:reason}",
    ),
    "no_cell": (
        "no cell from treatment on is in the sample",
        "样本中没有处理后的组别-时间单元",
    ),
    "no_cell_without": (
        "no cell from treatment on is in the sample without cohort {without:years}",
        "剔除{without:years}年队列后，样本中没有处理后的组别-时间单元",
    ),
    "all_cells": ("{why:reason} ({cells} cells)", "{why:reason}（{cells}个单元）"),
    "first_of_cells": (
        "{why:reason} ({cells} cells; the first of {reasons} reasons)",
        "{why:reason}（{cells}个单元；{reasons}条原因之首）",
    ),
    "in_cell": (
        "cohort {cohort} in {period}: {why:reason}",
        "{cohort}年队列，{period}年：{why:reason}",
    ),
    "in_cohort": ("cohort {cohort}: {why:reason}", "{cohort}年队列：{why:reason}"),
    "no_never_treated": (
        "no unit is never treated: the last cohort is that of {cohort}, in the sample of "
        "{first}-{last} it counts as not yet treated",
        "没有从未处理的个体：最后的队列为{cohort}年，在{first}-{last}年样本中视为尚未处理",
    ),
    "no_period_before": (
        "cohort {cohort} has no period before treatment in {first}-{last}",
        "{cohort}年队列在{first}-{last}年没有处理前的时期",
    ),
    "no_untreated_unit": (
        "cohort {cohort} in {period}: no unit is untreated in {period}",
        "{cohort}年队列，{period}年：{period}年没有未处理个体",
    ),
    "not_linked": (
        "cohort {cohort} in {period}: no unit untreated in {period} is linked to the cohort's "
        "periods before treatment",
        "{cohort}年队列，{period}年：{period}年的未处理个体与该队列的处理前时期没有联系",
    ),
    "no_untreated_in_both": (
        "cohort {cohort} in {period}: no untreated unit is observed in {period} and {base}",
        "{cohort}年队列，{period}年：没有未处理个体在{period}年与{base}年均有观测",
    ),
    "no_treated_in_both": (
        "cohort {cohort} in {period}: no unit of cohort {cohort} is observed in {period} and "
        "{base}",
        "{cohort}年队列，{period}年：该队列没有个体在{period}年与{base}年均有观测",
    ),
    "observed_once": (
        "cohort {cohort} in {period}: its units are observed in no other period",
        "{cohort}年队列，{period}年：其个体在其他时期均无观测",
    ),
    "one_treated_unit": ("one treated unit", "仅一个处理个体"),
    "one_control_unit": ("one control unit", "仅一个对照个体"),
    "one_treated_cluster": ("one treated cluster", "仅一个处理聚类"),
    "one_control_cluster": ("one control cluster", "仅一个对照聚类"),
    "nobody_treated": (
        "no unit is treated in {first}-{last}",
        "{first}-{last}年没有个体受到处理",
    ),
    "no_switch": (
        "no unit switches into treatment in {first}-{last}",
        "{first}-{last}年没有个体进入处理状态",
    ),
    "one_cohort": (
        "all units are of the cohort of {cohort}: there is nothing to compare",
        "所有个体同属{cohort}年队列：无从比较",
    ),
    "flat_treatment": (
        "the treatment does not vary within unit and period effects",
        "在个体与时期固定效应之内，处理变量没有变异",
    ),
    "collinear_controls": (
        "the controls are collinear, or one does not vary, among the untreated rows within unit "
        "and period effects",
        "在个体与时期固定效应之内，未处理观测的控制变量共线或没有变异",
    ),
    "not_observed_before": (
        "no unit of cohort {cohort} is observed in {period}, the last period before its treatment",
        "{cohort}年队列没有个体在处理前的最后时期{period}年有观测",
    ),
    "reference_treated": (
        "the last cohort is treated from {cohort}, the sample is {first}-{last}: as the reference "
        "it needs a sample that ends before {cohort}",
        "最后的队列自{cohort}年起受处理，样本期为{first}-{last}年："
        "以其为参照须使样本止于{cohort}年之前",
    ),
    "reference_not_observed": (
        "no unit of the reference is observed in {period}",
        "参照组在{period}年没有观测",
    ),
    "separated": (
        "the covariates separate treated units from controls",
        "协变量将处理个体与对照完全分离",
    ),
    "flat_covariate": (
        "a covariate is the same for treated units and controls",
        "有协变量在处理个体与对照之间没有差异",
    ),
    "collinear_covariates": (
        "the covariates are collinear among the {controls} controls",
        "协变量在{controls}个对照中共线",
    ),
    # One sample per cohort, synthetic controls.
    "no_stack": (
        "no cohort can be stacked: {whys:reasons}",
        "没有可堆叠的队列：{whys:reasons}",
    ),
    "window_outside": (
        "cohort {cohort}: its window {start}-{end} is not within {first}-{last}",
        "{cohort}年队列：窗口期{start}-{end}年超出样本期{first}-{last}年",
    ),
    "no_untreated_throughout": (
        "cohort {cohort}: no unit is untreated throughout {start}-{end}",
        "{cohort}年队列：没有个体在{start}-{end}年始终未处理",
    ),
    "synthetic_needs_units": (
        "synthetic DID needs a treated unit and two units untreated throughout; there are "
        "{treated} and {untreated}",
        "合成双重差分须有一个处理个体与两个始终未处理的个体；此处分别为{treated}与{untreated}个",
    ),
    "synthetic_needs_periods": (
        "synthetic DID needs two periods before treatment and one after it; there are {before} "
        "and {after}",
        "合成双重差分须有两个处理前时期与一个处理后时期；此处分别为{before}与{after}个",
    ),
    "few_placebos": (
        "placebo errors need more controls ({controls}) than treated units ({treated})",
        "安慰剂标准误要求对照（{controls}个）多于处理个体（{treated}个）",
    ),
    "jackknife_needs_treated": (
        "jackknife errors need two treated units, there is one",
        "刀切标准误须有两个处理个体，此处仅一个",
    ),
    "jackknife_needs_controls": (
        "jackknife errors need two controls with weight, there is one",
        "刀切标准误须有两个权重为正的对照，此处仅一个",
    ),
    # Event studies.
    "reference_alone": (
        "no treated unit has a period other than the reference",
        "处理个体在参照期以外没有观测",
    ),
    "rank_deficient": (
        "the {dummies} event dummies are rank deficient by {missing} given {effects:effects}: a "
        "path and any linear trend added to it fit alike",
        "给定{effects:effects}，{dummies}个事件虚拟变量的秩少{missing}："
        "任一路径加上线性趋势后拟合相同",
    ),
    "empty_event": (
        "the event window {first} … {last} has no row at time {event}",
        "事件窗口{first}至{last}在相对时间{event}没有观测",
    ),
    "no_coefficient_before": (
        "no coefficient before the reference period: nothing bounds the difference in trends",
        "参照期之前没有系数：趋势之差没有约束",
    ),
    "no_coefficient_after": (
        "no coefficient after the reference period: there is no target",
        "参照期之后没有系数：没有估计目标",
    ),
    "path_covariance": (
        "the covariance of the {coefficients} event-study coefficients is not positive definite "
        "(smallest eigenvalue {smallest:.3g}); robust intervals need one of full rank, so more "
        "clusters than coefficients",
        "{coefficients}个事件研究系数的协方差矩阵不是正定的（最小特征值{smallest:.3g}）；"
        "稳健区间要求其满秩，即聚类数多于系数",
    ),
    "no_draw_passes": (
        "none of {draws} draws passes the pre-test under this slope",
        "在该斜率下，{draws}次抽样均未通过处理前检验",
    ),
    "singular_covariance": (
        "the covariance of {coefficients} coefficients has rank {rank}: they cannot be tested "
        "jointly",
        "{coefficients}个系数的协方差矩阵秩为{rank}：不能联合检验",
    ),
    # Matching.
    "matching_needs_units": (
        "matching needs treated units and controls; there are {treated} and {controls}",
        "匹配须有处理个体与对照；此处分别为{treated}与{controls}个",
    ),
    "score_not_converged": (
        "the penalised likelihood of the propensity score did not converge",
        "倾向得分的惩罚似然未收敛",
    ),
    "separation_unknown": (
        "separation of treated and control units unknown: {message}",
        "无法判断处理个体与对照是否分离：{message}",
    ),
    "outside_caliper": (
        "no treated unit has a control within the caliper of {caliper:.4g} ({deviations:g} "
        "standard deviations of the logit); the closest pair is {closest:.4g} apart",
        "处理个体在卡尺{caliper:.4g}（logit的{deviations:g}个标准差）之内均无对照；"
        "最近的一对相距{closest:.4g}",
    ),
    "outside_bandwidth": (
        "no treated unit has a control within the bandwidth of {bandwidth:g} on the common "
        "support: the controls' scores are {controls_low:.4g} to {controls_high:.4g}, those of "
        "the treated units {treated_low:.4g} to {treated_high:.4g}",
        "在共同支撑域上，处理个体在带宽{bandwidth:g}之内均无对照："
        "对照得分为{controls_low:.4g}至{controls_high:.4g}，"
        "处理个体为{treated_low:.4g}至{treated_high:.4g}",
    ),
    "outside_hull": (
        "no positive weights of the {controls} controls equate the means of "
        "{variables:variables}: the treated mean lies outside the convex hull of the controls or "
        "on its edge",
        "{controls}个对照没有使{variables:variables}均值相等的正权重："
        "处理组均值在对照的凸包之外或边界上",
    ),
    "outside_hull_in": (
        "no positive weights of the {controls} controls equate the means of "
        "{variables:variables}: the treated mean lies outside the convex hull of the controls or "
        "on its edge (the controls' values of {beyond:variables} do not reach beyond it)",
        "{controls}个对照没有使{variables:variables}均值相等的正权重："
        "处理组均值在对照的凸包之外或边界上（对照的{beyond:variables}未超出该均值）",
    ),
    "entropy_not_converged": (
        "entropy balancing did not converge: the treated means are at the edge of the controls",
        "熵平衡未收敛：处理组均值位于对照的边界",
    ),
    "no_weight": (
        "no treated or no control unit has weight: nothing to compare",
        "处理个体或对照没有权重：无从比较",
    ),
    "no_matched_unit": (
        "no unit has a matching weight: the matched sample is empty",
        "没有个体具有匹配权重：匹配样本为空",
    ),
    "flat_in_matched": (
        "{variable:variable} has no variation within unit and period effects of the {units} "
        "matched units",
        "在{units}个匹配个体的个体与时期固定效应之内，{variable:variable}没有变异",
    ),
    # Pairs of units.
    "pairs_do_not_change": (
        "the outcome does not change over time within pairs: pair effects explain all of it",
        "被解释变量在城市对之内不随时间变化：全部由城市对固定效应解释",
    ),
    "pairs_change_alike": (
        "the outcome does not change over time within pairs other than by the same amount in all "
        "of them: pair and period effects explain all of it",
        "被解释变量在所有城市对之内的变化相同：全部由城市对与时期固定效应解释",
    ),
    "constant_for_pairs": (
        "{variable:variable} is {value} for all pairs in all periods, its coefficient is not "
        "identified",
        "{variable:variable}在所有城市对的所有时期均为{value}，其系数不可识别",
    ),
    "explained_by_pairs": (
        "{variable:variable} is explained by pair and period effects, its coefficient is not "
        "identified",
        "{variable:variable}由城市对与时期固定效应完全解释，其系数不可识别",
    ),
    "collinear_in_pairs": (
        "{variables:variables} are collinear within pair and period effects, neither coefficient "
        "is identified",
        "在城市对与时期固定效应之内，{variables:variables}共线，二者系数均不可识别",
    ),
    "dyadic_variance": (
        "the dyadic-robust variance of {variable:variable} is not positive ({variance:.3g} with "
        "{units} units): it takes more units, or more pairs without a unit in common",
        "{variable:variable}的城市对稳健方差不为正（{variance:.3g}，{units}个个体）："
        "须有更多个体或更多没有共同个体的对",
    ),
    # Regressions that the rows cannot carry, errors and tests.
    "no_variation": (
        "{variables:variables}: no variation within {effects:effects}",
        "在{effects:effects}之内，{variables:variables}没有变异",
    ),
    "collinear": (
        "{variables:variables} are collinear within {effects:effects}",
        "在{effects:effects}之内，{variables:variables}共线",
    ),
    "no_degrees_of_freedom": (
        "{rows} rows for {parameters} regressors and effects leave no degrees of freedom",
        "{rows}行观测、{parameters}个自变量与固定效应：没有剩余自由度",
    ),
    "all_singletons": (
        "each of the {rows} rows is the only one of some level of {effects:effects}, which fit it "
        "exactly",
        "{rows}行观测各自独占{effects:effects}的某一取值，因而完全拟合",
    ),
    "too_few_clusters": (
        "too few clusters: {clusters}, at least 2 are needed",
        "聚类过少：{clusters}个，至少须有2个",
    ),
    "lost_without_cluster": (
        "{variable:variable} is not identified once one of the clusters is left out: the "
        "jackknife error does not exist",
        "剔除某一聚类后，{variable:variable}不可识别：刀切标准误不存在",
    ),
    "flat_in_effects": (
        "the treatment has no variation within {effects:effects} and the controls: there is no "
        "statistic to compare",
        "在{effects:effects}与控制变量之内，处理变量没有变异：没有可比较的统计量",
    ),
    "no_statistic": (
        "the statistic does not exist for the cohorts of the data",
        "数据的队列不存在该统计量",
    ),
    "no_worst_case": (
        "the regressor sums to zero in every cluster, so that the worst case rho = 1 does not "
        "exist; use rho = 0",
        "自变量在每个聚类之内加总为零，最坏情形ρ=1不存在；应取ρ=0",
    ),
    "indefinite_covariance": (
        "the covariance is not positive semi-definite (smallest eigenvalue {smallest:.3g}); use "
        "another cut-off or fewer lags",
        "协方差矩阵不是半正定的（最小特征值{smallest:.3g}）；应改用其他截断距离或更少的滞后期",
    ),
    "exact_fit": (
        "the regression fits exactly: there is no error to resample",
        "回归完全拟合：没有可供重抽样的残差",
    ),
}
