"""DID with spillovers: spatial lag of the zone, clean controls, rings of distance."""

from pilotzone.catalogue import Exhibit, Inference, grid

BOTH = ("nqp", "nqp_no_ecommerce")
PATHS = Inference("permutation", draws=1_000, seed=20190724)

EXHIBIT = Exhibit(
    title="DID with spillovers: neighbours' zones, clean controls, rings",
    title_zh="考虑溢出的双重差分",
    columns=(
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            controls=("none", "baseline"),
            weights="contiguity",
            estimator=("slx", "sdm"),
            diagnostics=("treatment_only",),
        ),
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            controls=("none", "baseline"),
            weights="contiguity",
            estimator="exposure_split",
        ),
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            controls=("none", "baseline"),
            sample=("to_2018", "main"),
            weights="contiguity",
            estimator="clean_controls",
            inference=PATHS,
        ),
        *grid(
            outcome=BOTH,
            treatment="zone_first",
            controls=("none", "baseline"),
            sample="to_2018",
            weights="contiguity",
            estimator="clean_controls",
            variant="rings",
            options=(("rings_km", "400 800"),),
            inference=PATHS,
        ),
    ),
    layout="list",
)
