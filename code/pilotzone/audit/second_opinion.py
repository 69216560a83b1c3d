"""The same coefficients by other programs, from panels built anew, beside what lies in the output.

linearmodels computes every two-way regression, spreg every spatial lag model that it has, pyfixest
the headline regressions; what none of them has is computed again by hand, by dummies, means and
dense matrices, and so are the errors of all spatial models. A difference of coefficients counts in
units of the larger of coefficient and standard error, because the digits of a coefficient far below
its error mean nothing; one of errors in units of the error, of an interval's ends in its length.
"""

import contextlib
import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pilotzone import estimates, exhibits
from pilotzone.audit import by_hand, by_linearmodels, by_pyfixest, by_spreg
from pilotzone.audit.anew import each
from pilotzone.audit.opinion import Opinion, Silence
from pilotzone.audit.project import Project, read
from pilotzone.audit.report import Check
from pilotzone.build.estimating import store
from pilotzone.catalogue import Specification
from pilotzone.catalogue.columns import by_id
from pilotzone.errors import UserError

LIMIT = 1e-6
# spreg compares values of a log-likelihood of size L, which are equal to rounding up to
# sqrt(2 * 1e-16 * L) standard errors from the maximum: 5e-7 for provinces, 2e-6 for cities.
LIMITS = {"linearmodels": LIMIT, "spreg": 1e-5, "pyfixest": LIMIT, by_hand.PROGRAM: LIMIT}
PROGRAMS = {"linearmodels": by_linearmodels, "spreg": by_spreg, by_hand.PROGRAM: by_hand}
# Columns that one process does at a time.
CHUNK = 12
# Kinds of descriptions without a second opinion, by the reason. Of estimators there is none.
WITHOUT = {
    "read other estimates": ("claims", "claim_checks"),
    "count rows of the panels": ("descriptives", "rollout", "sample_flow"),
    "draw from their declared seed": (
        *("design_audit", "detectable", "faultbench", "index_uncertainty"),
        *("inference_audit", "multiverse", "verdict_audit"),
    ),
}
DRAWN = (
    "Drawn once: p-values by resampling, placebos of synthetic DID on cities, and the panels that "
    "judge projections and dynamic models"
)
# Files beside the main one in which there are numbers of a column.
PARTS = ("models", "causality", "simulation", "instruments")
# Below this, a difference is rounding and where it is largest says nothing.
ROUNDING = 1e-9

Task = tuple[str, str, tuple[str, ...], Path]
Rows = Mapping[tuple[str, str], Mapping[str, float]]


def checks(project: Project, derived: Path, processes: int) -> list[Check]:
    """Return one check for each program.

    Parameters
    ----------
    derived : panels built anew.
    """
    heard: dict[str, list[Opinion | Silence]] = {program: [] for program in LIMITS}
    needs = dict.fromkeys(tasks(project, derived), ())
    for outcome in each(needs, _ask, "second opinion", processes):
        program, exhibit_id, columns, _ = outcome.task
        lost = Silence(exhibit_id, f"{len(columns)} columns", outcome.error, expected=False)
        heard[program] += [lost] if outcome.error else outcome.result
    heard["pyfixest"] = by_pyfixest.opinions(_headline(project), derived)
    rows = {exhibit_id: _rows(project, exhibit_id) for exhibit_id in project.exhibits}
    found = [judge(program, opinions, rows) for program, opinions in heard.items()]
    return [*found, covered(project, [one for said in heard.values() for one in said], rows)]


def tasks(project: Project, derived: Path) -> list[Task]:
    """Return which columns each program is asked for, in pieces, the longest first."""
    found = []
    for exhibit_id in project.exhibits:
        asked = _asked(project, exhibit_id)
        for program, module in PROGRAMS.items():
            columns = [c for c, spec in asked.items() if spec.estimator in module.ESTIMATORS]
            size = CHUNK if len(columns) < by_linearmodels.MANY else len(columns)
            for first in range(0, len(columns), size):
                piece = tuple(columns[first : first + size])
                found.append((program, exhibit_id, piece, derived))
        if _is_described(project, exhibit_id):
            found.append((by_hand.PROGRAM, exhibit_id, (), derived))
    return sorted(found, key=lambda task: -len(task[2]))


