"""Event study of cities: binned, and unbinned since some cities are never treated."""

from pilotzone.catalogue import Exhibit, Figure, Inference, Specification, grid

SEED = Inference(draws=100_000, seed=20150312)
BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
# The headline path by the wild bootstrap: its bands rest on the same draws.
WILD = Inference("wild_webb", draws=9_999, seed=20150312)

EXHIBIT = Exhibit(
    title="Event study of the pilot zones in cities",
    title_zh="城市层面的事件研究",
    columns=(
        *grid(**CITY, effects=("two_way", "unit_trends"), estimator="event_study", inference=SEED),
        *grid(**CITY, estimator="event_study_unbinned", inference=SEED),
        *(
            Specification(
                **{**CITY, "controls": controls},
                estimator="event_study",
                inference=WILD,
                id=f"{controls}:two_way:event_study:wild",
            )
            for controls in BOTH
        ),
    ),
    figure=Figure(
        kind="event_study",
        title="Event study of the pilot zones in cities",
        choices=(("inference", "crv1"),),
    ),
)
