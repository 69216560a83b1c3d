"""The sign of a claim's regression in level, logarithm and by Poisson; it decides nothing."""

from collections.abc import Iterable

import numpy as np

from pilotzone.catalogue.columns import by_id
from pilotzone.claims.evidence import Files
from pilotzone.claims.studies import Claim

# Kinds whose regression is of an outcome on a treatment alone.
KINDS = ("effect", "dose", "level", "mechanism")
NAMES = ("level", "log", "poisson")
SIGNS = {-1: "-", 0: "0", 1: "+"}
MIXED = "+-"


def signs(claim: Claim, sources: Iterable[Files]) -> str:
    """Return ``form:sign`` of each form, over the columns with the claim's outcome and treatment.

    They differ in controls, effects and rows; where their signs do too, the sign is ``+-``. Empty
    where there is none: the outcome is not estimated so, or the claim is on groups or neighbours.
    """
    regression = _regression(claim)
    rows = [row for source in sources for row in _of(source, regression)]
    if not rows:
        return ""
    found = {name: {SIGNS[int(np.sign(row[name]))] for row in rows} for name in NAMES}
    return " ".join(
        f"{name}:{one.pop() if len(one) == 1 else MIXED}" for name, one in found.items()
    )


def _regression(claim: Claim) -> tuple[str, str]:
    """Return outcome and treatment of what a claim is judged on, else of its study's design."""
    if claim.kind not in KINDS:
        return "", ""
    if claim.evidence:
        return claim.evidence.outcome, claim.evidence.treatment
    fields = dict(claim.own[0].fields) if claim.own else {}
    return fields.get("outcome", ""), fields.get("treatment", "")


def _of(source: Files, regression: tuple[str, str]) -> Iterable[dict[str, float]]:
    """Yield the coefficients of each identified column of a regression, by form."""
    for column, spec in by_id(source.literal).items():
        asked = spec.estimator == "forms" and (spec.outcome, spec.treatment) == regression
        if asked and source.models.loc[column, "identified"] == "yes":
            yield {
                name: source.estimate(column, f"{name}:{spec.treatment}").estimate for name in NAMES
            }
