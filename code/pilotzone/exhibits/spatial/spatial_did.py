"""DID with spillovers: spatial lag of the zone, clean controls, rings of distance."""

from pilotzone.catalogue import Exhibit, Inference, beside, grid

BOTH, INDEX = ("none", "baseline"), ("nqp", "nqp_no_ecommerce")
ZONE = {"outcome": INDEX, "treatment": "zone_first", "controls": BOTH, "weights": "contiguity"}
PATHS = Inference("permutation", draws=1_000, seed=20190724)
CLEAN = {**ZONE, "estimator": "clean_controls", "inference": PATHS}
RINGS = {"variant": "rings", "options": (("rings_km", "400 800"),)}
EXPOSED = grid(**ZONE, estimator="exposure")
LEAD = {"variant": "lead", "options": (("lead", 2),)}
AMONG = ("among", "never_treated")
NEVER = {"sample": "to_2018", "variant": "never_treated", "options": (AMONG,)}
NEVER_LEAD = {**NEVER, "variant": "never_treated_lead", "options": (AMONG, ("lead", 2))}
TRENDS = {"effects": "unit_trends"}

EXHIBIT = Exhibit(
    title="DID with spillovers: neighbours' zones, clean controls, rings",
    title_zh="考虑溢出的双重差分",
    columns=(
        *grid(**ZONE, estimator=("slx", "sdm"), diagnostics=("treatment_only",)),
        *grid(**ZONE, estimator="exposure_split"),
        *grid(**CLEAN, sample=("to_2018", "main")),
        *grid(**CLEAN, **RINGS, sample="to_2018"),
        *beside(EXPOSED, "exposure"),
        *beside(EXPOSED, "exposure_trends", **TRENDS),
        *beside(EXPOSED, "exposure_lead", **LEAD),
        *beside(EXPOSED, "exposure_lead_trends", **LEAD, **TRENDS),
        *beside(EXPOSED, "never_treated", **NEVER),
        *beside(EXPOSED, "never_treated_lead", **NEVER_LEAD),
        *beside(EXPOSED, "never_treated_lead_trends", **NEVER_LEAD, **TRENDS),
    ),
    layout="list",
    notes=(
        "Exposure two years ahead is yet to come: its coefficient says that exposed provinces were "
        "on a path of their own. Never treated: provinces without a zone to 2018.",
    ),
    notes_zh=(
        "提前两年的暴露尚未发生：其系数表明受暴露省份原有不同走势。从未处理：至2018年未设综试区的"
        "省份。",
    ),
)
