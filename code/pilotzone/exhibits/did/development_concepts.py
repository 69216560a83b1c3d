"""Each indicator and the five development concepts, with p-values for the family."""

from pilotzone.catalogue import Exhibit, Family, grid

BOTH = ("zone_first", "zone_share")
SHARED = {"treatment": BOTH, "diagnostics": ("treatment_only",), "role": "mechanism"}
INDICATORS = (
    "rd_intensity",
    "invention_patents_per_10k",
    "technology_turnover_intensity",
    "new_product_intensity",
    "so2_intensity",
    "environment_budget_share",
    "nonthermal_power_share",
    "students_per_10k",
    "broadband_per_capita",
    "ln_disposable_income",
    "rd_personnel_per_10k",
    "gdp_per_capita",
    "optical_cable_density",
    "transport_density",
    "digital_finance_index",
    "ecommerce_intensity",
)
CONCEPTS = ("concept_innovation", "concept_green", "concept_sharing")
# Family, what is explained, the controls that don't hold it, and rows.
FAMILIES = (
    ("indicator", INDICATORS, "baseline", "main"),
    ("indicator", "openness", "without_openness", "main"),
    ("indicator", "urbanisation", "without_urbanisation", "main"),
    ("indicator", "tertiary_share_as_published", "without_secondary_share", "from_2014"),
    ("concept", CONCEPTS, "baseline", "main"),
    ("concept", "concept_openness", "without_openness", "main"),
    ("concept", "concept_coordination", "without_urbanisation", "from_2014"),
)

EXHIBIT = Exhibit(
    title="Effects on each indicator and on the five development concepts",
    title_zh="对各指标与五大发展理念的影响",
    columns=tuple(
        column
        for family, outcome, controls, sample in FAMILIES
        for column in grid(
            **SHARED, outcome=outcome, controls=controls, sample=sample, variant=family
        )
    ),
    layout="list",
    family=Family(kind="romano_wolf", draws=9_999, seed=20250425),
    notes=(
        "Family p-values: Romano and Wolf, step-down, over the indicators and over the concepts, "
        "by the restricted wild cluster bootstrap with the same weights in every column.",
        "Concepts are equal-weighted means of their indicators by range; a concept's own variable "
        "leaves the controls. Coordination starts in 2014.",
    ),
    notes_zh=(
        "多重检验p值：Romano-Wolf逐步法，分别覆盖各指标与各理念，采用约束野聚类自助，各列权重"
        "相同。",
        "各理念为其指标经极差标准化后的等权平均；理念自身所含的变量不再作为控制变量。协调理念"
        "自2014年起。",
    ),
)
