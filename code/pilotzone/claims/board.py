"""The claims board and the vetoes behind it, as tables."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.claims import designs, rules
from pilotzone.claims.bars import worst
from pilotzone.claims.beside import all_specifications, beside
from pilotzone.claims.caveats import caveat
from pilotzone.claims.evidence import Files, of_claim, own_reading
from pilotzone.claims.facts import Evidence
from pilotzone.claims.forms import signs
from pilotzone.claims.rules import Judgement
from pilotzone.claims.studies import Claim, studies
from pilotzone.claims.testable import (
    AUDIT,
    BREAKDOWNS,
    FORMS,
    JUDGED_IN,
    MULTIVERSES,
    VARIANTS,
    Load,
    multiverse,
    needs,
)

Place = dict[str, object]


@dataclasses.dataclass(frozen=True)
class Line:
    """A claim, what is known of it, and how it is judged."""

    claim: Claim
    evidence: Evidence
    judgement: Judgement

    @property
    def place(self) -> Place:
        """Study and number."""
        return {"study": self.claim.study, "number": self.claim.number}

    @property
    def words(self) -> Place:
        """The claim in both languages."""
        return {"claim": self.claim.text, "claim_zh": self.claim.text_zh}


def lines(folder: Path, claims: Sequence[Claim], load: Load = exhibits.load) -> list[Line]:
    """Return every claim with both readings.

    Holm's adjustment runs over the distinct regressions of one kind on one panel that have an
    estimate, so that claims on the same regression count once.

    Raises
    ------
    UserError
        If a file, or a column or term that a claim names, is missing.
    """
    files = {name: Files.read(name, folder, load) for name in needs(claims)}
    known = [of_claim(claim, files) for claim in claims]
    adjusted = _adjusted(claims, known)
    return [Line(claim, one, rules.judge(one)) for claim, one in zip(claims, adjusted, strict=True)]


def _adjusted(claims: Sequence[Claim], known: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence with p of each family adjusted."""
    families: dict[tuple[str, str], dict[str, float]] = {}
    at: dict[int, tuple[tuple[str, str], str]] = {}
    for index, (claim, one) in enumerate(zip(claims, known, strict=True)):
        if one.blocked is None and one.theta is not None:
            family = claim.kind, claim.evidence.panel
            regression = designs.regression(claim.kind, claim.evidence)
            families.setdefault(family, {})[regression] = rules.p_of(one)
            at[index] = family, regression
    holm = {
        family: dict(zip(found, rules.holm(list(found.values())), strict=True))
        for family, found in families.items()
    }
    return [
        dataclasses.replace(one, p_holm=holm[at[index][0]][at[index][1]]) if index in at else one
        for index, one in enumerate(known)
    ]


def board(folder: Path, load: Load = exhibits.load) -> dict[str, pd.DataFrame]:
    """Return the parts of the exhibit ``claims``: the board, and what is known of its rules."""
    there = studies()
    claims = [claim for study in there for claim in study.claims]
    judged = lines(folder, claims, load)
    files = {name: Files.read(name, folder, load) for name in (*needs(claims), *FORMS)}
    told = ("number", "authors", "authors_zh", "year", "doi", "kind", "unit", "design", "design_zh")
    listed = pd.DataFrame([{name: getattr(study, name) for name in told} for study in there])
    return {
        "": pd.DataFrame([_line(line, files, load) for line in judged]),
        "studies": listed.rename(columns={"number": "study"}),
        "rules": _rules(),
        "errors": worst(estimates.read(folder / f"{AUDIT}.bars.csv")),
        "changes": pd.DataFrame([_change(line) for line in judged if line.claim.earlier]),
    }


