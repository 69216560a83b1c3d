"""Robust intervals on the event study of each cohort of cities."""

from pilotzone.catalogue import Exhibit, Figure, grid

COHORTS = ("city_cohort_2016", "city_cohort_2019", "city_cohort_2020")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "sample": COHORTS}

EXHIBIT = Exhibit(
    title="Robust intervals for the mean effect on each cohort of cities, to 2020",
    title_zh="各队列城市平均效应的稳健区间（HonestDiD）",
    columns=grid(**CITY, estimator="honest_did", role="diagnostic"),
    figure=Figure(kind="honest_did", title="Robust intervals under bounded violations of trends"),
    notes=(
        "Balanced cities first treated in one year against those untreated to 2020. The breakdown "
        "value is the largest violation at which the interval leaves out zero; none exists where "
        "it holds zero without any violation.",
    ),
    notes_zh=(
        "平衡样本中同年首次处理的城市与2020年止未处理的城市相比较。临界值为区间不含零的最大偏"
        "离程度；若无任何偏离时区间已含零，则不存在临界值。",
    ),
)
