"""All estimators for staggered adoption on cities in event time."""

from pilotzone.catalogue import Exhibit, Figure

EXHIBIT = Exhibit(
    title="Effects on cities by years since treatment: estimators for staggered adoption",
    title_zh="城市层面：各稳健估计量的动态效应",
    columns_of="city_staggered",
    terms=("event",),
    layout="list",
    figure=Figure(
        kind="event_overlay",
        title="Effects on cities by years since treatment, by estimator",
        choices=(("outcome", "nqp_city"), ("sample", "balanced"), ("controls", "none")),
    ),
)
