"""Permutation of treatment paths for a treatment and its products, every other row as it is."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.engine.inference.paths import treatment_paths
from pilotzone.engine.inference.resampled import with_permuted
from pilotzone.engine.linear import Regression
from pilotzone.methods.inference.products import permute_products


def by_permuted_products(
    what: Regression,
    multipliers: Mapping[str, np.ndarray],
    further: Mapping[str, np.ndarray],
    table: pd.DataFrame,
) -> pd.DataFrame:
    """Return estimate rows, those of products with p and interval by dealing paths to other units.

    Parameters
    ----------
    what : Regression
        The design without singletons.
    multipliers : mapping from term to array (N,)
        What the treatment is multiplied by; 1 for the treatment itself.
    further : mapping from term to array (N,)
        Regressors that stay with their unit, beside the controls.
    table : DataFrame
        Rows of all terms with errors by clusters, which stay.
    """
    data = what.data
    controls = np.column_stack([*further.values(), data.controls])
    made = permute_products(
        data.y,
        treatment_paths(data, "unit"),
        np.column_stack(list(multipliers.values())),
        tuple(multipliers),
        controls if controls.shape[1] else None,
        what.effects,
        data.cluster,
        data.unit,
        data.period,
        strata=data.permuted_within,
        control_names=(*further, *data.control_names),
        **data.resampling.drawn,
    )
    tested = table["term"].isin(made.names).to_numpy()
    limits = made.low, made.high
    return with_permuted(table, tested, made.p_values, limits, data.resampling.draws)
