"""How a number is printed: decimals, stars, what stands in brackets under it.

One rule for decimals: a number is rounded to ``decimals`` places. A number that is not zero but
would print as zero keeps its two leading digits instead (0.00041), written as a power of ten where
that takes more than two places beyond the usual ones (4.1×10⁻⁷). So no estimate prints as 0.000.
"""

import dataclasses
import math

from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError

SHOWN = ("se", "t", "ci", "nostars")
STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
MINUS = "−"
DASH = "—"
EXTRA_PLACES = 2
MAX_DECIMALS = 8
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclasses.dataclass(frozen=True)
class Source:
    """Where a table's numbers come from.

    Attributes
    ----------
    file : str
        A reader's file, for the last note; none for the project's own figures.
    folder : str
        The folder of the estimates as sentences name it.
    """

    file: str = ""
    folder: str = "output/estimates/"


@dataclasses.dataclass(frozen=True)
class Style:
    """What a table prints.

    Attributes
    ----------
    show : {'se', 't', 'ci', 'nostars'}
        Standard error, t statistic or 95 % interval in brackets; ``nostars`` is the standard
        error without stars.
    lexicon : Lexicon
    decimals : int
    source : Source
    """

    show: str = "se"
    lexicon: Lexicon = dataclasses.field(default_factory=Lexicon)
    decimals: int = 3
    source: Source = dataclasses.field(default_factory=Source)

    def __post_init__(self) -> None:
        """Refuse a choice that no table knows."""
        for name, value, known in (
            ("style", self.show, SHOWN),
            ("decimals", self.decimals, range(MAX_DECIMALS + 1)),
        ):
            if value not in known:
                raise UserError(f"{name} '{value}' is unknown; known: {', '.join(map(str, known))}")

    @property
    def language(self) -> str:
        """The language of the words."""
        return self.lexicon.language

    @property
    def stars_shown(self) -> bool:
        """Say whether coefficients carry stars."""
        return self.show != "nostars"

    def number(self, value: float) -> str:
        """Return a number as text; an empty text for a missing one."""
        return number(value, self.decimals)

    def estimate(self, value: float, p_value: float, caution: str = "") -> str:
        """Return an estimate with its stars; none where a caution stands against them."""
        starred = self.stars_shown and not caution
        return self.number(value) + (stars(p_value) if starred else "")

    def below(self, std_error: float, statistic: float, interval: tuple[float, float]) -> str:
        """Return what stands in brackets under an estimate."""
        if self.show == "t":
            return f"({self.number(statistic)})"
        if self.show == "ci":
            return self.interval(*interval)
        return f"({self.number(std_error)})"

    def interval(self, low: float, high: float) -> str:
        """Return an interval in square brackets; an empty text for a missing one."""
        return "" if math.isnan(low) else f"[{self.number(low)}, {self.number(high)}]"

    def small_p(self, value: float) -> str:
        """Return a p-value, or that it is below the last decimal."""
        last = 10**-self.decimals
        return f"<{self.number(last)}" if value < last else self.number(value)

    def p_value(self, value: float) -> str:
        """Return what stands under a number that has a p-value and no standard error."""
        return "" if math.isnan(value) else f"[p = {self.number(value)}]"


def stars(p_value: float) -> str:
    """Return the stars of a p-value; none for a missing one."""
    return next((mark for level, mark in STARS if p_value < level), "")


def number(value: float, decimals: int) -> str:
    """Return a number by the rule of this module, with a minus sign proper."""
    if math.isnan(value):
        return ""
    text = f"{value:.{decimals}f}"
    if value != 0 and float(text) == 0:
        text = _leading_digits(value, decimals)
    return text.replace("-", MINUS)


def _leading_digits(value: float, decimals: int) -> str:
    digits, _, power = f"{value:.1e}".partition("e")
    exponent = int(power)
    if exponent >= -(decimals + EXTRA_PLACES):
        return f"{value:.{1 - exponent}f}"
    return f"{digits}×10{str(exponent).translate(SUPERSCRIPTS)}"


def count(value: float) -> str:
    """Return a count without decimals; an empty text for a missing one."""
    return "" if math.isnan(value) else f"{value:.0f}".replace("-", MINUS)
