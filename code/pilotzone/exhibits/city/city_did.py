"""Two-way difference in differences of cities: trends, province years, other samples.

Imputation beside it takes trends from untreated rows alone, so that they absorb no effect.
"""

from pilotzone.catalogue import Exhibit, beside, grid
from pilotzone.catalogue.controls import CONTROLS

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": ("none", "city")}
IMPUTED = grid(
    **{**CITY, "controls": "none"},
    sample=("city", "balanced"),
    effects=("two_way", "unit_trends"),
    estimator="imputation",
    options=(("without_cohort", 2015),),
)

EXHIBIT = Exhibit(
    title="Pilot zones and new quality productive forces of cities: two-way fixed effects",
    title_zh="综试区与城市新质生产力：双向固定效应",
    columns=(
        *grid(**CITY, sample="city", effects=("two_way", "unit_trends", "province_year")),
        *grid(**CITY, sample=("city_no_municipalities", "balanced")),
        *beside(IMPUTED, "imputation"),
    ),
    terms=("zone_city", *CONTROLS["city"].variables, "overall", "cohort"),
    notes=(
        "A trend in the two-way regression is fitted to treated rows too and absorbs an effect "
        "that grows; by imputation it is fitted to untreated rows alone.",
        "The cohort of 2015 is one city, Hangzhou: its effect has no error, and the averages by "
        "imputation leave it out.",
    ),
    notes_zh=(
        "双向固定效应回归中的个体趋势也由处理后的观测拟合，会吸收逐年增大的效应；插补法的趋势仅由"
        "未处理观测拟合。",
        "2015年队列仅杭州一市：其效应没有标准误，插补法的平均效应不含该队列。",
    ),
)
