"""Which series behind a claim may have been interpolated, or have no second source."""

import csv
import functools

from pilotzone.catalogue import formula
from pilotzone.catalogue.codebook import DATA
from pilotzone.catalogue.indicators import NQP, NQP_CITY
from pilotzone.claims.studies import Claim
from pilotzone.panels import city_variables, province

FORMULAS = {"province": province.SOURCE.formulas, "city": city_variables.SOURCE.formulas}
INDICES = {"province": NQP, "city": NQP_CITY}
# How the tables of variables say it.
INTERPOLATED, UNCONFIRMED = "interpolated", ("one copy", "medium", "low")


@functools.cache
def doubtful(panel: str) -> dict[str, str]:
    """Return the published series of a panel that carry a doubt, with it.

    ``interpolated`` where the compiler says that gaps were filled without a mark, ``unconfirmed``
    where no second source was compared.
    """
    path = DATA / "raw" / f"{panel}_variables.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        sure = row["confidence"] if panel == "city" else row["check"]
        if INTERPOLATED in row["vintage_and_breaks"]:
            found[row["variable"]] = "interpolated"
        elif sure.startswith(UNCONFIRMED):
            found[row["variable"]] = "unconfirmed"
    return found


def series(variable: str, panel: str) -> tuple[str, ...]:
    """Return the published series from which a variable of a panel is made."""
    formulas = FORMULAS[panel]
    made = formulas.get(variable)
    if made is None:
        # An index: what its indicators are made of.
        ids = INDICES[panel].ids
        return tuple(sorted({one for i in ids for one in formula.sources(formulas[i])}))
    return formula.sources(made)


def caveat(claim: Claim) -> tuple[str, ...]:
    """Return ``series:doubt`` for each doubtful series behind the outcome of a claim."""
    basis = claim.evidence
    if basis is None:
        return ()
    doubts = doubtful(basis.panel)
    return tuple(f"{s}:{doubts[s]}" for s in series(basis.outcome, basis.panel) if s in doubts)
