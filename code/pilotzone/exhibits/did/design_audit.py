"""Simulation on the real roll-out: what each estimator can be trusted for."""

from pilotzone.catalogue import Description, Exhibit, Specification

EXHIBIT = Exhibit(
    title="Estimators on the real roll-out with known effects: bias, size, power",
    title_zh="真实推广进程下各估计量的偏误、检验水平与功效（模拟）",
    describe=Description(
        kind="design_audit",
        baseline=Specification(outcome="nqp_no_ecommerce", treatment="zone_first"),
        draws=500,
        seed=20250307,
    ),
    built_by="bench",
    notes=(
        "Simulated outcomes: province and year effects and noise with the size and "
        "autocorrelation of the baseline residual. Two-way estimates use 2013-2022 and are "
        "compared with the mean effect over all treated rows; the others use 2013-2019 without "
        "the one-province cohort of 2015 and are compared with the mean effect over their cells. "
        "Pre-trend: provinces treated by 2016 grow faster by 0.002 a year, without any effect.",
    ),
    notes_zh=(
        "模拟的被解释变量：省份与年份固定效应，加上与基准残差方差和自相关相同的扰动。双向固定"
        "效应用2013-2022年，与全部处理观测的平均效应比较；其余估计量用2013-2019年，不含仅有一"
        "省的2015年队列，与其各单元的平均效应比较。处理前趋势：2016年前处理的省份每年多增长"
        "0.002，没有任何效应。",
    ),
)
