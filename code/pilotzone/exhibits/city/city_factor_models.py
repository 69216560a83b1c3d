"""Effects on cities beside factors of the untreated cells, and by imputation with trends."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

DRAWN = Inference("bootstrap", draws=500, seed=20170125)
BALANCED = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}

EXHIBIT = Exhibit(
    title="Effects on cities beside factors, and by imputation with and without trends",
    title_zh="城市层面：因子模型、矩阵补全与插补法(有无个体趋势)",
    columns=(
        *grid(
            **BALANCED,
            estimator=("interactive_effects", "matrix_completion"),
            inference=DRAWN,
            options=(("placebo", 2), ("audit_draws", 100)),
        ),
        *grid(**BALANCED, estimator="imputation", effects=("two_way", "unit_trends")),
    ),
    terms=("overall", "cohort", "event", "test", "bound", "factors"),
    layout="list",
    figure=Figure(
        kind="event_overlay",
        title="Effects on cities by years since treatment: factors and trends",
        choices=(("outcome", "nqp_city"), ("sample", "balanced")),
    ),
    notes=(
        "Rank and penalty by cross-validation on untreated cells. A column whose interval covers "
        "fewer than 90 % of panels simulated on this roll-out without an effect prints no number.",
    ),
    notes_zh=(
        "因子数与惩罚参数由未处理单元的交叉验证选定。若区间在按该处理进程模拟、无效应的面板中覆盖率低于90%，"
        "则该列不报告数值。",
    ),
)
