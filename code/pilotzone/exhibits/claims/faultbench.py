"""How many planted faults of regression tables our auditor finds."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Tables with planted faults: what our auditor names",
    title_zh="植入错误的回归表：本项目审计所识别者",
    describe=Description(kind="faultbench", draws=1000, seed=20261129),
    built_by="bench",
    notes=(
        "Detected: any fault is named (without a fault: a false alarm). Named: the right one. "
        "Placed: the right one in the right place. Trace: the fault changes at least one line of "
        "what the auditor reads. Before: whether the cells of a row are possible together. Now: "
        "the data against roster, formulas and index, and every column estimated anew. Faults and "
        "auditor have one author, so that the scores are upper bounds; with the check of the very "
        "fault withheld, they are those of a fault that is on no list.",
    ),
    notes_zh=(
        "检出：识别出任一错误（无错误者为误报）。命名：错误类型正确。定位：类型与位置均正确。痕迹：该错误至少"
        "改变审计所读文件的一行。此前：仅检验一行内的数字能否同时成立。现在：数据与名单、公式、指数核对，并逐列"
        "重新估计。错误与审计出自同一作者，故得分为上限；隐去该错误自身的检验，即为名单之外的错误的得分。",
    ),
)
