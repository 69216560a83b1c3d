"""Rows kept and dropped on the way from the figures to each sample."""

from pilotzone.catalogue.spec import Exhibit

EXHIBIT = Exhibit(
    title="From the published figures to the samples: rows kept and dropped",
    title_zh="样本筛选流程",
    describe="sample_flow",
)
