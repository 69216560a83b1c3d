"""Placebos: fake roll-outs, permuted paths, effects before the fact, outcomes beside the point."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

BOTH = ("nqp", "nqp_no_ecommerce")

EXHIBIT = Exhibit(
    title="Placebo tests",
    title_zh="安慰剂检验",
    columns=(
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            controls=("none", "baseline"),
            estimator="fake_rollout",
            inference=Inference(draws=500, seed=20150307),
            role="placebo",
        ),
        *grid(
            outcome=BOTH,
            treatment=("zone_first", "zone_share"),
            controls=("none", "baseline"),
            estimator="permuted_paths",
            inference=Inference(draws=1_000, seed=20160112),
            role="placebo",
        ),
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            controls=("none", "baseline"),
            estimator="in_time_placebo",
            options=(("years_early", 2),),
            role="placebo",
        ),
        *grid(
            outcome=("cpi_prev_year_100", "education_budget_share"),
            treatment=("zone_first", "zone_share"),
            controls=("none", "baseline"),
            diagnostics=("treatment_only",),
            role="placebo",
        ),
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
