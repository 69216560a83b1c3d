"""Effects on cities beside factors of the untreated cells, and by imputation with trends."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

DRAWN = Inference("bootstrap_normal", draws=500, seed=20170125)
BALANCED = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}

EXHIBIT = Exhibit(
    title="Effects on cities beside factors, and by imputation with and without trends",
    title_zh="城市层面：因子模型、矩阵补全与插补法(有无个体趋势)",
    columns=(
        # Two years held out leave the cohort of 2016 three, which tell two factors at most.
        *grid(
            **BALANCED,
            estimator="interactive_effects",
            inference=DRAWN,
            options=(("placebo", 2), ("max_rank", 2)),
        ),
        *grid(
            **BALANCED,
            estimator="matrix_completion",
            inference=DRAWN,
            options=(("placebo", 2),),
        ),
        *grid(**BALANCED, estimator="imputation", effects=("two_way", "unit_trends")),
    ),
    layout="list",
    figure=Figure(
        kind="event_overlay",
        title="Effects on cities by years since treatment: factors and trends",
        choices=(("outcome", "nqp_city"), ("sample", "balanced")),
    ),
    notes=(
        "Rank and penalty by cross-validation on untreated cells: a further factor, or a smaller "
        "penalty, lowers the error of held-out cells by 1 % at least. Before a number is shown, "
        "200 panels are simulated on this roll-out: no effect, no factor, noise with size and "
        "autocorrelation of the two-way residual; the choice and the errors (bootstrap: 12 draws, "
        "t(11)) are made anew in each. A column whose 95 % interval of the mean effect holds zero "
        "in less than 90 % of them shows no number.",
        "Test of equivalence: the largest mean residual before treatment against 0.36 standard "
        "deviations of two-way residuals of untreated cells, two one-sided tests by the normal "
        "distribution; a small p says that it lies within.",
    ),
    notes_zh=(
        "因子数与惩罚参数由未处理单元的交叉验证选定：增加一个因子或减小惩罚，须使留出单元的误差至少下降1%。"
        "报告数值之前，按本推广进程模拟200个面板：无效应、无因子，扰动的大小与自相关取自双向固定效应残差；"
        "每次重新选择并计算标准误（自助法：12次抽样，t(11)）。若平均效应的95%区间含零的比例低于90%，则该列不报告数值。",
        "等价性检验：处理前最大平均残差与未处理单元双向残差0.36个标准差相比（两个单侧正态检验）；p值小表示其在界内。",
    ),
)