def _is_described(project: Project, exhibit_id: str) -> bool:
    """Say whether an exhibit is a description that is computed again."""
    describe = project.exhibits[exhibit_id][0].describe
    return describe is not None and describe.kind in by_hand.DESCRIPTIONS


def _identified(project: Project, exhibit_id: str) -> set[str]:
    """Return the columns with estimates of its own in the output; none if there is no such file."""
    if project.exhibits[exhibit_id][0].terms:
        return set()
    models = _records(project, exhibit_id, "models")
    return {row["column"] for row in models if row["identified"] == "yes"}


def _asked(project: Project, exhibit_id: str) -> dict[str, Specification]:
    """Return the columns with numbers to compare, some even where no estimate is identified."""
    exhibit, _ = project.exhibits[exhibit_id]
    identified = _identified(project, exhibit_id)
    own = {} if exhibit.terms else by_id(exhibit)
    return {
        column: spec
        for column, spec in own.items()
        if column in identified or spec.estimator in by_hand.UNIDENTIFIED
    }


def _records(project: Project, exhibit_id: str, part: str = "") -> list[dict[str, object]]:
    """Return the rows of an exhibit's file; none if there is no such file."""
    name = f"{exhibit_id}.{part}.csv" if part else f"{exhibit_id}.csv"
    with contextlib.suppress(UserError):
        return estimates.records(read(project.estimates / name))
    return []


def _headline(project: Project) -> dict[str, set[str]]:
    return {i: _identified(project, i) for i in by_pyfixest.HEADLINE if i in project.exhibits}


def _ask(task: Task) -> list[Opinion | Silence]:
    program, exhibit_id, columns, derived = task
    exhibit = exhibits.load(exhibit_id)
    if exhibit.describe:
        return by_hand.described(exhibit_id, exhibit.describe, store(derived))
    specs = by_id(exhibit)
    chosen = {column: specs[column] for column in columns}
    return PROGRAMS[program].opinions(exhibit_id, chosen, store(derived))


def _rows(project: Project, exhibit_id: str) -> Rows:
    """Return the rows of an exhibit's files by column and term; see :class:`Found` for terms.

    Where a file has no columns its first key stands in their place.
    """
    exhibit = project.exhibits[exhibit_id][0]
    parts = exhibit.describe.record.parts if exhibit.describe else ("", *PARTS)
    found: dict[tuple[str, str], Mapping[str, float]] = {}
    for part in parts:
        keys = [key for key in estimates.schema(exhibit, part).keys if key != "exhibit"]
        for row in _records(project, exhibit_id, part):
            column, *rest = (str(row[key]) for key in keys)
            term = ":".join(rest)
            found[column, f"{part}/{term}" if part else term] = row
    return found


@dataclasses.dataclass(frozen=True)
class Difference:
    """How far a program is from a number of ours."""

    size: float
    text: str


def judge(program: str, heard: Sequence[Opinion | Silence], rows: Mapping[str, Rows]) -> Check:
    """Return the check of a program: the largest difference and all beyond the limit.

    Parameters
    ----------
    heard : what the program found, and the columns to which it has nothing to say.
    rows : mapping from exhibit to its estimate rows by column and term
    """
    opinions = [one for one in heard if isinstance(one, Opinion)]
    found, lacking = [], []
    for one in opinions:
        row = rows[one.exhibit].get((one.column, one.term))
        if row is not None:
            found += _differences(one, row)
        elif one.required:
            lacking.append(f"{one.place}: no such row in output/estimates")
    failed = [one for one in heard if isinstance(one, Silence) and not one.expected]
    lacking += [f"{one.exhibit}: {one.column}: no fit: {one.reason}" for one in failed]
    limit = LIMITS[program]
    beyond = [f"{d.text}, {d.size:.1e} apart" for d in found if not d.size <= limit]
    columns = len({(one.exhibit, one.column) for one in opinions})
    counts = f"{columns} columns, {len(found)} numbers{_silences(heard)}"
    largest = max(found, key=lambda d: d.size, default=Difference(0.0, "nothing"))
    return Check(
        "second opinion",
        program,
        f"estimates and errors, limit {limit:g}; largest relative difference {_magnitude(largest)}",
        tuple(sorted([*lacking, *beyond])),
        f"{counts}; exactly {largest.size:.1e}, {largest.text}",
        compared=len(found),
    )


