"""Weights of the index by variant."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Index of new quality productive forces: weight of each indicator",
    title_zh="新质生产力指数：各指标权重",
    describe=Description(kind="index_weights", sample="main"),
)
