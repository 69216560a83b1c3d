"""Effects by resource base, coast, region and size of the city, with tests of equality."""

from pilotzone.catalogue import Exhibit, Family, grid

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
GROUPS = {"estimator": "heterogeneity", "role": "heterogeneity"}
SPLITS = ("resource_based", "coastal", "coastal_city", "region3", "size_class", "municipality")

EXHIBIT = Exhibit(
    title="Heterogeneity over cities: resource base, coast, region, size",
    title_zh="城市层面的异质性分析",
    columns=tuple(
        column
        for by in SPLITS
        for column in grid(**CITY, **GROUPS, variant=by, options=(("by", by),))
    ),
    layout="list",
    family=Family(kind="romano_wolf", draws=9_999, seed=20250618),
    notes=(
        "Inland and coastal provinces by provinces.csv; cities on the shore are a second split. "
        "Size by urban population in the first year: bounds of the State Council (2014), applied "
        "to the whole prefecture.",
        "Family p-values: Romano and Wolf, step-down, over the differences between groups of all "
        "splits with the same controls; a split shows the smallest of its differences.",
    ),
    notes_zh=(
        "内陆与沿海按provinces.csv中的省份划分；滨海城市为另一种划分。规模按首年城镇人口划分："
        "采用国务院2014年的标准，用于整个地级行政区。",
        "多重检验p值：Romano-Wolf逐步法，覆盖控制变量相同的全部划分中的组间差异；每种划分列出"
        "其差异中最小的p值。",
    ),
)
