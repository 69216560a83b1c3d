"""The index of cities: weights, moments by year, and whether missing rows follow the zones."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Index of new quality productive forces of cities: weights, moments and missing rows",
    title_zh="城市新质生产力指数：权重、分布与缺失",
    describe=Description(kind="index", sample="city", variables=("nqp_city", "nqp_city_digital")),
)
