"""Transitions of provinces between classes of the index, alone and among neighbours."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Transitions between classes of the index",
    title_zh="指数等级的马尔可夫转移",
    describe=Description(
        kind="transitions",
        sample="main",
        variables=("nqp", "nqp_no_ecommerce", "nqp_by_year"),
        matrices=("contiguity",),
        draws=9_999,
        seed=19970822,
        options=(("classes", 4), ("second_half", 2018)),
    ),
    notes=(
        "With one range for all years the classes are fixed while the index rises: moves up show "
        "growth, and the ergodic distribution says where growth leads if it goes on. With the "
        "range of each year the chain is one of relative positions.",
        "Transitions of one province in different years count as independent, in the tests as "
        "elsewhere in this literature; they are not, and neighbours share "
        "shocks, so that p-values tend to be too small.",
        "In the classes of the neighbours a row may rest on one or two transitions: see their "
        "number.",
    ),
    notes_zh=(
        "全部年份共用一个极差时，等级固定而指数上升：向上转移反映增长，遍历分布表示增长持续时的去向。按年取极差时，"
        "链条描述的是相对位置。",
        "同一省份不同年份的转移在检验中视为独立，与此类文献的惯例相同；实际并不独立，邻居又受共同冲击，故p值往往偏小。",
        "按邻域类别划分后，一行可能仅有一两次转移：见转移次数。",
    ),
)
