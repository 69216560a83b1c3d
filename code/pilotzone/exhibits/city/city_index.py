"""The index of cities: weights, moments by year, and whether missing rows follow the zones."""

from pilotzone.catalogue.spec import Exhibit

EXHIBIT = Exhibit(
    title="Index of new quality productive forces of cities: weights, moments and missing rows",
    title_zh="城市新质生产力指数：权重、分布与缺失",
    describe="city_index",
)
