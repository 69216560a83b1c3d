"""Words of what the engine says of a column: what it compares, and why it has no estimate."""

REASONS: dict[str, tuple[str, str]] = {
    # What a column is compared with, and what was left out.
    "event_before": ("event:-1", "以相对时间−1为参照"),
    "event_before_and_cohort": ("event:-1 cohort:{cohort}", "以相对时间−1与{cohort}年队列为参照"),
    "cohorts": ("cohorts {cohorts:years}", "{cohorts:years}年队列"),
    "cohort": ("cohort {cohort}", "{cohort}年队列"),
    "years": ("{first}-{last}", "{first}-{last}年"),
    "untreated_per_cell": (
        "untreated units per cell {low} to {high}",
        "每个组别-时间单元有{low}至{high}个未处理个体",
    ),
    "units_lack_a_year": (
        "up to {units} units lack a year of a cell",
        "至多{units}个个体缺少单元中的年份",
    ),
    "untreated_throughout": (
        "{units} units untreated throughout the window",
        "窗口期内始终未处理的个体{units}个",
    ),
    "stacked_cohorts": (
        "cohorts with treated units and units untreated throughout the window: {sizes:sizes}",
        "各队列（处理个体数，窗口期内始终未处理的个体数）：{sizes:sizes}",
    ),
    "weights_on": (
        "weights on {used} of {controls} controls",
        "{controls}个对照中{used}个权重为正",
    ),
    "weighted_cohorts": (
        "cohorts with treated units and controls with weight of {controls}: {sizes:sizes}",
        "各队列（处理个体数，{controls}个对照中权重为正的个数）：{sizes:sizes}",
    ),
    "moved_forward": (
        "treatment moved {years} years forward, rows before treatment only",
        "处理时间提前{years}年，仅用处理前的观测",
    ),
    "effective_controls": (
        "effective controls: {effective:.1f} of {controls}",
        "{controls}个对照的有效个数为{effective:.1f}",
    ),
    "unmatched_support": ("off support: {units:units}", "共同支撑域以外：{units:units}"),
    "unmatched_support_many": ("off support: {units} units", "共同支撑域以外：{units}个个体"),
    "unmatched_caliper": ("outside the caliper: {units:units}", "卡尺以外：{units:units}"),
    "unmatched_caliper_many": (
        "outside the caliper: {units} units",
        "卡尺以外：{units}个个体",
    ),
    "cells_lost": (
        "{cells} cells not identified, see the cells",
        "{cells}个组别-时间单元不可识别，见单元文件",
    ),
    # Why a column has no estimate.
    "several_cohorts": (
        "sample '{sample}' holds cohorts {cohorts:years}: without the option 'window' this "
        "estimator takes one",
        "样本含{cohorts:years}年队列：未设窗口期时该估计量仅适用于单一队列",
    ),
    "one_group": ("all units are in group {group:group}", "所有个体同属一组：{group:group}"),
    "group_without_treated": (
        "no unit is treated in group {group:group}",
        "该组没有处理个体：{group:group}",
    ),
    "empty_bin": (
        "no row has a dose in bin:{low:g}-{high:g}",
        "没有观测的剂量在{low:g}-{high:g}之间",
    ),
    "few_clusters": (
        "{clusters} clusters by {cluster:cluster}: too few groups to estimate an error from",
        "按{cluster:cluster}聚类仅{clusters}组：组数过少，无法估计标准误",
    ),
    "units_separated": (
        "the covariates separate {separated} of {units} units: the score has no finite "
        "coefficients",
        "协变量将{units}个个体中的{separated}个完全分离：倾向得分没有有限的系数",
    ),
    # A reader's panel need not carry every column.
    "refused": ("{message}", "{message}"),
    "undefined": ("not defined on these rows ({message})", "在这些观测上没有定义（{message}）"),
}
