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
UPGRADING = {"outcome": "tertiary_share_as_published", "treatment": "zone_first"}
# Digital finance at the start of the panel is the moderator, so it is left out of the index.
MODERATED = {"outcome": "nqp_no_ecommerce_no_digital_finance", **ZONES, "estimator": "moderation"}
DIGITAL = {"moderator": "digital_finance_index", "timing": "initial"}
CITIES = {"treatment": "zone_city", "sample": "city"}
CITY_INDEX = {"outcome": "nqp_city", **CITIES, "controls": "city"}
BALANCED = {"treatment": "zone_city", "sample": "balanced"}
CITY_BALANCED = {"outcome": "nqp_city", **BALANCED, "controls": "city"}
RINGS = "50 100 150 200 250 300"
DURBIN = {"estimator": "sdm", "inference": "cluster_pairs"}
BORDERS = {"weights": "contiguity", **DURBIN}

PROVINCES_RISE = "Cross-border e-commerce raises new quality productive forces of provinces"
CITIES_RISE = "Zones raise new quality productive forces of cities"
FIRMS_RISE = "Zones raise new quality productive forces of listed firms"
# The headline and the modern checks beside it.
CITY_EFFECT = (
    Column("city_did", **CITY_INDEX),
    Column("city_did", outcome="nqp_city", **CITIES),
    Column("city_did", **CITY_INDEX, effects="unit_trends"),
)
TRADE = Column("mechanism", outcome="openness", treatment="zone_first", controls="without_openness")


def _mediated(outcome: str, controls: str = "city") -> Column:
    """Return the column of a mediator on cities."""
    return Column("city_mechanism", outcome=outcome, **CITIES, controls=controls)


def _central(outcome: str) -> Column:
    """Return the column of a centrality in the network of cities."""
    fields = {"controls": "city", "estimator": "centralities"}
    return Column("city_network", outcome=outcome, **BALANCED, **fields)


def _effect(study: int, text: str, *columns: Column, robustness: tuple[str, ...] = ()) -> Claim:
    return Claim(study, text, +1, "effect", columns, robustness=robustness)


def _through(study: int, text: str, *columns: Column) -> Claim:
    """Return the claim of a mechanism; its checks stand beside the exhibit of its columns."""
    checks = (f"{columns[0].exhibit}_checks",)
    return Claim(study, text, +1, "mechanism", columns, robustness=checks)


def _differs(study: int, text: str, column: Column, higher: str = "", lower: str = "") -> Claim:
    """Return the claim that an effect differs between groups, and which is the higher one."""
    test = "test:equality"
    return Claim(study, text, +1, "heterogeneity", (column,), test, higher=higher, lower=lower)


def _spills(study: int, text: str, *columns: Column, robustness: tuple[str, ...]) -> Claim:
    return Claim(study, text, +1, "spillover", columns, "indirect:{treatment}", robustness)


def _licensed(study: int, text: str, settled_by: tuple[str, ...] = ()) -> Claim:
    return Claim(study, text, +1, "licensed", settled_by=settled_by)


def _by_group(exhibit: str, by: str, **fields: str) -> Column:
    return Column(exhibit, **fields, estimator="heterogeneity", by=by)


def _stronger(study: int, text: str, higher: str, lower: str) -> Claim:
    """Return the claim of an effect on cities that differs by whether they are the lower group."""
    column = _by_group("city_heterogeneity", lower, **CITY_INDEX)
    return _differs(study, text, column, higher, lower)


