"""Estimates made anew, estimates that lie in the output, and the frozen copy of them: the same?

Labels and counts are equal. Numbers agree within the tolerances of :data:`TOLERANCES`: another
processor moves the twelfth digit, another release of a library the ninth; both stay far inside.
"""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.audit import frozen
from pilotzone.audit.anew import Made
from pilotzone.audit.project import Project, by_key
from pilotzone.audit.report import Check
from pilotzone.errors import UserError

# Relative and absolute tolerance by kind of number.
TOLERANCES = {
    "estimate": (1e-6, 1e-9),
    "error": (1e-5, 1e-9),
    # A p-value follows its statistic: d p <= 0.5 d t/t in absolute terms, for any distribution.
    "p": (0.0, 1e-5),
}
ERRORS = ("std_error", "statistic", "t", "sd", "critical")
PROBABILITIES = ("p_value", "p_adjusted")
BOUNDS = ("ci_low", "ci_high")
COUNTS = (
    *("first_year", "last_year", "nobs", "n_units", "n_periods", "n_clusters", "n_treated"),
    *("n_dropped", "n_controls", "n_rows", "seed", "draws", "draw", "year", "cohort", "rank"),
    *("rows", "units", "dropped", "step", "position", "first_treated", "treated", "untreated"),
    *("last_untreated_year", "batch", "county_zone"),
)
# Of the width of the interval: bounds follow estimate and error; resampled ones jump with the draw.
BOUND, RESAMPLED_BOUND = 1e-5, 1e-3
RESAMPLED = ("permutation", "bootstrap")
# A draw that ties with the observed statistic may fall on either side of it.
TIE = 1e-10
# Cells named of one file; the rest are counted.
NAMED = 10


@dataclasses.dataclass(frozen=True)
class Side:
    """A folder of estimates and what it is called in the messages."""

    folder: Path
    called: str


def checks(project: Project, made: Made) -> list[Check]:
    """Return the comparisons of anew, output and frozen copy, each with each."""
    copy, kept = frozen.names(project.frozen), frozen.to_keep(project.estimates)
    there, anew = frozen.names(project.estimates), frozen.names(made.estimates)
    again, remade = (
        [name for name in names if name.split(".")[0] in made.exhibits] for names in (there, copy)
    )
    large = ", ".join(sorted(set(there) - set(kept))) or "none"
    found = {
        "estimates made anew against output/estimates": (
            "what make estimates, within the tolerances",
            f"{len(anew)} files of {len(made.exhibits)} exhibits",
            len(anew),
            (*made.failures, *_compared(project, made, again, anew)),
        ),
        "estimates made anew against the frozen copy": (
            "what make estimates, within the tolerances",
            f"{len(remade)} files",
            len(remade),
            _against_frozen(project, Side(made.estimates, "anew"), remade, "not made any more"),
        ),
        "output/estimates against the frozen copy": (
            f"every file; parts above {frozen.LARGEST // 1000} kB are not frozen",
            f"{len(copy)} files; not frozen: {large}",
            len(copy),
            _output_against_frozen(project, kept, copy),
        ),
        "the frozen copy is the one of its log": (
            "tests/reference/estimates/LOG.md, its digests and its seals",
            "",
            None,
            frozen.log_failures(project.frozen),
        ),
    }
    return [
        Check("drift", name, text, tuple(wrong), measured, compared)
        for name, (text, measured, compared, wrong) in found.items()
    ]


def _compared(project: Project, made: Made, there: list[str], anew: list[str]) -> list[str]:
    failures = [f"{name}: missing in output/estimates" for name in sorted(set(anew) - set(there))]
    failures += [f"{name}: is not made any more" for name in sorted(set(there) - set(anew))]
    sides = Side(made.estimates, "anew"), Side(project.estimates, "output")
    for name in sorted(set(anew) & set(there)):
        failures += differences(*sides, name, drawn(project, name))
    return failures


def _against_frozen(project: Project, side: Side, names: list[str], lacking: str) -> list[str]:
    """Return where one side differs from the frozen copy, and what it lacks."""
    failures = []
    for name in names:
        if (side.folder / name).exists():
            copy = Side(project.frozen, "frozen")
            failures += differences(side, copy, name, drawn(project, name))
        else:
            failures.append(f"{name}: in the frozen copy, {lacking}")
    return failures


