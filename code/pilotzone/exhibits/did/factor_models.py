"""Effects on provinces beside factors of the untreated cells, on the years that have such cells."""

from pilotzone.catalogue import Exhibit, Inference, grid

DRAWN = Inference("bootstrap_normal", draws=500, seed=20170125)
ALL = {"treatment": "zone_first", "sample": "pre_covid"}
MODELS = ("interactive_effects", "matrix_completion")
LEFT_OUT = ("without_cohort", 2015)

EXHIBIT = Exhibit(
    title="Effects beside interactive effects and by matrix completion",
    title_zh="交互固定效应与矩阵补全估计的效应",
    columns=(
        *(
            column
            for outcome in ("nqp", "nqp_no_ecommerce")
            for column in grid(
                **ALL,
                outcome=outcome,
                estimator=MODELS,
                inference=DRAWN,
                options=(LEFT_OUT,),
            )
        ),
        *grid(
            **ALL,
            outcome="nqp",
            estimator="interactive_effects",
            inference="jackknife",
            options=(LEFT_OUT,),
        ),
        *grid(
            **ALL,
            outcome="nqp",
            estimator="interactive_effects",
            inference=DRAWN,
            variant="one_factor",
            options=(("rank", 1), LEFT_OUT),
        ),
    ),
    layout="list",
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
        "The cohort of 2015 is one province: it enters the fit and no average.",
    ),
    notes_zh=(
        "因子数与惩罚参数由未处理单元的交叉验证选定：增加一个因子或减小惩罚，须使留出单元的误差至少下降1%。"
        "报告数值之前，按本推广进程模拟200个面板：无效应、无因子，扰动的大小与自相关取自双向固定效应残差；"
        "每次重新选择并计算标准误（自助法：12次抽样，t(11)）。若平均效应的95%区间含零的比例低于90%，则该列不报告数值。",
        "等价性检验：处理前最大平均残差与未处理单元双向残差0.36个标准差相比（两个单侧正态检验）；p值小表示其在界内。",
        "2015年队列仅一个省份：进入拟合，不计入平均。",
    ),
)
