"""Effects by region, coast and initial digital finance, with tests of equality."""

from pilotzone.catalogue import Exhibit, grid

ZONES = {"treatment": ("zone_first", "zone_share"), "controls": ("none", "baseline")}
SHARED = {**ZONES, "estimator": "heterogeneity", "role": "heterogeneity"}
SPLITS = (
    ("region3", ("nqp", "nqp_no_ecommerce")),
    ("coastal", ("nqp", "nqp_no_ecommerce")),
    ("digital_finance_index", ("nqp_no_digital_finance", "nqp_no_ecommerce_no_digital_finance")),
)

EXHIBIT = Exhibit(
    title="Heterogeneity by region, coast and initial digital finance",
    title_zh="异质性分析",
    columns=tuple(
        column
        for by, outcome in SPLITS
        for column in grid(**SHARED, outcome=outcome, variant=by, options=(("by", by),))
    ),
    layout="list",
    notes=("Groups by digital finance are split at the median of 2013.",),
    notes_zh=("数字金融的分组以2013年中位数为界。",),
)
