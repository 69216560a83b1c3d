"""Placebos on cities: fake roll-outs, permuted paths, effects before the fact."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
TESTS = (
    {"estimator": "fake_rollout", "inference": Inference(draws=500, seed=20160106)},
    {"estimator": "permuted_paths", "inference": Inference(draws=1_000, seed=20191224)},
    {"estimator": "in_time_placebo", "options": (("years_early", 2),)},
)

EXHIBIT = Exhibit(
    title="Placebo tests on cities",
    title_zh="城市层面的安慰剂检验",
    columns=tuple(column for test in TESTS for column in grid(**CITY | test, role="placebo")),
    layout="list",
    figure=Figure(kind="placebo", title="The city estimate among fake roll-outs"),
    notes=(
        "A place among random roll-outs says that the zones were not drawn at random over cities; "
        "it does not tell an effect from a trend that the chosen cities had before.",
    ),
    notes_zh=(
        "估计值在随机推广中的位置表明综试区并非在城市间随机抽取；它不能将效应与入选城市此前已"
        "有的趋势区分开。",
    ),
)
