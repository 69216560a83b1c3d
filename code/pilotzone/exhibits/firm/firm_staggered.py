"""Estimators for staggered adoption on firms, errors by city."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

BY_CITY = Inference(cluster="city_code")
BANDS = Inference("multiplier", cluster="city_code", draws=1_000, seed=20210403)
ALL = {"outcome": "nqp_firm", "treatment": "zone_city", "sample": "firm", "inference": BY_CITY}
LEFT_OUT = ("without_cohort", 2015)
WITHOUT = {**ALL, "variant": "without_2015", "options": (LEFT_OUT,)}
# The figure's leads are measured from the year before treatment, as those of the others.
UNIVERSAL = (LEFT_OUT, ("base", "universal"))
CALLAWAY = ("callaway_santanna", "callaway_santanna_never")
MAIN = ("callaway_santanna", "imputation")

EXHIBIT = Exhibit(
    title="Effects on firms by cohort and year: estimators for staggered adoption",
    title_zh="企业层面：多期双重差分的稳健估计量",
    columns=tuple(
        column
        for block in (
            {**WITHOUT, "estimator": CALLAWAY, "inference": BANDS, "options": UNIVERSAL},
            {**WITHOUT, "estimator": ("sun_abraham", "imputation", "extended_twfe")},
            {**WITHOUT, "controls": "firm", "estimator": "imputation"},
            {**WITHOUT, "outcome": "nqp_firm_without_rd", "estimator": MAIN},
            {**ALL, "estimator": MAIN},
            {**ALL, "estimator": "stacked", "options": (("window", "-3 1"),)},
        )
        for column in grid(**block)
    ),
    layout="list",
    figure=Figure(
        kind="event_overlay",
        title="Effects on firms by years since treatment",
        choices=(("outcome", "nqp_firm"), ("controls", "none"), ("variant", "without_2015")),
    ),
    notes=(
        "The cohort of 2015 is the firms of one city, Hangzhou, whose error by city is not "
        "identified: averages with an error leave it out, those with it are points.",
    ),
    notes_zh=(
        "2015年队列为杭州一市的企业，按城市聚类的标准误不可识别：带标准误的平均效应不含该队列，含该队列者仅为点估计。",
    ),
)
