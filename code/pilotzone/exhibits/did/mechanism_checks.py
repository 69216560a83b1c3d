"""What a claim of a mechanism needs beside its coefficient."""

from pilotzone.catalogue import Exhibit, Inference, grid

# The mediators of the claims, each with the controls that don't hold it.
TRADE = {"outcome": "openness", "controls": "without_openness"}
TECHNOLOGY = {"outcome": "technology_turnover_intensity", "controls": "baseline"}
TERTIARY = {
    "outcome": "tertiary_share_as_published",
    "controls": "without_secondary_share",
    "sample": "from_2014",
}
TEST = {"role": "diagnostic"}
VARIED = {"role": "robustness", "diagnostics": ("treatment_only",)}
CHECKS = (
    {**TEST, "inference": Inference("wild_rademacher", draws=9_999, seed=20200427)},
    {**TEST, "inference": Inference("permutation", draws=10_000, seed=20220122)},
    {**TEST, "estimator": "event_study", "inference": Inference(draws=100_000, seed=20150312)},
    {**VARIED, "effects": ("unit_trends", "region_year")},
    {**VARIED, "controls": "none"},
)
SAMPLES = ("pre_covid", "no_municipalities", "no_service_pilots")

EXHIBIT = Exhibit(
    title="Mechanisms: few clusters, permuted paths, leads and variants of each coefficient",
    title_zh="机制检验的稳健性",
    columns=(
        *(
            column
            for mediator in (TRADE, TECHNOLOGY, TERTIARY)
            for check in CHECKS
            for column in grid(**mediator | check, treatment="zone_first")
        ),
        *grid(**TRADE, **VARIED, treatment="zone_first", sample=SAMPLES),
        *grid(**TECHNOLOGY, **VARIED, treatment="zone_first", sample=SAMPLES),
    ),
    terms=("zone_first", "event", "test"),
    layout="list",
)
