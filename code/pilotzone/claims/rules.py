"""The rules by which a claim is judged.

They stand here before any number is seen by them.
"""

import dataclasses

from pilotzone.claims.studies import Claim

NOT_IDENTIFIED = "not identified here"
LICENSED = "needs licensed data"
HOLDS = "holds"
FAILS = "does not hold"
FRAGILE = "fragile"
THEORY = "theory, not judged"
VERDICTS = (HOLDS, FRAGILE, FAILS, NOT_IDENTIFIED, LICENSED, THEORY)

# The bounds as the board prints them.
BOUNDS = {
    **{"main_p": 0.05, "small_sample_p": 0.10, "lead_p": 0.10, "fails_p": 0.10},
    **{"same_sign": 0.75, "significant": 0.50},
}
MAIN_P, SMALL_SAMPLE_P, LEAD_P, FAILS_P, SAME_SIGN, SIGNIFICANT = BOUNDS.values()
# The checks that the rules ask for beside the headline's own sign and p-value, by kind of claim.
_OF_AN_EFFECT = ("wild_p", "randomisation_p", "lead_p", "same_sign", "significant")
ASKED = {
    "effect": _OF_AN_EFFECT,
    "mechanism": _OF_AN_EFFECT,
    "spillover": ("placebo_p",),
    "heterogeneity": ("interaction_p",),
}


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
