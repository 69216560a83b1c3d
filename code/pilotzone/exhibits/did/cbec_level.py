"""The level of cross-border e-commerce instead of the zones: an association."""

from pilotzone.spec import Exhibit, grid

EXHIBIT = Exhibit(
    title="Level of cross-border e-commerce and new quality productive forces",
    title_zh="跨境电商发展水平与新质生产力",
    columns=grid(
        outcome="nqp_no_ecommerce",
        treatment="cbec_proxy",
        controls=("none", "without_openness"),
        sample=("main", "pre_covid", "no_municipalities"),
    ),
    notes=(
        "The proxy is the geometric mean of e-commerce turnover over GDP and of trade over GDP, "
        "each by its range. It is an outcome of firms, not a policy: an association, not an effect "
        "of the zones. Controls without trade over GDP.",
    ),
)
