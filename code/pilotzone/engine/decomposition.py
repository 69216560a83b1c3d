"""What the two-way coefficient is made of: comparisons of cohorts, weights of cells."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.group_time import arrays
from pilotzone.methods.did.goodman_bacon import goodman_bacon as decompose
from pilotzone.methods.did.two_way_weights import two_way_weights
from pilotzone.panels.store import Store


def goodman_bacon(data: Design, store: Store) -> Result:
    """Comparisons behind the two-way coefficient, and their sums by kind."""
    made = decompose(*arrays(data))
    pairs = pd.DataFrame(
        {
            "comparison": made.kind,
            "treated": [f"{g:g}" for g in made.treated],
            "control": [f"{g:g}" for g in made.control],
            "weight": made.weights,
            "estimate": made.estimates,
        }
    )
    sums = pd.DataFrame(
        [
            {"comparison": kind, "treated": "all", "control": "all", "weight": w, "estimate": e}
            for kind, (w, e) in made.by_kind().items()
        ]
    )
    table = pd.concat([pairs, sums], ignore_index=True).assign(outcome=data.spec.outcome)
    return Result(pd.DataFrame(), {"inference": "none"}, {"": table})


def negative_weights(data: Design, store: Store) -> Result:
    """Weights that the two-way coefficient gives to the treated cells, by cohort and year.

    Of a dose they are those of the effects by unit of dose; a cohort is the first year with one.
    """
    doses = not np.isin(data.treatment, (0.0, 1.0)).all()
    made = two_way_weights(data.treatment, data.unit, data.period, doses=doses)
    names = [f"weight:{g:g}:{t:g}" for g, t in zip(made.cohort, made.period, strict=True)]
    values = [*made.total, made.share_negative, made.sum_negative]
    terms = estimates.value_rows([*names, "share_negative", "sum_negative"], values)
    return Result(terms, {"inference": "none"})
