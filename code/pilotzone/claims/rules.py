"""The rules by which a claim is judged: from numbers to two readings.

Reading A is the study's own kind of design, reading B the evidence. The rules are fixed, and mended
where they miss a bar, on simulated worlds and never on results; ``verdict_audit`` measures how
often they err.
All functions are pure: numbers in, words out.
"""

import dataclasses
import enum
import math
from collections.abc import Sequence

from pilotzone.claims.facts import Estimate, Evidence, Verdict

# Bounds that the rules compare with, as the pages print them.
BOUNDS = {
    "p": 0.05,  # of reading A, and of B after Holm
    "trend_p": 0.20,  # one-sided, of the trend estimate of an effect
    "trend_p_groups": 0.05,
    "lead_p": 0.10,  # a lead of a level at or below it fails
    "share": 0.5,  # of θ: what a second estimate must reach, and a placebo must not
    "explained_share": 0.5,  # of A: what a trend estimate may be at most
    "explained_end": 0.8,  # of A: what its interval must end below
    "explained_end_absorbing": 0.33,
    "delta": 0.5,  # smallest effect of interest, in standard deviations of the outcome
    "delta_levels": 0.2,
}
# Verdicts on smaller and larger effects stand beside.
OTHER_DELTAS = (0.2, 1.0)
# Years before the zone at which the early check places it; years by which a lead runs ahead.
EARLY, LEAD, EXPOSURE_LEAD = 2, 1, 2


class Own(enum.StrEnum):
    """Reading A."""

    REPRODUCED = "reproduced"
    OPPOSITE = "opposite"
    NOT = "not reproduced"
    NONE = "none"


class State(enum.StrEnum):
    """What a veto says."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_FEASIBLE = "not feasible"


# The vetoes of each kind of claim; any other does not count.
_ZONE = ("second", "early", "size", "influence")
VETOES = {
    "effect": _ZONE,
    "mechanism": _ZONE,
    "group": _ZONE,
    "moderator": _ZONE,
    "level": ("lead", "lead_trends", "size", "influence"),
    "dose": ("lead", "lead_trends", "size", "influence"),
    "spillover": ("early", "lead_trends", "size", "influence"),
}
JUDGED = tuple(VETOES)
# What stands in the place of a reason where a veto is not asked.
NOT_APPLICABLE = "not_applicable"
# Kinds whose unit trends are fitted while the effect runs and absorb one that grows.
ABSORBING = ("moderator", "level")
# A second estimate that rests on other assumptions; a level has none.
WITH_SECOND = ("effect", "mechanism", "group", "moderator")
GRADUAL = ("level", "dose")


@dataclasses.dataclass(frozen=True)
class Check:
    """A veto: the numbers that it reads, and what it says of them.

    Attributes
    ----------
    name : str
        One of :data:`VETOES`.
    state : State
    estimate, p_value : float
        What is compared; NaN where nothing could be computed. Of several estimates (``influence``)
        the one that is nearest to the other sign.
    bound : float
        What the estimate is compared with.
    power : float
        Of a check that looks for an effect before its time: how often it would fail if that effect
        were as large as θ. NaN for any other.
    left_out : str
        What is left out at the estimate.
    reason : str
        Why it is not feasible.
    """

    name: str
    state: State
    estimate: float = math.nan
    p_value: float = math.nan
    bound: float = math.nan
    power: float = math.nan
    left_out: str = ""
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Judgement:
    """Both readings of a claim.

    Attributes
    ----------
    own : Own
    verdict : Verdict
    decided_by : tuple of str
        What decided: names of checks, ``all_checks``, ``p_holm``, ``indirect``, ``delta``,
        ``trend``, ``window``, or ``reason``.
    checks : tuple of Check
        Empty where no estimate was judged.
    """

    own: Own
    verdict: Verdict
    decided_by: tuple[str, ...]
    checks: tuple[Check, ...] = ()


def own_design(sign: int, own: Estimate | None) -> Own:
    """Return reading A: the claimed sign and p < 0.05 in the study's own kind of design."""
    if own is None or not sign:
        return Own.NONE
    if not own.p_value < BOUNDS["p"]:
        return Own.NOT
    # A test of several groups has no direction.
    return Own.OPPOSITE if own.estimate * sign < 0 else Own.REPRODUCED


def smaller_error(one: Estimate | None, other: Estimate | None) -> tuple[Estimate | None, ...]:
    """Return θ and the second estimate: the first has the smaller standard error."""
    if one is None or other is None:
        return (one or other, None)
    return (one, other) if one.std_error <= other.std_error else (other, one)


