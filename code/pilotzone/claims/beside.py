"""What is printed beside the vetoes of a claim and decides nothing.

θ with another form of the outcome, θ of outcomes that a zone should not move, breakdown values of
robust intervals, and how many variants of the study's design bear the claim out.
"""

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from pilotzone.catalogue.columns import by_id
from pilotzone.claims import designs, rules
from pilotzone.claims.evidence import Files
from pilotzone.claims.facts import Evidence
from pilotzone.claims.studies import Claim
from pilotzone.claims.testable import BREAKDOWNS, JUDGED_IN, VARIANTS

Row = dict[str, object]
NUMBERS = ("estimate", "std_error", "p_value")
BREAKDOWN = "breakdown:relative_magnitudes"


def beside(claim: Claim, evidence: Evidence, files: Mapping[str, Files]) -> Iterator[Row]:
    """Yield a row for each thing that stands beside the vetoes of a claim.

    Parameters
    ----------
    claim : Claim
        One that is judged on estimates.
    evidence : Evidence
    files : mapping from exhibit to Files
        Those of ``JUDGED_IN``, ``BREAKDOWNS`` and ``VARIANTS``.
    """
    basis = claim.evidence
    yield from _forms(claim, evidence, files[JUDGED_IN])
    if claim.kind == "effect":
        for exhibit in BREAKDOWNS:
            yield from _breakdowns(basis.outcome, basis.treatment, files[exhibit])
    if claim.kind in ("effect", "mechanism", "level"):
        variants = (_choices(basis.outcome, basis.treatment, files[name]) for name in VARIANTS)
        held = [holds for found in variants for holds in _held(found, claim.sign)]
        if held:
            share = sum(held) / len(held)
            yield {"check": "robust_share", "estimate": share, "choices": len(held)}


def all_specifications(exhibit: str, joint: pd.DataFrame) -> Row:
    """Return the share of all specifications with the claimed sign and p < 0.05, and its p."""
    free = joint[joint["within"] == "free"].set_index("statistic")
    found = free.loc["share_significant"]
    numbers = {"estimate": found["value"], "p_value": found["p_value"]}
    return {
        "check": "multiverse",
        **numbers,
        "choices": found["specifications"],
        "exhibit": exhibit,
    }


def _forms(claim: Claim, evidence: Evidence, source: Files) -> Iterator[Row]:
    """Yield θ of other outcomes, in the form that the rules chose."""
    theta = designs.theta(claim.kind, claim.evidence, evidence)[0]
    read = designs.reads(claim.kind, claim.evidence)
    form = next(key for key, one in read.items() if one.column.id == theta)
    prefix = form.removesuffix("theta") + designs.BESIDE
    sign = designs.sign_of(claim.kind, claim.evidence)
    for key, one in read.items():
        if not key.startswith(prefix):
            continue
        check, _, outcome = key.removeprefix(prefix).partition(":")
        place = {"exhibit": source.exhibit, "column": one.column.id, "term": one.term}
        made = source.estimate(one.column.id, one.term)
        made = made and made.times(sign)
        numbers = {name: getattr(made, name) if made else math.nan for name in NUMBERS}
        reason = "" if made else source.reason(one.column.id)
        yield {"check": check, "of": outcome, **place, **numbers, "reason": reason}


def _breakdowns(outcome: str, treatment: str, source: Files) -> Iterator[Row]:
    """Yield the breakdown value of each sample of an exhibit of robust intervals."""
    models = source.models
    mine = models[(models["outcome"] == outcome) & (models["treatment"] == treatment)]
    for column, model in mine.iterrows():
        made = source.estimate(column, BREAKDOWN)
        yield {
            **{"check": "breakdown", "of": model["sample"]},
            **{"exhibit": source.exhibit, "column": column, "term": BREAKDOWN},
            "estimate": made.estimate if made else math.nan,
        }


def _choices(outcome: str, treatment: str, source: Files) -> list[pd.DataFrame]:
    """Return estimates of an exhibit's variants: those that differ in controls alone are one."""
    found: dict[tuple[object, ...], list[str]] = {}
    for column, spec in by_id(source.literal).items():
        if (spec.outcome, spec.treatment, spec.role) != (outcome, treatment, "robustness"):
            continue
        choice = (spec.rows.id, spec.effects, spec.estimator, spec.options, spec.inference)
        found.setdefault(choice, []).append(column)
    terms = source.terms.reset_index(drop=True)
    mine = terms[terms["term"] == treatment]
    chosen = (mine[mine["column"].isin(columns)] for columns in found.values())
    return [rows for rows in chosen if len(rows)]


def _held(choices: list[pd.DataFrame], sign: int) -> list[bool]:
    """Say of each choice whether all its columns have the claimed sign and p below the bound."""
    return [
        bool(((rows["estimate"] * sign > 0) & (rows["p_value"] < rules.BOUNDS["p"])).all())
        for rows in choices
    ]
