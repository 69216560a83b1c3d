"""The reviewed studies, their claims, and the rules by which a claim is judged.

The review prints no coefficient of the eight studies, so none is compared: a claim is a sign on a
unit and a design, linked to the exhibits that bear on it. The rules stand here, before any number
is seen by them.
"""

import dataclasses
from collections.abc import Sequence

REVIEW = "Wang Wei and Zhang Yichi (2025), doi 10.12677/ecl.2025.14103285"

NOT_IDENTIFIED = "not identified here"
LICENSED = "needs licensed data"
HOLDS = "holds"
FAILS = "does not hold"
FRAGILE = "fragile"
THEORY = "theory, not judged"
VERDICTS = (HOLDS, FRAGILE, FAILS, NOT_IDENTIFIED, LICENSED, THEORY)

MAIN_P, SMALL_SAMPLE_P, LEAD_P, FAILS_P = 0.05, 0.10, 0.10, 0.10
SAME_SIGN, SIGNIFICANT = 0.75, 0.50
# The checks that the rules ask for beside the headline's own sign and p-value, by kind of claim.
_OF_AN_EFFECT = ("wild_p", "randomisation_p", "lead_p", "same_sign", "significant")
ASKED = {
    "effect": _OF_AN_EFFECT,
    "mechanism": _OF_AN_EFFECT,
    "spillover": ("placebo_p",),
    "heterogeneity": ("interaction_p",),
}


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
    exhibit, columns : str, tuple of str
        The exhibit and its main columns, the first being the headline; empty where nothing on
        open figures bears on the claim.
    term : str
        The term of the headline column that is judged.
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
    exhibit: str = ""
    columns: tuple[str, ...] = ()
    term: str = ""
    robustness: tuple[str, ...] = ()
    higher: str = ""
    lower: str = ""
    settled_by: tuple[str, ...] = ()


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

