"""Why rows were dropped and columns are not identified, in English and Chinese.

The panels and the engine write reasons in English; the tables print them through here.
"""

import functools
import re

from pilotzone.catalogue import record_words, term_words
from pilotzone.catalogue.codebook import codebook, provinces
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError

# Reasons of the sample flow as written by the panels, with what varies in them.
REASONS = (
    (r"rows of the published figures", "Published figures", "已公布数据"),
    (r"rows of sample (?P<sample>\w+)", "Rows of: {sample}", "{sample}的观测"),
    (r"years outside (?P<years>[\d-]+)", "Years outside {years}", "{years}年以外"),
    (r"unit (?P<unit>\d+) excluded", "{unit} left out", "剔除{unit}"),
    (r"unit abolished", "Unit abolished", "行政区划撤销"),
    (r"(?P<variable>\w+): not printed", "{variable}: not printed", "{variable}：未公布"),
    (r"(?P<variable>\w+): flagged as suspect", "{variable}: cell flagged", "{variable}：数据存疑"),
    (
        r"(?P<variable>\w+) = (?P<value>\w+) left out",
        "Left out: {variable} = {value}",
        "剔除：{variable}={value}",
    ),
    (r"summed to provinces", "Summed to provinces", "按省加总"),
    (r"rows of the reader's file", "Rows of the file", "文件中的观测"),
    (r"left a treated place", "Moved out of a treated city", "迁出已设区城市"),
    (r"(?P<variable>\w+): not given", "{variable}: not given", "{variable}：缺失"),
    (
        r"(?P<n>\d+) cells cut at the 1st and 99th percentile",
        "Kept; cells cut at the 1st and 99th percentile: {n}",
        "保留；按1%与99%分位数缩尾的单元格：{n}个",
    ),
)
# Clauses of reasons and of what a column is compared with, as the engine writes them, in Chinese.
# A hole takes numbers (n), a span of years (span), years, or any text; the first form that fits
# counts, so that a special one stands before a general one.
REASON_FORMS = {
    # What a column is compared with, and what was left out.
    "event:-1": "以相对时间−1为参照",
    "event:-1 cohort:{n}": "以相对时间−1与{n}年队列为参照",
    "cohorts {years}": "{years}年队列",
    "cohort {n}": "{n}年队列",
    "{span}": "{span}年",
    "untreated units per cell {n1} to {n2}": "每个组别-时间单元有{n1}至{n2}个未处理个体",
    "up to {n} units lack a year of a cell": "至多{n}个个体缺少单元中的年份",
    "{n} units untreated throughout the window": "窗口期内始终未处理的个体{n}个",
    "cohorts with treated units and units untreated throughout the window: {sizes}": (
        "各队列（处理个体数，窗口期内始终未处理的个体数）：{sizes}"
    ),
    "cohorts with treated units and controls with weight of {n}: {sizes}": (
        "各队列（处理个体数，{n}个对照中权重为正的个数）：{sizes}"
    ),
    "weights on {n1} of {n2} controls": "{n2}个对照中{n1}个权重为正",
    "treatment moved {n} years forward, rows before treatment only": (
        "处理时间提前{n}年，仅用处理前的观测"
    ),
    "effective controls: {n1} of {n2}": "{n2}个对照的有效个数为{n1}",
    "off support: {n} units": "共同支撑域以外：{n}个个体",
    "outside the caliper: {n} units": "卡尺以外：{n}个个体",
    "off support: {codes}": "共同支撑域以外：{codes}",
    "outside the caliper: {codes}": "卡尺以外：{codes}",
    "masses, thresholds of {span}": "质量与阈值取{span}年",
    "cities with a later zone, as if from {n}": "其后设区的城市，假定自{n}年起设区",
    "{n} pairs": "{n}个城市对",
    "one {n1}, both {n2} rows": "一方设区{n1}行，双方设区{n2}行",
    "largest row weight {n}": "单个邻居的最大权重为{n}",
    "clean controls in the last year: {provinces}": "最后一年未受影响的对照：{provinces}",
    "without {n1} rows within {n2} km of a zone approved but not yet counted": (
        "剔除距已批复而尚未计入的综试区{n2}公里以内的{n1}行"
    ),
    "without {years}: fewer than {n1} untreated rows beyond {n2} km of every approved zone": (
        "剔除{years}年：距所有已批复综试区{n2}公里以外的未处理观测不足{n1}行"
    ),
    "ring:{ring} rests on {n} units": "{ring}公里的距离环仅含{n}个个体",
    "largest root {n}": "最大特征根为{n}",
    "{n1} x {n2} simulated panels": "{n1}×{n2}个模拟面板",
    # Chains of classes.
    "no transition starts in class {n}": "没有始于第{n}类的转移",
    "the chain has {n} closed sets of classes: where units end depends on where they start": (
        "链有{n}个封闭的类别集合：终态取决于初始类别"
    ),
    # Staggered designs.
    "{n} cells not identified, see the cells": "{n}个组别-时间单元不可识别，见单元文件",
    "no unit is never treated: the last cohort is that of {n}, in the sample of {span} it counts "
    "as not yet treated": "没有从未处理的个体：最后的队列为{n}年，在{span}年样本中视为尚未处理",
    "cohort {n} has no period before treatment in {span}": "{n}年队列在{span}年没有处理前的时期",
    "cohort {n1} in {n2}: no unit is untreated in {n3}": (
        "{n1}年队列，{n2}年：{n3}年没有未处理个体"
    ),
    "cohort {n1} in {n2}: no unit untreated in {n3} is linked to the cohort's periods before "
    "treatment": "{n1}年队列，{n2}年：{n3}年的未处理个体与该队列的处理前时期没有联系",
    "cohort {n1} in {n2}: no untreated unit is observed in {n3} and {n4}": (
        "{n1}年队列，{n2}年：没有未处理个体在{n3}年与{n4}年均有观测"
    ),
    "cohort {n1} in {n2}: no unit of cohort {n3} is observed in {n4} and {n5}": (
        "{n1}年队列，{n2}年：该队列没有个体在{n4}年与{n5}年均有观测"
    ),
    "cohort {n1} in {n2}: its units are observed in no other period": (
        "{n1}年队列，{n2}年：其个体在其他时期均无观测"
    ),
    "cohort {n1} in {n2}: {clause}": "{n1}年队列，{n2}年：{clause}",
    "cohort {n}: its window {span1} is not within {span2}": (
        "{n}年队列：窗口期{span1}年超出样本期{span2}年"
    ),
    "cohort {n}: no unit is untreated throughout {span}": (
        "{n}年队列：没有个体在{span}年始终未处理"
    ),
    "cohort {n}: {clause}": "{n}年队列：{clause}",
    "no cohort can be stacked: {clause}": "没有可堆叠的队列：{clause}",
    "no effect is identified: {clause} ({n} cells)": "没有可识别的效应：{clause}（{n}个单元）",
    "no effect is identified: {clause} ({n} cells": "没有可识别的效应：{clause}（{n}个单元",
    "no effect is identified without cohort {years}: {clause} ({n} cells)": (
        "剔除{years}年队列后没有可识别的效应：{clause}（{n}个单元）"
    ),
    "no effect is identified without cohort {years}: {clause} ({n} cells": (
        "剔除{years}年队列后没有可识别的效应：{clause}（{n}个单元"
    ),
    "the first of {n} reasons)": "{n}条原因之首）",
    "no cell from treatment on is in the sample": "样本中没有处理后的组别-时间单元",
    "no cell from treatment on is in the sample without cohort {years}": (
        "剔除{years}年队列后，样本中没有处理后的组别-时间单元"
    ),
    "no unit is treated in {span}": "{span}年没有个体受到处理",
    "no unit switches into treatment in {span}": "{span}年没有个体进入处理状态",
    "all units are of the cohort of {n}: there is nothing to compare": (
        "所有个体同属{n}年队列：无从比较"
    ),
    "sample '{sample}' holds cohorts {years}: without the option 'window' this estimator takes "
    "one": "样本含{years}年队列：未设窗口期时该估计量仅适用于单一队列",
    "the treatment does not vary within unit and period effects": (
        "在个体与时期固定效应之内，处理变量没有变异"
    ),
    "the controls are collinear, or one does not vary, among the untreated rows within unit and "
    "period effects": "在个体与时期固定效应之内，未处理观测的控制变量共线或没有变异",
    "no unit of cohort {n1} is observed in {n2}, the last period before its treatment": (
        "{n1}年队列没有个体在处理前的最后时期{n2}年有观测"
    ),
    "the last cohort is treated from {n1}, the sample is {span}: as the reference it needs a "
    "sample that ends before {n2}": (
        "最后的队列自{n1}年起受处理，样本期为{span}年：以其为参照须使样本止于{n2}年之前"
    ),
    "no unit of the reference is observed in {n}": "参照组在{n}年没有观测",
    "the covariates separate treated units from controls": "协变量将处理个体与对照完全分离",
    "a covariate is the same for treated units and controls": (
        "有协变量在处理个体与对照之间没有差异"
    ),
    "the covariates are collinear among the {n} controls": "协变量在{n}个对照中共线",
    "synthetic DID needs a treated unit and two units untreated throughout": (
        "合成双重差分须有一个处理个体与两个始终未处理的个体"
    ),
    "synthetic DID needs two periods before treatment and one after it": (
        "合成双重差分须有两个处理前时期与一个处理后时期"
    ),
    "there are {n1} and {n2}": "此处分别为{n1}与{n2}个",
    "placebo errors need more controls ({n1}) than treated units ({n2})": (
        "安慰剂标准误要求对照（{n1}个）多于处理个体（{n2}个）"
    ),
    "jackknife errors need two treated units, there is one": (
        "刀切标准误须有两个处理个体，此处仅一个"
    ),
    "jackknife errors need two controls with weight, there is one": (
        "刀切标准误须有两个权重为正的对照，此处仅一个"
    ),
    # Event studies.
    "no treated unit has a period other than the reference": "处理个体在参照期以外没有观测",
    "the {n1} event dummies are rank deficient by {n2} given {effects}: a path and any linear "
    "trend added to it fit alike": (
        "给定{effects}，{n1}个事件虚拟变量的秩少{n2}：任一路径加上线性趋势后拟合相同"
    ),
    "the event window {n1} … {n2} has no row at time {n3}": (
        "事件窗口{n1}至{n2}在相对时间{n3}没有观测"
    ),
    "no coefficient before the reference period: nothing bounds the difference in trends": (
        "参照期之前没有系数：趋势之差没有约束"
    ),
    "no coefficient after the reference period: there is no target": (
        "参照期之后没有系数：没有估计目标"
    ),
    "the covariance of the {n1} event-study coefficients is not positive definite (smallest "
    "eigenvalue {n2})": "{n1}个事件研究系数的协方差矩阵不是正定的（最小特征值{n2}）",
    "robust intervals need one of full rank, so more clusters than coefficients": (
        "稳健区间要求其满秩，即聚类数多于系数"
    ),
    "none of {n} draws passes the pre-test under this slope": (
        "在该斜率下，{n}次抽样均未通过处理前检验"
    ),
    "the covariance of {n1} coefficients has rank {n2}: they cannot be tested jointly": (
        "{n1}个系数的协方差矩阵秩为{n2}：不能联合检验"
    ),
    # Matching.
    "the covariates separate {n1} of {n2} units: the score has no finite coefficients": (
        "协变量将{n2}个个体中的{n1}个完全分离：倾向得分没有有限的系数"
    ),
    "the penalised likelihood of the propensity score did not converge": (
        "倾向得分的惩罚似然未收敛"
    ),
    "separation of treated and control units unknown: {text}": (
        "无法判断处理个体与对照是否分离：{text}"
    ),
    "no treated unit has a control within the caliper of {n1} ({n2} standard deviations of the "
    "logit)": "处理个体在卡尺{n1}（logit的{n2}个标准差）之内均无对照",
    "the closest pair is {n} apart": "最近的一对相距{n}",
    "no treated unit has a control within the bandwidth of {n1} on the common support: the "
    "controls' scores are {n2} to {n3}, those of the treated units {n4} to {n5}": (
        "在共同支撑域上，处理个体在带宽{n1}之内均无对照：对照得分为{n2}至{n3}，处理个体为{n4}至{n5}"
    ),
    "no positive weights of the {n} controls equate the means of {quoted1}: the treated mean lies "
    "outside the convex hull of the controls or on its edge (the controls' values of {quoted2} do "
    "not reach beyond it)": (
        "{n}个对照没有使{quoted1}均值相等的正权重：处理组均值在对照的凸包之外或边界上"
        "（对照的{quoted2}未超出该均值）"
    ),
    "no positive weights of the {n} controls equate the means of {quoted}: the treated mean lies "
    "outside the convex hull of the controls or on its edge": (
        "{n}个对照没有使{quoted}均值相等的正权重：处理组均值在对照的凸包之外或边界上"
    ),
    "entropy balancing did not converge: the treated means are at the edge of the controls": (
        "熵平衡未收敛：处理组均值位于对照的边界"
    ),
    "no treated or no control unit has weight: nothing to compare": (
        "处理个体或对照没有权重：无从比较"
    ),
    "no unit has a matching weight: the matched sample is empty": (
        "没有个体具有匹配权重：匹配样本为空"
    ),
    "{quoted} has no variation within unit and period effects of the {n} matched units": (
        "在{n}个匹配个体的个体与时期固定效应之内，{quoted}没有变异"
    ),
    "matching needs treated units and controls": "匹配须有处理个体与对照",
    # Groups, doses, rings, pairs.
    "all units are in group {group}": "所有个体同属一组：{group}",
    "no unit is treated in group {group}": "该组没有处理个体：{group}",
    "no row has a dose in bin:{ring}": "没有观测的剂量在{ring}之间",
    "no untreated unit without exposure from {n} on: there is no clean control": (
        "自{n}年起没有未受影响的未处理个体：不存在干净的对照"
    ),
    "no year with treated units has {n1} untreated rows beyond {n2} km of every approved zone": (
        "在有处理个体的年份中，距所有已批复综试区{n2}公里以外的未处理观测均不足{n1}行"
    ),
    "the outcome does not change over time within pairs: pair effects explain all of it": (
        "被解释变量在城市对之内不随时间变化：全部由城市对固定效应解释"
    ),
    "the outcome does not change over time within pairs other than by the same amount in all of "
    "them: pair and period effects explain all of it": (
        "被解释变量在所有城市对之内的变化相同：全部由城市对与时期固定效应解释"
    ),
    "{quoted} is {n} for all pairs in all periods, its coefficient is not identified": (
        "{quoted}在所有城市对的所有时期均为{n}，其系数不可识别"
    ),
    "{quoted} is explained by pair and period effects, its coefficient is not identified": (
        "{quoted}由城市对与时期固定效应完全解释，其系数不可识别"
    ),
    "{quoted} are collinear within pair and period effects, neither coefficient is identified": (
        "在城市对与时期固定效应之内，{quoted}共线，二者系数均不可识别"
    ),
    # Two variables that may move each other.
    "{n1} simulated panels with largest root {n2}": "{n1}个模拟面板，最大特征根为{n2}",
    "horizon {n1} with {n2} lags leaves {n3} periods: unit and period effects need {n4}": (
        "第{n1}期响应与{n2}期滞后仅余{n3}个时期：个体与时期固定效应至少须有{n4}个"
    ),
    "horizon {n1}: a half of the panel, {n2} periods, does not identify the {n3} slopes": (
        "第{n1}期响应：半个面板（{n2}个时期）无法识别{n3}个系数"
    ),
    "{n1} periods for {n2} lags: the moments of the statistic exist with more than {n3}": (
        "{n1}个时期、{n2}期滞后：统计量的矩须多于{n3}个时期方存在"
    ),
    "the lags of unit {n} are collinear": "个体{n}的滞后项共线",
    "the equation of {quoted} leaves out no exogenous variable": (
        "{quoted}方程没有排除任何外生变量"
    ),
    # Errors and tests.
    "{n} clusters by {cluster}: too few groups to estimate an error from": (
        "按{cluster}聚类仅{n}组：组数过少，无法估计标准误"
    ),
    "{quoted} is not identified once one of the clusters is left out: the jackknife error does not "
    "exist": "剔除某一聚类后，{quoted}不可识别：刀切标准误不存在",
    "the dyadic-robust variance of {text} is not positive ({n1} with {n2} units): it takes more "
    "units, or more pairs without a unit in common": (
        "{text}的城市对稳健方差不为正（{n1}，{n2}个个体）：须有更多个体或更多没有共同个体的对"
    ),
    "the treatment has no variation within {effects} and the controls: there is no statistic to "
    "compare": "在{effects}与控制变量之内，处理变量没有变异：没有可比较的统计量",
    "the statistic does not exist for the cohorts of the data": "数据的队列不存在该统计量",
    "the regressor sums to zero in every cluster, so that the worst case rho = 1 does not exist": (
        "自变量在每个聚类之内加总为零，最坏情形ρ=1不存在"
    ),
    "use rho = 0": "应取ρ=0",
    "the covariance is not positive semi-definite (smallest eigenvalue {n})": (
        "协方差矩阵不是半正定的（最小特征值{n}）"
    ),
    "use another cut-off or fewer lags": "应改用其他截断距离或更少的滞后期",
    "the regression fits exactly: there is no error to resample": (
        "回归完全拟合：没有可供重抽样的残差"
    ),
    "Hausman test: the covariance with fixed effects less that with random effects is not positive "
    "definite, smallest eigenvalue {n}": (
        "Hausman检验：固定效应与随机效应的协方差矩阵之差不是正定的，最小特征值为{n}"
    ),
    "weights '{matrix}': W X b is a combination of the regressors and effects, so that a lag of "
    "the outcome and a lag of the error are not told apart": (
        "空间权重“{matrix}”：WXb是自变量与固定效应的线性组合，被解释变量滞后与误差滞后无法区分"
    ),
    "{text}: weights '{matrix}' give every arrangement of the values the same statistic": (
        "{text}：在空间权重“{matrix}”下，数值的任何排列统计量均相同"
    ),
    "{quoted} is not the one of the roll-out in all rows, so that its paths are not known where a "
    "unit has no row": "{quoted}并非在所有观测中都与推广过程一致，缺观测处的路径未知",
    "permute it without a transform or on a balanced sample": "应不作变换置换，或使用平衡样本",
    "{quoted} varies within a unit": "{quoted}在同一单位内变化",
    "give one value per unit": "每单位须只有一个取值",
    # Spatial likelihoods.
    "the information on rho and lambda is singular: its smallest eigenvalue, with a unit diagonal, "
    "is {n}": "ρ与λ的信息矩阵奇异：对角线标准化后的最小特征值为{n}",
    "the likelihood of two parameters is flat": "两个参数的似然函数平坦",
    "change the weights": "应更换权重矩阵",
    "the likelihood is flat in one direction of {parameters}: the smallest curvature is {n1}, the "
    "largest {n2}": "似然函数在{parameters}的某一方向上平坦：最小曲率为{n1}，最大曲率为{n2}",
    "the likelihood of {parameters} is highest at the bound {n} of {parameter}": (
        "{parameters}的似然函数在{parameter}的边界{n}处最大"
    ),
    "{parameters} are not told apart: the likelihood has maxima at ({n1}, {n2}) and ({n3}, {n4}) "
    "that differ by {n5}, less than the {n6} of a 95 % region": (
        "{parameters}无法区分：似然函数在({n1}, {n2})与({n3}, {n4})均有极大值，"
        "二者相差{n5}，小于95%置信域的{n6}"
    ),
    "the bias correction moves rho to {n1}, out of ({n2}, {n3})": (
        "偏误校正使ρ变为{n1}，超出({n2}, {n3})"
    ),
    "the dynamic model is not stationary: largest root {n1}, tau + rho + eta = {n2}": (
        "动态模型不平稳：最大特征根为{n1}，τ+ρ+η={n2}"
    ),
    "simulated panels of this size fail bias < {n1} or coverage >= {n2} at textbook values "
    "(tau {n3}, eta {n4}, rho {n5}): {clause}": (
        "同规模的模拟面板在教科书参数（τ={n3}，η={n4}，ρ={n5}）下未满足偏误<{n1}或覆盖率不低于{n2}：{clause}"
    ),
    "simulated panels of this size fail bias < {n1} or coverage >= {n2} at the persistence of the "
    "panel (tau {n3}, eta {n4}, rho {n5}): {clause}": (
        "同规模的模拟面板在面板自身的持续性（τ={n3}，η={n4}，ρ={n5}）下未满足偏误<{n1}或覆盖率不低于{n2}："
        "{clause}"
    ),
    "{parameter} bias {n1}, coverage {n2}": "{parameter}偏误{n1}，覆盖率{n2}",
    "{n1} of {n2} without a stationary estimate": "{n2}次模拟中{n1}次没有平稳的估计",
    "not defined on these rows ({text})": "在这些观测上没有定义（{text}）",
}
# What a hole of a form takes by its name without digits; any text if it is not listed.
HOLES = {
    "n": r"−?(?:[\d.]+(?:e[+−-]?\d+)?|inf|nan)",
    "span": r"\d{4}-\d{4}",
    "years": r"\d{4}(?:, \d{4})*",
    "quoted": r"'[^']+'(?:(?:, | and )'[^']+')*",
    "ring": r"[\d.]+-[\d.]+",
    "parameter": r"[\w:]+",
}
PARAMETERS = {
    "tau": "τ",
    "eta": "η",
    "rho": "ρ",
    "lambda": "λ",
    "x1": "自变量系数",
    "short:indirect:x1": "自变量的短期间接效应",
}
# Words of the effects of a regression, as `pilotzone.methods.inference.fwl` joins them.
EFFECT_WORDS = {
    " and slopes": "及个体趋势",
    " effects": "固定效应",
    " and ": "与",
    "unit": "个体",
    "period": "时期",
    "#": "×",
}


