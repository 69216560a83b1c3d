"""Synthetic difference in differences."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.errors import Reason
from pilotzone.methods.did.staggered_synthetic import StaggeredSyntheticFit, staggered_synthetic_did
from pilotzone.panels.store import Store

# Weights below this share count as none when the controls in use are counted.
SMALLEST_WEIGHT = 0.001


def synthetic(data: Design, store: Store) -> Result:
    """Synthetic difference in differences by cohort, averaged over treated cells.

    The controls of every cohort are the units not treated within the sample; placebo errors.
    """
    table = data.wide(data.spec.outcome, "synthetic DID").T
    first = np.array([data.cohorts[unit] for unit in table.index])
    made = staggered_synthetic_did(
        table.to_numpy(), first, table.columns.to_numpy(), **data.resampling.drawn
    )
    names = ["overall:simple", *(f"cohort:{g:g}" for g in made.cohorts)]
    found = [made, *made.fits]
    kept = len(found) if len(made.fits) > 1 else 1
    terms = estimates.rows(
        names[:kept],
        [one.estimate for one in found[:kept]],
        [one.std_error for one in found[:kept]],
        distribution="normal",
        draws=data.resampling.draws,
    )
    path = estimates.value_rows([f"event:{event:g}" for event in made.events], made.path)
    fields = {"inference": "placebo:unit", "reference": _weighted(made)}
    return Result(pd.concat([terms, path], ignore_index=True), fields)


def _weighted(made: StaggeredSyntheticFit) -> tuple[Reason, ...]:
    """Return the cohorts and how many of the controls have weight."""
    used = [int((fit.unit_weights > SMALLEST_WEIGHT).sum()) for fit in made.fits]
    cohorts = [int(g) for g in made.cohorts]
    if len(used) == 1:
        weighted = Reason("weights_on", {"used": used[0], "controls": made.n_controls})
        return Reason("cohort", {"cohort": cohorts[0]}), weighted
    treated = [fit.n_treated for fit in made.fits]
    sizes = list(zip(cohorts, treated, used, strict=True))
    return (Reason("weighted_cohorts", {"controls": made.n_controls, "sizes": sizes}),)
