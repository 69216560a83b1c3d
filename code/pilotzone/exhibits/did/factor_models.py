"""Effects on provinces beside factors of the untreated cells, on the years that have such cells."""

from pilotzone.catalogue import Exhibit, Inference, grid

DRAWN = Inference("bootstrap", draws=500, seed=20170125)
ALL = {"treatment": "zone_first", "sample": "pre_covid"}
MODELS = ("interactive_effects", "matrix_completion")
LEFT_OUT, AUDITED = ("without_cohort", 2015), ("audit_draws", 100)

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
                options=(LEFT_OUT, AUDITED),
            )
        ),
        *grid(
            **ALL,
            outcome="nqp",
            estimator="interactive_effects",
            inference=DRAWN,
            variant="one_factor",
            options=(("rank", 1), LEFT_OUT, AUDITED),
        ),
    ),
    layout="list",
    notes=(
        "Rank and penalty by cross-validation on untreated cells. A column whose interval covers "
        "fewer than 90 % of panels simulated on this roll-out without an effect prints no number.",
        "The cohort of 2015 is one province: it enters the fit and no average.",
    ),
    notes_zh=(
        "因子数与惩罚参数由未处理单元的交叉验证选定。若区间在按该处理进程模拟、无效应的面板中覆盖率低于90%，"
        "则该列不报告数值。",
        "2015年队列仅一个省份：进入拟合，不计入平均。",
    ),
)
