"""Inequality of the index between provinces, within and between regions, by year."""

from pilotzone.catalogue import Description, Exhibit, Figure

INDICES = ("nqp", "nqp_no_ecommerce", "nqp_by_year")

EXHIBIT = Exhibit(
    title="Inequality of the index between provinces, by Dagum and Theil",
    title_zh="指数的省际差异：Dagum基尼系数与泰尔指数",
    describe=Description(
        kind="inequality", sample="main", variables=INDICES, options=(("by", "region3"),)
    ),
    figure=Figure(kind="inequality", title="Parts of the Gini coefficient"),
    notes=(
        "Both measures divide by the mean and so depend on where the index has its zero. With one "
        "range for all years the zero is the lowest of all years: what all provinces gain "
        "alike raises the mean and lowers both measures, also while the differences between "
        "provinces grow. With the range of each year the zero moves up with the lowest province, "
        "the common gain is gone, and the weights are those of the year. Studies of one country "
        "and period that report narrowing gaps and widening ones need not contradict each other: "
        "some put indicators on one range, some on that of each year, and absolute differences can "
        "grow while these measures fall.",
        "Values of the index standardised within the year lie on that year's own range and do not "
        "compare in level between years.",
    ),
    notes_zh=(
        "两种测度都除以均值，因而取决于指数零点的位置。全部年份共用一个极差时，零点为全部年份的最低值："
        "各省共同的增长提高均值并降低两种测度，即使省际差值同时扩大。按年取极差时，零点随最低省份上移，共同的增长被剔除，权重也是当年的。"
        "同一国家、同一时期的研究报告差距缩小或扩大未必矛盾：有的用统一极差，有的按年取极差；绝对差值扩大时这些测度也可能下降。",
        "年内标准化指数的数值以当年自身的极差为尺度，年份之间不能比较水平。",
    ),
)
