"""Rows kept and dropped on the way from the figures to each sample."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="From the published figures to the samples: rows kept and dropped",
    title_zh="样本筛选流程",
    describe=Description(kind="sample_flow", options=(("panels", "province city"),)),
)
