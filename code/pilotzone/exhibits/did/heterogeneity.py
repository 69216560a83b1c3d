"""Effects by region, coast and initial digital finance, with tests of equality."""

from pilotzone.catalogue import Exhibit, beside, grid

ZONES = {"treatment": ("zone_first", "zone_share"), "controls": ("none", "baseline")}
SHARED = {**ZONES, "estimator": "heterogeneity", "role": "heterogeneity"}
SPLITS = (
    ("region3", ("nqp", "nqp_no_ecommerce")),
    ("coastal", ("nqp", "nqp_no_ecommerce")),
    ("digital_finance_index", ("nqp_no_digital_finance", "nqp_no_ecommerce_no_digital_finance")),
)
PUBLISHED = tuple(
    column
    for by, outcome in SPLITS
    for column in grid(**SHARED, outcome=outcome, variant=by, options=(("by", by),))
)
LONG = tuple(c for c in PUBLISHED if (c.treatment, c.controls) == ("zone_first", "none"))
CHANGE = {"among": PUBLISHED, "estimator": "long_difference", "effects": "group_year"}

EXHIBIT = Exhibit(
    title="Heterogeneity by region, coast and initial digital finance",
    title_zh="异质性分析",
    columns=(
        *PUBLISHED,
        *beside(PUBLISHED, "group_year", effects="group_year"),
        *beside(LONG, "long_difference", **CHANGE),
    ),
    layout="list",
    notes=(
        "Groups by digital finance are split at the median of 2013.",
        "Without group × year effects the groups share the years' path, so that what one group "
        "does anyway counts as its effect. Groups that were treated at other times differ by "
        "cohort: the change from the last year before takes cohorts with ten units of each group.",
    ),
    notes_zh=(
        "数字金融的分组以2013年中位数为界。",
        "若不含组别×年份效应，各组共用同一时间走势，某组原有的变化会计为其效应。处理时间不同的组"
        "别差异可能只是队列差异：处理前一年起的变化仅用每组均有十个处理个体的队列。",
    ),
)
