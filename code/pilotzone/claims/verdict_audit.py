"""How often the rules err: the whole rule on made-up worlds, with the truth known.

Every world is drawn on a real roll-out (``claims.worlds``), every regression of ``claims.designs``
is estimated on it by the engine, and ``claims.rules`` judges. A claim stands alone in its family.
The vetoes are looked at only where θ is significant, since nothing else reads them.
"""

import collections
import dataclasses
import functools
import json
import math
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import engine
from pilotzone.catalogue import Description, Inference, Specification
from pilotzone.claims import designs, rules
from pilotzone.claims.bars import bars
from pilotzone.claims.evidence import NUMBERS, assembled, difference
from pilotzone.claims.facts import Estimate, Evidence, Verdict
from pilotzone.claims.studies import Basis
from pilotzone.claims.worlds import NOISES, WORLDS, Setting, drawn, truth
from pilotzone.engine.design import design
from pilotzone.engine.spread import folder, spread
from pilotzone.estimates import replace_text
from pilotzone.panels.store import Panel, Store

CITY = {"outcome": "nqp_city", "treatment": "zone_city", "panel": "city"}
PROVINCE = {"outcome": "nqp_no_ecommerce", "panel": "province"}
FINANCE = "digital_finance_index"
# The claims' own regressions, one for each kind on each panel that can carry it.
CASES = {
    ("effect", "city"): Basis(**CITY),
    ("effect", "province"): Basis(**PROVINCE, treatment="zone_first"),
    ("group", "city"): Basis(
        **CITY, by="resource_based", higher="not_resource_based", lower="resource_based"
    ),
    ("moderator", "province"): Basis(
        outcome="nqp_no_ecommerce_no_digital_finance",
        treatment="zone_first",
        panel="province",
        moderator=FINANCE,
    ),
    ("dose", "province"): Basis(**PROVINCE, treatment="zone_share"),
    ("level", "province"): Basis(**PROVINCE, treatment="cbec_proxy"),
    ("spillover", "city"): Basis(**CITY, weights="nearest_6"),
    ("spillover", "province"): Basis(**PROVINCE, treatment="zone_share", weights="contiguity"),
}
NEIGHBOURS = {"city": "nearest_6", "province": "contiguity"}
# What is read whatever θ says; the rest belongs to vetoes.
FIRST = ("theta", "second", "spread", "regressor", "beside_lead", "indirect")
# Worlds from which δ and the printed detectable effect are known.
PILOT = 100
# What a claim with an estimate can be called.
JUDGEMENTS = tuple(v for v in Verdict if v not in (Verdict.LICENSED, Verdict.THEORY))
HERE = Path(__file__).parent
# What stands beside a verdict: no rule reads it, and no case is made anew for it.
BESIDE = ("__init__", "beside", "board", "caveats", "forms")


class Columns:
    """Estimates columns on made-up outcomes of a panel; the rows of each are found once."""

    def __init__(self, store: Store, panel: Panel) -> None:
        self._store, self._known = store, {}
        keys = zip(panel.frame[panel.unit].astype(str), panel.frame[panel.period], strict=True)
        self._at = {key: row for row, key in enumerate(keys)}

    def terms(self, column: Specification, values: np.ndarray) -> pd.DataFrame:
        """Return the terms of a column on an outcome (N,) of all rows of the panel."""
        seedless = column.inference
        if seedless.seed is not None:
            seedless = dataclasses.replace(seedless, seed=0)
        key = dataclasses.replace(column, inference=seedless)
        if key not in self._known:
            data = design(column, self._store)
            rows = [self._at[pair] for pair in zip(data.unit, data.period, strict=True)]
            self._known[key] = data, np.array(rows)
        data, rows = self._known[key]
        return engine.estimated(data.with_outcome(column, values[rows]), self._store).terms


