"""Kernel densities of the index over provinces, by year."""

from pilotzone.catalogue import Description, Exhibit, Figure

EXHIBIT = Exhibit(
    title="Density of the index over provinces by year",
    title_zh="指数的核密度",
    describe=Description(
        kind="densities", sample="main", variables=("nqp", "nqp_no_ecommerce", "nqp_by_year")
    ),
    figure=Figure(
        kind="densities",
        title="Density of the index over provinces",
        choices=(("years", "2013 2016 2019 2022"),),
    ),
    notes=(
        "Each density rests on one value per province; local maxima in the upper tail are single "
        "provinces. Wider spread of the index without a change in proportions makes a density "
        "lower and its bandwidth larger. Densities of the index standardised within the year lie "
        "on each year's own range.",
    ),
    notes_zh=(
        "每条密度以每省一个数值为基础；上尾的局部峰为个别省份。指数离散程度扩大而比例不变时，密度变低、带宽变大。"
        "年内标准化指数的密度以各年自身的极差为尺度。",
    ),
)
