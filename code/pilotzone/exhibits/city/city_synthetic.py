"""Synthetic control of the first zones of cities, one by one."""

from pilotzone.catalogue import Exhibit, Figure, grid

EXHIBIT = Exhibit(
    title="Synthetic control of Hangzhou and the twelve cities of 2016",
    title_zh="合成控制：杭州与2016年的十二个城市",
    columns=tuple(
        column
        for variant, demeaned in (("plain", "no"), ("demeaned", "yes"))
        for column in grid(
            outcome="nqp_city",
            treatment="zone_city",
            sample="city",
            estimator="synthetic_control",
            variant=variant,
            options=(("cohorts", "2015 2016"), ("demeaned", demeaned)),
        )
    ),
    layout="list",
    figure=Figure(kind="synthetic_gaps", title="The first zones and their synthetic controls"),
    notes=(
        "Donors: cities never treated to 2020 and observed in all years of the city. p: conformal, "
        "the residuals of all years moved as a block; with ten years it is never below 0.1, so "
        "that no 95 % interval ends.",
        "With a constant the control is moved to the level of the city before treatment: most of "
        "these cities lie above every donor.",
    ),
    notes_zh=(
        "对照池：2020年止未处理且在该市各年均有观测的城市。p值为保形推断，将全部年份的残差整块移"
        "动；十年数据的p值不低于0.1，95%区间因而没有端点。",
        "加入常数项后，合成控制移至该市处理前的水平：这些城市多高于对照池中所有城市。",
    ),
)
