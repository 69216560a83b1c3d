"""Index variants by year, with the provinces' ranks."""

from pilotzone.catalogue import Description, Exhibit, Figure

INDICES = ("by_year", "equal", "frozen", "critic", "topsis", "pca", "shifted", "long")

EXHIBIT = Exhibit(
    title="Index of new quality productive forces by year and variant",
    title_zh="新质生产力指数：各年份各口径概况",
    describe=Description(
        kind="index_summary",
        sample="long",
        variables=("nqp", "nqp_no_ecommerce", *(f"nqp_{index}" for index in INDICES)),
    ),
    figure=Figure(
        kind="tile_map",
        title="Index of new quality productive forces",
        choices=(("variant", "nqp"), ("years", "2013 2022")),
    ),
)
