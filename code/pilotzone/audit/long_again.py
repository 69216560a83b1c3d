"""Part of what only ``make bench`` builds, made anew, and held against what lies in the output.

What the part is follows from the kind of the exhibit: first draws, quick columns, the staggered
estimators of a lattice, first cases, first worlds. A kind without an entry compares nothing, which
fails.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from pilotzone import estimates
from pilotzone.audit import long_nested, long_whole
from pilotzone.audit.project import Project, read
from pilotzone.audit.report import Check
from pilotzone.build.estimating import store
from pilotzone.catalogue import Description, Exhibit
from pilotzone.estimates.schemas import Schema
from pilotzone.panels.store import Store

Frames = dict[str, pd.DataFrame]


@dataclasses.dataclass(frozen=True)
class Part:
    """What is made anew of a kind of exhibit.

    Attributes
    ----------
    summary : what is compared.
    make : from description and panels to parts of the exhibit, with the keys of their schemas.
    apart : from such a part, what lies in the output and its schema to what cannot be.
    """

    summary: str
    make: Callable[[Description, Store], Frames]
    apart: Callable[[pd.DataFrame, pd.DataFrame, Schema], Iterator[str]]


_DRAWS = Part(
    "rates, bias and spread of the first draws", long_nested.first_draws, long_nested.apart
)
PARTS: Mapping[str, Part] = {
    "design_audit": _DRAWS,
    "inference_audit": _DRAWS,
    "detectable": Part("the first columns, all draws", long_whole.quick_columns, long_whole.apart),
    "multiverse": Part(
        "the staggered estimators, all their specifications",
        *(long_whole.staggered, long_whole.apart),
    ),
    "verdict_audit": Part(
        "verdicts of the first worlds of some cases", long_nested.first_worlds, long_nested.apart
    ),
    "faultbench": Part(
        "what is named in the first cases", long_nested.first_cases, long_nested.more
    ),
}


def checks(project: Project, derived: Path) -> list[Check]:
    """Return a check for every exhibit that make bench builds; ``derived`` holds the panels."""
    return [_check(project, i, project.exhibits[i][0], derived) for i in sorted(project.long)]


def _check(project: Project, exhibit_id: str, exhibit: Exhibit, derived: Path) -> Check:
    name = f"{exhibit_id}, in part anew"
    part = PARTS.get(exhibit.describe.kind) if exhibit.describe else None
    if part is None:
        return Check("long runs", name, "nothing", compared=0)
    failures, count, file = [], 0, f"{exhibit_id}.csv"
    try:
        for suffix, made in part.make(exhibit.describe, store(derived)).items():
            file = f"{exhibit_id}.{suffix}.csv" if suffix else f"{exhibit_id}.csv"
            there = read(project.estimates / file)
            schema = estimates.schema_of(tuple(there.columns), file)
            failures += [f"{file}: {text}" for text in part.apart(made, there, schema)]
            count += len(made)
    except Exception as error:  # a damaged file may fail in any way
        text = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        failures = [f"{file}: cannot be compared: {text}"]
        return Check("long runs", name, part.summary, tuple(failures))
    return Check("long runs", name, part.summary, tuple(failures), f"{count} rows", count)
