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


# What the method calls the errors of a kind of inference.
ERRORS = {"placebo_jackknife": "larger", "placebo": "placebo", "jackknife": "jackknife"}


def synthetic(data: Design, store: Store) -> Result:
    """Synthetic difference in differences by cohort, averaged over treated cells.

    The controls of every cohort are the units not treated within the sample. With inference
    ``placebo_jackknife`` the printed error is the larger of the two, which stand in rows of values
    of their own; where the jackknife is not defined, the placebo error is printed and that is said.
    """
    table = data.wide(data.spec.outcome, "synthetic DID").T
    first = np.array([data.cohorts[unit] for unit in table.index])
    kind = data.spec.inference.name
    drawn = data.resampling.drawn if data.resampling.declared else {}
    made = staggered_synthetic_did(
        table.to_numpy(), first, table.columns.to_numpy(), errors=ERRORS[kind], **drawn
    )
    names = ["overall:simple", *(f"cohort:{g:g}" for g in made.cohorts)]
    kept = len(names) if len(made.fits) > 1 else 1
    terms = estimates.rows(
        names[:kept],
        [one.estimate for one in (made, *made.fits)][:kept],
        made.std_errors[:kept],
        distribution="normal",
        draws=drawn.get("draws"),
    )
    both = {f"{name}:{names[0]}": errors[0] for name, errors in made.errors.items()}
    path = {f"event:{event:g}": value for event, value in zip(made.events, made.path, strict=True)}
    values = {**(both if kind == "placebo_jackknife" else {}), **path}
    rows = pd.concat([terms, estimates.value_rows(list(values), list(values.values()))])
    undefined = kind == "placebo_jackknife" and "jackknife" not in made.errors
    fields = {
        "inference": f"{kind}:unit",
        "reference": (*_weighted(made), *((Reason("jackknife_undefined"),) if undefined else ())),
    }
    return Result(rows.reset_index(drop=True), fields)


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
