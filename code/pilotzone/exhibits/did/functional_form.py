"""Level, logarithm and Poisson beside each other, and whether parallel trends hang on the form."""

from pilotzone.catalogue import Exhibit, Inference, grid

ZONES = ("zone_first", "zone_share")
TESTED = {
    "treatment": "zone_first",
    "estimator": "form_test",
    "inference": Inference("least_favourable", draws=9_999, seed=20230301),
    "role": "diagnostic",
}
INDICES = ("nqp", "nqp_no_ecommerce")
# Outcomes and mediators, what moves them, the controls that don't hold them, and rows.
OUTCOMES = (
    (INDICES, ZONES, "baseline", "main"),
    (INDICES, "cbec_proxy", "without_openness", "main"),
    (("technology_turnover_intensity", "rd_intensity"), ZONES, "baseline", "main"),
    (("openness", "ecommerce_turnover_intensity"), ZONES, "without_openness", "main"),
    (
        "tertiary_share_as_published",
        ZONES,
        "without_secondary_share",
        ("from_2014", "2014_to_2018"),
    ),
    ("tertiary_secondary_ratio", ZONES, "without_secondary_share", "from_2016"),
)

EXHIBIT = Exhibit(
    title="The form of the outcome: level, logarithm and Poisson, and the test whether it matters",
    title_zh="函数形式：水平值、对数与泊松，及其是否影响平行趋势",
    columns=tuple(
        column
        for outcome, treatment, controls, sample in OUTCOMES
        for change in (
            {"treatment": treatment, "controls": ("none", controls), "estimator": "forms"},
            *((TESTED,) if treatment == ZONES else ()),
        )
        for column in grid(outcome=outcome, sample=sample, **change)
    ),
    layout="list",
    notes=(
        "Logarithm and Poisson are semi-elasticities; the level is in units of the outcome. Signs "
        "and p-values can be compared, sizes of a level and a ratio cannot.",
        "The test: if parallel trends hold in every form, the shares of the treated provinces in "
        "five bins of the outcome that the untreated imply are not negative. A small p says that "
        "the form decides; a large one does not say that it is without importance.",
    ),
    notes_zh=(
        "对数与泊松为半弹性，水平值以被解释变量的单位计。符号与p值可以比较，水平值与比率的大小不"
        "能比较。",
        "检验：若平行趋势在任何形式下均成立，则由未处理省份推得的处理省份在被解释变量五个区间中"
        "的占比不为负。p值小说明结论取决于形式；p值大不说明形式无关紧要。",
    ),
)
