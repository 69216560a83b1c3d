"""Effects by resource base, coast, region and size of the city, with tests of equality.

Beside the published form net of each group's own path, and among cohorts that all groups share.
"""

from pilotzone.catalogue import Exhibit, Family, beside, grid

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
GROUPS = {"estimator": "heterogeneity", "role": "heterogeneity"}
GROUP_YEAR = {"effects": "group_year"}
SPLITS = ("resource_based", "coastal", "coastal_city", "region3", "size_class", "municipality")
PUBLISHED = tuple(
    column for by in SPLITS for column in grid(**CITY, **GROUPS, variant=by, options=(("by", by),))
)
PLAIN = tuple(column for column in PUBLISHED if column.controls == "none")
LONG = {"among": PUBLISHED, "estimator": "long_difference"}
COMMON = {
    "among": PUBLISHED,
    "variant": "resource_based_common",
    "options": (("by", "resource_based"), ("units_per_cohort", 10)),
}
RESOURCES = tuple(column for column in PUBLISHED if column.variant == "resource_based")

EXHIBIT = Exhibit(
    title="Heterogeneity over cities: resource base, coast, region, size",
    title_zh="城市层面的异质性分析",
    columns=(
        *PUBLISHED,
        *beside(PUBLISHED, "group_year", **GROUP_YEAR),
        *beside(RESOURCES, "common_cohorts", **COMMON),
        *beside(RESOURCES, "common_cohorts_group_year", **COMMON, **GROUP_YEAR),
        *beside(PLAIN, "long_difference", **LONG, **GROUP_YEAR),
        *beside(PLAIN, "long_difference_trends", **LONG, effects="group_year+unit_trends"),
    ),
    layout="list",
    family=Family(kind="romano_wolf", draws=9_999, seed=20250618),
    notes=(
        "Inland and coastal provinces by provinces.csv; cities on the shore are a second split. "
        "Size by urban population in the first year: bounds of the State Council (2014), applied "
        "to the whole prefecture.",
        "Family p-values: Romano and Wolf, step-down, over the differences between groups of all "
        "splits with the same controls and effects; a split shows the smallest of its differences.",
        "Groups that were treated at other times differ by cohort: nearly all resource-based zone "
        "cities came in 2020. Common cohorts are those with ten treated cities of each group; the "
        "change from the last year before treatment is taken among them, against untreated cities "
        "of the same group, and with unit trends net of each city's line before treatment.",
    ),
    notes_zh=(
        "内陆与沿海按provinces.csv中的省份划分；滨海城市为另一种划分。规模按首年城镇人口划分："
        "采用国务院2014年的标准，用于整个地级行政区。",
        "多重检验p值：Romano-Wolf逐步法，覆盖控制变量与固定效应相同的全部划分中的组间差异；每种划"
        "分列出其差异中最小的p值。",
        "处理时间不同的组别差异可能只是队列差异：资源型设区城市几乎都在2020年设立。共同队列指每"
        "组均有十个处理城市的队列；处理前一年起的变化在其中以同组未处理城市为对照，含个体趋势时"
        "再剔除各城市处理前的线性趋势。",
    ),
)
