"""How firm the ranks of the index are, and what its making adds to the error of a regression."""

from pilotzone.catalogue import Description, Exhibit, Figure, grid

INDICES = ("nqp", "nqp_no_ecommerce")

EXHIBIT = Exhibit(
    title="Ranks under other indices, and the regression when the index is rebuilt in each draw",
    title_zh="不同指数口径下的排名与重构指数的自助回归",
    describe=Description(
        kind="index_uncertainty",
        sample="main",
        variables=INDICES,
        columns=grid(
            outcome=INDICES,
            treatment=("zone_first", "zone_share"),
            controls=("none", "baseline"),
        ),
        draws=999,
        seed=20250307,
    ),
    figure=Figure(
        kind="rank_ranges",
        title="Ranks of provinces when the index is made otherwise",
        choices=(("base", "nqp"),),
    ),
    notes=(
        "Ranks: 1 is the highest. Of the mean over years it is the mean index that is ranked. "
        "Without a province, ranges and entropy weights are those of all others, which also "
        "score it; the ranks of the others count.",
        "Bootstrap: provinces are drawn with all their years, with replacement; one drawn twice is "
        "two units. Fixed: the index as it stands. Rebuilt: ranges and weights of the drawn "
        "provinces, which is another unit of measurement where an extreme province is not drawn. "
        "Rebuilt, to scale: brought to the standard deviation of the fixed index in the drawn "
        "rows, so that only weights and shapes differ. The difference between fixed and rebuilt is "
        "what an error that takes the index as data leaves out.",
    ),
    notes_zh=(
        "排名：1为最高。各年均值指对指数的年均值排名。剔除某省份时，极差与熵权取自其余各省份，"
        "并以此为该省打分；仅计其他省份的排名。",
        "自助：有放回地抽取省份及其全部年份，抽中两次者视为两个个体。固定：指数不变。重构：极差与权重取自抽中的省份，"
        "未抽中极端省份时计量单位随之改变。重构（同尺度）：使重构指数在抽中观测上的标准差与固定指数相同，"
        "仅余权重与形状之差。固定与重构之差，即把指数当作数据的标准误所遗漏的部分。",
    ),
)
