"""A printed number stands for every number that rounds to it.

All bounds are exact fractions, so that a number at the very edge, which one program rounds up and
another to even, still counts as printed rightly.
"""

import dataclasses
import functools
import re
from decimal import Decimal
from fractions import Fraction

# Plain digits, thousands set apart or not, with a point before or among them, and a power of at
# most three digits.
NUMBER = re.compile(
    r"[+-]?(\d+\.?\d*|\d{1,3}(,\d{3})+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", flags=re.ASCII
)
# Longer texts are no numbers of a table.
LONGEST = 40
MINUS = "−"
LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
POWER = re.compile("×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")


@dataclasses.dataclass(frozen=True)
class Interval:
    """All numbers from ``low`` to ``high``, both included."""

    low: Fraction
    high: Fraction

    def holds(self, value: float, slack: float = 0.0) -> bool:
        """Say whether a number lies inside, or off by no more than ``slack``."""
        return self.low - Fraction(slack) <= Fraction(value) <= self.high + Fraction(slack)

    def __and__(self, other: "Interval") -> "Interval":
        """Return what lies in both; ``low`` above ``high`` if nothing does."""
        return Interval(max(self.low, other.low), min(self.high, other.high))

    @property
    def empty(self) -> bool:
        """Say whether no number lies inside."""
        return self.low > self.high


@functools.lru_cache(maxsize=4096)
def interval(text: str) -> Interval:
    """Return the numbers that round to a printed one: half a unit of its last digit either way.

    Raises ValueError if the text is no number.
    """
    plain = POWER.sub(lambda match: f"e{match[1].translate(LOWERED)}", text.strip())
    plain = plain.replace(MINUS, "-")
    if len(plain) > LONGEST or not NUMBER.fullmatch(plain):
        raise ValueError(f"'{text[:LONGEST]}' is not a number")
    value = Decimal(plain.replace(",", ""))
    half = Fraction(Decimal(1).scaleb(value.as_tuple().exponent)) / 2
    return Interval(Fraction(value) - half, Fraction(value) + half)
