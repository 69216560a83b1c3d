"""Matching before the DID: first zone by 2016 against the rest, 2013-2018."""

from pilotzone.catalogue import Exhibit, Figure, grid

ZONE = {"outcome": ("nqp", "nqp_no_ecommerce"), "treatment": "zone_first", "sample": "to_2018"}
MATCHED = ("psm_nearest", "psm_kernel", "entropy_balancing")

EXHIBIT = Exhibit(
    title="DID on matched and balanced samples: first zone by 2016 against later, 2013-2018",
    title_zh="PSM-DID：2016年前设区与其后设区省份",
    columns=grid(**ZONE, controls=("none", "baseline"), estimator=MATCHED, role="robustness"),
    layout="list",
    figure=Figure(kind="balance", title="Balance before and after matching"),
    notes=(
        "Score: Firth logit of treatment by 2016 on means of 2013-2014 of ln GDP per head, trade "
        "over GDP and the urban share. Nearest neighbour with replacement, caliper 0.25 standard "
        "deviations of the logit, ties by code. Kernel: Epanechnikov, bandwidth 0.06.",
    ),
    notes_zh=(
        "倾向得分：以2016年止是否处理对2013-2014年人均GDP（对数）、进出口占GDP比重与城镇化率"
        "的均值作Firth logit。最近邻为有放回匹配，卡尺为logit的0.25个标准差，距离相同时按代码。"
        "核：Epanechnikov，带宽0.06。",
    ),
)
