"""The reviewed studies, their claims, and the columns that bear on each.

The review prints no coefficient of the eight studies, so none is compared: a claim is a sign on a
unit and a design. Its columns are named by their fields (``catalogue.columns``).
"""

import dataclasses
from collections.abc import Sequence

from pilotzone.catalogue.columns import Column

REVIEW = "Wang Wei and Zhang Yichi (2025), doi 10.12677/ecl.2025.14103285"


@dataclasses.dataclass(frozen=True)
class Study:
    """A reviewed study: number in the review, authors, year, unit and design."""

    id: int
    authors: str
    year: int
    unit: str
    design: str


@dataclasses.dataclass(frozen=True)
class Claim:
    """An empirical claim and the columns that bear on it.

    Attributes
    ----------
    study : int
    text : str
    sign : int
        +1 or -1, the claimed direction.
    kind : {'effect', 'mechanism', 'heterogeneity', 'spillover', 'licensed', 'theory'}
    columns : tuple of Column
        The main columns, the first being the headline; empty where nothing on open figures bears
        on the claim.
    term : str
        The term that is judged; ``{treatment}`` is the treatment of the column.
    robustness : tuple of str
        Exhibits whose columns of the same treatment count as robustness.
    higher, lower : str
        Groups between which the claim says that the effect differs, and in which direction; empty
        where it names none.
    settled_by : tuple of str
        Exhibits that would settle a claim on licensed figures, once a reader brings them.
    """

    study: int
    text: str
    sign: int
    kind: str
    columns: tuple[Column, ...] = ()
    term: str = "{treatment}"
    robustness: tuple[str, ...] = ()
    higher: str = ""
    lower: str = ""
    settled_by: tuple[str, ...] = ()

    @property
    def exhibit(self) -> str:
        """The exhibit of the headline; an empty text where nothing is linked."""
        return self.columns[0].exhibit if self.columns else ""


STUDIES = (
    Study(1, "Li, Luo and Zhao", 2025, "province", "two-way panel, spatial, moderation"),
    Study(2, "Hou and Zhang", 2025, "province", "two-way panel, mediation, spatial"),
    Study(3, "Zhang Xiaheng", 2024, "none", "theory of the five development concepts"),
    Study(4, "Liu, Ma and Guo", 2025, "city", "multi-period DID, network"),
    Study(5, "中本一郎 and 郑勇颖", 2024, "firm", "multi-period DID"),
    Study(6, "Kong, Lang and Wang", 2025, "city", "multi-period DID"),
    Study(7, "Cai and Xi", 2025, "city", "multi-period DID, spillover"),
    Study(8, "Zhang Xiaheng", 2025, "firm", "multi-period DID"),
)

# What settles the claims on listed firms: `make firm PANEL=… CONFIG=firm.toml`.
FIRM_EFFECT = ("firm_did", "firm_event_study", "firm_staggered", "firm_placebo", "firm_robustness")
FIRM_MECHANISM = ("firm_mechanism",)
FIRM_GROUPS = ("firm_heterogeneity",)

# Fields that many columns share.
INDEX = {"outcome": "nqp_no_ecommerce"}
ZONES = {"treatment": "zone_first", "controls": "baseline"}
SHARES = {"treatment": "zone_share", "controls": "baseline"}
PROXY = {**INDEX, "treatment": "cbec_proxy"}
CITIES = {"treatment": "zone_city", "sample": "city"}
DURBIN = {"weights": "contiguity", "estimator": "sdm", "inference": "simulated"}

CITY_EFFECT = {
    "text": "Zones raise new quality productive forces of cities",
    "sign": +1,
    "kind": "effect",
    # The headline and the modern checks beside it.
    "columns": (
        Column("city_did", outcome="nqp_city", **CITIES, controls="city"),
        Column("city_did", outcome="nqp_city", **CITIES),
        Column("city_did", outcome="nqp_city", **CITIES, controls="city", effects="unit_trends"),
    ),
    "robustness": ("city_robustness",),
}
TRADE = Column("mechanism", outcome="openness", treatment="zone_first", controls="without_openness")


def _mediated(outcome: str, controls: str = "city") -> Column:
    """Return the column of a mediator on cities."""
    return Column("city_mechanism", outcome=outcome, **CITIES, controls=controls)


def _by_group(by: str) -> Column:
    """Return the column of cities by groups."""
    fields = {"controls": "city", "estimator": "heterogeneity", "by": by}
    return Column("city_heterogeneity", outcome="nqp_city", **CITIES, **fields)


def _central(outcome: str) -> Column:
    """Return the column of a centrality in the network of cities."""
    fields = {"treatment": "zone_city", "sample": "balanced", "controls": "city"}
    return Column("city_network", outcome=outcome, **fields, estimator="centralities")


