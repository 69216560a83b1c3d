"""What the zones of cities are said to work through."""

from pilotzone.spec import Exhibit, grid

ONE = ("treatment_only",)
BOTH = ("two_way", "unit_trends")

EXHIBIT = Exhibit(
    title="Mechanisms on cities: effects on the mediators",
    title_zh="城市层面的机制检验",
    columns=(
        *grid(
            outcome=(
                "green_patents_per_10k",
                "ln_green_patents",
                "science_share",
                "tertiary_secondary_ratio",
                "agglomeration",
            ),
            treatment="zone_city",
            controls=("none", "city"),
            sample="city",
            effects=BOTH,
            diagnostics=ONE,
            role="mechanism",
        ),
        *grid(
            outcome="finance",
            treatment="zone_city",
            controls=("none", "city_without_finance"),
            sample="city",
            effects=BOTH,
            diagnostics=ONE,
            role="mechanism",
        ),
        *grid(
            outcome="fdi_share",
            treatment="zone_city",
            controls=("none", "city_without_fdi_share"),
            sample="city",
            effects=BOTH,
            diagnostics=ONE,
            role="mechanism",
        ),
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
    ),
)