def p_of(evidence: Evidence) -> float:
    """Return the p-value of θ; of a spillover the larger of its own and the indirect effect's.

    An indirect effect of the other sign, or none, does not bear θ out: its p is 1.
    """
    if evidence.kind != "spillover":
        return evidence.theta.p_value
    indirect = evidence.indirect
    if indirect is None or indirect.estimate * evidence.theta.estimate <= 0:
        return 1.0
    return max(evidence.theta.p_value, indirect.p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for one family by Holm's step-down.

    The k-th smallest of m is multiplied by m − k + 1, and none is below one before it.
    Holm, S. (1979), Scandinavian Journal of Statistics 6(2), 65-70.
    """
    adjusted, largest = [math.nan] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = largest
    return adjusted


def judge(evidence: Evidence) -> Judgement:
    """Return both readings of a claim; of B the first that applies.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    Judgement
    """
    own = own_design(evidence.sign, evidence.own)
    if evidence.blocked is not None:
        return Judgement(own, evidence.blocked, ("reason",) if evidence.reason else ())
    if evidence.theta is None:
        return Judgement(own, Verdict.NOT_TESTABLE, ("reason",))
    checks = tuple(_check(name, evidence) for name in _asked(evidence))
    verdict, decided_by = _verdict(evidence, checks, own)
    return Judgement(own, verdict, decided_by, checks)


def ruled_out(evidence: Evidence, delta: float) -> bool:
    """Say whether an effect of ``delta`` is outside every interval, in the claimed direction.

    Read are the study's estimate, θ, the second estimate of the kinds that have one and the
    indirect effect of a spillover; one that is missing rules nothing out.
    """
    read = [evidence.own, evidence.theta]
    read += [evidence.second] if evidence.kind in WITH_SECOND else []
    read += [evidence.indirect] if evidence.kind == "spillover" else []
    return all(one is not None and one.reaches(evidence.sign) < delta for one in read)


def explained(evidence: Evidence, own: Own) -> bool:
    """Say whether trends explain what the study's design finds.

    Every estimate net of trends (of a level also the one beside its lead, of a spillover also the
    indirect effect) is at most half of A, with an interval that holds zero and ends well below A.
    """
    read = [evidence.trend]
    read += [evidence.beside_lead] if evidence.kind in GRADUAL else []
    read += [evidence.indirect] if evidence.kind == "spillover" else []
    if own is not Own.REPRODUCED:
        return False
    found, sign = evidence.own.estimate * evidence.sign, evidence.sign
    name = "explained_end_absorbing" if evidence.kind in ABSORBING else "explained_end"
    return all(
        one is not None
        and one.estimate * sign <= BOUNDS["explained_share"] * found
        and one.holds_zero
        and one.reaches(sign) < BOUNDS[name] * found
        for one in read
    )


def _verdict(
    evidence: Evidence, checks: Sequence[Check], own: Own
) -> tuple[Verdict, tuple[str, ...]]:
    """Return reading B of a claim with an estimate, and what decided."""
    failed = tuple(check.name for check in checks if check.state is State.FAILED)
    open_ = tuple(check.name for check in checks if check.state is State.NOT_FEASIBLE)
    open_ += ("window",) if evidence.short_window else ()
    significant = evidence.p_holm < BOUNDS["p"]
    if significant and not failed and len(open_) <= 1:
        claimed = evidence.direction == evidence.sign
        plain = Verdict.SUPPORTED if claimed else Verdict.CONTRADICTED
        assumed = Verdict.ASSUMED if claimed else Verdict.CONTRADICTED_ASSUMED
        return (assumed, open_) if open_ else (plain, ("all_checks",))
    if ruled_out(evidence, evidence.delta):
        return Verdict.RULED_OUT, ("delta",)
    if explained(evidence, own):
        return Verdict.EXPLAINED, ("trend",)
    if not significant:
        bears = evidence.kind != "spillover" or evidence.theta.p_value >= BOUNDS["p"]
        return Verdict.CANNOT_TELL, ("p_holm",) if bears else ("indirect",)
    return Verdict.CANNOT_TELL, failed or open_


def _asked(evidence: Evidence) -> tuple[str, ...]:
    """Return the vetoes of the kind; a spillover of levels or doses has no early one."""
    asked = VETOES[evidence.kind]
    return tuple(name for name in asked if evidence.missing.get(name) != NOT_APPLICABLE)


def _check(name: str, evidence: Evidence) -> Check:
    if name == "influence":
        return _influence(evidence)
    found = getattr(evidence, name)
    if found is None:
        return Check(name, State.NOT_FEASIBLE, reason=evidence.missing.get(name, ""))
    sign, share = evidence.direction, BOUNDS["share"] * abs(evidence.theta.estimate)
    numbers = (found.estimate, found.p_value)
    if name == "lead":
        state = State.PASSED if found.p_value > BOUNDS["lead_p"] else State.FAILED
        return Check(name, state, *numbers, BOUNDS["lead_p"])
    if name in ("early", "lead_trends"):
        state = State.PASSED if found.estimate * sign < share else State.FAILED
        power = _above(abs(evidence.theta.estimate), share, found.std_error)
        return Check(name, state, *numbers, sign * share, power)
    passed = found.estimate * sign >= share
    if name == "second":
        passed = passed and _trend_agrees(evidence)
    return Check(name, State.PASSED if passed else State.FAILED, *numbers, sign * share)


def _trend_agrees(evidence: Evidence) -> bool:
    """Say whether the trend estimate has a one-sided p below its bound; moderators need none."""
    if evidence.kind == "moderator":
        return True
    bound = BOUNDS["trend_p_groups" if evidence.kind == "group" else "trend_p"]
    return evidence.trend is not None and evidence.trend.one_sided(evidence.direction) < bound


def _influence(evidence: Evidence) -> Check:
    """Return whether the sign stays without each cohort and each region."""
    sign, left_out = evidence.direction, evidence.left_out
    made = {name: one for name, one in left_out.items() if one is not None}
    least = min(made, key=lambda name: made[name].estimate * sign, default="")
    if made and made[least].estimate * sign <= 0:
        at = made[least]
        return Check("influence", State.FAILED, at.estimate, at.p_value, 0.0, left_out=least)
    if not made or len(made) < len(left_out) or "influence" in evidence.missing:
        said = evidence.missing.get("influence", "")
        return Check("influence", State.NOT_FEASIBLE, reason=said)
    at = made[least]
    return Check("influence", State.PASSED, at.estimate, at.p_value, 0.0, left_out=least)


def _above(mean: float, bound: float, std_error: float) -> float:
    """Return the chance that a normal estimate of ``mean`` is at or above ``bound``."""
    if not std_error > 0:
        return math.nan
    return 0.5 * math.erfc((bound - mean) / (std_error * math.sqrt(2)))
