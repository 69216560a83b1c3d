"""The level of cross-border e-commerce instead of the zones: an association."""

from pilotzone.catalogue import Exhibit, grid

BOTH = ("none", "without_openness")
PROXY = {"outcome": "nqp_no_ecommerce", "treatment": "cbec_proxy", "controls": BOTH}

EXHIBIT = Exhibit(
    title="Level of cross-border e-commerce and new quality productive forces",
    title_zh="跨境电商发展水平与新质生产力",
    columns=(
        *grid(**PROXY),
        *grid(**PROXY, sample=("pre_covid", "no_municipalities"), role="robustness"),
    ),
    notes=(
        "The proxy is the geometric mean of e-commerce turnover over GDP and of trade over GDP, "
        "each by its range. It is an outcome of firms, not a policy: an association, not an effect "
        "of the zones. Controls without trade over GDP.",
    ),
    notes_zh=(
        "代理变量为电子商务交易额占GDP比重与进出口占GDP比重经极差标准化后的几何平均。它是企业"
        "活动的结果而非政策：所示为相关关系，不是综试区的效应。控制变量不含进出口占GDP比重。",
    ),
)
