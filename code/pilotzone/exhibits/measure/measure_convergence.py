"""Convergence of the index between provinces: spread by year, growth on the initial level."""

from pilotzone.catalogue import Description, Exhibit

INDICES = ("nqp", "nqp_no_ecommerce", "nqp_by_year")

EXHIBIT = Exhibit(
    title="Convergence of the index between provinces",
    title_zh="指数的省际收敛",
    describe=Description(
        kind="convergence", sample="main", variables=INDICES, matrices=("contiguity",)
    ),
    notes=(
        "With unit effects the coefficient is biased downwards in short panels (Nickell 1981, "
        "Hurwicz 1950): it tends to the value given below the line if no province converges at "
        "all. The test of Harris and Tzavalis measures from there, against convergence (left "
        "tail). Speeds of columns with unit effects are to be read with it.",
        "Without unit effects errors of measurement in the initial level bias the coefficient "
        "downwards too. Growth of an index in logarithms depends on its zero, as inequality does; "
        "for the index standardised within the year it is the change of a relative position.",
        "Speeds of spatial columns are those of the own coefficient, without the feedback through "
        "neighbours; direct and indirect effects stand in the file of the regressions. Likelihood "
        "with lags of growth and of levels; the bias of unit effects is not removed.",
    ),
    notes_zh=(
        "含个体固定效应时，短面板中系数向下偏误（Nickell 1981，Hurwicz 1950）：即使没有省份收敛，"
        "它也趋于该行下方所示的值。"
        "Harris-Tzavalis检验以该值为起点，备择假设为收敛（左尾）。含个体固定效应各列的收敛速度应据此解读。",
        "不含个体固定效应时，初始水平的测量误差同样使系数向下偏误。指数的对数增长与不平等一样取决于其零点；"
        "对年内标准化的指数而言，它是相对位置的变化。",
        "空间各列的收敛速度取自身系数，不含经由邻居的反馈；直接与间接效应见回归文件。似然含增长与水平的滞后，"
        "未剔除个体固定效应的偏误。",
    ),
)
