"""Effects by resource base, coast, region and size of the city, with tests of equality."""

from pilotzone.catalogue import Exhibit, Family, grid

BOTH = ("none", "city")

EXHIBIT = Exhibit(
    title="Heterogeneity over cities: resource base, coast, region, size",
    title_zh="城市层面的异质性分析",
    columns=(
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="resource_based",
            options=(("by", "resource_based"),),
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="coastal",
            options=(("by", "coastal"),),
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="coastal_city",
            options=(("by", "coastal_city"),),
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="region3",
            options=(("by", "region3"),),
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="size_class",
            options=(("by", "size_class"),),
            role="heterogeneity",
        ),
        *grid(
            outcome="nqp_city",
            treatment="zone_city",
            controls=BOTH,
            sample="city",
            estimator="heterogeneity",
            variant="municipality",
            options=(("by", "municipality"),),
            role="heterogeneity",
        ),
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
