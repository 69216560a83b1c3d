"""First draws, worlds and cases of a long run: a short run that is a part of the long one.

Draw r has the same seed in a short run and in a long one, so that of n draws with h hits the first
k hold no more than h hits and no more than n − h others. And a part without replacement lies within
LIMIT of its standard errors of the whole, √(p(1 − p)(1/k − 1/n)) for a rate p and
s √(1/k − 1/n) for a mean of standard deviation s.
"""

import collections
import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from pilotzone import engine
from pilotzone.catalogue import Description
from pilotzone.claims.verdict_audit import JUDGEMENTS, Trial
from pilotzone.claims.worlds import NOISES, WORLDS, drawn
from pilotzone.estimates.schemas import Schema
from pilotzone.panels.store import Store

# Seconds together; an estimator that takes long is left to the frozen copy.
DRAWS, COLUMNS, QUICK = 60, 6, ("twfe",)
# Cases of tables with faults; worlds of a case of verdicts, a fifteenth of a second each.
TABLES, OUTCOMES = 20, 20
# Quick cases, in worlds without an effect: its size is asked of 200 worlds more.
JUDGED = (
    (("dose", "province"), "own_trends", "real"),
    (("level", "province"), "own_trends", "real"),
    (("moderator", "province"), "nothing", "ar1"),
    (("spillover", "province"), "own_trends", "real"),
)
RATES = ("size", "power", "coverage", "share")
LIMIT = 5.0
# A rate of zero or one in the whole has no spread; one draw more is allowed for.
ROUNDING = 1e-9


def first_draws(what: Description, panels: Store) -> dict[str, pd.DataFrame]:
    """Return the first draws of the quick columns."""
    columns = [one for one in what.columns if one.estimator in QUICK][:COLUMNS]
    return engine.described(dataclasses.replace(what, draws=DRAWS, columns=tuple(columns)), panels)


def first_cases(what: Description, panels: Store) -> dict[str, pd.DataFrame]:
    """Return what our auditors make of the first tables with faults."""
    return engine.described(dataclasses.replace(what, draws=TABLES), panels)


def first_worlds(what: Description, panels: Store) -> dict[str, pd.DataFrame]:
    """Return the shares of verdicts in the first worlds of some cases."""
    rows = []
    for (kind, unit), world, noise in JUDGED:
        trial = Trial.of((kind, unit), panels, int(what.option("permutations")))
        found: collections.Counter[str] = collections.Counter()
        for draw in range(OUTCOMES):
            place = draw, WORLDS.index(world), NOISES.index(noise)
            rng = np.random.default_rng([what.seed, *place])
            outcome = drawn(trial.setting, world, noise, 0.0, rng)
            found[trial.judged(outcome, what.seed + draw).verdict.value] += 1
        case = {"kind": kind, "unit": unit, "world": world, "noise": noise, "draws": OUTCOMES}
        shares = {verdict.value: found[verdict.value] / OUTCOMES for verdict in JUDGEMENTS}
        rows += [{**case, "verdict": name, "share": share} for name, share in shares.items()]
    return {"": pd.DataFrame(rows)}


def apart(made: pd.DataFrame, there: pd.DataFrame, schema: Schema) -> Iterator[str]:
    """Give the rows that cannot be the whole of which the short run is a part."""
    keys = list(schema.keys)
    rows = made.merge(there, on=keys, suffixes=("_k", ""), how="left", validate="one_to_one")
    for row in rows.to_dict("records"):
        place = " / ".join(str(row[key]) for key in keys)
        yield from (f"{place}: {text}" for text in _of_row(row))


def more(made: pd.DataFrame, there: pd.DataFrame, schema: Schema) -> Iterator[str]:
    """Give the counts that are below those of the first cases."""
    keys = list(schema.keys)
    rows = made.merge(there, on=keys, suffixes=("_k", ""), how="left", validate="one_to_one")
    for row in rows.to_dict("records"):
        place = " / ".join(str(row[key]) for key in keys)
        for name in (name for name in made if name not in keys):
            if not row[name] >= row[f"{name}_k"]:
                yield f"{place}: {name} is {row[name]:g}, of the first cases {row[f'{name}_k']:g}"


def _of_row(row: Mapping[str, float]) -> Iterator[str]:
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
