"""What is known of a claim, from files below ``output/estimates``; no estimate is made here.

Reading A comes from the first of the columns that the claim names as its own design, with the
p-value of that column's inference and an interval by unit-clustered errors. Reading B comes from
the columns of ``claims.designs``, which the exhibit ``claim_evidence`` estimates.
"""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.columns import Column
from pilotzone.claims import designs, rules
from pilotzone.claims.facts import Estimate, Evidence
from pilotzone.claims.studies import Claim
from pilotzone.claims.testable import JUDGED_IN, Load, blocked
from pilotzone.errors import Reason, UserError, encode

NUMBERS = ("estimate", "std_error", "p_value", "ci_low", "ci_high")


@dataclasses.dataclass(frozen=True)
class Files:
    """An exhibit's files: its terms by column and term, its models by column."""

    exhibit: str
    literal: Exhibit
    terms: pd.DataFrame
    models: pd.DataFrame

    @classmethod
    def read(cls, exhibit: str, folder: Path, load: Load = exhibits.load) -> "Files":
        """Return the files of an exhibit below a folder of estimates."""
        terms = estimates.read(folder / f"{exhibit}.csv").set_index(["column", "term"], drop=False)
        models = estimates.read(folder / f"{exhibit}.models.csv").set_index("column", drop=False)
        return cls(exhibit, load(exhibit), terms, models)

    def estimate(self, column: str, term: str) -> Estimate | None:
        """Return a term; None where the column is not identified or has no such term."""
        if (column, term) not in self.terms.index:
            return None
        row = self.terms.loc[(column, term)]
        return Estimate(*(float(row[name]) for name in NUMBERS))

    def reason(self, column: str) -> str:
        """Return why a column is not identified, as a cell of reasons."""
        return self.models.loc[column, "reason"] or _cell("not_computed")


def _cell(code: str) -> str:
    return encode([Reason(code)])


def own_reading(claim: Claim, files: Mapping[str, Files]) -> tuple[Files, str, Estimate] | None:
    """Return files, column and estimate of the study's own kind of design; None without one.

    Raises
    ------
    UserError
        If a column that the claim names is not there, is not unique, or lacks the claim's term.
    """
    for column in claim.own:
        source = files[column.exhibit]
        found = _column(claim, column, source)
        if source.models.loc[found, "identified"] == "yes":
            return source, found, _own_estimate(claim, column, found, source)
    return None


def _own_estimate(claim: Claim, column: Column, found: str, source: Files) -> Estimate:
    """Return the estimate with an interval whose errors are clustered by unit."""
    basis = claim.evidence
    if claim.kind == "group" and basis is not None and basis.higher:
        return _difference(claim, found, source)
    term = claim.term.format(treatment=dict(column.fields)["treatment"])
    made = source.estimate(found, term)
    if made is None:
        raise UserError(
            f"study {claim.study}, claim {claim.number}: {source.exhibit}, column {found} has no "
            f"term '{term}'"
        )
    if dict(column.fields).get("inference") != "information":
        return made
    clustered = Column(column.exhibit, **{**dict(column.fields), "inference": "cluster_pairs"})
    beside = source.estimate(_column(claim, clustered, source), term)
    return dataclasses.replace(made, ci_low=beside.ci_low, ci_high=beside.ci_high)


def _column(claim: Claim, column: Column, source: Files) -> str:
    """Return the id of a column, named with the claim if it is not there or not unique."""
    try:
        return column.within(source.literal)
    except UserError as error:
        raise UserError(f"study {claim.study}, claim {claim.number}: {error}") from None


def _difference(claim: Claim, column: str, source: Files) -> Estimate:
    """Return the effect on the higher group less that on the lower one."""
    where = f"study {claim.study}, claim {claim.number}: {source.exhibit}, column {column}"
    treatment = source.models.loc[column, "treatment"]
    groups = claim.evidence.higher, claim.evidence.lower
    high, low = (source.estimate(column, f"{treatment}#{group}") for group in groups)
    if high is None or low is None:
        missing = groups[0] if high is None else groups[1]
        raise UserError(f"{where} has no group '{missing}'")
    test = source.terms.loc[(column, claim.term)]
    q, df = map(float, test["df"].split(";"))
    if q != 1:
        raise UserError(f"{where} has more than two groups: no test of one against the other")
    gap = high.estimate - low.estimate
    return difference(gap, test["statistic"], df, test["p_value"])


