"""One coefficient under every kind of inference."""

from pilotzone.catalogue import Exhibit, Inference, grid

ZONE = {"outcome": "nqp_no_ecommerce", "controls": "baseline", "role": "diagnostic"}
BOTH = ("zone_share", "zone_first")
CLUSTERED = ("treatment_only", "effective_clusters")
WILD = {"draws": 9_999, "seed": 20200427}
KINDS = (
    ("crv1", BOTH, CLUSTERED),
    ("crv3", BOTH, CLUSTERED),
    (Inference("wild_rademacher", **WILD), BOTH, ()),
    (Inference("wild_webb", **WILD), BOTH, ()),
    (Inference("wild_subcluster", **WILD), "zone_first", ()),
    (Inference("permutation", draws=10_000, seed=20220122), BOTH, ()),
    ("driscoll_kraay_2", BOTH, ()),
    ("conley_500", BOTH, ()),
    ("conley_1000", BOTH, ()),
    ("conley_1500", BOTH, ()),
    (Inference("crv1", cluster="region3"), BOTH, CLUSTERED),
)

EXHIBIT = Exhibit(
    title="Inference with 30 clusters: the baseline coefficient under other errors and tests",
    title_zh="30个聚类下的统计推断",
    columns=tuple(
        column
        for kind, treatment, diagnostics in KINDS
        for column in grid(**ZONE, treatment=treatment, inference=kind, diagnostics=diagnostics)
    ),
    layout="list",
)
