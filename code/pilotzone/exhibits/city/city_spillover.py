"""Spillovers between cities: rings of distance, spatial models, effects net of exposure."""

from pilotzone.catalogue import Exhibit, Figure, Inference, grid

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": ("none", "city")}
ALL = {**CITY, "sample": "city"}
NEAREST = {**CITY, "sample": "balanced", "weights": "nearest_6"}
RINGS = {"estimator": "rings", "options": (("rings_km", "50 100 150 200 250 300"),)}
DRAWS = Inference("cluster_pairs", draws=5_000, seed=20250819)
MODELS = {"estimator": ("slx", "sdm"), "inference": DRAWS, "diagnostics": ("treatment_only",)}
MATRICES = Inference("matrices", draws=1_000, seed=20190117)

EXHIBIT = Exhibit(
    title="Spillovers between cities: rings of distance, spatial models, exposure",
    title_zh="城市间溢出：距离环、空间模型与暴露",
    columns=(
        *grid(**ALL, **RINGS, effects=("two_way", "unit_trends")),
        *(
            column
            for km in (100, 200)
            for column in grid(
                **ALL, estimator="exposure_net", variant=f"near:{km}", options=(("near_km", km),)
            )
        ),
        *grid(**CITY, **MODELS, sample="balanced", weights=("nearest_6", "inverse_distance")),
        *grid(**CITY, **MODELS, sample="balanced_linked", weights="contiguity"),
        *grid(**NEAREST, estimator="exposure_split"),
        *grid(**NEAREST, estimator="relabelled_matrices", inference=MATRICES, role="placebo"),
    ),
    layout="list",
    figure=Figure(
        kind="ring_profile",
        title="Effect of a zone by distance to it",
        choices=(("effects", "two_way"),),
    ),
    notes=(
        "Rings: an untreated city whose nearest zone lies within the ring; reference untreated "
        "and beyond the last ring of every approved zone. A year with fewer than 20 such rows is "
        "left out, and so are rows near a zone that is approved but counts from the next year.",
        "Exposure (Butts 2021): direct effect of the own zone without another one near; total "
        "adds the mean exposure of the treated.",
    ),
    notes_zh=(
        "距离环：最近综试区位于环内的未处理城市；参照组为未处理且距所有已批复综试区均在最外环"
        "以外的城市。此类观测不足20行的年份予以剔除，邻近已批复而次年起方计入的综试区的观测也"
        "予以剔除。",
        "暴露（Butts 2021）：直接效应为附近没有其他综试区时本市综试区的效应；总效应再加上处理"
        "组的平均暴露。",
    ),
)