def cell(text: str, lexicon: Lexicon) -> str:
    """Return the cell of an estimates file that says why, or with what, as a page prints it."""
    if any(re.fullmatch(pattern, text) for pattern, *_ in REASONS):
        return reason(text, lexicon)
    return reason_text(text, lexicon)


def reason(text: str, lexicon: Lexicon) -> str:
    """Return a reason of the sample flow in words, with names in place of codes."""
    for pattern, *forms in REASONS:
        found = re.fullmatch(pattern, text)
        if found:
            parts = {k: _named(k, v, lexicon) for k, v in found.groupdict().items()}
            return lexicon.pick(tuple(forms)).format(**parts)
    raise UserError(f"reasons.py has no words for the reason '{text}'; add a row to REASONS")


def _named(kind: str, text: str, lexicon: Lexicon) -> str:
    if kind == "value" and text in term_words.GROUPS:
        return lexicon.group(text)
    if kind == "sample":
        return lexicon.sample(text)
    if kind == "variable":
        return lexicon.variable(text)
    return lexicon.unit_name(text) if kind == "unit" else text


def reason_text(text: str, lexicon: Lexicon) -> str:
    """Return why a column is not identified, or what it is compared with, as a table prints it.

    English stays as the engine wrote it but for the minus signs. Chinese goes clause by clause by
    :data:`REASON_FORMS`; a clause without a form stays English.
    """
    text = NEGATIVE.sub("−", text)
    if lexicon.english:
        return text
    return lexicon.mark("semicolon").join(_clause(part, lexicon) for part in text.split("; "))


