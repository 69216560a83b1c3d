"""Size and coverage of every kind of inference on cities whose years depend on each other."""

from pilotzone.catalogue import Description, Exhibit, Inference, grid

CITY = {"outcome": "nqp_city", "treatment": "zone_city"}
DRAWN = {"draws": 99, "seed": 20261129}
TWO_WAY = (
    *("crv1", "crv3", "driscoll_kraay_2", "conley_200", "conley_500"),
    Inference("crv1", cluster="province_code"),
    *(Inference(name, **DRAWN) for name in ("wild_rademacher", "wild_webb", "permutation")),
)
BALANCED = {**CITY, "sample": "balanced"}
PERMUTED = Inference("permutation", **DRAWN)
BANDS = Inference("multiplier", draws=499, seed=20261129)
PATHS = Inference("crv1", draws=199, seed=20261129)
WEBB = Inference("wild_webb", **DRAWN)
SPACE = {**BALANCED, "weights": "nearest_6"}
LEE_YU = {"options": (("correction", "lee_yu"),)}
ERRORS = ("cluster_pairs", "information")
RESAMPLED = (Inference("wild_paths", **DRAWN), PERMUTED)
PLACEBO = Inference("placebo_jackknife", draws=50, seed=20261129)
STAGGERED = ("sun_abraham", "imputation", "two_stage", "extended_twfe")
# The other splits have no cohort with ten cities of each group.
COMMON = ("resource_based", "coastal", "coastal_city", "region3")
PUBLISHED = {"estimator": "heterogeneity", "effects": ("two_way", "group_year")}
LONG = {"estimator": "long_difference", "effects": ("group_year", "group_year+unit_trends")}
BY_GROUP = (
    *((PUBLISHED, by) for by in (*COMMON, "size_class", "municipality")),
    *((LONG, by) for by in COMMON),
)

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
            *grid(**BALANCED, estimator=STAGGERED, inference=PERMUTED),
            *grid(**BALANCED, effects="unit_trends", estimator="imputation"),
            *grid(**BALANCED, estimator="stacked", options=(("window", "-3 1"),)),
            *grid(**BALANCED, estimator="synthetic_did", inference=PLACEBO),
            *grid(**CITY, sample="city", estimator="event_study", inference=(PATHS, WEBB)),
            *grid(**SPACE, estimator=("slx", "sar", "sdm"), inference=ERRORS),
            *grid(**SPACE, **LEE_YU, estimator="sdm", inference=(*ERRORS, *RESAMPLED)),
            *grid(**SPACE, **LEE_YU, estimator="sdm", effects="unit_trends"),
            *(
                column
                for model, by in BY_GROUP
                for column in grid(**CITY, **model, sample="city", options=(("by", by),))
            ),
            *grid(**BALANCED, **LONG, inference=PERMUTED, options=(("by", "resource_based"),)),
        ),
        draws=1_000,
        seed=20261129,
    ),
    built_by="bench",
)
