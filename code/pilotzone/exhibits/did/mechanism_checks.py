"""What a claim of a mechanism needs beside its coefficient."""

from pilotzone.catalogue import Exhibit, Inference, grid

WILD = Inference("wild_rademacher", draws=9_999, seed=20200427)
PATHS = Inference("permutation", draws=10_000, seed=20220122)
SEED = Inference(draws=100_000, seed=20150312)
ONE = ("treatment_only",)
# The mediators of the claims, each with the controls that don't hold it.
TRADE = {"outcome": "openness", "controls": "without_openness"}
TECHNOLOGY = {"outcome": "technology_turnover_intensity", "controls": "baseline"}
TERTIARY = {
    "outcome": "tertiary_share_as_published",
    "controls": "without_secondary_share",
    "sample": "from_2014",
}

EXHIBIT = Exhibit(
    title="Mechanisms: few clusters, permuted paths, leads and variants of each coefficient",
    title_zh="机制检验的稳健性",
    columns=(
        *(
            column
            for mediator in (TRADE, TECHNOLOGY, TERTIARY)
            for column in (
                *grid(
                    **mediator,
                    treatment="zone_first",
                    inference=WILD,
                    role="diagnostic",
                ),
                *grid(
                    **mediator,
                    treatment="zone_first",
                    inference=PATHS,
                    role="diagnostic",
                ),
                *grid(
                    **mediator,
                    treatment="zone_first",
                    estimator="event_study",
                    inference=SEED,
                    role="diagnostic",
                ),
                *grid(
                    **mediator,
                    treatment="zone_first",
                    effects=("unit_trends", "region_year"),
                    diagnostics=ONE,
                    role="robustness",
                ),
                *grid(
                    **{**mediator, "controls": "none"},
                    treatment="zone_first",
                    diagnostics=ONE,
                    role="robustness",
                ),
            )
        ),
        *(
            column
            for mediator in (TRADE, TECHNOLOGY)
            for column in grid(
                **mediator,
                treatment="zone_first",
                sample=("pre_covid", "no_municipalities", "no_service_pilots"),
                diagnostics=ONE,
                role="robustness",
            )
        ),
    ),
    terms=("zone_first", "event", "test"),
    layout="list",
)
