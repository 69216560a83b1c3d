"""Restricted wild cluster bootstrap."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone.engine.design import Design
from pilotzone.engine.inference.resampled import resampled_rows
from pilotzone.engine.linear import Regression
from pilotzone.errors import NotIdentified
from pilotzone.methods.inference import wild
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.panels.store import Store

# With fewer clusters 2^(1 − G), the smallest p that signs can give, is above 0.05.
FEWEST_SIGNED = 6


def by_wild_bootstrap(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Return p symmetric in |t|, and the interval by inverting the test."""
    data, parameters = what.data, what.data.spec.inference.kind.parameters
    grouping = parameters.get("subcluster")
    if not grouping:
        _require_clusters(data, data.cluster)
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
    found = {"estimate": test.coefficient, **_numbers([test])}
    row = resampled_rows([what.term], "bootstrap", test.p_value, test.draws, **found)
    kind = f"wild_{parameters['weights']}" + (f"_{grouping}" if grouping else "")
    by = data.spec.inference.cluster
    return row, {"n_clusters": test.n_clusters, "inference": f"{kind}:{by}"}


def combined_rows(
    data: Design,
    y: np.ndarray,
    x: np.ndarray,
    effects: FixedEffects,
    cluster: np.ndarray,
    combinations: dict[str, np.ndarray],
) -> tuple[pd.DataFrame, str]:
    """Return rows of combinations of coefficients by term, and the inference that made them.

    Estimates and errors (CRV1) are the regression's; p and interval are the bootstrap's.
    """
    _require_clusters(data, cluster)
    weights = data.spec.inference.kind.parameters["weights"]
    tests = wild.wild_combinations(
        y,
        x,
        np.column_stack(list(combinations.values())),
        effects,
        cluster,
        weights=weights,
        **data.resampling.drawn,
    )
    found = {
        "estimate": [test.coefficient for test in tests],
        "std_error": [test.std_error for test in tests],
        **_numbers(tests),
    }
    p_values = np.array([test.p_value for test in tests])
    rows = resampled_rows(list(combinations), "bootstrap", p_values, tests[0].draws, **found)
    return rows, f"wild_{weights}:{data.spec.inference.cluster}"


def is_wild(data: Design) -> bool:
    """Whether the column's inference is a wild bootstrap."""
    return data.spec.inference.kind.function.endswith(by_wild_bootstrap.__name__)


def _numbers(tests: Sequence[wild.WildBootstrap]) -> dict[str, list[float]]:
    """Return statistics and limits; a limit that is not finite is none."""
    limits = np.array([test.interval for test in tests])
    low, high = np.where(np.isfinite(limits), limits, np.nan).T
    return {"statistic": [test.t for test in tests], "ci_low": low, "ci_high": high}


def _require_clusters(data: Design, cluster: np.ndarray) -> None:
    count = len(np.unique(cluster))
    signs = data.spec.inference.kind.parameters["weights"] == "rademacher"
    if count < 2 or (signs and count < FEWEST_SIGNED):
        by = data.spec.inference.cluster
        raise NotIdentified("few_clusters_to_draw", clusters=count, cluster=by)
