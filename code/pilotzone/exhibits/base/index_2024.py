"""The index to 2024: weights, moments by year and the flagged cells that it reads."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Index of nine indicators to 2024: weights, moments and flagged cells",
    title_zh="九指标新质生产力指数（至2024年）：权重、分布与存疑数据",
    describe=Description(
        kind="index",
        sample="province_2024",
        variables=("nqp_2024", "nqp_2024_no_ecommerce", "nqp_2024_equal"),
    ),
    notes=(
        "Not printed for 2024, and so not in this index: R&D personnel, new products, the "
        "environment budget, SO2, highways and railways, digital finance. It is another index than "
        "that of 15 indicators, and no claim rests on it.",
        "Electricity of 2024 is of a later vintage than that of the years before: total and "
        "thermal power are of one vintage within each year.",
    ),
    notes_zh=(
        "2024年尚未公布、因而不在本指数内：R&D人员、新产品、节能环保支出、二氧化硫、公路与铁路、"
        "数字金融。本指数不同于15项指标的指数，没有任何论断以其为依据。",
        "2024年发电量的数据版本晚于此前各年：各年之内总发电量与火电为同一版本。",
    ),
)
