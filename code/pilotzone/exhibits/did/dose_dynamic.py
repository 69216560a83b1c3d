"""Effects of the dose by years since it first rose, beside the two-way column and its weights."""

from pilotzone.catalogue import Exhibit, Figure, grid

DOSES = {
    "outcome": ("nqp", "nqp_no_ecommerce"),
    "treatment": ("zone_share", "zone_count"),
}
WEIGHTS = {"estimator": "negative_weights", "role": "diagnostic"}

EXHIBIT = Exhibit(
    title="Dynamic effects of the dose: share and number of zones",
    title_zh="剂量的动态效应：设区占比与数量",
    columns=(
        *grid(**DOSES, controls=("none", "baseline"), estimator="dose_dynamic"),
        *grid(**DOSES, controls=("none", "baseline"), diagnostics=("treatment_only",)),
        *grid(**DOSES, **WEIGHTS),
    ),
    layout="list",
    figure=Figure(
        kind="dose_dynamic",
        title="Effects by unit of dose, and the weights of the two-way column",
        choices=(("controls", "none"), ("estimator", "dose_dynamic negative_weights")),
    ),
    notes=(
        "Effect l: change of the index from the year before a province's first zone to the l-th "
        "year with one, against provinces without a zone to that year; placebo l: the change back "
        "to l years earlier, of the same provinces. By unit of dose: divided by the dose taken up "
        "to that year. All doses grow within the treated: an effect mixes years of smaller and of "
        "larger doses. From 2020 on no province is left to compare with, so that later switchers "
        "and later years do not enter.",
        "Errors follow the convention of the authors' programs (cohorts of equal first dose); "
        "t(n - 1) is ours, because the normal distribution covers less on this roll-out. Joint "
        "tests of these terms rejected 10 % to 18 % of true nulls at 5 % there and are not shown.",
        "Two-way column: the sum of effects by unit of dose with the weights shown; those of "
        "early and late doses are negative where the residual dose is.",
    ),
    notes_zh=(
        "第l期效应：从首个综试区前一年到有综试区第l年的指数变化，与截至该年尚无综试区的省份相比；"
        "第l期安慰剂：相同省份回溯l年的变化。单位剂量：除以截至该年累计的剂量。各省剂量逐年增加，"
        "效应混合了较小与较大剂量的年份。2020年起没有可比较的省份，较晚的转换者与年份不进入。",
        "标准误遵循作者程序的约定（按首次剂量相同的队列）；本项目取t分布，自由度n−1，因为正态分布在本推广"
        "进程下覆盖率较低。各项的联合检验在5%水平拒绝了10%至18%的真实原假设，故不列出。",
        "双向固定效应列：单位剂量效应按所示权重的加总；残差剂量为负处权重为负。",
    ),
)
