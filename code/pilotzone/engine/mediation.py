"""Mediation in three steps."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import COUNTED
from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.engine.linear import without_singletons
from pilotzone.engine.values import with_values
from pilotzone.methods.did.mediation import mediation
from pilotzone.panels.store import Store


def three_steps(data: Design, store: Store) -> Result:
    """The literature's mediation: total, first, second, direct, and the indirect effect."""
    name, cluster = str(data.spec.option("mediator")), data.spec.inference.cluster
    data = without_singletons(with_values(data, name, every_year=True))
    made = mediation(
        data.y,
        data.frame[name].to_numpy(dtype=float),
        data.treatment,
        data.controls_or_none,
        data.unit,
        data.period,
        cluster=data.cluster,
        **data.resampling.drawn,
    )
    low, high = made.interval()
    steps = estimates.value_rows(
        ["step:total", "step:first", "step:second", "step:direct"],
        [made.total, made.first, made.second, made.direct],
    )
    error = made.draws.std(ddof=1)
    below = (1 + min((made.draws <= 0).sum(), (made.draws >= 0).sum())) / (1 + len(made.draws))
    drawn = "bootstrap", min(1.0, 2 * below), len(made.draws)
    numbers = {"estimate": made.indirect, "std_error": error, "ci_low": low, "ci_high": high}
    indirect = resampled_rows([f"indirect:{name}"], *drawn, **numbers)
    made_by = "bootstrap" if cluster == "unit" else "bootstrap_clusters"
    fields = {
        "inference": f"{made_by}:{cluster}",
        "n_clusters": len(np.unique(data.cluster)),
        **{field: data.describe()[field] for field in (*COUNTED, "n_dropped")},
    }
    return Result(pd.concat([steps, indirect], ignore_index=True), fields)
