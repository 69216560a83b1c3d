"""Placebos on firms: zones dealt to other cities, effects before the fact."""

from pilotzone.catalogue import Exhibit, Figure, Inference, beside, grid

BOTH = ("none", "firm")
FIRM = {"outcome": "nqp_firm", "treatment": "zone_city", "controls": BOTH, "sample": "firm"}
PLACEBO = {**FIRM, "role": "placebo"}
DRAWN = {**PLACEBO, "options": (("dealt_to", "city_code"),)}
ROLLOUTS = Inference(cluster="city_code", draws=500, seed=20160106)
PATHS = Inference(cluster="city_code", draws=1_000, seed=20191224)
PLAIN = grid(**PLACEBO, inference=Inference(cluster="city_code"), diagnostics=("treatment_only",))
EARLY = {"variant": "two_years_early", "options": (("years_early", 2),)}

EXHIBIT = Exhibit(
    title="Placebo tests on firms: zones dealt to other cities",
    title_zh="企业层面的安慰剂检验",
    columns=(
        *grid(**DRAWN, estimator="fake_rollout", inference=ROLLOUTS),
        *grid(**DRAWN, estimator="permuted_paths", inference=PATHS),
        *beside(PLAIN, "two_years_early", **EARLY),
    ),
    layout="list",
    figure=Figure(kind="placebo", title="The estimate among fake zones"),
    notes=(
        "All firms of a city get the same fake zone: it is the cities that change places.",
        "A place among random roll-outs says that the zones were not drawn at random over cities; "
        "it does not tell an effect from a trend that the firms of the chosen cities had before.",
    ),
    notes_zh=(
        "同一城市的全部企业获得同一虚拟综试区：互换位置的是城市。",
        "估计值在随机推广中的位置表明综试区并非在城市间随机抽取；它不能将效应与入选城市企业此前已"
        "有的趋势区分开。",
    ),
)
