"""Index variants by year, with the provinces' ranks."""

from pilotzone.catalogue import Description, Exhibit, Figure

EXHIBIT = Exhibit(
    title="Index of new quality productive forces by year and variant",
    title_zh="新质生产力指数：各年份各口径概况",
    describe=Description(
        kind="index_summary",
        sample="long",
        variables=(
            "nqp",
            "nqp_no_ecommerce",
            "nqp_by_year",
            "nqp_equal",
            "nqp_frozen",
            "nqp_critic",
            "nqp_topsis",
            "nqp_pca",
            "nqp_shifted",
            "nqp_long",
        ),
    ),
    figure=Figure(
        kind="tile_map",
        title="Index of new quality productive forces",
        choices=(("variant", "nqp"), ("years", "2013 2022")),
    ),
)
