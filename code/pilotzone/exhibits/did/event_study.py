"""Event study: binned (headline), unbinned where a cohort can serve as reference, and not."""

from pilotzone.catalogue import Exhibit, Figure, Inference, Specification, grid

SEED = Inference(draws=100_000, seed=20160112)
ZONE = {"outcome": ("nqp", "nqp_no_ecommerce"), "treatment": "zone_first", "inference": SEED}
UNBINNED = {**ZONE, "estimator": "event_study_unbinned"}
REFERENCE = {"sample": "pre_covid", "options": (("reference_cohort", 2020),)}
BOTH = ("none", "baseline")
# The headline path by the wild bootstrap: its bands rest on the same draws.
WILD = {
    "outcome": "nqp_no_ecommerce",
    "treatment": "zone_first",
    "estimator": "event_study",
    "inference": Inference("wild_webb", draws=9_999, seed=20160112),
}

EXHIBIT = Exhibit(
    title="Event study of the pilot zones",
    title_zh="综试区的事件研究",
    columns=(
        *grid(**ZONE, controls=BOTH, estimator="event_study"),
        *grid(**UNBINNED, **REFERENCE, controls=BOTH),
        *grid(**UNBINNED),
        *(
            Specification(
                **WILD, controls=controls, id=f"nqp_no_ecommerce:{controls}:main:event_study:wild"
            )
            for controls in BOTH
        ),
    ),
    figure=Figure(
        kind="event_study",
        title="Event study of the pilot zones",
        choices=(("inference", "crv1"),),
    ),
    notes=(
        "Binned columns hold the effect constant at and beyond -4 and +4; this assumption alone "
        "identifies them, since no province stays untreated.",
    ),
    notes_zh=(
        "两端合并的各列假定−4及以前、+4及以后的效应不变；由于没有始终未处理的省份，其识别仅依"
        "赖这一假定。",
    ),
)