CITY_EFFECT = "Zones raise new quality productive forces of cities"
# What settles the claims on listed firms: `make firm PANEL=… CONFIG=firm.toml`.
FIRM_EFFECT = ("firm_did", "firm_event_study", "firm_staggered", "firm_placebo", "firm_robustness")
FIRM_MECHANISM = ("firm_mechanism",)
FIRM_GROUPS = ("firm_heterogeneity",)
# Exhibit, headline column and the modern check beside it, term, robustness.
CITY_COLUMNS = (
    "city_did",
    ("city:city:two_way", "none:city:two_way", "city:city:unit_trends"),
    "zone_city",
    ("city_robustness",),
)
CLAIMS = (
    Claim(
        1,
        "Cross-border e-commerce raises new quality productive forces of provinces",
        +1,
        "effect",
        "cbec_level",
        ("without_openness:main", "none:main"),
        "cbec_proxy",
        ("cbec_level", "cbec_level_checks"),
    ),
    Claim(
        1,
        "Digital finance strengthens the effect",
        +1,
        "heterogeneity",
        "moderation",
        ("nqp_no_ecommerce_no_digital_finance:zone_first:baseline:initial",),
        "zone_first#digital_finance_index",
        ("moderation",),
    ),
    Claim(
        1,
        "Positive spatial spillover between provinces",
        +1,
        "spillover",
        "spatial_effects",
        ("cbec_proxy:without_openness:contiguity:simulated",),
        "indirect:cbec_proxy",
        ("spatial_placebo", "spatial_models"),
    ),
    Claim(
        2,
        "Cross-border e-commerce raises new quality productive forces of provinces",
        +1,
        "effect",
        "did_baseline",
        ("nqp_no_ecommerce:zone_first:baseline", "nqp_no_ecommerce:zone_share:baseline"),
        "zone_first",
        ("robustness",),
    ),
    Claim(
        2,
        "It works through digital trade (here: trade over GDP)",
        +1,
        "mechanism",
        "mechanism",
        ("openness:zone_first:without_openness:main:twfe:none",),
        "zone_first",
        ("mechanism_checks",),
    ),
    Claim(
        2,
        "It works through industrial upgrading",
        +1,
        "mechanism",
        "mechanism",
        ("tertiary_share_as_published:zone_first:without_secondary_share:from_2014:twfe:none",),
        "zone_first",
        ("mechanism_checks",),
    ),
    Claim(
        2,
        "The effect differs between regions",
        +1,
        "heterogeneity",
        "heterogeneity",
        ("nqp_no_ecommerce:zone_first:baseline:region3",),
        "test:equality",
    ),
    Claim(
        2,
        "Spatial transmission between provinces",
        +1,
        "spillover",
        "spatial_effects",
        (
            "zone_share:baseline:contiguity:simulated",
            "zone_first:baseline:contiguity:simulated",
        ),
        "indirect:zone_share",
        ("spatial_placebo", "spatial_sensitivity"),
    ),
    Claim(3, "Works on all five development concepts (theory)", +1, "theory"),
    Claim(4, CITY_EFFECT, +1, "effect", *CITY_COLUMNS),
    Claim(
        4,
        "Through the conversion on technology markets (here: of provinces)",
        +1,
        "mechanism",
        "mechanism",
        ("technology_turnover_intensity:zone_first:baseline:main:twfe:none",),
        "zone_first",
        ("mechanism_checks",),
    ),
    Claim(4, "Through the efficiency of factor combination", +1, "licensed"),
    Claim(
        4,
        "The network of city cooperation improves",
        +1,
        "effect",
        "city_network",
        (
            "degree_centrality:city:centralities:none",
            "closeness_centrality:city:centralities:none",
            "betweenness_centrality:city:centralities:none",
            "ln_mass:none:pairs:link",
        ),
        "zone_city",
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
    Claim(6, CITY_EFFECT, +1, "effect", *CITY_COLUMNS),
    Claim(
        6,
        "Through technological breakthrough (green invention patents, science share)",
        +1,
        "mechanism",
        "city_mechanism",
        ("green_patents_per_10k:city:two_way", "science_share:city:two_way"),
        "zone_city",
        ("city_mechanism_checks",),
    ),
    Claim(
        6,
        "Through industrial upgrading (tertiary over secondary value added)",
        +1,
        "mechanism",
        "city_mechanism",
        ("tertiary_secondary_ratio:city:two_way",),
        "zone_city",
        ("city_mechanism_checks",),
    ),
    Claim(7, CITY_EFFECT, +1, "effect", *CITY_COLUMNS),
    Claim(
        7,
        "Positive spillover to other cities",
        +1,
        "spillover",
        "city_spillover",
        ("city:balanced:nearest_6:two_way:sdm:none", "city:city:none:two_way:rings:none"),
        "indirect:zone_city",
        ("city_spillover",),
    ),
    Claim(
        7,
        "Through agglomeration",
        +1,
        "mechanism",
        "city_mechanism",
        ("agglomeration:city:two_way",),
        "zone_city",
        ("city_mechanism_checks",),
    ),
    Claim(
        7,
        "Through factor allocation (finance and foreign investment over GRP)",
        +1,
        "mechanism",
        "city_mechanism",
        ("finance:city_without_finance:two_way", "fdi_share:city_without_fdi_share:two_way"),
        "zone_city",
        ("city_mechanism_checks",),
    ),
    Claim(
        7,
        "Through exports (here: trade over GDP of provinces)",
        +1,
        "mechanism",
        "mechanism",
        ("openness:zone_first:without_openness:main:twfe:none",),
        "zone_first",
        ("mechanism_checks",),
    ),
    Claim(
        7,
        "Stronger in cities that are not resource-based",
        +1,
        "heterogeneity",
        "city_heterogeneity",
        ("city:resource_based",),
        "test:equality",
        higher="not_resource_based",
        lower="resource_based",
    ),
    Claim(
        7,
        "Stronger in inland cities",
        +1,
        "heterogeneity",
        "city_heterogeneity",
        ("city:coastal",),
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
        8,
        "Stronger where marketisation is low, and inland",
        +1,
        "licensed",
        settled_by=FIRM_GROUPS,
    ),
)


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What the columns linked to a claim say.

    Attributes
    ----------
    sign : int
        The claimed sign.
    estimate, p_value : float or None
        Of the headline column; None if none of the linked columns is identified. Between two
        groups the effect on the one that the claim calls higher less that on the other.
    wild_p, randomisation_p : float or None
    lead_p : float or None
        Joint test of the leads; None where a design has none.
    same_sign, significant : float or None
        Shares of the robustness columns with the claimed sign, and with p below 0.05.
    interaction_p : float or None
        For heterogeneity: the test that groups are equal or the interaction is zero.
    placebo_p : float or None
        For spillover: the indirect effect among relabelled matrices.
    """

    sign: int
    estimate: float | None = None
    p_value: float | None = None
    wild_p: float | None = None
    randomisation_p: float | None = None
    lead_p: float | None = None
    same_sign: float | None = None
    significant: float | None = None
    interaction_p: float | None = None
    placebo_p: float | None = None


def verdict(claim: Claim, evidence: Evidence) -> str:
    """Judge a claim.

    In this order: a theory is not judged; a claim on licensed data needs them; nothing is judged
    where no linked column is identified; heterogeneity goes by its test of interaction and the
    direction, spillover by the indirect effect and the placebo of relabelled matrices, everything
    else by sign, main p, few-cluster p, leads and the shares of robustness columns. A check that
    was not made counts as not passed.
    """
    if claim.kind == "theory":
        return THEORY
    if claim.kind == "licensed":
        return LICENSED
    if not _identified(evidence):
        return NOT_IDENTIFIED
    if claim.kind == "heterogeneity":
        return _by_test(claim, evidence)
    if _opposite(evidence) or evidence.p_value >= FAILS_P:
        return FAILS
    if claim.kind == "spillover":
        passed = [_below(evidence.p_value, MAIN_P), _below(evidence.placebo_p, SMALL_SAMPLE_P)]
    else:
        passed = [
            _below(evidence.p_value, MAIN_P),
            _below(evidence.wild_p, SMALL_SAMPLE_P),
            _below(evidence.randomisation_p, SMALL_SAMPLE_P),
            evidence.lead_p is not None and evidence.lead_p > LEAD_P,
            _at_least(evidence.same_sign, SAME_SIGN),
            _at_least(evidence.significant, SIGNIFICANT),
        ]
    return HOLDS if all(passed) else FRAGILE


def not_made(claim: Claim, evidence: Evidence) -> tuple[str, ...]:
    """Return the checks that the rules ask for and that were not made, by field of the evidence."""
    if not _identified(evidence):
        return ()
    return tuple(name for name in ASKED[claim.kind] if getattr(evidence, name) is None)


def _identified(evidence: Evidence) -> bool:
    return evidence.estimate is not None or evidence.interaction_p is not None


def _by_test(claim: Claim, evidence: Evidence) -> str:
    if evidence.interaction_p >= FAILS_P or _opposite(evidence):
        return FAILS
    return HOLDS if evidence.interaction_p < MAIN_P else FRAGILE


def _opposite(evidence: Evidence) -> bool:
    return evidence.estimate is not None and evidence.estimate * evidence.sign < 0


def _below(value: float | None, bound: float) -> bool:
    return value is not None and value < bound


def _at_least(value: float | None, bound: float) -> bool:
    return value is not None and value >= bound


def study_of(claim: Claim, studies: Sequence[Study] = STUDIES) -> Study:
    """Return the study that makes a claim."""
    return next(study for study in studies if study.id == claim.study)
