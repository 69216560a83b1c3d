"""Restricted wild cluster bootstrap."""

import numpy as np
import pandas as pd

from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.engine.linear import Regression
from pilotzone.methods.inference import wild
from pilotzone.panels.store import Store


def by_wild_bootstrap(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return p symmetric in |t|, and the interval by inverting the test."""
    data, parameters = what.data, what.data.spec.inference.kind.parameters
    grouping = parameters.get("subcluster")
    test = wild.wild_cluster_bootstrap(
        data.y,
        what.x,
        what.names,
        what.term,
        what.effects,
        data.cluster,
        weights=parameters["weights"],
        subcluster=data.labels(grouping) if grouping else None,
        **data.resampling.drawn,
    )
    low, high = (bound if np.isfinite(bound) else np.nan for bound in test.interval)
    found = {"estimate": test.coefficient, "statistic": test.t, "ci_low": low, "ci_high": high}
    row = resampled_rows([what.term], "bootstrap", test.p_value, test.draws, **found)
    kind = f"wild_{parameters['weights']}" + (f"_{grouping}" if grouping else "")
    by = data.spec.inference.cluster
    return row, {"n_clusters": test.n_clusters, "inference": f"{kind}:{by}"}