CLAIMS = (
    Claim(
        1,
        "Cross-border e-commerce raises new quality productive forces of provinces",
        +1,
        "effect",
        (Column("cbec_level", **PROXY, controls="without_openness"), Column("cbec_level", **PROXY)),
        robustness=("cbec_level", "cbec_level_checks"),
    ),
    Claim(
        1,
        "Digital finance strengthens the effect",
        +1,
        "heterogeneity",
        (
            Column(
                "moderation",
                outcome="nqp_no_ecommerce_no_digital_finance",
                **ZONES,
                estimator="moderation",
                moderator="digital_finance_index",
                timing="initial",
            ),
        ),
        "{treatment}#digital_finance_index",
        ("moderation",),
    ),
    Claim(
        1,
        "Positive spatial spillover between provinces",
        +1,
        "spillover",
        (Column("spatial_effects", **PROXY, controls="without_openness", **DURBIN),),
        "indirect:{treatment}",
        ("spatial_placebo", "spatial_models"),
    ),
    Claim(
        2,
        "Cross-border e-commerce raises new quality productive forces of provinces",
        +1,
        "effect",
        (Column("did_baseline", **INDEX, **ZONES), Column("did_baseline", **INDEX, **SHARES)),
        robustness=("robustness",),
    ),
    Claim(
        2,
        "It works through digital trade (here: trade over GDP)",
        +1,
        "mechanism",
        (TRADE,),
        robustness=("mechanism_checks",),
    ),
    Claim(
        2,
        "It works through industrial upgrading",
        +1,
        "mechanism",
        (
            Column(
                "mechanism",
                outcome="tertiary_share_as_published",
                treatment="zone_first",
                controls="without_secondary_share",
                sample="from_2014",
            ),
        ),
        robustness=("mechanism_checks",),
    ),
    Claim(
        2,
        "The effect differs between regions",
        +1,
        "heterogeneity",
        (Column("heterogeneity", **INDEX, **ZONES, estimator="heterogeneity", by="region3"),),
        "test:equality",
    ),
    Claim(
        2,
        "Spatial transmission between provinces",
        +1,
        "spillover",
        (
            Column("spatial_effects", **INDEX, **SHARES, **DURBIN),
            Column("spatial_effects", **INDEX, **ZONES, **DURBIN),
        ),
        "indirect:{treatment}",
        ("spatial_placebo", "spatial_sensitivity"),
    ),
    Claim(3, "Works on all five development concepts (theory)", +1, "theory"),
    Claim(4, **CITY_EFFECT),
    Claim(
        4,
        "Through the conversion on technology markets (here: of provinces)",
        +1,
        "mechanism",
        (Column("mechanism", outcome="technology_turnover_intensity", **ZONES),),
        robustness=("mechanism_checks",),
    ),
    Claim(4, "Through the efficiency of factor combination", +1, "licensed"),
    Claim(
        4,
        "The network of city cooperation improves",
        +1,
        "effect",
        (
            _central("degree_centrality"),
            _central("closeness_centrality"),
            _central("betweenness_centrality"),
            Column(
                "city_network",
                outcome="ln_mass",
                treatment="zone_city",
                sample="balanced",
                estimator="pairs",
                of="link",
            ),
        ),
    ),
    Claim(
        5,
        "Zones raise new quality productive forces of listed firms",
        +1,
        "licensed",
        settled_by=FIRM_EFFECT,
    ),
    Claim(
        5,
        "Through digital transformation and eased financing constraints",
        +1,
        "licensed",
        settled_by=FIRM_MECHANISM,
    ),
    Claim(6, **CITY_EFFECT),
    Claim(
        6,
        "Through technological breakthrough (green invention patents, science share)",
        +1,
        "mechanism",
        (_mediated("green_patents_per_10k"), _mediated("science_share")),
        robustness=("city_mechanism_checks",),
    ),
    Claim(
        6,
        "Through industrial upgrading (tertiary over secondary value added)",
        +1,
        "mechanism",
        (_mediated("tertiary_secondary_ratio"),),
        robustness=("city_mechanism_checks",),
    ),
    Claim(7, **CITY_EFFECT),
    Claim(
        7,
        "Positive spillover to other cities",
        +1,
        "spillover",
        (
            Column(
                "city_spillover",
                outcome="nqp_city",
                treatment="zone_city",
                controls="city",
                sample="balanced",
                weights="nearest_6",
                estimator="sdm",
                inference="simulated",
            ),
            Column(
                "city_spillover",
                outcome="nqp_city",
                **CITIES,
                controls="city",
                estimator="rings",
                rings_km="50 100 150 200 250 300",
            ),
        ),
        "indirect:{treatment}",
        ("city_spillover",),
    ),
    Claim(
        7,
        "Through agglomeration",
        +1,
        "mechanism",
        (_mediated("agglomeration"),),
        robustness=("city_mechanism_checks",),
    ),
    Claim(
        7,
        "Through factor allocation (finance and foreign investment over GRP)",
        +1,
        "mechanism",
        (
            _mediated("finance", "city_without_finance"),
            _mediated("fdi_share", "city_without_fdi_share"),
        ),
        robustness=("city_mechanism_checks",),
    ),
    Claim(
        7,
        "Through exports (here: trade over GDP of provinces)",
        +1,
        "mechanism",
        (TRADE,),
        robustness=("mechanism_checks",),
    ),
    Claim(
        7,
        "Stronger in cities that are not resource-based",
        +1,
        "heterogeneity",
        (_by_group("resource_based"),),
        "test:equality",
        higher="not_resource_based",
        lower="resource_based",
    ),
    Claim(
        7,
        "Stronger in inland cities",
        +1,
        "heterogeneity",
        (_by_group("coastal"),),
        "test:equality",
        higher="inland",
        lower="coastal",
    ),
    Claim(
        8,
        "Zones raise new quality productive forces of listed firms",
        +1,
        "licensed",
        settled_by=FIRM_EFFECT,
    ),
    Claim(
        8,
        "Through digital trade, financing, integration and absorption",
        +1,
        "licensed",
        settled_by=FIRM_MECHANISM,
    ),
    Claim(
        8, "Stronger where marketisation is low, and inland", +1, "licensed", settled_by=FIRM_GROUPS
    ),
)


def study_of(claim: Claim, studies: Sequence[Study] = STUDIES) -> Study:
    """Return the study that makes a claim."""
    return next(study for study in studies if study.id == claim.study)
