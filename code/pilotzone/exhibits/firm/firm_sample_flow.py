"""From a reader's file to the samples of firms."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="From the file to the samples of firms: rows kept and dropped",
    title_zh="从文件到企业样本：保留与剔除的观测",
    describe=Description(kind="sample_flow", options=(("panels", "firm"),)),
)
