"""Two-way difference in differences of firms: industry years, clusters by city and by firm."""

from pilotzone.catalogue import Exhibit, Inference, grid

FIRM = {"outcome": ("nqp_firm", "nqp_firm_without_rd"), "treatment": "zone_city", "sample": "firm"}
BY_CITY = {"effects": ("two_way", "industry_year"), "inference": Inference(cluster="city_code")}

EXHIBIT = Exhibit(
    title="Pilot zones and new quality productive forces of firms: two-way fixed effects",
    title_zh="综试区与企业新质生产力：双向固定效应",
    columns=(
        *grid(**FIRM, controls=("none", "firm"), **BY_CITY),
        *grid(**FIRM, controls="firm", variant="firm_clusters"),
    ),
    notes=(
        "The zone is a city's: errors by city. Those by firm stand beside and take the firms of a "
        "city for independent draws of a treatment that they share.",
        "R&D lines are indicators of the index (firm_index shows their weights); the index without "
        "them stands beside it. Liabilities over assets are one minus an indicator and no control.",
    ),
    notes_zh=(
        "综试区设于城市：标准误按城市聚类。按企业聚类者并列于旁，视同城企业为共同处理的独立抽取。",
        "研发各项为指数的指标（权重见firm_index）；剔除研发的指数并列于旁。资产负债率等于一减某项指标，"
        "不作控制变量。",
    ),
)
