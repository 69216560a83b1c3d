"""Size and coverage of every kind of inference on cities whose years depend on each other."""

from pilotzone.catalogue import Description, Exhibit, Inference, grid

CITY = {"outcome": "nqp_city", "treatment": "zone_city"}
DRAWN = {"draws": 199, "seed": 20261129}
TWO_WAY = (
    *("crv1", "crv3", "driscoll_kraay_2", "conley_200", "conley_500"),
    Inference("crv1", cluster="province_code"),
    *(Inference(name, **DRAWN) for name in ("wild_rademacher", "wild_webb", "permutation")),
)
BALANCED = {**CITY, "sample": "balanced"}
PERMUTED = Inference("permutation", **DRAWN)
BANDS = Inference("multiplier", draws=499, seed=20261129)
SPACE = {**BALANCED, "weights": "nearest_6"}
LEE_YU = {"options": (("correction", "lee_yu"),)}
ERRORS = ("cluster_pairs", "information")

EXHIBIT = Exhibit(
    title="Size of the 5 % test and coverage of the 95 % interval on cities",
    title_zh="年份相依时5%检验的实际水平与95%区间的覆盖率（城市）",
    describe=Description(
        kind="inference_audit",
        columns=(
            *grid(**CITY, sample="city", inference=TWO_WAY),
            *grid(**CITY, sample="city", effects="unit_trends"),
            *grid(
                **BALANCED, estimator="callaway_santanna", inference=("influence", BANDS, PERMUTED)
            ),
            *grid(**BALANCED, estimator="callaway_santanna_never", inference="influence"),
            *grid(**BALANCED, estimator=("imputation", "two_stage"), inference="influence"),
            *grid(**BALANCED, estimator=("sun_abraham", "extended_twfe"), inference="crv1"),
            *grid(**SPACE, estimator=("slx", "sar", "sdm"), inference=ERRORS),
            *grid(**SPACE, **LEE_YU, estimator="sdm", inference=ERRORS),
        ),
        draws=1_000,
        seed=20261129,
    ),
    built_by="bench",
)
