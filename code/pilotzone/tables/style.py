"""How a number is printed: decimals, stars, what stands in brackets under it.

One number of decimals holds in a block, the lines of one term under one outcome: as many as show
two digits of the smallest standard error among them, and no fewer than asked for
(:meth:`Style.fitting`). So an estimate never has more decimals than the error under it, and no
error prints as zero. Numbers without an error, such as weights, show a digit of the smallest among
them (:meth:`Style.fine`). A p-value below the last decimal is printed as such.
"""

import dataclasses
import math
from collections.abc import Iterable

from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError

SHOWN = ("se", "t", "ci", "nostars")
STARS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
MINUS = "−"
DASH = "—"
MAX_DECIMALS = 8
# Places beyond those asked for that numbers without an error may take.
EXTRA_PLACES = 2
# A p-value and a t have so many decimals at most.
P_DECIMALS = 3
# From here on thousands are set apart.
GROUPED = 10_000


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

    def fitting(self, errors: Iterable[float], values: Iterable[float] = ()) -> "Style":
        """Return the style of a block: its decimals show two digits of the smallest error.

        Without any error they show two digits of the largest of ``values``.
        """
        known = [error for error in errors if error > 0 and math.isfinite(error)]
        sizes = [abs(value) for value in values if value != 0 and math.isfinite(value)]
        decisive = min(known) if known else max(sizes, default=math.nan)
        return self._with(_places(decisive, digits=2), MAX_DECIMALS)

    def fine(self, values: Iterable[float]) -> "Style":
        """Return the style of numbers without errors: it shows a digit of the smallest."""
        sizes = [abs(value) for value in values if value != 0 and math.isfinite(value)]
        return self._with(
            _places(min(sizes, default=math.nan), digits=1), self.decimals + EXTRA_PLACES
        )

    def _with(self, places: int, most: int) -> "Style":
        return dataclasses.replace(
            self, decimals=max(self.decimals, min(places, most, MAX_DECIMALS))
        )

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
            return f"({number(statistic, min(self.decimals, P_DECIMALS))})"
        if self.show == "ci":
            return self.interval(*interval)
        return f"({self.number(std_error)})"

    def interval(self, low: float, high: float) -> str:
        """Return an interval in square brackets; an empty text for a missing one."""
        return "" if math.isnan(low) else f"[{self.number(low)}, {self.number(high)}]"

    def small_p(self, value: float) -> str:
        """Return a p-value, or that it is below the last decimal; an empty text for none."""
        places = min(self.decimals, P_DECIMALS)
        last = 10**-places
        return f"<{number(last, places)}" if value < last else number(value, places)

    def p_value(self, value: float) -> str:
        """Return what stands under a number that has a p-value and no standard error."""
        if math.isnan(value):
            return ""
        said = self.small_p(value)
        return f"[p {said[0]} {said[1:]}]" if said.startswith("<") else f"[p = {said}]"


def _places(value: float, digits: int) -> int:
    """Return the decimals that show so many digits of a positive number; 0 for none."""
    return 0 if math.isnan(value) else digits - 1 - math.floor(math.log10(value))


def stars(p_value: float) -> str:
    """Return the stars of a p-value; none for a missing one."""
    return next((mark for level, mark in STARS if p_value < level), "")


def number(value: float, decimals: int) -> str:
    """Return a number by the rule of this module, with a minus sign proper."""
    if math.isnan(value):
        return ""
    text = f"{value:,.{decimals}f}" if abs(value) >= GROUPED else f"{value:.{decimals}f}"
    return text.replace("-", MINUS)


def count(value: float) -> str:
    """Return a count without decimals; an empty text for a missing one."""
    return number(value, 0)
