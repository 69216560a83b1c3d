"""The claim with city figures summed to provinces, beside the same cities."""

from pilotzone.catalogue import Exhibit, grid

SHARED = {"effects": ("two_way", "unit_trends"), "role": "robustness"}
PROVINCES = {"treatment": ("zone_first", "zone_share"), "sample": "city_sums"}

EXHIBIT = Exhibit(
    title="City figures summed to provinces: does the unit decide?",
    title_zh="城市数据加总到省：可变单元检验",
    columns=(
        *grid(**SHARED, outcome="nqp_city", treatment="zone_city", sample="balanced"),
        *grid(**SHARED, outcome=("nqp_city", "nqp_city_mean"), **PROVINCES),
    ),
    notes=(
        "Balanced cities of each province summed: six indicators formed from the sums and weighted "
        "anew; or the mean of the city index, weighted by population. Treatments of provinces as "
        "in the province panel.",
    ),
    notes_zh=(
        "各省平衡样本城市加总：由加总数据构造六项指标并重新计算权重；或取城市指数的人口加权均"
        "值。各省的处理变量与省级面板相同。",
    ),
)
