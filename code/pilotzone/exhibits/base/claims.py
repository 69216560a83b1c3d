"""The claims of the reviewed studies and what the estimates say on each."""

from pilotzone.catalogue import Description, Exhibit

EXHIBIT = Exhibit(
    title="Claims of the reviewed studies: estimate, checks, verdict",
    title_zh="所评述研究的论断：估计、检验与结论",
    describe=Description(kind="claims"),
    needs=(
        "did_baseline",
        "cbec_level",
        "cbec_level_checks",
        "event_study",
        "heterogeneity",
        "inference",
        "mechanism",
        "mechanism_checks",
        "moderation",
        "robustness",
        "spatial_effects",
        "spatial_models",
        "spatial_placebo",
        "spatial_sensitivity",
        "city_did",
        "city_event_study",
        "city_heterogeneity",
        "city_inference",
        "city_mechanism",
        "city_mechanism_checks",
        "city_network",
        "city_robustness",
        "city_spillover",
    ),
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
