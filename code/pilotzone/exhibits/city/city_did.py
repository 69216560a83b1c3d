"""Two-way difference in differences of cities: trends, province years, other samples."""

from pilotzone.catalogue import Exhibit, grid

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": ("none", "city")}

EXHIBIT = Exhibit(
    title="Pilot zones and new quality productive forces of cities: two-way fixed effects",
    title_zh="综试区与城市新质生产力：双向固定效应",
    columns=(
        *grid(**CITY, sample="city", effects=("two_way", "unit_trends", "province_year")),
        *grid(**CITY, sample=("city_no_municipalities", "balanced")),
    ),
)
