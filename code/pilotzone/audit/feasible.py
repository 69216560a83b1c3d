r"""What true coefficient and error can stand behind the printed cells of a row?

.. math::
    \beta \in B,\quad s \in S,\quad \beta/s \in T,\quad p(|\beta/s|) \in P,\quad
    \beta - q s \in L,\quad \beta + q s \in H,

where B, S, T, P, L and H are what the printed estimate, error, t, p and interval stand for, stars
are an interval of p as well, and q is the quantile of the reference distribution. All conditions
are lines in :math:`(\beta, s)`, so that the question is decided exactly, in fractions.
"""

import dataclasses
import functools
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from pilotzone.audit.rounding import Interval, interval

# Quantiles and tail probabilities are computed to 14 digits; this is given away.
SLACK = Fraction(1, 10**9)
# Beyond any number that can be typed.
LARGEST = Fraction(10) ** 150
# Quantiles of smaller ones are not computed.
SMALLEST_P = 1e-300
ZERO, ONE = Fraction(0), Fraction(1)


class Reference(NamedTuple):
    """Degrees of freedom from ``low`` to ``high``; infinity is the normal distribution."""

    low: float
    high: float

    def __str__(self) -> str:
        """Return the words for it."""
        if self.low != self.high:
            return f"t with {self.low:g} df or more, or normal"
        return "normal" if math.isinf(self.low) else f"t with {self.low:g} df"


class Corner(NamedTuple):
    """A coefficient and an error at the edge of what is possible."""

    coefficient: Fraction
    error: Fraction


class Line(NamedTuple):
    """A bound ``constant + slope * error`` on the coefficient."""

    constant: Fraction
    slope: Fraction = ZERO

    def at(self, error: Fraction) -> Fraction:
        """Return the bound at an error."""
        return self.constant + self.slope * error if self.slope else self.constant


@dataclasses.dataclass(frozen=True)
class Rules:
    """Levels of the stars, that of most stars first, and the level of the intervals."""

    stars: tuple[float, ...]
    confidence: float

    def p_of(self, stars: int) -> Interval:
        """Return the p-values with so many stars; at a level there may be either number."""
        ends = [ZERO, *map(Fraction, map(str, self.stars)), ONE]
        place = len(self.stars) - stars
        return Interval(ends[place], ends[place + 1])

    def quantile(self, df: float) -> float:
        """Return the quantile of the intervals."""
        return quantile(1 - self.confidence, df)


def stands_for(name: str, text: str) -> Interval:
    """Return the numbers for which a printed cell stands; ``<0.001`` only for p.

    Raises ValueError if the text is no number.
    """
    if name == "p" and text.startswith("<"):
        return Interval(ZERO, interval(text[1:]).high)
    return interval(text)


@functools.lru_cache(maxsize=4096)
def quantile(p: float, df: float) -> float:
    """Return the |t| of a two-sided p-value."""
    from scipy import special

    if p >= 1:
        return 0.0
    if p <= 0:
        return math.inf
    return -float(special.ndtri(p / 2) if math.isinf(df) else special.stdtrit(df, p / 2))


def tail(size: float, df: float) -> float:
    """Return the two-sided p-value of a |t|."""
    from scipy import special

    return 2 * float(special.ndtr(-size) if math.isinf(df) else special.stdtr(df, -size))


def corners(cells: Mapping[str, str], reference: Reference, rules: Rules) -> list[Corner]:
    """Return the corners of what some cells allow, for either sign of t; none if nothing.

    Parameters
    ----------
    cells : printed texts by column: estimate, std_error, t, p, ci_low, ci_high, stars.
    """
    return list(_every(cells, reference, rules))


def possible(cells: Mapping[str, str], reference: Reference, rules: Rules) -> bool:
    """Say whether :func:`corners` finds any; the first one is enough."""
    return next(_every(cells, reference, rules), None) is not None


def _every(cells: Mapping[str, str], reference: Reference, rules: Rules) -> Iterator[Corner]:
    """Give the corners for one sign of t and then for the other."""
    known = {name: stands_for(name, text) for name, text in cells.items() if name != "stars"}
    p = Interval(ZERO, ONE) & known.get("p", Interval(ZERO, ONE))
    if "stars" in cells:
        p &= rules.p_of(len(cells["stars"]))
    # The error is not negative; where none is printed, it may have any size.
    error = Interval(ZERO, LARGEST)
    error &= known.get("std_error", error)
    if p.empty or error.empty:
        return
    size = _sizes(p, reference)
    for t in (size, Interval(-size.high, -size.low)):
        t &= known.get("t", t)
        if not t.empty:
            yield from _corners(*_bounds(known, t, reference, rules), error)


