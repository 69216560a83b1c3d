"""The effect on cities and their trends: two-way regression, imputation from untreated rows."""

from pilotzone.catalogue import Exhibit, grid

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "sample": ("city", "balanced")}
TRENDS = ("two_way", "unit_trends", "size_year", "unit_trends+size_year")

EXHIBIT = Exhibit(
    title="The effect on cities and their own trends, by cohort",
    title_zh="城市效应与城市自身趋势：按队列",
    columns=(
        *grid(**CITY, effects=("two_way", "unit_trends")),
        *grid(**CITY, effects=TRENDS, estimator="imputation", options=(("without_cohort", 2015),)),
    ),
    terms=("zone_city", "overall", "cohort"),
    notes=(
        "A trend in the two-way regression is fitted to treated rows too and absorbs an effect "
        "that grows; by imputation it is fitted to untreated rows alone.",
        "The cohort of 2015 is one city, Hangzhou: its effect has no error, and averages by "
        "imputation leave it out.",
    ),
    notes_zh=(
        "双向固定效应回归中的个体趋势也由处理后的观测拟合，会吸收逐年增大的效应；插补法的趋势仅由"
        "未处理观测拟合。",
        "2015年队列仅杭州一市：其效应没有标准误，插补法的平均效应不含该队列。",
    ),
)
