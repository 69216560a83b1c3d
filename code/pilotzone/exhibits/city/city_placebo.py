"""Placebos on cities: fake roll-outs, permuted paths, effects before the fact, outcomes beside.

Two outcomes that a zone of cross-border e-commerce should not move, named before they were run.
Value added of primary industry: set by land, weather and what was sown; a zone trades and stores
goods of industry. Land area: decided by the State Council, it moves only where borders are redrawn.
Neither is an indicator of the index, a mediator of a claim, or a ratio to GRP, which would fall if
a zone raised GRP.
"""

from pilotzone.catalogue import Exhibit, Figure, Inference, beside, grid

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
PLACEBO = {"role": "placebo"}
ROLLOUTS, PATHS = Inference(draws=500, seed=20160106), Inference(draws=1_000, seed=20191224)
ALONE = {**PLACEBO, "diagnostics": ("treatment_only",)}
BESIDE = (
    *grid(**CITY | ALONE | {"outcome": "ln_primary_value_added"}),
    # Population density holds the land area.
    *grid(
        **CITY | ALONE | {"outcome": "ln_land_area", "controls": ("none", "city_without_density")}
    ),
)
PLAIN = grid(**CITY, **ALONE)
EARLY = {"variant": "two_years_early", "options": (("years_early", 2),)}

EXHIBIT = Exhibit(
    title="Placebo tests on cities",
    title_zh="城市层面的安慰剂检验",
    columns=(
        *grid(**CITY, **PLACEBO, estimator="fake_rollout", inference=ROLLOUTS),
        *grid(**CITY, **PLACEBO, estimator="permuted_paths", inference=PATHS),
        *beside(PLAIN, "two_years_early", (*PLAIN, *BESIDE), **EARLY),
        *BESIDE,
    ),
    layout="list",
    figure=Figure(kind="placebo", title="The city estimate among fake roll-outs"),
    notes=(
        "Named before they were run as outcomes that a zone should not move: value added of "
        "primary industry, land area. Land area moves only where borders are redrawn.",
        "A place among random roll-outs says that the zones were not drawn at random over cities; "
        "it does not tell an effect from a trend that the chosen cities had before.",
    ),
    notes_zh=(
        "估计之前即指定、综试区不应影响的被解释变量：第一产业增加值、行政区域土地面积；"
        "后者仅随区划调整变动。",
        "估计值在随机推广中的位置表明综试区并非在城市间随机抽取；它不能将效应与入选城市此前已"
        "有的趋势区分开。",
    ),
)
