"""Effects by coast, size, ownership and marketisation, with tests of equality."""

from pilotzone.catalogue import Exhibit, Inference, grid

BOTH = ("none", "firm")
FIRM = {"outcome": "nqp_firm", "treatment": "zone_city", "controls": BOTH, "sample": "firm"}
GROUPS = {"estimator": "heterogeneity", "inference": Inference(cluster="city_code")}

EXHIBIT = Exhibit(
    title="Heterogeneity over firms: inland, size, ownership, marketisation",
    title_zh="企业层面的异质性分析",
    columns=tuple(
        column
        for by in ("coastal", "ln_assets", "state_owned", "marketisation")
        for column in grid(
            **FIRM, **GROUPS, variant=by, options=(("by", by),), role="heterogeneity"
        )
    ),
    layout="list",
    notes=(
        "Groups by the firm's first year in the sample: inland and coastal provinces by "
        "provinces.csv, size and marketisation at the median over firms.",
    ),
    notes_zh=(
        "按企业在样本中的首年分组：内陆与沿海按provinces.csv中的省份划分，规模与市场化程度按企业中位数划分。",
    ),
)