def covered(
    project: Project, heard: Iterable[Opinion | Silence], rows: Mapping[str, Rows]
) -> Check:
    """Return the check that every estimator and description was compared in some exhibit."""
    told = {
        (one.exhibit, one.column)
        for one in heard
        if isinstance(one, Opinion) and (one.column, one.term) in rows[one.exhibit]
    }
    used: dict[str, bool] = {}
    for exhibit_id, (exhibit, _) in project.exhibits.items():
        for column, spec in _asked(project, exhibit_id).items():
            # The main file of a column with a schema of its own goes by outcomes.
            spoken = told & {(exhibit_id, column), (exhibit_id, spec.outcome)}
            used[spec.estimator] = used.get(spec.estimator, False) or bool(spoken)
        if exhibit.describe and exhibit.describe.kind not in sum(WITHOUT.values(), ()):
            spoken = any(exhibit_id == where for where, _ in told)
            used[exhibit.describe.kind] = used.get(exhibit.describe.kind, False) or spoken
    silent = sorted(name for name, spoken in used.items() if not spoken)
    left = (f"{', '.join(kinds)} ({reason})" for reason, kinds in WITHOUT.items())
    return Check(
        "second opinion",
        "every estimator and description",
        f"each that an exhibit uses has one but {'; '.join(left)}. {DRAWN}",
        tuple(f"{name}: nothing was compared" for name in silent),
        f"{len(used)} estimators and kinds of descriptions",
        compared=len(used),
    )


def _differences(one: Opinion, row: Mapping[str, float]) -> list[Difference]:
    return [
        Difference(
            _size(name, value, row),
            f"{one.place}: {name} {row[name]:.12g}, {one.program} {value:.12g}",
        )
        for name, value in one.values.items()
        # An error may be withheld, or stand in other rows only.
        if name != "std_error" or not math.isnan(row.get(name, math.nan))
    ]


def _size(name: str, value: float, row: Mapping[str, float]) -> float:
    """Return a difference in the unit of a field."""
    ours = row[name]
    if name == "estimate":
        error = row.get("std_error", math.nan)
        unit = max(abs(ours), 0.0 if math.isnan(error) else error)
    elif name in ("ci_low", "ci_high"):
        unit = row["ci_high"] - row["ci_low"]
    elif name in ("statistic", "loglik"):
        # What is of the order of one decides; a log-likelihood counts by its differences.
        unit = max(abs(ours), 1.0) if name == "statistic" else 1.0
    else:
        unit = abs(ours)
    if unit:
        return abs(value - ours) / unit
    return 0.0 if value == ours else math.inf


def _magnitude(largest: Difference) -> str:
    """Return a power of ten that is the same on every machine."""
    if largest.size < ROUNDING:
        return f"below {ROUNDING:g}"
    if not math.isfinite(largest.size):
        return "without bound"
    return f"below {10.0 ** (math.floor(math.log10(largest.size)) + 1):g}"


def _silences(heard: Iterable[Opinion | Silence]) -> str:
    """Return how many columns a program has nothing to say to, and why."""
    reasons = [one.reason for one in heard if isinstance(one, Silence) and one.expected]
    counts = {reason: reasons.count(reason) for reason in sorted(set(reasons))}
    return "".join(f"; {n} not asked: {reason}" for reason, n in counts.items())
