"""Placebos: fake roll-outs, permuted paths, effects before the fact, outcomes beside the point."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

FIRST = {"treatment": "zone_first"}
BOTH = {"treatment": ("zone_first", "zone_share")}
INDEX = {"outcome": ("nqp", "nqp_no_ecommerce")}
BESIDE = {"outcome": ("cpi_prev_year_100", "education_budget_share")}
ROLLOUTS, PATHS = Inference(draws=500, seed=20150307), Inference(draws=1_000, seed=20160112)

EXHIBIT = Exhibit(
    title="Placebo tests",
    title_zh="安慰剂检验",
    columns=tuple(
        column
        for test in (
            {**INDEX, **FIRST, "estimator": "fake_rollout", "inference": ROLLOUTS},
            {**INDEX, **BOTH, "estimator": "permuted_paths", "inference": PATHS},
            {**INDEX, **FIRST, "estimator": "in_time_placebo", "options": (("years_early", 2),)},
            {**BESIDE, **BOTH, "diagnostics": ("treatment_only",)},
        )
        for column in grid(**test, controls=("none", "baseline"), role="placebo")
    ),
    layout="list",
    figure=Figure(kind="placebo", title="The estimate among fake roll-outs"),
    notes=(
        "Named before they were run as outcomes that a zone should not move: consumer prices, the "
        "share of education in the budget.",
    ),
    notes_zh=(
        "估计之前即指定、综试区不应影响的被解释变量：居民消费价格、教育支出占财政支出比重。",
    ),
)