@dataclasses.dataclass(frozen=True)
class Trial:
    """A case: what is read of it, and where its outcome stands in the panel.

    Attributes
    ----------
    kind : str
    basis : Basis
    reads : mapping from key to Read
    setting : Setting
    panel : Panel
        The whole panel.
    place : array, shape (R, 2)
        Row of the panel, and position in the flattened (T, n) table, of every cell.
    columns : Columns
    """

    kind: str
    basis: Basis
    reads: Mapping[str, designs.Read]
    setting: Setting
    panel: Panel
    place: np.ndarray
    columns: Columns

    @classmethod
    def of(cls, case: tuple[str, str], store: Store, draws: int) -> "Trial":
        """Return the trial of a case, with so many permutations a world."""
        kind, basis = case[0], CASES[case]
        reads = {
            key: _shortened(read, draws)
            for key, read in designs.reads(kind, basis).items()
            if designs.BESIDE not in key
        }
        data = design(_own_design(kind, basis)[0], store)
        units, years = data.units, np.unique(data.period)
        panel = store.panel(basis.panel)
        at = {key: k for k, key in enumerate((u, t) for t in years for u in units)}
        keys = zip(panel.frame[panel.unit].astype(str), panel.frame[panel.period], strict=True)
        place = np.array([(row, at[key]) for row, key in enumerate(keys) if key in at])
        tables = {
            name: data.frame.pivot(index=panel.period, columns=panel.unit, values=name)
            for name in (basis.outcome, basis.treatment)
        }
        outcome, treatment = (table[list(units)].to_numpy(float) for table in tables.values())
        weights = store.weights(NEIGHBOURS[basis.panel], basis.panel).align(units)
        first = data.frame.groupby(panel.unit).first().loc[list(units)]
        pattern, group = _pattern(basis, treatment, weights, first)
        setting = Setting(kind, years, outcome, pattern, treatment, weights, group)
        return cls(kind, basis, reads, setting, panel, place, Columns(store, panel))

    def judged(self, outcome: np.ndarray, seed: int) -> rules.Judgement:
        """Return how an outcome (T, n) is judged."""
        return rules.judge(self.evidence(outcome, seed))

    def evidence(self, outcome: np.ndarray, seed: int) -> Evidence:
        """Return what is known of a claim on an outcome (T, n)."""
        world = self.panel.frame[self.basis.outcome].to_numpy(dtype=float, copy=True)
        world[self.place[:, 0]] = outcome.ravel()[self.place[:, 1]]
        known = Evidence(self.kind, +1, own=self._own(world))
        first = [key for key in self.reads if key.rpartition(":")[2] in FIRST]
        found = {key: self._estimated(key, seed, world) for key in first if key != "indirect"}
        if "indirect" in self.reads:
            found["indirect"] = self._estimated("indirect", None, world)
        evidence = self._assembled(known, found)
        if evidence.theta is None or not evidence.theta.p_value < rules.BOUNDS["p"]:
            return dataclasses.replace(evidence, p_holm=1.0)
        if "indirect" in self.reads:
            found["indirect"] = self._estimated("indirect", seed, world)
            evidence = self._assembled(known, found)
        p = rules.p_of(evidence)
        if p < rules.BOUNDS["p"]:
            rest = (key for key in self.reads if key not in found)
            found |= {key: self._estimated(key, seed, world) for key in rest}
            evidence = self._assembled(known, found)
        return dataclasses.replace(evidence, p_holm=p)

    def _assembled(self, known: Evidence, found: Mapping[str, Estimate | None]) -> Evidence:
        every = {key: found.get(key) for key in self.reads}
        why = {key: "not_computed" for key, one in every.items() if one is None}
        return assembled(known, every, why, designs.sign_of(self.kind, self.basis))

    def _estimated(self, key: str, seed: int | None, world: np.ndarray) -> Estimate | None:
        """Return a term of a column; without a seed by errors clustered by unit with pairs."""
        read = self.reads[key]
        declared = read.column.inference
        if seed is None:
            declared = Inference("cluster_pairs")
        elif declared.seed is not None:
            declared = dataclasses.replace(declared, seed=seed)
        column = dataclasses.replace(read.column, inference=declared)
        return _term(self.columns.terms(column, world), read.term)

    def _own(self, world: np.ndarray) -> Estimate | None:
        """Return the estimate in the studies' own kind of design."""
        column, term = _own_design(self.kind, self.basis)
        terms = self.columns.terms(column, world)
        if self.kind == "group":
            return _between_groups(terms.set_index("term"), self.basis)
        made = _term(terms, term)
        if self.kind != "spillover":
            return made
        pairs = dataclasses.replace(column, inference="cluster_pairs")
        beside = _term(self.columns.terms(pairs, world), term)
        return dataclasses.replace(made, ci_low=beside.ci_low, ci_high=beside.ci_high)


def _own_design(kind: str, basis: Basis) -> tuple[Specification, str]:
    """Return column and term of the studies' own kind of design, without controls."""
    window = designs.WINDOWS[basis.panel]
    given = {"outcome": basis.outcome, "treatment": basis.treatment, "sample": window.whole}
    name = basis.treatment
    if kind == "group":
        by = (("by", basis.by),)
        return Specification(**given, estimator="heterogeneity", options=by), "test:equality"
    if kind == "moderator":
        options = (("moderator", basis.moderator), ("timing", "initial"))
        term = f"{name}#{basis.moderator}"
        return Specification(**given, estimator="moderation", options=options), term
    if kind == "spillover":
        spatial = {"estimator": "sdm", "weights": basis.weights, "inference": "information"}
        return Specification(**given, **spatial), f"indirect:{name}"
    return Specification(**given), name


def _between_groups(terms: pd.DataFrame, basis: Basis) -> Estimate:
    high, low = (f"{basis.treatment}#{group}" for group in (basis.higher, basis.lower))
    test = terms.loc["test:equality"]
    gap = terms.loc[high, "estimate"] - terms.loc[low, "estimate"]
    return difference(gap, test["statistic"], float(test["df"].split(";")[1]), test["p_value"])


