"""Words for the steps of the sample flow and for cohorts without a comparison."""

REASONS: dict[str, tuple[str, str]] = {
    "published_figures": ("Published figures", "已公布数据"),
    "rows_of_file": ("Rows of the file", "文件中的观测"),
    "rows_of_sample": ("Rows of: {sample:sample}", "{sample:sample}的观测"),
    "years_outside": ("Years outside {first}-{last}", "{first}-{last}年以外"),
    "units_excluded": ("{units:units} left out", "剔除{units:units}"),
    "value_left_out": (
        "Left out: {variable:label} = {value:group}",
        "剔除：{variable:label}={value:group}",
    ),
    "unit_abolished": ("Unit abolished", "行政区划撤销"),
    "not_printed": ("{variable:label}: not printed", "{variable:label}：未公布"),
    "flagged": ("{variable:label}: cell flagged", "{variable:label}：数据存疑"),
    "summed_to_provinces": ("Summed to provinces", "按省加总"),
    "left_treated_place": ("Moved out of a treated city", "迁出已设区城市"),
    "not_given": ("{variable:label}: not given", "{variable:label}：缺失"),
    "cells_cut": (
        "Kept; cells cut at the 1st and 99th percentile: {n}",
        "保留；按1%与99%分位数缩尾的单元格：{n}个",
    ),
    "no_year_before": ("no year before treatment", "没有处理前的年份"),
    "no_untreated_left": ("no untreated unit left", "没有未处理的个体"),
}
