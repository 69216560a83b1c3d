"""What would stand in an article, in the order of its argument: eight tables and six figures."""

TABLES = (
    "rollout",
    "index_weights",
    "descriptives",
    "did_baseline",
    "spatial_baseline",
    "city_did",
    "city_trends",
    "claims",
)
FIGURES = (
    "city_rollout",
    "coding_matrix",
    "event_study",
    "city_event_study",
    "city_staggered_event",
    "detectable",
)