# The hyphen of a negative number, not that of a span or of the name of a term.
NEGATIVE = re.compile(r"(?<![\w:.])-(?=\d)")


def _clause(text: str, lexicon: Lexicon) -> str:
    for pattern, chinese in _reason_patterns():
        found = pattern.fullmatch(text)
        if found:
            parts = {hole: _filled(hole, part, lexicon) for hole, part in found.groupdict().items()}
            return chinese.format(**parts)
    return text


@functools.cache
def _reason_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(_pattern(form)), chinese) for form, chinese in REASON_FORMS.items())


def _pattern(form: str) -> str:
    """Return the regular expression of a form: its text with a named group for every hole."""
    pieces = re.split(r"\{(\w+)\}", form)
    pieces[::2] = map(re.escape, pieces[::2])
    pieces[1::2] = (f"(?P<{hole}>{HOLES.get(_kind(hole), '.+?')})" for hole in pieces[1::2])
    return "".join(pieces)


def _kind(hole: str) -> str:
    return hole.rstrip("0123456789")


def _filled(hole: str, text: str, lexicon: Lexicon) -> str:
    """Return in Chinese what stood in a hole; numbers, spans and unknown names as they are."""
    kind = _kind(hole)
    if kind == "clause":
        return _clause(text, lexicon)
    if kind in ("years", "codes"):
        return "、".join(re.split(", | ", text))
    if kind == "sizes":
        return re.sub(r"(\d+) \((\d+), (\d+)\)", r"\1（\2，\3）", text).replace("）, ", "）、")
    if kind == "provinces":
        return "、".join(_province_in_chinese(name) for name in text.split(", "))
    if kind in ("parameter", "parameters"):
        return "与".join(PARAMETERS.get(name, name) for name in text.split(" and "))
    if kind == "quoted":
        names = re.findall("'([^']+)'", text)
        return "、".join(f"“{_in_chinese(name, lexicon)}”" for name in names)
    if kind == "effects":
        return functools.reduce(lambda t, pair: t.replace(*pair), EFFECT_WORDS.items(), text)
    return _in_chinese(text, lexicon) if kind in ("cluster", "group", "matrix") else text


def _province_in_chinese(name: str) -> str:
    return next((row["name_zh"] for row in provinces().values() if row["name_en"] == name), name)


def _in_chinese(name: str, lexicon: Lexicon) -> str:
    """Return the Chinese of a group, matrix, side of a pair or variable; else the name itself."""
    if f"pair:{name}" in term_words.TERMS:
        return lexicon.term(f"pair:{name}")
    for table in (term_words.GROUPS, record_words.WEIGHTS, lexicon.variables):
        if name in table:
            return lexicon.word(name, table)
    return lexicon.variable(name) if name in codebook() else name
