"""Which printed stars stand under all, some or none of the conventions that fit."""

import dataclasses
from collections.abc import Sequence

from pilotzone.whose.matching import Convention
from pilotzone.whose.table import Column

# Levels of three, two and one star, and the sides of the test.
SCHEMES: dict[str, tuple[tuple[float, ...], int]] = {
    "1, 5, 10 %": ((0.01, 0.05, 0.1), 2),
    "0.1, 1, 5 %": ((0.001, 0.01, 0.05), 2),
    "one-sided 1, 5, 10 %": ((0.01, 0.05, 0.1), 1),
}


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The stars of a row under a scheme.

    Attributes
    ----------
    term, stars : as printed; ``stars`` may be empty.
    scheme : of :data:`SCHEMES`.
    under : all, some or none.
    given : numbers of stars under the conventions, rising.
    """

    term: str
    stars: str
    scheme: str
    under: str
    given: tuple[int, ...]


def count(p: float, scheme: str) -> int:
    """Return the number of stars of a two-sided p."""
    levels, sides = SCHEMES[scheme]
    return sum(p * sides / 2 < level for level in levels)


def verdicts(column: Column, fits: Sequence[Convention]) -> list[Verdict]:
    """Return a line for each row and scheme; none if the column prints no star or nothing fits."""
    if not fits or not any(row.stars for row in column.rows):
        return []
    made = []
    for at, row in enumerate(column.rows):
        for scheme in SCHEMES:
            given = [count(one.p_values[at], scheme) for one in fits]
            right = sum(stars == len(row.stars) for stars in given)
            under = "all" if right == len(given) else "some" if right else "none"
            made.append(Verdict(row.term, row.stars, scheme, under, tuple(sorted(set(given)))))
    return made
