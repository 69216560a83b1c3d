"""What the claims are judged on, beside the studies' own designs: θ, second estimates, vetoes."""

from pilotzone.catalogue import Exhibit
from pilotzone.claims import designs, testable
from pilotzone.claims.studies import claims

EXHIBIT = Exhibit(
    title="Evidence on the claims: estimates net of trends, placebos, leads, left-out groups",
    title_zh="各论断的证据：剔除趋势的估计、安慰剂、提前项与逐组剔除",
    columns=designs.columns(testable.wanted(claims()).values()),
    layout="list",
    notes=(
        "Columns follow from the kind of a claim (code/pilotzone/claims/designs.py). Early: the "
        "zone two years before, on rows before the true one. Size: net of ln population and ln GDP "
        "per head of the first year × year. None has time-varying controls.",
    ),
    notes_zh=(
        "各列由论断的类型决定（code/pilotzone/claims/designs.py）。提前：将综试区提前两年，仅用"
        "真实设立前的观测。规模：剔除首年人口对数与人均GDP对数×年份。均不含随时间变化的控制变量。",
    ),
)
