"""What a claim of a city mechanism needs beside its coefficient."""

from pilotzone.catalogue import Exhibit, Inference, grid

# The mediators of the claims by the controls that don't hold them.
MEDIATORS = {
    "city": ("green_patents_per_10k", "science_share", "tertiary_secondary_ratio", "agglomeration"),
    "city_without_finance": "finance",
    "city_without_fdi_share": "fdi_share",
}
ZONE = {"treatment": "zone_city", "sample": "city"}
TEST = {"role": "diagnostic"}
VARIED = {"role": "robustness", "diagnostics": ("treatment_only",)}
CHECKS = (
    {**TEST, "inference": Inference("wild_rademacher", draws=9_999, seed=20200505)},
    {**TEST, "inference": Inference("permutation", draws=10_000, seed=20220208)},
    {**TEST, "estimator": "event_study", "inference": Inference(draws=100_000, seed=20150312)},
    {**VARIED, "effects": ("unit_trends", "province_year")},
    {**VARIED, "controls": "none"},
    {**VARIED, "sample": ("city_no_municipalities", "city_pre_covid", "city_no_north_east")},
)

EXHIBIT = Exhibit(
    title="Mechanisms on cities: few clusters, permuted paths, leads and variants",
    title_zh="城市层面机制检验的稳健性",
    columns=tuple(
        column
        for controls, outcome in MEDIATORS.items()
        for check in CHECKS
        for column in grid(**ZONE | {"outcome": outcome, "controls": controls} | check)
    ),
    terms=("zone_city", "event", "test"),
    layout="list",
)
