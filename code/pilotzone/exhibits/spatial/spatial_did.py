"""DID with spillovers: spatial lag of the zone, clean controls, rings of distance."""

from pilotzone.catalogue import Exhibit, Inference, grid

BOTH, INDEX = ("none", "baseline"), ("nqp", "nqp_no_ecommerce")
ZONE = {"outcome": INDEX, "treatment": "zone_first", "controls": BOTH, "weights": "contiguity"}
PATHS = Inference("permutation", draws=1_000, seed=20190724)
CLEAN = {**ZONE, "estimator": "clean_controls", "inference": PATHS}
RINGS = {"variant": "rings", "options": (("rings_km", "400 800"),)}

EXHIBIT = Exhibit(
    title="DID with spillovers: neighbours' zones, clean controls, rings",
    title_zh="考虑溢出的双重差分",
    columns=(
        *grid(**ZONE, estimator=("slx", "sdm"), diagnostics=("treatment_only",)),
        *grid(**ZONE, estimator="exposure_split"),
        *grid(**CLEAN, sample=("to_2018", "main")),
        *grid(**CLEAN, **RINGS, sample="to_2018"),
    ),
    layout="list",
)