def _sizes(p: Interval, reference: Reference) -> Interval:
    """Return the |t| with p in an interval under some distribution of the reference."""
    largest_p = max(float(p.high), SMALLEST_P)
    ends = quantile(largest_p, reference.high), quantile(float(p.low), reference.low)
    low, high = (LARGEST if math.isinf(end) else Fraction(end) for end in ends)
    return Interval(low * (1 - SLACK), high * (1 + SLACK))


def _bounds(
    known: Mapping[str, Interval], t: Interval, reference: Reference, rules: Rules
) -> tuple[list[Line], list[Line]]:
    """Return lines that bound the coefficient given the error, loose where the quantile is."""
    lower, upper = [Line(-LARGEST), Line(ZERO, t.low)], [Line(LARGEST), Line(ZERO, t.high)]
    if "estimate" in known:
        lower.append(Line(known["estimate"].low))
        upper.append(Line(known["estimate"].high))
    if "ci_low" in known or "ci_high" in known:
        near = Fraction(rules.quantile(reference.high)) * (1 - SLACK)
        far = Fraction(rules.quantile(reference.low)) * (1 + SLACK)
    if "ci_low" in known:
        lower.append(Line(known["ci_low"].low, near))
        upper.append(Line(known["ci_low"].high, far))
    if "ci_high" in known:
        lower.append(Line(known["ci_high"].low, -far))
        upper.append(Line(known["ci_high"].high, -near))
    if "ci_low" in known and "ci_high" in known:
        ends = known["ci_low"], known["ci_high"]
        lower.append(Line(sum(end.low for end in ends) / 2))
        upper.append(Line(sum(end.high for end in ends) / 2))
    return lower, upper


def _corners(lower: Sequence[Line], upper: Sequence[Line], error: Interval) -> Iterator[Corner]:
    """Give corners of the convex region between lines, at ends of ``error`` and where two cross."""
    # Of parallel lines one bounds.
    lower = {line.slope: line for line in sorted(lower)}.values()
    upper = {line.slope: line for line in sorted(upper, reverse=True)}.values()
    for place in _places([*lower, *upper], error):
        high = min(line.at(place) for line in upper)
        # Most places are outside, which the first line says.
        if all(line.at(place) <= high for line in lower):
            low = max(line.at(place) for line in lower)
            yield from (Corner(low, place), Corner(high, place))


def _places(lines: Sequence[Line], error: Interval) -> Iterator[Fraction]:
    """Give the errors at which a corner may lie."""
    yield from (error.low, error.high)
    for one, other in itertools.combinations(lines, 2):
        if one.slope != other.slope:
            crossing = (other.constant - one.constant) / (one.slope - other.slope)
            if error.low < crossing < error.high:
                yield crossing


def p_range(found: Sequence[Corner], reference: Reference) -> tuple[float, float]:
    """Return the smallest and the largest p-value between corners.

    The region holds a coefficient of zero if it reaches from one sign to the other.
    """
    sizes = [abs(b) / s if s else LARGEST for b, s in found if b or s]
    crosses = len({b > 0 for b, _ in found if b}) > 1
    smallest = 0.0 if crosses else float(min(sizes))
    return tail(float(max(sizes)), reference.high), tail(smallest, reference.low)


def values(
    found: Sequence[Corner], name: str, reference: Reference, rules: Rules
) -> tuple[float, float]:
    """Return the smallest and the largest number that a cell may have between corners."""
    made: list[float] = []
    quantiles = [rules.quantile(df) for df in reference]
    for b, s in found:
        if name == "t" and (b or s):
            made.append(float(b / s) if s else math.copysign(math.inf, b))
        elif name == "std_error":
            made.append(float(s))
        elif name in ("ci_low", "ci_high"):
            sign = -1 if name == "ci_low" else 1
            made += [float(b) + sign * q * float(s) for q in quantiles]
        elif name == "estimate":
            made.append(float(b))
    return min(made), max(made)
