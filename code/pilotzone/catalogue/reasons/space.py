"""Words of the reasons of the spatial, dynamic and descriptive methods and their estimators."""

REASONS = {
    # Spatial likelihoods and tests.
    "information_singular": (
        "the information on rho and lambda is singular: its smallest eigenvalue, with a unit "
        "diagonal, is {eigenvalue:.3g}",
        "ρ与λ的信息矩阵奇异：对角线标准化后的最小特征值为{eigenvalue:.3g}",
    ),
    "likelihood_flat": (
        "the likelihood of two parameters is flat; change the weights",
        "两个参数的似然函数平坦；应更换权重矩阵",
    ),
    "flat_ridge": (
        "the likelihood is flat in one direction of {parameters:parameters}: the smallest "
        "curvature is {smallest:.3g}, the largest {largest:.3g}",
        "似然函数在{parameters:parameters}的某一方向上平坦：最小曲率为{smallest:.3g}，"
        "最大曲率为{largest:.3g}",
    ),
    "highest_at_bound": (
        "the likelihood of {parameters:parameters} is highest at the bound {bound:.4g} of "
        "{parameter:parameters}",
        "{parameters:parameters}的似然函数在{parameter:parameters}的边界{bound:.4g}处最大",
    ),
    "rival_maxima": (
        "{parameters:parameters} are not told apart: the likelihood has maxima at ({rho:.3f}, "
        "{other:.3f}) and ({rival_rho:.3f}, {rival_other:.3f}) that differ by {gap:.2f}, less "
        "than the {region:.2f} of a 95 % region",
        "{parameters:parameters}无法区分：似然函数在({rho:.3f}, {other:.3f})与({rival_rho:.3f}, "
        "{rival_other:.3f})均有极大值，二者相差{gap:.2f}，小于95%置信域的{region:.2f}",
    ),
    "lag_and_error_alike": (
        "weights '{weights:matrix}': W X b is a combination of the regressors and effects, so "
        "that a lag of the outcome and a lag of the error are not told apart",
        "空间权重“{weights:matrix}”：WXb是自变量与固定效应的线性组合，"
        "被解释变量滞后与误差滞后无法区分",
    ),
    "arrangements_alike": (
        "{name}: weights '{weights:matrix}' give every arrangement of the values the same "
        "statistic",
        "{name}：在空间权重“{weights:matrix}”下，数值的任何排列统计量均相同",
    ),
    "hausman_not_positive": (
        "Hausman test: the covariance with fixed effects less that with random effects is not "
        "positive definite, smallest eigenvalue {eigenvalue:.3g}",
        "Hausman检验：固定效应与随机效应的协方差矩阵之差不是正定的，最小特征值为{eigenvalue:.3g}",
    ),
    "corrected_rho_outside": (
        "the bias correction moves rho to {rho:.4g}, out of ({low:.4g}, {high:.4g})",
        "偏误校正使ρ变为{rho:.4g}，超出({low:.4g}, {high:.4g})",
    ),
    "not_stationary": (
        "the dynamic model is not stationary: largest root {root:.4g}, tau + rho + eta = {sum:.4g}",
        "动态模型不平稳：最大特征根为{root:.4g}，τ+ρ+η={sum:.4g}",
    ),
    # Simulations of a dynamic model, engine/dynamic_space.py.
    "simulation_fails_textbook": (
        "simulated panels of this size fail bias < {bias:g} or coverage >= {coverage:g} at "
        "textbook values (tau {tau:.3f}, eta {eta:.3f}, rho {rho:.3f}): {terms:reasons}; "
        "{failed} of {draws} without a stationary estimate",
        "同规模的模拟面板在教科书参数（τ={tau:.3f}，η={eta:.3f}，ρ={rho:.3f}）下"
        "未满足偏误<{bias:g}或覆盖率不低于{coverage:g}：{terms:reasons}；"
        "{draws}次模拟中{failed}次没有平稳的估计",
    ),
    "simulation_fails_panel": (
        "simulated panels of this size fail bias < {bias:g} or coverage >= {coverage:g} at the "
        "persistence of the panel (tau {tau:.3f}, eta {eta:.3f}, rho {rho:.3f}): "
        "{terms:reasons}; {failed} of {draws} without a stationary estimate",
        "同规模的模拟面板在面板自身的持续性（τ={tau:.3f}，η={eta:.3f}，ρ={rho:.3f}）下"
        "未满足偏误<{bias:g}或覆盖率不低于{coverage:g}：{terms:reasons}；"
        "{draws}次模拟中{failed}次没有平稳的估计",
    ),
    "term_fails": (
        "{parameter:parameters} bias {bias:.3f}, coverage {coverage:.3f}",
        "{parameter:parameters}偏误{bias:.3f}，覆盖率{coverage:.3f}",
    ),
    "largest_root": ("largest root {root:.3f}", "最大特征根为{root:.3f}"),
    "simulated_panels": (
        "{designs} x {draws} simulated panels",
        "{designs}×{draws}个模拟面板",
    ),
    "simulated_at_root": (
        "{draws} simulated panels with largest root {root:.3f}",
        "{draws}个模拟面板，最大特征根为{root:.3f}",
    ),
    # Matrices, neighbours, distances, pairs.
    "largest_row_weight": (
        "largest row weight {weight:.3f}",
        "单个邻居的最大权重为{weight:.3f}",
    ),
    "clean_controls": (
        "clean controls in the last year: {units:units}",
        "最后一年未受影响的对照：{units:units}",
    ),
    "no_clean_control": (
        "no untreated unit without exposure from {year} on: there is no clean control",
        "自{year}年起没有未受影响的未处理个体：不存在干净的对照",
    ),
    "no_year_with_reference": (
        "no year with treated units has {fewest} untreated rows beyond {km:g} km of every "
        "approved zone",
        "在有处理个体的年份中，距所有已批复综试区{km:g}公里以外的未处理观测均不足{fewest}行",
    ),
    "years_without_reference": (
        "without {years:years}: fewer than {fewest} untreated rows beyond {km:g} km of every "
        "approved zone",
        "剔除{years:years}年：距所有已批复综试区{km:g}公里以外的未处理观测不足{fewest}行",
    ),
    "approved_zone_near": (
        "without {rows} rows within {km:g} km of a zone approved but not yet counted",
        "剔除距已批复而尚未计入的综试区{km:g}公里以内的{rows}行",
    ),
    "thin_ring": (
        "ring:{ring} rests on {units} units",
        "{ring}公里的距离环仅含{units}个个体",
    ),
    "base_years": (
        "masses, thresholds of {first}-{last}",
        "质量与阈值取{first}-{last}年",
    ),
    "as_if_from": (
        "cities with a later zone, as if from {year}",
        "其后设区的城市，假定自{year}年起设区",
    ),
    "pairs_compared": ("{pairs} pairs", "{pairs}个城市对"),
    "pairs_treated": (
        "one {one}, both {both} rows",
        "一方设区{one}行，双方设区{both}行",
    ),
    # Chains of classes.
    "no_transition_from_class": (
        "no transition starts in class {number}",
        "没有始于第{number}类的转移",
    ),
    "several_closed_sets": (
        "the chain has {sets} closed sets of classes: where units end depends on where they start",
        "链有{sets}个封闭的类别集合：终态取决于初始类别",
    ),
    # Two variables that may move each other.
    "horizon_too_long": (
        "horizon {horizon} with {lags} lags leaves {periods} periods: unit and period effects "
        "need {needed}",
        "第{horizon}期响应与{lags}期滞后仅余{periods}个时期：个体与时期固定效应至少须有{needed}个",
    ),
    "half_panel_too_short": (
        "horizon {horizon}: a half of the panel, {periods} periods, does not identify the "
        "{slopes} slopes",
        "第{horizon}期响应：半个面板（{periods}个时期）无法识别{slopes}个系数",
    ),
    "no_moments": (
        "{periods} periods for {lags} lags: the moments of the statistic exist with more than "
        "{more_than}",
        "{periods}个时期、{lags}期滞后：统计量的矩须多于{more_than}个时期方存在",
    ),
    "lags_collinear": (
        "the lags of unit {unit} are collinear",
        "个体{unit}的滞后项共线",
    ),
    "no_excluded_instrument": (
        "the equation of {outcome:variable} leaves out no exogenous variable",
        "{outcome:variable}方程没有排除任何外生变量",
    ),
}
