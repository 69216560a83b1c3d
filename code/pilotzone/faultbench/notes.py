"""What the note of a made-up table claims, and what else was done to it."""

import dataclasses
import json
from collections.abc import Mapping

# Levels of three, two and one star, and of the intervals.
STARS = (0.01, 0.05, 0.1)
LEVEL = 0.95


@dataclasses.dataclass(frozen=True, kw_only=True)
class Column:
    """One regression: as claimed in the note, or as it was run.

    Attributes
    ----------
    column : its number in the table.
    outcome, treatment : names of the panel; the treatment ``event`` stands for a dummy of every
        year since the first zone but the references.
    controls : names; ``w_zone`` is the spatial lag of the zones.
    printed : terms with a row in the table.
    effects, cluster : names of the panel.
    transform : of the outcome; level, ln, winsor1, winsor5 (both tails), or shifted.
    lag : years by which the treatment is late.
    weights : a variable of the panel, or ''.
    errors : clustered, or robust (HC1).
    small_sample : fixest (nested effects count as one), reghdfe (the same), full, clusters, none.
    singletons : dropped, or kept.
    references : years since the first zone without a dummy.
    matrix : how the weights matrix was joined; label, or position.
    draws : of the wild cluster bootstrap behind p; 0 where p is that of t.
    left_out : units that are not in the sample.
    """

    column: str
    outcome: str
    treatment: str = "zone"
    controls: tuple[str, ...] = ()
    printed: tuple[str, ...] = ("zone",)
    effects: tuple[str, ...]
    cluster: str
    transform: str = "level"
    lag: int = 0
    weights: str = ""
    errors: str = "clustered"
    small_sample: str = "fixest"
    singletons: str = "dropped"
    references: tuple[int, ...] = ()
    matrix: str = "label"
    draws: int = 0
    left_out: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Look:
    """Which cells a table has beside estimate, error, stars, n and clusters.

    Attributes
    ----------
    t, p, interval : whether they are printed.
    decimals : of estimate, error and interval.
    """

    t: bool
    p: bool
    interval: bool
    decimals: int


def text(columns: tuple[Column, ...], facts: Mapping[str, object]) -> str:
    """Return the note as JSON.

    Parameters
    ----------
    columns : what is claimed.
    facts : what holds for the whole table: unit, formulas, index, files.
    """
    note = {
        "period": "year",
        "stars": STARS,
        "level": LEVEL,
        "distribution": "t",
        "parentheses": "std_error",
        "missing": "rows with an empty cell are left out",
        "interpolated": [],
        **facts,
        "columns": [dataclasses.asdict(column) for column in columns],
    }
    return json.dumps(note, indent=1, ensure_ascii=False) + "\n"
