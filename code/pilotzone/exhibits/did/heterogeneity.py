"""Effects by region, coast and initial digital finance, with tests of equality."""

from pilotzone.catalogue import Exhibit, grid

BOTH = ("nqp", "nqp_no_ecommerce")
CODINGS = ("zone_first", "zone_share")

EXHIBIT = Exhibit(
    title="Heterogeneity by region, coast and initial digital finance",
    title_zh="异质性分析",
    columns=(
        *grid(
            outcome=BOTH,
            treatment=CODINGS,
            controls=("none", "baseline"),
            estimator="heterogeneity",
            variant="region3",
            options=(("by", "region3"),),
            role="heterogeneity",
        ),
        *grid(
            outcome=BOTH,
            treatment=CODINGS,
            controls=("none", "baseline"),
            estimator="heterogeneity",
            variant="coastal",
            options=(("by", "coastal"),),
            role="heterogeneity",
        ),
        *grid(
            outcome=("nqp_no_digital_finance", "nqp_no_ecommerce_no_digital_finance"),
            treatment=CODINGS,
            controls=("none", "baseline"),
            estimator="heterogeneity",
            variant="digital_finance_index",
            options=(("by", "digital_finance_index"),),
            role="heterogeneity",
        ),
    ),
    layout="list",
    notes=("Groups by digital finance are split at the median of 2013.",),
    notes_zh=("数字金融的分组以2013年中位数为界。",),
)