def of_claim(claim: Claim, files: Mapping[str, Files]) -> Evidence:
    """Return what is known of a claim; p is not yet adjusted for the family.

    Parameters
    ----------
    claim : Claim
    files : mapping from exhibit to Files
        Those that :func:`needs` names.
    """
    own = own_reading(claim, files)
    known = Evidence(claim.kind, claim.sign, own=own[2] if own else None)
    stopped = blocked(claim)
    if stopped:
        reason = _cell(stopped[1]) if stopped[1] else ""
        return dataclasses.replace(known, blocked=stopped[0], reason=reason)
    read = designs.reads(claim.kind, claim.evidence)
    source = files[JUDGED_IN]
    found = {key: source.estimate(one.column.id, one.term) for key, one in read.items()}
    why = {key: source.reason(one.column.id) for key, one in read.items() if found[key] is None}
    return assembled(known, found, why, designs.sign_of(claim.kind, claim.evidence))


def assembled(
    known: Evidence,
    found: Mapping[str, Estimate | None],
    why: Mapping[str, str],
    sign: int,
) -> Evidence:
    """Return evidence with what was estimated, by the keys of ``designs.reads``.

    Parameters
    ----------
    known : Evidence
    found : mapping from key to Estimate or None
    why : mapping from key to code
        Why a key has no estimate.
    sign : int
        -1 where the term is the effect of the other sign.
    """
    delta = _delta(known.kind, found["spread"], found["regressor"])
    turned = {key: one.times(sign) if one else None for key, one in found.items()}
    if known.kind in ("effect", "mechanism"):
        return _of_effect(known, turned, why, delta)
    fields = {f.name for f in dataclasses.fields(Evidence)}
    given = {key: one for key, one in turned.items() if key in fields}
    left_out, missing = _cuts(turned, why)
    missing |= {key: said for key, said in why.items() if key in fields}
    if known.kind == "spillover" and "early" not in found:
        missing["early"] = rules.NOT_APPLICABLE
    trend = {"group": "second"}.get(known.kind, "theta")
    given |= {"trend": turned[trend], "left_out": left_out, "missing": missing, "delta": delta}
    return dataclasses.replace(known, **given, reason=missing.get("theta", ""))


def _cuts(
    found: Mapping[str, Estimate | None], why: Mapping[str, str]
) -> tuple[dict[str, Estimate | None], dict[str, str]]:
    """Return what is estimated without each cohort and region, and why one could not be."""
    cut = "left_out:"
    left_out = {k.removeprefix(cut): one for k, one in found.items() if k.startswith(cut)}
    said = [reason for key, reason in why.items() if key.startswith(cut)]
    return left_out, {"influence": said[0]} if said else {}


def _of_effect(
    known: Evidence,
    found: Mapping[str, Estimate | None],
    why: Mapping[str, str],
    delta: float,
) -> Evidence:
    """Return evidence on an effect of a zone: θ is the form with the smaller error."""
    callaway, trend = found["callaway:theta"], found["trend:theta"]
    theta, second = rules.smaller_error(callaway, trend)
    chosen = "trend" if theta is trend else "callaway"
    other = "callaway" if chosen == "trend" else "trend"
    here = {k.removeprefix(f"{chosen}:"): one for k, one in found.items() if k.startswith(chosen)}
    why_here = {k.removeprefix(f"{chosen}:"): c for k, c in why.items() if k.startswith(chosen)}
    left_out, missing = _cuts(here, why_here)
    missing |= {key: said for key, said in why_here.items() if ":" not in key}
    if second is None and f"{other}:theta" in why:
        missing["second"] = why[f"{other}:theta"]
    if not any(name.startswith("cohort:") for name in left_out):
        missing["influence"] = _cell("single_cohort")
    return dataclasses.replace(
        known,
        theta=theta,
        second=second,
        trend=trend,
        early=here["early"],
        size=here["size"],
        left_out=left_out,
        missing=missing,
        delta=delta,
        reason=missing.get("theta", ""),
    )


def _delta(kind: str, spread: Estimate | None, regressor: Estimate | None) -> float:
    """Return the smallest effect of interest, in units of θ."""
    if spread is None:
        return math.nan
    if kind == "level":
        return rules.BOUNDS["delta_levels"] * spread.estimate / regressor.estimate
    return rules.BOUNDS["delta"] * spread.estimate


def difference(gap: float, statistic: float, df: float, p_value: float) -> Estimate:
    """Return a difference of two groups' effects with the error that its test implies.

    The test of equality of two groups is the squared t of their difference.
    """
    error = abs(gap) / math.sqrt(statistic)
    row = estimates.rows([""], [gap], [error], distribution="t", df=df).iloc[0]
    return dataclasses.replace(Estimate(*(float(row[name]) for name in NUMBERS)), p_value=p_value)
