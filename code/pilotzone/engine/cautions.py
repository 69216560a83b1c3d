"""Terms whose p value carries no star, or whose error is withheld, each with its reasons.

They stand in the part ``cautions`` of an exhibit; the first reason of a term without an error says
why it has none, the others stand against its star. An estimator names its own; what a kind of
inference needs, the kind declares (``InferenceKind.caution``) and :func:`of_inference` adds.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from pilotzone.catalogue import crossing
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason, decode, encode
from pilotzone.methods.did.terms import FEWEST_UNITS

PART = "cautions"
# With fewer clusters t(G − 1) rejects too often; with fewer than the second, clusters coarser than
# units carry no error at all.
FEWEST_CLUSTERS, FEWEST_FOR_AN_ERROR = 10, 4
# What the sums over years of Driscoll and Kraay rest on.
FEWEST_PERIODS = 20
# Below this first-stage F neither estimate nor error of instruments says much (Staiger and Stock
# 1997, Econometrica 65(3)).
WEAK_F = 10.0
# Distributions that a test by resampling does not have.
ANALYTIC = ("t", "F", "normal", "chi2")

# Of one treatment, the coefficients in several forms of the outcome.
FORMS = ("level", "log", "poisson")

Said = Mapping[str, Sequence[Reason]]


def with_cautions(result: Result, said: Said) -> Result:
    """Return a result with reasons added to terms."""
    if not any(said.values()):
        return result
    found: dict[str, list[Reason]] = {}
    if PART in result.parts:
        known = (result.parts[PART][name].tolist() for name in ("term", "reason"))
        found = {term: list(decode(reason)) for term, reason in zip(*known, strict=True)}
    for term, reasons in said.items():
        found.setdefault(term, []).extend(reasons)
    rows = [{"term": term, "reason": encode(reasons)} for term, reasons in found.items() if reasons]
    if not rows:
        return result
    parts = {**result.parts, PART: pd.DataFrame(rows)}
    return dataclasses.replace(result, parts=parts)


def thin_cells(data: Design, cells: Mapping[str, np.ndarray]) -> Said:
    """Return a reason for each term that rests on fewer than ten units; cells are masks (N,)."""
    return thin_counts({term: len(np.unique(data.unit[rows])) for term, rows in cells.items()})


def thin_counts(counts: Mapping[str, int]) -> Said:
    """Return a reason for each term that rests on fewer than ten units, by its count."""
    return {
        term: [Reason("thin_cell", {"units": count, "fewest": FEWEST_UNITS})]
        for term, count in counts.items()
        if count < FEWEST_UNITS
    }


def of_inference(data: Design, result: Result) -> Result:
    """Return a result with what its kind of inference lacks said of every term that it judges.

    Errors by fewer than four clusters coarser than units are withheld. Fewer than ten treated units
    are a thin cell.
    """
    judged = _judged(result.terms)
    if not judged.any():
        return result
    names = result.terms["term"].to_numpy()[judged]
    result = _few_treated(data, result, names)
    code = data.spec.inference.kind.caution
    reason = RULES[code](data, result) if code else None
    if reason is None:
        return result
    if code == "few_clusters" and reason.code == code:
        result = dataclasses.replace(result, terms=_without_errors(result.terms, judged))
    return with_cautions(result, dict.fromkeys(names, (reason,)))


def _few_treated(data: Design, result: Result, judged: np.ndarray) -> Result:
    """Say that the treatment's own terms rest on few treated units, unless it is said already.

    The jackknife leaves each of them out in turn and errs to the large side.
    """
    if data.spec.inference.name == "crv3":
        return result
    name = data.spec.treatment
    own = [name, *(f"{part}:{name}" for part in ("direct", "indirect", "total", "lead", *FORMS))]
    told = set(result.parts[PART]["term"]) if PART in result.parts else set()
    counted = result.model.get("n_treated", data.n_treated)
    terms = [term for term in judged if term in own and term not in told]
    result = with_cautions(result, thin_counts(dict.fromkeys(terms, int(counted))))
    of_treatment = (f"{name}#", "event:", "bin:", "overall:")
    more = [term for term in judged if term.startswith(of_treatment)]
    said = _treated_clusters(data, int(counted))
    return with_cautions(result, dict.fromkeys([*terms, *more], said))


def _treated_clusters(data: Design, units: int) -> tuple[Reason, ...]:
    """Return that few clusters above the unit hold a treated row, where units do not say it.

    With fewer than ten clusters in all the kind of inference says so itself.
    """
    by = data.spec.inference.cluster
    if by in ("", "unit") or units < FEWEST_UNITS or data.clusters.count < FEWEST_CLUSTERS:
        return ()
    on = data.treatment != 0
    above = [name for name in crossing(by) if name not in ("unit", "period")]
    count = min((len(np.unique(data.labels(name)[on])) for name in above), default=units)
    facts = {"clusters": count, "cluster": by, "fewest": FEWEST_UNITS}
    return (Reason("few_treated_clusters", facts),) if count < FEWEST_UNITS else ()


def _judged(terms: pd.DataFrame) -> np.ndarray:
    """Return which terms have an error or a p value of a known distribution."""
    if not {"distribution", "p_value"} <= set(terms):
        return np.zeros(len(terms), dtype=bool)
    known = [distribution in ANALYTIC for distribution in terms["distribution"].tolist()]
    return np.array(known, dtype=bool) & ~np.isnan(terms["p_value"].to_numpy(dtype=float))


def _without_errors(terms: pd.DataFrame, judged: np.ndarray) -> pd.DataFrame:
    terms = terms.copy()
    numbers = [n for n in ("std_error", "statistic", "p_value", "ci_low", "ci_high") if n in terms]
    terms.loc[judged, numbers] = np.nan
    return terms


def _few_clusters(data: Design, result: Result) -> Reason | None:
    """Return that there are too few clusters for t(G − 1), or for an error."""
    counted = result.model.get("n_clusters", np.nan)
    count = data.clusters.count if pd.isna(counted) else int(counted)
    by = data.spec.inference.cluster or "unit"
    facts = {"clusters": count, "cluster": by}
    if by != "unit" and count < FEWEST_FOR_AN_ERROR:
        return Reason("few_clusters", facts)
    if count < FEWEST_CLUSTERS:
        return Reason("clusters_below", {**facts, "fewest": FEWEST_CLUSTERS})
    return None


def _few_periods(data: Design, result: Result) -> Reason | None:
    """Return that there are too few periods for sums over years."""
    count = int(result.model.get("n_periods", len(np.unique(data.period))))
    if count >= FEWEST_PERIODS:
        return None
    return Reason("few_periods", {"periods": count, "fewest": FEWEST_PERIODS})


RULES: Mapping[str, Callable[[Design, Result], Reason | None]] = {
    "few_clusters": _few_clusters,
    "few_periods": _few_periods,
}
