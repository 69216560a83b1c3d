"""All estimators for staggered adoption in event time."""

from pilotzone.catalogue import Exhibit, Figure

EXHIBIT = Exhibit(
    title="Effects by years since treatment: estimators for staggered adoption",
    title_zh="各稳健估计量的动态效应",
    columns_of="staggered",
    terms=("event",),
    layout="list",
    figure=Figure(
        kind="event_overlay",
        title="Effects by years since treatment, by estimator",
        choices=(("outcome", "nqp_no_ecommerce"),),
    ),
)