def checks(folder: Path, load: Load = exhibits.load) -> dict[str, pd.DataFrame]:
    """Return the parts of the exhibit ``claim_checks``: vetoes, what is beside them, bounds."""
    claims = [claim for study in studies() for claim in study.claims]
    files = {name: Files.read(name, folder, load) for name in (JUDGED_IN, *BREAKDOWNS, *VARIANTS)}
    judged = [line for line in lines(folder, claims, load) if line.judgement.checks]
    rows = [
        {**line.place, "position": position, **line.words}
        | _rests_on(line, files[JUDGED_IN].models)
        | _plain(check)
        for line in judged
        for position, check in enumerate(line.judgement.checks, start=1)
    ]
    joint = {name: estimates.read(folder / f"{name}.csv") for name in MULTIVERSES}
    others = []
    for line in judged:
        there = [*beside(line.claim, line.evidence, files)]
        name = multiverse(line.claim, load)
        there += [all_specifications(name, joint[name])] if name else []
        others += [{**line.place, "position": n, **row} for n, row in enumerate(there, start=1)]
    return {"": pd.DataFrame(rows), "beside": pd.DataFrame(others), "rules": _rules()}


def _rules() -> pd.DataFrame:
    """Return the bounds that judged, and the draws behind p."""
    told = {**rules.BOUNDS, **designs.DRAWS}
    return pd.DataFrame(told.items(), columns=["rule", "bound"])


def _rests_on(line: Line, models: pd.DataFrame) -> Place:
    """Return the sample of θ, its rows, units and treated units."""
    claim = line.claim
    column, _ = designs.theta(claim.kind, claim.evidence, line.evidence)
    told = ("sample", "nobs", "n_units", "n_treated")
    return {"panel": claim.evidence.panel, **{name: models.loc[column, name] for name in told}}


def _plain(check: rules.Check) -> Place:
    named = {f.name: getattr(check, f.name) for f in dataclasses.fields(check)}
    return {"check": named.pop("name"), **named, "state": check.state.value}


def _line(line: Line, files: dict[str, Files], load: Load) -> Place:
    claim, evidence, judged = line.claim, line.evidence, line.judgement
    own = own_reading(claim, files)
    made = {
        **line.place,
        **line.words,
        "kind": claim.kind,
        "own_design": judged.own.value,
        "evidence": judged.verdict.value,
        "decided_by": " ".join(judged.decided_by),
        "reason": evidence.reason,
        "forms": signs(claim, [files[name] for name in FORMS]),
        "caveat": " ".join(caveat(claim)),
        "shown": " ".join(filter(None, (*claim.shown, *claim.settled_by, multiverse(claim, load)))),
    }
    if own:
        place = {"own_exhibit": own[0].exhibit, "own_column": own[1]}
        made |= {**place, **{f"own_{name}": v for name, v in vars(own[2]).items()}}
    if not judged.checks:
        return made
    theta = evidence.theta
    column, term = designs.theta(claim.kind, claim.evidence, evidence)
    made |= {"exhibit": JUDGED_IN, "column": column, "term": term, **vars(theta)}
    made |= {"p_holm": evidence.p_holm, "detectable_effect": theta.detectable}
    made |= {"delta": evidence.delta, "second": _number(evidence.second)}
    return made | {"other_deltas": "; ".join(_at_other_deltas(evidence))}


def _number(estimate: object) -> float:
    return estimate.estimate if estimate else math.nan


def _at_other_deltas(evidence: Evidence) -> list[str]:
    """Return the verdicts with a smaller and a larger smallest effect of interest."""
    base = rules.BOUNDS["delta_levels" if evidence.kind == "level" else "delta"]
    found = []
    for wanted in rules.OTHER_DELTAS:
        moved = dataclasses.replace(evidence, delta=evidence.delta * wanted / base)
        found.append(f"{wanted:g}: {rules.judge(moved).verdict.value}")
    return found


def _change(line: Line) -> Place:
    """Return the verdict by the earlier rules beside the readings of today."""
    return {
        **line.place,
        "claim": line.claim.text,
        "earlier": line.claim.earlier,
        "own_design": line.judgement.own.value,
        "evidence": line.judgement.verdict.value,
        "decided_by": " ".join(line.judgement.decided_by),
    }
