"""Part of what only ``make bench`` builds, made anew: the first draws, of the quick columns.

Draw r has the same seed in a short run and in a long one, so a short run is a part of the long
one: of n draws with h hits the first k hold no more than h hits and no more than n − h others. And
a part without replacement lies within LIMIT of its standard errors of the whole,
√(p(1 − p)(1/k − 1/n)) for a rate p and s √(1/k − 1/n) for a mean of standard deviation s.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import engine, estimates
from pilotzone.audit.project import Project, read
from pilotzone.audit.report import Check
from pilotzone.build.estimating import store
from pilotzone.catalogue import Description, Exhibit

KINDS = ("design_audit", "inference_audit")
# Seconds together; an estimator that takes long is left to the frozen copy.
DRAWS, COLUMNS, QUICK = 60, 6, ("twfe",)
RATES = ("size", "power", "coverage")
LIMIT = 5.0
# A rate of zero or one in the whole has no spread; one draw more is allowed for.
ROUNDING = 1e-9


def checks(project: Project, derived: Path) -> list[Check]:
    """Return a check for every long run of which a part can be made anew."""
    found = []
    for exhibit_id in sorted(project.long):
        exhibit, _ = project.exhibits[exhibit_id]
        if exhibit.describe and exhibit.describe.kind in KINDS:
            found.append(_check(project, exhibit_id, exhibit, derived))
    return found


def _check(project: Project, exhibit_id: str, exhibit: Exhibit, derived: Path) -> Check:
    name, summary = f"{exhibit_id}, in part anew", "rates, bias and spread of the first draws"
    file = f"{exhibit_id}.csv"
    try:
        there = read(project.estimates / file)
        keys = list(estimates.schema_of(tuple(there.columns), file).keys)
        anew = engine.described(_part(exhibit.describe), store(derived))[""]
        rows = anew.merge(there, on=keys, suffixes=("_k", ""), how="left", validate="one_to_one")
        failures = [f"{file}: {text}" for text in _apart(rows, keys)]
    except Exception as error:  # a damaged file may fail in any way
        text = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        return Check("long runs", name, summary, (f"{file}: cannot be compared: {text}",))
    return Check("long runs", name, summary, tuple(failures), f"{len(rows)} rows", len(rows))


def _part(what: Description) -> Description:
    """Return the description with the first draws of the quick columns."""
    columns = [one for one in what.columns if one.estimator in QUICK][:COLUMNS]
    return dataclasses.replace(what, draws=DRAWS, columns=tuple(columns))


def _apart(rows: pd.DataFrame, keys: list[str]) -> Iterator[str]:
    for row in rows.to_dict("records"):
        place = " / ".join(str(row[key]) for key in keys)
        yield from (f"{place}: {text}" for text in _of_row(row))


def _of_row(row: Mapping[str, float]) -> Iterator[str]:
    """Give what in a row cannot be the whole of which the short run is a part."""
    k, n = row["draws_k"], row["draws"]
    if not n >= k:
        yield f"draws are {n:g}, fewer than the {k:g} made anew"
        return
    part = np.sqrt(1 / k - 1 / n)
    for name in (name for name in RATES if f"{name}_k" in row):
        few, rate = row[f"{name}_k"], row[name]
        if np.isnan(few) and np.isnan(rate):
            continue
        hits, others = few * k, (1 - few) * k
        fits = hits <= rate * n + ROUNDING and others <= (1 - rate) * n + ROUNDING
        if row.get("failed", 0) or row.get("failed_k", 0):
            fits = True
        if not (fits and abs(few - rate) <= LIMIT * part * np.sqrt(rate * (1 - rate)) + 1 / k):
            yield f"{name} is {rate:g}, in the first {k:g} draws {few:g}"
    if "bias_k" in row:
        yield from _moments(row, k, part)


def _moments(row: Mapping[str, float], k: float, part: float) -> Iterator[str]:
    if not np.isclose(row["truth"], row["truth_k"], rtol=1e-9, atol=1e-12):
        yield f"truth is {row['truth']:g}, anew {row['truth_k']:g}"
    if not abs(row["bias"] - row["bias_k"]) <= LIMIT * row["sd_k"] * part:
        yield f"bias is {row['bias']:g}, in the first {k:g} draws {row['bias_k']:g}"
    if not abs(np.log(row["sd"] / row["sd_k"])) <= LIMIT * part / np.sqrt(2):
        yield f"sd is {row['sd']:g}, in the first {k:g} draws {row['sd_k']:g}"
