"""The claims of the reviewed studies: in their own design, and as evidence."""

from pilotzone.catalogue import Description, Exhibit
from pilotzone.claims import testable
from pilotzone.claims.studies import claims

EXHIBIT = Exhibit(
    title="Claims of the reviewed studies: in their own design, and as evidence",
    title_zh="所评述研究的论断：按其自身设计，及作为证据",
    describe=Description(kind="claims"),
    needs=testable.shown(claims()),
    notes=(
        "Claims on listed firms rest on licensed accounts. With a panel of your own, `make firm "
        "PANEL=… CONFIG=firm.toml` estimates what would settle them: firm_did, firm_event_study, "
        "firm_staggered, firm_placebo, firm_robustness; firm_mechanism; firm_heterogeneity.",
    ),
    notes_zh=(
        "上市企业的论断依赖需授权的财务数据。若自备面板，`make firm PANEL=… CONFIG=firm.toml`"
        "可估计用以判定的各表：firm_did、firm_event_study、firm_staggered、firm_placebo、"
        "firm_robustness；firm_mechanism；firm_heterogeneity。",
    ),
)
