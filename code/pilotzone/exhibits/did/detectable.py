"""Minimal detectable effects by unit, estimator, window and cohort."""

from pilotzone.catalogue import Description, Exhibit, Figure, Inference, grid

PERMUTED = Inference("permutation", draws=199, seed=20270118)
BOTH = ("two_way", "unit_trends")
ZONE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_first", "inference": PERMUTED}
SHARE = {"outcome": "nqp_no_ecommerce", "treatment": "zone_share", "weights": "contiguity"}
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "balanced"}
BY_PATHS = {**CITY, "inference": PERMUTED}
# In 2020 no province is untreated. The cohort of 2015 is one province.
EARLY = ("pre_covid", "to_2018")
LEFT_OUT = {"options": (("without_cohort", 2015),)}
LEE_YU = {"options": (("correction", "lee_yu"),)}
DURBIN = {"estimator": ("slx", "sdm"), "effects": BOTH, **LEE_YU}

EXHIBIT = Exhibit(
    title="Minimal detectable effects: the effect that 80 % of draws would find",
    title_zh="最小可检出效应：80%的抽样能够检出的效应",
    describe=Description(
        kind="detectable",
        columns=(
            *grid(**ZONE, sample=("main", *EARLY), effects=BOTH),
            *grid(**ZONE, **LEFT_OUT, sample=EARLY, estimator="callaway_santanna"),
            *grid(**ZONE, **LEFT_OUT, sample=EARLY, estimator="imputation", effects=BOTH),
            *grid(**BY_PATHS, effects=BOTH),
            *grid(**BY_PATHS, estimator="callaway_santanna"),
            *grid(**BY_PATHS, estimator="imputation", effects=BOTH),
            *grid(**SHARE, **DURBIN),
            *grid(**CITY, weights="nearest_6", **DURBIN),
        ),
        draws=400,
        seed=20270118,
    ),
    figure=Figure(kind="detectable", title="Effects that 80 % of draws would find"),
    built_by="bench",
    notes=(
        "Average effects and cohorts of provinces leave out the cohort of 2015, one province; all "
        "provinces are treated from 2020 on, so that these estimators end in 2019. Spatial models: "
        "contiguity of provinces, six nearest cities, Lee-Yu's transformation.",
    ),
    notes_zh=(
        "省级的平均效应与各队列不含仅有一省的2015年队列；2020年起各省均已处理，故这些估计量止于2019年。"
        "空间模型：省份采用邻接矩阵，城市采用最近六邻矩阵，并作Lee-Yu变换。",
    ),
)