def _output_against_frozen(project: Project, kept: list[str], copy: list[str]) -> list[str]:
    if not copy:
        return ['no frozen copy; run make freeze MESSAGE="why"']
    output = Side(project.estimates, "output")
    return [
        *(f"{name}: not in the frozen copy" for name in sorted(set(kept) - set(copy))),
        *_against_frozen(project, output, copy, "missing in output/estimates"),
    ]


def drawn(project: Project, name: str) -> int:
    """Return the draws behind the p-values of a description, 0 where nothing is drawn."""
    exhibit, _ = project.exhibits.get(name.split(".")[0], (None, None))
    return (exhibit.describe.draws or 0) if exhibit and exhibit.describe else 0


def differences(one: Side, other: Side, name: str, draws: int = 0) -> list[str]:
    """Return the cells of a file in which two sides differ by more than the tolerances.

    Parameters
    ----------
    name : the file in both.
    draws : how many stand behind a p-value of a file that does not say it.
    """
    if (one.folder / name).read_bytes() == (other.folder / name).read_bytes():
        return []
    try:
        mine, theirs = by_key(one.folder / name), by_key(other.folder / name)
    except UserError as error:
        return [str(error)]
    if (mine.index.names, [*mine]) != (theirs.index.names, [*theirs]):
        return [f"{name}: {one.called} has other columns than {other.called}"]
    for frame, called in ((mine, one.called), (theirs, other.called)):
        if frame.index.has_duplicates:
            twice = frame.index[frame.index.duplicated()][0]
            return [f"{_place(name, twice)}: stands twice in {called}"]
    found = [
        f"{_place(name, key)}: only {called}"
        for frame, rest, called in ((mine, theirs, one.called), (theirs, mine, other.called))
        for key in frame.index.difference(rest.index)
    ]
    common = mine.index.intersection(theirs.index)
    mine, theirs = mine.loc[common], theirs.loc[common]
    for column in mine:
        found += [
            f"{_place(name, common[i])}: {column} is {_shown(mine[column].iloc[i])} {one.called}, "
            f"{_shown(theirs[column].iloc[i])} {other.called}"
            for i in np.flatnonzero(_apart(column, mine, theirs, draws))
        ]
    more = [f"{name}: and {len(found) - NAMED} more"] if len(found) > NAMED else []
    return found[:NAMED] + more


def _apart(column: str, mine: pd.DataFrame, theirs: pd.DataFrame, draws: int) -> np.ndarray:
    """Return which rows of a column differ, shape (n,)."""
    if not pd.api.types.is_numeric_dtype(theirs[column]):
        return mine[column].to_numpy() != theirs[column].to_numpy()
    a, b = (frame[column].to_numpy(dtype=float) for frame in (mine, theirs))
    if column in COUNTS:
        return ~((a == b) | (np.isnan(a) & np.isnan(b)))
    error = "error" if column in ERRORS else "estimate"
    relative, absolute = TOLERANCES["p" if column in PROBABILITIES else error]
    allowed = relative * np.abs(b) + absolute
    if column in BOUNDS:
        allowed = allowed + _of_width(theirs)
    if column in PROBABILITIES:
        allowed = np.maximum(allowed, _of_draws(theirs, draws))
    with np.errstate(invalid="ignore"):
        return ~((np.abs(a - b) <= allowed) | (np.isnan(a) & np.isnan(b)))


def _of_width(frame: pd.DataFrame) -> np.ndarray:
    """Return what a bound may move by, given the width of its interval."""
    width = (frame["ci_high"] - frame["ci_low"]).fillna(0).to_numpy(dtype=float)
    if "draws" not in frame:
        return BOUND * width
    return np.where(frame["draws"].notna(), RESAMPLED_BOUND, BOUND) * width


def _of_draws(frame: pd.DataFrame, declared: int) -> np.ndarray:
    """Return what a p-value may move by if two draws tie: 0 where nothing was drawn."""
    if "distribution" in frame:
        drawn = frame["distribution"].isin(RESAMPLED).to_numpy()
        draws = frame["draws"].to_numpy(dtype=float)
    else:
        drawn = np.full(len(frame), declared > 0)
        draws = np.full(len(frame), float(declared))
    return np.where(drawn, 2 / (draws + 1) + TIE, 0.0)


def _place(name: str, key: object) -> str:
    """Return a file and the keys of a row as text, the exhibit only once."""
    parts = key if isinstance(key, tuple) else (key,)
    rest = parts[1:] if parts[0] == name.split(".")[0] else parts
    return f"{name}: {' / '.join(str(part) for part in rest)}"


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    return estimates.number_text(value) or "empty"