def _pattern(
    basis: Basis, treatment: np.ndarray, weights: np.ndarray, first: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Return where a claim looks for its effect, (T, n), and the units of one group, (n,)."""
    if basis.by:
        group = (first[basis.by] == 0).to_numpy()
        return treatment * group, group
    east = (first["region3"] == "east").to_numpy()
    if basis.moderator:
        moderator = first[basis.moderator].to_numpy(dtype=float)
        return treatment * (moderator - moderator.mean()) / moderator.std(), east
    return (treatment @ weights.T if basis.weights else treatment), east


def _term(terms: pd.DataFrame, name: str) -> Estimate | None:
    rows = terms[terms["term"] == name] if len(terms) else terms
    if not len(rows):
        return None
    return Estimate(*(float(rows.iloc[0].get(n, math.nan)) for n in NUMBERS))


def _shortened(read: designs.Read, draws: int) -> designs.Read:
    declared = read.column.inference
    if declared.draws is None:
        return read
    fewer = dataclasses.replace(declared, draws=draws)
    return dataclasses.replace(read, column=dataclasses.replace(read.column, inference=fewer))


def verdict_audit(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return the share of each verdict, by kind of claim, world and noise, and their bars.

    Cases that are done are kept below ``.make/verdict_audit`` until all are, so that a run that was
    ended goes on where it stood.
    """
    where = _folder(description, store)
    tasks = [
        (kind, unit, world, noise) for kind, unit in CASES for world in WORLDS for noise in NOISES
    ]
    work = functools.partial(_tried, description, store, where)
    spread("verdict_audit", tasks, work, lambda task: _file(where, task).exists())
    whole = pd.concat([pd.read_csv(_file(where, task)) for task in tasks], ignore_index=True)
    shutil.rmtree(where)
    return {"": whole, "bars": bars(whole)}


def _folder(description: Description, store: Store) -> Path:
    """Return where cases are kept that are done, by all that decides their numbers."""
    told = [description.draws, description.seed, description.option("permutations")]
    below = store.folder.parents[1] / ".make/verdict_audit"
    return folder(below, told, sorted(p for p in HERE.glob("*.py") if p.stem not in BESIDE))


def _file(where: Path, task: tuple[str, ...]) -> Path:
    return where / f"{'-'.join(task)}.csv"


def _tried(description: Description, store: Store, where: Path, task: tuple[str, ...]) -> None:
    """Write the shares of one case in one world under one noise."""
    kind, unit, world, noise = task
    trial = Trial.of((kind, unit), store, int(description.option("permutations")))
    seed = description.seed
    size = _sizes(trial, noise, seed, where)
    found: collections.Counter[Verdict] = collections.Counter()
    at_least = 0
    for draw in range(description.draws):
        rng = np.random.default_rng([seed, draw, WORLDS.index(world), NOISES.index(noise)])
        outcome = drawn(trial.setting, world, noise, size(world), rng)
        evidence = trial.evidence(outcome, seed + draw)
        found[rules.judge(evidence).verdict] += 1
        at_least += size(world) >= evidence.delta
    mostly = 2 * at_least >= description.draws
    rows = [
        {"kind": kind, "unit": unit, "world": world, "noise": noise, "verdict": verdict.value}
        | {"truth": truth(kind, world, verdict, at_least_delta=mostly)}
        | {"share": found[verdict] / description.draws, "draws": description.draws}
        for verdict in JUDGEMENTS
    ]
    replace_text(_file(where, task), pd.DataFrame(rows).to_csv(index=False))


def _sizes(trial: Trial, noise: str, seed: int, where: Path) -> Callable[[str], float]:
    """Return the size of the effect in a world: δ, or the mean printed detectable effect.

    Both are what the rules print; they are found once for all worlds.
    """
    kept = where / f"{trial.kind}-{trial.basis.panel}-{noise}.json"
    if not kept.exists():
        replace_text(kept, json.dumps(_printed(trial, noise, seed)))
    delta, detectable = json.loads(kept.read_text(encoding="utf-8"))
    return lambda world: delta if world == "delta" else detectable


def _printed(trial: Trial, noise: str, seed: int) -> tuple[float, float]:
    """Return the mean δ in worlds without an effect, and the detectable effect.

    Intervals widen where an effect is there, so that the effect which is printed is looked at in
    worlds that hold one: of the size that is printed where there is none.
    """
    rng = np.random.default_rng([seed, NOISES.index(noise)])

    def printed(world: str, tau: float) -> tuple[float, float]:
        known = [
            trial.evidence(drawn(trial.setting, world, noise, tau, rng), seed + k)
            for k in range(PILOT)
        ]
        sizes = ((one.delta, one.theta.detectable) for one in known)
        return tuple(float(np.mean(one)) for one in zip(*sizes, strict=True))

    delta, size = printed("nothing", 0.0)
    return delta, printed("detectable", size)[1]
