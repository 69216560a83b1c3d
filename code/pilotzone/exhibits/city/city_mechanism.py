"""What the zones of cities are said to work through."""

from pilotzone.catalogue import Exhibit, grid

CITY = {"treatment": "zone_city", "sample": "city", "effects": ("two_way", "unit_trends")}
SHARED = {**CITY, "diagnostics": ("treatment_only",), "role": "mechanism"}
OTHERS = (
    "green_patents_per_10k",
    "ln_green_patents",
    "science_share",
    "tertiary_secondary_ratio",
    "agglomeration",
    "ln_agglomeration",
)

EXHIBIT = Exhibit(
    title="Mechanisms on cities: effects on the mediators",
    title_zh="城市层面的机制检验",
    columns=(
        *grid(**SHARED, outcome=OTHERS, controls=("none", "city")),
        *grid(**SHARED, outcome="finance", controls=("none", "city_without_finance")),
        *grid(**SHARED, outcome="fdi_share", controls=("none", "city_without_fdi_share")),
    ),
    layout="list",
    notes=(
        "[6]: green invention patents, science share, tertiary over secondary value added. [7]: "
        "agglomeration (secondary and tertiary value added over land), finance and foreign "
        "investment as factor allocation; each leaves the controls.",
        "Exports are open for provinces only: see trade over GDP in the exhibit mechanism. The "
        "technology market of [4] is open for provinces only: see the same exhibit. The "
        "efficiency of factor combination needs investment and employment by city, which are "
        "licensed: not estimated.",
        "Green patents and the science share are parts of the index.",
        "Levels let equal growth of rich cities look like an effect: green patents and "
        "agglomeration stand in logs as well. Patents are zero in some rows, hence ln (1 + x).",
    ),
    notes_zh=(
        "[6]：绿色发明专利、科学支出占比、三产与二产增加值之比。[7]：集聚（二三产增加值与土地"
        "面积之比），以及作为要素配置的金融与外资；各中介变量不再作为控制变量。",
        "出口仅有省级公开数据：见表mechanism中的进出口占GDP比重。[4]的技术市场也仅有省"
        "级公开数据：见同表。要素组合效率须有城市投资与就业数据，此类数据需授权：未作"
        "估计。",
        "绿色专利与科学支出占比为指数的组成部分。",
        "以水平值计，富裕城市的同比例增长会表现为效应：绿色专利与集聚另列对数形式。部分观测的专"
        "利数为零，故取ln(1+x)。",
    ),
)
