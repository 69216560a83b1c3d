"""Placebos: fake roll-outs, permuted paths, effects before the fact, outcomes beside the point."""

from pilotzone.catalogue import Exhibit, Figure, Inference, beside, grid

FIRST = {"treatment": "zone_first"}
BOTH = {"treatment": ("zone_first", "zone_share")}
INDEX = {"outcome": ("nqp", "nqp_no_ecommerce")}
BESIDE = {"outcome": ("cpi_prev_year_100", "education_budget_share")}
BOTH_SETS = {"controls": ("none", "baseline"), "role": "placebo"}
ALONE = {**BOTH_SETS, "diagnostics": ("treatment_only",)}
PLAIN = grid(**INDEX, **BOTH, **ALONE)
EARLY = {"variant": "two_years_early", "options": (("years_early", 2),)}
ROLLOUTS, PATHS = Inference(draws=500, seed=20150307), Inference(draws=1_000, seed=20160112)

EXHIBIT = Exhibit(
    title="Placebo tests",
    title_zh="安慰剂检验",
    columns=(
        *grid(**INDEX, **FIRST, **BOTH_SETS, estimator="fake_rollout", inference=ROLLOUTS),
        *grid(**INDEX, **BOTH, **BOTH_SETS, estimator="permuted_paths", inference=PATHS),
        *beside(grid(**INDEX, **FIRST, **ALONE), "two_years_early", PLAIN, **EARLY),
        *grid(**BESIDE, **BOTH, **ALONE),
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
