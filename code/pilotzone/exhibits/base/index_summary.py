"""Index variants by year, with the provinces' ranks."""

from pilotzone.catalogue.spec import Exhibit, Figure

EXHIBIT = Exhibit(
    title="Index of new quality productive forces by year and variant",
    title_zh="新质生产力指数：各年份各口径概况",
    describe="index_summary",
    figure=Figure(
        kind="tile_map",
        title="Index of new quality productive forces",
        choices=(("variant", "nqp"), ("years", "2013 2022")),
    ),
)
