"""The city coefficient under every kind of inference."""

from pilotzone.catalogue import Exhibit, Inference, grid

BOTH = ("none", "city")
CITY = {"outcome": "nqp_city", "treatment": "zone_city", "controls": BOTH, "sample": "city"}
CLUSTERED = ("treatment_only", "effective_clusters")
KINDS = (
    ("crv1", CLUSTERED),
    ("crv3", CLUSTERED),
    (Inference("crv1", cluster="province_code"), CLUSTERED),
    (Inference("wild_rademacher", draws=9_999, seed=20200505), ()),
    (Inference("wild_webb", draws=9_999, seed=20200505), ()),
    (Inference("permutation", draws=10_000, seed=20220208), ()),
    ("driscoll_kraay_2", ()),
    ("conley_200", ()),
    ("conley_500", ()),
)

EXHIBIT = Exhibit(
    title="The city coefficient under other errors and tests",
    title_zh="城市层面的统计推断",
    columns=tuple(
        column
        for kind, diagnostics in KINDS
        for column in grid(**CITY, inference=kind, diagnostics=diagnostics, role="diagnostic")
    ),
    layout="list",
)
