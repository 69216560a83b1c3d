"""Faults of the printing: right numbers, wrong cells."""

from collections.abc import Sequence

import numpy as np
from scipy import special

from pilotzone.faultbench.notes import STARS
from pilotzone.faultbench.tables import DECIMALS, Line
from pilotzone.faultbench.tables import stars as stars_of
from pilotzone.faultbench.worlds import World

Planted = tuple[list[Line], str] | None
# Cells of which a digit may be mistyped.
TYPED = ("estimate", "std_error", "t", "p", "ci_low", "ci_high")


def _columns(lines: Sequence[Line]) -> list[str]:
    return sorted({one.behind.column for one in lines})


def _one(lines: Sequence[Line], rng: np.random.Generator) -> str:
    return str(rng.choice(_columns(lines)))


def _of(lines: Sequence[Line], column: str) -> list[Line]:
    return [one for one in lines if one.behind.column == column]


def stars_reversed(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """One star for the smallest p, three for the largest."""
    most = len(STARS)

    def reversed_(line: Line) -> str:
        count = len(line.cells["stars"])
        return "*" * (most + 1 - count) if count else ""

    return [one.but(stars=reversed_(one)) for one in lines], "table"


def one_sided_stars(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """Stars of half the p-value."""
    return [one.but(stars=stars_of(one.behind.p / 2)) for one in lines], "table"


def normal_p(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """p-values and stars of the normal distribution, with 30 clusters."""
    made = []
    for one in lines:
        p = 2 * special.ndtr(-abs(one.behind.t))
        made.append(one.but(p=f"{p:.{DECIMALS['p']}f}", stars=stars_of(p)))
    return made, "table"


def t_as_error(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """t stands in the place of the error."""
    column = _one(lines, rng)
    many = len(lines[0].cells["std_error"].partition(".")[2])
    made = [
        one.but(std_error=f"{abs(one.behind.t):.{many}f}") if one.behind.column == column else one
        for one in lines
    ]
    return made, f"column:{column}"


def interval_90(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """Intervals of 90 % stand where those of 95 % are claimed."""
    made = []
    for one in lines:
        many = len(one.cells["ci_low"].partition(".")[2])
        low, high = one.behind.interval(0.9)
        made.append(one.but(ci_low=f"{low:.{many}f}", ci_high=f"{high:.{many}f}"))
    return made, "table"


def other_sample_n(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """N is that of the sample without one year."""
    column = _one(lines, rng)
    year = rng.choice(world.frame["year"].unique())
    rows = int((world.frame["year"] == year).sum())
    made = [
        one.but(n=str(one.behind.nobs - rows)) if one.behind.column == column else one
        for one in lines
    ]
    return made, f"column:{column}"


def cluster_count(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """The clusters that are counted are those of a wider group."""
    column = _one(lines, rng)
    count = str(world.frame[world.wider].nunique())
    made = [one.but(clusters=count) if one.behind.column == column else one for one in lines]
    return made, f"column:{column}"


def swapped_columns(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """Two columns with the same terms have changed places."""
    one, other = _pair(lines, rng)
    swap = {one: other, other: one}
    return _moved(lines, swap), f"column:{one}+{other}"


def copied_column(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """A column stands a second time in the place of another one."""
    kept, lost = rng.permutation(_pair(lines, rng))
    return _moved(lines, {lost: kept}), f"column:{lost}"


def _pair(lines: Sequence[Line], rng: np.random.Generator) -> tuple[str, str]:
    """Return two columns with the same terms."""
    terms = {c: [one.behind.term for one in _of(lines, c)] for c in _columns(lines)}
    pairs = [(a, b) for a in terms for b in terms if a < b and terms[a] == terms[b]]
    return pairs[rng.integers(len(pairs))]


def _moved(lines: Sequence[Line], source: dict[str, str]) -> list[Line]:
    """Return lines with the cells of the columns from which they are taken."""
    at = {(one.behind.column, one.behind.term): one.cells for one in lines}
    made = []
    for one in lines:
        column, term = one.behind.column, one.behind.term
        made.append(one.but(**at[source.get(column, column), term] | {"column": column}))
    return made


def swapped_labels(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """Two terms of a column have each other's cells."""
    several = [c for c in _columns(lines) if len(_of(lines, c)) > 1]
    column = str(rng.choice(several))
    terms = [one.behind.term for one in _of(lines, column)]
    one, other = rng.choice(terms, 2, replace=False)
    swap = {one: other, other: one}
    at = {line.behind.term: line.cells for line in _of(lines, column)}
    made = [
        line.but(**at[swap.get(line.behind.term, line.behind.term)] | {"term": line.behind.term})
        if line.behind.column == column
        else line
        for line in lines
    ]
    return made, f"column:{column}"


def sign_lost(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """A negative estimate has no sign."""
    negative = [i for i, one in enumerate(lines) if float(one.cells["estimate"]) < 0]
    if not negative:
        return None
    at = int(rng.choice(negative))
    return _cell(lines, at, "estimate", lines[at].cells["estimate"].lstrip("-"))


def typed_digit(world: World, lines: list[Line], rng: np.random.Generator) -> Planted:
    """One digit of a cell is another one."""
    at = int(rng.integers(len(lines)))
    name = str(rng.choice([name for name in TYPED if lines[at].cells[name]]))
    old = lines[at].cells[name]
    # A probability keeps what stands before its point.
    first = old.index(".") if name == "p" else 0
    place = int(rng.choice([i for i, sign in enumerate(old) if sign.isdigit() and i >= first]))
    new = str(rng.choice([digit for digit in "0123456789" if digit != old[place]]))
    return _cell(lines, at, name, old[:place] + new + old[place + 1 :])


def _cell(lines: list[Line], at: int, name: str, text: str) -> Planted:
    made = [*lines]
    made[at] = lines[at].but(**{name: text})
    behind = lines[at].behind
    return made, f"column:{behind.column}/term:{behind.term}/cell:{name}"