CLAIMS = (
    _effect(
        1,
        PROVINCES_RISE,
        Column("cbec_level", **PROXY, controls="without_openness"),
        Column("cbec_level", **PROXY),
        robustness=("cbec_level", "cbec_level_checks"),
    ),
    Claim(
        1,
        "Digital finance strengthens the effect",
        +1,
        "heterogeneity",
        (Column("moderation", **MODERATED, **DIGITAL),),
        "{treatment}#digital_finance_index",
        ("moderation",),
    ),
    _spills(
        1,
        "Positive spatial spillover between provinces",
        Column("spatial_effects", **PROXY, controls="without_openness", **BORDERS),
        robustness=("spatial_placebo", "spatial_models"),
    ),
    _effect(
        2,
        PROVINCES_RISE,
        Column("did_baseline", **INDEX, **ZONES),
        Column("did_baseline", **INDEX, **SHARES),
        robustness=("robustness",),
    ),
    _through(2, "It works through digital trade (here: trade over GDP)", TRADE),
    _through(
        2,
        "It works through industrial upgrading",
        Column("mechanism", **UPGRADING, controls="without_secondary_share", sample="from_2014"),
    ),
    _differs(
        2,
        "The effect differs between regions",
        _by_group("heterogeneity", "region3", **INDEX, **ZONES),
    ),
    _spills(
        2,
        "Spatial transmission between provinces",
        Column("spatial_effects", **INDEX, **SHARES, **BORDERS),
        Column("spatial_effects", **INDEX, **ZONES, **BORDERS),
        robustness=("spatial_placebo", "spatial_sensitivity"),
    ),
    Claim(3, "Works on all five development concepts (theory)", +1, "theory"),
    _effect(4, CITIES_RISE, *CITY_EFFECT, robustness=("city_robustness",)),
    _through(
        4,
        "Through the conversion on technology markets (here: of provinces)",
        Column("mechanism", outcome="technology_turnover_intensity", **ZONES),
    ),
    _licensed(4, "Through the efficiency of factor combination"),
    _effect(
        4,
        "The network of city cooperation improves",
        _central("degree_centrality"),
        _central("closeness_centrality"),
        _central("betweenness_centrality"),
        Column("city_network", outcome="ln_mass", **BALANCED, estimator="pairs", of="link"),
    ),
    _licensed(5, FIRMS_RISE, FIRM_EFFECT),
    _licensed(5, "Through digital transformation and eased financing constraints", FIRM_MECHANISM),
    _effect(6, CITIES_RISE, *CITY_EFFECT, robustness=("city_robustness",)),
    _through(
        6,
        "Through technological breakthrough (green invention patents, science share)",
        _mediated("green_patents_per_10k"),
        _mediated("science_share"),
    ),
    _through(
        6,
        "Through industrial upgrading (tertiary over secondary value added)",
        _mediated("tertiary_secondary_ratio"),
    ),
    _effect(7, CITIES_RISE, *CITY_EFFECT, robustness=("city_robustness",)),
    _spills(
        7,
        "Positive spillover to other cities",
        Column("city_spillover", **CITY_BALANCED, weights="nearest_6", **DURBIN),
        Column("city_spillover", **CITY_INDEX, estimator="rings", rings_km=RINGS),
        robustness=("city_spillover",),
    ),
    _through(7, "Through agglomeration", _mediated("agglomeration")),
    _through(
        7,
        "Through factor allocation (finance and foreign investment over GRP)",
        _mediated("finance", "city_without_finance"),
        _mediated("fdi_share", "city_without_fdi_share"),
    ),
    _through(7, "Through exports (here: trade over GDP of provinces)", TRADE),
    _stronger(
        7, "Stronger in cities that are not resource-based", "not_resource_based", "resource_based"
    ),
    _stronger(7, "Stronger in inland cities", "inland", "coastal"),
    _licensed(8, FIRMS_RISE, FIRM_EFFECT),
    _licensed(8, "Through digital trade, financing, integration and absorption", FIRM_MECHANISM),
    _licensed(8, "Stronger where marketisation is low, and inland", FIRM_GROUPS),
)


def study_of(claim: Claim, studies: Sequence[Study] = STUDIES) -> Study:
    """Return the study that makes a claim."""
    return next(study for study in studies if study.id == claim.study)
