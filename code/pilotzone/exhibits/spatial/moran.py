"""Moran's I and Geary's C by year and matrix; local Moran by contiguity."""

from pilotzone.catalogue import Description, Exhibit, Figure, Specification
from pilotzone.catalogue.matrices import built_for

BASELINE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_share", "controls": "baseline"}

EXHIBIT = Exhibit(
    title="Spatial autocorrelation by year and matrix",
    title_zh="空间自相关检验",
    describe=Description(
        kind="moran",
        baseline=Specification(**BASELINE),
        variables=("nqp", "nqp_no_ecommerce", "zone_share", "zone_first"),
        matrices=built_for("province"),
        draws=999,
        seed=20180724,
        options=(("local", "contiguity"), ("local_draws", 9_999)),
    ),
    figure=Figure(
        kind="moran",
        title="Moran scatter and local clusters",
        choices=(("outcome", "nqp_no_ecommerce"), ("weights", "contiguity"), ("year", "2022")),
    ),
    notes=(
        "Residuals: baseline regression of the index without e-commerce on the share of units with "
        "a zone, controls and two-way effects. A year in which a variable is the same in all "
        "provinces has no statistic.",
    ),
    notes_zh=(
        "残差：不含电子商务的指数对设综试区地级单位占比、控制变量与双向固定效应的基准回归。变"
        "量在各省均相同的年份没有统计量。",
    ),
)
