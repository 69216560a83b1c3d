"""Size and coverage of every kind of inference on provinces whose years depend on each other."""

from pilotzone.catalogue import Description, Exhibit, Inference, grid

INDEX = {"outcome": "nqp_no_ecommerce"}
DRAWN = {"draws": 99, "seed": 20261129}
BOTH = ("zone_first", "zone_share")
TWO_WAY = (
    *("crv1", "crv3", "driscoll_kraay_2", "conley_500", "conley_1000", "conley_1500"),
    *(Inference(name, **DRAWN) for name in ("wild_rademacher", "wild_webb", "permutation")),
)
ZONE = {**INDEX, "treatment": "zone_first"}
# The cohort of 2015 is one province, without an error of its own.
EARLY = {**ZONE, "sample": "pre_covid", "options": (("without_cohort", 2015),)}
PERMUTED = Inference("permutation", **DRAWN)
BANDS = Inference("multiplier", draws=499, seed=20261129)
PATHS = Inference("crv1", draws=199, seed=20261129)
WEBB = Inference("wild_webb", **DRAWN)
PLACEBO = Inference("placebo_jackknife", draws=50, seed=20261129)
SPACE = {**INDEX, "weights": "contiguity"}
LEE_YU = {"options": (("correction", "lee_yu"),)}
ERRORS = ("cluster_pairs", "information")
RESAMPLED = (Inference("wild_paths", **DRAWN), PERMUTED)
PROXY = {**INDEX, "treatment": "cbec_proxy"}
# Their own simulations, which the audit does not read, are kept short.
PROJECTED = {"draws": 20, "seed": 20261129}
BY_HORIZON = "driscoll_kraay_by_horizon"
PROJECTIONS = {**PROXY, "options": (("lags", 1), ("horizons", 4))}
# The way back, from elements and groups of indicators; one outcome stands for all.
SCORES = (
    *("nqp_labourers", "nqp_objects_of_labour", "nqp_means_no_ecommerce", "nqp_skills"),
    *("nqp_digital_infrastructure", "nqp_technology", "nqp_green"),
)
BACK = {"outcome": "ecommerce_intensity", "treatment": SCORES}
CAUSALITY = {**PROXY, "effects": ("unit", "two_way"), "estimator": "non_causality"}
MODELS = ("sar", "slx", "sdm", "sem", "sdem", "gns")
EXPOSED = {**SPACE, "treatment": "zone_first", "estimator": "exposure"}
NO_FINANCE = "nqp_no_ecommerce_no_digital_finance"
SPLITS = {
    "region3": "nqp_no_ecommerce",
    "coastal": "nqp_no_ecommerce",
    "digital_finance_index": NO_FINANCE,
}
MODERATION = {
    "outcome": NO_FINANCE,
    "estimator": "moderation",
    "effects": ("two_way", "moderator_year", "unit_trends+moderator_year"),
    "options": (("moderator", "digital_finance_index"), ("timing", "initial")),
}

EXHIBIT = Exhibit(
    title="Size of the 5 % test and coverage of the 95 % interval when years depend on each other",
    title_zh="年份相依时5%检验的实际水平与95%区间的覆盖率（省级）",
    describe=Description(
        kind="inference_audit",
        columns=(
            *grid(**INDEX, treatment=BOTH, inference=TWO_WAY),
            *grid(**INDEX, treatment=BOTH, effects="unit_trends"),
            *grid(**EARLY, estimator="callaway_santanna", inference=("influence", BANDS, PERMUTED)),
            *grid(**EARLY, estimator=("imputation", "two_stage"), inference="influence"),
            *grid(**EARLY, estimator=("sun_abraham", "extended_twfe"), inference="crv1"),
            *grid(
                **EARLY,
                estimator=("sun_abraham", "imputation", "two_stage", "extended_twfe"),
                inference=PERMUTED,
            ),
            *grid(**EARLY, effects="unit_trends", estimator="imputation"),
            *grid(**ZONE, estimator="event_study", inference=(PATHS, WEBB)),
            *grid(**ZONE, sample="cohort_2016", estimator="stacked"),
            *grid(**ZONE, sample="cohort_2016", estimator="synthetic_did", inference=PLACEBO),
            *grid(**SPACE, treatment="zone_share", estimator=MODELS, inference=ERRORS),
            *grid(**SPACE, **LEE_YU, treatment="zone_share", estimator=MODELS, inference=ERRORS),
            *grid(**SPACE, **LEE_YU, treatment="zone_share", estimator="sdm", inference=RESAMPLED),
            *grid(**EXPOSED, effects=("two_way", "unit_trends")),
            *grid(**MODERATION, treatment=BOTH),
            *grid(**MODERATION, treatment="zone_first", inference=PERMUTED),
            *(
                column
                for by, outcome in SPLITS.items()
                for column in grid(
                    treatment=BOTH,
                    outcome=outcome,
                    estimator="heterogeneity",
                    effects=("two_way", "group_year"),
                    options=(("by", by),),
                )
            ),
            *(
                column
                for treatment in ("zone_first", "cbec_proxy")
                for correction in ({}, LEE_YU)
                for column in grid(
                    **SPACE, **correction, treatment=treatment, estimator="sdm", inference=ERRORS
                )
            ),
            *(
                column
                for correction in ({}, LEE_YU)
                for column in grid(
                    **SPACE,
                    **correction,
                    treatment="zone_share",
                    estimator="sdm",
                    effects="unit_trends",
                )
            ),
            *grid(
                **PROJECTIONS,
                estimator="local_projection",
                inference=(Inference("crv1", **PROJECTED), Inference(BY_HORIZON, **PROJECTED)),
            ),
            *grid(
                **BACK,
                estimator="local_projection",
                inference=Inference("crv1", **PROJECTED),
                options=(("lags", 1), ("horizons", 3)),
            ),
            *grid(
                **PROJECTIONS,
                estimator="local_projection_jackknife",
                inference=Inference("split_panel", **PROJECTED),
            ),
            *grid(
                **CAUSALITY,
                inference=Inference("non_causality", **DRAWN),
                options=(("lags", 1),),
            ),
        ),
        draws=1_000,
        seed=20261129,
    ),
    built_by="bench",
)
