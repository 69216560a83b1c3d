"""Level, logarithm and Poisson of city outcomes, and whether parallel trends hang on the form."""

from pilotzone.catalogue import Exhibit, Inference, grid

CITY = {"treatment": "zone_city", "sample": "city"}
TESTED = {
    **CITY,
    "estimator": "form_test",
    "options": (("bins", 10),),
    "inference": Inference("least_favourable", draws=9_999, seed=20230302),
    "role": "diagnostic",
}
FORMS = {**CITY, "estimator": "forms", "effects": ("two_way", "unit_trends")}
# Outcomes and mediators by the controls that don't hold them.
OUTCOMES = {
    "city": (
        *("nqp_city", "green_patents", "green_patents_per_10k", "science_share"),
        *("tertiary_secondary_ratio", "agglomeration"),
        *("degree_centrality", "closeness_centrality", "betweenness_centrality"),
    ),
    "city_without_finance": ("finance",),
    "city_without_fdi_share": ("fdi_share",),
}

EXHIBIT = Exhibit(
    title="The form of city outcomes: level, logarithm and Poisson, and whether it matters",
    title_zh="城市层面的函数形式：水平值、对数与泊松，及其是否影响平行趋势",
    columns=tuple(
        column
        for controls, outcomes in OUTCOMES.items()
        for outcome in outcomes
        for change in ({**FORMS, "controls": ("none", controls)}, TESTED)
        for column in grid(outcome=outcome, **change)
    ),
    layout="list",
    notes=(
        "Logarithm and Poisson are semi-elasticities; the level is in units of the outcome. Signs "
        "and p-values can be compared, sizes of a level and a ratio cannot.",
        "The test: if parallel trends hold in every form, the shares of the treated cities in ten "
        "bins of the outcome that the untreated imply are not negative. A small p says that the "
        "form decides; a large one does not say that it is without importance.",
    ),
    notes_zh=(
        "对数与泊松为半弹性，水平值以被解释变量的单位计。符号与p值可以比较，水平值与比率的大小不"
        "能比较。",
        "检验：若平行趋势在任何形式下均成立，则由未处理城市推得的处理城市在被解释变量十个区间中"
        "的占比不为负。p值小说明结论取决于形式；p值大不说明形式无关紧要。",
    ),
)
