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
        "what the auditor reads. Before: whether the cells of the table are possible together, "
        "which names few faults; now: the data against roster, formulas and index, and every "
        "column estimated anew. Both were written by the author of the faults, so that the scores "
        "are upper bounds of what holds for faults that nobody has thought of.",
    ),
    notes_zh=(
        "检出：识别出任一错误（无错误者为误报）。命名：错误类型正确。定位：类型与位置均正确。痕迹：该错误至少"
        "改变审计所读文件的一行。此前：仅检验表内数字能否同时成立，可命名者少；现在：数据与名单、公式、指数核对，"
        "并逐列重新估计。审计与错误出自同一作者，故得分为对未曾设想之错误的上限。",
    ),
)
