"""Which claims are judged on estimates, and why the others are not."""

from collections.abc import Callable, Sequence

from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.indicators import NQP, NQP_CITY
from pilotzone.claims.facts import Verdict
from pilotzone.claims.studies import Basis, Claim

Load = Callable[[str], Exhibit]
# The exhibit that estimates what claims are judged on.
JUDGED_IN = "claim_evidence"
# What of other exhibits stands beside the vetoes: breakdown values, and variants of the estimate.
BREAKDOWNS = ("honest_did", "city_honest_did")
VARIANTS = (
    "cbec_level_checks",
    "city_mechanism_checks",
    "city_robustness",
    "mechanism_checks",
    "robustness",
)
# Every specification of an outcome and a treatment, tested together.
MULTIVERSES = ("city_multiverse", "multiverse")
# The outcomes in level, logarithm and by Poisson, whose signs stand on the board.
FORMS = ("city_functional_form", "functional_form")
# Where it is measured how often the rules err.
AUDIT = "verdict_audit"
# Mediators that are a ratio of the variables of an indicator, which stands behind them.
MADE_OF = {"tertiary_secondary_ratio": "tertiary_share"}


def part_of_index(outcome: str, panel: str) -> bool:
    """Say whether a mediator is an indicator of the explained index or made of its variables."""
    system = {"province": NQP, "city": NQP_CITY}[panel]
    return outcome in system.ids or MADE_OF.get(outcome) in system.ids


def multiverse(claim: Claim, load: Load) -> str:
    """Return the exhibit that holds all specifications of a claim's regression; empty if none."""
    basis = claim.evidence
    if basis is None or claim.kind not in ("effect", "dose"):
        return ""
    for name in MULTIVERSES:
        lattice = load(name).describe.lattice
        if basis.outcome in lattice.outcomes and basis.treatment in lattice.treatments:
            return name
    return ""


def needs(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Return the exhibits whose estimates the claims rest on."""
    own = (column.exhibit for claim in claims for column in claim.own)
    return tuple(sorted({*own, JUDGED_IN}))


def shown(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Return the exhibits behind the board, and where it is measured how often it errs."""
    return tuple(sorted({*needs(claims), *FORMS, AUDIT}))


def checked(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Return the exhibits behind the vetoes, and behind what stands beside them."""
    return tuple(sorted({*needs(claims), *BREAKDOWNS, *VARIANTS, *MULTIVERSES}))


def wanted(claims: Sequence[Claim]) -> dict[tuple[int, int], tuple[str, Basis]]:
    """Return kind and basis of each claim that is judged on estimates, by study and number."""
    return {
        (claim.study, claim.number): (claim.kind, claim.evidence)
        for claim in claims
        if blocked(claim) is None
    }


def blocked(claim: Claim) -> tuple[Verdict, str] | None:
    """Return what is decided before any estimate, and the code of why; None if nothing is."""
    if claim.kind == "licensed":
        return Verdict.LICENSED, ""
    if claim.kind == "theory":
        return Verdict.THEORY, ""
    if claim.not_testable:
        return Verdict.NOT_TESTABLE, claim.not_testable
    basis = claim.evidence
    if claim.kind == "mechanism" and part_of_index(basis.outcome, basis.panel):
        return Verdict.NOT_TESTABLE, "part_of_index"
    return None
