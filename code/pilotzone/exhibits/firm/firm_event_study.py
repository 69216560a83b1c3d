"""Event study of firms: binned, and unbinned since some cities are never treated."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

FIRM = {"treatment": "zone_city", "controls": ("none", "firm"), "sample": "firm"}
SEEDED = Inference(cluster="city_code", draws=100_000, seed=20150312)
BOTH = ("nqp_firm", "nqp_firm_without_rd")

EXHIBIT = Exhibit(
    title="Event study of the pilot zones in firms",
    title_zh="企业层面的事件研究",
    columns=(
        *grid(**FIRM, outcome=BOTH, estimator="event_study", inference=SEEDED),
        *grid(**FIRM, outcome="nqp_firm", estimator="event_study_unbinned", inference=SEEDED),
    ),
    figure=Figure(kind="event_study", title="Event study of firms"),
)
