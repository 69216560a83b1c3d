"""The index of firms: weights by variant and moments by year."""

from pilotzone.catalogue import Description, Exhibit

INDICES = ("nqp_firm", "nqp_firm_by_year", "nqp_firm_without_rd")

EXHIBIT = Exhibit(
    title="Index of new quality productive forces of firms: weights and moments",
    title_zh="企业新质生产力指数：权重与分年统计",
    describe=Description(kind="index", sample="firm_all", variables=INDICES),
    notes=(
        "Indicators after Song, Zhang and Pan (2024). A reader's panel that lacks a field has an "
        "index without its indicator.",
    ),
    notes_zh=("指标依宋佳、张金昌与潘艺（2024）。读者面板缺少某字段时，指数不含相应指标。",),
)
