"""What is known of the effect in the years in which nobody is untreated."""

from pilotzone.catalogue import Exhibit, Figure, grid

ZONE = {"treatment": "zone_first", "estimator": "bounded_variation", "role": "diagnostic"}

EXHIBIT = Exhibit(
    title="Bounds for the mean effect on provinces once all are treated, 2020-2022",
    title_zh="全部省份均受处理后平均效应的界，2020-2022年",
    columns=tuple(
        column
        for path in ("level", "drift")
        for column in grid(
            **ZONE,
            outcome=("nqp", "nqp_no_ecommerce"),
            variant=f"path_{path}",
            options=(("path", path),),
        )
    ),
    layout="list",
    figure=Figure(kind="bounds", title="Bounds against the change that is allowed"),
    notes=(
        "Province and year effects are fitted on untreated rows to 2019. Behind it nothing tells "
        "the year effects: they are allowed to change by at most M a year, from 0 (level) or from "
        "the mean change before (drift). A bound is M as a multiple of the largest such change "
        "before, which is taken as known. Set: what the bound leaves without sampling error. "
        "Interval: holds the effect in 95 % of samples, jackknife over provinces. Breakdown: the "
        "largest multiple at which zero is left out; none exists where zero lies within at M = 0.",
        "The zone is one of many things that came to all provinces in these years: an effect here "
        "is whatever moved provinces beyond the bound, the pandemic and other policies included.",
    ),
    notes_zh=(
        "省份与年份效应以2019年及以前的未处理观测估计。其后没有数据说明年份效应：假定其每年变动"
        "（水平情形相对于零，趋势情形相对于此前的平均变动）不超过M。界为M相对此前最大变动的倍数，该最大"
        "变动视为已知。识别集：不计抽样误差时界所允许的范围。区间：在95%的样本中包含效应，按省份刀切。"
        "临界倍数：不含零的最大倍数；若M=0时已含零，则不存在。",
        "这些年份各省同时经历了许多变化：此处的“效应”是使各省超出界限的一切因素，包括疫情与其他政策。",
    ),
)
