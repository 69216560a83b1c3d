"""What the rules read of a claim: estimates, and what is known of each."""

import dataclasses
import enum
import math
from collections.abc import Mapping
from statistics import NormalDist

_NORMAL = NormalDist().inv_cdf
# Of a two-sided 5 % test with 80 % power, over that of its interval.
POWER_OVER_INTERVAL = (_NORMAL(0.975) + _NORMAL(0.80)) / _NORMAL(0.975)


class Verdict(enum.StrEnum):
    """Reading B, in the order in which it is decided."""

    LICENSED = "needs licensed data"
    THEORY = "theory, not judged"
    NOT_TESTABLE = "not testable here"
    SUPPORTED = "supported"
    ASSUMED = "supported under an assumption"
    CONTRADICTED = "contradicted"
    CONTRADICTED_ASSUMED = "contradicted under an assumption"
    RULED_OUT = "ruled out"
    EXPLAINED = "explained by trend"
    CANNOT_TELL = "cannot tell"


@dataclasses.dataclass(frozen=True)
class Estimate:
    """An estimate with what its inference says; NaN where that says nothing."""

    estimate: float
    std_error: float = math.nan
    p_value: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan

    def one_sided(self, sign: float) -> float:
        """Return p against an effect of the other sign, from a two-sided p."""
        return self.p_value / 2 if self.estimate * sign > 0 else 1 - self.p_value / 2

    def reaches(self, sign: float) -> float:
        """Return the end of the interval in the direction of ``sign``, as a positive number."""
        return self.ci_high if sign > 0 else -self.ci_low

    @property
    def holds_zero(self) -> bool:
        """Whether the interval holds zero."""
        return self.ci_low <= 0 <= self.ci_high

    @property
    def detectable(self) -> float:
        """The effect that a test by this interval finds in 80 % of draws."""
        return POWER_OVER_INTERVAL * (self.ci_high - self.ci_low) / 2

    def times(self, sign: int) -> "Estimate":
        """Return the estimate of the effect with the other sign, if ``sign`` is -1."""
        if sign > 0:
            return self
        ends = -self.ci_high, -self.ci_low
        return dataclasses.replace(self, estimate=-self.estimate, ci_low=ends[0], ci_high=ends[1])


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What is known of a claim.

    Attributes
    ----------
    kind : str
        Kind of the claim.
    sign : int
        Claimed sign; 0 where none is claimed and none is judged.
    own : Estimate or None
        In the study's own kind of design.
    theta, second : Estimate or None
    trend : Estimate or None
        The one of them that is net of each unit's trend.
    indirect : Estimate or None
        Of a spillover, net of trends.
    beside_lead : Estimate or None
        Of a level or dose, beside its lead and net of trends.
    early, size, lead, lead_trends : Estimate or None
        None where it could not be computed.
    left_out : mapping from what is left out to Estimate or None
        Without each cohort and each region.
    missing : mapping from check to code
        Why a check could not be computed.
    p_holm : float
        p of θ, adjusted.
    delta : float
        Smallest effect of interest, in units of θ; NaN if unknown.
    blocked : Verdict or None
        What is decided before any estimate.
    reason : str
        Why it is not testable, a code.
    short_window : bool
        Whether fewer than ten clusters are untreated in some year of the window.
    """

    kind: str
    sign: int
    own: Estimate | None = None
    theta: Estimate | None = None
    second: Estimate | None = None
    trend: Estimate | None = None
    indirect: Estimate | None = None
    beside_lead: Estimate | None = None
    early: Estimate | None = None
    size: Estimate | None = None
    lead: Estimate | None = None
    lead_trends: Estimate | None = None
    left_out: Mapping[str, Estimate | None] = dataclasses.field(default_factory=dict)
    missing: Mapping[str, str] = dataclasses.field(default_factory=dict)
    p_holm: float = math.nan
    delta: float = math.nan
    blocked: Verdict | None = None
    reason: str = ""
    short_window: bool = False

    @property
    def direction(self) -> int:
        """The sign of θ."""
        return -1 if self.theta.estimate < 0 else 1
